"""The chapters of the credit report about the assessment: what the customer is worth,
and how anybody knows."""

from typing import NamedTuple

from odoo import models
from odoo.tools import format_date
from odoo.tools.misc import formatLang

from .credit_file_report import MOST_ROWS

#: The payment behaviour as printed, in this order.
BEHAVIOUR = (
    "paid_as_of",
    "paid_count",
    "paid_days_late",
    "paid_on_time_pct",
    "paid_largest_delay_days",
    "paid_trend",
    "paid_turnover",
    "paid_growth_pct",
    "paid_highest_balance",
    "paid_credit_note_pct",
    "paid_tenure_months",
    "paid_returned",
    "paid_broken",
)
#: A statement as printed: one column per year.
STATEMENT = (
    "is_audited",
    "total_assets",
    "current_assets",
    "total_liabilities",
    "current_liabilities",
    "net_worth",
    "tangible_net_worth",
    "revenue",
    "profit",
    "operating_cash_flow",
    "receivables",
    "bank_credit_line",
    "debt_ratio_pct",
    "current_ratio",
    "receivables_turnover",
    "net_margin_pct",
    "cash_cover",
)
MOST_YEARS = 4


class Table(NamedTuple):
    """A chapter: ``right`` are the columns whose texts are figures."""

    title: str
    head: list
    rows: list
    right: tuple = ()
    note: str = ""


class CreditFileReport(models.AbstractModel):
    _inherit = "report.credit_control.report_credit_file"

    def _get_chapter(self, file):
        found = super()._get_chapter(file)
        own = found["file"]
        tables = (
            self._get_score_table(own.score_id),
            self._get_behaviour_table(own),
            self._get_statement_table(own),
            self._get_rating_table(own),
            self._get_registry_table(own),
            self._get_alert_table(own),
        )
        return found | {"assessment": [table for table in tables if table.rows]}

    # -- one table each ---------------------------------------------------------------
    def _get_score_table(self, score):
        lines = score.line_ids
        names = ("name", "value_text", "band_label", "points", "weight", "part")
        note = []
        if score:
            note = [
                self.env._(
                    "%(score)s by %(card)s on %(day)s; grade proposed: %(grade)s.",
                    score=f"{score.total:.1f}",
                    card=score.scorecard_id.display_name,
                    day=format_date(self.env, score.date),
                    grade=score.grade_id.display_name or "–",
                )
            ]
        if score.knockout_text:
            note.append(self.env._("Knock-outs: %s", score.knockout_text))
        return Table(
            self.env._("Score"),
            [
                self.env._("Criterion"),
                *self._labels(lines, (*names[1:], "evidence_text")),
            ],
            [self._cells(line, (*names, "evidence_text")) for line in lines],
            (1, 3, 4, 5),
            " ".join(note),
        )

    def _get_behaviour_table(self, file):
        if not file.paid_count:
            return Table("", [], [])
        cells = self._cells(file, BEHAVIOUR)
        rows = zip(self._labels(file, BEHAVIOUR), cells, strict=True)
        return Table(
            self.env._("Payment Behaviour"),
            [],
            [list(row) for row in rows if row[1] != "–"],
            (1,),
        )

    def _get_statement_table(self, file):
        years = file.statement_ids.filtered("active").sorted("period_end")[-MOST_YEARS:]
        columns = [self._cells(year, STATEMENT) for year in years]
        labels = self._labels(years, STATEMENT)
        return Table(
            self.env._("Financial Statements"),
            [
                "",
                *(
                    f"{format_date(self.env, year.period_end)} {year.currency_id.name}"
                    for year in years
                ),
            ],
            [
                list(row)
                for row in zip(labels, *columns, strict=True)
                if any(cell != "–" for cell in row[1:])
            ],
            tuple(range(1, len(years) + 1)),
        )

    def _get_rating_table(self, file):
        ratings = file.credit_rating_ids.filtered("active")
        return self._get_list(
            self.env._("Ratings of Agencies"),
            ratings,
            ("agency_id", "value", "pd_range", "recommended_limit", "date_from")
            + ("date_to",),
            (3,),
        )

    def _get_registry_table(self, file):
        checks = file.registry_check_ids.filtered("active")
        return self._get_list(
            self.env._("Registry Checks"),
            checks,
            ("date", "registry", "code", "result_ids", "is_knockout"),
        )

    def _get_alert_table(self, file):
        alerts = self.env["credit.alert"].sudo()  # sudo: as the rest of the file
        alerts = alerts.search([("file_id", "=", file.id)], limit=MOST_ROWS)
        names = ("date", "severity", "indicator", "text", "state", "outcome")
        return self._get_list(self.env._("Early Warnings"), alerts, names)

    def _get_list(self, title, records, names, right=()):
        return Table(
            title,
            self._labels(records, names),
            [self._cells(record, names) for record in records[:MOST_ROWS]],
            right,
        )

    # -- texts ------------------------------------------------------------------------
    def _labels(self, records, names):
        return [records._fields[name]._description_string(self.env) for name in names]

    def _cells(self, record, names):
        return [self._cell(record, record._fields[name]) for name in names]

    def _cell(self, record, field):
        """The value of a field in the reader's language; – where there is none."""
        value = record[field.name]
        if field.type == "boolean":
            return self.env._("yes") if value else self.env._("no")
        if field.relational:
            return ", ".join(value.mapped("display_name")) or "–"
        if value is None or (value is False and field.type != "integer"):
            return "–"
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value) or "–"
        if field.type in ("date", "datetime"):
            return format_date(self.env, value)
        if field.type == "monetary":
            currency = record[field.get_currency_field(record)]
            return currency.format(value)
        if field.type == "float":
            digits = field.get_digits(self.env)
            return formatLang(self.env, value, digits=digits[1] if digits else 1)
        return str(value)
