from collections import Counter, defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .handing_out import notify

#: A run of no more notices is sent at once, a larger one by the job in the background.
AT_ONCE = 25
#: Notices shown on the run itself.
SHOWN = 80


class CreditDunningRun(models.Model):
    """One round of reminders: proposed, looked at, sent.

    The notices decide what is left to do: what waits is *being sent*, whatever
    happened to the job that sends, and goes on where it stood.
    """

    _name = "credit.dunning.run"
    _description = "Payment Reminder Run"
    _inherit = ["mail.thread"]
    _order = "id desc"

    name = fields.Char(compute="_compute_name", store=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company.root_id,
        domain="[('parent_id', '=', False)]",
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    user_id = fields.Many2one(
        "res.users", "Made By", default=lambda self: self.env.user, required=True
    )
    manual = fields.Boolean(
        "Chosen by a Person",
        readonly=True,
        help="Customers were picked: neither thresholds nor the rest between two "
        "notices hold anything back.",
    )
    state = fields.Selection(
        [
            ("draft", "Proposed"),
            ("sending", "Being sent"),
            ("stopped", "Stopped"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        index=True,
        tracking=True,
    )
    needs_approval = fields.Boolean(compute="_compute_needs_approval")
    approved_by = fields.Many2one("res.users", readonly=True, tracking=True)
    error = fields.Text("Why It Stopped", readonly=True)
    hint = fields.Text(readonly=True, help="What was left out, and why.")
    notice_ids = fields.One2many("credit.dunning.notice", "run_id", string="Notices")
    notice_count = fields.Integer("Number of Notices", compute="_compute_counts")
    open_count = fields.Integer("To Send", compute="_compute_counts")
    queued_count = fields.Integer("Being Sent", compute="_compute_counts")
    sent_count = fields.Integer("Sent", compute="_compute_counts")
    dropped_count = fields.Integer("Not Sent", compute="_compute_counts")
    error_count = fields.Integer("Errors", compute="_compute_counts")
    letter_count = fields.Integer("Letters to Print", compute="_compute_counts")
    printing_count = fields.Integer("Being Printed", compute="_compute_counts")
    failed_count = fields.Integer("Mails Failed", compute="_compute_counts")
    progress_pct = fields.Float("Progress", compute="_compute_counts")
    is_busy = fields.Boolean(
        compute="_compute_counts", help="A job sends or prints; the page follows it."
    )
    shown_ids = fields.Many2many(
        "credit.dunning.notice", compute="_compute_shown_ids", string="Reminders"
    )

    # -- computes -------------------------------------------------------------------
    @api.depends("date", "user_id", "company_id")
    def _compute_name(self):
        for run in self:
            run.name = f"{run.date} {run.user_id.name or ''}".strip()

    @api.depends("notice_ids.state", "notice_ids.delivery_state")
    def _compute_counts(self):
        counted = self.env["credit.dunning.notice"]._read_group(
            [("run_id", "in", self.ids)],
            ["run_id", "state", "delivery_state"],
            ["__count"],
        )
        states, deliveries = defaultdict(Counter), defaultdict(Counter)
        for run, state, delivery, count in counted:
            states[run.id][state] += count
            deliveries[run.id][delivery] += count
        for run in self:
            of_run, fared = states[run.id], deliveries[run.id]
            run.open_count = of_run["draft"] + of_run["error"]
            run.error_count = of_run["error"]
            run.queued_count = of_run["queued"]
            run.sent_count = of_run["sent"]
            run.dropped_count = of_run["dropped"] + of_run["cancelled"]
            run.notice_count = of_run.total()
            run.letter_count = fared["to_print"]
            run.printing_count = fared["printing"]
            run.failed_count = fared["failed"]
            run.is_busy = bool(of_run["queued"] or fared["printing"])
            finished = run.sent_count + run.dropped_count
            asked = finished + run.queued_count
            run.progress_pct = 100.0 * finished / asked if asked else 0.0

    def _compute_shown_ids(self):
        """What needs a person first; the others are behind the button *Notices*."""
        for run in self:
            trouble = run._search_notices(
                ["|", ("state", "=", "error"), ("delivery_state", "=", "failed")], SHOWN
            )
            others = run._search_notices(
                [("id", "not in", trouble.ids)], SHOWN - len(trouble)
            )
            run.shown_ids = trouble + others

    @api.depends("notice_ids.policy_id.approval", "approved_by")
    def _compute_needs_approval(self):
        waiting = self.env["credit.dunning.notice"]._read_group(
            [("run_id", "in", self.ids), ("policy_id.approval", "=", True)],
            ["run_id"],
        )
        asked = {run.id for [run] in waiting}
        for run in self:
            run.needs_approval = run.id in asked and not run.approved_by

    # -- rights -----------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        """A run is proposed, see `_create_run`: nobody brings his own approval."""
        if not self.env.su:
            raise AccessError(
                self.env._("Propose reminders from the list Payment Reminders.")
            )
        return super().create(vals_list)

    def write(self, vals):
        """People write the note of a run, everything else its own methods."""
        if not self.env.su and not set(vals) <= {"message_ids", "date"}:
            raise AccessError(
                self.env._("A run is changed by its buttons only: Send, Undo, Approve.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sent(self):
        """What was sent stays; a proposal may be thrown away."""
        if self.notice_ids.filtered(lambda n: n.state in ("sent", "queued")):
            raise UserError(
                self.env._("This run has sent notices and stays. Undo what is left.")
            )

    # -- making ------------------------------------------------------------------------
    @api.model
    def _create_run(self, company, partner_ids=None, move_ids=None, manual=False):
        """A run with its notices; :raise UserError: when there is nobody to remind."""
        self.browse().check_access("create")
        # sudo: no one creates a run with values of his own
        run = self.sudo().create(
            {
                "company_id": company.root_id.id,
                "user_id": self.env.uid,
                "manual": manual,
            }
        )
        self.env["credit.dunning"]._propose(run, partner_ids, move_ids)
        return run.with_env(self.env)

    @api.model
    def action_propose(self):
        """Propose reminders to everybody who is due for one, in the companies at the
        screen: one run each; open what was made."""
        return self._propose_all(self.env.companies)

    @api.model
    def _propose_all(self, companies):
        runs = self.browse()
        for company in companies.root_id:
            runs += self._create_run(company)._keep_if_any()
        if not runs:
            return notify(self.env._("Nobody is due for a reminder today."), "success")
        return runs.action_open()

    @api.model
    def _remind(self, companies, partners, moves=None):
        """Reminders for what a person picked: the run to look at, or why there is
        nothing to send."""
        if len(companies.root_id) != 1:
            raise UserError(self.env._("Choose invoices of one company."))
        return self._remind_each([(companies.root_id, partners)], moves)

    @api.model
    def _remind_each(self, picked, moves=None):
        """One run per company; ``picked``: [(company, customers)]."""
        runs, hints = self.browse(), []
        move_ids = moves.ids if moves is not None else None
        for company, partners in picked:
            run = self._create_run(company, partners.ids, move_ids, manual=True)
            hint = self._explain_left_out(run, partners, moves)
            run.sudo().hint = hint  # sudo: written by this method only
            hints.append(hint)
            runs += run._keep_if_any()
        if not runs:
            return notify(
                "\n".join([self.env._("Nothing to remind of."), *hints]), sticky=True
            )
        return runs.action_open()

    def _keep_if_any(self):
        """A run without notices leaves no trace."""
        if self.notice_ids:
            return self
        self.sudo().unlink()  # sudo: made by this call
        return self.browse()

    def _explain_left_out(self, run, partners, moves):
        """One sentence per item that was picked and is not on a notice."""
        rows = self.env["credit.dunning"]._read_items(
            run.company_id, partners.ids, manual=True
        )
        taken = set(run.sudo().notice_ids.line_ids.move_line_id.ids)
        labels = dict(self.env["credit.dunning.reason"]._get_selection())
        # sudo: names of items of customers the user picked
        items = self.env["account.move.line"].sudo().browse(rows)
        if moves is not None:
            items = items.filtered(lambda line: line.move_id in moves.sudo())
        said = []
        for item in items.filtered(lambda line: line.id not in taken)[:20]:
            row = rows[item.id]
            if row.status != "open":
                why = labels.get(row.status, row.status)
            elif row.pending:
                why = self.env._("is being sent")
            elif row.level_id:
                why = self.env._("the next level is not due yet")
            else:
                why = self.env._("has got every level")
            said.append(f"{item.move_name}: {why}")
        return "\n".join(said)

    def _check_approved(self):
        for run in self:
            if run.needs_approval:
                raise UserError(
                    self.env._(
                        "The strategy asks for approval: a credit approver has to "
                        "approve this run first."
                    )
                )

    def action_open(self):
        if len(self) > 1:
            return {
                "type": "ir.actions.act_window",
                "name": self.env._("Payment Reminders"),
                "res_model": self._name,
                "domain": [("id", "in", self.ids)],
                "views": [(False, "list"), (False, "form")],
            }
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Payment Reminders"),
            "res_model": "credit.dunning.run",
            "res_id": self.id,
            "views": [(False, "form")],
        }

    def action_open_notices(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Notices"),
            "res_model": "credit.dunning.notice",
            "domain": [("run_id", "=", self.id)],
            "views": [(False, "list"), (False, "form")],
        }

    # -- buttons -----------------------------------------------------------------------
    def action_approve(self):
        if not self.env.user.has_group("credit_control.group_credit_approver"):
            raise AccessError(self.env._("Only a credit approver approves a run."))
        self.check_access("read")
        # sudo: written by this method only
        self.sudo().approved_by = self.env.user

    def action_send(self):
        """Send what is proposed (and what failed before)."""
        self.check_access("write")
        self._check_approved()
        self._search_notices([("state", "in", ("draft", "error"))])._queue()
        return True

    def action_retry(self):
        """The mail server is back: what failed goes out again, and what was being sent
        when the run stopped. What nobody has sent yet still waits for its sender."""
        self.check_access("write")
        self._search_notices([("delivery_state", "=", "failed")]).action_retry()
        stopped = [("state", "=", "draft"), ("sent_by", "!=", False)]
        if waiting := self._search_notices(stopped):
            self._check_approved()
            waiting._queue()
        runs = self.sudo()  # sudo: written by this method only
        runs.error = False
        runs._close_if_done()
        return True

    def action_undo(self):
        """Take back what is not sent yet."""
        self.check_access("write")
        runs = self.sudo()  # sudo: written by this method only
        left = runs._search_notices([("state", "in", ("draft", "queued", "error"))])
        left.write({"state": "cancelled", "reason": "person"})
        runs._close_if_done()
        return True

    def _search_notices(self, domain, limit=None):
        """Notices of these runs, oldest first: a run may have 26,000."""
        domain = [("run_id", "in", self.ids), *domain]
        return self.env["credit.dunning.notice"].search(domain, limit=limit, order="id")

    def _close_if_done(self):
        """A run is done when nothing of it is being sent any more."""
        self._set_states()

    def _set_states(self):
        """The state that follows from the notices."""
        found = defaultdict(set)
        for run, state in self.env["credit.dunning.notice"]._read_group(
            [("run_id", "in", self.ids)], ["run_id", "state"]
        ):
            found[run].add(state)
        for run in self:
            state = run._get_state(found[run])
            if run.state != state:
                run.state = state

    def _get_state(self, states):
        """The state of a run with notices in these states."""
        if "queued" in states:
            return "sending"
        if states & {"draft", "error"}:
            return "stopped" if self.error or "error" in states else "draft"
        return "done" if "sent" in states else "cancelled"

    # -- the schedule ------------------------------------------------------------------
    @api.model
    def _cron_run(self):
        """Every day: propose for every company, send what levels send by themselves.

        Only where somebody reminds already: installing sends no letter. The company's
        setting *Remind Automatically* starts it.
        """
        companies = self.env["res.company"].search(
            [("parent_id", "=", False), ("credit_dunning_auto", "=", True)]
        )
        today = fields.Date.today()
        dunned = self.env["credit.file"].search([("dunning_level", ">", 0)])
        dunned._refresh_dunning()
        for company in companies:
            if self.search_count(
                [
                    ("company_id", "=", company.id),
                    ("date", "=", today),
                    ("manual", "=", False),
                    ("user_id", "=", self.env.uid),
                ],
                limit=1,
            ):
                continue
            run = self._create_run(company)
            automatic = run.notice_ids.filtered("level_id.automatic")
            if not run.notice_ids:
                run.unlink()
            elif not run.needs_approval:
                automatic._queue()
            self.env["ir.cron"]._commit_progress(1)
