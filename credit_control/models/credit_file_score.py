"""The score on the file: the last one, the grade it proposes, and the nightly job."""

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, split_every

from .handing_out import choose_lang

#: Files that are scored and committed together.
BATCH = 1000
MOST_RETRIES = 3
#: The stored result, with the type that PostgreSQL is told.
STORED = {
    "score_id": SQL("int4"),
    "score": SQL("float8"),
    "score_date": SQL("date"),
    "score_checked_on": SQL("date"),
}


class CreditFile(models.Model):
    """Scores of a file. The score *proposes* a grade; the file's grade is a decision:
    taken with one click by an approver, or by the job where the company says so."""

    _inherit = "credit.file"

    score_id = fields.Many2one(
        "credit.score", "Last Score", readonly=True, ondelete="set null", copy=False
    )
    score_ids = fields.One2many(
        "credit.score", "file_id", "Scores", readonly=True, copy=False
    )
    override_ids = fields.One2many(
        "credit.score.override", "file_id", "Overrides", readonly=True, copy=False
    )
    override_id = fields.Many2one(
        "credit.score.override", "Override in Force", compute="_compute_override_id"
    )
    score_checked_on = fields.Date(
        "Scored On",
        readonly=True,
        copy=False,
        help="When the score was last measured. A new one is kept when it changes, "
        "and once a month.",
    )
    proposed_grade_id = fields.Many2one(
        "credit.grade",
        "Grade Proposed",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="Of the last score, or of the override in force.",
    )
    grade_differs = fields.Boolean(
        "Other Grade Proposed",
        compute="_compute_grade_differs",
        search="_search_grade_differs",
    )
    score_change = fields.Float(related="score_id.change", string="Score Change")
    score_count = fields.Integer(compute="_compute_score_count")
    score_line_ids = fields.One2many(related="score_id.line_ids")
    scorecard_id = fields.Many2one(related="score_id.scorecard_id")
    knockout_text = fields.Char(related="score_id.knockout_text")

    # Reader: the job takes what was not scored today.
    _score_checked_idx = models.Index("(score_checked_on)")

    # -- computes -----------------------------------------------------------------
    @api.depends("grade_id", "proposed_grade_id")
    def _compute_grade_differs(self):
        for file in self:
            proposed = file.proposed_grade_id
            file.grade_differs = bool(proposed) and proposed != file.grade_id

    def _search_grade_differs(self, operator, value):
        if operator != "in":
            return NotImplemented
        sql = SQL(
            """(SELECT id FROM credit_file WHERE proposed_grade_id IS NOT NULL
                   AND grade_id IS DISTINCT FROM proposed_grade_id)"""
        )
        self.flush_model(["grade_id", "proposed_grade_id"])
        if set(value) == {True}:
            return [("id", "in", sql)]
        return [("id", "not in", sql)] if set(value) == {False} else []

    @api.depends("override_ids.is_in_force")
    def _compute_override_id(self):
        for file in self:
            file.override_id = file.override_ids.filtered("is_in_force")[:1]

    def _compute_score_count(self):
        groups = self.env["credit.score"]._read_group(
            [("file_id", "in", self.ids)], ["file_id"], ["__count"]
        )
        counts = {file.id: count for file, count in groups}
        for file in self:
            file.score_count = counts.get(file.id, 0)

    # -- buttons ------------------------------------------------------------------
    def action_score_now(self):
        """Score the selected files now, instead of tonight."""
        self.check_access("write")
        found = self._rescore()
        if unscored := self.filtered(lambda file: file.id not in found)[:1]:
            raise UserError(
                self.env._(
                    "No active scorecard is meant for %(customer)s. Activate one under "
                    "Credit ▸ Configuration ▸ Scorecards.",
                    customer=unscored.display_name,
                )
            )

    def action_take_grade(self):
        """The grade proposed becomes the grade; who may is checked where it is set."""
        for file in self.filtered("grade_differs"):
            file.write({"grade_id": file.proposed_grade_id.id})

    @api.readonly
    def action_override_score(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Override the Score"),
            "res_model": "credit.score.override",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_file_id": self.id},
        }

    @api.readonly
    def action_open_scores(self):
        """The history of the file's scores, as a chart first."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_control.credit_score_action"
        )
        views = sorted(action["views"], key=lambda view: view[1] != "graph")
        return action | {
            "name": self.env._("Scores of %s", self.display_name),
            "domain": [("file_id", "=", self.id)],
            # a day without a score is no score of 0
            "context": {"fill_temporal": 0},
            "views": views,
        }

    # -- scoring ------------------------------------------------------------------
    @api.model
    def _rescore_soon(self):
        """A card has changed: score everybody anew, in the background."""
        # sudo: the job is the system's
        files = self.sudo().with_context(active_test=False)
        files.flush_model(["score_checked_on"])
        self.env.cr.execute(
            SQL(
                "UPDATE credit_file SET score_checked_on = NULL"
                " WHERE score_checked_on IS NOT NULL"
            )
        )
        files.invalidate_model(["score_checked_on"])
        self.env.ref("credit_control.ir_cron_refresh_behaviour").sudo()._trigger()

    @api.model
    def _cron_refresh_behaviour(self):
        """Measure and score all files: the behaviour in one pass per company, then
        scores in batches that commit.

        What a kill interrupts goes on next time with the files that were not scored
        today; whoever was is not measured twice.
        """
        # sudo: measured figures, which no user may write
        Files, cron = self.sudo(), self.env["ir.cron"]
        Files.env["credit.scorecard"]._retire_superseded()
        Files._make_missing()
        Files.env["credit.scorecard"]._watch_drift()
        today = fields.Date.today()
        todo = Files.search(
            ["|", ("score_checked_on", "=", False), ("score_checked_on", "<", today)]
        )
        cron._commit_progress(remaining=len(todo))
        for company, files in todo.grouped("company_id").items():
            # what is written down for good is in the company's language
            lang = choose_lang(self.env, company.partner_id.lang)
            files, Files = files.with_context(lang=lang), Files.with_context(lang=lang)
            behaviours = files.env["credit.behaviour"]._get_behaviours(files)
            for batch in split_every(BATCH, files.ids, Files.browse):
                batch._rescore_committed(behaviours)
                if not cron._commit_progress(len(batch)):
                    return

    def _rescore_committed(self, behaviours):
        """Score a batch; again when somebody saves one of its files meanwhile."""
        for attempts_left in reversed(range(MOST_RETRIES)):
            try:
                files = self.exists()
                files._rescore({file.id: behaviours[file.id] for file in files})
                files.env.flush_all()
                return
            except OperationalError:
                if not attempts_left:
                    raise
                self.env.cr.rollback()
                self.env.invalidate_all()

    def _rescore(self, behaviours=None):
        """Measure, score and store; ``{file_id: Evaluation}`` of those with a card.

        :param behaviours: ``{file_id: Behaviour}`` of today, measured when None
        """
        # sudo: measured figures, which no user may write
        files = self.sudo()
        if behaviours is None:
            behaviours = files.env["credit.behaviour"]._get_behaviours(files)
        files._store_behaviour(behaviours)
        found = files.env["credit.scoring"]._evaluate(files, behaviours=behaviours)
        scores = files.env["credit.scoring"]._keep(files, found)
        files._store_scores(scores)
        files._refresh_proposals()
        return found

    def _store_scores(self, scores):
        """Note the last score of each file and that it was measured, in one UPDATE.

        :param scores: ``{file_id: credit.score}``
        """
        today = fields.Date.today()
        rows = [
            (file.id, *self._prepare_stored(scores.get(file.id, file.score_id)), today)
            for file in self
        ]
        if rows:
            self.flush_model(STORED)
            self.env.cr.execute(self._stored_sql(STORED, rows))
            self.invalidate_model([*STORED, "score_change", "score_line_ids"])

    def _prepare_stored(self, score):
        return (score.id, score.total, score.date) if score else (None, None, None)

    def _refresh_proposals(self):
        """Which grade is proposed now: that of the override in force, else of the
        score; and set where the company says so."""
        # sudo: follows from score and override
        files = self.sudo()
        files.flush_recordset(["score_id", "proposed_grade_id"])
        files.env["credit.score"].flush_model(["grade_id"])
        files.env["credit.score.override"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE credit_file file SET proposed_grade_id = new.grade_id
                  FROM (SELECT file.id, coalesce((
                               SELECT grade_id FROM credit_score_override one
                                WHERE one.file_id = file.id AND one.ended_on IS NULL
                                  AND one.date_from <= %(today)s
                                  AND one.date_to >= %(today)s
                                ORDER BY id DESC LIMIT 1), score.grade_id) AS grade_id
                          FROM credit_file file
                          LEFT JOIN credit_score score ON score.id = file.score_id
                         WHERE file.id = ANY(%(files)s)) AS new
                 WHERE file.id = new.id
                   AND file.proposed_grade_id IS DISTINCT FROM new.grade_id
                """,
                today=fields.Date.today(),
                files=files.ids,
            )
        )
        files.invalidate_recordset(["proposed_grade_id", "grade_differs"])
        automatic = files.filtered("company_id.credit_score_sets_grade")
        changed = automatic.filtered("grade_differs")
        for grade, same in changed.grouped("proposed_grade_id").items():
            same.write({"grade_id": grade.id})
