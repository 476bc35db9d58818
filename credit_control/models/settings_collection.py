"""Settings of promises, disputes and fees: kept on the root company."""

from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_promise_grace_days = fields.Integer(
        "Promise Grace (days)",
        default=3,
        help="A promise is judged so many days after its day: the bank takes time.",
    )
    credit_promise_max_days = fields.Integer(
        "Promises Online Up To (days)",
        default=30,
        help="How far ahead a customer may promise online.",
    )

    _credit_promise_days_positive = models.Constraint(
        "CHECK (credit_promise_grace_days >= 0 AND credit_promise_max_days >= 0)",
        "The days for promises cannot be negative. Enter 0 or more.",
    )


class CreditSettingsMixin(models.AbstractModel):
    _inherit = "credit.settings.mixin"

    credit_promise_grace_days = fields.Integer(
        related="credit_root_company_id.credit_promise_grace_days", readonly=False
    )
    credit_promise_max_days = fields.Integer(
        related="credit_root_company_id.credit_promise_max_days", readonly=False
    )
