"""What a person says instead of a score, until when and why."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError


class CreditScoreOverride(models.Model):
    """What a person says instead of the score: a grade, with a reason and an end.

    While it holds, this grade is proposed (and set, where the company lets scores set
    grades). The score goes on being measured beside it. It is never changed, only
    ended early; the file says who said what until when.
    """

    _name = "credit.score.override"
    _description = "Score Override"
    _order = "date_from desc, id desc"
    _rec_name = "grade_id"

    file_id = fields.Many2one(
        "credit.file", "Customer", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="file_id.company_id", store=True, index=True)
    score_id = fields.Many2one(
        "credit.score", "Score Then", readonly=True, ondelete="set null"
    )
    score_grade_id = fields.Many2one(
        "credit.grade", "Grade of the Score Then", readonly=True, ondelete="restrict"
    )
    grade_id = fields.Many2one(
        "credit.grade", "Grade Instead", required=True, ondelete="restrict"
    )
    reason = fields.Text(required=True)
    date_from = fields.Date(
        "From", required=True, readonly=True, default=fields.Date.context_today
    )
    date_to = fields.Date("Until", required=True, help="The last day.")
    ended_on = fields.Date("Ended Early On", readonly=True)
    ended_by = fields.Many2one("res.users", readonly=True)
    user_id = fields.Many2one(
        "res.users", "By", readonly=True, default=lambda self: self.env.user
    )
    is_in_force = fields.Boolean("In Force", compute="_compute_is_in_force")

    _dates = models.Constraint(
        "CHECK (date_to >= date_from)",
        "An override ends on the day it begins or later.",
    )

    @api.depends("date_from", "date_to", "ended_on")
    def _compute_is_in_force(self):
        today = fields.Date.today()
        for one in self:
            one.is_in_force = (
                not one.ended_on
                and one.date_from
                and one.date_to
                and one.date_from <= today <= one.date_to
            )

    @api.constrains("reason")
    def _check_reason(self):
        for one in self:
            if not one.reason.strip():
                raise ValidationError(self.env._("Give a reason for the override."))

    @api.constrains("grade_id", "file_id")
    def _check_grade_company(self):
        for one in self:
            company = one.grade_id.company_id
            if company and company != one.file_id.company_id:
                raise ValidationError(
                    self.env._("Choose a grade of the company of the credit file.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        """A new override takes the place of the one in force.

        :raise AccessError: for who may not decide on grades
        """
        self.browse().check_access("create")
        typed = {"file_id", "grade_id", "reason", "date_to"}
        if not self.env.su and any(vals.keys() - typed for vals in vals_list):
            raise AccessError(
                self.env._(
                    "Of an override, customer, grade, reason and last day are typed; "
                    "the rest follows."
                )
            )
        files = self.env["credit.file"].browse(vals["file_id"] for vals in vals_list)
        self._check_deciding(files)
        for vals, file in zip(vals_list, files, strict=True):
            # where scores set grades, this is as good as setting it
            if file.company_id.credit_score_sets_grade and not self.env.su:
                file._check_easing({"grade_id": vals["grade_id"]})
        rows = [
            vals
            | {
                "score_id": file.score_id.id,
                "score_grade_id": file.score_id.grade_id.id,
            }
            for vals, file in zip(vals_list, files, strict=True)
        ]
        files.override_ids.filtered("is_in_force")._end()
        overrides = super().create(rows)
        for one in overrides:
            one.file_id._message_log(
                body=self.env._(
                    "Grade %(grade)s instead of the score's %(old)s until %(day)s: "
                    "%(reason)s",
                    grade=one.grade_id.code,
                    old=one.score_grade_id.code or "–",
                    day=one.date_to,
                    reason=one.reason,
                )
            )
        overrides.file_id._refresh_proposals()
        return overrides

    def write(self, vals):
        if not self.env.su:
            raise AccessError(
                self.env._("An override stays as it is. End it and make another one.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("An override stays. End it instead."))

    def action_end(self):
        """The score counts again from now on."""
        self._check_deciding(self.file_id)
        self._end()
        self.file_id._refresh_proposals()

    def _end(self):
        # sudo: ending is all that may be written
        self.sudo().write({"ended_on": fields.Date.today(), "ended_by": self.env.uid})

    def _check_deciding(self, files):
        files.check_access("write")
        if not files._may_decide():
            raise AccessError(
                self.env._(
                    "Only a credit approver may override a score. Ask an approver."
                )
            )
