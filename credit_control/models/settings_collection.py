"""Settings of promises, disputes and collectors: kept on the root company."""

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

    credit_collector_id = fields.Many2one(
        "res.users",
        "Default Collector",
        domain="[('share', '=', False)]",
        ondelete="set null",
        help="Collects from customers whose file names nobody.",
    )
    credit_collected_days = fields.Integer(
        "Collected After Contact (days)",
        default=30,
        help="Money that comes in so many days after a contact counts as collected by "
        "whoever made it, in the team's figures.",
    )

    _credit_promise_days_positive = models.Constraint(
        "CHECK (credit_promise_grace_days >= 0 AND credit_promise_max_days >= 0)",
        "The days for promises cannot be negative. Enter 0 or more.",
    )
    _credit_collected_days_positive = models.Constraint(
        "CHECK (credit_collected_days >= 0)",
        "The days of Collected After Contact cannot be negative. Enter 0 or more.",
    )


class CreditSettingsMixin(models.AbstractModel):
    _inherit = "credit.settings.mixin"

    credit_promise_grace_days = fields.Integer(
        related="credit_root_company_id.credit_promise_grace_days", readonly=False
    )
    credit_promise_max_days = fields.Integer(
        related="credit_root_company_id.credit_promise_max_days", readonly=False
    )
    credit_collector_id = fields.Many2one(
        related="credit_root_company_id.credit_collector_id", readonly=False
    )
    credit_collected_days = fields.Integer(
        related="credit_root_company_id.credit_collected_days", readonly=False
    )
