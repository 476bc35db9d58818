"""Evidence about a customer: entered once, corrected by a new entry with a reason."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

#: What may be added to an entry at any time; everything else stays as it was entered.
FREE = frozenset({"note", "attachment_ids"})
#: What a correction does not count as changed.
SAID_ELSEWHERE = frozenset(
    {"active", "user_id", "company_id", "corrects_id", "correction_reason"}
)
#: What the host itself writes on a record with a chatter.
TECHNICAL = ("message_", "activity_", "my_activity_", "website_message")


class CreditEvidence(models.AbstractModel):
    """What statements, ratings, registry checks, references, visits and answers share.

    An analyst enters evidence. What was entered is never overwritten, because a score
    or a limit may rest on it: an approver makes a new entry that takes the place of the
    wrong one and says why (``corrects_id``), or withdraws it. The old one is archived
    and stays readable; its values are in the chatter of both.

    A model names its own ``corrects_id`` and ``_evidence_date``.
    """

    _name = "credit.evidence"
    _description = "Evidence About a Customer"
    _inherit = ["mail.thread", "mail.activity.mixin", "credit.own.defaults"]
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of
    _rec_names_search = ["file_id.partner_id.complete_name", "source"]
    _mail_post_access = "read"

    #: the field that says of which day the evidence is
    _evidence_date = "date"

    file_id = fields.Many2one(
        "credit.file",
        "Customer",
        required=True,
        index=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one(related="file_id.partner_id", string="Contact")
    company_id = fields.Many2one(related="file_id.company_id", store=True, index=True)
    source = fields.Char(
        help="Who or what says so, for example the number of a report."
    )
    user_id = fields.Many2one(
        "res.users",
        "Collected By",
        default=lambda self: self.env.user,
        index="btree_not_null",
        ondelete="restrict",
    )
    note = fields.Text(tracking=True)
    attachment_ids = fields.Many2many("ir.attachment", string="Files")
    active = fields.Boolean(default=True, tracking=True)
    correction_reason = fields.Char(
        "Corrected Because", copy=False, help="Why this entry replaces another one."
    )
    can_correct = fields.Boolean(compute="_compute_can_correct")

    @api.depends("active")
    @api.depends_context("uid")
    def _compute_can_correct(self):
        may = self._may_correct()
        for record in self:
            record.can_correct = may and record.active and bool(record.id)

    @api.depends(lambda self: ("file_id", self._evidence_date))
    def _compute_display_name(self):
        for record in self:
            name = record.file_id.display_name or ""
            day = record[self._evidence_date]
            record.display_name = f"{name}, {day}" if day else name

    # -- rights -----------------------------------------------------------------------
    def _may_correct(self):
        """Services run as superuser; a person needs to be an approver."""
        return self.env.su or self.env.user.has_group(
            "credit_control.group_credit_approver"
        )

    @api.model_create_multi
    def create(self, vals_list):
        """Enter evidence; an entry with ``corrects_id`` takes the other one's place.

        :raise AccessError: when somebody corrects who is no approver
        :raise UserError: for a correction without reason, or of another customer's
        """
        # a default of the client is a correction like a value that he sends
        start = self.default_get(["corrects_id", "correction_reason", "file_id"])
        vals_list = [start | vals for vals in vals_list]
        for vals in vals_list:
            if vals.get("corrects_id"):
                self.browse(vals["corrects_id"])._make_way(vals)
        records = super().create(vals_list)
        records._take_attachments()
        for record in records.filtered("corrects_id"):
            record._log_correction()
        return records

    def write(self, vals):
        """:raise AccessError: what was entered is corrected by a new entry"""
        if not self.env.su:
            self._check_frozen(vals)
        if "attachment_ids" not in vals:
            return super().write(vals)
        before = {record: record.attachment_ids for record in self}
        result = super().write(vals)
        self._take_attachments()
        self._check_proof(before)
        return result

    def _check_frozen(self, vals):
        names = {name for name in vals if not name.startswith(TECHNICAL)} - FREE
        if not names or not (entered := self.filtered(lambda r: r._is_entered())):
            return
        changed = {
            name
            for record in entered
            for name in names
            if (field := self._fields.get(name))
            and field.convert_to_cache(vals[name], record)
            != field.convert_to_cache(record[name], record)
        }
        if changed:
            raise AccessError(
                self.env._(
                    "%(entry)s: what was entered stays as it is, because scores and "
                    "limits may rest on it (%(fields)s). An approver uses Correct to "
                    "replace it, or Withdraw.",
                    entry=entered[0].display_name,
                    fields=", ".join(
                        sorted(
                            label["string"]
                            for label in self.fields_get(changed, ["string"]).values()
                        )
                    ),
                )
            )

    def _check_proof(self, before):
        """:raise AccessError: when a file that proves an entry was taken away"""
        for record in () if self.env.su else self.filtered(lambda r: r._is_entered()):
            if gone := before[record] - record.attachment_ids:
                raise AccessError(
                    self.env._(
                        "%(file)s proves %(entry)s and stays there. Files can be "
                        "added.",
                        file=gone[0].name,
                        entry=record.display_name,
                    )
                )

    def _is_entered(self):
        """Is it finished, so that others may rely on it?"""
        return True

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._(
                "Evidence stays, so that decisions can be verified. An approver may "
                "withdraw it instead."
            )
        )

    def _take_attachments(self):
        """Files just uploaded by the author hang on his entry: who reads the entry
        reads them, nobody else."""
        for record in self:
            own = record.attachment_ids.filtered(
                lambda file: file.create_uid == self.env.user and not file.res_id
            )
            if own:
                # sudo: uploaded by the author a moment ago
                own.sudo().write({"res_model": self._name, "res_id": record.id})

    # -- correcting -------------------------------------------------------------------
    @api.readonly
    def action_correct(self):
        """A new entry with the same values, to be put right; needs a reason."""
        self.ensure_one()
        self._check_correctable()
        context = {
            f"default_{name}": value
            for name, value in self.copy_data()[0].items()
            if name not in ("active", "activity_ids", "message_ids")
        }
        context |= {"default_corrects_id": self.id, "default_user_id": self.env.uid}
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Correct"),
            "res_model": self._name,
            "views": [(False, "form")],
            "context": context,
        }

    @api.readonly
    def action_withdraw(self):
        """Ask why it does not count."""
        self._check_correctable()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Withdraw"),
            "res_model": "credit.evidence.withdraw",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_model": self._name, "default_entry_ids": self.ids},
        }

    def _check_correctable(self):
        self.check_access("read")
        if not self._may_correct():
            raise AccessError(
                self.env._(
                    "%(entry)s: only a credit approver may correct evidence. Ask an "
                    "approver, and say in the chatter what is wrong.",
                    entry=self[:1].display_name,
                )
            )
        if gone := self.filtered(lambda record: not record.active):
            raise UserError(
                self.env._(
                    "%(entry)s was replaced or withdrawn already. Correct the entry "
                    "that took its place.",
                    entry=gone[0].display_name,
                )
            )

    def _make_way(self, vals):
        """Archive the wrong entry, before the new one comes with the same key."""
        self._check_correctable()
        if not (vals.get("correction_reason") or "").strip():
            raise UserError(self.env._("Say why the entry is corrected."))
        if vals.get("file_id", self.file_id.id) != self.file_id.id:
            raise UserError(
                self.env._(
                    "A correction stays with its customer. Withdraw the entry of "
                    "%(customer)s and enter a new one for the other customer.",
                    customer=self.file_id.display_name,
                )
            )
        self._archive_entry()

    def _archive_entry(self):
        # sudo: the one change of an entry that its model makes itself
        self.sudo().write({"active": False})
        self.sudo().activity_unlink(["credit_control.mail_activity_type_evidence"])
        self.flush_recordset(["active"])

    def _log_correction(self):
        """Both entries say what was changed, and why."""
        old = self.corrects_id.sudo()
        changes = [
            f"{self._fields[name]._description_string(self.env)}: {before} → {after}"
            for name, before, after in self._differences(old)
        ]
        body = self.env._(
            "Replaces the entry of %(day)s by %(user)s. Reason: %(reason)s. Changed: "
            "%(changes)s",
            day=old.create_date.date(),
            user=old.create_uid.name,
            reason=self.correction_reason,
            changes="; ".join(changes) or self.env._("nothing"),
        )
        self._message_log(body=body)
        old._message_log(
            body=self.env._(
                "Replaced by a correction. Reason: %(reason)s. Changed: %(changes)s",
                reason=self.correction_reason,
                changes="; ".join(changes) or self.env._("nothing"),
            )
        )

    def _differences(self, old):
        """``(field, before, after)`` of what was entered."""
        skip = FREE | SAID_ELSEWHERE
        for name in self.copy_data()[0]:
            field = self._fields[name]
            if name in skip or name.startswith(TECHNICAL) or field.type == "one2many":
                continue
            before, after = old[name], self[name]
            if before != after:
                if field.relational:
                    before = ", ".join(before.mapped("display_name"))
                    after = ", ".join(after.mapped("display_name"))
                yield (
                    name,
                    "–" if before in (None, "") else before,
                    ("–" if after in (None, "") else after),
                )

    def _withdraw(self, reason):
        """Let the entries count no more; they stay readable."""
        self._check_correctable()
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why the entry does not count."))
        self._archive_entry()
        for record in self:
            record._message_log(
                body=self.env._("Withdrawn. Reason: %(reason)s", reason=reason)
            )
        return True

    def _get_summary(self):
        """What it says in a few words, for the list of all evidence."""
        self.ensure_one()
        return self.source or ""
