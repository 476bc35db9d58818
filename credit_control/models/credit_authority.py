from odoo import api, fields, models
from odoo.exceptions import ValidationError

#: At most so many people get an activity for one hold.
MOST_DECIDERS = 10


class CreditAuthority(models.Model):
    """Who may decide a hold or a limit, up to which amount and for which grades.

    Amounts are in the company currency of the hold. For one hold and one person the
    most specific line counts: his own before one of his groups, one that names the
    customer's grade before one for every grade, one of the company before one for
    every company; among equals the highest amount. So a line for a person or a grade
    may grant less than the general one. Without any line a person decides nothing,
    and a line gives nothing to somebody outside the credit team.
    """

    _name = "credit.authority"
    _description = "Credit Authority"
    _inherit = ["mail.thread"]
    _order = "group_id, user_id, id"
    _rec_name = "user_id"

    user_id = fields.Many2one(
        "res.users",
        "Person",
        index="btree_not_null",
        ondelete="cascade",
        domain=[("share", "=", False)],
        tracking=True,
    )
    group_id = fields.Many2one(
        "res.groups",
        index="btree_not_null",
        # not with its authority: that would be a decision nobody has logged
        ondelete="restrict",
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company",
        index="btree_not_null",
        domain=[("parent_id", "=", False)],
        tracking=True,
        help="Empty: every company. The amount is in the company's currency.",
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    unlimited = fields.Boolean(tracking=True)
    max_amount = fields.Monetary("Up to", tracking=True)
    grade_ids = fields.Many2many(
        "credit.grade",
        string="Grades",
        help="Only for customers of these grades. Empty: whatever the grade.",
    )
    active = fields.Boolean(default=True, tracking=True)
    decides = fields.Selection(
        [
            ("all", "Holds and limits"),
            ("hold", "Holds only"),
            ("limit", "Limits only"),
        ],
        default="all",
        required=True,
        tracking=True,
    )

    _max_amount_positive = models.Constraint(
        "CHECK (max_amount >= 0)",
        "The amount a person may decide cannot be negative. Enter 0 or more.",
    )
    _one_holder = models.Constraint(
        "CHECK (num_nonnulls(user_id, group_id) = 1)",
        "A credit authority is for one person or for one group. Fill in either Person "
        "or Group.",
    )

    # -- computes and checks --------------------------------------------------------
    @api.depends("company_id")
    @api.depends_context("company")
    def _compute_currency_id(self):
        for authority in self:
            company = authority.company_id or self.env.company.root_id
            authority.currency_id = company.currency_id

    @api.depends("user_id", "group_id")
    def _compute_display_name(self):
        for authority in self:
            holder = authority.user_id or authority.group_id
            authority.display_name = holder.display_name

    @api.constrains("company_id", "grade_ids")
    def _check_main_company(self):
        """Holds are kept at the root company, so a branch's line would never fit."""
        for authority in self:
            company = authority.company_id
            if company.parent_id:
                raise ValidationError(
                    self.env._(
                        "Credit is kept at the main company: choose %(company)s "
                        "instead of the branch.",
                        company=company.root_id.name,
                    )
                )
            foreign = authority.grade_ids.filtered("company_id")
            if company and foreign.company_id - company:
                raise ValidationError(
                    self.env._(
                        "The grades of a credit authority must belong to its company. "
                        "Remove the grades of another company."
                    )
                )

    # -- business -------------------------------------------------------------------
    @api.model
    def _may_decide(self, user, hold, amount):
        """May ``user`` decide ``hold`` over ``amount`` (company currency)?"""
        return self._get_ceiling(user, hold) >= amount

    @api.model
    def _get_ceiling(self, user, hold, lines=None):
        """Up to which amount ``user`` may decide ``hold``, in company currency, by his
        own authority or by one that was delegated to him.

        0 without authority, infinity when unlimited.
        """
        return max(self._get_ceilings(user, hold, lines).values())

    @api.model
    def _get_ceilings(self, user, hold, lines=None):
        """``{whose authority: up to which amount}``: the user's own, and that of those
        whom he stands in for. Nobody who is kept out of the decision lends him his."""
        # sudo: those who ask may not read authorities of others, nor grades
        user, hold = user.sudo(), hold.sudo()
        company, grade = hold.company_id, hold.file_id.grade_id
        lines = self._get_lines() if lines is None else lines
        found = {user: self._get_own_ceiling(user, company, grade, lines)}
        if user._has_group("credit_control.group_credit_user"):
            absent = self.env["credit.delegation"]._get_delegators(user, company)
            for delegator in absent and absent - hold._get_excluded_deciders():
                found[delegator] = self._get_own_ceiling(
                    delegator, company, grade, lines
                )
        return found

    @api.model
    def _get_own_ceiling(self, user, company, grade, lines, kind="hold", request=None):
        """The ceiling that the table gives ``user`` himself.

        :param kind: ``"hold"`` or ``"limit"``
        :param request: ``tools.approval.Request``, which some lines look at
        """
        if not user._has_group("credit_control.group_credit_user"):
            return 0.0
        ceilings = {}
        for line in lines:
            if line._fits(user, company, grade, kind):
                rank = (bool(line.user_id), bool(line.grade_ids), bool(line.company_id))
                ceiling = line._get_line_ceiling(request)
                ceilings[rank] = max(ceiling, ceilings.get(rank, 0.0))
        return ceilings[max(ceilings)] if ceilings else 0.0

    def _get_line_ceiling(self, _request=None):
        return float("inf") if self.unlimited else self.max_amount

    @api.model
    def _get_lines(self):
        """All lines of all companies; there are few."""
        # sudo: the rights of everybody are weighed, not of those the viewer may read
        return self.sudo().search([("active", "=", True)])

    def _fits(self, user, company, grade, kind="hold"):
        """Does the line speak of this person, company and grade?"""
        self.ensure_one()
        return (
            self.decides in ("all", kind)
            and (self.user_id == user or self.group_id in user.all_group_ids)
            and self.company_id in (company, company.browse())
            and (not self.grade_ids or grade in self.grade_ids)
        )

    @api.model
    def _get_people(self, lines):
        """Everybody whom the lines name, and who stands in for one of them."""
        people = lines.user_id | lines.group_id.all_user_ids
        people |= self.env["credit.delegation"]._get_delegates(people)
        return people.filtered(lambda user: user.active and not user.share)

    @api.model
    def _get_deciders(self, holds, amount=None):
        """Who may decide each hold, ``{hold_id: users}``; 3 queries for any number.

        :param amount: over how much (company currency); by default what is asked

        At most ``MOST_DECIDERS`` each: the file's responsible first, then those whose
        authority is just enough, so that the highest are asked last. Neither the
        requester nor the order's salesperson, unless the company allows it.
        """
        lines = self._get_lines()
        people = self._get_people(lines)
        found = {}
        for hold in holds.sudo():  # sudo: as _get_lines
            asked = hold._get_company_amount(hold._get_asked_amount())
            needed = asked if amount is None else amount
            able = []
            for user in people - hold._get_excluded_deciders():
                ceiling = self._get_ceiling(user, hold, lines)
                if ceiling >= needed and hold.order_company_id in user.company_ids:
                    first = user != hold.file_id.user_id
                    able.append((first, ceiling, user.id))
            found[hold.id] = people.browse(
                user_id for *_rank, user_id in sorted(able)[:MOST_DECIDERS]
            )
        return found
