"""How the customer of a file has paid: live on the form, a few figures for lists."""

from odoo import api, fields, models
from odoo.tools import SQL

#: The stored figures, with the type that PostgreSQL is told.
STORED = {
    "days_late": SQL("float8"),
    "on_time_pct": SQL("float8"),
    "turnover": SQL("numeric"),
    "behaviour_date": SQL("date"),
}


class CreditFile(models.Model):
    """The behaviour shown on the form is measured when it is opened; what lists,
    filters and the gate need is stored once a night. The gate reads the stored figure
    together with the limit: a rule about it costs no query.
    """

    _inherit = "credit.file"

    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    # -- stored every night ---------------------------------------------------------
    days_late = fields.Float(
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="By how many days the customer pays late, weighted by amount; early "
        "payments count as negative. As of last night.",
    )
    on_time_pct = fields.Float(
        "Paid on Time (%)", digits=(16, 1), readonly=True, aggregator="avg"
    )
    turnover = fields.Monetary(
        "Turnover (12 months)", readonly=True, currency_field="company_currency_id"
    )
    behaviour_date = fields.Date("Behaviour As Of", readonly=True)
    # -- live, for the form ---------------------------------------------------------
    paid_as_of = fields.Date("As Of", compute="_compute_paid")
    paid_count = fields.Integer("Payments and Open Items", compute="_compute_paid")
    paid_days_late = fields.Float(
        "Days Late, Weighted",
        digits=(16, 1),
        compute="_compute_paid",
        help="Σ(amount × days from due to paid) ÷ Σ amount. Early payments count as "
        "negative, open items count to today, credited amounts not at all.",
    )
    paid_days_late_clipped = fields.Float(
        "Days Late, Early as 0",
        digits=(16, 1),
        compute="_compute_paid",
        help="As above, with early payments counted as 0.",
    )
    paid_on_time_pct = fields.Float(
        "Paid on Time, by Amount (%)", digits=(16, 1), compute="_compute_paid"
    )
    paid_largest_delay_days = fields.Integer(
        "Largest Delay (days)", compute="_compute_paid"
    )
    paid_days_late_short = fields.Float(
        "Days Late, 3 Months", digits=(16, 1), compute="_compute_paid"
    )
    paid_days_late_long = fields.Float(
        "Days Late, 12 Months", digits=(16, 1), compute="_compute_paid"
    )
    paid_trend = fields.Selection(
        [
            ("slower", "Pays later than before"),
            ("same", "Pays as before"),
            ("faster", "Pays earlier than before"),
        ],
        "Trend",
        compute="_compute_paid",
        help="The last 3 against the last 12 months; a day more or less is no change.",
    )
    paid_turnover = fields.Monetary(
        "Turnover, 12 Months",
        compute="_compute_paid",
        currency_field="company_currency_id",
        help="Invoices less credit notes, with taxes.",
    )
    paid_turnover_before = fields.Monetary(
        "Turnover, 12 Months Before",
        compute="_compute_paid",
        currency_field="company_currency_id",
    )
    paid_growth_pct = fields.Float(
        "Growth (%)", digits=(16, 1), compute="_compute_paid"
    )
    paid_credit_note_pct = fields.Float(
        "Credit Notes (% of Invoices)", digits=(16, 1), compute="_compute_paid"
    )
    paid_highest_balance = fields.Monetary(
        "Highest Balance", compute="_compute_paid", currency_field="company_currency_id"
    )
    paid_first_day = fields.Date("Customer Since", compute="_compute_paid")
    paid_tenure_months = fields.Integer("Tenure (months)", compute="_compute_paid")
    paid_returned = fields.Integer("Returned Payments", compute="_compute_paid")
    paid_broken = fields.Integer("Promises Broken (12 months)", compute="_compute_paid")

    # Readers: the filters and the order of the list by payment behaviour.
    _days_late_idx = models.Index("(company_id, days_late) WHERE days_late IS NOT NULL")

    def _compute_paid(self):
        found = self.env["credit.behaviour"]._get_behaviours(self._origin)
        for file in self:
            file.update(self._prepare_paid_vals(found.get(file._origin.id)))

    def _prepare_paid_vals(self, paid):
        """The fields of the page; the view hides what there is nothing to say about."""
        names = (
            "days_late",
            "days_late_clipped",
            "on_time_pct",
            "largest_delay_days",
            "days_late_short",
            "days_late_long",
            "turnover",
            "turnover_before",
            "growth_pct",
            "credit_note_pct",
            "highest_balance",
            "first_day",
            "tenure_months",
        )
        return {f"paid_{name}": paid and getattr(paid, name) for name in names} | {
            "paid_as_of": paid and paid.day,
            "paid_count": paid and paid.part_count,
            "paid_returned": paid and paid.returned_payments,
            "paid_broken": paid and paid.broken_promises,
            "paid_trend": paid and self._name_trend(paid.trend_days),
        }

    @api.model
    def _name_trend(self, days):
        if days is None:
            return False
        return "slower" if days > 1 else "faster" if days < -1 else "same"

    # -- what is stored ---------------------------------------------------------------
    def _store_behaviour(self, found=None):
        """Write the figures of ``STORED`` that changed, in one UPDATE.

        :param found: ``{file_id: Behaviour}`` of today, measured when None
        :return: how many files changed
        """
        if not self:
            return 0
        if found is None:
            found = self.env["credit.behaviour"]._get_behaviours(self)
        rows = [
            (
                file_id,
                paid.days_late,
                paid.on_time_pct,
                paid.turnover,
                paid.day if paid.part_count or paid.first_day else None,
            )
            for file_id, paid in found.items()
        ]
        self.flush_model(STORED)
        self.env.cr.execute(self._stored_sql(STORED, rows))
        changed = self.env.cr.rowcount
        self.invalidate_model(STORED)
        return changed

    def _stored_sql(self, types, rows) -> SQL:
        """Update the rows that say something new.

        :param types: ``{column: PostgreSQL type}``
        :param rows: file id, then the columns of ``types`` in their order
        """
        values = [list(column) for column in zip(*rows, strict=True)]
        return SQL(
            """
            UPDATE credit_file file SET (%(names)s) = ROW(%(new)s)
              FROM unnest(%(values)s) AS new (id, %(names)s)
             WHERE file.id = new.id
               AND ROW(%(old)s) IS DISTINCT FROM ROW(%(new)s)
            """,
            names=SQL(", ").join(map(SQL.identifier, types)),
            new=SQL(", ").join(SQL.identifier("new", name) for name in types),
            old=SQL(", ").join(SQL.identifier("file", name) for name in types),
            values=SQL(", ").join(
                SQL("%s::%s[]", column, type_)
                for column, type_ in zip(
                    values, (SQL("int4"), *types.values()), strict=True
                )
            ),
        )
