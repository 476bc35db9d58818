"""The scores of a customer, each with what it was made of."""

from odoo import api, fields, models
from odoo.tools import SQL, float_round, split_every

#: Rows of one INSERT.
BATCH = 5000


class CreditScoreRow(models.AbstractModel):
    """Rows that are measured for many customers at once, and never changed."""

    _name = "credit.score.row"
    _description = "Measured Row"

    @api.model
    def _insert_rows(self, vals_list):
        """INSERT rows of the same columns, who and when as the ORM notes it; their ids
        in the order of the rows."""
        self.flush_model()
        ids = []
        for batch in split_every(BATCH, vals_list):
            self.env.cr.execute(self._rows_sql(batch))
            ids += [id_ for (id_,) in self.env.cr.fetchall()]
        return ids

    @api.model
    def _rows_sql(self, vals_list) -> SQL:
        """The INSERT; its columns travel as arrays, which is quicker than rows."""
        names = list(vals_list[0])
        return SQL(
            """
            INSERT INTO %(table)s (%(names)s, create_uid, write_uid, create_date,
                                   write_date)
            SELECT %(names)s, %(uid)s, %(uid)s, %(now)s, %(now)s
              FROM unnest(%(values)s) WITH ORDINALITY AS row (%(names)s, place)
             ORDER BY place RETURNING id
            """,
            table=SQL.identifier(self._table),
            names=SQL(", ").join(map(SQL.identifier, names)),
            uid=self.env.uid,
            now=self.env.cr.now(),
            values=SQL(", ").join(
                SQL(
                    "%s::%s[]",
                    [vals[name] for vals in vals_list],
                    SQL.identifier(self._fields[name].column_type[0]),
                )
                for name in names
            ),
        )


class CreditScore(models.Model):
    """One score of one file, with its lines. Made by ``credit.scoring``, never typed,
    never changed: a score says where it comes from as long as it is kept."""

    _name = "credit.score"
    _inherit = ["credit.score.row"]
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

    # -- making ---------------------------------------------------------------------
    @api.model
    def _insert(self, fresh, found):
        """Store new scores and their lines.

        :param fresh: ``{file_id: values of the score}``
        :param found: ``{file_id: credit_scoring.Evaluation}`` of the same files
        :return: ``{file_id: credit.score}``
        """
        if not fresh:
            return {}
        made = dict(zip(fresh, self._insert_rows(fresh.values()), strict=True))
        Line = self.line_ids
        lines = [
            Line._prepare_vals(made[file_id], line, evaluation.inputs)
            for file_id, evaluation in found.items()
            for line in evaluation.score.lines
        ]
        Line._insert_rows(lines)
        files = self.env["credit.file"].browse(made)
        files.invalidate_recordset(["score_ids"])
        # read together: of one browse
        return dict(zip(made, self.browse(made.values()), strict=True))

    # -- words ----------------------------------------------------------------------
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
    _inherit = ["credit.score.row"]
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
    evidence = fields.Char("Evidence Noted", readonly=True)
    evidence_text = fields.Char(
        "Evidence", compute="_compute_evidence_text", help="Where the input is from."
    )
    value_date = fields.Date("Of", readonly=True, help="The day of the evidence.")

    @api.depends("evidence", "criterion_id.source")
    @api.depends_context("lang")
    def _compute_evidence_text(self):
        """The ledger in the reader's language; other evidence as it was noted."""
        for line in self:
            is_ledger = line.evidence and line.source == "automatic"
            line.evidence_text = self.env._("Ledger") if is_ledger else line.evidence

    @api.depends("value", "missing")
    def _compute_value_text(self):
        for line in self:
            value = f"{line.value:z,.2f}".rstrip("0").rstrip(".")
            line.value_text = self.env._("no data") if line.missing else value

    # -- making ---------------------------------------------------------------------
    @api.model
    def _prepare_vals(self, score_id, line, inputs):
        """The columns of one line, in the same order for all.

        :param line: ``tools.scoring.Line``
        :param inputs: ``{code: (value, source text, date)}`` of the customer
        """
        _value, evidence, day = inputs.get(line.criterion.code) or (None, None, None)
        return {
            "score_id": score_id,
            "criterion_id": line.criterion.id,
            "band_id": line.band.id,
            "missing": line.missing,
            "value": 0.0
            if line.missing
            else float_round(line.value, precision_digits=4),
            "points": float_round(line.points, precision_digits=2),
            "weight": line.criterion.weight,
            "part": float_round(line.part, precision_digits=2),
            "evidence": evidence or None,
            "value_date": day or None,
        }
