from odoo import Command, api, fields, models


class CreditOverdueReasonWizard(models.TransientModel):
    """Why these items are overdue."""

    _name = "credit.overdue.reason.wizard"
    _description = "Reason for Being Overdue"

    item_ids = fields.Many2many("account.move.line", string="Items")
    item_count = fields.Integer("Number of Items", compute="_compute_item_count")
    reason_id = fields.Many2one(
        "credit.overdue.reason", help="Empty: the reason is taken off."
    )

    @api.model
    def _open(self, items):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Reason for Being Overdue"),
            "res_model": self._name,
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_item_ids": [Command.set(items.ids)],
                "default_reason_id": items.credit_overdue_reason_id.id
                if len(items.credit_overdue_reason_id) == 1
                else False,
            },
        }

    @api.depends("item_ids")
    def _compute_item_count(self):
        for wizard in self:
            wizard.item_count = len(wizard.item_ids)

    def action_record(self):
        self.ensure_one()
        self.item_ids._set_overdue_reason(self.reason_id)
        return {"type": "ir.actions.act_window_close"}
