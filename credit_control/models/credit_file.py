"""The credit file of a customer: who he is to us, and what we decided about him."""

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError, ValidationError
from odoo.tools import SQL, mute_logger, ormcache

from .res_company import LIMIT_MODES

STATES = [
    ("prospect", "Prospect"),
    ("open", "Open"),
    ("watch", "Watch"),
    ("stop", "Stopped"),
    ("closed", "Closed"),
]
COMPANY_SIZES = [
    ("micro", "Up to 9 people"),
    ("small", "10 to 49 people"),
    ("medium", "50 to 249 people"),
    ("large", "250 people and more"),
]


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
        "res.partner",
        "Customer",
        required=True,
        index=True,
        ondelete="restrict",
        domain="['|', ('parent_id', '=', False), ('is_company', '=', True)]",
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
        STATES,
        default="open",
        required=True,
        index=True,
        tracking=True,
    )
    grade_id = fields.Many2one(
        "credit.grade",
        index="btree_not_null",
        tracking=True,
        check_company=True,
        ondelete="restrict",
    )
    group_id = fields.Many2one(
        "credit.group",
        index="btree_not_null",
        tracking=True,
        check_company=True,
        ondelete="restrict",
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
        ondelete="restrict",
    )
    max_discount_pct = fields.Float(string="Cash Discount Granted (%)", tracking=True)
    cover_ids = fields.One2many(
        "credit.insurance.cover", "file_id", string="Insurance Covers"
    )
    hold_ids = fields.One2many("credit.hold", "file_id", string="Holds", readonly=True)
    user_id = fields.Many2one(
        "res.users", "Responsible", index="btree_not_null", tracking=True
    )
    score = fields.Float(readonly=True)
    score_date = fields.Date(readonly=True)
    last_review_date = fields.Date(string="Last Review", tracking=True)
    next_review_date = fields.Date(string="Next Review", index=True, tracking=True)
    # -- the customer: what the contact says, and what it does not -------------
    vat = fields.Char(related="partner_id.vat")
    ref = fields.Char(related="partner_id.ref", string="Customer Code")
    phone = fields.Char(related="partner_id.phone")
    email = fields.Char(related="partner_id.email")
    country_id = fields.Many2one(related="partner_id.country_id")
    industry_id = fields.Many2one(related="partner_id.industry_id")
    category_ids = fields.Many2many(related="partner_id.category_id")
    contact_ids = fields.One2many(related="partner_id.child_ids", string="Contacts")
    contact_address = fields.Char(related="partner_id.contact_address")
    customer_term_id = fields.Many2one(
        related="partner_id.property_payment_term_id", string="Payment Terms in Use"
    )
    registered_address = fields.Text()
    company_size = fields.Selection(COMPANY_SIZES)
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
    order_amount = fields.Monetary(string="Orders Not Billed", readonly=True)
    overdue_days = fields.Integer(string="Days Past Due", readonly=True)
    insured_amount = fields.Monetary(string="Insured", readonly=True)
    last_payment_date = fields.Date(string="Last Payment", readonly=True)
    limit_status = fields.Selection(
        [
            ("unset", "Not checked"),
            ("unlimited", "Unlimited"),
            ("ok", "Within limit"),
            ("watch", "Near limit"),
            ("over", "Over limit"),
        ],
        readonly=True,
        default="unset",
    )
    snapshot_at = fields.Datetime(string="Figures Changed", readonly=True)
    figures_as_of = fields.Datetime(
        related="company_id.credit_snapshot_at", string="Figures As Of"
    )

    # Readers: the filters Over limit, Near limit; Overdue; By exposure (R06).
    _status_idx = models.Index(
        "(company_id, limit_status) WHERE limit_status IN ('watch', 'over')"
    )
    _overdue_idx = models.Index(
        "(company_id, overdue_amount, overdue_days) WHERE overdue_amount > 0"
    )
    _exposure_idx = models.Index("(company_id, exposure) WHERE exposure <> 0")
    # Reader: the filter Unpaid in the past year.
    _unpaid_idx = models.Index(
        "(company_id, last_payment_date) WHERE receivable_amount > 0"
    )

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

    # -- computes and checks ----------------------------------------------------
    @api.depends("partner_id.name")
    def _compute_display_name(self):
        for file in self:
            file.display_name = file.partner_id.name

    @api.constrains("partner_id", "company_id")
    def _check_customer(self):
        """A file belongs to a whole customer of this company, not to a contact."""
        # sudo: the contact may be one the user does not read
        for file in self.sudo():
            partner, company = file.partner_id, file.company_id
            if (commercial := partner.commercial_partner_id) != partner:
                raise ValidationError(
                    self.env._(
                        "%(contact)s is a contact of %(customer)s. Credit is given to "
                        "the whole customer: keep the credit file (field Customer) on "
                        "%(customer)s.",
                        contact=partner.display_name,
                        customer=commercial.display_name,
                    )
                )
            if partner.company_id and partner.company_id.root_id != company:
                raise ValidationError(
                    self.env._(
                        "%(customer)s belongs to the company %(other)s only. Keep the "
                        "credit file in %(other)s (field Company), or clear the "
                        "company on the contact.",
                        customer=partner.display_name,
                        other=partner.company_id.root_id.display_name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        """What was decided stays readable: a file with a history is closed instead."""
        if used := self.filtered(
            lambda file: file.limit_line_ids or file.cover_ids or file.hold_ids
        ):
            raise UserError(
                self.env._(
                    "The credit file of %(customer)s has a history and cannot be "
                    "deleted. Set its state to Closed instead.",
                    customer=used[0].display_name,
                )
            )

    # -- what others ask --------------------------------------------------------
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
        the root company, whatever contact and branch are given.

        :raise ConcurrencyError: when another transaction makes it at this moment; the
            host then tries the request again and finds it
        """
        key = (partner.commercial_partner_id.id, company.root_id.id)
        if file := self._for_customers([key]).get(key):
            return file
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                # sudo: a first check or limit makes the file, whoever triggers it
                return self.sudo().create({"partner_id": key[0], "company_id": key[1]})
        except UniqueViolation as error:
            raise ConcurrencyError(str(error)) from error

    @api.model
    def _credit_company_active(self, company):
        """Is anything about credit configured for the company's tree?

        Hot paths ask this first and stop with no query where the answer is no.
        """
        return company.root_id.id in self._credit_active_company_ids()

    @api.model
    @ormcache()
    def _credit_active_company_ids(self):
        """Ids of the companies where something may stop an order: a file, a default
        limit, a rule made for some customers, or a hold set by a person.

        One query, then none until ``_reset_credit_active``. Rules and holds clear the
        cache on their own account.
        """
        self.env["credit.rule"].flush_model(["active", "scope", "company_id"])
        self.env["credit.hold"].flush_model(["state", "forced", "company_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT company.id FROM res_company company
                 WHERE %(mode)s <> 'inherit'
                    OR EXISTS (SELECT FROM credit_file
                                WHERE company_id = company.id)
                    OR EXISTS (SELECT FROM credit_rule
                                WHERE active AND scope <> 'all'
                                  AND COALESCE(company_id, company.id) = company.id)
                    OR EXISTS (SELECT FROM credit_hold
                                WHERE company_id = company.id
                                  AND state = 'waiting' AND forced)
                """,
                mode=self.env["res.company"]._field_to_sql(
                    "company", "credit_limit_mode"
                ),
            )
        )
        return frozenset(company_id for (company_id,) in rows)

    @api.model
    def _reset_credit_active(self):
        """Ask anew what the process has noted (active companies, rates, accounts, who
        waits), in every worker.

        Again after the commit: until then another thread may note the old answer.
        """
        self.env.registry.clear_cache()
        self.env.cr.postcommit.add(self.env.registry.clear_cache)
