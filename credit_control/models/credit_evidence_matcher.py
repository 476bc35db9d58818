"""Whose row is it? Found by numbers that identify, or left to a person."""

from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ..tools.table import compact


class Who(NamedTuple):
    """What a row says about its customer; empty where it says nothing."""

    number: str = ""  # at the agency
    tax_id: str = ""
    code: str = ""
    name: str = ""

    @property
    def label(self):
        return " · ".join(
            part for part in (self.name, self.code, self.tax_id, self.number) if part
        )


class Match(NamedTuple):
    """``partner_id`` where the row is one customer's beyond doubt, else None and those
    it could be. ``clash``: its numbers belong to different customers."""

    partner_id: int | None
    candidates: tuple[int, ...] = ()
    clash: bool = False


class CreditEvidenceMatcher(models.AbstractModel):
    """Finds the customers of imported rows; three queries for any number of rows.

    Tax id (also the company id of the contact), customer code and the agency's number
    identify a customer; they are compared without spaces and punctuation. The exact
    name does only where a row has no such number. What is found twice, or not at all,
    or contradicts itself, is never decided here.
    """

    _name = "credit.evidence.matcher"
    _description = "Customers of Imported Evidence"

    @api.model
    def _match(self, rows, company, agency=None, by_name=True) -> list[Match]:
        """A ``Match`` for each of ``rows`` (``Who``)."""
        numbers = self._find_numbers(rows, company, agency)
        ids, names = self._find_partners(rows, company)
        return [self._decide(row, numbers, ids, names, by_name) for row in rows]

    def _decide(self, row, numbers, ids, names, by_name):
        found = [
            hits
            for key, known in (
                (row.number, numbers),
                (row.tax_id, ids["tax_id"]),
                (row.code, ids["code"]),
            )
            if key and (hits := known.get(compact(key)))
        ]
        named = names.get(row.name.strip().casefold(), frozenset()) if row.name else ()
        if not found:
            candidates = tuple(sorted(named))
            sure = by_name and not (row.number or row.tax_id or row.code)
            if sure and len(candidates) == 1:
                return Match(candidates[0])
            return Match(None, candidates)
        common = frozenset.intersection(*found)
        if len(common) == 1:
            return Match(next(iter(common)))
        everybody = tuple(sorted(frozenset.union(*found)))
        return Match(None, everybody, clash=not common)

    def _find_numbers(self, rows, company, agency):
        """``{number: {partner ids}}`` of the numbers at the agency."""
        wanted = {compact(row.number) for row in rows if row.number}
        if not agency or not wanted:
            return {}
        found = {}
        numbers = self.env["credit.agency.number"].search_fetch(
            [("agency_id", "=", agency.id), ("company_id", "=", company.id)],
            ["number", "file_id"],
        )
        for number in numbers:
            if compact(number.number) in wanted:
                found.setdefault(compact(number.number), set()).add(
                    number.file_id.partner_id.id
                )
        return {key: frozenset(ids) for key, ids in found.items()}

    def _find_partners(self, rows, company):
        """``({"tax_id": {key: ids}, "code": {key: ids}}, {name: ids})`` of the whole
        customers whose contacts carry these keys."""
        self.env["res.partner"].flush_model()
        keys = {
            "tax_id": sorted({compact(row.tax_id) for row in rows if row.tax_id}),
            "code": sorted({compact(row.code) for row in rows if row.code}),
            "name": sorted({row.name.strip().casefold() for row in rows if row.name}),
        }
        found = {kind: {} for kind in keys}
        for kind, key, partner_id in self.env.execute_query(
            self._partners_sql(keys, company)
        ):
            found[kind].setdefault(key, set()).add(partner_id)
        frozen = {
            kind: {key: frozenset(ids) for key, ids in known.items()}
            for kind, known in found.items()
        }
        return frozen, frozen["name"]

    def _partners_sql(self, keys, company) -> SQL:
        """Rows (kind, key, commercial partner) of the company's active partners."""

        def plain(column):
            # as tools.table.compact
            return SQL(
                "regexp_replace(upper(%s), '[^0-9A-Z\u4e00-\u9fff]', '', 'g')", column
            )

        parts = [
            ("tax_id", plain(SQL("partner.vat"))),
            ("tax_id", plain(SQL("partner.company_registry"))),
            ("code", plain(SQL("partner.ref"))),
            ("name", SQL("lower(trim(partner.name))")),
        ]
        return SQL(" UNION ").join(
            SQL(
                """
                SELECT %(kind)s, %(key)s, customer.id
                  FROM res_partner partner
                  JOIN res_partner customer
                    ON customer.id = partner.commercial_partner_id
                 WHERE customer.active AND %(key)s = ANY(%(keys)s)
                   AND (%(whole)s OR partner.id = customer.id)
                   AND (customer.company_id IS NULL
                        OR customer.company_id = ANY(%(companies)s))
                """,
                kind=kind,
                key=column,
                keys=keys[kind],
                # a person who works there and has a company's name is not the company
                whole=kind != "name",
                companies=self._get_company_ids(company),
            )
            for kind, column in parts
        )

    def _get_company_ids(self, company):
        # sudo: branches that the user does not see keep customers of the company too
        return (
            self.env["res.company"].sudo().search([("id", "child_of", company.id)]).ids
        )
