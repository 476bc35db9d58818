"""What a scorecard looks at, and the points it gives."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.scoring import Band, Criterion

SOURCES = [
    ("automatic", "Payment behaviour"),
    ("statement", "Financial statement"),
    ("rating", "External rating"),
    ("questionnaire", "Questionnaire and evidence"),
]
#: Codes of the source *automatic*: figures of ``tools.behaviour.Behaviour``.
AUTOMATIC = [
    ("days_late", "Weighted days late"),
    ("days_late_clipped", "Weighted days late, early as 0"),
    ("on_time_pct", "Paid on time (%)"),
    ("largest_delay_days", "Largest delay (days)"),
    ("trend_days", "Trend: later than before (days)"),
    ("days_late_short", "Days late, 3 months"),
    ("days_late_long", "Days late, 12 months"),
    ("turnover", "Turnover, 12 months"),
    ("growth_pct", "Growth of turnover (%)"),
    ("highest_balance", "Highest balance"),
    ("tenure_months", "Tenure (months)"),
    ("credit_note_pct", "Credit notes (% of invoices)"),
    ("returned_payments", "Returned payments, 12 months"),
    ("broken_promises", "Broken promises, 12 months"),
    ("part_count", "Payments and open items"),
]


class CreditScorecardCriterion(models.Model):
    """One criterion: where its value comes from, its weight and its bands."""

    _name = "credit.scorecard.criterion"
    _inherit = ["credit.scorecard.part"]
    _description = "Scorecard Criterion"
    _order = "sequence, id"

    scorecard_id = fields.Many2one(
        "credit.scorecard", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True)
    source = fields.Selection(SOURCES, required=True, default="automatic")
    code = fields.Char(
        compute="_compute_code",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="Which value: debt_ratio or current_ratio of a statement, "
        "rating_worst_pct of all ratings, question_… of a questionnaire, and so on.",
    )
    automatic_code = fields.Selection(
        AUTOMATIC, "Figure", compute="_compute_automatic_code", readonly=False
    )
    weight = fields.Float(
        default=10.0, help="0: the criterion gives no points, it may only cap the grade"
    )
    band_ids = fields.One2many(
        "credit.scorecard.band", "criterion_id", "Bands", copy=True
    )
    band_text = fields.Char("Bands in Words", compute="_compute_band_text")

    _weight_positive = models.Constraint(
        "CHECK (weight >= 0)", "The weight of a criterion is 0 or more."
    )
    _code_unique = models.Constraint(
        "UNIQUE (scorecard_id, code)",
        "A scorecard looks at every value once: choose another figure or code.",
    )

    @api.depends("automatic_code", "source")
    def _compute_code(self):
        for criterion in self:
            if criterion.source == "automatic" and criterion.automatic_code:
                criterion.code = criterion.automatic_code

    @api.depends("source", "code")
    def _compute_automatic_code(self):
        known = dict(AUTOMATIC)
        for criterion in self:
            automatic = criterion.source == "automatic" and criterion.code in known
            criterion.automatic_code = automatic and criterion.code

    @api.onchange("automatic_code")
    def _onchange_automatic_code(self):
        if self.automatic_code and not self.name:
            field = self._fields["automatic_code"]
            labels = dict(field._description_selection(self.env))
            self.name = labels[self.automatic_code]

    @api.depends(
        "band_ids.floor", "band_ids.points", "band_ids.missing", "band_ids.cap_grade_id"
    )
    @api.depends_context("lang")
    def _compute_band_text(self):
        for criterion in self:
            bands = criterion.band_ids.sorted(lambda band: (band.missing, band.floor))
            criterion.band_text = " · ".join(band._describe() for band in bands)

    @api.constrains("source", "code")
    def _check_code(self):
        known = dict(AUTOMATIC)
        for criterion in self:
            if criterion.source == "automatic" and criterion.code not in known:
                raise ValidationError(
                    self.env._(
                        "%(code)s is no figure of the payment behaviour. Choose one "
                        "of the list.",
                        code=criterion.code,
                    )
                )

    @api.constrains("band_ids")
    def _check_bands(self):
        for criterion in self:
            floors = criterion.band_ids.filtered(lambda b: not b.missing)
            if len(set(floors.mapped("floor"))) < len(floors):
                raise ValidationError(
                    self.env._(
                        "%(criterion)s has two bands from the same value on.",
                        criterion=criterion.name,
                    )
                )

    def _get_criterion(self, caps) -> Criterion:
        """The criterion for ``tools.scoring``.

        :param caps: ``{id of a grade: id of the one that it caps at instead}``
        """
        self.ensure_one()
        bands = tuple(
            Band(
                None if band.missing else band.floor,
                band.points,
                caps.get(band.cap_grade_id.id, band.cap_grade_id.id) or None,
                band.id,
            )
            for band in self.band_ids
        )
        return Criterion(self.code, self.weight, bands, self.id)


class CreditScorecardBand(models.Model):
    """Points for values from a floor on, up to the next band; the lowest band also
    takes what lies below. Missing data is a band of its own."""

    _name = "credit.scorecard.band"
    _inherit = ["credit.scorecard.part"]
    _description = "Scorecard Band"
    _order = "missing, floor, id"

    criterion_id = fields.Many2one(
        "credit.scorecard.criterion", required=True, ondelete="cascade", index=True
    )
    missing = fields.Boolean("No Data")
    floor = fields.Float("From", digits=(16, 4))
    points = fields.Float(digits=(16, 4))
    cap_grade_id = fields.Many2one(
        "credit.grade",
        "Grade At Most",
        ondelete="restrict",
        help="A knock-out: with a value of this band no better grade is proposed.",
    )
    label = fields.Char("Band", compute="_compute_label")

    @api.depends(
        "missing", "floor", "criterion_id.band_ids.floor", "criterion_id.band_ids"
    )
    @api.depends_context("lang")
    def _compute_label(self):
        for band in self:
            others = band.criterion_id.band_ids.filtered(lambda b: not b.missing)
            floors = sorted(set(others.mapped("floor")) | {band.floor})
            place = floors.index(band.floor)
            low = f"{band.floor:g}"
            if band.missing:
                band.label = self.env._("no data")
            elif len(floors) == 1:
                band.label = self.env._("any value")
            elif not place:
                band.label = self.env._("below %s", f"{floors[1]:g}")
            elif place == len(floors) - 1:
                band.label = self.env._("from %s", low)
            else:
                high = f"{floors[place + 1]:g}"
                band.label = self.env._("%(low)s to below %(high)s", low=low, high=high)

    def _describe(self):
        self.ensure_one()
        if not self.cap_grade_id:
            return f"{self.label}: {self.points:g}"
        return self.env._(
            "%(band)s: %(points)s (at most %(grade)s)",
            band=self.label,
            points=f"{self.points:g}",
            grade=self.cap_grade_id.code,
        )

    def _get_scorecards(self):
        return self.criterion_id.scorecard_id
