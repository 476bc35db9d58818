"""Settings of scores: kept on the root company."""

from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_score_sets_grade = fields.Boolean(
        "Scores Set the Grade",
        help="Every night the grade of a credit file becomes the one that its score "
        "(or the override in force) proposes. Otherwise an approver takes it over.",
    )


class CreditSettingsMixin(models.AbstractModel):
    _inherit = "credit.settings.mixin"

    credit_score_sets_grade = fields.Boolean(
        related="credit_root_company_id.credit_score_sets_grade", readonly=False
    )
