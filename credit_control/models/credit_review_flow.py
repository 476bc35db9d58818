"""From the first look to the last signature, and what follows from it."""

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools import approval
from .credit_authority import MOST_DECIDERS
from .credit_review import EDITABLE, OPEN
from .credit_review_making import REVIEW_ACTIVITY

APPROVE_ACTIVITY = "credit_control.mail_activity_type_review_approve"


class CreditReview(models.Model):
    _inherit = "credit.review"

    can_sign = fields.Boolean(
        compute="_compute_can_sign", help="It is your turn to approve."
    )

    @api.depends("approver_ids", "state")
    @api.depends_context("uid")
    def _compute_can_sign(self):
        """For the buttons only: ``_sign`` reads the table of authorities anew."""
        for review in self:
            # sudo: whether one is among them
            approvers = review.sudo().approver_ids
            review.can_sign = (
                review.state == "to_approve" and self.env.user in approvers
            )

    @api.readonly
    def action_decide(self):
        """The dialog that asks for decision and reason."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Decide on %(review)s", review=self.name),
            "res_model": "credit.review.decision",
            "view_mode": "form",
            "target": "new",
            "context": {"default_review_id": self.id},
        }

    # -- preparing ------------------------------------------------------------------
    def action_start(self):
        """Somebody takes it on; its plan of activities begins."""
        self.check_access("write")
        for review in self:
            review._check_state(("draft",))
            # sudo: the state is written by methods only
            review.sudo().write(
                {
                    "state": "in_review",
                    "user_id": (review.user_id or self.env.user).id,
                }
            )
            review._schedule_plan()

    def _schedule_plan(self):
        """The activities of the template's plan, for the owner."""
        plan = self.sudo().template_id.plan_id  # sudo: configuration
        if not plan:
            return
        self.env["mail.activity.schedule"].create(
            {
                "res_model": self._name,
                "res_ids": str(self.ids),
                "plan_id": plan.id,
                "plan_date": self.date_due,
                "plan_on_demand_user_id": self.user_id.id,
            }
        ).action_schedule_plan()

    def action_measure(self):
        """Read the figures of today, and propose a limit by them."""
        self.check_access("write")
        self._check_state(EDITABLE)
        self._measure()

    def action_take_proposal(self):
        """Propose what the figures propose."""
        self.check_access("write")
        self._check_state(EDITABLE)
        for review in self:
            proposal = review.proposal or {}
            if proposal.get("amount") is None:
                raise UserError(
                    self.env._(
                        "%(review)s: nothing is known that a limit could be measured "
                        "by. Enter the limit by hand.",
                        review=review.name,
                    )
                )
            review.write(
                {
                    "limit_mode": "amount",
                    "limit_kind": "permanent",
                    "credit_limit": review.proposal_amount,
                    "currency_id": review.proposal_currency_id.id,
                }
            )

    def action_submit(self):
        """Hand it to those who approve.

        :raise UserError: for an open checklist, values that make no sense, or where
            nobody may approve
        """
        self.check_access("write")
        for review in self:
            review._check_state(EDITABLE)
            review._check_complete()
            review._remember_involved(self.env.user)
            review._measure()
            # sudo: state and signatures are written by methods only
            submitted = review.sudo()
            submitted.write(
                {
                    "state": "to_approve",
                    "submitted_by": self.env.uid,
                    "submitted_on": fields.Datetime.now(),
                    "user_id": (review.user_id or self.env.user).id,
                }
            )
            submitted.step_ids.unlink()
            plan = submitted._sync_steps()
            submitted._check_signers(plan)
            submitted.activity_unlink([REVIEW_ACTIVITY])
            submitted._ask_signers(plan[0])

    def _check_state(self, states):
        labels = dict(self._fields["state"]._description_selection(self.env))
        for review in self:
            if review.state not in states:
                raise UserError(
                    self.env._(
                        "%(review)s is in the state %(state)s: this is not possible "
                        "any more.",
                        review=review.name,
                        state=labels[review.state],
                    )
                )

    def _check_complete(self):
        """:raise UserError: saying what is missing"""
        if left := self._get_open_items():
            raise UserError(
                self.env._(
                    "%(review)s: the checklist is still open: %(points)s. Do these "
                    "points first.",
                    review=self.name,
                    points=", ".join(left.mapped("name")),
                )
            )
        if self.limit_kind == "temporary" and self.limit_mode not in ("amount", "keep"):
            raise UserError(
                self.env._("A temporary limit adds an amount: choose the mode Amount.")
            )
        if self.limit_mode == "amount" and self.limit_kind == "temporary":
            if not self.credit_limit or not self.limit_date_to:
                raise UserError(
                    self.env._(
                        "A temporary limit needs an amount above 0 and its last day "
                        "(Valid To)."
                    )
                )
        if self.limit_date_to and self.limit_date_to < fields.Date.today():
            raise UserError(
                self.env._(
                    "The proposed limit would end in the past. Correct Valid To."
                )
            )

    # -- who signs ------------------------------------------------------------------
    def _get_request(self) -> approval.Request:
        """What is to be approved, in the company's currency.

        An unchanged limit counts as it is, or by what is owed where there is none: who
        approves a customer answers for that. A new one counts with what comes on top,
        and with what it replaces later on.
        """
        self.ensure_one()
        file = self.file_id
        now = file._get_own_limit()
        if self.limit_mode == "keep":
            then = self._get_kept_amount(now)
        elif self.limit_mode == "unlimited":
            then = approval.UNLIMITED
        elif self.limit_mode == "none":
            then = 0.0
        else:
            then = file._to_company(self.credit_limit, self.currency_id)
            if self.limit_kind == "temporary":
                then += now or 0.0
        if self.limit_mode != "keep":
            vals = self._prepare_limit_vals()
            then = max(then, file._get_grants({file.id: vals})[file.id] or 0.0)
        increase = approval.increase_pct(now, then)
        return approval.Request(then, increase, self.deal_amount)

    def _prepare_limit_vals(self):
        """The line of the journal that is asked for."""
        today = fields.Date.today()
        return {
            "kind": self.limit_kind,
            "mode": self.limit_mode,
            "amount": self.credit_limit,
            "currency_id": self.currency_id.id,
            "date_from": max(self.date_from or today, today),
            "date_to": self.limit_date_to or None,
        }

    def _get_kept_amount(self, now):
        """What an unchanged limit counts, and what the proposed grade makes of it."""
        file, figures = self.file_id, self.figures or {}
        currency = self.env["res.currency"].browse(
            figures.get("currency_id") or self.company_id.currency_id.id
        )
        owed = file._to_company(figures.get("used") or 0.0, currency)
        then = file._get_kept_amount(now, self.grade_id, owed)
        planned = file.new({"grade_id": self.grade_id.id}, origin=file)
        ceiling = file._get_ceiling_with(planned)
        if ceiling > file._get_ceiling_with(file):
            then = max(then, ceiling)
        return then

    def _get_weighed_grade(self):
        """The worse of the grade now and the one proposed: nobody makes his request
        easier by a better grade."""
        return self.file_id._get_weighed_grade(self.grade_id)

    def _get_excluded(self):
        """Four eyes: who asked, prepared or submitted, unless the company lets him;
        and who has signed already signs no second time."""
        signed = self.step_ids.filtered("decided_by")
        if self.company_id.credit_allow_self_decision:
            return signed.decided_by
        return (
            self.involved_ids
            | self.requested_by
            | self.submitted_by
            | signed.decided_by
            | signed.decided_for_id
        )

    def _sync_steps(self):
        """The signatures that are still missing, as the table of authorities says now;
        the records and who may sign follow it. What was signed stays.

        :return: list of ``credit_authority_steps.Signing``
        """
        plan = self.env["credit.authority"]._get_plan(
            self.company_id,
            self._get_weighed_grade(),
            self._get_request(),
            self._get_excluded(),
            self.file_id.user_id,
        )
        signed = self.step_ids.filtered("decided_by")
        missing = [one for one in plan if one.key not in signed.mapped("key")]
        waiting = self.step_ids - signed
        if waiting.mapped("key") != [one.key for one in missing]:
            waiting.unlink()
            self.env["credit.review.step"].create(
                [
                    {
                        "review_id": self.id,
                        "sequence": 10 * at + 1000 * bool(signed),
                        "key": one.key,
                        "name": one.label,
                    }
                    for at, one in enumerate(missing, 1)
                ]
            )
        first = missing[0].people if missing else {}
        people = self.env["res.users"].browse([user.id for user in first])
        if people != self.approver_ids:
            self.approver_ids = people
        return missing

    def _check_signers(self, plan):
        for one in plan:
            if not one.people:
                raise UserError(
                    self.env._(
                        "Nobody may give the signature “%(step)s” for %(review)s: "
                        "whoever prepared it does not approve it. Ask a credit manager "
                        "to give somebody the authority.",
                        step=one.label,
                        review=self.name,
                    )
                )

    def _ask_signers(self, signing):
        """An activity for those whose turn it is; the clock of the reminder starts."""
        self.activity_unlink([APPROVE_ACTIVITY])
        self.write(
            {
                "asked_on": fields.Date.today(),
                "reminded_on": False,
                "escalated_on": False,
            }
        )
        self._ask_people(list(signing.people)[:MOST_DECIDERS])

    def _ask_people(self, users, escalated=False):
        kind = self.env.ref(APPROVE_ACTIVITY)
        model_id = self.env["ir.model"]._get_id(self._name)
        self.env["mail.activity"].with_user(SUPERUSER_ID).create(
            [
                {
                    "activity_type_id": kind.id,
                    "res_model_id": model_id,
                    "res_id": self.id,
                    "user_id": user.id,
                    "summary": self._get_activity_summary(user, escalated),
                    "automated": True,
                }
                for user in users
            ]
        )

    def _get_activity_summary(self, user, escalated=False):
        env = self.with_context(lang=user.lang).env
        if escalated:
            return env._(
                "Waits for approval since %(day)s: %(review)s",
                day=self.asked_on,
                review=self.display_name,
            )
        return env._("Approve: %(review)s", review=self.display_name)

    def action_take_back(self):
        """Who submitted it goes on working on it."""
        self.check_access("write")
        for review in self:
            review._check_state(("to_approve",))
            review._check_mine()
            # sudo: state and signatures are written by methods only
            review.sudo()._return(self.env._("Taken back."))

    def action_withdraw(self):
        """It is needed no more."""
        self.check_access("write")
        for review in self:
            review._check_state(OPEN)
            review._check_mine()
            # sudo: the state is written by methods only
            review.sudo()._close("withdrawn", self.env._("Withdrawn."))

    def _check_mine(self):
        """:raise AccessError: for reviews of colleagues, unless by a manager. Once it
        is submitted, being made its owner is no part in it."""
        own = self.sudo().involved_ids | self.requested_by | self.submitted_by
        if self.state in EDITABLE:
            own |= self.user_id
        manager = self.env.user.has_group("credit_control.group_credit_manager")
        if own and self.env.user not in own and not manager:
            raise AccessError(
                self.env._(
                    "%(review)s is the work of %(names)s. Ask them, or a credit "
                    "manager.",
                    review=self.name,
                    names=", ".join(own.mapped("name")),
                )
            )
