"""Who is called first: the points that a strategy gives."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import dunning

#: What may be measured; the labels are also the words of *Why* in the worklist.
KINDS = [
    ("overdue", "large overdue"),
    ("age", "old items"),
    ("level", "level reached"),
    ("contact", "no contact"),
    ("reaction", "no reaction"),
    ("broken", "broken promises"),
    ("resubmission", "next contact due"),
    ("limit", "over the limit"),
    ("grade", "doubtful grade"),
]


class CreditDunningPriority(models.Model):
    """One rule of a strategy: points for each full step of something measured. Rules
    without strategy hold for all strategies that have none of their own."""

    _name = "credit.dunning.priority"
    _description = "Priority in the Worklist"
    _order = "policy_id, sequence, id"

    policy_id = fields.Many2one(
        "credit.dunning.policy", "Strategy", index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        KINDS,
        "Because Of",
        required=True,
        help="Large overdue: the overdue amount, in the currency of the strategy.\n"
        "Old items: days overdue of the oldest item.\n"
        "Level reached: the highest level sent for an item still open.\n"
        "No contact: days since the last contact or reminder.\n"
        "No reaction: days since the customer was reached or answered.\n"
        "Broken promises: those of the past year.\n"
        "Next contact due, over the limit, doubtful grade: 1 when it is so.",
    )
    points = fields.Integer(required=True, default=10)
    step = fields.Float(
        "Per", required=True, default=1.0, help="The points are given for each of it."
    )
    most = fields.Integer("At Most", help="Points of this rule at most; 0: no end.")

    _figures_positive = models.Constraint(
        "CHECK (points > 0 AND step > 0 AND most >= 0)",
        "Points and step of a priority are above zero, At Most is zero or more.",
    )

    def _to_tool(self):
        """The rule as ``tools.dunning`` knows it."""
        self.ensure_one()
        return dunning.PriorityRule(self.kind, self.points, self.step, self.most)

    # -- SQL ------------------------------------------------------------------------
    @api.model
    def _parts_sql(self, measure, policy: SQL) -> SQL:
        """A jsonb of the points by kind, those above zero: ``tools.dunning.priority``.

        :param measure: ``measure(kind, currency) -> SQL``; the currency is that of the
            rules asked for, empty for rules of every strategy
        :param policy: the column with the strategy
        """
        # sudo: the order of the worklist is the same for everybody
        rules = self.sudo().search([("points", ">", 0)])
        pairs = [
            SQL(
                "%s, nullif(%s, 0)",
                kind,
                self._kind_sql(kind, of_kind, rules, measure, policy),
            )
            for kind, of_kind in rules.grouped("kind").items()
        ]
        if not pairs:
            return SQL("'{}'::jsonb")
        return SQL("jsonb_strip_nulls(jsonb_build_object(%s))", SQL(", ").join(pairs))

    def _kind_sql(self, kind, of_kind, rules, measure, policy: SQL) -> SQL:
        """Points of one kind: by strategy, where strategies have own rules."""
        owners = rules.policy_id
        general = of_kind.filtered(lambda rule: not rule.policy_id)
        other = general._points_sql(measure(kind, general.policy_id.currency_id))
        if not owners:
            return other
        whens = []
        for owner in owners:
            own = of_kind.filtered(lambda rule, owner=owner: rule.policy_id == owner)
            points = own._points_sql(measure(kind, owner.currency_id))
            whens.append(SQL("WHEN %s THEN %s", owner.id, points))
        return SQL("CASE %s %s ELSE %s END", policy, SQL(" ").join(whens), other)

    def _points_sql(self, measured: SQL) -> SQL:
        """The points of these rules, all of one kind and strategy."""
        if not self:
            return SQL("0")
        terms = []
        for rule in self:
            steps = SQL("floor((greatest(0, %s) / %s)::numeric)", measured, rule.step)
            points = SQL("%s * %s", rule.points, steps)
            if rule.most:
                points = SQL("least(%s, %s)", rule.most, points)
            terms.append(points)
        return SQL("(%s)::int", SQL(" + ").join(terms))


class CreditDunningPolicy(models.Model):
    _inherit = "credit.dunning.policy"

    priority_ids = fields.One2many(
        "credit.dunning.priority",
        "policy_id",
        "Priority Rules",
        copy=True,
        help="Empty: the rules for every strategy.",
    )
