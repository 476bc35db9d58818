"""The service that measures what customers owe, in one query per root company."""

from collections.abc import Iterable

from odoo import api, fields, models, tools
from odoo.tools import SQL, frozendict

from ..tools.exposure import PARTS, Exposure, OpenItem, sign
from .credit_exposure_scope import FIELDS_READ, ROW_COLUMNS, Scope

CustomerKey = tuple[int, int]

# The company setting that decides whether a part counts.
PART_SETTINGS = {
    "not_due": "credit_count_receivables",
    "overdue": "credit_count_receivables",
    "orders": "credit_count_orders",
    "drafts": "credit_count_drafts",
    "notes": "credit_count_notes",
    "credits": "credit_count_credits",
    "in_transit": "credit_count_in_transit",
}


class CreditExposure(models.AbstractModel):
    """What customers owe, part by part, as of now.

    A customer is a *key* ``(id of the commercial partner, id of the root company)``:
    contacts count for their commercial partner (of an order: of its invoice address),
    branches for their root. Amounts are summed in the company's currency and
    converted once per part, at today's rate, to the currency asked for.

    ``_line_sql`` lists the documents, one row per document and part, and everything
    else is its aggregate: that is why the drill-down adds up to the panel. The parts
    of the ledger are in ``credit_exposure_ledger``, the orders in
    ``credit_exposure_order``.

    The result depends on the documents only: never on the viewer's rights, language,
    time zone or company switcher (all reading is SQL or sudo, today is UTC).

    Cost: one query per root company for any number of customers, after flushing what
    it reads; company, accounts and rates come from the process's cache. For few
    customers most of the time is the planning of the query: one more looks up which
    sources can be left out of it. Example::

        key = (partner.commercial_partner_id.id, company.root_id.id)
        exposure = env["credit.exposure"]._get_customer_exposures({key: usd})[key]
        exposure.total, exposure.overdue, exposure.overdue_days
    """

    _name = "credit.exposure"
    _description = "Credit Exposure"

    # -- exposures ------------------------------------------------------------
    @api.model
    def _get_exposures(self, files) -> dict[int, Exposure]:
        """``{file_id: Exposure}`` in the limit currency of each credit file."""
        # sudo: a seller has no access to files, yet is judged by them
        files = files.sudo()
        keys = {
            (file.partner_id.id, file.company_id.id): file.currency_id for file in files
        }
        found = self._get_customer_exposures(keys)
        return {
            file.id: found[file.partner_id.id, file.company_id.id] for file in files
        }

    @api.model
    def _get_customer_exposures(
        self,
        keys: dict[CustomerKey, models.BaseModel],
        seen: dict[int, Scope] | None = None,
    ) -> dict[CustomerKey, Exposure]:
        """``{key: Exposure}`` for ``{key: currency}``, files or not.

        A customer without documents gets an exposure of zeros.

        :param seen: ``{company_id: Scope}`` of these customers, looked at before
        """
        result = {}
        for scope, currencies in self._get_scopes(keys, seen):
            company_id, home = scope.company.id, scope.company.currency_id
            included = self._get_included_parts(scope.company)
            nothing = Exposure(included=included)
            result |= {(partner_id, company_id): nothing for partner_id in currencies}
            foreign = {
                partner_id: currency
                for partner_id, currency in currencies.items()
                if currency is not home and currency != home
            }
            rows = self.env.execute_query(self._part_sql(scope, exact=bool(foreign)))
            for partner_id, *row in rows:
                if currency := foreign.get(partner_id):
                    row[: len(PARTS)] = self._convert_parts(row, currency, scope)
                exposure = Exposure(*row[: len(PARTS) + 2], included)
                result[partner_id, company_id] = exposure
        return result

    def _convert_parts(self, row, currency, scope):
        """The amounts of a row of ``_part_sql`` in ``currency``, from the exact ones:
        each part is rounded once."""
        exact = row[-len(PARTS) :]
        return [currency.round(self._to_currency(a, currency, scope)) for a in exact]

    @api.model
    def _get_open_items(
        self, keys: dict[CustomerKey, models.BaseModel]
    ) -> dict[CustomerKey, list[OpenItem]]:
        """``{key: [OpenItem]}``: the open instalments of customers, oldest first.

        What is too small to show in the currency asked for is left out.
        """
        result = {key: [] for key in keys}
        for scope, currencies in self._get_scopes(keys):
            rows = self.env.execute_query(self._open_item_sql(scope))
            for partner_id, residual, line_id, name, due, overdue, days, _ in rows:
                currency = currencies[partner_id]
                residual = currency.round(self._to_currency(residual, currency, scope))
                if residual > 0:
                    result[partner_id, scope.company.id].append(
                        OpenItem(line_id, name, due, residual, overdue, days)
                    )
        return result

    def _get_included_parts(self, company) -> frozenset[str]:
        return frozenset(part for part in PARTS if company[PART_SETTINGS[part]])

    # -- currencies -----------------------------------------------------------
    @api.model
    def _get_rates(self, company) -> dict[int, float]:
        """``{currency_id: rate}`` of today, from the cache; absent means 1."""
        self._flush_models(["res.currency.rate"])
        return self._read_rates(company.root_id.id, fields.Date.today())

    @api.model
    @tools.ormcache("company_id", "today")
    def _read_rates(self, company_id, today):
        """The rates of ``_get_rates``; a change of a rate empties the cache.

        The choice among rates is the host's: the company's before the shared ones,
        the newest up to today, before the first one that first one.
        """
        query = SQL(
            """
            SELECT currency.id, coalesce(past.rate, first.rate, 1.0)
              FROM res_currency currency
              LEFT JOIN LATERAL (
                    SELECT rate FROM res_currency_rate
                     WHERE currency_id = currency.id AND name <= %(today)s
                       AND (company_id = %(company)s OR company_id IS NULL)
                     ORDER BY company_id, name DESC LIMIT 1) past ON TRUE
              LEFT JOIN LATERAL (
                    SELECT rate FROM res_currency_rate
                     WHERE currency_id = currency.id AND past.rate IS NULL
                       AND (company_id = %(company)s OR company_id IS NULL)
                     ORDER BY company_id, name LIMIT 1) first ON TRUE
             WHERE currency.active OR first.rate IS NOT NULL OR past.rate IS NOT NULL
            """,
            today=today,
            company=company_id,
        )
        return frozendict(
            {key: float(rate) for key, rate in self.env.execute_query(query)}
        )

    @api.model
    def _convert(self, amount: float, from_currency, to_currency, company) -> float:
        """``amount`` at today's rate of the company, not rounded."""
        if from_currency == to_currency or not amount:
            return amount
        rates = self._get_rates(company)
        return (
            amount * rates.get(to_currency.id, 1.0) / rates.get(from_currency.id, 1.0)
        )

    def _to_currency(self, amount, currency, scope: Scope) -> float:
        """An amount in the company's currency, in ``currency``, not rounded."""
        home = scope.company.currency_id
        if currency == home:
            return float(amount)
        rates = scope.rates
        return float(amount) * rates.get(currency.id, 1.0) / rates.get(home.id, 1.0)

    def _flush_read(self):
        """Write what the SQL reads; other add-ons add what theirs reads."""
        self._flush_models(FIELDS_READ)

    def _flush_models(self, names: Iterable[str]):
        for name in names:
            self.env[name].flush_model(FIELDS_READ[name])

    # -- SQL ------------------------------------------------------------------
    @api.model
    def _line_sql(self, company, partner_ids: list[int] | None = None) -> SQL:
        """One row per document and part, for some customers or (None) for all.

        Columns: id, partner_id (commercial), company_id (root), currency_id
        (company's), part, res_model, res_id, name, date, date_due, days_overdue,
        amount (company currency, signed as it counts). The ids are stable.
        """
        return self._rows_sql(self._get_scope(company, partner_ids))

    def _rows_sql(self, scope: Scope, get_sources=None) -> SQL:
        """The rows of ``_line_sql``: contacts become their commercial partner.

        Many customers are cheaper picked out of the rows of all than looked up.

        :param get_sources: ``_source_sqls``, or a part of it
        """
        sources = (get_sources or self._source_sqls)(
            scope if scope.is_small else scope._replace(partner_ids=None)
        )
        return SQL(
            """
            SELECT %s FROM (%s) AS rows
              JOIN %s ON contact.id = rows.partner_id
            """,
            SQL(", ").join(
                SQL("contact.commercial_partner_id AS partner_id")
                if name == "partner_id"
                else SQL.identifier("rows", name)
                for name in ROW_COLUMNS
            ),
            SQL(" UNION ALL ").join(SQL("(%s)", source) for source in sources),
            scope.contact_sql(),
        )

    def _part_sql(self, scope: Scope, exact: bool = False) -> SQL:
        """partner_id, then what ``Exposure`` starts with: the amount of every part
        (magnitudes, rounded once), days of the oldest overdue row, number of these.

        :param exact: the amounts not rounded follow, for another currency
        """
        amounts = [
            SQL(
                "%s * coalesce(sum(amount) FILTER (WHERE part = %s), 0)",
                sign(part),
                part,
            )
            for part in PARTS
        ]
        rounding = repr(scope.company.currency_id.rounding)
        columns = [
            SQL("round(%s / %s) * %s", amount, SQL(rounding), SQL(rounding))
            for amount in amounts
        ]
        return SQL(
            """
            SELECT partner_id, %s,
                   coalesce(max(days_overdue) FILTER (WHERE part = 'overdue'), 0),
                   count(*) FILTER (WHERE part = 'overdue') %s
              FROM (%s) AS rows GROUP BY partner_id
            """,
            # float8: psycopg2 reads it three times as fast as numeric
            SQL(", ").join(SQL("(%s)::float8", column) for column in columns),
            SQL("").join(SQL(", (%s)::float8", a) for a in amounts if exact),
            self._rows_sql(scope),
        )

    def _source_sqls(self, scope: Scope) -> list[SQL]:
        """One SELECT per kind of document, see ``_line_sql`` for the columns; in
        partner_id they have the contact. Other add-ons append sources of theirs."""
        return []

    def _presence_sqls(self, scope: Scope) -> dict[str, SQL]:
        """``{name: SELECT}``: has one of ``contact.ids`` such a document? For documents
        that most customers lack. Better yes than no: it only costs time."""
        return {}

    def _row_sql(self, scope: Scope, **columns: SQL) -> SQL:
        """The SELECT list of a source, its columns in order, every type spelled out.

        Only when the types of all sources agree does PostgreSQL drop the columns that
        the caller does not ask for, and answer from the index of open receivables.
        """
        defaults = {
            "company_id": SQL("%s", scope.company.id),
            "currency_id": SQL("%s", scope.company.currency_id.id),
            "date_due": SQL("NULL"),
            "days_overdue": SQL("0"),
        }
        values = defaults | columns
        return SQL(
            "SELECT %s",
            SQL(", ").join(
                SQL("(%s)::%s AS %s", values[name], kind, SQL.identifier(name))
                for name, kind in ROW_COLUMNS.items()
            ),
        )
