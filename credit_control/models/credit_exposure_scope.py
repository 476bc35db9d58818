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


class Scope(NamedTuple):
    """The constants of a query. Given as constants, not as joins, they let PostgreSQL
    take the partial indexes, and halve the time it plans (which for one customer is
    most of the time there is)."""

    company: models.BaseModel  # the root, with sudo
    company_ids: list[int]  # the root and all its branches
    receivable_ids: list[int]
    note_ids: list[int]
    rates: dict[int, float]
    today: date
    contact_ids: list[int] | None  # customers with their contacts; None: all
    # Which rare documents these customers have (`_presence_sqls`). What is left out
    # of a query need not be planned, which for one customer is most of the time.
    present: frozenset[str]

    def customer(self, column: SQL) -> SQL:
        """The condition that ``column`` is a contact of the customers asked for."""
        if self.contact_ids is None:
            return SQL("%s IS NOT NULL", column)
        return SQL("%s = ANY(%s)", column, self.contact_ids)

    def rate(self, column: SQL) -> SQL:
        """Today's rate of the currency in ``column``, as the host defines a rate:
        units of that currency for one unit of the reference currency."""
        other = {key: rate for key, rate in self.rates.items() if rate != 1.0}
        if not other:
            return SQL("1.0")
        whens = SQL(" ").join(SQL("WHEN %s THEN %s", *item) for item in other.items())
        return SQL("(CASE %s %s ELSE 1.0 END)", column, whens)
