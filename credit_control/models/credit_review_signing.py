"""Signatures: whose turn it is, what he says, and what is told to whom."""

from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from .credit_review_flow import APPROVE_ACTIVITY
from .credit_review_making import REVIEW_ACTIVITY
from .taking_turns import take_turn

DECISIONS = ("approve", "reject", "return")


class CreditReviewStep(models.Model):
    """One signature that a review needs, and who gave it; written by methods only."""

    _name = "credit.review.step"
    _description = "Signature of a Credit Review"
    _order = "sequence, id"

    review_id = fields.Many2one(
        "credit.review", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="review_id.company_id", store=True)
    file_id = fields.Many2one(related="review_id.file_id")
    sequence = fields.Integer()
    key = fields.Integer(help="The step in the table of authorities; 0: anybody.")
    name = fields.Char("Signature Of")
    decision = fields.Selection(
        [("approve", "Approved"), ("reject", "Rejected")], readonly=True
    )
    decided_by = fields.Many2one("res.users", "Signed By")
    decided_for_id = fields.Many2one("res.users", "Signed For")
    decided_on = fields.Datetime("Signed On")
    note = fields.Text("Reason")

    def _get_signed(self):
        """``[name, who]`` of the signatures that were given."""
        return [
            [step.name, step.decided_by.display_name]
            for step in self.filtered("decided_by")
        ]


class CreditReview(models.Model):
    _inherit = "credit.review"

    # -- signing --------------------------------------------------------------------
    def _sign(self, decision, reason):
        """Approve or reject in the user's name; with the last signature it is done.
        Of two who sign at once the second one is asked by what the first has left.

        :param decision: ``"approve"``, ``"reject"`` or ``"return"`` (back to work)
        :raise AccessError: not his turn, not his authority, or four eyes
        :raise UserError: decided already, no reason, or the checklist is open
        """
        self.check_access("read")
        self.ensure_one()
        # sudo: nobody may write decisions; the rights are checked right below
        review = self.sudo()
        take_turn(review)
        review._check_state(("to_approve",))
        if not (reason := (reason or "").strip()):
            raise UserError(self.env._("Give the reason of the decision."))
        if decision not in DECISIONS:
            raise UserError(self.env._("Choose to approve, to reject or to return it."))
        plan = review._sync_steps()
        if not plan:
            return self._sign_enough(decision)
        represented = review._check_may_sign(plan[0])
        if decision == "return":
            return review._return(reason)
        if decision == "approve":
            review._check_complete()
        review.step_ids.filtered(lambda step: step.key == plan[0].key).write(
            {
                "decided_by": self.env.uid,
                "decided_for_id": represented.id,
                "decision": decision,
                "decided_on": fields.Datetime.now(),
                "note": reason,
            }
        )
        review._tell(decision, reason, represented)
        if decision == "reject":
            return review._close("rejected", reason)
        left = review._sync_steps()
        if left:
            review._check_signers(left)
            return review._ask_signers(left[0])
        review._apply_decision(reason)
        return review._close("approved", reason)

    def _sign_enough(self, decision):
        """Nobody's turn: the table became easier after somebody had signed."""
        self.check_access("write")
        if decision != "approve":
            raise UserError(
                self.env._(
                    "%(review)s has all signatures that it needs by now. Approve to "
                    "finish it; whoever submitted it may take it back.",
                    review=self.name,
                )
            )
        self.sudo()._finish()  # sudo: see _sign

    def _finish(self):
        """The table of authorities asks for no more than what was signed already: the
        decision is that of who signed last. What no longer fits goes back to work."""
        last = self.step_ids.filtered("decided_by").sorted("decided_on")[-1:]
        # sudo: in the name of who signed, who had the right to it
        review = self.with_user(last.decided_by).sudo()
        try:
            with self.env.cr.savepoint():
                review._check_complete()
                review._apply_decision(last.note)
                review._close("approved", last.note)
        except UserError as error:
            self._return(str(error))

    def _check_may_sign(self, signing):
        """For whom the user stands in.

        :raise AccessError: saying whose turn it is
        """
        user = self.env.user
        if user in signing.people:
            return signing.people[user]
        names = ", ".join(one.name for one in list(signing.people)[:5])
        names = names or self.env._("nobody yet")
        if user in self._get_excluded():
            raise AccessError(
                self.env._(
                    "You asked for %(review)s, prepared it or have signed it already, "
                    "so somebody else has to decide. Ask: %(names)s.",
                    review=self.name,
                    names=names,
                )
            )
        raise AccessError(
            self.env._(
                "%(review)s now needs the signature “%(step)s”, which is not yours to "
                "give. Ask: %(names)s.",
                review=self.name,
                step=signing.label,
                names=names,
            )
        )

    def _return(self, reason):
        """Back to work: the signatures given so far count no more."""
        self._tell("return", reason, self.env["res.users"])
        self.env["credit.log"]._add(
            "review_returned",
            self,
            before={"state": self.state, "signed": self.step_ids._get_signed()},
            after={"state": "in_review"},
            reason=reason,
        )
        self.step_ids.unlink()
        self.activity_unlink([APPROVE_ACTIVITY])
        self.write({"state": "in_review", "approver_ids": False, "asked_on": False})
        self._ask_owners()

    def _close(self, state, reason):
        self.write(
            {
                "state": state,
                "approver_ids": False,
                "decided_by": self.env.uid,
                "decided_for_id": self._get_represented().id,
                "decision_date": fields.Datetime.now(),
                "decision_reason": reason,
            }
        )
        self.activity_unlink([REVIEW_ACTIVITY, APPROVE_ACTIVITY])

    def _get_represented(self):
        """For whom the user signed."""
        own = self.step_ids.filtered(lambda step: step.decided_by == self.env.user)
        return own.decided_for_id[:1]

    def _tell(self, decision, reason, represented):
        """The chatter says who signed, for whom, and why; not by tracking, which a
        context key can switch off."""
        name = self.env.user.name
        texts = {
            "approve": self.env._("Approved by %(user)s.", user=name),
            "reject": self.env._("Rejected by %(user)s.", user=name),
            "return": self.env._("Returned to work by %(user)s.", user=name),
        }
        lines = [texts[decision]]
        if represented:
            lines.append(
                self.env._(
                    "%(user)s decided for %(delegator)s.",
                    user=self.env.user.name,
                    delegator=represented.name,
                )
            )
        lines.append(self.env._("Reason: %(reason)s", reason=reason))
        people = (self.user_id | self.requested_by | self.submitted_by) - self.env.user
        self.message_post(
            body=Markup("<br/>").join(lines),
            subtype_xmlid="mail.mt_note",
            partner_ids=people.filtered(
                lambda user: user._has_group("credit_control.group_credit_user")
            ).partner_id.ids,
        )
