"""Confirm with credit check: many orders, one check, one summary."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .hold_common import HoldCommon


@tagged("post_install", "-at_install")
class TestHoldBatch(HoldCommon):
    def _confirm(self, orders, user=None):
        """``{order: (result, reason)}`` of the summary that the user is shown."""
        orders = orders.with_user(user or self.seller)
        action = orders.action_confirm_with_credit_check()
        summary = self.env[action["res_model"]].browse(action["res_id"])
        lines, confirmed = summary.sudo().line_ids, summary.confirmed_ids
        self.assertEqual(summary.confirmed_count, len(confirmed))
        self.assertEqual(summary.confirmed_count + len(lines), len(orders))
        self.assertFalse(lines.order_id & confirmed.sudo())
        return dict.fromkeys(confirmed, ("confirmed", "")) | {
            line.order_id: (line.result, line.reason or "") for line in lines
        }

    def _orders(self, *amounts, **values):
        orders = [
            self._order(amount, user_id=self.seller.id, **values) for amount in amounts
        ]
        return self.env["sale.order"].union(*orders)

    def test_good_go_and_held_wait(self):
        """Orders of one customer add up in the order of the list; one summary."""
        orders = self._orders(400.0, 500.0, 300.0, 100.0)
        results = self._confirm(orders)
        self.assertEqual(
            [results[order][0] for order in orders],
            ["confirmed", "confirmed", "held", "confirmed"],
        )
        held = orders[2]
        self.assertEqual((orders - held).mapped("state"), ["sale"] * 3)
        self.assertEqual(held.state, "draft")
        self.assertEqual(held.credit_hold_state, "waiting")
        self.assertEqual(held.credit_hold_ids.requested_by, self.seller)
        reason = results[held][1]
        self.assertIn(held.credit_hold_ids.name, reason)
        self.assertIn("exceeded by $\N{NO-BREAK SPACE}200.00", reason)

    def test_other_error_stops_only_its_own_order(self):
        """An order that cannot be confirmed for another reason stops no other."""
        good = self._orders(100.0, 200.0)
        bad = self._orders(50.0)
        bad.order_line = [
            Command.create({"name": "Nothing", "price_unit": 5.0, "product_id": False})
        ]
        held = self._orders(5000.0)
        results = self._confirm(good[0] | bad | held | good[1])
        self.assertEqual(results[bad][0], "failed")
        self.assertIn("missing a product", results[bad][1])
        self.assertEqual(good.mapped("state"), ["sale", "sale"])
        self.assertEqual(held.credit_hold_state, "waiting")
        self.assertFalse(bad.credit_hold_state)

    def test_what_is_no_quotation_is_skipped(self):
        """Confirmed and cancelled orders are named and left as they are."""
        done, cancelled = self._orders(10.0, 20.0)
        done.action_confirm()
        cancelled.action_cancel()
        results = self._confirm(done | cancelled)
        self.assertEqual({result for result, _ in results.values()}, {"skipped"})
        self.assertEqual(cancelled.state, "cancel")

    def test_forced_hold_is_not_confirmed(self):
        """The list action does not pass by a hold set by a person."""
        order = self._orders(10.0)
        self._force(order)
        self.assertEqual(self._confirm(order)[order][0], "held")
        self.assertEqual(order.state, "draft")

    def test_released_order_is_confirmed(self):
        """A release in force counts here as well."""
        self._release(self._request(self.order))
        self.assertEqual(self._confirm(self.order)[self.order][0], "confirmed")

    def test_orders_of_others_are_refused(self):
        """A salesperson confirms no order that he may not write."""
        other = self._order(10.0, user_id=self.approver.id)
        with self.assertRaises(AccessError):
            self._confirm(other)

    def test_check_of_a_hundred_orders_costs_few_queries(self):
        """The gate is asked once for the whole list."""
        customers = [self._customer(f"C{number}") for number in range(20)]
        for customer in customers:
            self._file(limit=1000.0, partner=customer)
        orders = self.env["sale.order"].union(
            *(self._order(10.0, partner=customers[n % 20]) for n in range(100))
        )

        def cost(some):
            self.env.flush_all()
            some.mapped("partner_invoice_id.commercial_partner_id.category_id")
            some.mapped("company_id.root_id")
            some.mapped("payment_term_id")
            start = self.env.cr.sql_log_count
            with self.env.cr.savepoint(flush=False) as savepoint:
                admitted = some._credit_admit(origin="confirm")
                count = self.env.cr.sql_log_count - start
                savepoint.rollback()
            some._credit_forget_admitted()
            self.assertEqual(admitted, some)
            # without the savepoint of this test and the two lines of the gate's
            return count - 3

        cost(orders)
        self.assertLessEqual(cost(orders), 12)
        self.assertLessEqual(cost(orders), cost(orders[:1]))
