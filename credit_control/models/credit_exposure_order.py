"""The part of the exposure that sits in sales orders: what is still to be billed."""

from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ..tools.exposure import OrderLine, unbilled
from .credit_exposure_ledger import ORDER, ORDER_PAID
from .credit_exposure_scope import Scope

#: Of how many orders still to be billed of a customer the kinds are looked up.
FEW_ORDERS = 100


class CreditExposureOrder(models.AbstractModel):
    """SQL of the orders. ``tools.exposure`` has the same arithmetic in Python, with
    examples; here it is done for all orders of a query at once.

    An order adds the taxed value of what posted invoices do not cover yet, less its
    down payments, which are receivables or paid. Drafts change nothing.
    """

    _inherit = "credit.exposure"

    # -- demand of single orders ----------------------------------------------
    @api.model
    def _get_order_demands(self, orders) -> dict[int, tuple[float, float]]:
        """``{order.id: (unbilled, in_transit)}`` in each order's currency, rounded.

        Confirmed or not, whatever the horizon. *in_transit* are its transactions that
        are authorised, or done without a posted payment; it may exceed the unbilled
        amount. Orders being edited (new records) are measured as they stand on the
        screen. Three queries per root company, four with edited orders.
        """
        result = {}
        # sudo: sellers may not read transactions, nor orders of their colleagues
        roots = orders.sudo().grouped(lambda order: order.company_id.root_id)
        for root, batch in roots.items():
            scope = self._get_scope(root)
            measured = {
                row[0]: row[-2:]
                for row in self.env.execute_query(
                    self._demand_sql(scope, self._given_order_sql(batch._origin.ids))
                )
            }
            edited = batch.filtered(lambda order: not order.id)  # new records
            billed = self._get_billed(scope, edited._origin.ids) if edited else {}
            for order in batch:
                amount, paid = measured.get(order._origin.id, (0.0, 0.0))
                if order in edited:
                    amount = self._get_edited_amount(order, billed)
                currency = order.currency_id
                result[order.id] = currency.round(amount), currency.round(paid)
        return result

    def _get_billed(self, scope: Scope, order_ids) -> dict[int, tuple[float, float]]:
        """``{line_id: (billed quantity, billed amount)}`` of the orders' lines."""
        query = SQL(
            """
            SELECT line.id, line.billed[CASE WHEN line.ordered < 0 THEN 1 ELSE 2 END],
                   line.billed[3]
              FROM (%s) AS demand
             CROSS JOIN LATERAL (%s) AS line
             WHERE line.billed[3] IS NOT NULL
            """,
            self._given_order_sql(order_ids),
            self._order_line_sql(scope),
        )
        return {line_id: values for line_id, *values in self.env.execute_query(query)}

    def _get_edited_amount(self, order, billed) -> float:
        """The unbilled amount of an order on the screen, from its unsaved lines."""
        lines = order.order_line.filtered(lambda line: not line.display_type)
        advance = lines.filtered("is_downpayment")
        return unbilled(
            [
                OrderLine(
                    ordered=line.product_uom_qty,
                    delivered=line.qty_delivered,
                    billed=billed.get(line._origin.id, (0.0, 0.0))[0],
                    taxed_total=line.price_total,
                    taxed_unit=self._get_taxed_unit(line),
                )
                for line in lines - advance
            ],
            order.amount_total,
            sum(billed.get(line._origin.id, (0.0, 0.0))[1] for line in advance),
        )

    def _get_taxed_unit(self, line) -> float:
        """Taxed price of one unit; 0 where the line's total says it (ordered)."""
        if line.product_uom_qty or not line.qty_delivered:
            return 0.0
        price = line.price_unit * (1 - line.discount / 100)
        return line.tax_ids.compute_all(price, line.currency_id)["total_included"]

    # -- SQL ------------------------------------------------------------------
    def _source_sqls(self, scope: Scope) -> list[SQL]:
        sources = super()._source_sqls(scope)
        return (
            [*sources, self._order_sql(scope)] if scope.has_order("orders") else sources
        )

    def _presence_sqls(self, scope: Scope) -> dict[str, SQL]:
        """Orders still to be billed; of these: some line billed, some line delivered
        without having been ordered, some payment online. Only few are looked at."""
        orders = SQL(
            """
            FROM sale_order
             WHERE state = 'sale' AND invoice_status != 'invoiced'
               AND company_id = ANY(%s) AND partner_invoice_id = ANY(contact.ids)
            """,
            scope.company_ids,
        )
        few = SQL("(SELECT id %s LIMIT %s) AS sale", orders, FEW_ORDERS)
        lines = SQL("%s JOIN sale_order_line line ON line.order_id = sale.id", few)
        found = {
            "orders": SQL("SELECT %s", orders),
            "many_orders": SQL("SELECT %s OFFSET %s", orders, FEW_ORDERS),
            "billed": SQL("SELECT FROM %s WHERE %s", lines, self._has_bills_sql()),
            "unordered": SQL(
                """
                SELECT FROM %s
                 WHERE coalesce(line.product_uom_qty, 0) = 0
                   AND line.is_downpayment IS NOT TRUE AND line.display_type IS NULL
                """,
                lines,
            ),
        }
        if self._has_transactions():
            found["paid_online"] = SQL(
                """
                SELECT FROM %s
                  JOIN sale_order_transaction_rel rel ON rel.sale_order_id = sale.id
                """,
                few,
            )
        return super()._presence_sqls(scope) | found

    def _moved_contact_sqls(self, age: int) -> list[SQL]:
        """Contacts whose orders may count otherwise, or who have paid, since so many
        transactions; see ``credit.file._find_changed``. Lines are written when they
        are delivered, billed or credited."""
        found = [
            SQL("SELECT partner_invoice_id FROM sale_order WHERE age(xmin) <= %s", age),
            SQL(
                """
                SELECT sale.partner_invoice_id
                  FROM sale_order_line line
                  JOIN sale_order sale ON sale.id = line.order_id
                 WHERE age(line.xmin) <= %s
                """,
                age,
            ),
            SQL("SELECT partner_id FROM account_payment WHERE age(xmin) <= %s", age),
        ]
        if self._has_transactions():
            query = """
                SELECT sale.partner_invoice_id
                  FROM payment_transaction tx
                  JOIN sale_order_transaction_rel rel ON rel.transaction_id = tx.id
                  JOIN sale_order sale ON sale.id = rel.sale_order_id
                 WHERE age(tx.xmin) <= %s
                """
            found.append(SQL(query, age))
        return found

    def _order_sql(self, scope: Scope) -> SQL:
        """Confirmed orders, one row for what is unbilled and one for the payments
        that are on their way for it: those never exceed the order, and are not
        deducted at all where the company does not count orders."""
        parts = [SQL("(%s, 'orders', demand.unbilled)", ORDER)]
        if scope.company.credit_count_orders and self._has_transactions():
            paid = SQL("-least(demand.in_transit, demand.unbilled)")
            parts.append(SQL("(%s, 'in_transit', %s)", ORDER_PAID, paid))
        return SQL(
            """
            %(row)s
              FROM (%(demand)s) AS demand
             CROSS JOIN LATERAL (VALUES %(parts)s) AS part (kind, code, amount)
             WHERE part.amount != 0
            """,
            row=self._row_sql(
                scope,
                id=SQL("demand.id::bigint * 8 + part.kind"),
                partner_id=SQL("demand.partner_id"),
                part=SQL("part.code"),
                res_model=SQL("'sale.order'"),
                res_id=SQL("demand.id"),
                name=SQL("demand.name"),
                date=SQL("demand.date_order"),
                date_due=SQL("demand.commitment_date"),
                amount=SQL(
                    "part.amount * %s / %s",
                    scope.rate(SQL("%s", scope.company.currency_id.id)),
                    scope.rate(SQL("demand.currency_id")),
                ),
            ),
            parts=SQL(", ").join(parts),
            demand=self._demand_sql(scope, self._candidate_sql(scope)),
        )

    def _candidate_sql(self, scope: Scope) -> SQL:
        """The confirmed orders that may have something left to bill.

        ``invoice_status`` counts drafts as billed: the orders behind draft invoices
        are added again. The draft is looked for with the same customer.
        """
        columns = SQL(
            """
            SELECT sale.id, sale.name, sale.currency_id, sale.amount_total,
                   sale.date_order, sale.commitment_date,
                   sale.partner_invoice_id AS partner_id
              FROM sale_order sale
             WHERE sale.state = 'sale'
               AND sale.company_id = ANY(%(companies)s)
               AND %(customer)s
               AND %(horizon)s
            """,
            companies=scope.company_ids,
            customer=scope.customer(SQL("sale.partner_invoice_id")),
            horizon=self._horizon_sql(scope),
        )
        not_billed = SQL("%s AND sale.invoice_status != 'invoiced'", columns)
        if not scope.has("drafts"):
            return not_billed
        return SQL(
            """
            %(not_billed)s
            UNION ALL
            %(columns)s AND sale.invoice_status = 'invoiced' AND sale.id = ANY(ARRAY(
                SELECT line.order_id
                  FROM account_move move
                  JOIN account_move_line item ON item.move_id = move.id
                  JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = item.id
                  JOIN sale_order_line line ON line.id = rel.order_line_id
                 WHERE move.state = 'draft'
                   AND move.move_type IN ('out_invoice', 'out_refund')
                   AND move.company_id = ANY(%(companies)s)
                   AND %(draft_customer)s))
            """,
            not_billed=not_billed,
            columns=columns,
            companies=scope.company_ids,
            draft_customer=scope.customer(SQL("move.partner_id")),
        )

    def _horizon_sql(self, scope: Scope) -> SQL:
        """Only orders without a promised date, or promised within the horizon."""
        days = scope.company.credit_order_horizon_days
        if days <= 0:
            return SQL("TRUE")
        return SQL(
            "(sale.commitment_date IS NULL OR sale.commitment_date < %s)",
            scope.today + timedelta(days=days + 1),
        )

    def _given_order_sql(self, order_ids) -> SQL:
        return SQL(
            "SELECT id, currency_id, amount_total FROM sale_order WHERE id = ANY(%s)",
            list(order_ids),
        )
