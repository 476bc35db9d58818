"""The connector that reads tables kept on the agency."""

import base64

from odoo import api, models

from ..tools.table import TableError, compact, guess_columns, parse_date, read_table
from .credit_connector import ConnectorError, FoundCompany
from .credit_evidence_reader import Options


class CreditConnectorFile(models.AbstractModel):
    """Answers from XLSX or CSV tables, such as the portfolio that an agency sends every
    month. A customer is found by his number at the agency, else by his tax id or
    customer code; never by his name."""

    _name = "credit.connector.file"
    _inherit = ["credit.connector"]
    _description = "Connector to Tables in Files"

    @api.model
    def _find_company(self, query, agency):
        wanted = query.strip().casefold()
        return [
            FoundCompany(row.who.number, row.who.name, row.who.tax_id)
            for row in self._read(agency, "rating")
            if wanted
            and (
                wanted in row.who.name.casefold()
                or compact(query) in (compact(row.who.number), compact(row.who.tax_id))
            )
        ]

    @api.model
    def _fetch_rating(self, file, agency):
        """The newest rating in the table."""
        rows = self._get_rows(file, agency, "rating")
        return max(rows, key=lambda vals: vals["date_from"]) if rows else None

    @api.model
    def _fetch_statements(self, file, agency):
        return self._get_rows(file, agency, "statement")

    @api.model
    def _check_registry(self, file, agency):
        """The newest row of the customer's tax id."""
        data = self._get_data(agency, "connector_registry_file")
        if not data:
            return None
        table = self._parse(agency, data)
        columns = guess_columns(
            table.header,
            {
                "tax_id": ["tax id", "uscc", "统一社会信用代码"],
                "date": ["date", "日期"],
                "results": ["results", "结果"],
            },
        )
        at = {name: column for column, name in columns.items()}
        if len(at) < 3:
            raise ConnectorError(
                self.env._(
                    "%(agency)s: the table of registry checks needs the columns tax "
                    "id, date and results.",
                    agency=agency.name,
                )
            )
        partner = file.partner_id
        own = {compact(x) for x in (partner.vat, partner.company_registry) if x}
        found = [
            (
                self._parse_day(agency, number, cells[at["date"]]),
                str(cells[at["results"]]),
            )
            for number, cells in table.rows
            if compact(cells[at["tax_id"]]) in own
        ]
        if not found:
            return None
        day, results = max(found)
        return {"date": day, "registry": "other", "results": results.split()}

    # -- reading ----------------------------------------------------------------------
    def _get_data(self, agency, name):
        # the content, whatever the client asked for
        return agency.with_context(bin_size=False)[name]

    def _parse(self, agency, data):
        try:
            return read_table(base64.b64decode(data))
        except TableError as error:
            text = self.env["credit.evidence.reader"]._say_table_error(error)
            raise ConnectorError(f"{agency.name}: {text}") from error

    def _parse_day(self, agency, number, cell):
        try:
            return parse_date(cell) or _refuse()
        except ValueError as error:
            raise ConnectorError(
                self.env._(
                    "%(agency)s, row %(row)s: %(value)s is no date. Write 2025-12-31.",
                    agency=agency.name,
                    row=number,
                    value=cell,
                )
            ) from error

    def _read(self, agency, kind):
        name = "connector_file" if kind == "rating" else "connector_statement_file"
        data = self._get_data(agency, name)
        if not data:
            return []
        table = self._parse(agency, data)
        Reader = self.env["credit.evidence.reader"]
        company = agency.company_id or self.env.company
        options = Options(kind, company.root_id.currency_id, agency)
        return Reader._read_rows(table, Reader._guess(kind, table.header), options)

    def _get_rows(self, file, agency, kind):
        """Values of the customer's rows.

        :raise ConnectorError: where one of them cannot be read
        """
        number = compact(agency._get_number(file))
        ids = {compact(x) for x in (file.vat, file.partner_id.company_registry) if x}
        code = compact(file.ref or "")
        found = []
        for row in self._read(agency, kind):
            who = row.who
            known = who.number and compact(who.number) == number
            if not known and not (who.number and number):
                known = (who.tax_id and compact(who.tax_id) in ids) or (
                    not who.tax_id and who.code and compact(who.code) == code
                )
            if known and row.errors:
                raise ConnectorError(
                    self.env._(
                        "%(agency)s, row %(row)s: %(errors)s",
                        agency=agency.name,
                        row=row.number,
                        errors=" ".join(row.errors),
                    )
                )
            if known:
                found.append(row.vals)
        return found


def _refuse():
    raise ValueError
