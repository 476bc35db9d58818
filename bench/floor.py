"""The plainest hand-written SQL for the exposure: what any program has to pay.

One statement, the same parts and rules as ours (checked by ``agree.py``), for the
company as the bench sets it up: no notes, no branches, no grace days.
"""

from odoo.tools import SQL


def exposure_sql(env, partner_ids=None) -> SQL:
    """partner_id, not_due, overdue, days, credits, orders, drafts, in_transit; for
    some customers, or for all."""
    return SQL(
        """
        SELECT partner.commercial_partner_id AS partner_id,
               sum(amount) FILTER (WHERE part = 'not_due') AS not_due,
               sum(amount) FILTER (WHERE part = 'overdue') AS overdue,
               max(days) AS days,
               sum(amount) FILTER (WHERE part = 'credits') AS credits,
               sum(amount) FILTER (WHERE part = 'orders') AS orders,
               sum(amount) FILTER (WHERE part = 'drafts') AS drafts,
               sum(amount) FILTER (WHERE part = 'in_transit') AS in_transit
          FROM (%(items)s UNION ALL %(orders)s UNION ALL %(drafts)s
                UNION ALL %(transit)s) AS row (partner_id, part, days, amount)
          JOIN res_partner partner ON partner.id = row.partner_id
         GROUP BY partner.commercial_partner_id
        """,
        items=_items_sql(env, partner_ids),
        orders=_orders_sql(env, partner_ids),
        drafts=_drafts_sql(env, partner_ids),
        transit=_transit_sql(env, partner_ids),
    )


def fetch(env, partner_ids=None):
    """A question's ``todo``: the rows of ``exposure_sql``."""
    query = exposure_sql(env, partner_ids)
    return lambda: env.execute_query(query)


def _customer(column: str, partner_ids) -> SQL:
    if partner_ids is None:
        return SQL("%s IS NOT NULL", SQL(column))
    return SQL(
        """%s = ANY(ARRAY(SELECT id FROM res_partner
                           WHERE commercial_partner_id = ANY(%s)))""",
        SQL(column),
        partner_ids,
    )


def receivable_ids(env) -> list[int]:
    """The accounts of trade receivables."""
    return (
        env["account.account"]
        .search([("account_type", "=", "asset_receivable"), ("non_trade", "=", False)])
        .ids
    )


def _items_sql(env, partner_ids) -> SQL:
    return SQL(
        """
        SELECT partner_id,
               CASE WHEN amount_residual < 0 THEN 'credits'
                    WHEN date_maturity < CURRENT_DATE THEN 'overdue'
                    ELSE 'not_due' END,
               CASE WHEN amount_residual > 0
                    THEN greatest(0, CURRENT_DATE - date_maturity) ELSE 0 END,
               amount_residual
          FROM account_move_line
         WHERE account_id = ANY(%s) AND parent_state = 'posted'
           AND reconciled IS NOT TRUE AND amount_residual != 0 AND %s
        """,
        receivable_ids(env),
        _customer("partner_id", partner_ids),
    )


def _orders_sql(env, partner_ids) -> SQL:
    """Taxed value of the lines less what posted invoices cover, less down payments.
    An order that Odoo calls invoiced because of a draft invoice counts as well."""
    return SQL(
        """
        SELECT sale.partner_invoice_id, 'orders', 0, greatest(0, sum(
                   CASE WHEN line.is_downpayment THEN -coalesce(billed.amount, 0)
                        WHEN line.product_uom_qty = 0 THEN 0
                        ELSE line.price_total * greatest(0, 1
                             - coalesce(billed.quantity, 0) / line.product_uom_qty)
                   END))
          FROM sale_order sale
          JOIN sale_order_line line ON line.order_id = sale.id
          LEFT JOIN LATERAL (
               SELECT sum(item.quantity) AS quantity, sum(item.price_total) AS amount
                 FROM sale_order_line_invoice_rel rel
                 JOIN account_move_line item ON item.id = rel.invoice_line_id
                WHERE rel.order_line_id = line.id AND item.parent_state = 'posted'
               ) AS billed ON line.qty_invoiced != 0 OR line.is_downpayment
         WHERE sale.state = 'sale' AND line.display_type IS NULL AND %(customer)s
           AND (sale.invoice_status != 'invoiced' OR sale.id = ANY(ARRAY(
                SELECT ordered.order_id
                  FROM account_move move
                  JOIN account_move_line item ON item.move_id = move.id
                  JOIN sale_order_line_invoice_rel rel
                    ON rel.invoice_line_id = item.id
                  JOIN sale_order_line ordered ON ordered.id = rel.order_line_id
                 WHERE move.state = 'draft'
                   AND move.move_type IN ('out_invoice', 'out_refund')
                   AND %(draft_customer)s)))
         GROUP BY sale.id
        """,
        customer=_customer("sale.partner_invoice_id", partner_ids),
        draft_customer=_customer("move.partner_id", partner_ids),
    )


def _drafts_sql(env, partner_ids) -> SQL:
    return SQL(
        """
        SELECT partner_id, 'drafts', 0, amount_residual_signed
          FROM account_move move
         WHERE state = 'draft' AND move_type = 'out_invoice'
           AND amount_residual_signed > 0 AND %s
           AND NOT EXISTS (
               SELECT FROM account_move_line item
                 JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = item.id
                WHERE item.move_id = move.id)
        """,
        _customer("partner_id", partner_ids),
    )


def _transit_sql(env, partner_ids) -> SQL:
    return SQL(
        """
        SELECT partner_id, 'in_transit', 0, -amount_company_currency_signed
          FROM account_payment
         WHERE move_id IS NULL AND state = 'in_process'
           AND partner_type = 'customer' AND %s
        """,
        _customer("partner_id", partner_ids),
    )
