"""Which signatures a limit needs, and who may give them."""

from typing import NamedTuple

from odoo import api, fields, models

from ..tools import approval


class Signing(NamedTuple):
    """One signature of a plan.

    ``key`` names the step (0: anybody whose authority is enough), ``people`` who may
    sign: ``{user: for whom he stands in, or nobody}``, those to be asked first first.
    """

    key: int
    label: str
    people: dict


class CreditAuthority(models.Model):
    """The table also says who must take part in a limit, and in which order.

    ``_get_plan`` is the one way to ask; the decision of a review, the limit wizard, a
    limit set directly and the simulation all call it. The arithmetic is in
    ``tools.approval``. A constant number of queries, plus the groups of the people
    that the table names.
    """

    _inherit = "credit.authority"

    step = fields.Integer(
        default=10, help="Where several have to sign, the lowest number signs first."
    )
    max_increase_pct = fields.Float(
        "Increase Up To (%)",
        tracking=True,
        help="Of the limit that holds now. 0: whatever the increase.",
    )
    joint = fields.Boolean(
        "Must Take Part",
        tracking=True,
        help="Signs as well where somebody else's authority would be enough, or before "
        "somebody of higher authority.",
    )
    joint_above = fields.Monetary(
        "Takes Part Above", tracking=True, help="Limit or order that asks for it."
    )
    joint_increase_pct = fields.Float(
        "And From an Increase Above (%)",
        tracking=True,
        help="0: whatever the increase.",
    )

    _steps_positive = models.Constraint(
        """CHECK (step > 0 AND max_increase_pct >= 0 AND joint_above >= 0
           AND joint_increase_pct >= 0)""",
        "Step, amounts and percentages of an authority cannot be negative, and the "
        "step starts at 1.",
    )

    def _get_line_ceiling(self, request=None):
        if request is None:
            return super()._get_line_ceiling()
        return approval.ceiling(self._to_line(), request)

    def _to_line(self):
        """The line as ``tools.approval`` reads it."""
        self.ensure_one()
        return approval.Line(
            self.id,
            self.step,
            approval.UNLIMITED if self.unlimited else self.max_amount,
            self.max_increase_pct,
            self.joint,
            self.joint_above,
            self.joint_increase_pct,
        )

    # -- the plan -------------------------------------------------------------------
    @api.model
    def _get_plan(
        self, company, grade, request, excluded=None, responsible=None, lines=None
    ):
        """The signatures that a limit needs, in their order: a list of ``Signing``.

        :param request: ``tools.approval.Request``, in the company's currency
        :param excluded: users who may not sign (four eyes), nor lend their authority
        :param responsible: who looks after the customer: asked first
        :param lines: the whole table, where it was read already
        """
        # sudo: the table and the groups of colleagues
        company, grade = company.sudo(), grade.sudo()
        excluded = excluded if excluded is not None else self.env["res.users"]
        lines = self._get_lines() if lines is None else lines
        lines = self._get_table(lines, company, grade)
        holders = self._get_holders(lines, company, excluded)
        ceilings = {
            user: self._get_own_ceiling(user, company, grade, lines, "limit", request)
            for user in {owner for owners in holders.values() for owner in owners}
        }
        steps = approval.steps([line._to_line() for line in lines], request)
        plan = []
        for step in steps:
            needed = lines.browse(step.line_ids)
            enough = request.weight if step is steps[-1] else None
            people = self._get_signers(holders, ceilings, needed, enough)
            ranked = sorted(
                people, key=lambda user: (user != responsible, people[user][1], user.id)
            )
            label = self._get_step_label(needed, company, request)
            signers = {user: people[user][0] for user in ranked}
            plan.append(Signing(step.key, label, signers))
        return plan

    @api.model
    def _get_table(self, lines, company, grade):
        """The lines that speak of limits of this company and grade."""
        return lines.filtered(
            lambda line: (
                line.decides in ("all", "limit")
                and line.company_id in (company, company.browse())
                and (not line.grade_ids or grade in line.grade_ids)
            )
        )

    @api.model
    def _get_holders(self, lines, company, excluded):
        """``{user: users whose authority he may use}``, himself first."""
        found, nobody = {}, self.env["res.users"]
        for user in self._get_people(lines) - excluded:
            in_company = company in user.company_ids.root_id
            if in_company and user._has_group("credit_control.group_credit_user"):
                absent = self.env["credit.delegation"]._get_delegators(user, company)
                found[user] = (user, *((absent or nobody) - excluded))
        return found

    @api.model
    def _get_signers(self, holders, ceilings, lines, enough):
        """``{user: (for whom, ceiling)}`` of those who may give one signature.

        :param lines: those of which he must hold one; none: any
        :param enough: the ceiling he must have; None: any
        """
        found, nobody = {}, self.env["res.users"]
        for user, owners in holders.items():
            for owner in owners:
                held = not lines or any(
                    line.user_id == owner or line.group_id in owner.all_group_ids
                    for line in lines
                )
                able = enough is None or 0 < ceilings[owner] >= enough
                if held and able:
                    found[user] = (nobody if owner == user else owner, ceilings[owner])
                    break
        return found

    @api.model
    def _get_step_label(self, lines, company, request):
        if lines:
            return ", ".join(sorted(set(lines.mapped("display_name"))))
        if request.weight == approval.UNLIMITED:
            return self.env._("Unlimited authority")
        return self.env._(
            "Authority over %(amount)s",
            amount=company.currency_id.format(request.weight),
        )

    @api.model
    def _may_set_alone(self, user, company, grade, request):
        """Is the user's own signature all that the limit needs?"""
        plan = self._get_plan(company, grade, request)
        return len(plan) == 1 and user in plan[0].people
