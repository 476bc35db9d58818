from odoo import Command, api, fields, models


class CreditForceHold(models.TransientModel):
    """A person of the credit team holds orders, with the reason."""

    _name = "credit.force.hold"
    _description = "Put Orders on Credit Hold"

    order_ids = fields.Many2many(
        "sale.order",
        required=True,
        default=lambda self: self._default_order_ids(),
    )
    reason = fields.Text(required=True)

    @api.model
    def _default_order_ids(self):
        context = self.env.context
        if context.get("active_model") != "sale.order":
            return False
        return [Command.set(context.get("active_ids") or [])]

    def action_hold(self):
        self.ensure_one()
        self.order_ids._credit_force_hold(self.reason)
        return {"type": "ir.actions.act_window_close"}
