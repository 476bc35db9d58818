from odoo import api, models

#: What changes the amount of a line.
AMOUNT_FIELDS = {
    "product_id",
    "product_uom_id",
    "product_uom_qty",
    "price_unit",
    "technical_price_unit",
    "discount",
    "tax_ids",
}
#: Lines that Odoo itself adds to a confirmed order: expenses and vendor bills
#: charged on, shipping, rewards, down payments. They hold the order, never raise.
AUTOMATIC_MARKS = ("is_expense", "is_downpayment", "is_delivery", "is_reward_line")


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    @api.model_create_multi
    def create(self, vals_list):
        orders = self.env["sale.order"].browse(
            {vals["order_id"] for vals in vals_list if vals.get("order_id")}
        )
        quiet = any(vals.get(mark) for vals in vals_list for mark in AUTOMATIC_MARKS)
        with orders._credit_watch_growth(quiet=quiet):
            return super().create(vals_list)

    def write(self, vals):
        if AMOUNT_FIELDS.isdisjoint(vals):
            return super().write(vals)
        quiet = any(line._credit_is_automatic() for line in self)
        with self.order_id._credit_watch_growth(quiet=quiet):
            return super().write(vals)

    def _credit_is_automatic(self):
        return any(mark in self._fields and self[mark] for mark in AUTOMATIC_MARKS)
