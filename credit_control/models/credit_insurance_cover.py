from odoo import fields, models


class CreditInsuranceCover(models.Model):
    """What an insurer would pay for one customer: insured limit × insured share."""

    _name = "credit.insurance.cover"
    _description = "Credit Insurance Cover"
    _inherit = ["mail.thread"]
    _order = "date_from desc, id desc"
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    file_id = fields.Many2one(
        "credit.file", required=True, index=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(related="file_id.partner_id")
    company_id = fields.Many2one(related="file_id.company_id", store=True, index=True)
    policy_id = fields.Many2one(
        "credit.insurance.policy", index="btree_not_null", check_company=True
    )
    insurer_id = fields.Many2one("res.partner", required=True)
    policy_number = fields.Char()
    code = fields.Char(string="Buyer Code")
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.root_id.currency_id,
    )
    insured_limit = fields.Monetary(required=True, tracking=True)
    insured_share_pct = fields.Float(
        string="Insured Share (%)", default=90.0, required=True, tracking=True
    )
    date_from = fields.Date(
        string="Valid From", required=True, default=fields.Date.context_today
    )
    date_to = fields.Date(string="Valid To", tracking=True)
    active = fields.Boolean(default=True)
    note = fields.Text()

    _insured_limit_positive = models.Constraint(
        "CHECK (insured_limit >= 0)",
        "The insured limit cannot be negative. Enter what the insurer covers, or 0.",
    )
    _insured_share_range = models.Constraint(
        "CHECK (insured_share_pct BETWEEN 0 AND 100)",
        "The insured share is a percentage from 0 to 100.",
    )
    _dates_ordered = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "The cover cannot end before it starts. Correct 'Valid From' or 'Valid To'.",
    )
