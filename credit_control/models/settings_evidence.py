"""Settings of evidence: kept on the root company."""

from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_statement_months = fields.Integer(
        "Statements Count (months)",
        default=24,
        help="A financial statement counts so many months after its period ends; then "
        "it is missing. 0: always.",
    )
    credit_evidence_months = fields.Integer(
        "Other Evidence Counts (months)",
        default=12,
        help="Registry checks, trade references, visits and answers count so many "
        "months. 0: always. A knock-out of the registry counts until a newer check.",
    )
    credit_rating_remind_days = fields.Integer(
        "Remind of Ratings (days)",
        default=30,
        help="So many days before a rating ends, the responsible of the file is "
        "reminded once. 0: never.",
    )

    _credit_evidence_positive = models.Constraint(
        "CHECK (credit_statement_months >= 0 AND credit_evidence_months >= 0"
        " AND credit_rating_remind_days >= 0)",
        "How long evidence counts cannot be negative. Enter 0 or more.",
    )


class CreditSettingsMixin(models.AbstractModel):
    _inherit = "credit.settings.mixin"

    credit_statement_months = fields.Integer(
        related="credit_root_company_id.credit_statement_months", readonly=False
    )
    credit_evidence_months = fields.Integer(
        related="credit_root_company_id.credit_evidence_months", readonly=False
    )
    credit_rating_remind_days = fields.Integer(
        related="credit_root_company_id.credit_rating_remind_days", readonly=False
    )
