from odoo import fields, models
from odoo.exceptions import UserError


class CreditEvidenceWithdraw(models.TransientModel):
    """Asks why evidence does not count."""

    _name = "credit.evidence.withdraw"
    _description = "Withdraw Evidence"

    model = fields.Char(required=True, readonly=True)
    entry_ids = fields.Json(required=True, readonly=True)
    reason = fields.Char()

    def action_confirm(self):
        self.ensure_one()
        Evidence = self.env.registry.models.get("credit.evidence")
        Model = self.env.registry.models.get(self.model)
        if Model is None or not issubclass(Model, Evidence):
            raise UserError(self.env._("%(model)s is no evidence.", model=self.model))
        entries = self.env[self.model].browse(self.entry_ids).exists()
        entries._withdraw(self.reason)
        return {"type": "ir.actions.act_window_close"}
