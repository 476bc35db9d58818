"""Why an item is overdue, recorded per item."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain


class CreditOverdueReason(models.Model):
    _name = "credit.overdue.reason"
    _description = "Reason for Being Overdue"
    _order = "sequence, id"

    name = fields.Char("Reason", required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    credit_overdue_reason_id = fields.Many2one(
        "credit.overdue.reason",
        "Overdue Because",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
    )

    def _set_overdue_reason(self, reason):
        """Record why these items are overdue (empty: take the reason off).

        :raise AccessError: for whoever neither keeps the books nor works on credit
        """
        user = self.env.user
        if not self.env.su and not any(
            user.has_group(group)
            for group in (
                "account.group_account_invoice",
                "credit_control.group_credit_user",
            )
        ):
            raise AccessError(
                self.env._(
                    "Accounting and the credit team record why items are overdue."
                )
            )
        self.check_access("read")
        if not self:
            raise UserError(self.env._("Choose at least one open item."))
        # sudo: the credit team records the reason on items of which it changes nothing
        self.sudo().write({"credit_overdue_reason_id": reason.id})

    def action_credit_overdue_reason(self):
        """The list action *Reason for Being Overdue*."""
        items = self._get_open_items()
        if not items:
            raise UserError(self.env._("None of these is an open item of a customer."))
        return self.env["credit.overdue.reason.wizard"]._open(items)


class AccountMove(models.Model):
    _inherit = "account.move"

    credit_overdue_reason_id = fields.Many2one(
        "credit.overdue.reason",
        "Overdue Because",
        compute="_compute_credit_overdue_reason_id",
        inverse="_inverse_credit_overdue_reason_id",
        search="_search_credit_overdue_reason_id",
        help="Of the open items of this invoice; of several reasons, the oldest "
        "item's.",
    )

    @api.depends("line_ids.credit_overdue_reason_id")
    def _compute_credit_overdue_reason_id(self):
        for move in self:
            items = move._get_open_items().filtered("credit_overdue_reason_id")
            oldest = items.sorted(lambda item: item.date_maturity or item.date)[:1]
            move.credit_overdue_reason_id = oldest.credit_overdue_reason_id

    def _inverse_credit_overdue_reason_id(self):
        for move in self:
            if items := move._get_open_items():
                items._set_overdue_reason(move.credit_overdue_reason_id)

    def _search_credit_overdue_reason_id(self, operator, value):
        if operator != "in":
            return NotImplemented
        field = "line_ids.credit_overdue_reason_id"
        given = Domain(field, "in", [key for key in value if key])
        if False in value:
            return given | ~Domain(field, "!=", False)
        return given

    def action_credit_overdue_reason(self):
        """The list action *Reason for Being Overdue*."""
        return self._get_open_items().action_credit_overdue_reason()


class CreditDunningNoticeLine(models.Model):
    _inherit = "credit.dunning.notice.line"

    overdue_reason_id = fields.Many2one(
        related="move_line_id.credit_overdue_reason_id", string="Overdue Because"
    )

    def action_overdue_reason(self):
        """Record why this item is overdue."""
        return self.move_line_id.action_credit_overdue_reason()
