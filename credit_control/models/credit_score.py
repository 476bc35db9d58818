"""The scores of a customer, each with what it was made of."""

from odoo import api, fields, models


class CreditScore(models.Model):
    """One score of one file, with its lines. Made by ``credit.scoring``, never typed,
    never changed: a score says where it comes from as long as it is kept."""

    _name = "credit.score"
    _description = "Credit Score"
    _order = "date desc, id desc"
    _rec_name = "date"

    file_id = fields.Many2one(
        "credit.file", "Customer", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="file_id.company_id", store=True, index=True)
    date = fields.Date(required=True, readonly=True)
    scorecard_id = fields.Many2one(
        "credit.scorecard",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    total = fields.Float(
        "Score", digits=(16, 1), readonly=True, required=True, aggregator="avg"
    )
    change = fields.Float(
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="Against the score before, where it was made by the same card.",
    )
    grade_id = fields.Many2one(
        "credit.grade", "Grade Proposed", readonly=True, ondelete="restrict"
    )
    is_capped = fields.Boolean(
        "Knock-out",
        readonly=True,
        help="The grade is lower than the score alone says.",
    )
    line_ids = fields.One2many(
        "credit.score.line", "score_id", "What It Is Made Of", readonly=True
    )
    knockout_text = fields.Char("Knock-outs", compute="_compute_knockout_text")
    fingerprint = fields.Char(
        readonly=True, help="Card, grade and bands: what has to change for a new score."
    )

    # Readers: the history of a file, early warning (credit.alerting).
    _file_idx = models.Index("(file_id, id)")

    @api.depends("total", "grade_id", "date")
    def _compute_display_name(self):
        for score in self:
            score.display_name = self.env._(
                "%(score)s on %(day)s", score=f"{score.total:.1f}", day=score.date
            )

    @api.depends("line_ids.cap_grade_id")
    def _compute_knockout_text(self):
        for score in self:
            score.knockout_text = ", ".join(
                self.env._(
                    "%(criterion)s: at most %(grade)s",
                    criterion=line.name,
                    grade=line.cap_grade_id.code,
                )
                for line in score.line_ids
                if line.cap_grade_id
            )


class CreditScoreLine(models.Model):
    """One criterion of a score: the value as it was, its band, points and share."""

    _name = "credit.score.line"
    _description = "Credit Score Line"
    _order = "score_id, id"

    score_id = fields.Many2one(
        "credit.score", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="score_id.company_id")
    criterion_id = fields.Many2one(
        "credit.scorecard.criterion", required=True, readonly=True, ondelete="restrict"
    )
    name = fields.Char(related="criterion_id.name")
    source = fields.Selection(related="criterion_id.source")
    band_id = fields.Many2one(
        "credit.scorecard.band", required=True, readonly=True, ondelete="restrict"
    )
    band_label = fields.Char(related="band_id.label", string="Band Met")
    cap_grade_id = fields.Many2one(related="band_id.cap_grade_id")
    missing = fields.Boolean("No Data", readonly=True)
    value = fields.Float("Input", digits=(16, 4), readonly=True)
    value_text = fields.Char("Input as Read", compute="_compute_value_text")
    points = fields.Float(digits=(16, 2), readonly=True)
    weight = fields.Float(readonly=True)
    part = fields.Float(
        "Share of Score", digits=(16, 2), readonly=True, help="What it adds to it."
    )
    evidence = fields.Char(readonly=True, help="Where the input is from.")
    value_date = fields.Date("Of", readonly=True, help="The day of the evidence.")

    @api.depends("value", "missing")
    def _compute_value_text(self):
        for line in self:
            value = f"{line.value:,.2f}".rstrip("0").rstrip(".")
            line.value_text = self.env._("no data") if line.missing else value
