from odoo import api, fields, models


class CreditDisputeSettle(models.TransientModel):
    """What came of a dispute."""

    _name = "credit.dispute.settle"
    _description = "Settle a Dispute"

    dispute_id = fields.Many2one("credit.dispute", required=True)
    currency_id = fields.Many2one(related="dispute_id.currency_id")
    disputed = fields.Monetary(related="dispute_id.amount")
    outcome = fields.Selection(
        [
            ("accepted", "We accept it"),
            ("partly", "We accept some of it"),
            ("rejected", "We reject it: to be paid"),
        ],
        default="accepted",
        required=True,
    )
    amount = fields.Monetary(
        "Accepted",
        compute="_compute_amount",
        store=True,
        readonly=False,
        precompute=True,
    )
    resolution = fields.Text("What Was Agreed", required=True)
    propose_refund = fields.Boolean(
        "Propose Credit Note", default=lambda self: self._may_refund()
    )

    @api.model
    def _may_refund(self):
        return self.env["account.move"].has_access("create")

    @api.depends("outcome", "dispute_id")
    def _compute_amount(self):
        for wizard in self:
            if wizard.outcome != "partly":
                accepted = wizard.outcome == "accepted"
                wizard.amount = wizard.disputed if accepted else 0.0

    def action_settle(self):
        """Write the outcome; show the credit note proposed."""
        self.ensure_one()
        self.dispute_id._settle(
            self.outcome, self.amount, self.resolution, self.propose_refund
        )
        if self.dispute_id.refund_id:
            return self.dispute_id.action_open_refund()
        return {"type": "ir.actions.act_window_close"}
