from odoo import Command, api, fields, models
from odoo.exceptions import UserError

#: The lists that it is opened from.
MODELS = ("credit.dunning.work", "credit.file")


class CreditCollectorWizard(models.TransientModel):
    """Who collects from these customers from now on."""

    _name = "credit.collector.wizard"
    _description = "Assign Collector"

    partner_ids = fields.Many2many("res.partner", string="Customers")
    partner_count = fields.Integer(
        "Number of Customers", compute="_compute_partner_count"
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company.root_id
    )
    collector_id = fields.Many2one(
        "res.users",
        domain="[('share', '=', False)]",
        help="Empty: the company's default collector.",
    )

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        model = self.env.context.get("active_model")
        if model in MODELS:
            records = self.env[model].browse(self.env.context.get("active_ids", []))
            if len(records.company_id) > 1:
                raise UserError(self.env._("Choose customers of one company."))
            values["partner_ids"] = [Command.set(records.partner_id.ids)]
            values["company_id"] = records.company_id.id
        return values

    @api.depends("partner_ids")
    def _compute_partner_count(self):
        for wizard in self:
            wizard.partner_count = len(wizard.partner_ids)

    def action_assign(self):
        """Write the files of the customers chosen; their rows say so at once."""
        self.ensure_one()
        if not self.partner_ids:
            raise UserError(self.env._("Choose at least one customer."))
        customers = self.partner_ids.commercial_partner_id
        company = self.company_id.root_id
        self.env["credit.file"]._set_collector(
            [(partner, company) for partner in customers], self.collector_id
        )
        self.env["credit.dunning.work"]._refresh(company, customers.ids)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
