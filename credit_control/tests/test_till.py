"""Orders that are paid at the point of sale, in part or as a whole."""

from odoo import Command
from odoo.tests import tagged

from .common import CreditCommon


@tagged("post_install", "-at_install")
class TestGateTill(CreditCommon):
    """A limit of 1,000 and an order of 1,500 that comes to the till."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if "pos_order_line_ids" not in cls.env["sale.order"]._fields:
            cls.skipTest(cls, "pos_sale is not installed")
        cls.env.user.group_ids += cls.env.ref("point_of_sale.group_pos_manager")
        cls.file = cls._file(limit=1000)
        cls.order = cls._order(1500)
        config = cls.env["pos.config"].create({"name": "Till"})
        cls.session = cls.env["pos.session"].create({"config_id": config.id})

    def _verdict(self, checkpoint="confirm"):
        return self.env["credit.gate"]._evaluate(self.order, checkpoint)[self.order.id]

    def _pay_at_till(self, line, amount, state="paid"):
        """What the till notes when it takes ``amount`` for one line of the order."""
        self.env["pos.order"].create(
            {
                "session_id": self.session.id,
                "partner_id": self.customer.id,
                "state": state,
                "amount_total": amount,
                "amount_paid": amount,
                "amount_tax": 0.0,
                "amount_return": 0.0,
                "lines": [
                    Command.create(
                        {
                            "product_id": line.product_id.id,
                            "qty": 1,
                            "price_unit": amount,
                            "price_subtotal": amount,
                            "price_subtotal_incl": amount,
                            "sale_order_origin_id": self.order.id,
                            "sale_order_line_id": line.id,
                        }
                    )
                ],
            }
        )

    def _take_deposit(self, amount, **values):
        line = self.env["sale.order.line"].create(
            {
                "order_id": self.order.id,
                "product_id": self.product.id,
                "product_uom_qty": 0,
                "price_unit": amount,
                "tax_ids": [Command.clear()],
                "is_downpayment": True,
            }
        )
        self._pay_at_till(line, amount, **values)

    def test_deposit_is_no_cash_sale(self):
        """What is left needs credit; the till gets no error, the order is held."""
        self._take_deposit(499.99)
        self.assertEqual(self._verdict().figures.order, 1000.01)
        self.order.action_confirm()
        self.assertEqual(self.order.state, "draft")
        self.assertEqual(self.order.credit_hold_ids.state, "waiting")

    def test_deposit_takes_its_part_off(self):
        """Before the confirmation and after it, in the books as well."""
        self._take_deposit(500)
        self.assertFalse(self._verdict().held)
        self.order.action_confirm()
        self.assertEqual(self.order.state, "sale")
        self.assertEqual(self._verdict("growth").figures.order, 1000)
        key = (self.customer.id, self.company.id)
        exposure = self.env["credit.exposure"]._get_customer_exposures(
            {key: self.currency}
        )[key]
        self.assertEqual(exposure.orders, 1000)

    def test_order_settled_at_the_till_needs_no_credit(self):
        self._pay_at_till(self.order.order_line, 1500)
        self.assertEqual(self._verdict().outcome, "free")
        self.order.action_confirm()
        self.assertEqual(self._verdict("growth").outcome, "free")

    def test_order_in_the_basket_is_not_paid(self):
        self._pay_at_till(self.order.order_line, 1500, state="draft")
        self.assertTrue(self._verdict().held)
