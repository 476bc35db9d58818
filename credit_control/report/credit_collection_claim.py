"""The claim in one page, for the lawyer, the agency or the court."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..models.handing_out import choose_lang

#: More items than this do not fit on the page: they are on the statement.
MOST_ROWS = 10
MOST_NOTICES = 5


class CreditCollectionClaim(models.AbstractModel):
    """One letter per case, in the language of who gets it.

    Who may read a case but not the ledger (salespeople) gets no letter, whatever URL
    he makes up.
    """

    _name = "report.credit_control.report_collection_claim"
    _description = "Claim Summary (PDF)"

    @api.model
    def _get_report_values(self, docids, data=None):
        cases = self.env["credit.collection.case"].browse(docids).exists()
        for case in cases:
            self.env["credit.collection.evidence"]._check_maker(case)
        # sudo: addresses and notices of cases that the user may read
        cases = cases.sudo()
        return {
            "doc_ids": cases.ids,
            "doc_model": cases._name,
            "docs": cases,
            "claims": {case.id: self._prepare_claim(case) for case in cases},
        }

    def _prepare_claim(self, case):
        """What the page says of one case."""
        lang = self._get_lang(case)
        lines = case.line_ids.sorted(lambda line: (line.due, line.id))
        # sudo: see above
        notices = self.env["credit.collection.evidence"].sudo()._get_notices(case)[::-1]
        interest = self._measure_interest(lines)
        charged = sum(
            case.cost_ids.filtered(lambda cost: cost.payer == "customer").mapped(
                "amount_case"
            )
        )
        return {
            "case": case.with_context(lang=lang),
            "lang": lang,
            "rows": lines[:MOST_ROWS],
            "rest": lines[MOST_ROWS:],
            "rest_open": sum(lines[MOST_ROWS:].mapped("amount_open")),
            "notices": notices[:MOST_NOTICES].with_context(lang=lang),
            "more_notices": len(notices[MOST_NOTICES:]),
            "interest": interest,
            "charged": charged,
            "total": case.amount_open + interest + charged,
            "today": fields.Date.today(),
        }

    def _get_lang(self, case):
        """The lawyer's language where it is installed, else the company's."""
        company = case.company_id.partner_id
        return choose_lang(self.env, case.agent_id.lang, company.lang)

    def _measure_interest(self, lines):
        """Late interest on what is open, up to today; nothing without a rate."""
        today = fields.Date.today()
        asked = [
            SQL(
                "(%s, %s, %s, %s)",
                line.id,
                line.move_line_id.id,
                line.amount_open,
                today,
            )
            for line in lines
            if line.move_line_id and line.amount_open > 0
        ]
        if not asked:
            return 0.0
        measured = self.env["credit.interest"]._measure_items(
            lines.company_id, SQL("VALUES %s", SQL(", ").join(asked))
        )
        return sum(owed.interest for _item, owed in measured)
