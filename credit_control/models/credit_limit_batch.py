"""Limits of many customers changed by one decision."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools.proposal import round_down
from .taking_turns import take_turn

STATES = [
    ("draft", "Draft"),
    ("to_approve", "To Approve"),
    ("applying", "Being Applied"),
    ("applied", "Applied"),
    ("rejected", "Rejected"),
]
METHODS = [
    ("amount", "The same amount for all"),
    ("percent", "A percentage of the limit now"),
    ("formula", "What the figures propose"),
]


class CreditLimitBatch(models.Model):
    """Lines propose a limit for each file; one decision is over all of them.

    Whoever approves needs authority for every line: for the largest above all. A line
    that needs several signatures, and one whose limit changed meanwhile, is not applied
    and says so. Lines are applied by a job, in batches that commit
    (credit_limit_batch_applying.py). Written by its own methods only.
    """

    _name = "credit.limit.batch"
    _description = "Mass Change of Credit Limits"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _mail_post_access = "read"

    name = fields.Char("Number", default="/", required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    state = fields.Selection(
        STATES, default="draft", required=True, readonly=True, tracking=True, index=True
    )
    method = fields.Selection(METHODS, required=True, readonly=True)
    value = fields.Float(readonly=True, help="The amount or the percentage.")
    step = fields.Float("Rounded Down To", readonly=True)
    max_increase_pct = fields.Float("Increase At Most (%)", readonly=True)
    date_to = fields.Date("Valid To", readonly=True)
    reason = fields.Text(required=True, readonly=True)
    line_ids = fields.One2many("credit.limit.batch.line", "batch_id", string="Lines")
    line_count = fields.Integer("Files", compute="_compute_counts")
    error_count = fields.Integer("Errors", compute="_compute_counts")
    applied_count = fields.Integer("Applied", compute="_compute_counts")
    total_now = fields.Monetary("Limits Now", compute="_compute_counts")
    total_new = fields.Monetary("New Limits", compute="_compute_counts")
    user_id = fields.Many2one("res.users", "Made By", readonly=True)
    submitted_by = fields.Many2one("res.users", readonly=True)
    decided_by = fields.Many2one("res.users", readonly=True)
    decided_for_id = fields.Many2one("res.users", readonly=True)
    decision_date = fields.Datetime("Decided On", readonly=True)
    decision_reason = fields.Text("Reason of the Rejection", readonly=True)

    @api.depends("line_ids.state", "line_ids.new_company_amount")
    def _compute_counts(self):
        groups = self.env["credit.limit.batch.line"]._read_group(
            [("batch_id", "in", self.ids)],
            ["batch_id", "state"],
            ["__count", "now_company_amount:sum", "new_company_amount:sum"],
        )
        for batch in self:
            own = [row[1:] for row in groups if row[0] == batch]
            batch.line_count = sum(row[1] for row in own)
            batch.error_count = sum(row[1] for row in own if row[0] == "error")
            batch.applied_count = sum(row[1] for row in own if row[0] == "applied")
            batch.total_now = sum(row[2] for row in own)
            batch.total_new = sum(row[3] for row in own)

    # -- rights ---------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(
                self.env._("Choose credit files and use Change Limits of the list.")
            )
        return super().create(vals_list)

    def write(self, vals):
        technical = ("message_", "activity_", "my_activity_", "website_message")
        names = {name for name in vals if not name.startswith(technical)}
        if not self.env.su and names - {"line_ids"}:
            raise AccessError(
                self.env._("A mass change of limits is changed by its buttons only.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_draft(self):
        if any(batch.state != "draft" for batch in self):
            raise UserError(
                self.env._("A mass change that was submitted stays. Reject it instead.")
            )

    # -- making ---------------------------------------------------------------------
    @api.model
    def _make(
        self, files, method, reason, *, value=0.0, step=0.0, cap_pct=0.0, to=None
    ):
        """A draft with a line for each file; a constant number of queries.

        :param step: new limits are rounded down to a multiple of it; 0: not
        :param cap_pct: largest increase of a limit in %; 0: any
        :raise UserError: for values that make no sense, or files of two companies
        """
        self.browse().check_access("create")
        files.check_access("read")
        if len(files.company_id) != 1:
            raise UserError(self.env._("Choose credit files of one company."))
        if not (reason := (reason or "").strip()):
            raise UserError(self.env._("Say why the limits change."))
        if min(value if method == "amount" else 0.0, step, cap_pct) < 0:
            raise UserError(self.env._("Amount, rounding and cap cannot be negative."))
        if method == "percent" and value <= -100:
            raise UserError(self.env._("A limit cannot fall by 100 % or more."))
        if to and to < fields.Date.today():
            raise UserError(self.env._("The limits would end in the past."))
        # sudo: made by this method only
        batch = self.sudo().create(
            {
                "name": self.env["ir.sequence"].sudo().next_by_code(self._name),
                "company_id": files.company_id.id,
                "method": method,
                "value": value,
                "step": step,
                "max_increase_pct": cap_pct,
                "date_to": to,
                "reason": reason,
                "user_id": self.env.uid,
            }
        )
        batch.line_ids.create(batch._prepare_lines(files.sudo()))
        return batch.with_env(self.env)

    def _prepare_lines(self, files):
        """What each file gets, or why it gets nothing."""
        keys = {file.id: (file.partner_id.id, file.company_id.id) for file in files}
        facts = files._get_limit_facts(keys.values())
        proposals = {}
        if self.method == "formula":
            proposals = self.env["credit.proposal"]._get_proposals(files)
        found = []
        for file in files:
            limit, _currency = facts[keys[file.id]]
            now = None
            if file.limit_mode == "amount" and not limit.expired:
                now = file.credit_limit
            new, error = self._get_new_limit(file, now, proposals.get(file.id))
            found.append(
                {
                    "batch_id": self.id,
                    "file_id": file.id,
                    "currency_id": file.currency_id.id,
                    "now_mode": file.limit_mode,
                    "now_limit": file.credit_limit,
                    "had_limit": now is not None,
                    "new_limit": new,
                    "proposal": proposals[file.id].to_json() if proposals else False,
                    "state": "error" if error else "waiting",
                    "error": error,
                }
            )
        return found

    def _get_new_limit(self, file, now, proposal):
        """``(amount, error)``"""
        if self.method == "amount":
            new = self.value
        elif self.method == "percent":
            if now is None:
                return 0.0, self.env._("There is no limit to take a percentage of.")
            new = now * (1 + self.value / 100)
        else:
            if proposal.amount is None:
                return 0.0, self.env._("Nothing is known that a limit could follow.")
            new = proposal.amount
        if self.max_increase_pct and now:
            new = min(new, now * (1 + self.max_increase_pct / 100))
        digits = file.currency_id.decimal_places
        rounded = round_down(file.currency_id.round(new), self.step, digits)
        # rounding makes an increase smaller, never a cut of it
        return (max(rounded, now) if now and new >= now else rounded), False

    # -- deciding ---------------------------------------------------------------------
    def action_submit(self):
        """Hand the lines to those who may approve all of them."""
        self.check_access("write")
        for batch in self:
            batch._check_state("draft")
            lines = batch.line_ids.filtered(lambda line: line.state == "waiting")
            if not lines:
                raise UserError(
                    self.env._("There is no line to change. Remove the errors.")
                )
            # sudo: the state is written by methods only
            submitted = batch.sudo()
            submitted.write({"state": "to_approve", "submitted_by": self.env.uid})
            submitted.line_ids._check_signatures()
            people = submitted._get_approvers()
            if not people:
                raise UserError(
                    self.env._(
                        "Nobody may approve all lines: remove the largest ones and "
                        "make reviews of them, or ask a credit manager for authority."
                    )
                )
            submitted._ask(people)

    def action_approve(self):
        """Approve all lines; the job applies them, few of them at once."""
        for batch in self:
            represented = batch._check_may_decide()
            batch.sudo()._save_decision("applying", represented)
            batch.sudo()._start()  # sudo: lines are written by methods only

    @api.readonly
    def action_reject(self):
        """The dialog that asks for the reason."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Reject %(batch)s", batch=self.name),
            "res_model": "credit.limit.batch.rejection",
            "view_mode": "form",
            "target": "new",
            "context": {"default_batch_id": self.id},
        }

    def _reject(self, reason):
        """:raise UserError: without a reason"""
        if not (reason := (reason or "").strip()):
            raise UserError(self.env._("Give the reason of the decision."))
        represented = self._check_may_decide()
        # sudo: written by methods only
        self.sudo()._save_decision("rejected", represented, reason)

    def _check_state(self, state):
        labels = dict(self._fields["state"]._description_selection(self.env))
        if self.state != state:
            raise UserError(
                self.env._(
                    "%(batch)s is in the state %(state)s: this is not possible any "
                    "more.",
                    batch=self.name,
                    state=labels[self.state],
                )
            )

    def _get_excluded(self):
        if self.company_id.credit_allow_self_decision:
            return self.env["res.users"]
        return self.user_id | self.submitted_by

    def _get_approvers(self):
        """``{user: for whom}`` of those who may approve every line alone."""
        authority, found = self.env["credit.authority"], None
        lines = authority._get_lines()
        for grade, request in self.line_ids._get_requests():
            plan = authority._get_plan(
                self.company_id, grade, request, self._get_excluded(), lines=lines
            )
            people = plan[0].people if len(plan) == 1 else {}
            found = people if found is None else found
            found = {user: found[user] for user in found if user in people}
        return found or {}

    def _check_may_decide(self):
        """For whom the user stands in.

        :raise AccessError: without authority over every line, or for his own batch
        """
        self.check_access("read")
        self.ensure_one()
        # sudo: names of colleagues
        batch = self.sudo()
        take_turn(batch)
        batch._check_state("to_approve")
        people = batch._get_approvers()
        if self.env.user in people:
            return people[self.env.user]
        raise AccessError(
            self.env._(
                "To decide on %(batch)s takes authority over the largest of its lines, "
                "%(amount)s, by somebody who did not make it. Ask: %(names)s.",
                batch=batch.name,
                amount=batch.currency_id.format(
                    max(batch.line_ids.mapped("new_company_amount"), default=0.0)
                ),
                names=", ".join(user.name for user in list(people)[:5])
                or self.env._("nobody yet"),
            )
        )

    def _save_decision(self, state, represented, reason=False):
        self.write(
            {
                "state": state,
                "decided_by": self.env.uid,
                "decided_for_id": represented.id,
                "decision_date": fields.Datetime.now(),
                "decision_reason": reason,
            }
        )
        self.activity_unlink(["credit_control.mail_activity_type_batch"])

    def _ask(self, people):
        for user in list(people)[:10]:
            self.activity_schedule(
                "credit_control.mail_activity_type_batch",
                summary=self.with_context(lang=user.lang).env._(
                    "Approve: %(batch)s, %(count)s limits",
                    batch=self.name,
                    count=self.line_count,
                ),
                user_id=user.id,
            )
