from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ..tools.facts import SCOPE_ALL, SCOPE_CUSTOMER, SCOPE_SEGMENT
from ..tools.facts import Rule as RuleFacts
from ..tools.rule_types import MEASURED

RULE_TYPES = [
    ("limit_used", "Limit used"),
    ("order_amount", "Order amount"),
    ("overdue_days", "Oldest overdue item"),
    ("overdue_amount", "Overdue amount"),
    ("overdue_share", "Overdue share"),
    ("terms", "Payment terms longer than granted"),
    ("discount", "Cash discount above granted"),
    ("limit_expired", "Limit expired"),
    ("review_overdue", "Review overdue"),
    ("dunning_level", "Dunning level"),
    ("broken_promises", "Broken promises"),
    ("days_late", "Payment behaviour (days late)"),
    ("deposit", "Deposit missing"),
    ("state", "State of the credit file"),
    ("grade", "Grade"),
    ("insurance", "Insurance missing or ended"),
    ("first_orders", "First orders"),
]
MONEY_TYPES = ("order_amount", "overdue_amount")
SCOPES = {
    "all": SCOPE_ALL,
    "tag": SCOPE_SEGMENT,
    "grade": SCOPE_SEGMENT,
    "group": SCOPE_SEGMENT,
    "customer": SCOPE_CUSTOMER,
}
STATES = ("prospect", "watch", "stop", "closed")


