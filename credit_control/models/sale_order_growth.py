"""A confirmed order that grows is checked again."""

from contextlib import contextmanager

from odoo import models
from odoo.http import request

#: What makes an order larger or its credit longer when it changes.
GROWTH_FIELDS = {
    "order_line",
    "payment_term_id",
    "partner_id",
    "partner_invoice_id",
    "company_id",
    "pricelist_id",
    "currency_id",
    "fiscal_position_id",
    "commitment_date",
}


class SaleOrder(models.Model):
    """Growth is what an order takes beyond what it had when it was let go: a larger
    total, more to be billed, longer or cheaper terms, another payer, company or
    currency, or a delivery that comes within the horizon."""

    _inherit = "sale.order"

    # On the cursor: {order id: (order, extent before, quiet)} of the change that is
    # being made. No client can put anything there.
    _CREDIT_WATCHED = "credit_control.watched"

    @contextmanager
    def _credit_watch_growth(self, entrants=None, quiet=False):
        """Check confirmed orders again when what happens inside makes them grow.

        They are judged when the outermost change is complete; a change within it
        may concern other orders, so each adds its own to the watched ones.

        :param entrants: orders that come under the gate by the change itself
        :param quiet: hold a grown order instead of refusing the change
        """
        cache, gate = self.env.cr.cache, self.env["credit.gate"]
        orders = self.filtered(gate._is_active)
        if entrants:
            orders |= entrants
        orders = orders.filtered(lambda order: order.state == "sale")
        watched = cache.get(self._CREDIT_WATCHED)
        if not orders and watched is None:
            yield
            return
        outermost = watched is None
        watched = cache.setdefault(self._CREDIT_WATCHED, {})
        quiet = quiet or self._credit_must_grow()
        for order in orders.filtered(lambda order: order.id not in watched):
            watched[order.id] = (order, order._credit_extent(), quiet)
        try:
            yield
        finally:
            if outermost:
                cache.pop(self._CREDIT_WATCHED)
        if outermost:
            self._credit_check_growth(watched.values())

    def _credit_check_growth(self, watched):
        """Refuse the growth of what users changed; hold what changed by itself.

        :param watched: ``(order, extent before, quiet)`` of each
        """
        existing = self.union(*(order for order, *_rest in watched)).exists()
        grown = {True: self.browse(), False: self.browse()}
        for order, before, quiet in watched:
            if order in existing and order._credit_has_grown(before):
                grown[quiet] |= order
        for quiet, orders in grown.items():
            if orders:
                orders._credit_admit("growth", origin="growth" if quiet else None)
                orders._credit_forget_admitted()

    def _credit_get_entrants(self, vals):
        """Orders of a company without credit control that move to one with it."""
        if not vals.get("company_id") or not any(self._ids):
            return self.browse()
        company = self.env["res.company"].browse(vals["company_id"])
        if self.env["credit.file"]._credit_company_active(company):
            return self
        return self.browse()

    def _credit_must_grow(self):
        """What jobs, customers and Odoo itself change must not fail on our account.
        A context key is no job: what comes in by RPC is refused."""
        return (
            self.env.su
            or not self.env.user._is_internal()
            or bool(self.env.context.get("cron_id") and not request)
        )

    def _credit_extent(self):
        """What a confirmed order takes: ``(identity, currency, figures)``.

        The identity is the customer that the gate would ask about. Figures only count
        when they rise: total, what is still to be billed (replacing a line that is
        billed adds to it at the same total), whether the exposure counts the order,
        days, discount. Reads the books only for orders with invoices.
        """
        self.ensure_one()
        order = self.sudo()  # sudo: sellers may not read invoices and settings
        gate = self.env["credit.gate"]
        unbilled = order.amount_total
        if order.order_line.invoice_lines:
            demands = self.env["credit.exposure"]._get_order_demands(order)
            unbilled = demands[order.id][0]
        return (
            (gate._customer_key(order), order.currency_id.id),
            order.currency_id,
            (order.amount_total, unbilled),
            (gate._is_counted(order), *order._credit_terms()),
        )

    def _credit_has_grown(self, before):
        identity, currency, amounts, terms = self._credit_extent()
        if identity != before[0]:
            return True
        rises = [now - then for now, then in zip(amounts, before[2], strict=True)]
        return any(rise > 0 and not currency.is_zero(rise) for rise in rises) or any(
            now > then for now, then in zip(terms, before[3], strict=True)
        )
