from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..models.credit_interest_charge import KINDS


class CreditChargeWizard(models.TransientModel):
    """What one customer owes for being late, and a draft invoice of it."""

    _name = "credit.charge.wizard"
    _description = "Charge Interest and Fees"

    partner_id = fields.Many2one("res.partner", "Customer", required=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company.root_id,
        domain="[('parent_id', '=', False)]",
    )
    date_to = fields.Date(
        "Interest Until", required=True, default=fields.Date.context_today
    )
    paid_since = fields.Date(
        "Also Paid Late Since",
        help="Items, too, that were paid late on that day or after. Empty: only what "
        "is still open.",
    )
    line_ids = fields.One2many(
        "credit.charge.wizard.line", "wizard_id", compute="_compute_line_ids"
    )

    @api.model
    def _open(self, partner, company):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Charge Interest and Fees"),
            "res_model": self._name,
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_partner_id": partner.commercial_partner_id.id,
                "default_company_id": company.root_id.id,
            },
        }

    @api.depends("partner_id", "company_id", "date_to", "paid_since")
    def _compute_line_ids(self):
        for wizard in self:
            wizard.line_ids = [
                Command.clear(),
                *(
                    Command.create(
                        {
                            "kind": due.kind,
                            "name": due.name,
                            "date_from": due.first,
                            "date_to": due.last,
                            "amount": due.amount,
                            "currency_id": due.currency_id,
                        }
                    )
                    for due in wizard._get_dues()
                ),
            ]

    def _get_dues(self):
        """What is owed, for whoever may read the ledger of the customer."""
        self.ensure_one()
        if not self.partner_id or not self.company_id or not self.date_to:
            return []
        self.env["credit.statement"]._check_viewer(self.partner_id, self.company_id)
        return self.env["credit.interest"]._get_customer_dues(
            self.company_id,
            self.partner_id.commercial_partner_id.ids,
            self.date_to,
            self.paid_since,
        )

    def action_charge(self):
        """The drafts, opened."""
        self.ensure_one()
        self.env["credit.interest.charge"]._check_charger()
        if self.date_to > fields.Date.today():
            raise UserError(
                self.env._("Interest is charged up to today. Choose an earlier day.")
            )
        return self.env["credit.interest"]._charge(self._get_dues())


class CreditChargeWizardLine(models.TransientModel):
    _name = "credit.charge.wizard.line"
    _description = "Interest or Fee to Be Charged"

    wizard_id = fields.Many2one("credit.charge.wizard", ondelete="cascade")
    kind = fields.Selection(KINDS)
    name = fields.Char("Charged For")
    date_from = fields.Date("From")
    date_to = fields.Date("To")
    amount = fields.Monetary()
    currency_id = fields.Many2one("res.currency")
