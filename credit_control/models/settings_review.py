"""Settings of proposals, reviews and applications: kept on the root company."""

from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    # -- the limit proposal
    credit_proposal_net_worth_pct = fields.Float(
        "Of Net Worth (%)", default=35.0, help="0: not looked at."
    )
    credit_proposal_turnover_pct = fields.Float(
        "Of Turnover (%)", default=5.0, help="0: not looked at."
    )
    credit_proposal_turnover_source = fields.Selection(
        [
            ("statement", "The customer's whole turnover, of his financial statement"),
            ("ledger", "What he bought from us within 12 months"),
        ],
        "Turnover Is",
        default="statement",
        required=True,
    )
    credit_proposal_cap = fields.Monetary(
        "Not More Than", help="0: no cap.", currency_field="currency_id"
    )
    credit_proposal_max_increase_pct = fields.Float(
        "Largest Increase (%)",
        default=50.0,
        help="Above the limit that holds now. 0: whatever the increase.",
    )
    credit_proposal_worsening_pct = fields.Float(
        "Less for Worse Ratios (%)",
        default=10.0,
        help="Taken off the proposal where a ratio of the latest financial statement "
        "is worse than the year before. 0: ratios change nothing.",
    )
    credit_proposal_step = fields.Monetary(
        "Rounded Down To",
        default=100.0,
        currency_field="currency_id",
        help="0: not rounded.",
    )
    # -- reviews
    credit_review_auto = fields.Boolean(
        "Make Periodic Reviews",
        help="Every night, for customers whose review is due by the rhythm of their "
        "grade.",
    )
    credit_review_lead_days = fields.Integer(
        "Made Before (days)",
        default=30,
        help="So long before they are due; the work is spread over these days.",
    )
    credit_review_large_exposure = fields.Monetary(
        "More Often From Exposure",
        currency_field="currency_id",
        help="0: the rhythm is that of the grade, whatever is owed.",
    )
    credit_review_large_months = fields.Integer("Then Every (months)", default=3)
    credit_review_user_id = fields.Many2one(
        "res.users",
        "Default Reviewer",
        domain="[('share', '=', False)]",
        ondelete="set null",
        help="Owns reviews of customers whose file names no responsible.",
    )
    credit_review_remind_days = fields.Integer(
        "Remind Approvers After (days)", default=3, help="0: no reminder."
    )
    credit_review_escalate_days = fields.Integer(
        "Escalate After (days)",
        default=7,
        help="Then the credit managers are told, too. 0: never.",
    )
    credit_portal_apply = fields.Boolean(
        "Customers Apply Online",
        help="A form on the portal where customers ask for credit.",
    )

    _credit_proposal_positive = models.Constraint(
        """CHECK (credit_proposal_net_worth_pct >= 0
           AND credit_proposal_turnover_pct >= 0 AND credit_proposal_cap >= 0
           AND credit_proposal_worsening_pct BETWEEN 0 AND 100
           AND credit_proposal_max_increase_pct >= 0 AND credit_proposal_step >= 0)""",
        "The figures of the limit proposal cannot be negative. Enter 0 to leave one "
        "out.",
    )
    _credit_review_positive = models.Constraint(
        """CHECK (credit_review_lead_days >= 0 AND credit_review_large_exposure >= 0
           AND credit_review_large_months >= 0 AND credit_review_remind_days >= 0
           AND credit_review_escalate_days >= 0)""",
        "The days, months and amounts of credit reviews cannot be negative.",
    )


class CreditSettingsMixin(models.AbstractModel):
    _inherit = "credit.settings.mixin"

    credit_proposal_net_worth_pct = fields.Float(
        related="credit_root_company_id.credit_proposal_net_worth_pct", readonly=False
    )
    credit_proposal_turnover_pct = fields.Float(
        related="credit_root_company_id.credit_proposal_turnover_pct", readonly=False
    )
    credit_proposal_turnover_source = fields.Selection(
        related="credit_root_company_id.credit_proposal_turnover_source",
        readonly=False,
    )
    credit_proposal_cap = fields.Monetary(
        related="credit_root_company_id.credit_proposal_cap",
        currency_field="credit_currency_id",
        readonly=False,
    )
    credit_proposal_max_increase_pct = fields.Float(
        related="credit_root_company_id.credit_proposal_max_increase_pct",
        readonly=False,
    )
    credit_proposal_worsening_pct = fields.Float(
        related="credit_root_company_id.credit_proposal_worsening_pct", readonly=False
    )
    credit_proposal_step = fields.Monetary(
        related="credit_root_company_id.credit_proposal_step",
        currency_field="credit_currency_id",
        readonly=False,
    )
    credit_review_auto = fields.Boolean(
        related="credit_root_company_id.credit_review_auto", readonly=False
    )
    credit_review_lead_days = fields.Integer(
        related="credit_root_company_id.credit_review_lead_days", readonly=False
    )
    credit_review_large_exposure = fields.Monetary(
        related="credit_root_company_id.credit_review_large_exposure",
        currency_field="credit_currency_id",
        readonly=False,
    )
    credit_review_large_months = fields.Integer(
        related="credit_root_company_id.credit_review_large_months", readonly=False
    )
    credit_review_user_id = fields.Many2one(
        related="credit_root_company_id.credit_review_user_id", readonly=False
    )
    credit_review_remind_days = fields.Integer(
        related="credit_root_company_id.credit_review_remind_days", readonly=False
    )
    credit_review_escalate_days = fields.Integer(
        related="credit_root_company_id.credit_review_escalate_days", readonly=False
    )
    credit_portal_apply = fields.Boolean(
        related="credit_root_company_id.credit_portal_apply", readonly=False
    )


class CreditGrade(models.Model):
    _inherit = "credit.grade"

    contact_days = fields.Integer(
        "Contact Every (days)",
        help="Customers of this grade are due for a contact so many days after the "
        "last one. 0: no rhythm.",
    )

    _contact_days_positive = models.Constraint(
        "CHECK (contact_days >= 0)",
        "The days between contacts cannot be negative. Enter 0 for no rhythm.",
    )
