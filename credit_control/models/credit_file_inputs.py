"""What evidence says, as inputs for scorecards and limit proposals."""

from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.tools import SQL

from .credit_gate import Rates

#: Input of a scorecard: field of the statement.
RATIO_CODES = {
    "debt_ratio": "debt_ratio_pct",
    "current_ratio": "current_ratio",
    "net_margin": "net_margin_pct",
    "receivables_turnover": "receivables_turnover",
    "receivables_days": "receivables_days",
    "cash_cover": "cash_cover",
}
#: Amounts, converted to the currency of the file's limit.
AMOUNT_CODES = ("net_worth", "tangible_net_worth", "revenue", "bank_credit_line")
TREND_VALUES = {"better": 1.0, "same": 0.0, "worse": -1.0}


class CreditFile(models.Model):
    """The values that count, each with its source in words and its day.

    What is not valid any more is missing: statements and other evidence older than the
    settings allow, ratings that ended or were followed by a newer one. A code that is
    not there is missing, never zero.

    ========================== =====================================================
    ``debt_ratio, net_margin`` percent, 40.0 is 40 %
    ``current_ratio, …``       times; ``receivables_days`` days
    ``<ratio>_trend``          1 better, 0 same, -1 worse than the year before
    ``net_worth, revenue, …``  in the currency of the file's limit, at today's rate;
                               revenue of twelve months
    ``rating_<agency>_pct``    0 worst to 100 best; ``rating_worst_pct`` over all
    ``rating_<agency>_pd``     default within a year in percent, where stated
    ``rating_limit``           the smallest limit that a valid rating recommends
    ``visit_points``           of the newest visit; ``reference_points`` the mean
    ``question_<code>``        of the newest answer; ``questionnaire_<code>_points``
    ``registry_knockout``      1 knock-out, 0 checked and clean
    ========================== =====================================================

    Cost: the same number of queries for any number of files. Example::

        inputs = files._get_evidence_inputs()
        value, source, day = inputs[file.id]["debt_ratio"]
    """

    _inherit = "credit.file"

    def _get_evidence_inputs(self, date=None) -> dict[int, dict[str, tuple]]:
        """``{file_id: {code: (value, source, day)}}`` for every file of ``self``."""
        # sudo: a score is the same whoever asks for it
        files = self.sudo()
        date = date or fields.Date.context_today(self)
        found = {file.id: {} for file in files}
        files._add_statement_inputs(found, date)
        files._add_rating_inputs(found, date)
        files._add_registry_inputs(found, date)
        files._add_mean_inputs(found, date)
        files._add_answer_inputs(found, date)
        return found

    # -- statements -------------------------------------------------------------------
    def _add_statement_inputs(self, found, date):
        latest = self.env["credit.financial.statement"]._get_latest(self, date)
        rates = Rates(self.env)
        for file in self:
            if not (statement := latest.get(file.id)):
                continue
            said = (statement._describe_source(), statement.period_end)
            inputs = found[file.id]
            for code, name in RATIO_CODES.items():
                if statement[name] is not None:
                    inputs[code] = (statement[name], *said)
            for name in statement._get_trend_fields():
                code = name.removesuffix("_pct")
                if trend := statement[f"{code}_trend"]:
                    inputs[f"{code}_trend"] = (TREND_VALUES[trend], *said)
            rate = rates.get(statement.currency_id, file.currency_id, file.company_id)
            for name in AMOUNT_CODES:
                amount = statement[name]
                if name == "revenue":
                    amount = statement._get_figures().yearly(amount)
                if amount is not None:
                    inputs[name] = (file.currency_id.round(amount * rate), *said)

    # -- ratings ----------------------------------------------------------------------
    def _add_rating_inputs(self, found, date):
        valid = self.env["credit.rating"]._get_valid(self, date)
        rates = Rates(self.env)
        for file in self:
            inputs, positions, limits = found[file.id], [], []
            for rating in valid.get(file.id, ()):
                code = rating.agency_id.code
                said = (f"{rating.agency_id.name} {rating.value}", rating.date_from)
                inputs[f"rating_{code}_pct"] = (rating.position_pct, *said)
                positions.append((rating.position_pct, *said))
                if rating.pd_pct is not None:
                    inputs[f"rating_{code}_pd"] = (rating.pd_pct, *said)
                if rating.recommended_limit is not None:
                    rate = rates.get(
                        rating.currency_id, file.currency_id, file.company_id
                    )
                    limit = file.currency_id.round(rating.recommended_limit * rate)
                    limits.append((limit, *said))
            if positions:
                inputs["rating_worst_pct"] = min(positions, key=lambda x: x[0])
            if limits:
                inputs["rating_limit"] = min(limits, key=lambda x: x[0])

    # -- registry, references, visits, answers ----------------------------------------
    def _get_evidence_since(self, date):
        """``{company: first day that counts}``; None where all days do."""
        return {
            company: date - relativedelta(months=months) if months else None
            for company in self.company_id
            for months in [company.credit_evidence_months]
        }

    def _counts(self, day, since):
        return since[self.company_id] is None or day >= since[self.company_id]

    def _add_registry_inputs(self, found, date):
        if not self:
            return
        since = self._get_evidence_since(date)
        Check = self.env["credit.registry.check"]
        current = Check._get_current(SQL("file_id = ANY(%s)", self.ids), date)
        for file, checks in current.grouped("file_id").items():
            knockouts = checks.filtered("is_knockout")
            counted = knockouts or checks.filtered(
                lambda check, file=file: file._counts(check.date, since)
            )
            if counted:
                found[file.id]["registry_knockout"] = (
                    1.0 if knockouts else 0.0,
                    "; ".join(check._describe() for check in counted),
                    max(counted.mapped("date")),
                )

    def _add_mean_inputs(self, found, date):
        """The newest visit; the mean of all references."""
        since = self._get_evidence_since(date)
        domain = [("file_id", "in", self.ids), ("date", "<=", date)]
        visits = self.env["credit.visit"].search([*domain, ("has_points", "=", True)])
        for file, own in visits.grouped("file_id").items():
            visit = own[0]
            if file._counts(visit.date, since):
                source = self.env._("Visit by %(user)s", user=visit.user_id.name or "")
                found[file.id]["visit_points"] = (visit.points, source, visit.date)
        references = self.env["credit.reference"].search(domain)
        for file, own in references.grouped("file_id").items():
            counted = own.filtered(lambda r, file=file: file._counts(r.date, since))
            if counted:
                found[file.id]["reference_points"] = (
                    sum(counted.mapped("points")) / len(counted),
                    ", ".join(counted.mapped("referee")),
                    max(counted.mapped("date")),
                )

    def _add_answer_inputs(self, found, date):
        """The newest completed answer to each question."""
        since = self._get_evidence_since(date)
        answers = self.env["credit.questionnaire.answer"].search(
            [
                ("file_id", "in", self.ids),
                ("date", "<=", date),
                ("state", "=", "done"),
            ]
        )
        for answer in answers:
            if not answer.file_id._counts(answer.date, since):
                continue
            inputs = found[answer.file_id.id]
            said = (answer.questionnaire_id.name, answer.date)
            if answer.has_points:
                code = f"questionnaire_{answer.questionnaire_id.code}_points"
                inputs.setdefault(code, (answer.points, *said))
            for line in answer.line_ids:
                if line.points is not None:
                    code = f"question_{line.question_id.code}"
                    inputs.setdefault(code, (line.points, *said))
