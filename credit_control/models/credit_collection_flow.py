"""The life of a case: stages with deadlines, closing, recalling, the daily job."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL

from .credit_collection_case import LOSSES, OUTCOMES
from .handing_out import in_lang_of

ACTIVITY = "credit_control.mail_activity_type_case"
#: So many cases are looked at between two commits of the job.
BATCH = 200
#: Who takes a claim back. Closing with a loss: approvers.
RECALLERS = ("account.group_account_invoice", "credit_control.group_credit_approver")


class CreditCollectionCase(models.Model):
    """A stage sets the next deadline and an activity for the owner. The job reminds of
    deadlines that passed, once each, and marks cases of which all is paid; paying
    itself asks nothing here."""

    _inherit = "credit.collection.case"

    # -- stages ---------------------------------------------------------------------
    @api.constrains("stage_id", "kind")
    def _check_stage(self):
        for case in self:
            if case.stage_id and case.stage_id.kind != case.kind:
                kinds = dict(self._fields["kind"]._description_selection(self.env))
                raise ValidationError(
                    self.env._(
                        "%(stage)s is no stage of a case of kind %(kind)s.",
                        stage=case.stage_id.name,
                        kind=kinds[case.kind],
                    )
                )

    def _prepare_stage_vals(self, vals):
        """A new stage sets the next deadline, unless one is given with it."""
        stage = self.env["credit.collection.stage"].browse(vals["stage_id"])
        deadline = False
        if stage.deadline_days:
            today = fields.Date.context_today(self)
            deadline = fields.Date.add(today, days=stage.deadline_days)
        return {"deadline": deadline} | vals

    def _remind_owner(self):
        """One activity per open case for its owner, on the day of the deadline."""
        # sudo: the reminder follows the case, whoever changes it
        cases = self.sudo().filtered(lambda case: case.state == "open")
        cases.activity_unlink([ACTIVITY])
        cases._make_activities(
            {
                case: (
                    case.stage_id.name or case.display_name,
                    case.deadline or fields.Date.today(),
                    case.stage_id.script,
                )
                for case in cases
                if case.deadline or case.stage_id.script
            }
        )

    def _make_activities(self, wanted):
        """Activities for the owners, ``{case: (summary, day, note)}``, all at once."""
        kind = self.env.ref(ACTIVITY)
        self.mapped("display_name")  # the host asks for them one by one
        model_id = self.env["ir.model"]._get_id(self._name)
        values = [
            {
                "activity_type_id": kind.id,
                "automated": True,
                "res_model_id": model_id,
                "res_id": case.id,
                "user_id": user.id,
                "summary": summary,
                "note": note or False,
                "date_deadline": day,
            }
            for case, (summary, day, note) in wanted.items()
            if (user := case._get_owner())
        ]
        self.env["mail.activity"].sudo().with_context(  # sudo: for the owner
            mail_activity_quick_update=True
        ).create(values)

    def _get_owner(self):
        """The owner; where he has left, whoever looks after the customer."""
        if self.user_id.active and not self.user_id.share:
            return self.user_id
        return self.env["credit.item.mixin"]._get_owner(
            self.partner_id, self.company_id
        )

    # -- closing --------------------------------------------------------------------
    @api.readonly
    def action_close(self):
        """The window that asks for the outcome."""
        self.ensure_one()
        name = self.env._("Close Case")
        return self._open_closing(name, "paid" if not self.amount_open else "partly")

    @api.readonly
    def action_recall(self):
        """The window that asks why the claim is taken back."""
        self.ensure_one()
        return self._open_closing(self.env._("Recall Case"), "recalled")

    def _open_closing(self, name, outcome):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "credit.collection.close",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_case_id": self.id, "default_outcome": outcome},
        }

    def _close(self, outcome, note):
        """End the case. What was lost is still not reminded of; after *paid* and
        *recalled* dunning goes on at the level that the items had reached.

        :raise UserError: for an outcome that does not fit the figures
        :raise AccessError: for who may not give anything up, or not recall
        """
        self.check_access("write")
        if outcome not in dict(OUTCOMES) or not (note or "").strip():
            raise UserError(self.env._("Choose the outcome and say what came of it."))
        figures = self.sudo()._read_figures()  # sudo: the same for every viewer
        for case in self:
            case._check_outcome(outcome, figures.get(case.id, {}))
        # sudo: written by this button only
        cases = self.sudo()
        cases.activity_unlink([ACTIVITY])
        cases.line_ids.write({"is_open": False, "rests": outcome in LOSSES})
        cases.write(
            {
                "state": "closed",
                "outcome": outcome,
                "closed_on": fields.Date.today(),
                "closed_by": self.env.uid,
                "close_note": note,
                "ready": False,
            }
        )

    def _check_outcome(self, outcome, figures):
        still_open = figures.get("amount_open", 0.0)
        lost = figures.get("written_off", 0.0)
        if self.state != "open":
            raise UserError(
                self.env._(
                    "%s is not handed over: there is nothing to close.",
                    self.display_name,
                )
            )
        if outcome == "paid" and self.currency_id.compare_amounts(still_open, 0) > 0:
            raise UserError(
                self.env._(
                    "%(amount)s is still open: it is not paid. Register the payment, "
                    "or choose what became of the rest.",
                    amount=self.currency_id.format(still_open),
                )
            )
        if outcome == "recalled":
            self._check_recaller()
        elif (outcome in LOSSES or lost > 0) and not self._may_lose():
            raise AccessError(
                self.env._(
                    "%(amount)s is given up. Only a credit approver may close a case "
                    "with a loss; ask one.",
                    amount=self.currency_id.format(still_open + lost),
                )
            )

    def _may_lose(self):
        return self.env.su or self.env.user.has_group(
            "credit_control.group_credit_approver"
        )

    def _check_recaller(self):
        if not self.env.su and not any(map(self.env.user.has_group, RECALLERS)):
            raise AccessError(
                self.env._(
                    "Only people of Invoicing and credit approvers recall a case."
                )
            )

    def action_reopen(self):
        """Back to collection: a payment bounced, or it was closed by mistake."""
        self.check_access("write")
        if not self._may_lose():
            raise AccessError(self.env._("Only a credit approver reopens a case."))
        for case in self:
            if case.state != "closed":
                raise UserError(self.env._("%s is not closed.", case.display_name))
        cases = self.sudo()  # sudo: written by buttons only
        cases._check_collected_once(cases.line_ids.move_line_id)
        cases.line_ids.write({"is_open": True, "rests": True})
        cases.write(
            {
                "state": "open",
                "outcome": False,
                "closed_on": False,
                "closed_by": False,
                "reminded_for": False,
            }
        )
        cases._remind_owner()

    # -- pages ----------------------------------------------------------------------
    @api.readonly
    def action_open_items(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Items"),
            "res_model": "credit.collection.case.line",
            "domain": [("case_id", "=", self.id)],
            "views": [(False, "list")],
        }

    @api.readonly
    def action_open_invoices(self):
        self.ensure_one()
        return self.line_ids.move_id._get_records_action(name=self.env._("Invoices"))

    @api.readonly
    def action_open_costs(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Costs"),
            "res_model": "credit.collection.cost",
            "domain": [("case_id", "=", self.id)],
            "context": {"default_case_id": self.id},
            "views": [(False, "list")],
        }

    def action_add_items(self):
        """The window to add items of the customer to this case."""
        self.ensure_one()
        wizard = self.env["credit.collection.wizard"]
        return wizard._open(self.partner_id, self.company_id, case=self)

    # -- the daily job --------------------------------------------------------------
    @api.model
    def _cron_follow(self):
        """Remind of passed deadlines, mark what is paid; commits and resumes."""
        self._mark_ready()
        self.env["ir.cron"]._commit_progress()
        today = fields.Date.today()
        domain = [("state", "=", "open"), ("deadline", "<", today)]
        late = self.search(domain).filtered(
            lambda case: case.reminded_for != case.deadline
        )
        for start in range(0, len(late), BATCH):
            batch = late[start : start + BATCH]
            batch._tell_late()
            left = len(late) - start - len(batch)
            if not self.env["ir.cron"]._commit_progress(len(batch), remaining=left):
                break

    def _tell_late(self):
        """A message to the owner: his activity is red, this reaches him elsewhere."""
        for case in self:
            owner = case._get_owner()
            if owner:
                lang = owner.lang or self.env.lang
                case.message_notify(
                    partner_ids=owner.partner_id.ids,
                    subject=case.with_context(lang=lang).env._(
                        "Deadline passed: %s", case.display_name
                    ),
                    body=case.with_context(lang=lang).env._(
                        "%(stage)s was due on %(day)s.",
                        stage=case.with_context(lang=lang).stage_id.name
                        or case.display_name,
                        day=fields.Date.to_string(case.deadline),
                    ),
                )
            case.reminded_for = case.deadline

    @api.model
    def _mark_ready(self):
        """Cases of which nothing is open any more; or is again, after a bounce."""
        self.flush_model(["state", "ready"])
        self.env["credit.collection.case.line"].flush_model(["case_id", "move_line_id"])
        self.env["account.move.line"].flush_model(
            ["amount_residual_currency", "parent_state"]
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, settled
                  FROM (SELECT claim.id, claim.ready, NOT coalesce(bool_or(
                               item.parent_state = 'posted'
                               AND item.amount_residual_currency > 0), FALSE) AS settled
                          FROM credit_collection_case claim
                          JOIN credit_collection_case_line line
                            ON line.case_id = claim.id
                          LEFT JOIN account_move_line item
                            ON item.id = line.move_line_id
                         WHERE claim.state = 'open'
                         GROUP BY claim.id) AS measured
                 WHERE settled <> coalesce(ready, FALSE)
                """
            )
        )
        settled = self.browse([case_id for case_id, done in rows if done])
        unsettled = self.browse([case_id for case_id, done in rows if not done])
        settled.write({"ready": True})
        unsettled.write({"ready": False})
        today = fields.Date.today()
        settled._make_activities(
            {
                case: (
                    in_lang_of(case, case._get_owner()).env._(
                        "Nothing is open any more: close the case"
                    ),
                    today,
                    False,
                )
                for case in settled
            }
        )
