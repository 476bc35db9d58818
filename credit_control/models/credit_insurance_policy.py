from odoo import fields, models


class CreditInsurancePolicy(models.Model):
    """The contract with a credit insurer, under which customers are covered."""

    _name = "credit.insurance.policy"
    _description = "Credit Insurance Policy"
    _inherit = ["mail.thread"]
    _order = "date_from desc, id desc"
    _rec_name = "number"
    _rec_names_search = ["number", "insurer_id.name"]
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    number = fields.Char(string="Policy Number", required=True, tracking=True)
    insurer_id = fields.Many2one("res.partner", required=True, tracking=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company.root_id,
        domain="[('parent_id', '=', False)]",
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.root_id.currency_id,
    )
    date_from = fields.Date(required=True, default=fields.Date.context_today)
    date_to = fields.Date(tracking=True)
    active = fields.Boolean(default=True)
    cover_ids = fields.One2many("credit.insurance.cover", "policy_id")
    note = fields.Text()

    _dates_ordered = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "The policy cannot end before it starts. Correct its dates.",
    )
