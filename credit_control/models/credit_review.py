"""The review of one customer: what is known, what is proposed, what was decided."""

from odoo import api, fields, models

from .res_company import LIMIT_MODES

KINDS = [
    ("application", "Application"),
    ("periodic", "Periodic Review"),
    ("event", "Review on Occasion"),
    ("limit", "Limit Request"),
]
STATES = [
    ("draft", "Draft"),
    ("in_review", "In Review"),
    ("to_approve", "To Approve"),
    ("approved", "Approved"),
    ("rejected", "Rejected"),
    ("withdrawn", "Withdrawn"),
]
#: Somebody still has to do something.
OPEN = ("draft", "in_review", "to_approve")
#: The analyst may still change what he proposes.
EDITABLE = ("draft", "in_review")
ORIGINS = [
    ("manual", "Credit team"),
    ("sales", "Sales"),
    ("portal", "Customer, online"),
    ("job", "Schedule"),
    ("limit", "Change of a limit"),
    ("hold", "Held order"),
    ("alert", "Early warning"),
]


class CreditReview(models.Model):
    """One assessment of a customer, from the application to the decision.

    An analyst prepares it: checklist, evidence, proposed grade, limit, terms, deposit
    and conditions, beside what holds now and the proposal that the figures make
    (``credit.proposal``). Those whom the table of authorities names approve it, one
    after the other (credit_review_flow.py); with the last signature the file follows in
    the same transaction, and the gate with it.

    State, signatures and snapshots are written by their own methods only, and what was
    submitted does not change any more: see credit_review_rights.py.
    """

    _name = "credit.review"
    _description = "Credit Review"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date_due, id"
    _rec_names_search = ["name", "partner_id.complete_name"]
    # Readers may write notes; the record itself stays closed to them.
    _mail_post_access = "read"

    name = fields.Char("Number", default="/", required=True, readonly=True, copy=False)
    kind = fields.Selection(KINDS, required=True, default="event", index=True)
    state = fields.Selection(
        STATES,
        default="draft",
        required=True,
        readonly=True,
        index=True,
        tracking=True,
        copy=False,
        group_expand="_expand_states",
    )
    file_id = fields.Many2one(
        "credit.file", "Credit File", required=True, index=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(
        related="file_id.partner_id", store=True, index=True, string="Customer"
    )
    company_id = fields.Many2one(related="file_id.company_id", store=True, index=True)
    user_id = fields.Many2one(
        "res.users",
        "Owner",
        index="btree_not_null",
        domain=[("share", "=", False)],
        tracking=True,
    )
    date_due = fields.Date(
        "Due", required=True, default=fields.Date.context_today, tracking=True
    )
    reason = fields.Text("Occasion", help="Why the customer is looked at.")
    origin = fields.Selection(ORIGINS, default="manual", required=True, readonly=True)
    # -- what was asked for ---------------------------------------------------------
    requested_by = fields.Many2one("res.users", readonly=True)
    requested_amount = fields.Monetary("Amount Asked For")
    requested_term_id = fields.Many2one(
        "account.payment.term", "Terms Asked For", ondelete="restrict"
    )
    hold_id = fields.Many2one(
        "credit.hold",
        "Held Order",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    deal_amount = fields.Monetary(
        "Order That Asks", currency_field="company_currency_id", readonly=True
    )
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    # -- what is proposed -----------------------------------------------------------
    grade_id = fields.Many2one(
        "credit.grade",
        "Proposed Grade",
        compute="_compute_start",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
        tracking=True,
        domain="['|', ('company_id', '=', False), ('company_id', '=', company_id)]",
    )
    limit_mode = fields.Selection(
        [("keep", "Unchanged"), *LIMIT_MODES[1:]],
        "Proposed Limit",
        compute="_compute_start",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        tracking=True,
    )
    limit_kind = fields.Selection(
        [("permanent", "Permanent"), ("temporary", "Temporary, on top")],
        default="permanent",
        required=True,
    )
    credit_limit = fields.Monetary(
        "Proposed Amount",
        compute="_compute_start",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
    )
    currency_id = fields.Many2one(
        "res.currency",
        "Limit Currency",
        compute="_compute_start",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        ondelete="restrict",
    )
    date_from = fields.Date("Valid From", help="Empty: from the decision.")
    limit_date_to = fields.Date("Valid To", help="Empty: until changed.")
    payment_term_id = fields.Many2one(
        "account.payment.term",
        "Proposed Payment Terms",
        compute="_compute_terms",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
        tracking=True,
    )
    deposit_pct = fields.Float(
        "Proposed Deposit (%)",
        compute="_compute_terms",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
    )
    conditions = fields.Text(help="What the customer has to see to, or we do.")
    next_review_date = fields.Date(
        "Proposed Next Review", help="Empty: by the rhythm of the grade."
    )
    note = fields.Html("Assessment")
    # -- checklist ------------------------------------------------------------------
    template_id = fields.Many2one(
        "credit.review.template", "Checklist Template", readonly=True
    )
    item_ids = fields.One2many("credit.review.item", "review_id", string="Checklist")
    open_item_count = fields.Integer(
        "Open Points", compute="_compute_open_item_count", compute_sudo=True
    )
    # -- what holds now, as it was when the review was made or submitted ------------
    now_grade_id = fields.Many2one("credit.grade", "Grade Now", readonly=True)
    now_limit_mode = fields.Selection(LIMIT_MODES, "Limit Now", readonly=True)
    now_limit = fields.Monetary(
        "Amount Now", currency_field="now_currency_id", readonly=True
    )
    now_currency_id = fields.Many2one("res.currency", readonly=True)
    now_payment_term_id = fields.Many2one(
        "account.payment.term", "Payment Terms Now", readonly=True
    )
    now_deposit_pct = fields.Float("Deposit Now (%)", readonly=True)
    now_state = fields.Char("State Now", readonly=True)
    score_id = fields.Many2one(
        "credit.score", "Score as Reviewed", readonly=True, ondelete="set null"
    )
    score_line_ids = fields.One2many(related="score_id.line_ids")
    score_card_id = fields.Many2one(related="score_id.scorecard_id")
    score_knockouts = fields.Char(related="score_id.knockout_text")
    score = fields.Float(readonly=True)
    score_date = fields.Date(readonly=True)
    figures = fields.Json(readonly=True)
    measured_at = fields.Datetime("Figures As Of", readonly=True)
    # -- the limit that the figures propose -----------------------------------------
    proposal = fields.Json(readonly=True)
    proposal_amount = fields.Monetary(
        "Limit by the Figures", currency_field="proposal_currency_id", readonly=True
    )
    proposal_currency_id = fields.Many2one("res.currency", readonly=True)
    # -- the decision ---------------------------------------------------------------
    submitted_by = fields.Many2one("res.users", readonly=True, copy=False)
    submitted_on = fields.Datetime(readonly=True, copy=False)
    step_ids = fields.One2many(
        "credit.review.step", "review_id", string="Signatures", readonly=True
    )
    approver_ids = fields.Many2many(
        "res.users",
        "credit_review_approver_rel",
        string="Who May Approve Now",
        readonly=True,
        copy=False,
    )
    involved_ids = fields.Many2many(
        "res.users",
        "credit_review_involved_rel",
        string="Have Prepared",
        readonly=True,
        copy=False,
        help="Who asked, prepared or submitted: none of them approves (four eyes).",
    )
    asked_on = fields.Date(readonly=True, copy=False)
    reminded_on = fields.Date(readonly=True, copy=False)
    escalated_on = fields.Date(readonly=True, copy=False)
    decided_by = fields.Many2one("res.users", readonly=True, copy=False)
    decided_for_id = fields.Many2one("res.users", readonly=True, copy=False)
    decision_date = fields.Datetime("Decided On", readonly=True, copy=False)
    decision_reason = fields.Text(
        "Reason of the Decision", readonly=True, copy=False, tracking=True
    )
    limit_line_id = fields.Many2one(
        "credit.limit.line", "Limit Granted", readonly=True, copy=False
    )
    is_late = fields.Boolean("Late", compute="_compute_is_late", search="_search_late")

    _credit_limit_positive = models.Constraint(
        "CHECK (credit_limit >= 0 AND requested_amount >= 0)",
        "A credit limit cannot be negative. Enter 0 or more, or choose 'No credit'.",
    )
    _deposit_range = models.Constraint(
        "CHECK (deposit_pct BETWEEN 0 AND 100)",
        "The deposit is a percentage from 0 to 100.",
    )
    _dates_ordered = models.Constraint(
        "CHECK (limit_date_to >= date_from)",
        "A limit cannot end before it starts. Correct the dates.",
    )
    # Two nights, two clicks or two workers make one review, not two.
    _one_open = models.UniqueIndex(
        "(file_id, kind) WHERE kind IN ('application', 'periodic') "
        "AND state IN ('draft', 'in_review', 'to_approve')",
        "This customer has an open review of this kind already. Go on with that one.",
    )
    # Readers: Reviews due, the reminders of approvers.
    _due_idx = models.Index(
        "(company_id, date_due) WHERE state IN ('draft', 'in_review', 'to_approve')"
    )

    @api.model
    def _expand_states(self, states, _domain):
        """Columns in the order of the work; the open ones always, to drop nothing."""
        return [state for state, _label in STATES if state in OPEN or state in states]

    # -- computes -------------------------------------------------------------------
    @api.depends("file_id", "kind")
    def _compute_start(self):
        """The proposal starts from what holds now, and the grade from what was
        assessed."""
        grades = self._get_proposed_grades(self.file_id)
        for review in self:
            file = review.file_id
            review.grade_id = grades.get(file.id) or file.grade_id
            review.limit_mode = (
                "amount" if review.kind in ("application", "limit") else "keep"
            )
            review.credit_limit = file.limit_mode == "amount" and file.credit_limit
            review.currency_id = file.currency_id

    @api.depends("file_id", "grade_id")
    def _compute_terms(self):
        """Another grade proposes its deposit, and terms no longer than it allows."""
        terms = self.env["account.payment.term"]
        for review in self:
            file, grade = review.file_id, review.grade_id
            review.payment_term_id = file.payment_term_id
            review.deposit_pct = file.deposit_pct
            if grade and grade != file.grade_id:
                terms = terms or terms._get_by_length(self.file_id.company_id)
                review.payment_term_id = review._get_allowed_term(terms)
                review.deposit_pct = grade.deposit_pct

    def _get_allowed_term(self, terms):
        """The terms granted or in use, as far as the grade proposed allows them, else
        the longest of ``terms`` that it allows."""
        file, longest = self.file_id, self.grade_id.max_terms_days
        partner = file.partner_id.with_company(file.company_id)
        now = file.payment_term_id or partner.property_payment_term_id
        if not longest or not now or now._credit_terms()[0] <= longest:
            return file.payment_term_id
        allowed = terms.filtered(
            lambda term: (
                term.company_id in (file.company_id, self.env["res.company"])
                and term._credit_terms()[0] <= longest
            )
        )
        return allowed[-1:] or file.payment_term_id

    @api.model
    def _get_proposed_grades(self, files) -> dict:
        """``{file_id: grade}`` that an assessment proposes; for other parts to fill."""
        return {}

    @api.depends("name", "partner_id.name")
    def _compute_display_name(self):
        for review in self:
            review.display_name = f"{review.name} · {review.partner_id.name or ''}"

    @api.depends("item_ids.done", "item_ids.mandatory")
    def _compute_open_item_count(self):
        for review in self:
            review.open_item_count = len(review._get_open_items())

    def _get_open_items(self):
        """What the checklist still asks for."""
        return self.item_ids.filtered(lambda item: item.mandatory and not item.done)

    @api.depends("date_due", "state")
    def _compute_is_late(self):
        today = fields.Date.today()
        for review in self:
            due = review.date_due
            review.is_late = review.state in OPEN and bool(due) and due < today

    def _search_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = fields.Domain("state", "in", OPEN) & fields.Domain(
            "date_due", "<", fields.Date.today()
        )
        return late if True in value else ~late

    # -- buttons --------------------------------------------------------------------
    @api.readonly
    def action_open_file(self):
        self.ensure_one()
        return self.file_id._get_records_action()

    @api.readonly
    def action_open_hold(self):
        self.ensure_one()
        return self.hold_id._get_records_action()
