"""A level of dunning at the door of the warehouse."""

from odoo.exceptions import RedirectWarning
from odoo.tests import tagged

from odoo.addons.credit_control.tests.dunning_common import DunningCommon

from .delivery_common import DeliveryCommon


@tagged("post_install", "-at_install")
class TestDeliveryDunning(DeliveryCommon, DunningCommon):
    """A confirmed order of 200 under a limit of 1,000, an invoice 40 days overdue."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.level_ids.consequence = "none"
        cls.invoice = cls._overdue_invoice(100.0, days=40)
        cls.confirmed = cls._confirmed(200.0)
        cls.picking = cls.confirmed.picking_ids

    def _send_level(self, consequence):
        self.policy.level_ids[0].consequence = consequence
        self._propose().action_send()

    def test_stop_of_orders_lets_goods_go(self):
        """Orders are refused, what is confirmed is delivered."""
        self._send_level("stop_orders")
        self.assertEqual(self.file.state, "stop")
        with self.assertRaises(RedirectWarning), self.env.cr.savepoint():
            self._confirmed(10.0)
        self.assertFalse(self.picking.credit_notice)
        self.assertDelivered(self.picking)

    def test_stop_of_deliveries_keeps_goods(self):
        """Right after sending nothing leaves any more; paid, it leaves again."""
        self._send_level("stop_deliveries")
        text = self.assertStays(self.picking)[0]
        self.assertIn("Dunning has stopped this customer: level 1", text)
        self.assertIn("100.00", text)
        payment = self._pay(self.invoice)
        with self.env.cr.savepoint() as savepoint:
            self.assertDelivered(self.picking)
            savepoint.rollback()
        self.env.invalidate_all()
        payment.action_draft()
        payment.action_cancel()
        self.assertStays(self.picking)

    def test_stop_by_a_person_keeps_goods(self):
        """The same state, but a decision: goods stay, whatever dunning asks for."""
        self._send_level("stop_orders")
        self.file.action_keep_state()
        self.assertStays(self.picking)

    def test_level_rule_at_delivery(self):
        """The rule on the level stops goods where it is asked at delivery."""
        rule = self.env["credit.rule"].create(
            {"rule_type": "dunning_level", "threshold": 1, "on_delivery": False}
        )
        self._send_level("none")
        with self.env.cr.savepoint() as savepoint:
            self.assertDelivered(self.picking)
            savepoint.rollback()
        self.env.invalidate_all()
        rule.on_delivery = True
        self.assertIn("dunning level 1", self.assertStays(self.picking)[0])

    def test_held_delivery_is_ready_once_paid(self):
        """The hold of goods that wait is looked at again, and ready."""
        self._send_level("stop_deliveries")
        hold = self._request(self.confirmed, user=self.stock_seller)
        self._pay(self.invoice)
        hold.sudo()._recheck()
        self.assertTrue(hold.ready)
