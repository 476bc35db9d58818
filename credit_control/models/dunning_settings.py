"""Where a strategy of dunning is chosen: invoice, grade, company.

The customer's own is on his credit file, see credit_file_dunning.py.
"""

from odoo import fields, models


class CreditGrade(models.Model):
    _inherit = "credit.grade"

    dunning_policy_id = fields.Many2one(
        "credit.dunning.policy", "Dunning Strategy", ondelete="set null"
    )


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_dunning_policy_id = fields.Many2one(
        "credit.dunning.policy",
        "Default Dunning Strategy",
        ondelete="set null",
        help="For customers without own one. Empty: the shipped soft strategy.",
    )
    credit_dunning_auto = fields.Boolean(
        "Remind Automatically",
        help="Every day reminders are proposed, and levels sent that are sent by "
        "themselves.",
    )


class AccountMove(models.Model):
    _inherit = "account.move"

    credit_dunning_policy_id = fields.Many2one(
        "credit.dunning.policy",
        "Dunning Strategy",
        index="btree_not_null",
        copy=False,
        ondelete="set null",
        help="Only where this document is not treated as the customer is.",
    )


class CreditSettingsMixin(models.AbstractModel):
    _inherit = "credit.settings.mixin"

    credit_dunning_policy_id = fields.Many2one(
        related="credit_root_company_id.credit_dunning_policy_id", readonly=False
    )
    credit_dunning_auto = fields.Boolean(
        related="credit_root_company_id.credit_dunning_auto", readonly=False
    )
