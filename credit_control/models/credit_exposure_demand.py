"""What single orders still add: billed quantities, down payments, transactions."""

from odoo import models
from odoo.tools import SQL

from ..tools.exposure import QUANTITY_DUST
from .credit_exposure_scope import Scope


class CreditExposureDemand(models.AbstractModel):
    """SQL from any set of orders to ``unbilled`` and ``in_transit`` of each, in the
    order's currency, not rounded. Reading order: ``_demand_sql``, then what it uses.
    """

    _inherit = "credit.exposure"

    def _demand_sql(self, scope: Scope, orders: SQL) -> SQL:
        """The columns of ``orders`` (id, currency_id, amount_total, …) followed by
        unbilled and in_transit.

        An order of which nothing is billed is worth its own total; else each line is
        worth its share of its taxed total. Down payments come off the sum.

        Everything is looked up order by order (LATERAL): for one customer as for all,
        indexes lead to the lines and bills of open orders only. ``OFFSET 0`` lets
        PostgreSQL work out an expression once, where it is, instead of writing it out
        wherever it is used.
        """
        return SQL(
            """
            SELECT demand.*,
                   greatest(0, CASE WHEN coalesce(worth.whole, TRUE)
                                    THEN demand.amount_total ELSE worth.goods END
                               - coalesce(worth.advance, 0)) AS unbilled,
                   greatest(0, coalesce(transit.amount, 0)) AS in_transit
              FROM (%(orders)s) AS demand
             CROSS JOIN LATERAL (
                    SELECT sum(%(value)s) AS goods,
                           bool_and(line.is_downpayment
                                    OR line.remaining = line.ordered) AS whole,
                           sum(CASE WHEN line.is_downpayment
                                    THEN line.billed[3] END) AS advance
                      FROM (%(open_lines)s) AS line) AS worth
             CROSS JOIN LATERAL (%(transit)s) AS transit
            OFFSET 0
            """,
            orders=orders,
            value=self._line_value_sql(scope),
            open_lines=self._open_line_sql(scope),
            transit=self._transit_sql(scope),
        )

    def _open_line_sql(self, scope: Scope) -> SQL:
        """Lines of ``demand`` with what is billed of them and, of goods, the quantity
        that remains to be billed: the larger of ordered and delivered, less what is
        billed (returns: the other way round)."""
        return SQL(
            """
            SELECT line.*,
                   CASE WHEN line.is_downpayment
                          OR abs(line.left_over) < %(dust)s THEN 0
                        WHEN line.ordered < 0 THEN least(0, line.left_over)
                        ELSE greatest(0, line.left_over) END AS remaining
              FROM (SELECT line.*,
                           CASE WHEN line.ordered < 0
                                THEN least(line.ordered, line.delivered)
                                     - coalesce(line.billed[1], 0)
                                ELSE greatest(line.ordered, line.delivered)
                                     - coalesce(line.billed[2], 0) END AS left_over
                      FROM (%(lines)s) AS line OFFSET 0) AS line OFFSET 0
            """,
            dust=QUANTITY_DUST,
            lines=self._order_line_sql(scope),
        )

    def _order_line_sql(self, scope: Scope) -> SQL:
        """The lines of ``demand``, notes and titles left out."""
        billed = SQL("NULL::numeric[]")
        if scope.has_order("billed"):
            has_bills = self._has_bills_sql()
            billed = SQL(
                "CASE WHEN %s THEN (%s) END", has_bills, self._billed_sql(scope)
            )
        return SQL(
            """
            SELECT line.*, %(billed)s AS billed
              FROM (SELECT line.id, coalesce(line.is_downpayment, FALSE)
                                    AS is_downpayment,
                           line.product_uom_id, demand.currency_id,
                           line.price_total, line.price_unit, line.discount,
                           coalesce(line.product_uom_qty, 0)::numeric AS ordered,
                           coalesce(line.qty_delivered, 0)::numeric AS delivered
                      FROM sale_order_line line
                     WHERE line.order_id = demand.id
                       AND line.display_type IS NULL) AS line OFFSET 0
            """,
            billed=billed,
        )

    def _line_value_sql(self, scope: Scope) -> SQL:
        """Taxed value of the remaining quantity of ``line``.

        Taken from the line's total, not from its rounded unit price: a third of 100
        three times is 100.
        """
        return SQL(
            """
            CASE WHEN line.remaining = 0 THEN 0
                 WHEN line.ordered != 0
                 THEN line.price_total * line.remaining / line.ordered
                 ELSE line.remaining * (%s) END
            """,
            self._taxed_unit_sql() if scope.has_order("unordered") else SQL("0"),
        )

    def _taxed_unit_sql(self) -> SQL:
        """Taxed price of one unit of a ``line`` on which nothing was ordered, only
        delivered (expenses, surplus). It has no total; the price is put together from
        price, discount and taxes: shares of the price and fixed amounts, groups
        opened, included taxes skipped. Taxes on taxes and taxes by formula are left
        out."""
        return SQL(
            """
            SELECT price.net * (1 + coalesce(sum(
                        CASE tax.amount_type
                        WHEN 'percent' THEN tax.amount / 100
                        WHEN 'division' THEN tax.amount / nullif(100 - tax.amount, 0)
                        END), 0))
                   + coalesce(sum(tax.amount) FILTER (
                                  WHERE tax.amount_type = 'fixed'), 0)
              FROM (SELECT line.price_unit::numeric
                           * (1 - coalesce(line.discount, 0) / 100)) AS price (net)
              LEFT JOIN account_tax tax ON tax.id = ANY(ARRAY(
                        SELECT coalesce(child.child_tax, rel.account_tax_id)
                          FROM account_tax_sale_order_line_rel rel
                          LEFT JOIN account_tax_filiation_rel child
                            ON child.parent_tax = rel.account_tax_id
                         WHERE rel.sale_order_line_id = line.id))
                    AND coalesce(tax.price_include_override, (
                        SELECT account_price_include FROM res_company
                         WHERE id = tax.company_id)) = 'tax_excluded'
             GROUP BY price.net
            """
        )

    # -- what is billed -------------------------------------------------------
    def _billed_sql(self, scope: Scope) -> SQL:
        """Array of one ``line``: the lowest and the highest level of quantity ever
        billed, and the amount; see ``tools.exposure.billed_quantity`` for the reason.
        The lowest is for lines of returns."""
        return SQL(
            """
            SELECT ARRAY[min(level), max(level), sum(amount)]
              FROM (SELECT amount, sum(quantity) OVER (
                               ORDER BY date, sequence ROWS UNBOUNDED PRECEDING
                           ) AS level
                      FROM (%s) AS bill) AS history
            """,
            SQL(" UNION ALL ").join(self._bill_sqls(scope)),
        )

    def _has_bills_sql(self) -> SQL:
        """Whether anything bills ``line``: most lines of open orders need no look at
        invoices. Whoever appends to ``_bill_sqls`` adds his own condition."""
        return SQL(
            """EXISTS (SELECT FROM sale_order_line_invoice_rel
                        WHERE order_line_id = line.id)"""
        )

    def _bill_sqls(self, scope: Scope) -> list[SQL]:
        """What bills one ``line``: date, sequence, quantity (unit of the line), amount
        (taxed, currency of the order), both signed. The point of sale and others that
        bill orders without an invoice append theirs.

        Amounts in another currency are converted at today's rate, so that a down
        payment takes off exactly what it is in the books.
        """
        return [
            SQL(
                """
                SELECT move.date AS date, move.id AS sequence,
                       side.sign * item.quantity::numeric
                       * CASE WHEN item.product_uom_id != line.product_uom_id
                              THEN (SELECT factor::numeric FROM uom_uom
                                     WHERE id = item.product_uom_id)
                                   / (SELECT factor::numeric FROM uom_uom
                                       WHERE id = line.product_uom_id)
                              ELSE 1 END AS quantity,
                       side.sign * item.price_total
                       * CASE WHEN item.currency_id != line.currency_id
                              THEN %(order_rate)s / %(bill_rate)s
                              ELSE 1 END AS amount
                  FROM sale_order_line_invoice_rel rel
                  JOIN account_move_line item ON item.id = rel.invoice_line_id
                  JOIN account_move move ON move.id = item.move_id
                 CROSS JOIN LATERAL (
                        SELECT CASE move.move_type WHEN 'out_refund' THEN -1
                                                   ELSE 1 END AS sign) AS side
                 WHERE rel.order_line_id = line.id
                   AND (move.state = 'posted'
                        OR move.payment_state = 'invoicing_legacy')
                   AND move.move_type IN ('out_invoice', 'out_receipt', 'out_refund')
                """,
                order_rate=scope.rate(SQL("line.currency_id")),
                bill_rate=scope.rate(SQL("item.currency_id")),
            )
        ]

    # -- money on its way -----------------------------------------------------
    def _has_transactions(self) -> bool:
        """Has anybody ever paid online? Where not, no order need be looked at."""
        return self.env["payment.transaction"]._credit_is_used()

    def _transit_sql(self, scope: Scope) -> SQL:
        """amount: online payments of one order of ``demand`` that the books lack.

        A transaction counts while it is authorised, or done and its payment missing
        or still a draft: posted, it is an unapplied credit; without entry, a payment
        in transit. Partial captures and voids reduce what is authorised, and count by
        themselves until they have a payment; refunds alike, below zero. A transaction
        for several orders is shared out by their totals.
        """
        if not self._has_transactions() or not scope.has_order("paid_online"):
            return SQL("SELECT 0 AS amount")
        return SQL(
            """
            SELECT sum((CASE WHEN tx.state = 'authorized' OR %(loose)s
                             THEN tx.amount - family.settled ELSE 0 END + family.loose)
                       * share.part * %(order_rate)s / %(tx_rate)s) AS amount
              FROM sale_order_transaction_rel rel
              JOIN payment_transaction tx ON tx.id = rel.transaction_id
             CROSS JOIN LATERAL (%(family)s) AS family
             CROSS JOIN LATERAL (%(share)s) AS share
             WHERE rel.sale_order_id = demand.id
               AND tx.state IN ('authorized', 'done')
               AND tx.operation IS DISTINCT FROM 'validation'
               AND NOT EXISTS (
                    SELECT 1 FROM sale_order_transaction_rel source
                     WHERE source.transaction_id = tx.source_transaction_id
                       AND source.sale_order_id = demand.id)
            """,
            loose=self._loose_transaction_sql(SQL("tx")),
            order_rate=scope.rate(SQL("demand.currency_id")),
            tx_rate=scope.rate(SQL("tx.currency_id")),
            family=self._transaction_family_sql(),
            share=self._transaction_share_sql(),
        )

    def _transaction_family_sql(self) -> SQL:
        """settled: captured or voided of ``tx``; loose: captured or refunded by child
        transactions whose payment is missing."""
        return SQL(
            """
            SELECT coalesce(sum(child.amount) FILTER (
                       WHERE child.state IN ('done', 'cancel')
                         AND child.operation IS NOT DISTINCT FROM tx.operation
                   ), 0) AS settled,
                   coalesce(sum(child.amount) FILTER (
                       WHERE child.state = 'done' AND %(loose)s), 0) AS loose
              FROM payment_transaction child
             WHERE child.source_transaction_id = tx.id
            """,
            loose=self._loose_transaction_sql(SQL("child")),
        )

    def _loose_transaction_sql(self, transaction: SQL) -> SQL:
        """Whether a transaction has no payment, or one that is still a draft."""
        return SQL(
            """coalesce((SELECT state FROM account_payment
                          WHERE id = %s.payment_id), 'draft') = 'draft'""",
            transaction,
        )

    def _transaction_share_sql(self) -> SQL:
        """part: the share of the order in ``tx``, 1 when it is the only one.

        The database may ask for pairs that are not linked, and drop them later: their
        number is 0, which must not be divided by.
        """
        return SQL(
            """
            SELECT CASE WHEN count(*) = 1 THEN 1
                        WHEN sum(greatest(0, other.amount_total)) > 0
                        THEN greatest(0, demand.amount_total)
                             / sum(greatest(0, other.amount_total))
                        ELSE 1.0 / nullif(count(*), 0) END AS part
              FROM sale_order_transaction_rel link
              JOIN sale_order other ON other.id = link.sale_order_id
             WHERE link.transaction_id = tx.id
               AND (other.state != 'cancel' OR other.id = demand.id)
            """
        )
