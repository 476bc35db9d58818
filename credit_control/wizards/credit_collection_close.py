from odoo import fields, models

from ..models.credit_collection_case import OUTCOMES


class CreditCollectionClose(models.TransientModel):
    """What came of a case, or why it is taken back."""

    _name = "credit.collection.close"
    _description = "Close a Collection Case"

    case_id = fields.Many2one(
        "credit.collection.case", required=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="case_id.currency_id")
    amount = fields.Monetary(related="case_id.amount")
    recovered = fields.Monetary(related="case_id.recovered")
    credited = fields.Monetary(related="case_id.credited")
    amount_open = fields.Monetary(related="case_id.amount_open")
    outcome = fields.Selection(OUTCOMES, required=True)
    note = fields.Text("What Came of It", required=True)

    def action_close(self):
        self.ensure_one()
        self.case_id._close(self.outcome, self.note)
        return {"type": "ir.actions.act_window_close"}