class CreditRule(models.Model):
    """One rule of the gate: when to warn or to hold, and for whom.

    Inside one type the most specific scope wins (customer, then credit group, grade
    or tag, then everyone). An exclusion lifts the blocking rules of its own type
    from a less specific scope; an exclusion that releases frees the order whatever
    other rules say. What the types measure is written in ``tools/rule_types.py``.
    """

    _name = "credit.rule"
    _description = "Credit Rule"
    _inherit = ["credit.scoped", "credit.books.trigger"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char("Rule", compute="_compute_name")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        domain=[("parent_id", "=", False)],
        index="btree_not_null",
        help="Empty: the rule is for every company.",
    )
    kind = fields.Selection(
        [("block", "Block"), ("exclude", "Exclusion")], default="block", required=True
    )
    release = fields.Boolean(
        "Releases the order",
        help="The order goes, whatever other rules say.",
    )
    rule_type = fields.Selection(RULE_TYPES, required=True, default="limit_used")
    action = fields.Selection(
        [("warn", "Warn"), ("hold", "Hold")], default="hold", required=True
    )
    comparison = fields.Selection(
        [("ge", "reaches"), ("gt", "exceeds")], default="ge", required=True
    )
    threshold = fields.Float(
        help="Percent, days, money, a level or a number, as the type says."
    )
    second_pct = fields.Float(
        "Limit Used (%)", help="The overdue amount only counts from this use on."
    )
    currency_id = fields.Many2one(
        "res.currency", default=lambda self: self.env.company.currency_id
    )
    missing_hits = fields.Boolean(
        "Also without end date", help="A limit without an end date is hit as well."
    )
    hit_prospect = fields.Boolean("Prospect")
    hit_watch = fields.Boolean("Watch")
    hit_stop = fields.Boolean("Stopped")
    hit_closed = fields.Boolean("Closed")
    hit_grade_ids = fields.Many2many("credit.grade", string="Grades")

    scope = fields.Selection(
        [
            ("all", "all customers"),
            ("tag", "customers with tag"),
            ("grade", "customers of grade"),
            ("group", "credit group"),
            ("customer", "customer"),
        ],
        default="all",
        required=True,
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        domain="[('parent_id', '=', False)]",
        index="btree_not_null",
        ondelete="cascade",
    )
    group_id = fields.Many2one("credit.group", ondelete="cascade", check_company=True)
    grade_id = fields.Many2one("credit.grade", "Of Grade", ondelete="cascade")
    tag_id = fields.Many2one("res.partner.category", ondelete="cascade")

    on_confirm = fields.Boolean("Confirmation", default=True)
    on_growth = fields.Boolean("Growth of a confirmed order", default=True)
    on_delivery = fields.Boolean("Delivery", default=True)

    _threshold_not_negative = models.Constraint(
        "CHECK(threshold >= 0 AND second_pct >= 0)",
        "The threshold of a credit rule cannot be negative. Enter 0 or more.",
    )

    @api.depends(
        "kind",
        "release",
        "rule_type",
        "action",
        "comparison",
        "threshold",
        "second_pct",
        "currency_id",
        "missing_hits",
        "hit_prospect",
        "hit_watch",
        "hit_stop",
        "hit_closed",
        "hit_grade_ids",
        "scope",
        "partner_id",
        "group_id",
        "grade_id",
        "tag_id",
    )
    @api.depends_context("lang")
    def _compute_name(self):
        for rule in self:
            rule.name = self.env["credit.reason"]._describe_rule(rule)

    @api.constrains("rule_type", "currency_id")
    def _check_currency(self):
        for rule in self:
            if rule.rule_type in MONEY_TYPES and not rule.currency_id:
                raise ValidationError(
                    self.env._("Choose the currency of the amount in the rule.")
                )

    @api.constrains("rule_type", "hit_grade_ids", *(f"hit_{s}" for s in STATES))
    def _check_choices(self):
        for rule in self:
            if rule.rule_type == "state" and not rule._hit_states():
                raise ValidationError(
                    self.env._("Choose at least one state that the rule looks for.")
                )
            if rule.rule_type == "grade" and not rule.hit_grade_ids:
                raise ValidationError(
                    self.env._("Choose at least one grade that the rule looks for.")
                )

    # -- the cache the gate reads --------------------------------------------------
    def _hit_states(self):
        """The states this rule looks for, as a frozenset of codes."""
        self.ensure_one()
        return frozenset(state for state in STATES if self[f"hit_{state}"])

    @api.model
    @tools.ormcache("company_id", "checkpoint")
    def _get_rules(self, company_id: int, checkpoint: str) -> tuple:
        """Active rules of a root company at a checkpoint.

        Cached until a rule changes, so that a check costs no query for them.

        :return: tuple of ``(scope, scoped id, currency id or False, RuleFacts)``,
            the threshold of money types still in that currency
        """
        # sudo: the rules that decide are the same for every viewer
        rules = self.sudo().search(
            [
                ("company_id", "in", (False, company_id)),
                (f"on_{checkpoint}", "=", True),
            ]
        )
        return tuple(
            (rule.scope, rule._scoped_id(), rule._money_currency().id, rule._facts())
            for rule in rules
        )

    def _money_currency(self):
        self.ensure_one()
        return self.currency_id if self.rule_type in MONEY_TYPES else self.browse()

    def _scoped_id(self):
        """Id of what the scope names; False when the rule is for everyone."""
        self.ensure_one()
        return {
            "tag": self.tag_id.id,
            "grade": self.grade_id.id,
            "group": self.group_id.id,
            "customer": self.partner_id.id,
        }.get(self.scope, False)

    def _facts(self) -> RuleFacts:
        self.ensure_one()
        choices = (
            frozenset(self.hit_grade_ids.ids)
            if self.rule_type == "grade"
            else self._hit_states()
        )
        exclusion = self.kind == "exclude"
        return RuleFacts(
            id=self.id,
            type=self.rule_type,
            threshold=self.threshold if self._uses_threshold() else 0.0,
            second_pct=self.second_pct if self.rule_type == "overdue_amount" else 0.0,
            scope=SCOPES[self.scope],
            action=self.action,
            strict=self.comparison == "gt",
            choices=choices,
            missing_hits=self.missing_hits,
            exclusion=exclusion,
            release=exclusion and self.release,
        )

    def _uses_threshold(self) -> bool:
        self.ensure_one()
        return self.rule_type in MEASURED or self.rule_type == "first_orders"
