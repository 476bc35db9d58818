"""A confirmed order that grows is checked again."""

from odoo import Command
from odoo.exceptions import RedirectWarning
from odoo.tests import tagged

from .common import CreditCommon


@tagged("post_install", "-at_install")
class TestGateGrowth(CreditCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.file = cls._file(limit=100)
        cls.order = cls._order(80, qty=8, confirm=True)
        cls.line = cls.order.order_line

    def test_quantity_and_price_beyond_the_limit_are_refused(self):
        for values in ({"product_uom_qty": 11}, {"price_unit": 12.6}):
            with self.subTest(values), self.assertRaises(RedirectWarning):
                self.line.write(values)
            self.line.invalidate_recordset()
        self.assertEqual(self.order.amount_total, 80)
        self.line.product_uom_qty = 10
        self.assertEqual(self.order.amount_total, 100)

    def test_tax_makes_an_order_grow(self):
        tax = self.env["account.tax"].create({"name": "26 %", "amount": 26})
        with self.assertRaises(RedirectWarning):
            self.line.tax_ids = tax
        tax.amount = 25
        self.line.tax_ids = tax
        self.assertEqual(self.order.amount_total, 100)

    def test_new_line_is_growth(self):
        values = {"product_id": self.product.id, "price_unit": 21, "tax_ids": []}
        with self.assertRaises(RedirectWarning):
            self.order.write({"order_line": [Command.create(values)]})
        with self.assertRaises(RedirectWarning):
            self.env["sale.order.line"].create(values | {"order_id": self.order.id})

    def test_changes_of_one_save_are_judged_together(self):
        """A line up and another down in one save: only the result counts."""
        second = self.env["sale.order.line"].create(
            {
                "order_id": self.order.id,
                "product_id": self.product.id,
                "price_unit": 15,
                "tax_ids": [],
            }
        )
        self.order.write(
            {
                "order_line": [
                    Command.update(self.line.id, {"product_uom_qty": 10}),
                    Command.update(second.id, {"product_uom_qty": 0}),
                ]
            }
        )
        self.assertEqual(self.order.amount_total, 100)

    def test_shrinking_is_free_even_over_the_limit(self):
        self.file.write({"credit_limit": 10, "limit_reason": "Cut"})
        self.line.product_uom_qty = 7
        self.assertEqual(self.order.amount_total, 70)
        with self.assertRaises(RedirectWarning):
            self.line.product_uom_qty = 7.1

    def test_longer_terms_are_growth(self):
        self.file.payment_term_id = self.immediate
        with self.assertRaises(RedirectWarning):
            self.order.payment_term_id = self.env.ref(
                "account.account_payment_term_30days"
            )

    def test_other_payer_is_growth(self):
        poor = self._customer("Poor")
        self._file(limit=10, partner=poor)
        with self.assertRaises(RedirectWarning):
            self.order.partner_invoice_id = poor

    def test_automatic_lines_hold_instead_of_refusing(self):
        """Shipping, expenses and what runs as superuser must not break."""
        self.line.sudo().product_uom_qty = 11
        self.assertEqual(self.order.amount_total, 110)
        hold = self.order.credit_hold_ids
        self.assertEqual((hold.state, hold.origin), ("waiting", "growth"))
        self.assertEqual(self.order.state, "sale")

    def test_release_covers_growth_up_to_its_cap(self):
        self.line.sudo().product_uom_qty = 11
        hold = self.order.credit_hold_ids
        approver = self._user("manager")
        hold.with_user(approver)._decide("release", "Known customer", cap=120)
        self.line.product_uom_qty = 12
        self.assertEqual(self.order.amount_total, 120)
        with self.assertRaises(RedirectWarning):
            self.line.product_uom_qty = 12.1

    def test_first_orders_do_not_count_the_order_itself(self):
        """The second order that grows is the second, not the third."""
        self.env["credit.rule"].create({"rule_type": "first_orders", "threshold": 2})
        with self.assertRaisesRegex(RedirectWarning, "order number 1 "):
            self.line.product_uom_qty = 9
        second = self._order(1, confirm=False)
        self.assertTrue(self.env["credit.gate"]._evaluate(second)[second.id].held)
        self._release_and_confirm(second)
        with self.assertRaisesRegex(RedirectWarning, "order number 2 "):
            second.order_line.product_uom_qty = 2
        self._order(1).action_confirm()

    def test_first_orders_at_once_are_all_held(self):
        """Others that are confirmed at the same time free none of them."""
        self.order._action_cancel()
        self.env["credit.rule"].create({"rule_type": "first_orders", "threshold": 1})
        orders = self._order(1) | self._order(1)
        verdicts = self.env["credit.gate"]._evaluate(orders)
        self.assertTrue(all(verdict.held for verdict in verdicts.values()))

    # -- an address that comes under another customer ---------------------------------
    def _address(self, **values):
        """An invoice address of the customer who owes the order of 80."""
        address = self.env["res.partner"].create(
            {"name": "Billing", "parent_id": self.customer.id, "type": "invoice"}
            | values
        )
        self.order.partner_invoice_id = address
        return address

    def test_address_that_moves_takes_its_orders_along(self):
        """Orders that come to owe another customer are checked there, quietly."""
        poor = self._customer("Poor")
        self._file(limit=50, partner=poor)
        address = self._address()
        contact = self.env["res.partner"].create(
            {"name": "Desk", "parent_id": address.id}
        )
        self.order.partner_invoice_id = contact
        address.parent_id = poor
        self.assertEqual(contact.commercial_partner_id, poor)
        hold = self.order.credit_hold_ids
        self.assertEqual((hold.state, hold.origin), ("waiting", "growth"))
        self.assertEqual((hold.partner_id, hold.excess), (poor, 30.0))
        address.parent_id = self.customer
        self.assertEqual(hold.state, "cancelled")
        self.assertEqual(self.order.credit_hold_ids, hold)

    def test_address_that_becomes_a_company_is_a_customer_of_its_own(self):
        self.company.write({"credit_limit_mode": "amount", "credit_default_limit": 50})
        address = self._address()
        address.is_company = False
        self.assertFalse(self.order.credit_hold_ids)
        address.is_company = True
        self.assertEqual(self.order.credit_hold_ids.partner_id, address)

    def test_release_is_not_for_the_customer_an_address_moves_to(self):
        """As when the invoice address of the order is changed."""
        address = self._address()
        quotation = self._order(200, partner_invoice_id=address.id)
        hold = quotation._credit_request_release()
        hold.with_user(self._user("manager"))._decide("release", "Known")
        address.parent_id = self._customer("Other")
        self.assertEqual(hold.state, "cancelled")

    def test_moving_an_address_costs_the_same_for_any_number_of_orders(self):
        """And nothing where no customer changes."""
        self.file.write({"credit_limit": 1e6, "limit_reason": "Test"})
        rich = self._customer("Rich")
        self._file(limit=1e6, partner=rich)
        address = self._address()

        def move():
            address.parent_id = rich
            address.parent_id = self.customer
            self.env.flush_all()

        one = self._count_queries(move)
        for _number in range(9):
            self._order(10, partner_invoice_id=address.id, confirm=True)
        self.assertEqual(self._count_queries(move), one)
        with self.assertQueryCount(0):
            address._get_moving_orders({"parent_id": self.customer.id})
            address._get_moving_orders({"name": "Billing"})

    def _release_and_confirm(self, order):
        hold = order._credit_request_release()
        hold.with_user(self._user("manager"))._decide("release", "Known", confirm=True)
