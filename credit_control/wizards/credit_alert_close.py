from odoo import fields, models

from ..models.credit_alert import OUTCOMES


class CreditAlertClose(models.TransientModel):
    """What became of some alerts."""

    _name = "credit.alert.close"
    _description = "Close Credit Alerts"

    alert_ids = fields.Many2many(
        "credit.alert",
        required=True,
        default=lambda self: self._get_default_alerts(),
    )
    outcome = fields.Selection(OUTCOMES, "What Became of It", required=True)
    note = fields.Text()

    def _get_default_alerts(self):
        if self.env.context.get("active_model") == "credit.alert":
            return self.env.context.get("active_ids")
        return False

    def action_close(self):
        self.ensure_one()
        self.alert_ids._close(self.outcome, self.note)
        return {"type": "ir.actions.act_window_close"}
