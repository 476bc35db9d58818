"""The credit file of a customer: who he is to us, and what we decided about him."""

from odoo import api, fields, models

from .res_company import LIMIT_MODES


class CreditFile(models.Model):
    """One file per commercial partner and root company: the heart of credit control.

    The file keeps decisions (limit, terms, state, grade) and a stored snapshot of the
    figures for lists and filters. What the contact already says is shown by related
    fields and never typed again.
    """

    _name = "credit.file"
    _description = "Credit File"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "partner_id, id"
    _rec_names_search = [
        "partner_id.complete_name",
        "partner_id.ref",
        "partner_id.vat",
        "partner_id.phone",
    ]
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company.root_id,
        domain="[('parent_id', '=', False)]",
    )
    currency_id = fields.Many2one(
        "res.currency",
        "Limit Currency",
        required=True,
        ondelete="restrict",
        default=lambda self: self.env.company.root_id.currency_id,
    )
    # -- the decisions --------------------------------------------------------
    state = fields.Selection(
        [
            ("prospect", "Prospect"),
            ("open", "Open"),
            ("watch", "Watch"),
            ("stop", "Stopped"),
            ("closed", "Closed"),
        ],
        default="open",
        required=True,
        index=True,
        tracking=True,
    )
    grade_id = fields.Many2one(
        "credit.grade", index="btree_not_null", tracking=True, check_company=True
    )
    group_id = fields.Many2one(
        "credit.group", index="btree_not_null", tracking=True, check_company=True
    )
    group_exempt = fields.Boolean(string="Exempt From Group Limit", tracking=True)
    limit_mode = fields.Selection(
        LIMIT_MODES, default="inherit", required=True, tracking=True
    )
    credit_limit = fields.Monetary(tracking=True)
    limit_date_to = fields.Date(string="Limit Valid To", index=True, tracking=True)
    limit_reason = fields.Char(
        store=False, help="Why the limit changes. Asked for whenever it does."
    )
    limit_line_ids = fields.One2many(
        "credit.limit.line", "file_id", string="Limit History", readonly=True
    )
    payment_term_id = fields.Many2one(
        "account.payment.term",
        "Payment Terms Granted",
        check_company=True,
        tracking=True,
    )
    max_discount_pct = fields.Float(string="Cash Discount Granted (%)", tracking=True)
    cover_ids = fields.One2many(
        "credit.insurance.cover", "file_id", string="Insurance Covers"
    )
    user_id = fields.Many2one(
        "res.users", "Responsible", index="btree_not_null", tracking=True
    )
    score = fields.Float(readonly=True)
    score_date = fields.Date(readonly=True)
    last_review_date = fields.Date(string="Last Review", tracking=True)
    next_review_date = fields.Date(string="Next Review", index=True, tracking=True)
    # -- the customer, where the contact does not say it ----------------------
    registered_address = fields.Text()
    company_size = fields.Selection(
        [
            ("micro", "Up to 9 people"),
            ("small", "10 to 49 people"),
            ("medium", "50 to 249 people"),
            ("large", "250 people and more"),
        ],
    )
    main_business = fields.Char()
    management = fields.Text()
    remarks = fields.Html()
    # -- snapshot for lists and filters ---------------------------------------
    effective_limit = fields.Monetary(readonly=True)
    exposure = fields.Monetary(readonly=True)
    available = fields.Monetary(readonly=True)
    utilisation_pct = fields.Float(string="Utilisation (%)", readonly=True)
    receivable_amount = fields.Monetary(string="Receivables", readonly=True)
    overdue_amount = fields.Monetary(string="Overdue", readonly=True)
    overdue_days = fields.Integer(string="Days Past Due", readonly=True)
    insured_amount = fields.Monetary(string="Insured", readonly=True)
    last_payment_date = fields.Date(string="Last Payment", readonly=True)
    limit_status = fields.Selection(
        [
            ("unset", "Not checked"),
            ("ok", "Within limit"),
            ("watch", "Near limit"),
            ("over", "Over limit"),
        ],
        readonly=True,
        default="unset",
    )
    snapshot_at = fields.Datetime(string="Figures Changed", readonly=True)

    _partner_company_unique = models.Constraint(
        "UNIQUE (partner_id, company_id)",
        "This customer has a credit file in this company already. Open that one.",
    )
    _credit_limit_positive = models.Constraint(
        "CHECK (credit_limit >= 0)",
        "The credit limit cannot be negative. Enter 0 or more, or choose 'No credit'.",
    )
    _max_discount_range = models.Constraint(
        "CHECK (max_discount_pct BETWEEN 0 AND 100)",
        "The cash discount granted is a percentage from 0 to 100.",
    )

    @api.depends("partner_id")
    def _compute_display_name(self):
        for file in self:
            file.display_name = file.partner_id.name

    @api.model
    def _for_customers(self, keys):
        """The existing files of customer keys, ``{key: file}``; one query.

        A key is (id of the commercial partner, id of the root company).
        """
        keys = set(keys)
        # sudo: the gate must find the file whatever the seller may read
        files = self.sudo().search(
            [
                ("partner_id", "in", [partner_id for partner_id, _ in keys]),
                ("company_id", "in", [company_id for _, company_id in keys]),
            ]
        )
        found = {(file.partner_id.id, file.company_id.id): file for file in files}
        return {key: found[key] for key in keys if key in found}

    @api.model
    def _ensure(self, partner, company):
        """The file of a customer, made when missing: on the commercial partner and
        the root company, whatever contact and branch are given."""
        key = (partner.commercial_partner_id.id, company.root_id.id)
        if file := self._for_customers([key]).get(key):
            return file
        # sudo: a first check or limit makes the file, whoever triggers it
        return self.sudo().create({"partner_id": key[0], "company_id": key[1]})
