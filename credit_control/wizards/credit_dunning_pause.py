from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class CreditDunningPause(models.TransientModel):
    """No reminders to a customer, for some time or for ever, with the reason."""

    _name = "credit.dunning.pause"
    _description = "Pause Reminders"

    work_ids = fields.Many2many("credit.dunning.work", string="Customers")
    kind = fields.Selection(
        [
            ("until", "Until a date"),
            ("never", "For good"),
            ("go", "Remind again"),
        ],
        default="until",
        required=True,
    )
    date_to = fields.Date("Until")
    reason = fields.Char()
    collector_id = fields.Many2one("res.users")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if self.env.context.get("active_model") == "credit.dunning.work":
            ids = self.env.context.get("active_ids", [])
            values["work_ids"] = [Command.set(ids)]
        return values

    def action_apply(self):
        """Write the customers' credit files; the rows are measured again."""
        self.work_ids.check_access("read")
        if self.kind == "until" and not self.date_to:
            raise UserError(self.env._("Say until when no reminders are sent."))
        values = {
            "never_dun": self.kind == "never",
            "no_dunning_until": self.kind == "until" and self.date_to,
            "no_dunning_reason": self.kind != "go" and self.reason,
        }
        if self.collector_id:
            values["collector_id"] = self.collector_id.id
        File = self.env["credit.file"]
        for row in self.work_ids:
            # sudo: who runs dunning may say this much on a file he cannot open
            File._ensure(row.partner_id, row.company_id).sudo().write(values)
        for company, rows in self.work_ids.grouped("company_id").items():
            rows._refresh(company, rows.partner_id.ids)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
