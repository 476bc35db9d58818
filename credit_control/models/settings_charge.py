"""Settings of charging: on the root company, and what a customer is spared."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

PRODUCT_HELP = (
    "Its income account is used. Empty: a product is made at the first charge."
)


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_charge_interest_product_id = fields.Many2one(
        "product.product",
        "Product for Interest",
        ondelete="set null",
        help=PRODUCT_HELP,
    )
    credit_charge_fixed_product_id = fields.Many2one(
        "product.product",
        "Product for Fixed Sums",
        ondelete="set null",
        help=PRODUCT_HELP,
    )
    credit_charge_fee_product_id = fields.Many2one(
        "product.product",
        "Product for Reminder Fees",
        ondelete="set null",
        help=PRODUCT_HELP,
    )
    credit_charge_journal_id = fields.Many2one(
        "account.journal",
        "Journal for Charges",
        domain="[('type', '=', 'sale'), ('company_id', '=', id)]",
        ondelete="set null",
        help="Empty: the usual journal of customer invoices.",
    )
    credit_charge_tax_ids = fields.Many2many(
        "account.tax",
        "credit_company_charge_tax_rel",
        string="Taxes on Charges",
        domain="[('type_tax_use', '=', 'sale'), ('company_id', '=', id)]",
        help="Interest and fees for late payment are damages in most countries and "
        "bear no tax. Empty: none, whatever the product says.",
    )
    credit_charge_compound = fields.Boolean(
        "Interest on Charges",
        help="Invoices of interest and fees bear interest, too. In many countries the "
        "law forbids it (in Germany BGB section 289).",
    )
    credit_statement_charges = fields.Selection(
        [
            ("auto", "When a strategy asks for interest"),
            ("yes", "Always"),
            ("no", "Only when asked for"),
        ],
        "Charges on Statements",
        default="auto",
        required=True,
        help="Interest and fees that are not invoiced yet, apart from the balance of "
        "the books. Whoever makes a statement may choose otherwise.",
    )
    credit_portal_charges = fields.Boolean(
        "Charges on the Portal",
        help="Customers see on their statement online what is not invoiced yet.",
    )

    def _shows_charges(self) -> bool:
        """Do statements of this company show what is not invoiced yet?"""
        self.ensure_one()
        # sudo: whoever makes a statement
        company = self.sudo().root_id
        if company.credit_statement_charges != "auto":
            return company.credit_statement_charges == "yes"
        return bool(self.env["credit.interest"]._get_charging_policies()) and self.env[
            "credit.interest.rate"
        ]._is_in_force(company)


class CreditSettingsMixin(models.AbstractModel):
    _inherit = "credit.settings.mixin"

    credit_charge_interest_product_id = fields.Many2one(
        related="credit_root_company_id.credit_charge_interest_product_id",
        readonly=False,
    )
    credit_charge_fixed_product_id = fields.Many2one(
        related="credit_root_company_id.credit_charge_fixed_product_id", readonly=False
    )
    credit_charge_fee_product_id = fields.Many2one(
        related="credit_root_company_id.credit_charge_fee_product_id", readonly=False
    )
    credit_charge_journal_id = fields.Many2one(
        related="credit_root_company_id.credit_charge_journal_id",
        readonly=False,
        domain="[('type', '=', 'sale'), ('company_id', '=', credit_root_company_id)]",
    )
    credit_charge_tax_ids = fields.Many2many(
        related="credit_root_company_id.credit_charge_tax_ids",
        readonly=False,
        domain="[('type_tax_use', '=', 'sale'), "
        "('company_id', '=', credit_root_company_id)]",
    )
    credit_charge_compound = fields.Boolean(
        related="credit_root_company_id.credit_charge_compound", readonly=False
    )
    credit_statement_charges = fields.Selection(
        related="credit_root_company_id.credit_statement_charges", readonly=False
    )
    credit_portal_charges = fields.Boolean(
        related="credit_root_company_id.credit_portal_charges", readonly=False
    )


class CreditFile(models.Model):
    _inherit = "credit.file"

    no_charge = fields.Boolean(
        "No Interest or Fees",
        tracking=True,
        help="Nothing is asked for beside the items. Days until the date are never "
        "charged, not later either.",
    )
    no_charge_until = fields.Date("None Until", tracking=True, help="Empty: for good.")
    no_charge_reason = fields.Char("Why None", tracking=True)
    charge_count = fields.Integer("Interest and Fees", compute="_compute_charge_count")

    @api.constrains("no_charge", "no_charge_reason")
    def _check_no_charge_reason(self):
        for file in self:
            if file.no_charge and not (file.no_charge_reason or "").strip():
                raise ValidationError(
                    self.env._(
                        "Say why %(customer)s is charged neither interest nor fees "
                        "(field Why None).",
                        customer=file.display_name,
                    )
                )

    def _compute_charge_count(self):
        groups = self.env["credit.interest.charge"]._read_group(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("state", "!=", "void"),
            ],
            ["partner_id", "company_id"],
            ["__count"],
        )
        counts = {(partner.id, company.id): n for partner, company, n in groups}
        for file in self:
            file.charge_count = counts.get((file.partner_id.id, file.company_id.id), 0)

    @api.readonly
    def action_open_charges(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_control.credit_interest_charge_action"
        )
        domain = [
            ("partner_id", "=", self.partner_id.id),
            ("company_id", "=", self.company_id.id),
        ]
        return action | {"domain": domain, "context": {}}

    @api.readonly
    def action_charge(self):
        """The window that shows what is owed beside the items, and invoices it."""
        self.ensure_one()
        return self.env["credit.charge.wizard"]._open(self.partner_id, self.company_id)
