"""Answers to a questionnaire about one customer."""

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from .optional_fields import OptionalFloat


class CreditQuestionnaireAnswer(models.Model):
    """A questionnaire filled in by somebody on a day. It counts once it is completed,
    and is then corrected like any other evidence. Points are those of the questionnaire
    as it was: a later change of the questions changes no answer."""

    _name = "credit.questionnaire.answer"
    _description = "Answered Questionnaire"
    _inherit = ["credit.evidence"]
    _order = "date desc, id desc"

    corrects_id = fields.Many2one(
        "credit.questionnaire.answer",
        "Replaces",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    questionnaire_id = fields.Many2one(
        "credit.questionnaire",
        required=True,
        ondelete="restrict",
        default=lambda self: self.env["credit.questionnaire"].search([], limit=1),
    )
    date = fields.Date("Answered On", required=True, default=fields.Date.context_today)
    state = fields.Selection(
        [("draft", "Draft"), ("done", "Completed")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    line_ids = fields.One2many(
        "credit.questionnaire.answer.line",
        "answer_id",
        "Answers",
        copy=True,
    )
    points = fields.Float(
        compute="_compute_points",
        store=True,
        aggregator="avg",
        digits=(16, 1),
        help="The mean of all answers that have points.",
    )
    has_points = fields.Boolean(compute="_compute_points", store=True)

    @api.onchange("questionnaire_id")
    def _onchange_questionnaire_id(self):
        if self.line_ids.question_id != self.questionnaire_id.question_ids:
            self.line_ids = [Command.clear(), *self._prepare_lines()]

    def _prepare_lines(self):
        """One empty answer per question."""
        return [
            Command.create({"question_id": question.id})
            for question in self.questionnaire_id.question_ids
        ]

    @api.depends("line_ids.points")
    def _compute_points(self):
        for answer in self:
            points = [x.points for x in answer.line_ids if x.points is not None]
            answer.has_points = bool(points)
            answer.points = sum(points) / len(points) if points else 0.0

    @api.depends("questionnaire_id.name", "date", "file_id")
    def _compute_display_name(self):
        for answer in self:
            answer.display_name = (
                f"{answer.file_id.display_name or ''}, "
                f"{answer.questionnaire_id.name or ''}, {answer.date or ''}"
            )

    # -- rights -----------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        """With one line per question; a correction counts at once, as what it replaces
        did."""
        answers = super().create([vals | {"state": "draft"} for vals in vals_list])
        for answer in answers:
            if not answer.line_ids:
                answer.line_ids = answer._prepare_lines()
        answers.filtered("corrects_id").action_complete()
        return answers

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        """A draft may go."""
        if done := self.filtered(lambda answer: answer.state == "done"):
            return super(CreditQuestionnaireAnswer, done)._unlink_never()
        return None

    def _is_entered(self):
        return self.state == "done"

    def _check_frozen(self, vals):
        """The state is a button's: it looks whether the answers are complete."""
        if "state" in vals:
            raise AccessError(self.env._("Use Complete to let the answers count."))
        return super()._check_frozen(vals)

    @api.constrains("date")
    def _check_date(self):
        today = fields.Date.context_today(self)
        if any(answer.date > today for answer in self):
            raise ValidationError(
                self.env._(
                    "Answered On is in the future. Enter the day of the answers."
                )
            )

    def action_complete(self):
        """Let the answers count.

        :raise UserError: naming the questions that lack an answer or its proof
        """
        self.check_access("write")
        for answer in self.filtered(lambda a: a.state == "draft"):
            answer._check_complete()
            answer.sudo().state = "done"  # sudo: complete, and he may write the draft

    def _check_complete(self):
        missing = self.line_ids.filtered(
            lambda line: line.question_id.is_required and not line._is_answered()
        )
        if missing or not self.line_ids:
            raise UserError(
                self.env._(
                    "%(count)s questions wait for an answer: %(questions)s",
                    count=len(missing),
                    questions="; ".join(missing.mapped("question_id.name")),
                )
            )
        unproven = self.line_ids.filtered(
            lambda line: (
                line.question_id.needs_evidence
                and line._is_answered()
                and not (line.note or line.attachment_ids or self.attachment_ids)
            )
        )
        if unproven:
            raise UserError(
                self.env._(
                    "These answers need a note or a file that proves them: "
                    "%(questions)s",
                    questions="; ".join(unproven.mapped("question_id.name")),
                )
            )

    def _get_summary(self):
        return self.questionnaire_id.name


class CreditQuestionnaireAnswerLine(models.Model):
    """One answer, with its points at that time."""

    _name = "credit.questionnaire.answer.line"
    _description = "Answer"
    _order = "answer_id, sequence, id"

    answer_id = fields.Many2one(
        "credit.questionnaire.answer", required=True, index=True, ondelete="cascade"
    )
    question_id = fields.Many2one(
        "credit.question", required=True, readonly=True, ondelete="restrict"
    )
    sequence = fields.Integer(related="question_id.sequence", store=True)
    section = fields.Selection(related="question_id.section", store=True)
    kind = fields.Selection(related="question_id.kind")
    help_text = fields.Char(related="question_id.help_text")
    option_id = fields.Many2one(
        "credit.question.option",
        "Choice",
        domain="[('question_id', '=', question_id)]",
        ondelete="restrict",
    )
    number = OptionalFloat()
    text = fields.Char()
    points = OptionalFloat(
        compute="_compute_points", store=True, digits=(16, 1), aggregator="avg"
    )
    note = fields.Char("Evidence")
    attachment_ids = fields.Many2many("ir.attachment", string="Files")

    @api.depends("option_id", "number")
    def _compute_points(self):
        """Not after the question's own points: what was assessed stays."""
        for line in self:
            question = line.question_id
            line.points = (
                question._get_points(line.option_id, line.number) if question else None
            )

    def _is_answered(self):
        value = {"choice": self.option_id, "text": (self.text or "").strip()}
        return (
            self.number is not None if self.kind == "number" else bool(value[self.kind])
        )

    @api.constrains("option_id", "question_id")
    def _check_option(self):
        for line in self:
            if line.option_id and line.option_id.question_id != line.question_id:
                raise ValidationError(
                    self.env._(
                        "%(option)s is no answer to: %(question)s",
                        option=line.option_id.name,
                        question=line.question_id.name,
                    )
                )

    # -- rights: a completed questionnaire is finished --------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_open()
        lines._take_attachments()
        return lines

    def write(self, vals):
        self._check_open()
        result = super().write(vals)
        if "attachment_ids" in vals:
            self._take_attachments()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_open(self):
        self._check_open()

    def _check_open(self):
        if not self.env.su and any(a.state == "done" for a in self.answer_id):
            raise UserError(
                self.env._(
                    "The questionnaire is completed: an approver uses Correct to "
                    "replace it."
                )
            )

    def _take_attachments(self):
        for line in self:
            own = line.attachment_ids.filtered(
                lambda file: file.create_uid == self.env.user and not file.res_id
            )
            if own:
                # sudo: uploaded by the author a moment ago
                own.sudo().write({"res_model": self._name, "res_id": line.id})
