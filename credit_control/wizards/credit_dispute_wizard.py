from odoo import Command, api, fields, models


class CreditDisputeWizard(models.TransientModel):
    """What a customer will not pay: items, amount, reason."""

    _name = "credit.dispute.wizard"
    _description = "Enter a Dispute"

    customer_id = fields.Many2one(
        "res.partner", help="Whose items may be added; where none is chosen yet."
    )
    company_id = fields.Many2one(
        "res.company", default=lambda self: self.env.company.root_id
    )
    item_ids = fields.Many2many(
        "account.move.line",
        string="Items",
        required=True,
        domain="""[('account_type', '=', 'asset_receivable'),
                   ('partner_id', 'child_of', partner_id),
                   ('company_id', 'child_of', company_id),
                   ('parent_state', '=', 'posted'),
                   ('amount_residual', '>', 0)]""",
    )
    item_count = fields.Integer(compute="_compute_items")
    currency_id = fields.Many2one("res.currency", compute="_compute_items")
    partner_id = fields.Many2one("res.partner", compute="_compute_items")
    amount = fields.Monetary(
        "Disputed",
        compute="_compute_amount",
        store=True,
        readonly=False,
        precompute=True,
        help="Of a single item; of several, all that is open of each.",
    )
    reason_id = fields.Many2one("credit.dispute.reason", required=True)
    user_id = fields.Many2one(
        "res.users",
        "Owner",
        compute="_compute_user_id",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('share', '=', False)]",
    )
    deadline = fields.Date(
        "To Be Settled By",
        compute="_compute_deadline",
        store=True,
        readonly=False,
        precompute=True,
    )
    contact_id = fields.Many2one(
        "res.partner", "Said By", domain="[('id', 'child_of', partner_id)]"
    )
    note = fields.Text()

    @api.model
    def _open(self, items):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Dispute"),
            "res_model": self._name,
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_item_ids": [Command.set(items.ids)],
                "default_company_id": items.company_id.root_id[:1].id,
            },
        }

    @api.depends("item_ids", "customer_id")
    def _compute_items(self):
        for wizard in self:
            items = wizard.item_ids
            wizard.item_count = len(items)
            wizard.currency_id = items.currency_id[:1]
            wizard.partner_id = (
                items.partner_id.commercial_partner_id[:1] or wizard.customer_id
            )

    @api.depends("item_ids")
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = sum(wizard.item_ids.mapped("amount_residual_currency"))

    @api.depends("reason_id")
    def _compute_user_id(self):
        for wizard in self:
            wizard.user_id = wizard.reason_id.user_id or self.env.user

    @api.depends("reason_id")
    def _compute_deadline(self):
        for wizard in self:
            wizard.deadline = fields.Date.add(
                fields.Date.context_today(wizard),
                days=wizard.reason_id.deadline_days,
            )

    def action_dispute(self):
        self.ensure_one()
        self._dispute()
        return {"type": "ir.actions.act_window_close"}

    def _dispute(self):
        return self.env["credit.dispute"]._create_disputes(
            self.item_ids,
            self.reason_id,
            self.amount if len(self.item_ids) == 1 else None,
            user_id=self.user_id.id,
            deadline=self.deadline,
            contact_id=self.contact_id.id,
            note=self.note,
        )
