from odoo import Command, api, fields, models


class CreditPromiseWizard(models.TransientModel):
    """What a customer has just promised: items, amount, day."""

    _name = "credit.promise.wizard"
    _description = "Enter a Promise to Pay"

    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, domain="[('parent_id', '=', False)]"
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company.root_id
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    item_ids = fields.Many2many(
        "account.move.line",
        string="Items",
        compute="_compute_item_ids",
        store=True,
        readonly=False,
        precompute=True,
        domain="""[('account_type', '=', 'asset_receivable'),
                   ('partner_id', 'child_of', partner_id),
                   ('company_id', 'child_of', company_id),
                   ('currency_id', '=', currency_id),
                   ('parent_state', '=', 'posted'),
                   ('amount_residual', '>', 0)]""",
    )
    open_amount = fields.Monetary("Amount Open", compute="_compute_open_amount")
    amount = fields.Monetary(
        "Promised",
        compute="_compute_amount",
        store=True,
        readonly=False,
        precompute=True,
    )
    date = fields.Date(
        "Promised For",
        required=True,
        default=lambda self: fields.Date.add(fields.Date.context_today(self), days=7),
    )
    contact_id = fields.Many2one(
        "res.partner", "Said By", domain="[('id', 'child_of', partner_id)]"
    )
    note = fields.Text()

    @api.model
    def _open(self, partner, company, items=None):
        """The window for a customer, or for some of his items."""
        wizard = self.create(
            {"partner_id": partner.commercial_partner_id.id, "company_id": company.id}
            | (
                {
                    "item_ids": [Command.set(items.ids)],
                    "currency_id": items.currency_id[:1].id,
                }
                if items
                else {}
            )
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Promise to Pay"),
            "res_model": self._name,
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
        }

    @api.depends("partner_id", "company_id")
    def _compute_currency_id(self):
        """That of the oldest overdue item, else the company's."""
        for wizard in self:
            oldest = wizard._find_items()[:1]
            wizard.currency_id = oldest.currency_id or wizard.company_id.currency_id

    @api.depends("partner_id", "company_id", "currency_id")
    def _compute_item_ids(self):
        """What is due: that is what promises are about."""
        for wizard in self:
            today = fields.Date.context_today(wizard)
            wizard.item_ids = wizard._find_items().filtered(
                lambda item, wizard=wizard, today=today: (
                    item.currency_id == wizard.currency_id
                    and (item.date_maturity or item.date) <= today
                )
            )

    @api.depends("item_ids")
    def _compute_open_amount(self):
        for wizard in self:
            wizard.open_amount = sum(wizard.item_ids.mapped("amount_residual_currency"))

    @api.depends("item_ids")
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = wizard.open_amount

    def _find_items(self):
        """Open receivables of the customer that rest for no promise, oldest first."""
        if not self.partner_id or not self.company_id:
            return self.env["account.move.line"]
        company = self.company_id.root_id
        _ids, receivable_ids, _notes = self.env["credit.exposure"]._read_books(
            company.id
        )
        items = self.env["account.move.line"].search(
            [
                ("account_id", "in", receivable_ids),
                ("partner_id", "child_of", self.partner_id.commercial_partner_id.ids),
                ("company_id", "child_of", company.ids),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
                ("amount_residual", ">", 0),
            ],
            order="date_maturity, id",
        )
        promised = self.env["credit.promise.line"].search(
            [("move_line_id", "in", items.ids), ("state", "=", "open")]
        )
        return items - promised.move_line_id

    def action_promise(self):
        self.ensure_one()
        self._promise()
        return {"type": "ir.actions.act_window_close"}

    def _promise(self):
        return self.env["credit.promise"]._create_promise(
            self.item_ids,
            self.date,
            self.amount,
            contact_id=self.contact_id.id,
            note=self.note,
        )
