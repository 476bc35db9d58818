"""Orders that are paid at the point of sale (pos_sale), where it is installed."""

from odoo import models
from odoo.tools import SQL

#: What the SQL reads: pending changes of these go to the database first.
FIELDS_READ = {
    "pos.order": ["state", "date_order"],
    "pos.order.line": [
        "order_id",
        "sale_order_line_id",
        "product_id",
        "qty",
        "price_subtotal_incl",
    ],
    "product.product": ["product_tmpl_id"],
    "product.template": ["uom_id"],
}


class SaleOrder(models.Model):
    """What the till took for an order needs no credit; what it left does."""

    _inherit = "sale.order"

    def _credit_paid_at_till(self):
        """What the till has taken for this order, deposits included.

        The till sells in the currency of the order only.
        """
        self.ensure_one()
        # sudo: sellers may not read what the till does
        lines = self.sudo()._origin.order_line
        if "pos_order_line_ids" not in lines._fields:
            return 0.0
        paid = lines.pos_order_line_ids.filtered(
            lambda line: line.order_id.state not in ("draft", "cancel")
        )
        return sum(paid.mapped("price_subtotal_incl"))

    def _credit_is_cash_sale(self):
        """A deposit at the till makes no cash sale of the order."""
        paid = self._credit_paid_at_till()
        if paid > 0 and self.currency_id.compare_amounts(paid, self.amount_total) >= 0:
            return True
        return super()._credit_is_cash_sale()

    def _credit_must_not_raise(self):
        """The till confirms orders when it is paid: that must not fail."""
        return super()._credit_must_not_raise() or any(
            order._credit_paid_at_till() for order in self
        )


class CreditGate(models.AbstractModel):
    _inherit = "credit.gate"

    def _settled(self, order, unbilled, in_transit):
        """Confirmed orders have it in what is unbilled."""
        settled = super()._settled(order, unbilled, in_transit)
        if order.state == "sale":
            return settled
        return min(order.amount_total, settled + order._credit_paid_at_till())


class CreditExposure(models.AbstractModel):
    _inherit = "credit.exposure"

    def _sells_at_till(self):
        return "pos_order_line_ids" in self.env["sale.order.line"]._fields

    def _flush_read(self):
        if self._sells_at_till():
            for model, names in FIELDS_READ.items():
                self.env[model].flush_model(names)
        return super()._flush_read()

    def _moved_contact_sqls(self, age):
        found = super()._moved_contact_sqls(age)
        if not self._sells_at_till():
            return found
        till = SQL(
            """
            SELECT sale.partner_invoice_id
              FROM pos_order_line item
              JOIN pos_order receipt ON receipt.id = item.order_id
              JOIN sale_order_line line ON line.id = item.sale_order_line_id
              JOIN sale_order sale ON sale.id = line.order_id
             WHERE age(receipt.xmin) <= %(age)s OR age(item.xmin) <= %(age)s
            """,
            age=age,
        )
        return [*found, till]

    def _has_bills_sql(self):
        found = super()._has_bills_sql()
        if not self._sells_at_till():
            return found
        return SQL(
            """(%s OR EXISTS (SELECT FROM pos_order_line
                               WHERE sale_order_line_id = line.id))""",
            found,
        )

    def _bill_sqls(self, scope):
        """The till bills by itself: its invoices do not name the lines of orders."""
        bills = super()._bill_sqls(scope)
        if not self._sells_at_till():
            return bills
        till = SQL(
            """
            SELECT receipt.date_order::date AS date, receipt.id AS sequence,
                   item.qty::numeric
                   * CASE WHEN template.uom_id != line.product_uom_id
                          THEN (SELECT factor::numeric FROM uom_uom
                                 WHERE id = template.uom_id)
                               / (SELECT factor::numeric FROM uom_uom
                                   WHERE id = line.product_uom_id)
                          ELSE 1 END AS quantity,
                   item.price_subtotal_incl AS amount
              FROM pos_order_line item
              JOIN pos_order receipt ON receipt.id = item.order_id
              JOIN product_product product ON product.id = item.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
             WHERE item.sale_order_line_id = line.id
               AND receipt.state NOT IN ('draft', 'cancel')
            """
        )
        return [*bills, till]
