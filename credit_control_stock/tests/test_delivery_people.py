"""What each role reads and may do at a delivery that has to stay."""

from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import Form, new_test_user, tagged

from .delivery_common import DeliveryCommon

ASK = "credit_control_stock.stock_picking_action_ask_release"
REQUEST = "credit_control.credit_release_request_action"


@tagged("post_install", "-at_install")
class TestDeliveryPeople(DeliveryCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_seller = cls._stock_user(
            "credit_other_seller", "sales_team.group_sale_salesman"
        )
        cls.stock_auditor = cls._stock_user(
            "credit_stock_auditor", "credit_control.group_credit_auditor"
        )

    def _notice(self, picking, user):
        picking.invalidate_recordset(["credit_notice"])
        return picking.with_user(user).credit_notice or ""

    def test_who_reads_figures(self):
        """The warehouse reads whom to ask; figures are for who may read the hold."""
        order = self._stopped()
        for user, sees in (
            (self.worker, False),
            (self.stock_seller, True),
            (self.stock_analyst, True),
            (self.stock_auditor, True),
        ):
            with self.subTest(user.login):
                told = self.assertStays(order.picking_ids, user)[0]
                for text in (told, self._notice(order.picking_ids, user)):
                    self.assertEqual("800.00" in text, sees, text)
                    self.assertEqual("300.00" in text, sees, text)
                    self.assertIn(order.name, text)
                    self.assertEqual(self.stock_seller.name in text, not sees, text)

    def test_hold_of_a_colleague_is_read_neutrally(self):
        """A salesperson reads the holds of his own orders, here as everywhere."""
        order = self._stopped()
        hold = self._request(order, user=self.stock_seller)
        self.assertFalse(hold.with_user(self.other_seller).has_access("read"))
        self.assertNotIn("800", self._notice(order.picking_ids, self.other_seller))
        self.assertIn(hold.name, self._notice(order.picking_ids, self.other_seller))
        self.assertIn("800.00", self._notice(order.picking_ids, self.stock_seller))

    def test_text_without_salesperson(self):
        order = self._stopped(user_id=False)
        self.assertIn(
            "Ask the credit team or the salesperson.",
            self._notice(order.picking_ids, self.worker),
        )

    def test_button_of_the_refusal(self):
        """Each is led to what he may do next."""
        order = self._stopped()
        picking = order.picking_ids
        for user, action in (
            (self.worker, ASK),
            (self.stock_seller, REQUEST),
            (self.stock_analyst, ASK),
        ):
            with self.subTest(user.login):
                _text, action_id, _button, context = self.assertStays(picking, user)
                self.assertEqual(action_id, self.env.ref(action).id)
                target = picking if action == ASK else order
                self.assertEqual(context["active_ids"], target.ids)
                self.assertEqual(context["active_model"], target._name)

    def test_refusal_when_everything_is_asked_for(self):
        """Who may look is led to the hold; the warehouse reads its number."""
        order = self._stopped()
        hold = self._request(order, user=self.stock_seller)
        _text, action, _button, _context = self.assertStays(
            order.picking_ids, self.stock_seller
        )
        self.assertEqual((action["res_model"], action["res_id"]), (hold._name, hold.id))
        (text,) = self.assertStays(order.picking_ids, self.worker, UserError)
        self.assertIn(hold.name, text)

    def test_warehouse_asks_with_one_click(self):
        """The button of the refusal makes the hold; the seller is told, not he."""
        order = self._stopped()
        picking = order.picking_ids
        _text, action_id, _button, context = self.assertStays(picking, self.worker)
        action = self.env["ir.actions.server"].browse(action_id)
        result = action.with_user(self.worker).with_context(**context).run()
        hold = order.credit_hold_ids
        self.assertEqual((hold.state, hold.origin), ("waiting", "request"))
        self.assertEqual(hold.checkpoint, "delivery")
        self.assertIn(hold.name, result["params"]["message"])
        self.assertIn(picking.name, hold.request_note)
        self.assertIn(self.worker.name, hold.request_note)
        self.assertTrue(hold.activity_ids)
        self.assertFalse(hold.requested_by)
        self._release(hold)
        notes = order.message_ids | picking.message_ids | hold.message_ids
        told = hold.message_partner_ids | notes.partner_ids
        self.assertIn(self.stock_seller.partner_id, told)
        self.assertNotIn(self.worker.partner_id, told)
        self.assertDelivered(picking, self.worker)

    def test_asking_twice_tells_the_number_again(self):
        order = self._stopped()
        picking = order.picking_ids.with_user(self.worker)
        picking.action_ask_credit_release()
        result = picking.action_ask_credit_release()
        hold = order.credit_hold_ids
        self.assertEqual(len(hold), 1)
        self.assertIn(hold.name, result["params"]["message"])
        self.assertEqual(hold.request_note.count(picking.name), 1)

    def test_analyst_who_asks_is_the_requester(self):
        """Four eyes: who asks in the warehouse does not decide in the office."""
        order = self._stopped()
        order.picking_ids.with_user(self.stock_analyst).action_ask_credit_release()
        hold = order.credit_hold_ids
        self.assertEqual(hold.requested_by, self.stock_analyst)
        with self.assertRaises(AccessError):
            self._release(hold, user=self.stock_analyst)

    def test_salesperson_gets_the_dialog(self):
        order = self._stopped()
        picking = order.picking_ids.with_user(self.stock_seller)
        action = picking.action_ask_credit_release()
        self.assertEqual(action["res_model"], "credit.release.request")
        self.assertEqual(action["context"]["active_ids"], order.ids)

    def test_nothing_to_ask_for(self):
        picking = self._confirmed().picking_ids
        with self.assertRaisesRegex(UserError, "Nothing keeps these goods here"):
            picking.with_user(self.worker).action_ask_credit_release()

    def test_growth_by_the_warehouse_is_refused_without_figures(self):
        """sale_stock lets the warehouse write orders: the refusal stays neutral."""
        order = self._confirmed(800.0)
        texts = {}
        for user, error in (
            (self.worker, UserError),
            (self.stock_seller, RedirectWarning),
        ):
            with self.assertRaises(error) as refusal, self.env.cr.savepoint():
                order.order_line.with_user(user).product_uom_qty = 2
            order.order_line.invalidate_recordset()
            texts[user] = refusal.exception.args[0]
        self.assertIn("Ask the credit team", texts[self.worker])
        self.assertNotIn("600", texts[self.worker])
        self.assertIn("600.00", texts[self.stock_seller])

    def test_panel_is_not_for_the_warehouse(self):
        """sale_stock lets the warehouse read orders; figures stay with the office."""
        order = self._stopped()
        with self.assertRaises(AccessError):
            order.with_user(self.worker).read(["credit_panel"])
        for user in self.stock_seller | self.stock_analyst | self.stock_auditor:
            with self.subTest(user.login):
                order.invalidate_recordset()
                self.assertTrue(order.with_user(user).credit_panel)

    # -- the transfer's form and list -----------------------------------------------
    def test_banner_and_ribbon(self):
        """The form says that the goods stay before anybody validates."""
        order = self._stopped()
        picking = order.picking_ids
        with Form(picking) as form:
            self.assertFalse(form.credit_hold)
            self.assertIn("may not be delivered", form.credit_notice)
        self.assertIn("on credit hold", self._notice(picking, self.worker))
        self._request(order, user=self.stock_seller)
        with Form(picking) as form:
            self.assertTrue(form.credit_hold)
        self._set_limit(5000.0)
        self.assertDelivered(picking)
        self.assertFalse(picking.credit_hold)
        self.assertFalse(picking.credit_notice)

    def test_search_on_credit_hold(self):
        """The filter finds open deliveries of orders that wait for a decision."""
        free, held = self._confirmed(10.0), self._confirmed(20.0)
        done = self._confirmed(30.0)
        wish = self._confirmed(40.0)
        self.assertDelivered(done.picking_ids)
        self._force(held)
        self._force(done)
        self._request(wish, user=self.stock_seller, wanted_amount=5000.0)
        pickings = (free | held | done | wish).picking_ids
        back = pickings.search([("id", "in", pickings.ids)])

        def found(user, *domain):
            domain = [("id", "in", back.ids), *domain]
            return pickings.with_user(user).search(domain).with_env(self.env)

        for user in (self.worker, self.stock_seller):
            with self.subTest(user.login):
                self.assertEqual(
                    found(user, ("credit_hold", "=", True)), held.picking_ids
                )
                self.assertEqual(
                    found(user, ("credit_hold", "=", False)),
                    back - held.picking_ids,
                )
                self.assertEqual(
                    found(user, ("credit_hold", "!=", False)), held.picking_ids
                )
        self.assertEqual(back.filtered("credit_hold"), held.picking_ids)

    def test_portal_reads_nothing_of_ours(self):
        """A customer reads his delivery by RPC, and nothing about credit."""
        order = self._stopped()
        portal = new_test_user(self.env, "credit_buyer", groups="base.group_portal")
        portal.partner_id.parent_id = self.customer
        order.picking_ids.partner_id = portal.partner_id
        picking = order.picking_ids.with_user(portal)
        self.assertTrue(picking.has_access("read"))
        for name in ("credit_hold", "credit_notice"):
            with self.subTest(name), self.assertRaises(AccessError):
                picking.read([name])
        with self.assertRaises(AccessError):
            picking.action_ask_credit_release()

    def test_worker_can_neither_free_nor_read(self):
        """No right on holds comes with the warehouse."""
        order = self._stopped()
        hold = self._force(order)
        worker = hold.with_user(self.worker)
        picking = order.picking_ids
        for name, error, attempt in (
            ("read", AccessError, lambda: worker.read(["reason_text"])),
            ("write", AccessError, lambda: worker.write({"state": "released"})),
            ("decide", AccessError, lambda: worker._decide("release", "Mine")),
            ("key", UserError, lambda: self._validate(picking, self.worker, force=1)),
        ):
            with self.subTest(name):
                with self.assertRaises(error), self.env.cr.savepoint():
                    attempt()
        self.assertEqual(hold.state, "waiting")
