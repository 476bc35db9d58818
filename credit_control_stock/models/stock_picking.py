from contextlib import contextmanager

from odoo import SUPERUSER_ID, models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _is_credit_delivery(self):
        """Do these goods leave for a customer? Returns and transfers between own
        locations do not, whatever kind of operation they are booked with."""
        self.ensure_one()
        target = self.location_dest_id
        if target.usage == "transit":
            # goods to a sister company: they leave, but not those on our own way
            return self.picking_id.picking_type_code == "outgoing" and (
                not target.company_id
            )
        return target.usage == "customer" and self.location_id.usage != "customer"


class StockPicking(models.Model):
    """The delivery checkpoint: what the gate stops does not leave the warehouse.

    Asked twice: in ``button_validate``, before anybody is led through dialogs, and
    in ``_action_done``, the one way to done that batches, barcode and other add-ons
    share. What passed the first is not measured again in the same call.
    """

    _inherit = "stock.picking"

    def button_validate(self):
        kept = self._credit_keep_back()
        passed = self - kept
        if kept and not passed:
            return True
        # with some kept, only jobs get here: the good ones go
        with passed._credit_remember_passed():
            return super(StockPicking, passed).button_validate()

    def _action_done(self):
        passed = self.env.cr.cache.get(self._CREDIT_PASSED, frozenset())
        asked = self.filtered(lambda picking: picking.id not in passed)
        rest = self - asked._credit_keep_back()
        return super(StockPicking, rest)._action_done() if rest or not self else True

    # Remembered on the cursor: no client can put anything there.
    _CREDIT_PASSED = "credit_control_stock.passed"

    @contextmanager
    def _credit_remember_passed(self):
        """Inside, these transfers are not asked about again."""
        cache = self.env.cr.cache
        before = cache.get(self._CREDIT_PASSED, frozenset())
        cache[self._CREDIT_PASSED] = before | set(self.ids)
        try:
            yield
        finally:
            cache[self._CREDIT_PASSED] = before

    # -- the checkpoint -------------------------------------------------------------
    def _is_credit_checked(self):
        """Deliveries, and internal transfers that end at a customer. What is sold at
        the point of sale is paid there; dropshipping and receipts pass nobody here."""
        counter = "pos_session_id" in self._fields and (
            self.pos_session_id or self.pos_order_id
        )
        return self.picking_type_code in ("outgoing", "internal") and not counter

    def _get_credit_orders(self):
        """``{picking: orders}`` whose goods these transfers take to a customer.

        Usually one; goods added by hand belong to the order that the host bills them
        to. No query where credit is not used.
        """
        if not self.env["credit.file"]._credit_active_company_ids():
            return {}
        found = {}
        # sudo: the warehouse need not be able to read orders
        for picking in self.sudo():
            if not picking._is_credit_checked():
                continue
            orders = self.env["sale.order"]
            for move in picking.move_ids:
                if move.state not in ("done", "cancel") and move._is_credit_delivery():
                    own = move.sale_line_id.order_id
                    orders |= own or picking.reference_ids.sale_ids[:1]
            if orders:
                found[picking] = orders.sudo(self.env.su)
        return found

    def _credit_keep_back(self):
        """Ask the gate which of these may not leave now.

        :return: the transfers to keep, in jobs and where customers click; their
            orders got a hold
        :raise RedirectWarning: somebody is there to read it, and at least one may not
            leave; nothing has been written then
        :raise UserError: the same, where a decision is asked for already
        """
        orders = self._get_credit_orders()
        if not orders:
            return self.browse()
        asked = self.env["sale.order"].union(*orders.values())
        checks = asked._credit_check_delivery()
        checks |= asked._credit_check_surplus(self._get_credit_surplus(), checks)
        stops = {order: check for order, check in checks.items() if check.verdict.held}
        kept = self.filtered(
            lambda picking: any(order in stops for order in orders.get(picking, ()))
        )
        if kept and not self._credit_is_job():
            refusal = kept._get_credit_refusal(orders, stops, self - kept)
            raise self.env["credit.gate"]._quiet(refusal)
        if kept:
            kept._credit_hold_by_job(stops)
        self.env["sale.order"]._credit_record_delivery(
            {order: check for order, check in checks.items() if order not in stops}
        )
        return kept

    def _credit_is_job(self):
        """Nobody there who could read a refusal: scheduled jobs, customers, and code
        that runs as the superuser. A forged context key changes only how a refusal is
        told."""
        return (
            self.env.uid == SUPERUSER_ID
            or self.env["sale.order"]._credit_must_not_raise()
        )

    def _credit_hold_by_job(self, stops):
        """Hold the orders, and say on the transfers why they did not go.

        Where a decision is asked for, or was refused, it stands until a person asks
        again: a job that comes back every hour must not. Surplus goods need no
        decision: they just do not go.
        """
        asked = {
            order: check
            for order, check in stops.items()
            if not check.surplus and (not check.hold or check.hold.state == "released")
        }
        holds = self.env["credit.hold"]._open_at_delivery(asked, origin="job")
        # the message must not carry the name of a customer who clicked somewhere
        pickings = self.with_user(SUPERUSER_ID)
        for hold in holds:
            body = self.env._(
                "Not delivered: %(order)s is on credit hold (%(hold)s).",
                order=hold.order_id.name,
                hold=hold.name,
            )
            here = hold.order_id._get_credit_moves().picking_id & pickings
            here._message_log_batch(bodies=dict.fromkeys(here.ids, body))
