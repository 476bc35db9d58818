"""A wrong entry of the log: corrected with a reason, the old values kept."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

#: What a correction may change; customer and company need a new entry.
CORRECTABLE = (
    "contact_id",
    "date",
    "kind",
    "direction",
    "result_id",
    "note",
    "next_date",
    "next_action",
)
KEPT = ("partner_id", "company_id", "user_id", "notice_id", "promise_id", "dispute_id")


class CreditContact(models.Model):
    _inherit = "credit.contact"

    correction_reason = fields.Char("Corrected Because", readonly=True)
    corrected_by = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    corrected_on = fields.Datetime(readonly=True)
    replaced_by_id = fields.Many2one(
        "credit.contact",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )

    can_correct = fields.Boolean(compute="_compute_can_correct")

    @api.depends("state", "user_id")
    @api.depends_context("uid")
    def _compute_can_correct(self):
        """His own, or a credit manager's; auditors and readers correct nothing."""
        may = self.browse().has_access("create")
        is_manager = self.env.user.has_group("credit_control.group_credit_manager")
        for contact in self:
            own = is_manager or contact.user_id == self.env.user
            contact.can_correct = may and own and contact.state == "valid"

    @api.readonly
    def action_correct(self):
        """The window that asks what is right, and why."""
        self.ensure_one()
        self._check_correctable()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Correct Contact"),
            "res_model": "credit.contact.correct",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_entry_id": self.id},
        }

    def _check_correctable(self):
        self.ensure_one()
        self.check_access("read")
        self.browse().check_access("create")
        if self.state != "valid":
            raise UserError(
                self.env._(
                    "%(entry)s was corrected already. Correct the entry that took its "
                    "place.",
                    entry=self.display_name,
                )
            )
        is_manager = self.env.user.has_group("credit_control.group_credit_manager")
        if self.user_id != self.env.user and not is_manager:
            raise AccessError(
                self.env._(
                    "%(entry)s was logged by %(user)s: he, or a credit manager, "
                    "corrects it.",
                    entry=self.display_name,
                    user=self.sudo().user_id.name or self.env._("the system"),
                )
            )

    def _correct(self, reason, values=None):
        """Replace the entry by one with ``values``; None: it never took place.

        :return: the new entry, empty when there is none
        """
        self._check_correctable()
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why the entry is corrected."))
        old = self.sudo()  # sudo: the log itself marks what was corrected
        new = self.sudo().browse()
        old._close_next()
        if values is not None:
            kept = {name: old[name].id for name in KEPT}
            said = {
                name: old._fields[name].convert_to_write(old[name], old)
                for name in CORRECTABLE
            }
            typed = {name: v for name, v in values.items() if name in CORRECTABLE}
            files = {"attachment_ids": [fields.Command.set(old.attachment_ids.ids)]}
            new = self.sudo().create(kept | said | typed | files)
        old.write(
            {
                "state": "withdrawn" if values is None else "corrected",
                "correction_reason": reason,
                "corrected_by": self.env.uid,
                "corrected_on": fields.Datetime.now(),
                "replaced_by_id": new.id,
            }
        )
        old._refresh_work()
        return new.with_env(self.env)
