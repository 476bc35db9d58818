from odoo import api, fields, models

from .handing_out import notify

INDICATORS = [
    ("overdue", "Overdue"),
    ("utilisation", "Limit used"),
    ("slower_payment", "Slower payment"),
    ("order_surge", "Order surge"),
    ("partial_payments", "Partial payments"),
    ("broken_promise", "Broken promises"),
    ("insurer_cut", "Insurer cuts cover"),
    ("concentration", "Concentration"),
    ("score_drop", "Score drop"),
    ("rating_change", "Rating change"),
]
SEVERITIES = [("1", "Low"), ("2", "Medium"), ("3", "High")]
ACTIONS = [
    ("notify", "Tell the owner"),
    ("review", "Start a review"),
    ("watch", "Set the file to Watch"),
    ("hold", "Set the file to Stopped"),
]


class CreditAlertRule(models.Model):
    """What is watched, from which figure on, for whom, and what follows.

    Of the rules for one indicator those of the most specific scope hold for a customer
    (his own, then tag, grade, group or country, then everyone's); several of the same
    scope all hold, such as two marks of concentration. How each is measured stands in
    ``credit.alerting``. Credit files are watched, and only these.
    """

    _name = "credit.alert.rule"
    _description = "Alert Rule"
    _inherit = ["credit.scoped", "credit.books.trigger", "credit.logged"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char("Rule", required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        domain=[("parent_id", "=", False)],
        index="btree_not_null",
        help="Empty: the rule is for every company.",
    )
    indicator = fields.Selection(INDICATORS, required=True, default="overdue")
    threshold = fields.Float(
        "From",
        required=True,
        help="Days, per cent or a number, as the indicator says.",
    )
    unit = fields.Char(compute="_compute_unit")
    days = fields.Integer(
        "Period (days)",
        default=30,
        required=True,
        help="Compared with the time before, or counted in.",
    )
    currency_id = fields.Many2one(
        "res.currency", default=lambda self: self.env.company.root_id.currency_id
    )
    min_amount = fields.Monetary(
        "Not Below", help="Amounts below are too small for an alert."
    )
    step_pct = fields.Float(
        "Anew When Worse By (%)",
        default=10.0,
        required=True,
        help="After an alert was closed: the next one when the figure has been well "
        "meanwhile, or is worse by so much than it was when the alert was closed.",
    )
    scope = fields.Selection(
        [
            ("all", "all customers"),
            ("tag", "customers with tag"),
            ("grade", "customers of grade"),
            ("group", "credit group"),
            ("country", "customers in country"),
            ("customer", "customer"),
        ],
        "For",
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
    grade_id = fields.Many2one("credit.grade", ondelete="cascade")
    tag_id = fields.Many2one("res.partner.category", ondelete="cascade")
    country_id = fields.Many2one("res.country", ondelete="restrict")
    severity = fields.Selection(SEVERITIES, default="2", required=True)
    action = fields.Selection(ACTIONS, default="notify", required=True)
    user_id = fields.Many2one(
        "res.users",
        "Owner",
        domain=[("share", "=", False)],
        help="Empty: whoever is responsible for the credit file.",
    )
    manager_id = fields.Many2one(
        "res.users",
        "His Manager",
        domain=[("share", "=", False)],
        help="Is told as well. Empty: the leader of the owner's sales team.",
    )
    alert_count = fields.Integer("Open Alerts", compute="_compute_alert_count")

    _figures_positive = models.Constraint(
        "CHECK (threshold >= 0 AND min_amount >= 0 AND step_pct >= 0)",
        "The figures of an alert rule cannot be negative. Enter 0 or more.",
    )
    _days_positive = models.Constraint(
        "CHECK (days BETWEEN 1 AND 730)",
        "The period of an alert rule is from 1 to 730 days.",
    )

    # -- computes -------------------------------------------------------------------
    @api.depends("indicator")
    @api.depends_context("lang")
    def _compute_unit(self):
        days, pct = self.env._("days"), self.env._("%")
        units = {
            "overdue": days,
            "slower_payment": self.env._("days later than before"),
            "partial_payments": self.env._("items"),
            "broken_promise": self.env._("promises"),
            "score_drop": self.env._("points"),
            "rating_change": self.env._("points of 100"),
            "order_surge": self.env._("% of the usual"),
        }
        for rule in self:
            rule.unit = units.get(rule.indicator, pct)

    def _compute_alert_count(self):
        counts = self.env["credit.alert"]._read_group(
            [("rule_id", "in", self.ids), ("state", "!=", "closed")],
            ["rule_id"],
            ["__count"],
        )
        found = {rule.id: count for rule, count in counts}
        for rule in self:
            rule.alert_count = found.get(rule.id, 0)

    # -- who is watched -------------------------------------------------------------
    def _get_rank(self):
        """How specific the scope is."""
        self.ensure_one()
        return {"all": 0, "customer": 2}.get(self.scope, 1)

    # -- pages ----------------------------------------------------------------------
    @api.readonly
    def action_open_alerts(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Alerts"),
            "res_model": "credit.alert",
            "domain": [("rule_id", "=", self.id)],
            "views": [(False, "list"), (False, "form")],
        }

    def action_evaluate(self):
        """Look now, with the figures of this moment, instead of waiting for the job."""
        self.check_access("write")
        # sudo: the service looks at all customers, whoever asks
        alerts = self.env["credit.alerting"].sudo()._evaluate_now(self.sudo())
        return notify(
            self.env._("%s new alerts.", len(alerts)),
            "info",
            next={"type": "ir.actions.client", "tag": "soft_reload"},
        )
