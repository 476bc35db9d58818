from odoo import api, fields, models
from odoo.exceptions import ValidationError

#: What is looked at; what was not seen counts neither way.
ASPECTS = ("premises", "stock", "operation", "orders", "staff", "management_seen")
IMPRESSIONS = [
    ("100", "Very good"),
    ("75", "Good"),
    ("50", "Fair"),
    ("25", "Poor"),
    ("0", "Very poor"),
]


class CreditVisit(models.Model):
    """A visit to the customer's premises: what was seen, with photos.

    The points are the mean of the impressions; what was not seen is left out.
    """

    _name = "credit.visit"
    _description = "Site Visit"
    _inherit = ["credit.evidence"]
    _order = "date desc, id desc"

    corrects_id = fields.Many2one(
        "credit.visit",
        "Replaces",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    date = fields.Date("Visited On", required=True, default=fields.Date.context_today)
    place = fields.Char()
    met = fields.Char("Met Whom")
    premises = fields.Selection(IMPRESSIONS, "Premises and Equipment")
    stock = fields.Selection(IMPRESSIONS)
    operation = fields.Selection(IMPRESSIONS, "Running of the Business")
    orders = fields.Selection(IMPRESSIONS, "Orders in Hand")
    staff = fields.Selection(IMPRESSIONS)
    management_seen = fields.Selection(IMPRESSIONS, "Management")
    finding = fields.Text("Findings", help="What was seen, in your own words.")
    points = fields.Float(
        compute="_compute_points", store=True, aggregator="avg", digits=(16, 1)
    )
    has_points = fields.Boolean(compute="_compute_points", store=True)

    @api.depends(*ASPECTS)
    def _compute_points(self):
        for visit in self:
            seen = [float(visit[name]) for name in ASPECTS if visit[name]]
            visit.has_points = bool(seen)
            visit.points = sum(seen) / len(seen) if seen else 0.0

    @api.constrains("date")
    def _check_date(self):
        today = fields.Date.context_today(self)
        if any(visit.date > today for visit in self):
            raise ValidationError(
                self.env._(
                    "A visit is entered once it took place. Plan one as an activity "
                    "on the credit file."
                )
            )

    def _get_summary(self):
        return self.place or self.met or ""
