"""What a scorecard would change, before it is activated."""

from collections import Counter

from odoo import Command, fields, models
from odoo.exceptions import UserError

SAMPLE, MOST_CHANGES = 1000, 30


class CreditScorecardTrial(models.TransientModel):
    """Scores a sample of the files with a draft and with the cards in force, and shows
    both beside each other. Reckoned from the same inputs; nothing of it is kept."""

    _name = "credit.scorecard.trial"
    _description = "Trial of a Scorecard"

    scorecard_id = fields.Many2one(
        "credit.scorecard", required=True, ondelete="cascade"
    )
    sample_size = fields.Integer(
        "Customers", default=SAMPLE, help="How many to try it on; 0: all of them."
    )
    tried_count = fields.Integer("Customers Tried", readonly=True)
    better_count = fields.Integer("Better Grade", readonly=True)
    worse_count = fields.Integer("Worse Grade", readonly=True)
    same_count = fields.Integer("Same Grade", readonly=True)
    line_ids = fields.One2many(
        "credit.scorecard.trial.line", "trial_id", "Grades", readonly=True
    )
    change_ids = fields.One2many(
        "credit.scorecard.trial.change", "trial_id", "Largest Changes", readonly=True
    )

    def action_try(self):
        """Score the sample both ways and show the dialog again."""
        self.ensure_one()
        card = self.scorecard_id
        card._check_complete()
        files = self._get_sample(card)
        scoring = self.env["credit.scoring"]
        behaviours = self.env["credit.behaviour"]._get_behaviours(files)
        then = scoring._evaluate(files, card=card, behaviours=behaviours)
        now = scoring._evaluate(files, behaviours=behaviours)
        self.write(self._prepare_vals(files, now, then))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Try on Customers"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _get_sample(self, card):
        """Files of the card's segment that the user may read, spread evenly."""
        if self.sample_size < 0:
            raise UserError(self.env._("Try it on 0 (all) or more customers."))
        domain = [("state", "!=", "closed")]
        if card.company_id:
            domain.append(("company_id", "=", card.company_id.id))
        meant = (
            self.env["credit.file"]
            .search(domain, order="id")
            .filtered(lambda file: card.sudo()._is_meant_for(file.sudo()))
        )
        if not meant:
            raise UserError(
                self.env._("There is no credit file that this card is meant for.")
            )
        size = self.sample_size or len(meant)
        step = max(1, -(-len(meant) // size))
        return meant[::step]

    def _get_grades(self, files):
        """The grades of the companies tried, best first."""
        return self.env["credit.grade"].search(
            [("company_id", "in", (False, *files.company_id.ids))],
            order="sequence, code, id",
        )

    def _prepare_vals(self, files, now, then):
        grades = self._get_grades(files)
        rank = {grade.id: place for place, grade in enumerate(grades)}
        moves = {
            file.id: rank.get(before, 0) - rank.get(then[file.id].grade_id, 0)
            for file in files
            if (before := self._get_grade_now(file, now)) is not None
        }
        return {
            "tried_count": len(files),
            "better_count": sum(move > 0 for move in moves.values()),
            "worse_count": sum(move < 0 for move in moves.values()),
            "same_count": sum(not move for move in moves.values()),
            "line_ids": [Command.clear(), *self._prepare_lines(files, now, then)],
            "change_ids": [
                Command.clear(),
                *self._prepare_changes(files, now, then, moves),
            ],
        }

    def _get_grade_now(self, file, now):
        """Of the card in force; of the file itself where no card scores it."""
        found = now.get(file.id)
        return found.grade_id if found else file.grade_id.id or None

    def _prepare_lines(self, files, now, then):
        on_file = Counter(file.grade_id.id or None for file in files)
        current = Counter(one.grade_id for one in now.values())
        tried = Counter(one.grade_id for one in then.values())
        grades = self._get_grades(files)
        return [
            Command.create(
                {
                    "grade_id": grade_id,
                    "file_count": on_file[grade_id],
                    "current_count": current[grade_id],
                    "trial_count": tried[grade_id],
                    "trial_pct": 100.0 * tried[grade_id] / len(files),
                }
            )
            for grade_id in [*grades.ids, None]
            if on_file[grade_id] or current[grade_id] or tried[grade_id]
        ]

    def _prepare_changes(self, files, now, then, moves):
        moved = sorted(
            (file for file in files if moves.get(file.id)),
            key=lambda file: (-abs(moves[file.id]), file.id),
        )
        return [
            Command.create(
                {
                    "file_id": file.id,
                    "grade_id": self._get_grade_now(file, now),
                    "score": now[file.id].score.total if file.id in now else 0.0,
                    "trial_grade_id": then[file.id].grade_id,
                    "trial_score": then[file.id].score.total,
                    "is_worse": moves[file.id] < 0,
                }
            )
            for file in moved[:MOST_CHANGES]
        ]


class CreditScorecardTrialLine(models.TransientModel):
    _name = "credit.scorecard.trial.line"
    _description = "Grade in a Trial"

    trial_id = fields.Many2one(
        "credit.scorecard.trial", required=True, ondelete="cascade"
    )
    grade_id = fields.Many2one("credit.grade")
    file_count = fields.Integer("On File")
    current_count = fields.Integer("By the Card in Force")
    trial_count = fields.Integer("By This Card")
    trial_pct = fields.Float("Share (%)", digits=(16, 1))


class CreditScorecardTrialChange(models.TransientModel):
    _name = "credit.scorecard.trial.change"
    _description = "Changed Grade in a Trial"

    trial_id = fields.Many2one(
        "credit.scorecard.trial", required=True, ondelete="cascade"
    )
    file_id = fields.Many2one("credit.file", "Customer", ondelete="cascade")
    grade_id = fields.Many2one("credit.grade", "Now")
    score = fields.Float("Score Now", digits=(16, 1))
    trial_grade_id = fields.Many2one("credit.grade", "Then")
    trial_score = fields.Float("Score Then", digits=(16, 1))
    is_worse = fields.Boolean()
