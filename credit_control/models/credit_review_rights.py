"""Who may change what on a review, whatever client he uses."""

from odoo import Command, api, models
from odoo.exceptions import AccessError, UserError

from .credit_review import EDITABLE

#: What the credit team writes; everything else is measured or decided by methods.
TYPED = frozenset(
    {
        "kind",
        "file_id",
        "user_id",
        "date_due",
        "reason",
        "requested_amount",
        "requested_term_id",
        "grade_id",
        "limit_mode",
        "limit_kind",
        "credit_limit",
        "currency_id",
        "date_from",
        "limit_date_to",
        "payment_term_id",
        "deposit_pct",
        "conditions",
        "next_review_date",
        "note",
        "item_ids",
    }
)
#: What stays free to the end: it decides nothing.
ORGANISING = frozenset({"user_id", "date_due"})
#: Set once, when the review is made.
FROZEN = frozenset({"kind", "file_id"})
#: Whoever touches one of these has prepared the decision.
PROPOSED = TYPED - ORGANISING - {"item_ids"}
#: Written by the host, for chatter and activities.
TECHNICAL = ("message_", "activity_", "my_activity_", "website_message")


class CreditReview(models.Model):
    """The access list lets the credit team write reviews; here is what exactly. Only
    superuser methods are exempt, no context key is."""

    _inherit = "credit.review"

    @api.model_create_multi
    def create(self, vals_list):
        """A review of the team, with what holds now and the checklist.

        :raise AccessError: for values that methods set
        """
        if not self.env.su:
            for vals in vals_list:
                self._check_typed(
                    {
                        name
                        for name in vals.keys() - {"state", "name", "origin"}
                        if not name.startswith(TECHNICAL)
                    }
                )
                self._check_defaults(vals)
        return super().create(vals_list)

    def write(self, vals):
        if self.env.su:
            return super().write(vals)
        self.check_access("write")
        names = {name for name in vals if not name.startswith(TECHNICAL)}
        self._check_typed(names)
        if "user_id" in names:
            self._check_handing_over(vals["user_id"])
        for review in self:
            review._check_editable(names)
            if names & FROZEN and any(
                self._fields[name].convert_to_cache(vals[name], review)
                != self._fields[name].convert_to_cache(review[name], review)
                for name in names & FROZEN
            ):
                raise UserError(
                    self.env._(
                        "%(review)s stays a review of this kind and of this customer. "
                        "Make another one.",
                        review=review.name,
                    )
                )
        result = super().write(vals)
        if names & PROPOSED:
            self._remember_involved(self.env.user)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_draft(self):
        """What somebody has seen stays readable."""
        if kept := self.filtered(lambda review: review.state != "draft"):
            raise UserError(
                self.env._(
                    "%(review)s has been worked on and stays. Withdraw it instead.",
                    review=kept[0].name,
                )
            )

    def _check_typed(self, names):
        if strange := names - TYPED:
            raise AccessError(
                self.env._(
                    "%(fields)s of a review cannot be set by hand: use the buttons.",
                    fields=", ".join(sorted(strange)),
                )
            )

    def _check_defaults(self, vals):
        """A form sends the defaults of what it shows: those, and nothing else."""
        for name, default in (("state", "draft"), ("name", "/"), ("origin", "manual")):
            if vals.get(name, default) != default:
                self._check_typed({name})

    def _check_handing_over(self, user_id):
        """:raise AccessError: for who takes the work of a colleague"""
        if self.env.user.has_group("credit_control.group_credit_approver"):
            return
        for review in self:
            owner = review.user_id
            if owner and owner != self.env.user and owner.id != user_id:
                raise AccessError(
                    self.env._(
                        "%(review)s is in the hands of %(owner)s, who may hand it "
                        "over; so may a credit approver. Ask one of them.",
                        review=review.name,
                        owner=owner.name,
                    )
                )

    def _check_editable(self, names):
        names = names - ORGANISING
        if names and self.state not in EDITABLE:
            states = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(review)s is %(state)s: what was submitted does not change. "
                    "Take it back to work first, or make another review.",
                    review=self.name,
                    state=states[self.state],
                )
            )

    def _remember_involved(self, users):
        """Four eyes: who prepared does not approve, whatever he changes meanwhile."""
        # sudo: written by methods only
        reviews = self.sudo()
        for user in users:
            new = reviews.filtered(lambda one, user=user: user not in one.involved_ids)
            new.write({"involved_ids": [Command.link(user.id)]})
