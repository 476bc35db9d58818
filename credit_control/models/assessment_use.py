"""What assessments are good for: evidence is scored and measures the limit proposed,
and the score proposes the grade of a review."""

from odoo import api, models

from .credit_gate import Rates
from .credit_proposal import Figure


class CreditScoring(models.AbstractModel):
    _inherit = "credit.scoring"

    def _get_evidence_inputs(self, files, date):
        return files._get_evidence_inputs(date)


class CreditProposal(models.AbstractModel):
    """Statements and ratings as far as they are valid today: two queries each."""

    _inherit = "credit.proposal"

    @api.model
    def _get_net_worths(self, files):
        return self._get_statement_figures(
            files, lambda statement: statement.tangible_net_worth
        )

    @api.model
    def _get_revenues(self, files):
        return self._get_statement_figures(
            files,
            lambda statement: statement._get_figures().yearly(statement.revenue),
        )

    @api.model
    def _get_worsening(self, files):
        """Of the latest statement against the one before it."""
        found = {}
        latest = self.env["credit.financial.statement"]._get_latest(files)
        for file_id, statement in latest.items():
            worse = [
                f"{statement._fields[name]._description_string(self.env)}: "
                f"{statement.previous_id[name]:g} → {statement[name]:g}"
                for name in statement._get_trend_fields()
                if statement[name.removesuffix("_pct") + "_trend"] == "worse"
            ]
            found[file_id] = len(worse), "; ".join(worse)
        return found

    def _get_statement_figures(self, files, read):
        """``{file_id: Figure}`` of the latest statements; what one does not say is
        left out."""
        latest = self.env["credit.financial.statement"]._get_latest(files)
        return {
            file_id: Figure(amount, statement.currency_id, statement._describe_source())
            for file_id, statement in latest.items()
            if (amount := read(statement)) is not None
        }

    @api.model
    def _get_agency_figures(self, files):
        """Of several ratings the smallest limit recommended, at today's rate."""
        rates, found = Rates(self.env), {}
        companies = {file.id: file.company_id for file in files}
        for file_id, ratings in self.env["credit.rating"]._get_valid(files).items():
            company = companies[file_id]
            figures = [
                Figure(
                    rating.recommended_limit,
                    rating.currency_id,
                    f"{rating.agency_id.name} {rating.value}",
                )
                for rating in ratings
                if rating.recommended_limit is not None
            ]
            if figures:
                found[file_id] = min(
                    figures,
                    key=lambda figure, company=company: (
                        figure.amount
                        * rates.get(figure.currency, company.currency_id, company)
                    ),
                )
        return found


class CreditReview(models.Model):
    _inherit = "credit.review"

    @api.model
    def _get_proposed_grades(self, files):
        # sudo: the grade that follows from the score, whoever reviews
        return {file.id: file.proposed_grade_id for file in files.sudo()}
