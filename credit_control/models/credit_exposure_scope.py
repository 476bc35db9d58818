"""What the SQL of the exposure is told: constants, columns, fields to flush."""

from datetime import date
from typing import NamedTuple

from odoo import models
from odoo.tools import SQL

# What the SQL reads: pending changes of these fields go to the database first.
FIELDS_READ = {
    "res.partner": ["commercial_partner_id"],
    "res.company": ["parent_path"],
    "res.currency.rate": ["rate", "name", "currency_id", "company_id"],
    "account.account": ["account_type", "non_trade", "reconcile"],
    "account.move": [
        "state",
        "move_type",
        "payment_state",
        "partner_id",
        "company_id",
        "name",
        "ref",
        "date",
        "invoice_date",
        "invoice_date_due",
        "amount_residual_signed",
    ],
    "account.move.line": [
        "account_id",
        "partner_id",
        "company_id",
        "parent_state",
        "reconciled",
        "amount_residual",
        "balance",
        "date",
        "date_maturity",
        "move_name",
        "quantity",
        "price_total",
        "currency_id",
        "product_uom_id",
    ],
    "account.payment": [
        "move_id",
        "state",
        "partner_type",
        "partner_id",
        "company_id",
        "name",
        "date",
        "amount_company_currency_signed",
    ],
    "payment.transaction": [
        "state",
        "operation",
        "amount",
        "currency_id",
        "payment_id",
        "source_transaction_id",
    ],
    "sale.order": [
        "state",
        "invoice_status",
        "partner_invoice_id",
        "company_id",
        "currency_id",
        "amount_total",
        "name",
        "date_order",
        "commitment_date",
    ],
    "sale.order.line": [
        "order_id",
        "display_type",
        "is_downpayment",
        "product_uom_qty",
        "qty_delivered",
        "product_uom_id",
        "price_total",
        "price_unit",
        "discount",
    ],
}


# The columns of a row of exposure, see `_line_sql`.
ROW_COLUMNS = {
    "id": SQL("bigint"),
    "partner_id": SQL("integer"),
    "company_id": SQL("integer"),
    "currency_id": SQL("integer"),
    "part": SQL("text"),
    "res_model": SQL("text"),
    "res_id": SQL("integer"),
    "name": SQL("text"),
    "date": SQL("date"),
    "date_due": SQL("date"),
    "days_overdue": SQL("integer"),
    "amount": SQL("numeric"),
}


# For so few customers, planning a query takes longer than running it.
FEW = 100


class Scope(NamedTuple):
    """The constants of a query. Given as constants, not as joins, they let PostgreSQL
    take the partial indexes, and halve the time it plans."""

    company: models.BaseModel  # the root, with sudo
    company_ids: list[int]  # the root and all its branches
    receivable_ids: list[int]
    note_ids: list[int]
    rates: dict[int, float]
    today: date
    partner_ids: list[int] | None  # the customers asked for; None: all
    # They are a small part of all customers: their documents are found by index.
    is_small: bool
    # Only of few customers: {contact id: commercial partner id}, and which rare
    # documents they have. What is left out of a query need not be planned.
    contacts: dict[int, int] | None = None
    present: frozenset[str] | None = None

    def has(self, document: str) -> bool:
        """May the customers have such documents? See ``_presence_sqls``."""
        return self.present is None or document in self.present

    def has_order(self, kind: str) -> bool:
        """May an order of theirs that is still to be billed be of this kind? Of many
        orders, and of those behind drafts, nothing is known beforehand."""
        return any(map(self.has, (kind, "many_orders", "drafts")))

    def knows(self, partner_ids) -> bool:
        """Was each of these customers looked at? He is a contact of his own."""
        return set(partner_ids) <= set(self.contacts.values())

    def narrow(self, partner_ids: list[int]) -> "Scope":
        """The same for some of the customers that were looked at."""
        wanted = set(partner_ids)
        contacts = {key: id_ for key, id_ in self.contacts.items() if id_ in wanted}
        return self._replace(partner_ids=partner_ids, contacts=contacts)

    def customer(self, column: SQL) -> SQL:
        """The condition that ``column`` is a contact of the customers asked for."""
        if self.partner_ids is None:
            return SQL("%s IS NOT NULL", column)
        if self.contacts is not None:
            return SQL("%s = ANY(%s)", column, list(self.contacts))
        contacts = SQL(
            "SELECT id FROM res_partner WHERE commercial_partner_id = ANY(%s)",
            self.partner_ids,
        )
        if self.is_small:  # an array, no join: so the index on the column is taken
            return SQL("%s = ANY(ARRAY(%s))", column, contacts)
        return SQL("%s IN (%s)", column, contacts)

    def contact_sql(self) -> SQL:
        """``contact (id, commercial_partner_id)`` for a FROM: who counts for whom."""
        if self.contacts is not None:
            return SQL(
                "unnest(%s::int[], %s::int[]) AS contact (id, commercial_partner_id)",
                list(self.contacts),
                list(self.contacts.values()),
            )
        if self.partner_ids is None:
            return SQL("res_partner contact")
        return SQL(
            """(SELECT id, commercial_partner_id FROM res_partner
                 WHERE commercial_partner_id = ANY(%s)) AS contact""",
            self.partner_ids,
        )

    def rate(self, column: SQL) -> SQL:
        """Today's rate of the currency in ``column``, as the host defines a rate:
        units of that currency for one unit of the reference currency."""
        other = {key: rate for key, rate in self.rates.items() if rate != 1.0}
        if not other:
            return SQL("1.0")
        whens = SQL(" ").join(SQL("WHEN %s THEN %s", *item) for item in other.items())
        return SQL("(CASE %s %s ELSE 1.0 END)", column, whens)
