"""Evidence on the credit file: lists, counts, and what the registries say."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.facts import STRICTNESS

#: Models of evidence, in the order in which the page shows them.
EVIDENCE = (
    "credit.financial.statement",
    "credit.rating",
    "credit.registry.check",
    "credit.reference",
    "credit.visit",
    "credit.questionnaire.answer",
)


class CreditFile(models.Model):
    _inherit = "credit.file"

    statement_ids = fields.One2many(
        "credit.financial.statement", "file_id", "Financial Statements"
    )
    credit_rating_ids = fields.One2many("credit.rating", "file_id", "External Ratings")
    agency_number_ids = fields.One2many(
        "credit.agency.number", "file_id", "Numbers at Agencies"
    )
    registry_check_ids = fields.One2many(
        "credit.registry.check", "file_id", "Registry Checks"
    )
    reference_ids = fields.One2many("credit.reference", "file_id", "Trade References")
    visit_ids = fields.One2many("credit.visit", "file_id", "Site Visits")
    answer_ids = fields.One2many(
        "credit.questionnaire.answer", "file_id", "Questionnaires"
    )
    statement_count = fields.Integer(compute="_compute_evidence_counts")
    credit_rating_count = fields.Integer(compute="_compute_evidence_counts")
    evidence_count = fields.Integer(compute="_compute_evidence_counts")
    registry_knockout = fields.Boolean(
        compute="_compute_registry_knockout", search="_search_registry_knockout"
    )
    registry_text = fields.Char("Registry", compute="_compute_registry_knockout")

    def _compute_evidence_counts(self):
        """One query per model of evidence for any number of files."""
        counts = {
            model: dict(
                self.env[model]._read_group(
                    [("file_id", "in", self.ids)], ["file_id"], ["__count"]
                )
            )
            for model in EVIDENCE
        }
        statements, ratings = counts[EVIDENCE[0]], counts[EVIDENCE[1]]
        for file in self:
            origin = file._origin
            file.statement_count = statements.get(origin, 0)
            file.credit_rating_count = ratings.get(origin, 0)
            file.evidence_count = sum(found.get(origin, 0) for found in counts.values())

    @api.depends("registry_check_ids.is_knockout", "registry_check_ids.active")
    @api.depends_context("lang")
    def _compute_registry_knockout(self):
        found = self.env["credit.registry.check"]._get_knockouts(self._origin)
        for file in self:
            checks = found.get(file._origin.id)
            file.registry_knockout = bool(checks)
            file.registry_text = checks and "; ".join(
                check._describe() for check in checks
            )

    def _search_registry_knockout(self, operator, value):
        if operator != "in":
            return NotImplemented
        current = self.env["credit.registry.check"]._get_current(SQL("TRUE"))
        knocked = current.filtered("is_knockout").file_id
        found = Domain("id", "in", knocked.ids)
        return found if True in value else ~found

    @api.ondelete(at_uninstall=False)
    def _unlink_except_evidence(self):
        """Evidence stays readable: a file with evidence is closed instead."""
        for model in EVIDENCE:
            # sudo: also what the user may not read
            Model = self.env[model].sudo().with_context(active_test=False)
            if found := Model.search([("file_id", "in", self.ids)], limit=1):
                raise UserError(
                    self.env._(
                        "The credit file of %(customer)s has evidence and cannot be "
                        "deleted. Set its state to Closed instead.",
                        customer=found.file_id.display_name,
                    )
                )

    def _take_references(self, merged):
        """Where both files have the same number or the evidence of the same day, the
        kept file's counts; the other one comes along archived.

        Odoo would else delete everything of the merged file at the first conflict.
        """
        kept, gone = self.sudo(), merged.sudo()  # sudo: merging is the system's
        agencies = kept.agency_number_ids.agency_id
        gone.agency_number_ids.filtered(lambda n: n.agency_id in agencies).unlink()
        for name, key in (
            ("statement_ids", lambda record: record.period_end),
            ("credit_rating_ids", lambda record: (record.agency_id, record.date_from)),
        ):
            taken = set(map(key, kept[name]))
            gone[name].filtered(lambda r, k=key, t=taken: k(r) in t).active = False  # noqa: B023
        self.env.flush_all()
        return super()._take_references(merged)

    # -- buttons ----------------------------------------------------------------------
    @api.readonly
    def action_open_statements(self):
        return self._action_open_evidence(
            "credit.financial.statement", self.env._("Financial Statements")
        )

    @api.readonly
    def action_open_ratings(self):
        return self._action_open_evidence("credit.rating", self.env._("Ratings"))

    @api.readonly
    def action_open_evidence(self):
        """Everything known about the customer, newest first."""
        return self._action_open_evidence(
            "credit.evidence.entry", self.env._("Evidence")
        )

    def _action_open_evidence(self, model, name):
        self.ensure_one()
        views = ["list", "form"] if model != "credit.evidence.entry" else ["list"]
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "domain": [("file_id", "=", self.id)],
            "context": {"default_file_id": self.id},
            "views": [(False, view) for view in views],
        }

    def action_registry_watch(self):
        """Watch the customer because of what a registry says."""
        self._set_by_registry("watch")

    def action_registry_stop(self):
        """Stop the customer because of what a registry says."""
        self._set_by_registry("stop")

    def _set_by_registry(self, state):
        """Make the state stricter, never easier; the right is that of the state."""
        for file in self:
            if not file.registry_knockout:
                raise UserError(
                    self.env._(
                        "No registry check of %(customer)s is a knock-out now.",
                        customer=file.display_name,
                    )
                )
            if STRICTNESS.get(file.state, 0) < STRICTNESS[state]:
                file.state = state
                file._message_log(
                    body=self.env._("Registry: %(results)s", results=file.registry_text)
                )
