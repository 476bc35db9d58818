"""What the gate stops does not leave: rules, money and grace at delivery."""

from datetime import timedelta

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.credit_control.tests.common import TODAY

from .delivery_common import DeliveryCommon


@tagged("post_install", "-at_install")
class TestDelivery(DeliveryCommon):
    def test_delivery_goes_within_the_limit(self):
        """An order that its limit bears is delivered, and the check is renewed."""
        order = self._confirmed(1000.0)
        order.sudo().credit_passed_on = False
        self.assertDelivered(order.picking_ids)
        self.assertEqual(order.credit_passed_on, TODAY)
        self.assertFalse(order.credit_hold_ids)

    def test_shipped_rules_stop_what_a_credit_manager_expects(self):
        """After confirmation things got worse: which of it stops the goods?"""
        expired = {"limit_date_to": TODAY + timedelta(1), "limit_reason": "Test"}
        cases = [
            ("limit reached", True, lambda: self._set_limit(800.0)),
            ("limit passed", False, lambda: self._set_limit(799.99)),
            ("no credit any more", False, lambda: self._set_limit(0.0)),
            ("new invoice over the limit", False, lambda: self._invoice(200.01)),
            ("new invoice up to the limit", True, lambda: self._invoice(200.0)),
            ("59 days overdue", True, lambda: self._overdue_invoice(10.0, 59)),
            ("60 days overdue", False, lambda: self._overdue_invoice(10.0, 60)),
            ("stopped", False, lambda: self.file.write({"state": "stop"})),
            ("watched", True, lambda: self.file.write({"state": "watch"})),
            ("review late", True, self._make_review_late),
            ("limit ends tomorrow", True, lambda: self.file.write(expired)),
            ("terms cut", True, self._cut_terms),
        ]
        for name, goes, happens in cases:
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                order = self._confirmed()
                happens()
                check = self.assertDelivered if goes else self.assertStays
                check(order.picking_ids)
                savepoint.rollback()

    def _make_review_late(self):
        self.file.next_review_date = TODAY - timedelta(90)

    def _cut_terms(self):
        """What was agreed in the order stays agreed: rules on terms are not asked."""
        self.file.payment_term_id = self.immediate

    def test_confirmed_orders_count_once(self):
        """The order is in the exposure already: 800 of 1,000 are not 1,600."""
        first, second = self._confirmed(600.0), self._confirmed(400.0)
        self.assertDelivered(first.picking_ids | second.picking_ids)

    def test_order_amount_rule_measures_the_order(self):
        """A rule on the amount of an order looks at what the order needs."""
        self.env["credit.rule"].create({"rule_type": "order_amount", "threshold": 700})
        order = self._order(701.0, user_id=self.stock_seller.id)
        rule = self.env["credit.rule"].search([("rule_type", "=", "order_amount")])
        rule.on_confirm = False
        order.action_confirm()
        message = self.assertStays(order.picking_ids)[0]
        self.assertIn("701.00", message)
        rule.on_delivery = False
        self.assertDelivered(order.picking_ids)

    def test_goods_wait_for_the_deposit_agreed(self):
        """The order was confirmed; goods leave once a down payment has been paid."""
        self.file.deposit_pct = 25.0
        order = self._confirmed()
        message = self.assertStays(order.picking_ids)[0]
        self.assertIn("200.00", message)
        wizard = self.env["sale.advance.payment.inv"].create(
            {
                "sale_order_ids": [Command.set(order.ids)],
                "advance_payment_method": "percentage",
                "amount": 25,
            }
        )
        invoice = wizard._create_invoices(order)
        invoice.action_post()
        self.assertStays(order.picking_ids)
        self._pay(invoice)
        self.assertDelivered(order.picking_ids)

    # -- paid or not ----------------------------------------------------------------
    def test_invoiced_order_stays_over_the_limit_until_paid(self):
        """An invoice is no payment: goods billed early stay all the same."""
        order = self._confirmed()
        invoice = self._bill(order)
        self._set_limit(500.0)
        verdict = self.env["credit.gate"]._evaluate(order, "delivery")[order.id]
        self.assertEqual(verdict.figures.order, 800.0)
        self.assertEqual(verdict.figures.used, 0.0)
        self.assertEqual(verdict.figures.excess, 300.0)
        self.assertStays(order.picking_ids)
        self._pay(invoice, 299.99)
        self.assertStays(order.picking_ids)
        self._pay(invoice, 0.01)
        self.assertDelivered(order.picking_ids)

    def test_paid_order_goes_whatever_else_is_overdue(self):
        """Goods that are paid for need no credit, at delivery as at confirmation."""
        order = self._confirmed()
        invoice = self._bill(order)
        self._overdue_invoice(50.0, 90)
        self.assertStays(order.picking_ids)
        self._pay(invoice)
        self.assertDelivered(order.picking_ids)

    def test_half_billed_order_needs_both_halves(self):
        """What is billed and open and what is yet to be billed make one need."""
        order = self._confirmed(800.0, qty=8)
        order.order_line.qty_to_invoice = 4
        invoice = self._bill(order)
        self.assertEqual(invoice.amount_total, 400.0)
        verdict = self.env["credit.gate"]._evaluate(order, "delivery")[order.id]
        self.assertEqual(verdict.figures.order, 800.0)
        self._pay(invoice)
        verdict = self.env["credit.gate"]._evaluate(order, "delivery")[order.id]
        self.assertEqual(verdict.figures.order, 400.0)

    def test_invoice_for_two_orders_counts_up_to_each(self):
        """One open invoice of 900 for orders of 500 and 400 needs neither twice."""
        orders = self._confirmed(500.0) | self._confirmed(400.0)
        self._bill(orders)
        verdicts = self.env["credit.gate"]._evaluate(orders, "delivery")
        needs = [verdicts[order.id].figures.order for order in orders]
        self.assertEqual(needs, [500.0, 400.0])
        self.assertDelivered(orders.picking_ids)

    def test_credit_note_takes_off_the_invoice(self):
        """Billed 800, credited 800: nothing is open, whether applied or not."""
        order = self._confirmed()
        invoice = self._bill(order)
        wizard = self.env["account.move.reversal"].create(
            {"move_ids": invoice.ids, "journal_id": invoice.journal_id.id}
        )
        wizard.refund_moves()
        invoice.reversal_move_ids.action_post()
        unpaid = self.env["credit.gate"]._get_unpaid(order)
        self.assertFalse(unpaid.get(order.id))

    def test_unpaid_invoice_in_another_currency(self):
        """The need of an order is in its own currency, the limit's in the limit's."""
        order = self._gold_order(1600.0)
        order.user_id = self.stock_seller
        order.action_confirm()
        self._bill(order)
        verdict = self.env["credit.gate"]._evaluate(order, "delivery")[order.id]
        self.assertEqual(self.env["credit.gate"]._get_unpaid(order)[order.id], 1600.0)
        self.assertEqual(verdict.figures.order, 800.0)
        self.assertEqual(verdict.figures.used, 0.0)

    def test_prepaid_order_goes_though_its_payment_is_not_applied(self):
        """Paid online in full: the payment is booked, and settles nothing yet."""
        order = self._confirmed()
        provider = self.env["payment.provider"].create(
            {"name": "Test", "code": "none", "company_id": self.company.id}
        )
        self.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": self.env["payment.method"].search([], limit=1).id,
                "amount": 800.0,
                "currency_id": self.currency.id,
                "partner_id": self.customer.id,
                "sale_order_ids": order.ids,
                "reference": "prepaid",
                "state": "done",
                "payment_id": self._unapplied_payment(800.0).id,
            }
        )
        self._overdue_invoice(50.0, 90)
        self.assertDelivered(order.picking_ids)

    # -- more than ordered ----------------------------------------------------------
    def test_surplus_goods_are_checked_as_growth(self):
        """Ten of 80 each are ordered, 1,000 is the limit: twelve go, thirteen stay,
        and grace does not help them."""
        self.company.credit_check_grace_days = 30
        for quantity, goes in ((10, True), (12, True), (12.51, False), (13, False)):
            with self.subTest(quantity=quantity), self.env.cr.savepoint() as savepoint:
                order = self._confirmed(800.0, qty=10)
                picking = order.picking_ids
                picking.move_ids.quantity = quantity
                if goes:
                    self.assertDelivered(picking)
                else:
                    (text,) = self.assertStays(picking, error=UserError)
                    self.assertIn("more would leave than was ordered", text)
                    self._validate_by_job(picking)
                    self.assertEqual(picking.state, "assigned")
                    self.assertFalse(order.credit_hold_ids)
                    picking.move_ids.quantity = 10
                    self.assertDelivered(picking)
                savepoint.rollback()

    def test_surplus_is_measured_over_all_deliveries(self):
        """Six of ten went; of the four that remain, seven may not go."""
        order = self._confirmed(800.0, qty=10)
        rest = self._deliver_part(order.picking_ids, 6)
        rest.move_ids.quantity = 7
        self.assertEqual(rest._get_credit_surplus(), {order: 240.0})
        (text,) = self.assertStays(rest, self.worker, UserError)
        self.assertNotIn("240", text)
        (text,) = self.assertStays(rest, error=UserError)
        self.assertIn("240.00", text)

    # -- grace ----------------------------------------------------------------------
    def test_grace_skips_the_check_for_its_days(self):
        """Confirmed on day 1 with 2 days of grace: checked again from day 4."""
        self.company.credit_check_grace_days = 2
        order = self._stopped()
        for day, goes in ((0, True), (1, True), (2, True), (3, False)):
            with self.subTest(day=day + 1), self.at(days=day):
                if not goes:
                    self.assertStays(order.picking_ids)
                    continue
                with self.env.cr.savepoint() as savepoint:
                    self.assertDelivered(order.picking_ids)
                    # what was skipped was not passed
                    self.assertEqual(order.credit_passed_on, TODAY)
                    savepoint.rollback()

    def test_no_grace_by_default(self):
        """Zero days of grace: every delivery is checked, also on the same day."""
        self.assertStays(self._stopped().picking_ids)

    def test_passed_delivery_renews_the_grace(self):
        """Part of the goods passed on day 5: the rest is free on days 6 and 7."""
        self.company.credit_check_grace_days = 2
        order = self._confirmed(800.0, qty=8)
        with self.at(days=4):
            rest = self._deliver_part(order.picking_ids, 3)
            self.assertEqual(order.credit_passed_on, TODAY + timedelta(4))
        self._set_limit(500.0)
        with self.at(days=7):
            self.assertStays(rest)
        with self.at(days=6):
            self.assertDelivered(rest)

    def _deliver_part(self, picking, quantity):
        """Deliver a part; returns the transfer of the rest."""
        picking.move_ids.quantity = quantity
        picking.move_ids.picked = True
        picking.with_context(skip_backorder=True).button_validate()
        self.assertEqual(picking.state, "done")
        return picking.backorder_ids

    def test_backorder_is_checked_by_itself(self):
        """The first part left within the limit; the rest stays when it is cut."""
        order = self._confirmed(800.0, qty=8)
        rest = self._deliver_part(order.picking_ids, 3)
        self._set_limit(500.0)
        self.assertStays(rest)
        self.assertEqual(rest.move_ids.product_uom_qty, 5)

    def test_backorder_dialog_is_not_reached(self):
        """Who may not deliver is told before he is asked about the rest."""
        order = self._stopped(800.0, qty=8)
        order.picking_ids.move_ids.quantity = 3
        self.assertStays(order.picking_ids)

    # -- neutral --------------------------------------------------------------------
    def test_customer_without_limit_is_not_checked(self):
        """Where nothing is set for a customer, his goods go: no note, no date."""
        order = self._confirmed(1e6, partner=self._customer("Nobody's"))
        order.sudo().credit_passed_on = False
        self.assertDelivered(order.picking_ids)
        self.assertFalse(order.credit_passed_on)

    def test_reservation_is_never_stopped(self):
        """Goods may be set aside for an order that is held."""
        order = self._stopped()
        order.picking_ids.do_unreserve()
        order.picking_ids.action_assign()
        self.assertEqual(order.picking_ids.state, "assigned")
