"""Questionnaires: what people assess, with points for each answer."""

import re

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ValidationError

SECTIONS = [
    ("industry", "Industry"),
    ("reputation", "Reputation"),
    ("stability", "Stability"),
    ("management", "Management"),
    ("other", "Other"),
]


class CreditQuestionnaire(models.Model):
    """The questions asked about a customer. ``code`` names it in scorecards:
    ``questionnaire_<code>_points``."""

    _name = "credit.questionnaire"
    _description = "Questionnaire"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Short name in scorecards.")
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", help="Empty: for all companies.")
    active = fields.Boolean(default=True)
    question_ids = fields.One2many(
        "credit.question", "questionnaire_id", "Questions", copy=True
    )
    note = fields.Text("Instructions", translate=True)

    _code_unique = models.UniqueIndex(
        "(code, COALESCE(company_id, 0))",
        "Another questionnaire has this code already. Choose another one.",
    )

    def copy_data(self, default=None):
        return [
            vals | {"code": f"{questionnaire.code}_copy"}
            for questionnaire, vals in zip(
                self, super().copy_data(default), strict=True
            )
        ]


class CreditQuestion(models.Model):
    """One question. ``code`` names it in scorecards: ``question_<code>``.

    A choice has the points of its option; a number has points by its place between
    the two ends, which may be in either order; a text has none.
    """

    _name = "credit.question"
    _description = "Question"
    _order = "sequence, id"

    questionnaire_id = fields.Many2one(
        "credit.questionnaire", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    name = fields.Char("Question", required=True, translate=True)
    code = fields.Char(required=True)
    section = fields.Selection(SECTIONS, default="other", required=True)
    kind = fields.Selection(
        [("choice", "Choice"), ("number", "Number"), ("text", "Text")],
        "Kind of Answer",
        default="choice",
        required=True,
    )
    option_ids = fields.One2many(
        "credit.question.option", "question_id", "Options", copy=True
    )
    number_worst = fields.Float("0 Points At")
    number_best = fields.Float("100 Points At", default=100)
    is_required = fields.Boolean("Required", default=True)
    needs_evidence = fields.Boolean(
        help="The answer needs a note or a file that proves it."
    )
    help_text = fields.Char("Help", translate=True)
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint(
        "UNIQUE (questionnaire_id, code)",
        "Another question has this code already. Choose another one.",
    )

    @api.constrains("code", "kind", "option_ids", "number_worst", "number_best")
    def _check_question(self):
        for question in self:
            if not re.fullmatch(r"[a-z][a-z0-9_]*", question.code):
                raise ValidationError(
                    self.env._(
                        "Code %(code)s: use small letters, digits and underscores, "
                        "beginning with a letter.",
                        code=question.code,
                    )
                )
            few = question.kind == "choice" and len(question.option_ids) < 2
            # shipped data bring the question first, then its options
            if few and self.env.uid != SUPERUSER_ID:
                raise ValidationError(
                    self.env._(
                        "%(question)s: enter at least two options with their points.",
                        question=question.name,
                    )
                )
            if (
                question.kind == "number"
                and question.number_worst == question.number_best
            ):
                raise ValidationError(
                    self.env._(
                        "%(question)s: the numbers for 0 and for 100 points are the "
                        "same. Enter two different ones.",
                        question=question.name,
                    )
                )

    def _get_points(self, option, number):
        """The points of an answer, 0 to 100; None where it has none."""
        self.ensure_one()
        if self.kind == "choice":
            return option.points if option else None
        if self.kind == "number" and number is not None:
            span = self.number_best - self.number_worst
            share = (number - self.number_worst) / span
            return round(100 * min(1.0, max(0.0, share)), 1)
        return None


class CreditQuestionOption(models.Model):
    _name = "credit.question.option"
    _description = "Option of a Question"
    _order = "sequence, id"

    question_id = fields.Many2one(
        "credit.question", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    name = fields.Char("Option", required=True, translate=True)
    points = fields.Float(digits=(16, 1))

    _points_range = models.Constraint(
        "CHECK (points BETWEEN 0 AND 100)", "Points go from 0 to 100."
    )
