"""Why an item is overdue, recorded per item."""

from odoo import fields, models


class CreditOverdueReason(models.Model):
    _name = "credit.overdue.reason"
    _description = "Reason for Being Overdue"
    _order = "sequence, id"

    name = fields.Char("Reason", required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    credit_overdue_reason_id = fields.Many2one(
        "credit.overdue.reason",
        "Overdue Because",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
    )
