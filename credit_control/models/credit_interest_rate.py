"""The table of interest on late payment, by country and date."""

from collections import defaultdict
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import float_round

from ..tools import interest

CUSTOMER_KINDS = [
    ("all", "All customers"),
    ("company", "Companies"),
    ("person", "Private persons"),
]


class Claim(NamedTuple):
    """One overdue amount. Records with sudo; ``charged_to``: interest was charged up to
    that day already, and with it the fixed sum."""

    currency: models.BaseModel
    amount: float
    due: object
    until: object
    company: models.BaseModel
    country: models.BaseModel
    is_company: bool = True
    charged_to: object = None


class CreditInterestRate(models.Model):
    """A yearly rate from a day on: a reference rate plus a margin.

    Which rate holds: that of the customer's country, else one without country; the
    company's own before a shared one; for companies and private persons apart where
    the law says so. Each day is charged at the rate in force on that day. No rate in
    force, no interest.
    """

    _name = "credit.interest.rate"
    _description = "Interest on Late Payment"
    _order = "country_id, customer_kind, date_from desc, id"
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(compute="_compute_name", store=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        index="btree_not_null",
        domain="[('parent_id', '=', False)]",
        help="Empty: the rate is for every company.",
    )
    country_id = fields.Many2one(
        "res.country",
        "Customers In",
        help="Empty: for customers of countries that have no rate of their own.",
    )
    customer_kind = fields.Selection(
        CUSTOMER_KINDS, "Customers", default="all", required=True
    )
    date_from = fields.Date("From", required=True, default=fields.Date.context_today)
    date_to = fields.Date("To", help="Empty: until the next rate begins.")
    reference = fields.Char("Reference Rate", help="Whose rate it is.")
    reference_pct = fields.Float("Reference (%)", digits=(16, 4))
    margin_pct = fields.Float("Margin (points)", digits=(16, 4))
    rate_pct = fields.Float(
        "Rate (% a Year)", digits=(16, 4), compute="_compute_rate_pct", store=True
    )
    day_count = fields.Selection(
        [
            ("365", "Days ÷ 365"),
            ("360", "Days ÷ 360"),
            ("actual", "Days ÷ days of the year"),
        ],
        default="365",
        required=True,
    )
    rounding = fields.Float(
        "Rounded To", digits=(16, 4), help="0: to the currency's smallest unit."
    )
    fixed_sum = fields.Monetary(
        "Fixed Sum per Item", help="Owed once for each item that is paid late."
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.root_id.currency_id,
    )
    source = fields.Char(help="Where rate and margin are published.")

    _figures_positive = models.Constraint(
        "CHECK (fixed_sum >= 0 AND rounding >= 0 AND margin_pct >= 0)",
        "Margin, fixed sum and rounding cannot be negative.",
    )
    _dates_ordered = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "The last day of a rate cannot lie before its first day.",
    )
    _date_unique = models.UniqueIndex(
        """(COALESCE(company_id, 0), COALESCE(country_id, 0), customer_kind, date_from)
           WHERE active""",
        "Another rate for the same customers begins on this day. Change that one.",
    )

    @api.depends("country_id.name", "date_from", "reference", "rate_pct")
    def _compute_name(self):
        for rate in self:
            parts = [rate.country_id.name, rate.reference, f"{rate.rate_pct:g} %"]
            rate.name = " – ".join(filter(None, [*parts, str(rate.date_from or "")]))

    @api.depends("reference_pct", "margin_pct")
    def _compute_rate_pct(self):
        """A reference rate below zero takes from the margin; nobody owes less than
        nothing."""
        for rate in self:
            rate.rate_pct = max(0.0, rate.reference_pct + rate.margin_pct)

    # -- what others ask ------------------------------------------------------------
    @api.model
    def _measure(self, claims) -> list[tuple[float, float]]:
        """``[(interest, fixed sum)]`` of each :class:`Claim`, in its currency.

        One query for any number of claims.
        """
        # sudo: what is owed does not depend on who asks
        last = max((claim.until for claim in claims), default=None)
        table = self.sudo()._read_table(last) if last else {}
        return [self._measure_claim(claim, table) for claim in claims]

    @api.model
    def _read_table(self, last):
        """``{(company id or None, country id or None): rates}`` until ``last``."""
        table = defaultdict(list)
        for rate in self.search([("date_from", "<=", last)]):
            key = (rate.company_id.id or None, rate.country_id.id or None)
            table[key].append(rate)
        return table

    def _measure_claim(self, claim, table):
        rates = self._rates_for(claim, table)
        due = max(claim.due, claim.charged_to or claim.due)
        if not rates or claim.amount <= 0 or claim.until <= due:
            return 0.0, 0.0
        by_tool = {rate._to_tool(): rate for rate in rates}
        used = interest.spans(list(by_tool), due, claim.until)
        if not used:
            return 0.0, 0.0
        last = by_tool[used[-1][0]]
        figure = interest.interest(claim.amount, list(by_tool), due, claim.until)
        figure = float_round(
            figure, precision_rounding=last.rounding or claim.currency.rounding
        )
        if claim.charged_to:
            return figure, 0.0
        first = by_tool[used[0][0]]
        fixed = self.env["credit.exposure"]._convert(
            first.fixed_sum, first.currency_id, claim.currency, claim.company
        )
        return figure, claim.currency.round(fixed)

    def _rates_for(self, claim, table):
        """The rates of the customer's country, else those without country; the
        company's own before shared ones."""
        kind = "company" if claim.is_company else "person"
        for country in dict.fromkeys((claim.country.id or None, None)):
            for company in (claim.company.root_id.id, None):
                rates = table.get((company, country), [])
                for wanted in (kind, "all"):
                    if found := [r for r in rates if r.customer_kind == wanted]:
                        return found
        return []

    def _to_tool(self):
        return interest.Rate(
            self.date_from,
            self.rate_pct,
            self.day_count,
            self.date_to or None,
            self.fixed_sum,
        )
