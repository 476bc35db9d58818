"""Opening, requesting and closing holds."""

from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo.exceptions import (
    AccessError,
    ConcurrencyError,
    RedirectWarning,
    UserError,
)
from odoo.tests import tagged
from odoo.tools import mute_logger

from .hold_common import HoldCommon


@tagged("post_install", "-at_install")
class TestHold(HoldCommon):
    def test_request_makes_waiting_hold_with_measured_figures(self):
        """A requested hold keeps what was measured: amount, excess, reason, terms."""
        hold = self._request(self.order, note="Pays on Friday")
        self.assertEqual(hold.state, "waiting")
        self.assertEqual(hold.origin, "request")
        self.assertEqual(hold.amount, 1500.0)
        self.assertEqual(hold.credit_amount, 1500.0)
        self.assertEqual(hold.excess, 500.0)
        self.assertEqual(hold.main_reason, "limit_used")
        self.assertEqual(hold.figures["limit"], 1000.0)
        self.assertEqual(hold.requested_by, self.seller)
        self.assertEqual(hold.request_note, "Pays on Friday")
        self.assertEqual(hold.user_id, self.seller)
        self.assertEqual(hold.file_id, self.file)
        self.assertEqual(hold.company_id, self.company)
        self.assertRegex(hold.name, r"^CH/2026/\d{5}$")
        self.assertIn("exceeded", hold.reason_text)

    def test_request_tells_order_and_deciders(self):
        """The order says why it is held; those with authority get an activity."""
        hold = self._request(self.order, note="Pays <b>Friday</b>")
        note = self.order.message_ids[0]
        self.assertIn(hold.name, note.body)
        self.assertIn("Pays &lt;b&gt;Friday", note.body)
        self.assertTrue(note.subtype_id.internal)
        self.assertIn(self.approver, hold.activity_ids.user_id)
        self.assertIn(self.seller.partner_id, hold.message_partner_ids)
        self.assertNotIn(self.seller, hold.activity_ids.user_id)

    def test_second_request_refreshes_the_waiting_hold(self):
        """An order has one waiting hold; a new request measures it anew."""
        hold = self._request(self.order, note="First")
        activities = hold.activity_ids
        self.order.order_line.price_unit = 1800.0
        again = self._request(self.order, note="Second")
        self.assertEqual(again, hold)
        self.assertEqual(hold.excess, 800.0)
        self.assertEqual(hold.request_note, "First\nSecond")
        self.assertEqual(hold.activity_ids, activities)

    def test_request_refused_when_check_passes(self):
        """What may go needs no release: the request says so and makes no hold."""
        order = self._order(900.0, user_id=self.seller.id)
        with self.assertRaisesRegex(UserError, "no release is needed"):
            self._request(order)
        self.assertFalse(order.credit_hold_ids)

    def test_request_says_at_which_checkpoint(self):
        """A quotation asks to be confirmed, a confirmed order to grow."""
        confirmed = self._order(900.0, user_id=self.seller.id, confirm=True)
        self.file.write({"credit_limit": 500.0, "limit_reason": "Cut"})
        holds = self._request(self.order | confirmed)
        checkpoints = {hold.order_id: hold.checkpoint for hold in holds}
        self.assertEqual(checkpoints, {self.order: "confirm", confirmed: "growth"})

    def test_refusal_opens_the_request(self):
        """The dialog at confirmation leads to the request of the same order."""
        order = self.order.with_user(self.seller)
        with self.assertRaises(RedirectWarning) as refusal:
            order.action_confirm()
        _message, action_id, _button, context = refusal.exception.args
        action = self.env.ref("credit_control.credit_release_request_action")
        self.assertEqual(action_id, action.id)
        wizard = (
            self.env["credit.release.request"]
            .with_user(self.seller)
            .with_context(**context)
            .create({"note": "Please"})
        )
        self.assertEqual(wizard.order_ids, self.order)
        self.assertIn("exceeded", wizard.summary_html)
        wizard.action_request()
        self.assertEqual(self.order.credit_hold_state, "waiting")

    def test_two_waiting_holds_of_one_order_are_impossible(self):
        """Even a race cannot make two waiting holds of one order."""
        hold = self._request(self.order)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            hold.sudo().copy({"state": "waiting", "name": "CH/twice"})

    def test_lost_race_is_tried_again(self):
        """Who comes second in a race is run again by Odoo, and finds the hold."""
        with (
            patch.object(type(self.env["credit.hold"]), "create") as create,
            self.assertRaises(ConcurrencyError),
        ):
            create.side_effect = UniqueViolation
            self._request(self.order)

    def test_cancel_reset_and_delete_end_the_hold(self):
        """A cancelled or reset order needs no decision; a deleted one no hold."""
        hold = self._request(self.order)
        self.order.action_cancel()
        self.assertEqual(hold.state, "cancelled")
        self.assertFalse(hold.activity_ids)
        self.order.action_draft()
        again = self._request(self.order)
        self.order.write({"state": "sent"})
        self.order.action_draft()
        self.assertEqual(again.state, "cancelled")
        third = self._request(self.order)
        self.order.unlink()
        self.assertFalse((hold | again | third).exists())

    def test_request_is_withdrawn_by_who_asked(self):
        """The salesperson takes his request back; nobody has to decide any more."""
        hold = self._request(self.order)
        colleague = self._user("sales_all")
        with self.assertRaisesRegex(AccessError, "Only who asked"):
            hold.with_user(colleague).action_withdraw()
        hold.with_user(self.seller).action_withdraw()
        self.assertEqual(hold.state, "cancelled")
        self.assertFalse(hold.activity_ids)
        with self.assertRaisesRegex(UserError, "cannot be withdrawn"):
            hold.with_user(self.seller).action_withdraw()
        forced = self._force(self.order)
        with self.assertRaisesRegex(UserError, "cannot be withdrawn"):
            forced.with_user(self.seller).action_withdraw()

    def test_duplicate_carries_no_hold(self):
        """A copy of a held order has no hold."""
        self._request(self.order)
        self.assertFalse(self.order.copy().credit_hold_ids)

    def test_confirmed_order_ends_its_waiting_hold(self):
        """When money came in and the order is confirmed, nothing is left waiting."""
        hold = self._request(self.order)
        self.file.write({"credit_limit": 5000.0, "limit_reason": "Test"})
        self.order.with_user(self.seller).action_confirm()
        self.assertEqual(self.order.state, "sale")
        self.assertEqual(hold.state, "cancelled")
        self.assertIn("passed", hold.message_ids[0].body)

    def test_forced_hold_stands_though_the_check_passes(self):
        """A hold set by a person holds an order within its limit."""
        order = self._order(100.0, user_id=self.seller.id)
        hold = self._force(order)
        self.assertTrue(hold.forced)
        self.assertEqual(hold.forced_by, self.analyst)
        self.assertEqual(hold.main_reason, "forced")
        self.assertFalse(hold.requested_by)
        with self.assertRaises(RedirectWarning):
            order.with_user(self.seller).action_confirm()
        self.assertIn(self.seller.partner_id, order.message_ids[0].partner_ids)

    def test_forced_hold_where_credit_was_not_used(self):
        """A person may hold the order of a customer without limit, or file."""
        stranger = self._customer("Stranger")
        order = self._order(100.0, partner=stranger, user_id=self.seller.id)
        hold = self._force(order)
        self.assertEqual(hold.file_id.partner_id, stranger)
        with self.assertRaises(RedirectWarning):
            order.with_user(self.seller).action_confirm()
        self._release(hold, confirm=True)
        self.assertEqual(order.state, "sale")

    def test_orders_cost_nothing_where_credit_is_not_used(self):
        """Cancelling, resetting, confirming: no query of ours in a plain company."""
        plain = self._other_company()
        order = self.env["sale.order"].create(
            {"partner_id": self.customer.id, "company_id": plain.id}
        )
        order._end_credit_holds("draft")
        self.env.flush_all()
        with self.assertQueryCount(0):
            for state in ("draft", "cancel", "sale"):
                order._end_credit_holds(state)

    def test_forced_hold_needs_reason_and_credit_team(self):
        """Only the credit team may hold an order, and says why."""
        with self.assertRaisesRegex(UserError, "reason"):
            self.order.with_user(self.analyst)._credit_force_hold("  ")
        with self.assertRaisesRegex(AccessError, "Only the credit team"):
            self.order.with_user(self.seller)._credit_force_hold("Because")
        self.order.action_cancel()
        with self.assertRaisesRegex(UserError, "cancelled"):
            self.order.with_user(self.analyst)._credit_force_hold("Because")

    def test_forcing_a_waiting_hold_keeps_it_forced(self):
        """Forcing marks the hold that waits; a later request does not free it."""
        hold = self._request(self.order)
        self.assertEqual(self._force(self.order), hold)
        self.assertEqual(hold.main_reason, "forced")
        self._request(self.order, note="Please")
        self.assertTrue(hold.forced)
        self.assertEqual(hold.reasons[0]["code"], "forced")

    def test_hold_of_contact_is_kept_at_commercial_partner(self):
        """Ordering for a contact holds the customer, at the root company."""
        contact = self.env["res.partner"].create(
            {"name": "Buyer", "parent_id": self.customer.id}
        )
        order = self._order(1500.0, partner=contact, user_id=self.seller.id)
        self.assertEqual(self._request(order).partner_id, self.customer)

    def test_order_search_by_hold_state(self):
        """Lists find orders by the state of their last hold, or without one."""
        free = self._order(10.0)
        self._request(self.order)
        both = free | self.order

        def found(*domain):
            return self.env["sale.order"].search([("id", "in", both.ids), *domain])

        self.assertEqual(found(("credit_hold_state", "=", "waiting")), self.order)
        self.assertEqual(found(("credit_hold_state", "=", False)), free)
        self.assertEqual(found(("credit_hold_state", "!=", "waiting")), free)
        self.assertFalse(found(("credit_hold_ready", "=", True)))
        self.assertEqual(found(("credit_hold_ready", "=", False)), both)
        self.order.credit_hold_ids.sudo().ready = True
        self.assertEqual(found(("credit_hold_ready", "=", True)), self.order)

    def test_days_waiting_counted_and_searched(self):
        """Days waiting run to now, and stop with the decision."""
        hold = self._request(self.order)
        with self.at(days=3):
            hold.invalidate_recordset(["days_waiting"])
            self.assertEqual(hold.days_waiting, 3)
            for domain, expected in [
                ([("days_waiting", ">", 2)], hold),
                ([("days_waiting", ">", 3)], hold.browse()),
                ([("days_waiting", ">=", 3)], hold),
                ([("days_waiting", "<", 3)], hold.browse()),
                ([("days_waiting", "=", 3)], hold),
                ([("days_waiting", "in", [1, 3])], hold),
            ]:
                with self.subTest(domain=domain):
                    self.assertEqual(
                        hold.search([("id", "=", hold.id), *domain]), expected
                    )
            self._release(hold)
        with self.at(days=9):
            hold.invalidate_recordset(["days_waiting"])
            self.assertEqual(hold.days_waiting, 3)

    def test_hold_in_foreign_currency(self):
        """An order in another currency: order money and limit money kept apart."""
        order = self._gold_order(3000.0)
        hold = self._request(order)
        self.assertEqual(hold.currency_id, self.gold)
        self.assertEqual(hold.amount, 3000.0)
        self.assertEqual(hold.limit_currency_id, self.currency)
        self.assertEqual(hold.credit_amount, 1500.0)
        self.assertEqual(hold.excess, 500.0)
        self.assertEqual(hold._get_company_amount(3000.0), 1500.0)

    def test_file_with_holds_stays(self):
        """Who held what is part of the file, limit or not."""
        newcomer = self._customer("Newcomer")
        file = self.env["credit.file"]._ensure(newcomer, self.company)
        self._force(self._order(10.0, partner=newcomer))
        self.assertFalse(file.limit_line_ids)
        with self.assertRaisesRegex(UserError, "Closed"):
            file.unlink()
