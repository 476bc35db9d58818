from odoo import fields, models

from .res_company import LIMIT_MODES


class CreditGrade(models.Model):
    """How customers of one quality are treated: limit, terms, reviews, trust.

    A grade without company holds for all of them. ``max_terms_days`` 0 and
    ``max_discount_pct`` 0 mean *not set*: the grade then says nothing about terms.
    """

    _name = "credit.grade"
    _description = "Credit Grade"
    _order = "sequence, code, id"
    _rec_names_search = ["code", "name"]
    _check_company_domain = models.check_company_domain_parent_of

    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True)
    color = fields.Integer()
    score_floor = fields.Float(string="Score From")
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.root_id.currency_id,
    )
    limit_mode = fields.Selection(LIMIT_MODES, default="inherit", required=True)
    credit_limit = fields.Monetary()
    limit_factor = fields.Float(default=1.0)
    max_terms_days = fields.Integer(string="Longest Payment Terms (days)")
    max_discount_pct = fields.Float(string="Largest Cash Discount (%)")
    review_months = fields.Integer(string="Review Every (months)")
    deposit_pct = fields.Float(string="Deposit (%)")
    trust = fields.Selection(
        [("good", "Good Debtor"), ("normal", "Normal Debtor"), ("bad", "Bad Debtor")],
    )

    _code_company_unique = models.UniqueIndex(
        "(code, COALESCE(company_id, 0))",
        "There is a grade of this code already. Choose another code.",
    )
    _figures_positive = models.Constraint(
        """CHECK (credit_limit >= 0 AND limit_factor >= 0 AND max_terms_days >= 0
           AND review_months >= 0)""",
        "Limit, factor, terms and review months of a grade cannot be negative.",
    )
    _pct_range = models.Constraint(
        """CHECK (max_discount_pct BETWEEN 0 AND 100 AND deposit_pct BETWEEN 0 AND 100)
        """,
        "Cash discount and deposit of a grade are percentages from 0 to 100.",
    )

    def _compute_display_name(self):
        for grade in self:
            grade.display_name = f"{grade.code} – {grade.name}"
