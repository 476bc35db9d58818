"""The limit proposal of many customers at once: collects what is known, converts it."""

from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.proposal import Inputs, Policy, Proposal, one_digit, propose
from .credit_gate import Rates


class Figure(NamedTuple):
    """One figure about a customer and where it comes from."""

    amount: float
    currency: models.BaseModel
    source: str = ""


class CreditProposal(models.AbstractModel):
    """``_get_proposals`` measures, ``_describe`` says it in words.

    The sources are small methods that return ``{file_id: Figure}`` (or nothing), so
    that other parts of the add-on, and other add-ons, can fill them by ``_inherit``::

        def _get_net_worths(self, files):
            return {file.id: Figure(80_000, currency, "2025, audited")}

    Cost: one query each for the ledger, the covers and the limits, for any number of
    files. Today is UTC, the same for every viewer.
    """

    _name = "credit.proposal"
    _description = "Limit Proposal"

    # -- what others ask ------------------------------------------------------------
    @api.model
    def _get_proposals(self, files, grades=None, terms=None) -> dict[int, Proposal]:
        """``{file_id: Proposal}`` in the currency of each file's limit.

        :param grades: ``{file_id: grade}`` where another than the file's is proposed
        :param terms: ``{file_id: payment terms}`` likewise
        """
        # sudo: figures are the same for every viewer
        files = files.sudo()
        service = self.sudo()
        figures = service._get_figures(files)
        worsening = service._get_worsening(files)
        limits = files._get_limit_facts(
            [(file.partner_id.id, file.company_id.id) for file in files]
        )
        rates, found = Rates(service.env), {}
        for file in files:
            grade = (grades or {}).get(file.id, file.grade_id)
            term = (terms or {}).get(file.id, file.payment_term_id)
            company, currency = file.company_id, file.currency_id
            known, sources = {}, {}
            for name, by_file in figures.items():
                if figure := by_file.get(file.id):
                    rate = rates.get(figure.currency, currency, company)
                    known[name] = currency.round(figure.amount * rate)
                    sources[name] = figure.source
            facts, limit_currency = limits[file.partner_id.id, company.id]
            granted = facts.mode == "amount" and not facts.expired and facts.permanent
            if granted:
                granted *= rates.get(limit_currency, currency, company)
            worse, sources["worsening"] = worsening.get(file.id, (0, ""))
            inputs = Inputs(
                **known,
                worse=worse,
                sources=sources,
                terms_days=service._get_terms_days(file, term, grade),
                grade_factor=grade.limit_factor if grade else 1.0,
                current=currency.round(granted) if granted else None,
            )
            policy = service._get_policy(company, currency, rates)
            found[file.id] = propose(policy, inputs, currency.decimal_places)
        return found

    @api.model
    def _get_policy(self, company, currency, rates) -> Policy:
        rate = rates.get(company.currency_id, currency, company)
        return Policy(
            company.credit_proposal_net_worth_pct,
            company.credit_proposal_turnover_pct,
            currency.round(company.credit_proposal_cap * rate),
            company.credit_proposal_max_increase_pct,
            company.credit_proposal_worsening_pct,
            one_digit(company.credit_proposal_step * rate),
        )

    @api.model
    def _get_terms_days(self, file, term, grade):
        """The terms granted or asked for, else those in use, else the grade's."""
        partner = file.partner_id.with_company(file.company_id)
        term = term or partner.property_payment_term_id
        return term._credit_terms()[0] if term else grade.max_terms_days or 0

    # -- the sources ----------------------------------------------------------------
    @api.model
    def _get_figures(self, files) -> dict[str, dict[int, Figure]]:
        """``{name of the input: {file_id: Figure}}``"""
        turnovers, sales = self._get_ledger_figures(files)
        statement = self._get_revenues(files)
        by_ledger = files.company_id.filtered(
            lambda company: company.credit_proposal_turnover_source == "ledger"
        )
        turnover = {
            file.id: turnovers.get(file.id)
            if file.company_id in by_ledger
            else statement.get(file.id)
            for file in files
        }
        return {
            "net_worth": self._get_net_worths(files),
            "turnover": turnover,
            "monthly_sales": sales,
            "agency": self._get_agency_figures(files),
            "insurer": self._get_insurer_figures(files),
        }

    @api.model
    def _get_worsening(self, files) -> dict[int, tuple[int, str]]:
        """``{file_id: (how many ratios have become worse, which)}``"""
        return {}

    @api.model
    def _get_net_worths(self, files) -> dict[int, Figure]:
        """Tangible net worth by the latest financial statement."""
        return {}

    @api.model
    def _get_revenues(self, files) -> dict[int, Figure]:
        """The customer's whole turnover by the latest financial statement."""
        return {}

    @api.model
    def _get_agency_figures(self, files) -> dict[int, Figure]:
        """The limit that a valid rating of an agency recommends."""
        return {}

    @api.model
    def _get_insurer_figures(self, files) -> dict[int, Figure]:
        """The sum of the insured limits that are valid today."""
        covers = self.env["credit.insurance.cover"].search(
            fields.Domain("file_id", "in", files.ids)
            & fields.Domain("is_valid", "=", True),
            order="file_id, id",
        )
        rates, found = Rates(self.env), {}
        for file, own in covers.grouped("file_id").items():
            currency = own[0].currency_id
            amount = sum(
                cover.insured_limit
                * rates.get(cover.currency_id, currency, file.company_id)
                for cover in own
            )
            source = ", ".join(cover.display_name for cover in own)
            found[file.id] = Figure(amount, currency, source)
        return found

    @api.model
    def _get_ledger_figures(self, files):
        """``({file_id: turnover}, {file_id: average monthly sales})`` of the last 12
        months: turnover without taxes, monthly sales with them, as they are owed.

        Always a twelfth of the year, also for who has bought for some months only: a
        short history is no reason for more.
        """
        if not files:
            return {}, {}
        today = fields.Date.today()
        since = fields.Date.subtract(today, years=1)
        rows = self.env.execute_query(self._sales_sql(files, since, today))
        source = f"{fields.Date.add(since, days=1)} – {today}"
        turnovers, sales = {}, {}
        companies = {file.id: file.company_id for file in files}
        for file_id, untaxed, total in rows:
            currency = companies[file_id].currency_id
            turnovers[file_id] = Figure(float(untaxed), currency, source)
            sales[file_id] = Figure(float(total) / 12, currency, source)
        return turnovers, sales

    def _sales_sql(self, files, since, today) -> SQL:
        """(file id, untaxed, taxed) of the posted invoices and credit notes after
        ``since``, in the currency of the root company. The way over the journal items
        is the one with an index on the customer."""
        self.env["account.move"].flush_model()
        self.env["account.move.line"].flush_model()
        files.flush_model(["partner_id", "company_id"])
        return SQL(
            """
            WITH moves AS (
                SELECT DISTINCT file.id AS file_id, item.move_id
                  FROM credit_file file
                  JOIN account_move_line item ON item.partner_id = file.partner_id
                  JOIN res_company company ON company.id = item.company_id
                 WHERE file.id IN %(files)s
                   AND item.display_type = 'payment_term'
                   AND item.parent_state = 'posted'
                   AND company.parent_path LIKE file.company_id || '/%%')
            SELECT moves.file_id, SUM(move.amount_untaxed_signed),
                   SUM(move.amount_total_signed)
              FROM moves
              JOIN account_move move ON move.id = moves.move_id
             WHERE move.move_type IN ('out_invoice', 'out_refund', 'out_receipt')
               AND move.invoice_date > %(since)s AND move.invoice_date <= %(today)s
             GROUP BY moves.file_id
            """,
            files=tuple(files.ids),
            since=since,
            today=today,
        )

    # -- in words -------------------------------------------------------------------
    @api.model
    def _describe(self, data, currency) -> list[dict]:
        """The terms of a stored proposal in the reader's language: ``[{"code", "label",
        "formula", "result", "why", "source", "decides"}]``."""
        if not data:
            return []
        proposal = Proposal.from_json(data)
        labels, whys = self._get_labels(), self._get_whys()
        return [
            {
                "code": term.code,
                "label": labels.get(term.code, term.code),
                "formula": term.formula,
                "result": currency.format(term.amount) if term.applies else "",
                "why": "" if term.applies else whys.get(term.why, term.why),
                "source": term.source,
                "decides": term.code == proposal.decided_by,
            }
            for term in proposal.terms
        ]

    @api.model
    def _get_labels(self):
        return {
            "net_worth": self.env._("Share of the tangible net worth"),
            "turnover": self.env._("Share of the turnover"),
            "monthly_sales": self.env._("Monthly sales × terms in months × grade"),
            "agency": self.env._("Figure of an agency"),
            "insurer": self.env._("Figure of the insurer"),
            "cap": self.env._("Cap of the company"),
            "increase": self.env._("Largest increase of today's limit"),
            "worsening": self.env._("Ratios that have become worse"),
            "rounding": self.env._("Rounded down"),
        }

    @api.model
    def _get_whys(self):
        return {
            "not_set": self.env._("Not used by the company"),
            "no_figure": self.env._("No figure is known"),
            "no_sales": self.env._("No sales within 12 months"),
            "no_terms": self.env._("No payment terms: he pays at once"),
            "no_limit_now": self.env._("There is no limit in force"),
            "no_worse": self.env._("No ratio is worse than the year before"),
            "within": self.env._("The proposal is within it"),
            "no_measure": self.env._("Nothing is known to measure by"),
        }
