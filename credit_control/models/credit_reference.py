from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .optional_fields import OptionalMonetary

#: How a customer pays another supplier, and the points proposed for it.
HABITS = [
    ("early", "Before it is due"),
    ("on_time", "On time"),
    ("late_15", "Up to 15 days late"),
    ("late_30", "Up to 30 days late"),
    ("late_60", "Up to 60 days late"),
    ("later", "Later than that"),
    ("unpaid", "Not at all, or through lawyers"),
]
POINTS = {
    "early": 100,
    "on_time": 90,
    "late_15": 70,
    "late_30": 50,
    "late_60": 25,
    "later": 10,
    "unpaid": 0,
}


class CreditReference(models.Model):
    """What another supplier or the bank says of the customer."""

    _name = "credit.reference"
    _description = "Trade Reference"
    _inherit = ["credit.evidence"]
    _order = "date desc, id desc"

    corrects_id = fields.Many2one(
        "credit.reference",
        "Replaces",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    date = fields.Date("Given On", required=True, default=fields.Date.context_today)
    referee = fields.Char("Given By", required=True, help="The company that says so.")
    contact = fields.Char("Person and Phone")
    known_since = fields.Char("Customer Since")
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.root_id.currency_id,
        ondelete="restrict",
    )
    highest_credit = OptionalMonetary()
    terms_days = fields.Integer("Payment Terms (days)")
    habit = fields.Selection(HABITS, "Pays", required=True)
    points = fields.Float(
        compute="_compute_points",
        store=True,
        readonly=False,
        precompute=True,
        aggregator="avg",
        digits=(16, 1),
        help="0 to 100, proposed by how the customer pays.",
    )

    _points_range = models.Constraint(
        "CHECK (points BETWEEN 0 AND 100)", "Points go from 0 to 100."
    )
    _terms_positive = models.Constraint(
        "CHECK (terms_days >= 0)", "Payment terms are 0 days or more."
    )

    @api.depends("habit")
    def _compute_points(self):
        for reference in self:
            reference.points = POINTS.get(reference.habit, 0)

    @api.constrains("date")
    def _check_date(self):
        today = fields.Date.context_today(self)
        if any(reference.date > today for reference in self):
            raise ValidationError(
                self.env._("A reference is entered once it was given: correct its day.")
            )

    @api.depends("referee", "date", "file_id")
    def _compute_display_name(self):
        for reference in self:
            reference.display_name = (
                f"{reference.file_id.display_name or ''}, {reference.referee or ''}"
            )

    def _get_summary(self):
        habit = dict(self._fields["habit"]._description_selection(self.env))
        return f"{self.referee}: {habit.get(self.habit, '')}"
