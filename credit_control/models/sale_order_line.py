from odoo import api, models
from odoo.exceptions import AccessError

#: What changes the amount of a line, or the order that owes it.
AMOUNT_FIELDS = {
    "order_id",
    "product_id",
    "product_uom_id",
    "product_uom_qty",
    "price_unit",
    "technical_price_unit",
    "discount",
    "tax_ids",
    "is_downpayment",
}
#: Given in the context while Odoo charges an expense or a vendor bill on. An object:
#: no client can send it.
REINVOICING = object()


class SaleOrderLine(models.Model):
    """Lines make orders grow, by whichever way they are changed.

    What Odoo adds by itself (shipping costs, expenses charged on) holds the order
    instead of failing. Marks such as ``is_expense`` prove nothing, anybody can send
    them: expenses are known by where they come from, shipping by its product.
    """

    _inherit = "sale.order.line"

    @api.model_create_multi
    def create(self, vals_list):
        self._credit_check_protected(vals_list)
        order_ids = {vals.get("order_id") for vals in vals_list}
        if None in order_ids:
            # a default of the context, or one that the user keeps for himself
            order_ids.add(self.default_get(["order_id"]).get("order_id"))
        orders = self.env["sale.order"].browse(id_ for id_ in order_ids if id_)
        quiet = self.env.context.get("credit_reinvoicing") is REINVOICING
        with orders._credit_watch_growth(quiet=quiet):
            lines = super().create(vals_list)
            lines._credit_compute_figures(set().union(*vals_list))
            return lines

    def write(self, vals):
        self._credit_check_protected([vals])
        if AMOUNT_FIELDS.isdisjoint(vals):
            result = super().write(vals)
        else:
            orders = self.order_id
            if vals.get("order_id"):
                orders |= orders.browse(vals["order_id"])
            with orders._credit_watch_growth(quiet=self._credit_is_shipping()):
                result = super().write(vals)
        self._credit_compute_figures(vals)
        return result

    def unlink(self):
        """Without a line that takes something off, an order is larger."""
        with self.order_id._credit_watch_growth():
            return super().unlink()

    def _credit_is_shipping(self):
        """Are these the shipping costs that the delivery writes into the order?"""
        if "is_delivery" not in self._fields or not all(
            line.is_delivery for line in self
        ):
            return False
        # sudo: whoever ships may not read the carriers
        carriers = self.env["delivery.carrier"].sudo()
        shipping = carriers.search([("product_id", "in", self.product_id.ids)])
        return self.product_id <= shipping.product_id

    def _credit_check_protected(self, vals_list):
        """:raise AccessError: for invoices named by hand: what is billed takes nothing
        more, so nobody may say so but who makes invoices, and may name orders there"""
        if self.env.su or not any(vals.get("invoice_lines") for vals in vals_list):
            return
        if self.env.user.has_group("account.group_account_invoice"):
            return
        if self.env["credit.file"]._credit_active_company_ids():
            raise AccessError(
                self.env._(
                    "%(field)s cannot be set by hand: create the invoice from the "
                    "order.",
                    field=self._fields["invoice_lines"]._description_string(self.env),
                )
            )

    def _credit_compute_figures(self, names):
        """As on the order: a total is computed, not typed."""
        if "price_total" not in names or self.env.su:
            return
        active = self.env["credit.gate"]._is_active
        lines = self.filtered(lambda line: line.order_id and active(line.order_id))
        self.env.add_to_compute(self._fields["price_total"], lines)
