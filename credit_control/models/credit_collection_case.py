from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .credit_collection_stage import KINDS
from .credit_file import STATES as FILE_STATES
from .res_partner import CREDIT_GROUPS

STATES = [("draft", "Prepared"), ("open", "Handed over"), ("closed", "Closed")]
OUTCOMES = [
    ("paid", "Paid"),
    ("partly", "Partly paid"),
    ("settled", "Settled"),
    ("written_off", "Written off"),
    ("insolvent", "Insolvent"),
    ("recalled", "Recalled"),
]
#: Outcomes that give something up: an approver's decision, and nobody is reminded of
#: what is left.
LOSSES = frozenset({"partly", "settled", "written_off", "insolvent"})
#: Who sees what collection costs; the groups of credit imply the second.
MONEY_GROUPS = "account.group_account_invoice,account.group_account_readonly"
#: What people may write directly; everything else goes by buttons.
EDITABLE = frozenset(
    {
        "user_id",
        "note",
        "reference",
        "stage_id",
        "deadline",
        "agent_id",
        "kind",
        "fee_pct",
        "cost_ids",
    }
)
#: Of these, what stays as it was once a case is closed.
FIXED = EDITABLE - {"note", "reference", "cost_ids"}


class CreditCollectionCase(models.Model):
    """A claim in the hands of a lawyer, a collection agency or a court.

    It holds items of one customer, root company and currency. From the day it is made
    to the day it is closed nobody is reminded of them, and none of them can be in
    another case. What they brought is read from the ledger, never typed.

    Made by ``_make`` (credit_collection_making.py), led by its buttons
    (credit_collection_flow.py), proven by a pack of evidence
    (credit_collection_pack.py).
    """

    _name = "credit.collection.case"
    _description = "Collection Case"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "deadline, id desc"
    _rec_names_search = ["name", "partner_id.complete_name", "reference"]
    _mail_post_access = "read"

    name = fields.Char("Number", required=True, readonly=True)
    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    kind = fields.Selection(KINDS, required=True, default="lawyer", tracking=True)
    agent_id = fields.Many2one(
        "res.partner",
        "Handed To",
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        help="The lawyer, the agency or the court.",
    )
    reference = fields.Char(
        "Their Reference", tracking=True, help="File number of lawyer, agency or court."
    )
    user_id = fields.Many2one(
        "res.users", "Owner", index="btree_not_null", tracking=True
    )
    state = fields.Selection(
        STATES, default="draft", required=True, readonly=True, index=True, tracking=True
    )
    stage_id = fields.Many2one(
        "credit.collection.stage",
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        compute="_compute_stage_id",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('kind', '=', kind)]",
        group_expand="_expand_stages",
    )
    deadline = fields.Date("Next Deadline", tracking=True)
    reminded_for = fields.Date(readonly=True)
    ready = fields.Boolean(
        "Ready to Close", readonly=True, help="Nothing is open any more."
    )
    note = fields.Text()
    notice_id = fields.Many2one(
        "credit.dunning.notice",
        "Handed Over by Reminder",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    handed_on = fields.Date("Handed Over On", readonly=True)
    handed_by = fields.Many2one("res.users", "Handed Over By", readonly=True)
    outcome = fields.Selection(OUTCOMES, readonly=True, tracking=True)
    closed_on = fields.Date(readonly=True)
    closed_by = fields.Many2one("res.users", readonly=True)
    close_note = fields.Text("What Came of It", readonly=True)
    line_ids = fields.One2many(
        "credit.collection.case.line", "case_id", string="Items", readonly=True
    )
    cost_ids = fields.One2many(
        "credit.collection.cost", "case_id", string="Costs", groups=MONEY_GROUPS
    )
    # in the currency of the items; the other figures: credit_collection_figures.py
    amount = fields.Monetary(
        "Handed Over Amount", compute="_compute_amount", store=True, readonly=True
    )
    fee_pct = fields.Float(
        "Success Fee (%)",
        tracking=True,
        groups=MONEY_GROUPS,
        help="Of the money recovered since the hand-over.",
    )
    company_rate = fields.Float(
        digits=0,
        readonly=True,
        help="To the company's currency, at the hand-over: reports use it.",
    )
    invoice_count = fields.Integer("Invoices", compute="_compute_counts")
    item_count = fields.Integer("Number of Items", compute="_compute_counts")
    # what was known at the hand-over: cases are to be learned from later
    then_overdue_days = fields.Integer("Oldest Item (days)", readonly=True)
    then_level = fields.Integer("Dunning Level Reached", readonly=True)
    then_broken_promises = fields.Integer("Broken Promises", readonly=True)
    then_disputes = fields.Integer("Open Disputes", readonly=True)
    then_state = fields.Selection(
        FILE_STATES, "State of the File", readonly=True, groups=CREDIT_GROUPS
    )
    then_grade_id = fields.Many2one(
        "credit.grade",
        "Grade",
        readonly=True,
        ondelete="set null",
        groups=CREDIT_GROUPS,
    )
    then_score = fields.Float("Score", readonly=True, groups=CREDIT_GROUPS)
    then_currency_id = fields.Many2one(
        "res.currency", readonly=True, groups=CREDIT_GROUPS
    )
    then_limit = fields.Monetary(
        "Limit",
        currency_field="then_currency_id",
        readonly=True,
        groups=CREDIT_GROUPS,
        help="0: there was no ceiling, or no credit at all.",
    )
    then_exposure = fields.Monetary(
        "Exposure",
        currency_field="then_currency_id",
        readonly=True,
        groups=CREDIT_GROUPS,
    )

    _name_unique = models.UniqueIndex("(name)", "There is a case of this number.")
    _fee_possible = models.Constraint(
        "CHECK (fee_pct >= 0 AND fee_pct <= 100)",
        "A success fee is between 0 and 100 %.",
    )
    # Reader: the job that reminds of deadlines (_cron_follow).
    _open_idx = models.Index("(deadline) WHERE state = 'open'")

    # -- computes -------------------------------------------------------------------
    @api.depends("name", "partner_id.name")
    def _compute_display_name(self):
        for case in self:
            case.display_name = f"{case.name} {case.partner_id.name or ''}".strip()

    @api.depends("kind")
    def _compute_stage_id(self):
        """A case begins with the first stage of its kind."""
        wrong = self.filtered(lambda case: case.stage_id.kind != case.kind)
        for kind, cases in wrong.grouped("kind").items():
            cases.stage_id = cases.stage_id._get_first(kind)

    @api.depends("line_ids.amount")
    def _compute_amount(self):
        for case in self:
            case.amount = sum(case.line_ids.mapped("amount"))

    def _compute_counts(self):
        counts = {
            case.id: (items, moves)
            for case, items, moves in self.env[
                "credit.collection.case.line"
            ]._read_group(
                [("case_id", "in", self.ids)],
                ["case_id"],
                ["__count", "move_id:count_distinct"],
            )
        }
        for case in self:
            case.item_count, case.invoice_count = counts.get(case.id, (0, 0))

    @api.model
    def _expand_stages(self, stages, domain):
        """Every stage of the kinds that the list is filtered by, else those in use."""
        kinds = {kind for kind, _name in KINDS}
        asked = set()
        for condition in fields.Domain(domain).iter_conditions():
            if condition.field_expr == "kind":
                value = condition.value
                asked |= {value} if isinstance(value, str) else set(value)
        if not asked or not asked <= kinds:
            return stages
        return stages | stages.search([("kind", "in", list(asked))])

    # -- rights -----------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(
                self.env._(
                    "Choose the invoices and use the button Hand Over to Collection."
                )
            )
        return super().create(vals_list)

    def write(self, vals):
        """People write what is theirs to say; a stage or owner moves the reminder."""
        if not self.env.su:
            self._check_editable(vals)
        if "stage_id" in vals:
            vals = self._prepare_stage_vals(vals)
        result = super().write(vals)
        if vals.keys() & {"user_id", "deadline", "stage_id"} and "state" not in vals:
            self._remind_owner()
        return result

    def _check_editable(self, vals):
        technical = ("message_", "activity_", "my_activity_", "website_message")
        names = {name for name in vals if not name.startswith(technical)}
        if forbidden := names - EDITABLE:
            labels = self.fields_get(forbidden, ["string"])
            raise AccessError(
                self.env._(
                    "%(fields)s of a case cannot be changed by hand. Use its buttons.",
                    fields=", ".join(sorted(f["string"] for f in labels.values())),
                )
            )
        for case in self:
            if case.state == "closed" and names & FIXED:
                raise UserError(
                    self.env._(
                        "%(case)s is closed and stays as it is. Reopen it first.",
                        case=case.display_name,
                    )
                )
            if case.state == "open" and "kind" in names and vals["kind"] != case.kind:
                raise UserError(
                    self.env._(
                        "%(case)s is handed over. Recall it and make a new case to go "
                        "on with somebody else.",
                        case=case.display_name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_draft(self):
        if self.filtered(lambda case: case.state != "draft"):
            raise UserError(
                self.env._("A case that was handed over stays. Recall or close it.")
            )
