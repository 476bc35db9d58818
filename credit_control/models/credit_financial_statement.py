"""The financial statement of a customer for one fiscal year."""

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.statements import AMOUNTS, RATIOS, Statement, ratios, trend
from .optional_fields import OptionalFloat, OptionalMonetary

TRENDS = [("better", "▲ better"), ("same", "► same"), ("worse", "▼ worse")]


class CreditFinancialStatement(models.Model):
    """The figures of one fiscal year, in the currency they are stated in.

    A figure that was not given is empty and makes the ratios that need it empty: see
    ``tools.statements``. Amounts are converted only where they are compared, such as
    by ``credit.file._get_evidence_inputs``.

    ``_get_latest`` answers for any number of files with one query::

        env["credit.financial.statement"]._get_latest(files)[file.id].debt_ratio_pct

    What is implausible is in credit_financial_statement_check.py.
    """

    _name = "credit.financial.statement"
    _description = "Financial Statement"
    _inherit = ["credit.evidence"]
    _order = "period_end desc, id desc"
    _evidence_date = "period_end"
    _evidence_key = ("file_id", "period_end")

    corrects_id = fields.Many2one(
        "credit.financial.statement",
        "Replaces",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    period_end = fields.Date(required=True, index=True)
    months = fields.Integer(
        "Months Covered", default=12, required=True, help="12 for a whole year."
    )
    fiscal_year = fields.Char(
        compute="_compute_fiscal_year", store=True, help="The year in which it ends."
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.root_id.currency_id,
        ondelete="restrict",
    )
    origin = fields.Selection(
        [
            ("customer", "Customer"),
            ("agency", "Agency"),
            ("register", "Public register"),
            ("estimate", "Own estimate"),
        ],
        "Received From",
        default="customer",
        required=True,
    )
    is_audited = fields.Boolean("Audited")
    total_assets = OptionalMonetary()
    current_assets = OptionalMonetary()
    intangible_assets = OptionalMonetary()
    total_liabilities = OptionalMonetary()
    current_liabilities = OptionalMonetary()
    net_worth = OptionalMonetary(help="Equity: assets less liabilities.")
    revenue = OptionalMonetary()
    profit = OptionalMonetary(help="After tax; a loss is negative.")
    operating_cash_flow = OptionalMonetary()
    receivables = OptionalMonetary()
    bank_credit_line = OptionalMonetary(
        help="What banks have granted, used or not (银行授信额度)."
    )
    # -- ratios: formulas and their sources are in tools/statements.py ----------------
    debt_ratio_pct = OptionalFloat(
        "Debt Ratio (%)",
        digits=(16, 1),
        compute="_compute_ratios",
        store=True,
        aggregator="avg",
        help="Total liabilities ÷ total assets.",
    )
    current_ratio = OptionalFloat(
        digits=(16, 2),
        compute="_compute_ratios",
        store=True,
        aggregator="avg",
        help="Current assets ÷ current liabilities.",
    )
    receivables_turnover = OptionalFloat(
        digits=(16, 2),
        compute="_compute_ratios",
        store=True,
        aggregator="avg",
        help="Revenue of twelve months ÷ receivables at the end.",
    )
    receivables_days = OptionalFloat(
        digits=(16, 1),
        compute="_compute_ratios",
        store=True,
        aggregator="avg",
        help="Receivables × 365 ÷ revenue of twelve months.",
    )
    net_margin_pct = OptionalFloat(
        "Net Margin (%)",
        digits=(16, 1),
        compute="_compute_ratios",
        store=True,
        aggregator="avg",
        help="Profit ÷ revenue.",
    )
    cash_cover = OptionalFloat(
        "Cash-Flow Cover",
        digits=(16, 2),
        compute="_compute_ratios",
        store=True,
        aggregator="avg",
        help="Operating cash flow of twelve months ÷ current liabilities.",
    )
    tangible_net_worth = OptionalMonetary(
        compute="_compute_ratios", store=True, help="Net worth − intangible assets."
    )
    # -- against the year before -------------------------------------------------------
    previous_id = fields.Many2one(
        "credit.financial.statement", "Year Before", compute="_compute_previous_id"
    )
    debt_ratio_trend = fields.Selection(TRENDS, compute="_compute_trends")
    current_ratio_trend = fields.Selection(TRENDS, compute="_compute_trends")
    receivables_turnover_trend = fields.Selection(TRENDS, compute="_compute_trends")
    net_margin_trend = fields.Selection(TRENDS, compute="_compute_trends")
    cash_cover_trend = fields.Selection(TRENDS, compute="_compute_trends")
    is_valid = fields.Boolean(
        "Counts Today",
        compute="_compute_is_valid",
        search="_search_is_valid",
        help="Not older than the settings allow, and not replaced.",
    )

    # Also the reader of the latest statement of many files (_get_latest).
    _period_unique = models.UniqueIndex(
        "(file_id, period_end) WHERE active",
        "There is a statement of this customer for this period already. Correct that "
        "one instead.",
    )
    _months_range = models.Constraint(
        "CHECK (months BETWEEN 1 AND 24)",
        "A statement covers 1 to 24 months; 12 for a whole year.",
    )

    # -- computes ---------------------------------------------------------------------
    @api.depends("period_end")
    def _compute_fiscal_year(self):
        for statement in self:
            statement.fiscal_year = statement.period_end and str(
                statement.period_end.year
            )

    def _get_figures(self) -> Statement:
        """The amounts as ``tools.statements`` takes them."""
        self.ensure_one()
        amounts = {name: self[name] for name in AMOUNTS}
        return Statement(**amounts, months=max(self.months, 1))

    @api.depends(*AMOUNTS, "months")
    def _compute_ratios(self):
        for statement in self:
            statement.update(ratios(statement._get_figures()))

    @api.depends("file_id", "period_end")
    def _compute_previous_id(self):
        """The latest statement before; one query for any number of files."""
        candidates = self.search(
            [("file_id", "in", self.file_id.ids)], order="period_end desc, id desc"
        ).grouped("file_id")
        for statement in self:
            end, own = statement.period_end, statement._origin
            statement.previous_id = next(
                (
                    other
                    for other in candidates.get(statement.file_id._origin, ())
                    if end and other.period_end < end and other != own
                ),
                False,
            )

    @api.depends(*RATIOS, "previous_id")
    def _compute_trends(self):
        for statement in self:
            before = statement.previous_id
            for name in self._get_trend_fields():
                field = name.removesuffix("_pct") + "_trend"
                statement[field] = before and trend(name, statement[name], before[name])

    @api.model
    def _get_trend_fields(self):
        return [
            name
            for name in RATIOS
            if name.removesuffix("_pct") + "_trend" in self._fields
        ]

    @api.depends("period_end", "active", "company_id.credit_statement_months")
    def _compute_is_valid(self):
        valid = self.filtered_domain(self._search_is_valid("in", [True]))
        for statement in self:
            statement.is_valid = statement in valid

    def _search_is_valid(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        # sudo: the settings of companies, whose files the user may read or not
        roots = self.env["res.company"].sudo().search([("parent_id", "=", False)])
        counts = Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain("period_end", ">=", oldest or fields.Date.to_date("1900-01-01"))
            for company in roots
            for oldest in [self._get_oldest(company, today)]
        )
        counts &= Domain("active", "=", True) & Domain("period_end", "<=", today)
        return counts if True in value else ~counts

    @api.model
    def _get_oldest(self, company, today):
        """The first period end that still counts; None where all do."""
        months = company.credit_statement_months
        return today - relativedelta(months=months) if months else None

    @api.constrains("period_end", "user_id")
    def _check_period(self):
        latest = fields.Date.context_today(self)
        for statement in self:
            if statement.period_end > latest:
                raise ValidationError(
                    self.env._(
                        "Period End %(day)s is in the future. Enter the last day of "
                        "a fiscal year that is over.",
                        day=statement.period_end,
                    )
                )

    # -- what others ask --------------------------------------------------------------
    @api.model
    def _get_latest(self, files, date=None):
        """``{file_id: statement}``: of each file the latest that counts on ``date``
        (today); files without one are left out. One query, one more to read them."""
        if not files:
            return {}
        self.flush_model(["file_id", "company_id", "period_end", "active"])
        self.env["res.company"].flush_model(["credit_statement_months"])
        query = SQL(
            """
            SELECT DISTINCT ON (statement.file_id) statement.file_id, statement.id
              FROM credit_financial_statement statement
              JOIN res_company company ON company.id = statement.company_id
             WHERE statement.active AND statement.file_id = ANY(%(files)s)
               AND statement.period_end <= %(date)s
               AND (COALESCE(company.credit_statement_months, 0) = 0
                    OR statement.period_end >= %(date)s
                       - make_interval(months => company.credit_statement_months))
             ORDER BY statement.file_id, statement.period_end DESC
            """,
            files=files.ids,
            date=date or fields.Date.context_today(self),
        )
        found = dict(self.env.execute_query(query))
        # one prefetch for all of them
        statements = self.browse(found.values()).grouped("id")
        return {file_id: statements[found_id] for file_id, found_id in found.items()}

    def _describe_source(self):
        """Where a figure comes from, in words."""
        self.ensure_one()
        origin = dict(self._fields["origin"]._description_selection(self.env))
        how = [
            origin[self.origin],
            self.env._("audited") if self.is_audited else self.env._("unaudited"),
        ]
        if self.is_implausible:
            how.append(self.env._("to be checked"))
        return self.env._(
            "Statement %(year)s (%(how)s)", year=self.fiscal_year, how=", ".join(how)
        )

    def _get_summary(self):
        return self._describe_source()
