from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.credit_limit_batch import METHODS


class CreditLimitBatchWizard(models.TransientModel):
    """Change the limits of the credit files selected: what, and why."""

    _name = "credit.limit.batch.wizard"
    _description = "Change Limits"

    file_ids = fields.Many2many(
        "credit.file", default=lambda self: self._default_files(), string="Files"
    )
    file_count = fields.Integer(compute="_compute_file_count")
    currency_id = fields.Many2one("res.currency", compute="_compute_file_count")
    method = fields.Selection(METHODS, required=True, default="percent")
    amount = fields.Float("New Limit", help="In the limit currency of each file.")
    percent = fields.Float("Change By (%)", help="10 raises by 10 %, -10 lowers.")
    step = fields.Float("Round Down To", default=100.0, help="0: not rounded.")
    max_increase_pct = fields.Float("Increase At Most (%)", help="0: any increase.")
    date_to = fields.Date("Valid To", help="Empty: until changed.")
    reason = fields.Text(required=True)

    @api.model
    def _default_files(self):
        if self.env.context.get("active_model") != "credit.file":
            return self.env["credit.file"]
        return self.env["credit.file"].browse(self.env.context.get("active_ids") or [])

    @api.depends("file_ids")
    def _compute_file_count(self):
        for wizard in self:
            wizard.file_count = len(wizard.file_ids)
            wizard.currency_id = wizard.file_ids[:1].currency_id

    def action_make(self):
        """The lines to look at, before anybody approves them."""
        self.ensure_one()
        if not self.file_ids:
            raise UserError(self.env._("Choose the credit files first."))
        value = {"amount": self.amount, "percent": self.percent}.get(self.method, 0.0)
        batch = self.env["credit.limit.batch"]._make(
            self.file_ids,
            self.method,
            self.reason,
            value=value,
            step=self.step,
            cap_pct=self.max_increase_pct,
            to=self.date_to,
        )
        return batch._get_records_action()


class CreditLimitBatchRejection(models.TransientModel):
    """The dialog in which a mass change is rejected; the batch checks who may."""

    _name = "credit.limit.batch.rejection"
    _description = "Rejection of a Mass Change"

    batch_id = fields.Many2one("credit.limit.batch", required=True, readonly=True)
    reason = fields.Text(required=True)

    def action_reject(self):
        self.ensure_one()
        self.batch_id._reject(self.reason)
        return {"type": "ir.actions.act_window_close"}
