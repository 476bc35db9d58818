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
    """One overdue amount; records with sudo.

    ``amount`` is open now; ``payments`` (day, amount) are what came in for it.
    ``taken``: days (first, last) that were charged or waived before; ``fixed_taken``:
    so was the fixed sum; ``charged_to``: both, up to that day. ``exempt_to``: until
    that day the customer is not charged.
    """

    currency: models.BaseModel
    amount: float
    due: object
    until: object
    company: models.BaseModel
    country: models.BaseModel
    is_company: bool = True
    charged_to: object = None
    payments: tuple = ()
    taken: tuple = ()
    fixed_taken: bool = False
    exempt_to: object = None


class Run(NamedTuple):
    """Consecutive days to be charged; ``amount`` is rounded, ``pieces`` explain it."""

    first: object
    last: object
    amount: float
    pieces: tuple[interest.Piece, ...]


class Owed(NamedTuple):
    """What a claim is owed, in its currency. ``statutory``: the law of the rate has a
    fixed sum for it, be it asked for now or before."""

    runs: tuple[Run, ...] = ()
    fixed_sum: float = 0.0
    statutory: bool = False

    @property
    def interest(self) -> float:
        return sum(run.amount for run in self.runs)


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
        """``[(interest, fixed sum)]`` of each :class:`Claim`, in its currency."""
        return [(owed.interest, owed.fixed_sum) for owed in self._measure_owed(claims)]

    @api.model
    def _measure_owed(self, claims) -> list[Owed]:
        """What each :class:`Claim` is owed; one query for any number of claims."""
        # sudo: what is owed does not depend on who asks
        last = max((claim.until for claim in claims), default=None)
        table = self.sudo()._read_table(last) if last else {}
        if not table:
            return [Owed()] * len(claims)
        meters = {}
        return [self._measure_claim(claim, table, meters) for claim in claims]

    @api.model
    def _read_table(self, last):
        """``{(company id or None, country id or None): rates}`` until ``last``."""
        table = defaultdict(list)
        for rate in self.search([("date_from", "<=", last)]):
            key = (rate.company_id.id or None, rate.country_id.id or None)
            table[key].append(rate)
        return table

    def _measure_claim(self, claim, table, meters) -> Owed:
        """``meters``: what was prepared for claims of the same kind."""
        key = (claim.company.id, claim.country.id, claim.is_company)
        if key not in meters:
            rates = {rate._to_tool(): rate for rate in self._rates_for(claim, table)}
            meters[key] = interest.Meter(list(rates)), rates, {}
        meter, rates, sums = meters[key]
        if not rates or claim.until <= claim.due:
            return Owed()
        taken = claim.taken
        if claim.charged_to:
            taken = (*taken, (claim.due, claim.charged_to))
        since = max(claim.due, claim.exempt_to or claim.due)
        runs = meter.pieces(claim.amount, since, claim.until, claim.payments, taken)
        found = [self._round_run(run, claim) for run in runs]
        fixed = self._measure_fixed(claim, meter, rates, sums)
        done = claim.fixed_taken or claim.charged_to
        return Owed(
            tuple(run for run in found if run.amount),
            0.0 if done else fixed,
            bool(fixed),
        )

    def _measure_fixed(self, claim, meter, rates, sums) -> float:
        """The sum of the rate of the first late day, in the claim's currency; none of
        an item that was late while the customer was spared."""
        spared = claim.exempt_to and claim.exempt_to > claim.due
        if spared or not (claim.amount > 0 or claim.payments):
            return 0.0
        rate = meter.first_rate(claim.due, claim.until)
        if not rate or not rate.fixed_sum:
            return 0.0
        if (rate, claim.currency) not in sums:
            fixed = self._convert_fixed(rates[rate], claim)
            sums[rate, claim.currency] = fixed
        return sums[rate, claim.currency]

    def _round_run(self, run, claim) -> Run:
        unit = run[-1].rate.rounding or claim.currency.rounding
        amount = sum(piece.interest for piece in run)
        amount = float_round(amount, precision_rounding=unit)
        return Run(run[0].first, run[-1].last, amount, tuple(run))

    def _convert_fixed(self, rate, claim) -> float:
        """The fixed sum of ``rate``, in the claim's currency."""
        fixed = self.env["credit.exposure"]._convert(
            rate.fixed_sum, rate.currency_id, claim.currency, claim.company
        )
        return claim.currency.round(fixed)

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
            self.rounding,
        )

    @api.model
    def _is_in_force(self, company) -> bool:
        """Is there a rate today, for any customer of the company?"""
        today = fields.Date.today()
        # sudo: whoever makes a statement
        return bool(
            self.sudo().search_count(
                [
                    ("company_id", "in", [False, company.root_id.id]),
                    ("date_from", "<=", today),
                    "|",
                    ("date_to", "=", False),
                    ("date_to", ">=", today),
                ],
                limit=1,
            )
        )
