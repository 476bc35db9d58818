"""All evidence of all kinds in one list."""

from odoo import api, fields, models
from odoo.tools import SQL

from .credit_file_evidence import EVIDENCE
from .optional_fields import OptionalFloat

#: Model: its short name, its day and its points.
COLUMNS = {
    "credit.financial.statement": ("statement", "period_end", None),
    "credit.rating": ("rating", "date_from", "position_pct"),
    "credit.registry.check": ("registry", "date", None),
    "credit.reference": ("reference", "date", "points"),
    "credit.visit": ("visit", "date", "points"),
    "credit.questionnaire.answer": ("answer", "date", "points"),
}


class CreditEvidenceEntry(models.Model):
    """What is known about customers, whatever kind of evidence it is; read only.

    One row per entry that was neither replaced nor withdrawn. ``id`` counts each kind
    apart: entry × number of kinds + kind.
    """

    _name = "credit.evidence.entry"
    _description = "Evidence"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "summary"

    file_id = fields.Many2one("credit.file", "Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    kind = fields.Selection(
        [
            ("statement", "Financial statement"),
            ("rating", "Rating"),
            ("registry", "Registry check"),
            ("reference", "Trade reference"),
            ("visit", "Site visit"),
            ("answer", "Questionnaire"),
        ],
        readonly=True,
    )
    date = fields.Date("Of", readonly=True)
    date_to = fields.Date("Valid To", readonly=True)
    points = OptionalFloat(
        "Points (0–100)", digits=(16, 1), readonly=True, aggregator="avg"
    )
    is_knockout = fields.Boolean("Knock-out", readonly=True)
    user_id = fields.Many2one("res.users", "Collected By", readonly=True)
    res_id = fields.Integer(readonly=True)
    summary = fields.Char(compute="_compute_summary")

    @property
    def _table_query(self) -> SQL:
        for model in EVIDENCE:
            self.env[model].flush_model()
        self.env["res.company"].flush_model(
            ["credit_statement_months", "credit_evidence_months"]
        )
        return SQL(" UNION ALL ").join(
            self._entries_sql(at, model) for at, model in enumerate(EVIDENCE)
        )

    def _entries_sql(self, at, model) -> SQL:
        kind, date, points = COLUMNS[model]
        return SQL(
            """
            SELECT entry.id * %(kinds)s + %(at)s AS id, entry.id AS res_id,
                   %(kind)s AS kind, entry.file_id, entry.company_id, entry.user_id,
                   %(date)s AS date, %(date_to)s AS date_to, %(points)s AS points,
                   %(knockout)s AS is_knockout
              FROM %(table)s entry
              JOIN res_company company ON company.id = entry.company_id
             WHERE entry.active
            """,
            kinds=len(EVIDENCE),
            at=at,
            kind=kind,
            date=SQL.identifier("entry", date),
            date_to=self._date_to_sql(kind, SQL.identifier("entry", date)),
            points=self._points_sql(model, points),
            knockout=self._knockout_sql() if kind == "registry" else SQL("FALSE"),
            table=SQL.identifier(self.env[model]._table),
        )

    def _date_to_sql(self, kind, date) -> SQL:
        """The last day on which the entry counts, by its own end or by the settings;
        a knock-out has none."""
        if kind == "rating":
            return SQL("entry.date_to")
        setting = "statement" if kind == "statement" else "evidence"
        months = SQL.identifier("company", f"credit_{setting}_months")
        return SQL(
            "CASE WHEN %(months)s > 0 AND NOT %(knockout)s"
            " THEN (%(date)s + make_interval(months => %(months)s))::date END",
            months=months,
            knockout=SQL("entry.is_knockout" if kind == "registry" else "FALSE"),
            date=date,
        )

    def _knockout_sql(self) -> SQL:
        """Only the newest check of a registry says whether there is a knock-out."""
        return SQL(
            """
            entry.is_knockout AND NOT EXISTS (
                SELECT FROM credit_registry_check newer
                 WHERE newer.active AND newer.file_id = entry.file_id
                   AND newer.registry = entry.registry
                   AND (newer.date, newer.id) > (entry.date, entry.id))
            """
        )

    def _points_sql(self, model, name) -> SQL:
        """Points where the entry has some: nothing seen is not zero points."""
        if not name:
            return SQL("NULL::numeric")
        if "has_points" in self.env[model]._fields:
            return SQL("CASE WHEN entry.has_points THEN entry.points END::numeric")
        return SQL("%s::numeric", SQL.identifier("entry", name))

    @api.model
    def _get_model(self, kind):
        return next(model for model, columns in COLUMNS.items() if columns[0] == kind)

    def _get_entry(self):
        self.ensure_one()
        return self.env[self._get_model(self.kind)].browse(self.res_id)

    @api.depends("kind", "res_id")
    @api.depends_context("lang")
    def _compute_summary(self):
        """The name of what is behind the row; one query per kind."""
        for kind, entries in self.grouped("kind").items():
            records = self.env[self._get_model(kind)].browse(entries.mapped("res_id"))
            names = {record.id: record._get_summary() for record in records}
            for entry in entries:
                entry.summary = names[entry.res_id]

    @api.readonly
    def action_open(self):
        """What is behind the row."""
        entry = self._get_entry()
        return {
            "type": "ir.actions.act_window",
            "res_model": entry._name,
            "res_id": entry.id,
            "views": [(False, "form")],
        }
