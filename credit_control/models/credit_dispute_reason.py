from odoo import fields, models


class CreditDisputeReason(models.Model):
    """Why customers dispute invoices, who settles it, and in which time."""

    _name = "credit.dispute.reason"
    _description = "Reason of Dispute"
    _order = "sequence, id"

    name = fields.Char("Reason", required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    user_id = fields.Many2one(
        "res.users",
        "Settled By",
        domain="[('share', '=', False)]",
        help="Empty: whoever enters the dispute.",
    )
    deadline_days = fields.Integer("To Be Settled In (days)", default=14)
    online = fields.Boolean(
        "Offered Online", default=True, help="Customers may choose it on the portal."
    )

    _deadline_positive = models.Constraint(
        "CHECK (deadline_days >= 0)", "The days to settle cannot be negative."
    )
