from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from .res_company import LIMIT_MODES


class CreditLimitLine(models.Model):
    """The journal of limits: one line for every limit ever granted to a file.

    A line is never changed or deleted, not even by an administrator. What a later
    decision replaces, stays; a temporary limit or a planned change that ends early
    is ended by another line (``kind = ending``) that names it and says why. Lines
    are made by ``credit.file._set_limit`` only: nobody has the right to create one.

    In force on a day is the permanent line with the latest first day that has come
    (the newest of two with the same first day), plus every temporary line whose
    days include it.
    """

    _name = "credit.limit.line"
    _description = "Credit Limit Line"
    _order = "date_from desc, id desc"

    file_id = fields.Many2one(
        "credit.file", "Credit File", required=True, index=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(related="file_id.partner_id")
    company_id = fields.Many2one(related="file_id.company_id", store=True, index=True)
    kind = fields.Selection(
        [
            ("permanent", "Permanent"),
            ("temporary", "Temporary"),
            ("ending", "Ends a line"),
        ],
        default="permanent",
        required=True,
    )
    mode = fields.Selection(LIMIT_MODES, default="amount", required=True)
    amount = fields.Monetary()
    currency_id = fields.Many2one("res.currency", required=True, ondelete="restrict")
    date_from = fields.Date("Valid From", required=True, default=fields.Date.today)
    date_to = fields.Date("Valid To")
    ends_line_id = fields.Many2one(
        "credit.limit.line", "Ends", index="btree_not_null", ondelete="restrict"
    )
    ending_ids = fields.One2many("credit.limit.line", "ends_line_id", string="Ended By")
    reason = fields.Text(required=True)
    source = fields.Selection(
        [
            ("manual", "Manual"),
            ("native", "Contact form"),
            ("import", "Import"),
            ("review", "Review"),
            ("merge", "Merged customers"),
        ],
        default="manual",
        required=True,
    )
    approved_by = fields.Many2one("res.users", default=lambda self: self.env.user)
    status = fields.Selection(
        [
            ("planned", "Planned"),
            ("active", "In force"),
            ("replaced", "Replaced"),
            ("expired", "Expired"),
            ("ended", "Ended early"),
            ("note", "Note"),
        ],
        compute="_compute_status",
    )

    # Reader: the limit in force of one file or of all (_in_force_sql).
    _in_force_idx = models.Index(
        "(file_id, date_from DESC, id DESC) WHERE kind = 'permanent'"
    )
    # Reader: temporary limits in force today (credit.file._temporaries_sql).
    _temporary_idx = models.Index("(file_id, date_to) WHERE kind = 'temporary'")

    _amount_positive = models.Constraint(
        "CHECK (amount >= 0)",
        "A credit limit cannot be negative. Enter 0 or more, or choose 'No credit'.",
    )
    _dates_ordered = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "A limit cannot end before it starts. Correct the dates.",
    )
    _ends_one = models.UniqueIndex(
        "(ends_line_id)", "This limit has been ended already."
    )

    @api.depends("file_id.limit_line_ids", "ending_ids")
    def _compute_status(self):
        today = fields.Date.today()
        current = {file: file._get_line_in_force() for file in self.file_id}
        for line in self:
            line.status = line._get_status(today, current[line.file_id])

    def _get_status(self, today, current):
        if self.kind == "ending":
            return "note"
        if self.ending_ids:
            return "ended"
        if self.date_from > today:
            return "planned"
        if self.kind == "permanent" and self != current:
            return "replaced"
        if self.date_to and self.date_to < today:
            return "expired"
        return "active"

    def _compute_display_name(self):
        for line in self:
            line.display_name = line._describe()

    # -- immutable ------------------------------------------------------------------
    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(
            self.env._(
                "The history of limits cannot be changed. Set a new limit on the "
                "credit file, with the reason."
            )
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._(
                "The history of limits cannot be deleted. Set a new limit on the "
                "credit file, with the reason."
            )
        )

    # -- business ---------------------------------------------------------------------
    @api.readonly
    def action_end(self):
        """Ask for the reason and end this line from today on."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("End This Limit"),
            "res_model": "credit.limit.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_file_id": self.file_id.id,
                "default_ends_line_id": self.id,
            },
        }

    def _end(self, reason):
        """End a temporary or planned limit: from today on it counts no more.

        :return: the line of kind *ending*
        """
        self.ensure_one()
        if self.status not in ("planned", "active") or (
            self.kind == "permanent" and self.status == "active"
        ):
            raise UserError(
                self.env._(
                    "Only a temporary limit in force or a planned limit can be ended. "
                    "Set a new limit on the credit file instead."
                )
            )
        self.file_id._check_limit_authority(ended=self)
        return self._add_ending(reason)

    def _add_ending(self, reason):
        return self.file_id._add_limit_line(
            kind="ending",
            mode=self.mode,
            amount=self.amount,
            currency_id=self.currency_id.id,
            date_from=fields.Date.today(),
            ends_line_id=self.id,
            reason=reason,
            source="manual",
        )

    def _prepare_image_vals(self):
        """What the file shows while this line is in force."""
        return {
            "limit_mode": self.mode,
            "credit_limit": self.amount,
            "currency_id": self.currency_id.id,
            "limit_date_to": self.date_to,
        }

    def _describe(self):
        """The line in words: kind, amount or mode, and its days."""
        self.ensure_one()
        labels = dict(self._fields["kind"]._description_selection(self.env))
        modes = dict(self._fields["mode"]._description_selection(self.env))
        amount = self.mode == "amount" and self.currency_id.format(self.amount)
        days = " – ".join(
            format_date(self.env, day) for day in (self.date_from, self.date_to) if day
        )
        return f"{labels[self.kind]}: {amount or modes[self.mode]} ({days})"

    @api.model
    def _in_force_sql(self, file_id, today):
        """The permanent line of the file ``file_id`` (SQL) that has begun last."""
        self.flush_model()
        return SQL(
            """
            SELECT line.id, line.mode, line.amount, line.currency_id, line.date_to
              FROM credit_limit_line line
             WHERE line.file_id = %(file_id)s
               AND line.kind = 'permanent'
               AND line.date_from <= %(today)s
               AND NOT EXISTS (SELECT FROM credit_limit_line ending
                                WHERE ending.ends_line_id = line.id)
             ORDER BY line.date_from DESC, line.id DESC
             LIMIT 1
            """,
            file_id=file_id,
            today=today,
        )
