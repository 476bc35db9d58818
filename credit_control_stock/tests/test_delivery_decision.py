"""Holds, releases and refusals over confirmed orders."""

from datetime import timedelta

from odoo.exceptions import RedirectWarning, UserError
from odoo.tests import Form, tagged

from odoo.addons.credit_control.tests.common import TODAY

from .delivery_common import DeliveryCommon


@tagged("post_install", "-at_install")
class TestDeliveryDecision(DeliveryCommon):
    def _request_at_delivery(self, order):
        return self._request(order, user=self.stock_seller)

    # -- releases -------------------------------------------------------------------
    def test_refusal_leads_to_request_release_and_delivery(self):
        """Stopped, asked for, released, delivered: without touching the order."""
        order = self._stopped()
        _text, action, button, context = self.assertStays(
            order.picking_ids, self.stock_seller
        )
        self.assertEqual(button, "Request release")
        self.assertEqual(
            action, self.env.ref("credit_control.credit_release_request_action").id
        )
        wizard = self.env["credit.release.request"].with_user(self.stock_seller)
        wizard = wizard.with_context(**context).create({"note": "Pays on Friday"})
        self.assertIn("exceeded", wizard.summary_html)
        wizard.action_request()
        hold = order.credit_hold_ids
        self.assertEqual((hold.state, hold.excess), ("waiting", 300.0))
        self.assertStays(order.picking_ids)
        self._release(hold)
        self.assertDelivered(order.picking_ids)
        self.assertEqual(hold.state, "released")

    def test_release_from_confirmation_covers_the_delivery(self):
        """What was released to be confirmed may be delivered while it is in force."""
        self.order.user_id = self.stock_seller
        hold = self._request_at_delivery(self.order)
        self._release(hold, confirm=True)
        self.assertEqual(self.order.state, "sale")
        self.assertDelivered(self.order.picking_ids)

    def test_release_covers_within_cap_and_validity(self):
        """A release ends with its last day, whatever the days of grace."""
        self.company.credit_check_grace_days = 30
        until = TODAY + timedelta(3)
        for name, days, growth, goes in (
            ("today", 0, 0.0, True),
            ("last day", 3, 0.0, True),
            ("day after", 4, 0.0, False),
            ("beyond the cap", 0, 0.01, False),
        ):
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                order = self._order(1500.0, user_id=self.stock_seller.id)
                hold = self._request_at_delivery(order)
                self._release(hold, valid_until=until, cap=1500.0, confirm=True)
                order.order_line.sudo().price_unit += growth
                with self.at(days=days):
                    check = self.assertDelivered if goes else self.assertStays
                    check(order.picking_ids)
                savepoint.rollback()

    def test_delivery_under_release_does_not_renew_the_check(self):
        """A release has a last day of its own; a passed check would put it off."""
        self.order.user_id = self.stock_seller
        self._release(self._request_at_delivery(self.order), confirm=True)
        with self.at(days=5):
            self.assertDelivered(self.order.picking_ids)
        self.assertEqual(self.order.credit_passed_on, TODAY)

    # -- holds that stop by themselves ----------------------------------------------
    def test_forced_hold_stops_the_delivery_until_released(self):
        """A person's hold counts more than limit and grace."""
        self.company.credit_check_grace_days = 30
        order = self._confirmed(100.0)
        hold = self._force(order)
        message = self.assertStays(order.picking_ids)[0]
        self.assertIn(hold.name, message)
        self.assertIn("The credit team has put this order on hold", message)
        self._release(hold)
        self.assertDelivered(order.picking_ids)

    def test_refused_forced_hold_stops_the_delivery(self):
        """To refuse the release of a forced hold is no release."""
        self.company.credit_check_grace_days = 30
        order = self._confirmed(100.0)
        self._reject(self._force(order))
        self.assertStays(order.picking_ids)
        again = self._request_at_delivery(order)
        self.assertEqual(again.main_reason, "forced")
        self.assertStays(order.picking_ids)
        self._release(again)
        self.assertDelivered(order.picking_ids)

    def test_growth_hold_stops_the_delivery_until_decided(self):
        """An order grown beyond its check waits, even when money came in since."""
        self.company.credit_check_grace_days = 30
        order = self._confirmed(800.0)
        order.order_line.sudo().price_unit = 1200.0
        hold = order.credit_hold_ids
        self.assertEqual((hold.state, hold.checkpoint), ("waiting", "growth"))
        self._set_limit(5000.0)
        message = self.assertStays(order.picking_ids)[0]
        self.assertIn(hold.name, message)
        self.assertIn("200.00", message)  # the excess as it was measured
        self._release(hold)
        self.assertDelivered(order.picking_ids)

    def test_wish_to_grow_does_not_stop_the_order_as_it_is(self):
        """Asking for more than was ordered leaves the order alone."""
        order = self._confirmed(800.0)
        hold = self._request(order, user=self.stock_seller, wanted_amount=1200.0)
        self.assertEqual(hold.state, "waiting")
        self.assertFalse(order.picking_ids.credit_hold)
        self.assertDelivered(order.picking_ids)
        self.assertEqual(hold.state, "waiting")

    def test_waiting_request_ends_when_the_check_passes(self):
        """The customer paid before anybody decided: as at confirmation, it goes."""
        order = self._stopped()
        hold = self._request_at_delivery(order)
        self._set_limit(800.0)
        self.assertDelivered(order.picking_ids)
        self.assertEqual(hold.state, "cancelled")
        self.assertIn("passed the credit check", hold.message_ids[0].body)

    def test_refusal_of_a_release_ends_the_grace(self):
        """No days of grace after somebody said no; an older no is settled."""
        self.company.credit_check_grace_days = 30
        order = self._stopped()
        order.sudo().credit_passed_on = False
        hold = self._request_at_delivery(order)
        order.sudo().credit_passed_on = TODAY
        with self.at(days=1):
            self._reject(hold)
            self.assertStays(order.picking_ids)
        order.sudo().credit_passed_on = TODAY + timedelta(2)
        with self.at(days=3):
            self.assertDelivered(order.picking_ids)

    # -- asking, looking again ------------------------------------------------------
    def test_no_request_where_nothing_stops_the_goods(self):
        """Within the limit, in grace or delivered: there is nothing to ask for."""
        order = self._confirmed()
        with self.assertRaisesRegex(UserError, "no release is needed"):
            self._request_at_delivery(order)
        self.company.credit_check_grace_days = 2
        self._set_limit(500.0)
        with self.assertRaisesRegex(UserError, "no release is needed"):
            self._request_at_delivery(self._bill_and_return(order))
        self.assertDelivered(order.picking_ids)
        self.company.credit_check_grace_days = 0
        with self.assertRaisesRegex(UserError, "no release is needed"):
            self._request_at_delivery(order)

    def _bill_and_return(self, order):
        """Billed, the order passes as growth: only the delivery could stop it."""
        self._bill(order)
        return order

    def test_recheck_asks_for_the_delivery(self):
        """A billed order passes as it is; its hold is ready when the goods may go."""
        order = self._confirmed()
        invoice = self._bill(order)
        self._set_limit(500.0)
        hold = self._request_at_delivery(order)
        hold.sudo()._recheck()
        self.assertFalse(hold.ready)
        self._pay(invoice, 300.0)
        hold.sudo()._recheck()
        self.assertTrue(hold.ready)

    def test_recheck_releases_by_itself_where_the_company_says_so(self):
        """Paid: the goods go without anybody's decision."""
        self.company.credit_auto_release = True
        order = self._confirmed()
        invoice = self._bill(order)
        self._set_limit(500.0)
        hold = self._request_at_delivery(order)
        hold.sudo()._recheck()
        self.assertEqual(hold.state, "waiting")
        self._pay(invoice, 300.0)
        hold.sudo()._recheck()
        self.assertEqual(hold.state, "released")
        self.assertDelivered(order.picking_ids)

    def test_warehouse_reads_the_decision_on_the_transfer(self):
        """Who waits with the goods learns of the decision, without amounts."""
        for decide, text in (
            (self._release, "the goods may go"),
            (self._reject, "the goods stay here"),
        ):
            with self.subTest(text), self.env.cr.savepoint() as savepoint:
                order = self._stopped()
                picking = order.picking_ids
                picking.user_id = self.worker
                decide(self._request_at_delivery(order))
                note = picking.message_ids[0]
                self.assertIn(text, note.body)
                self.assertNotIn("800", note.body)
                self.assertTrue(note.subtype_id.internal)
                self.assertIn(self.worker.partner_id, note.partner_ids)
                savepoint.rollback()

    # -- the salesperson's panel ----------------------------------------------------
    def test_panel_of_a_confirmed_order_tells_of_the_delivery(self):
        """What would stop the goods is on the order before the lorry is loaded."""
        order = self._confirmed()
        invoice = self._bill(order)
        self._set_limit(500.0)
        order.invalidate_recordset(["credit_panel"])
        self.assertEqual(order.credit_panel["outcome"], "hold")
        self.assertEqual(order.credit_panel["after"], -300.0)
        self._pay(invoice)
        order.invalidate_recordset(["credit_panel"])
        self.assertEqual(order.credit_panel["outcome"], "free")

    def test_panel_follows_what_is_typed(self):
        """Before saving, the panel says what the goods would meet by then."""
        order = self._confirmed()
        self._bill(order)
        self._set_limit(900.0)
        with Form(order) as form:
            self.assertEqual(form.credit_panel["outcome"], "free")
            with form.order_line.edit(0) as line:
                line.product_uom_qty = 1.5
            self.assertEqual(form.credit_panel["outcome"], "hold")
            with form.order_line.edit(0) as line:
                line.product_uom_qty = 1.0

    def test_panel_of_a_delivered_order_is_as_without_stock(self):
        order = self._confirmed()
        self.assertDelivered(order.picking_ids)
        self._bill(order)
        self._set_limit(500.0)
        order.invalidate_recordset(["credit_panel"])
        self.assertEqual(order.credit_panel["outcome"], "free")

    def test_quotation_and_confirmation_stay_as_they_are(self):
        with self.assertRaises(RedirectWarning):
            self.order.action_confirm()
        self.assertEqual(self.order.credit_panel["outcome"], "hold")
