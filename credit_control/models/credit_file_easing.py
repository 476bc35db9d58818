"""Who may be easier with a customer by his own signature: grade, terms, group, stop."""

from odoo import api, models
from odoo.exceptions import AccessError

from ..tools import approval
from ..tools.facts import STRICTNESS

#: Changes of these are weighed like a review that leaves the limit as it is.
WEIGHED = frozenset(
    {
        "grade_id",
        "group_id",
        "group_exempt",
        "payment_term_id",
        "max_discount_pct",
        "deposit_pct",
        "state",
    }
)
#: From here on a state holds orders; being watched holds none.
HOLDING = STRICTNESS["prospect"]


class CreditFile(models.Model):
    """A better grade, longer terms, a lower deposit, a way out of the group's limit or
    out of a stop are as good as a limit: who grants them answers for what the customer
    may owe. So they take the authority that a review with the same values takes. Being
    stricter takes none.
    """

    _inherit = "credit.file"

    @api.model_create_multi
    def create(self, vals_list):
        """A file is born without grade and group: what they give is granted."""
        files = super().create(vals_list)
        if not self.env.su:
            for file in files.filtered(lambda one: one.grade_id or one.group_id):
                ceiling = file._get_ceiling_with(file)
                if ceiling > file._get_ceiling_with(file.new()):
                    file._check_signing(approval.Request(ceiling), file.grade_id)
        return files

    def write(self, vals):
        """:raise AccessError: for what one signature of the user's is not enough for"""
        if WEIGHED & vals.keys() and not self.env.su and self._may_decide():
            for file in self:
                file._check_easing(vals)
        return super().write(vals)

    def _check_easing(self, vals):
        """:raise AccessError: naming the way to those who may"""
        self.ensure_one()
        names = WEIGHED & vals.keys()
        if names == {"state"} and not self._is_let_out(vals["state"]):
            return
        planned = self.new(origin=self)
        planned.update({name: vals[name] for name in names})
        if not self._is_eased(planned):
            return
        request = self._get_easing_request(planned)
        self._check_signing(request, self._get_weighed_grade(planned.grade_id))

    def _check_signing(self, request, grade):
        if self._may_sign_alone(request, grade):
            return
        raise AccessError(
            self.env._(
                "%(customer)s: this makes it easier for a customer who may owe "
                "%(amount)s, which is beyond your own authority. Make a review on the "
                "credit file, or ask somebody of higher authority.",
                customer=self.display_name,
                amount=self.env._("any amount")
                if request.amount == approval.UNLIMITED
                else self.company_id.currency_id.format(request.amount),
            )
        )

    # -- what is easier ---------------------------------------------------------------
    def _is_eased(self, planned):
        """Would the values of ``planned`` be easier for the customer than now?"""
        return (
            self._is_better_grade(planned.grade_id)
            or self._is_let_out(planned.state)
            or self._is_agreed_easier(planned)
            or self._get_ceiling_with(planned) > self._get_ceiling_with(self)
        )

    def _is_let_out(self, state):
        """Does the state hold his orders, and ``state`` would not?"""
        return STRICTNESS[state] < HOLDING <= STRICTNESS[self.state]

    def _is_better_grade(self, grade):
        """Better, or none any more: then nobody looks at the one he had."""
        grade = grade._origin
        now = self.grade_id
        return bool(now) and grade != now and self._get_weighed_grade(grade) == now

    def _is_agreed_easier(self, planned):
        """Longer terms, a higher cash discount or a lower deposit: the file's own, else
        what the grade says. Days are without end where neither says any."""
        grade = self.grade_id
        days = [
            term._credit_terms()[0] if term else grade.max_terms_days or float("inf")
            for term in (self.payment_term_id, planned.payment_term_id._origin)
        ]
        discounts = [
            file.max_discount_pct or grade.max_discount_pct for file in (self, planned)
        ]
        deposits = [file.deposit_pct or grade.deposit_pct for file in (self, planned)]
        return (
            days[1] > days[0]
            or discounts[1] > discounts[0]
            or deposits[1] < deposits[0]
        )

    def _get_weighed_grade(self, grade):
        """The worse of the grade now and ``grade``: nobody makes a request easier by a
        better grade."""
        return max(
            self.grade_id | grade._origin,
            key=lambda grade: (grade.sequence, grade.id),
            default=self.env["credit.grade"],
        )

    def _get_ceiling_with(self, planned):
        """Up to how much the customer could owe with the grade and group of
        ``planned``, in company currency; infinity where nothing is checked."""
        # sudo: as _get_customer_facts
        file = self.sudo()
        facts, currency = file._get_facts_with(
            planned.grade_id._origin.sudo(),
            self.env["credit.group"].sudo()
            if planned.group_exempt
            else planned.group_id._origin.sudo(),
        )
        if (limit := facts.effective_limit) is None:
            return approval.UNLIMITED
        return file._to_company(limit, currency)

    # -- what it asks for -------------------------------------------------------------
    def _get_easing_request(self, planned):
        """An unchanged limit counts as it is, and no less than what could be owed with
        the change where that is more than now."""
        now = self._get_own_limit()
        then = self._get_kept_amount(now, planned.grade_id._origin, self._get_owed())
        ceiling = self._get_ceiling_with(planned)
        if ceiling > self._get_ceiling_with(self):
            then = max(then, ceiling)
        return approval.Request(then, approval.increase_pct(now, then))

    def _get_owed(self):
        """What is owed and ordered now, in company currency."""
        key = (self.partner_id.id, self.company_id.id)
        position = self.sudo()._get_positions([key])[key]
        return self._to_company(position.figures.used or 0.0, position.currency)

    def _get_kept_amount(self, now, grade, owed):
        """What an unchanged limit counts: what was granted, else what is owed or what
        the grade gives to customers without a limit of their own."""
        if now is not None:
            return now
        if self.limit_mode == "inherit" and grade.limit_mode == "unlimited":
            return approval.UNLIMITED
        by_grade = 0.0
        if self.limit_mode == "inherit" and grade.limit_mode == "amount":
            by_grade = self._to_company(grade.credit_limit, grade.currency_id)
        return max(by_grade, owed)
