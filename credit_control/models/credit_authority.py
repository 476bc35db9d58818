from odoo import api, fields, models
from odoo.exceptions import ValidationError

#: At most so many people get an activity for one hold.
MOST_DECIDERS = 10


class CreditAuthority(models.Model):
    """Who may decide a hold, up to which amount and for which grades.

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
        ondelete="cascade",
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
        """Up to which amount ``user`` may decide ``hold``, in company currency.

        0 without authority, infinity when unlimited.
        """
        # sudo: those who ask may not read authorities of others, nor grades
        user, hold = user.sudo(), hold.sudo()
        if not user._has_group("credit_control.group_credit_user"):
            return 0.0
        grade = hold.file_id.grade_id
        ceilings = {}
        for line in self._get_lines() if lines is None else lines:
            if line._fits(user, hold.company_id, grade):
                rank = (bool(line.user_id), bool(line.grade_ids), bool(line.company_id))
                ceiling = float("inf") if line.unlimited else line.max_amount
                ceilings[rank] = max(ceiling, ceilings.get(rank, 0.0))
        return ceilings[max(ceilings)] if ceilings else 0.0

    @api.model
    def _get_lines(self):
        """All lines of all companies; there are few."""
        # sudo: the rights of everybody are weighed, not of those the viewer may read
        return self.sudo().search([("active", "=", True)])

    def _fits(self, user, company, grade):
        """Does the line speak of this person, company and grade?"""
        self.ensure_one()
        return (
            (self.user_id == user or self.group_id in user.all_group_ids)
            and self.company_id in (company, company.browse())
            and (not self.grade_ids or grade in self.grade_ids)
        )

    @api.model
    def _get_deciders(self, holds, amount=None):
        """Who may decide each hold, ``{hold_id: users}``; 3 queries for any number.

        :param amount: over how much (company currency); by default what is asked

        At most ``MOST_DECIDERS`` each: the file's responsible first, then those whose
        authority is just enough, so that the highest are asked last. Neither the
        requester nor the order's salesperson, unless the company allows it.
        """
        lines = self._get_lines()
        people = (lines.user_id | lines.group_id.all_user_ids).filtered(
            lambda user: user.active and not user.share
        )
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
