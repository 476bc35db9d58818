from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..models.credit_collection_stage import KINDS


class CreditCollectionWizard(models.TransientModel):
    """Which items of a customer go to whom: a new case, or more items for one."""

    _name = "credit.collection.wizard"
    _description = "Hand Over to Collection"

    partner_id = fields.Many2one(
        "res.partner", "Customer", domain="[('parent_id', '=', False)]"
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company.root_id
    )
    case_id = fields.Many2one("credit.collection.case", ondelete="cascade")
    notice_id = fields.Many2one("credit.dunning.notice", ondelete="cascade")
    only_currency_id = fields.Many2one("res.currency")
    kind = fields.Selection(KINDS, required=True, default="lawyer")
    agent_id = fields.Many2one(
        "res.partner", "Hand Over To", help="The lawyer, the agency or the court."
    )
    fee_pct = fields.Float(
        "Success Fee (%)",
        compute="_compute_fee_pct",
        store=True,
        readonly=False,
        precompute=True,
        help="That of the last case with them.",
    )
    user_id = fields.Many2one(
        "res.users",
        "Owner",
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
    )
    reference = fields.Char("Their Reference")
    note = fields.Text()
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
                   ('parent_state', '=', 'posted'),
                   ('amount_residual', '>', 0)]""",
    )
    summary = fields.Char("Amount Open", compute="_compute_summary")
    left_out = fields.Char(compute="_compute_left_out")

    @api.model
    def _open(
        self, partner, company, items=None, currency=None, case=None, notice=None
    ):
        """The window for a customer, or for some of his items.

        :raise UserError: for items of several customers or companies
        """
        self.browse().check_access("create")
        if len(partner) > 1 or len(company) > 1:
            raise UserError(self.env._("Choose items of one customer and one company."))
        if items is not None and not items:
            raise UserError(self.env._("Nothing of what you chose is open any more."))
        only = case.currency_id if case else currency
        vals = {
            "partner_id": partner.commercial_partner_id.id,
            "company_id": company.root_id.id,
            "case_id": case and case.id,
            "notice_id": notice and notice.id,
            "only_currency_id": only and only.id,
        }
        if items is not None:
            vals["item_ids"] = [Command.set((items - self._find_taken(items)).ids)]
        wizard = self.create(vals)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Add Items")
            if case
            else self.env._("Hand Over to Collection"),
            "res_model": self._name,
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
        }

    @api.model
    def action_new(self):
        """From the list of cases: the customer is chosen in the window."""
        return self._open(self.env["res.partner"], self.env.company)

    # -- computes -------------------------------------------------------------------
    @api.depends("agent_id")
    def _compute_fee_pct(self):
        for wizard in self:
            last = self.env["credit.collection.case"].search(
                [("agent_id", "=", wizard.agent_id.id), ("fee_pct", ">", 0)],
                order="id desc",
                limit=1,
            )
            wizard.fee_pct = last.fee_pct if wizard.agent_id else 0.0

    @api.depends("partner_id", "company_id")
    def _compute_item_ids(self):
        """What is overdue and in no case yet."""
        today = fields.Date.context_today(self)
        for wizard in self:
            items = wizard._find_items()
            wizard.item_ids = items.filtered(
                lambda item: (item.date_maturity or item.date) < today
            )

    @api.depends("item_ids")
    def _compute_summary(self):
        for wizard in self:
            wizard.summary = " + ".join(
                currency.format(sum(items.mapped("amount_residual_currency")))
                for currency, items in wizard.item_ids.grouped("currency_id").items()
            )

    @api.depends("item_ids")
    def _compute_left_out(self):
        """What the customer has promised or disputes of these items."""
        for wizard in self:
            ids = wizard.item_ids.ids
            promised = self.env["credit.promise.line"].search_count(
                [("move_line_id", "in", ids), ("state", "=", "open")]
            )
            disputed = self.env["credit.dispute"].search_count(
                [("move_line_id", "in", ids), ("state", "=", "open")]
            )
            said = []
            if promised:
                said.append(self.env._("%s of these items are promised.", promised))
            if disputed:
                said.append(
                    self.env._(
                        "%s of these items are disputed: settle that first.", disputed
                    )
                )
            wizard.left_out = " ".join(said)

    def _find_items(self):
        """Open receivables of the customer that are in no case, oldest first."""
        Item = self.env["account.move.line"]
        if not self.partner_id or not self.company_id:
            return Item
        company = self.company_id.root_id
        _ids, receivable_ids, _notes = self.env["credit.exposure"]._read_books(
            company.id
        )
        domain = [
            ("account_id", "in", receivable_ids),
            ("partner_id", "child_of", self.partner_id.commercial_partner_id.ids),
            ("company_id", "child_of", company.ids),
            ("parent_state", "=", "posted"),
            ("reconciled", "=", False),
            ("amount_residual", ">", 0),
            ("amount_residual_currency", ">", 0),
        ]
        if self.only_currency_id:
            domain.append(("currency_id", "=", self.only_currency_id.id))
        items = Item.search(domain, order="date_maturity, id")
        return items - self._find_taken(items)

    @api.model
    def _find_taken(self, items):
        return (
            self.env["credit.collection.case.line"]
            .search([("move_line_id", "in", items.ids), ("is_open", "=", True)])
            .move_line_id
        )

    # -- buttons --------------------------------------------------------------------
    def action_hand_over(self):
        """Make the cases and hand them over."""
        return self._make_cases(hand_over=True)

    def action_prepare(self):
        """Make the cases; somebody hands them over later."""
        return self._make_cases(hand_over=False)

    def action_add(self):
        """Put the items into the case."""
        self.ensure_one()
        self.case_id._add_items(self.item_ids)
        return {"type": "ir.actions.act_window_close"}

    def _make_cases(self, hand_over):
        self.ensure_one()
        cases = self.env["credit.collection.case"]._create_cases(
            self.item_ids,
            hand_over,
            kind=self.kind,
            agent_id=self.agent_id.id,
            fee_pct=self.fee_pct,
            user_id=self.user_id.id,
            reference=self.reference,
            note=self.note,
            notice_id=self.notice_id.id,
        )
        return cases._get_records_action(name=self.env._("Collection Cases"))
