from odoo import api, fields, models
from odoo.fields import Domain


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
        "credit.insurance.policy",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    insurer_id = fields.Many2one(
        "res.partner",
        required=True,
        compute="_compute_from_policy",
        store=True,
        readonly=False,
        precompute=True,
    )
    policy_number = fields.Char(
        compute="_compute_from_policy", store=True, readonly=False, precompute=True
    )
    code = fields.Char(
        string="Cover Code", help="Under which number the insurer knows this customer."
    )
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

    insured_value = fields.Monetary(
        compute="_compute_insured_value", help="Insured limit × insured share."
    )
    is_valid = fields.Boolean(
        string="Valid Today", compute="_compute_is_valid", search="_search_is_valid"
    )

    # Reader: the covers that are valid today (credit.file._read_covers).
    _valid_idx = models.Index("(file_id, date_from, date_to) WHERE active")

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

    @api.depends("policy_id")
    def _compute_from_policy(self):
        """Insurer and number come from the policy where one is kept."""
        for cover in self:
            policy = cover.policy_id
            cover.insurer_id = policy.insurer_id or cover.insurer_id
            cover.policy_number = policy.number or cover.policy_number

    @api.depends("insured_limit", "insured_share_pct")
    def _compute_insured_value(self):
        for cover in self:
            cover.insured_value = cover.insured_limit * cover.insured_share_pct / 100

    @api.depends("date_from", "date_to", "active", "policy_id")
    def _compute_is_valid(self):
        valid = self.filtered_domain(self._search_is_valid("in", [True]))
        for cover in self:
            cover.is_valid = cover in valid

    def _search_is_valid(self, operator, value):
        """Valid is what counts at the gate: within its own dates and the policy's."""
        if operator != "in":
            return NotImplemented
        today = fields.Date.today()

        def within(prefix=""):
            return Domain(f"{prefix}date_from", "<=", today) & (
                Domain(f"{prefix}date_to", "=", False)
                | Domain(f"{prefix}date_to", ">=", today)
            )

        valid = (
            Domain("active", "=", True)
            & within()
            & (
                Domain("policy_id", "=", False)
                | (Domain("policy_id.active", "=", True) & within("policy_id."))
            )
        )
        return valid if True in value else ~valid

    def _compute_display_name(self):
        for cover in self:
            number = cover.policy_number and f" {cover.policy_number}" or ""
            cover.display_name = f"{cover.insurer_id.name}{number}"
