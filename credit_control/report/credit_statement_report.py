"""What the statement's PDF and workbook are made of."""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Date

from ..models.credit_statement import KINDS


class CreditStatementReport(models.AbstractModel):
    """The PDF: one letter per customer, in his language, with its own page numbers.

    The options come from the browser, so that the service asks whether the user may
    read the customers before anything is read.
    """

    _name = "report.credit_control.report_statement"
    _description = "Statement of Account (PDF)"

    @api.model
    def _get_report_values(self, docids, data=None):
        options = self._read_options(docids, data or {})
        letters = self.env["credit.statement"]._get_letters(**options)
        return {
            "doc_ids": options["partners"].ids,
            "doc_model": "res.partner",
            "docs": options["partners"],
            "letters": letters,
        }

    def _read_options(self, docids, data) -> dict:
        """Records and dates from what the client sent.

        :raise UserError: when it is no statement that we make
        """
        kind = data.get("kind", "open")
        try:
            partner_ids = [int(id_) for id_ in docids or data.get("partner_ids", ())]
            company_id = int(data.get("company_id") or self.env.company.id)
            days = {
                name: Date.to_date(data.get(name) or None)
                for name in ("date_to", "date_from")
            }
        except (TypeError, ValueError):
            kind = None
        if kind not in dict(KINDS) or not partner_ids:
            raise UserError(
                self.env._(
                    "Which statement is meant? Choose the customers and the dates "
                    "again, from Statement of Account."
                )
            )
        return {
            "partners": self.env["res.partner"].browse(partner_ids).exists(),
            "company": self.env["res.company"].browse(company_id).exists(),
            "kind": kind,
            "charges": self._read_choice(data.get("charges")),
            "lang": str(data.get("lang") or "") or None,
            **days,
        }

    def _read_choice(self, value):
        """Yes, no, or None: nobody has chosen."""
        if value in (None, ""):
            return None
        return str(value).lower() in ("1", "true")
