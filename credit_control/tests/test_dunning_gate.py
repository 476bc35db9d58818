"""A level of dunning at the gate: what it stops, until when, and who may say no."""

from odoo.exceptions import AccessError, RedirectWarning
from odoo.tests import tagged

from .dunning_common import DunningGateCommon


@tagged("post_install", "-at_install")
class TestConsequence(DunningGateCommon):
    def test_table_of_consequences(self):
        """What each consequence makes of the file, and whom it lets through."""
        cases = {
            "none": ("open", "warn", "warn"),
            "watch": ("watch", "warn", "warn"),
            "stop_orders": ("stop", "hold", "warn"),
            "stop_deliveries": ("stop", "hold", "hold"),
            "case": ("stop", "hold", "hold"),
        }
        order = self._order(10)
        for consequence, (state, ordered, delivered) in cases.items():
            with self.subTest(consequence), self.env.cr.savepoint() as savepoint:
                self._consequence(consequence)
                self._reach(1)
                self.assertEqual(self.file.state, state)
                self.assertEqual(self._verdict(order).outcome, ordered)
                self.assertEqual(self._verdict(order, "growth").outcome, ordered)
                self.assertEqual(self._verdict(order, "delivery").outcome, delivered)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_order_is_held_right_after_sending(self):
        """Proposal, sending and confirmation in one transaction: nothing goes by."""
        order = self._order(10)
        self._consequence("stop_orders")
        run = self._propose()
        run.action_send()
        with self.assertRaises(RedirectWarning) as refusal:
            order.action_confirm()
        text = refusal.exception.args[0]
        self.assertIn("Dunning has stopped this customer: level 1 is reached", text)
        self.assertIn("100.00 is overdue", text)

    def test_another_effect_reaches_who_stands_on_the_level(self):
        """Both ways, at once, and nobody else."""
        other = self._customer("Never reminded")
        other_file = self._file(limit=1000, partner=other)
        self._reach(1)
        self.assertEqual(self.file.state, "open")
        for consequence, state in (("stop_orders", "stop"), ("none", "open")):
            self._consequence(consequence)
            self.assertEqual(self.file.state, state)
        self.assertEqual(other_file.state, "open")

    def test_customer_without_file_is_held_right_after_sending(self):
        """The first notice ever makes the file that the gate finds."""
        other = self._customer("No file yet", email="no@file.example")
        self._overdue_invoice(70, days=40, partner=other)
        order = self._order(10, partner=other)
        self.assertEqual(self._verdict(order).outcome, "unchecked")
        self._consequence("stop_orders")
        self._propose(other).action_send()
        with self.assertRaises(RedirectWarning):
            order.action_confirm()

    def test_stop_of_orders_is_no_policy_for_deliveries(self):
        """Who was not checked at delivery before is not checked now."""
        other = self._customer("No limit", email="no@limit.example")
        self._overdue_invoice(70, days=90, partner=other)
        order = self._order(10, partner=other)
        self._consequence("stop_orders", "stop_deliveries")
        self._reach(1, other)
        self.assertEqual(self._verdict(order).outcome, "hold")
        self.assertEqual(self._verdict(order, "delivery").outcome, "unchecked")
        self._send(self._propose(other))
        self.assertEqual(self._verdict(order, "delivery").outcome, "hold")

    def test_next_level_takes_back_nothing(self):
        """Orders were stopped at level 3; the call of level 4 does not free them."""
        self.invoice.line_ids.filtered("date_maturity").date_maturity = "2026-04-01"
        self._reach(4)
        self.assertEqual(self.file.dunning_level, 4)
        self.assertEqual(self.file.dunning_consequence, "stop_orders")
        self.assertEqual(self.file.state, "stop")

    def test_payment_credit_note_and_reset_leave_the_level(self):
        """Each of them restores the state found before, at once."""
        self.file.state = "watch"
        self._consequence("stop_orders")
        self._reach(1)

        def settle():
            self._refund(self.invoice)

        for name, leave in {
            "paid": lambda: self._pay(self.invoice),
            "credited": settle,
            "reset to draft": self.invoice.button_draft,
            "cancelled": lambda: (
                self.invoice.button_draft(),
                self.invoice.button_cancel(),
            ),
        }.items():
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                self.assertEqual(self.file.state, "stop")
                leave()
                self.assertEqual(
                    (self.file.state, self.file.dunning_level), ("watch", 0)
                )
                self.assertFalse(self.file.dunning_state_before)
                self._order(10, confirm=True)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_part_payment_leaves_the_level_of_what_is_paid(self):
        """Two items at two levels: the level left is that of the item paid."""
        self._consequence("watch", "stop_orders")
        self._reach(2)
        self._overdue_invoice(50, days=20)
        self._send(self._propose())
        self.assertEqual((self.file.dunning_level, self.file.state), (3, "stop"))
        self._pay(self.invoice, 60)
        self.assertEqual((self.file.dunning_level, self.file.state), (3, "stop"))
        self._pay(self.invoice)
        self.assertEqual((self.file.dunning_level, self.file.state), (1, "watch"))

    def test_cancelled_payment_brings_level_and_consequence_back(self):
        """The item comes back where it stood, and orders are stopped again."""
        self._consequence("stop_orders")
        self._reach(1)
        payment = self._pay(self.invoice)
        self._order(10, confirm=True)
        payment.action_draft()
        payment.action_cancel()
        self.assertEqual((self.file.dunning_level, self.file.state), (1, "stop"))
        with self.assertRaises(RedirectWarning):
            self._order(10, confirm=True)

    def test_opening_balance_reset_leaves_the_level(self):
        """An entry names its customer in its lines only."""
        other = self._customer("Opened", email="opened@example.com")
        entry = self._entry(other, 90, due="2026-05-01")
        entry.line_ids.action_credit_no_followup()
        self._consequence("stop_orders")
        self._reach(1, other)
        file = self._file(partner=other)
        self.assertEqual((file.dunning_level, file.state), (1, "stop"))
        entry.button_draft()
        self.assertEqual((file.dunning_level, file.state), (0, "open"))

    def test_held_order_is_looked_at_again(self):
        """Paying what was dunned queues the re-check, and the hold is ready."""
        self._consequence("stop_orders")
        self._reach(1)
        seller = self._user("sales")
        order = self._order(10, user_id=seller.id)
        hold = order.with_user(seller)._credit_request_release("Please").sudo()
        self.assertEqual(hold.main_reason, "state")
        self.assertEqual(
            [way["code"] for way in order.credit_panel["ways"]][:2],
            ["payment", "invoices"],
        )
        self.assertEqual(order.credit_panel["ways"][0]["amount"], 100)
        self.env["credit.recheck"].sudo().search([]).unlink()
        self._pay(self.invoice, 99.99)
        hold._recheck()
        self.assertFalse(hold.ready)
        self.env["credit.recheck"].sudo().search([]).unlink()
        self._pay(self.invoice)
        queued = self.env["credit.recheck"].sudo().search([])
        self.assertEqual(queued.partner_id, self.customer)
        hold._recheck()
        self.assertTrue(hold.ready)

    # -- a person's decision --------------------------------------------------------
    def test_person_who_eases_is_not_overruled(self):
        """Opened by hand at level 3: neither a refresh nor a milder level stops him
        again; a stricter one does."""
        self._consequence("watch", "watch", "stop_orders", "stop_deliveries")
        self._reach(3)
        self.file.state = "open"
        self.file._refresh_dunning()
        self.assertEqual(self.file.state, "open")
        self._pay(self.invoice)
        self.assertEqual(self.file.state, "open")

    def test_stricter_level_acts_on_who_was_eased(self):
        self._consequence("watch", "stop_orders", "stop_deliveries")
        self._reach(2)
        self.file.state = "open"
        with self._after(10):
            self._send(self._propose())
        self.assertEqual(self.file.state, "stop")
        self.assertEqual(self.file.dunning_state_before, "open")

    def test_person_who_stops_again_stays(self):
        """Opened and stopped by hand: the stop is his, also for deliveries, and the
        payment does not end it."""
        self._consequence("stop_orders")
        self._reach(1)
        self.file.state = "open"
        self.file.state = "stop"
        self.assertEqual(self._verdict(self._order(10), "delivery").outcome, "hold")
        self._pay(self.invoice)
        self.assertEqual(self.file.state, "stop")

    def test_import_of_the_same_state_is_no_decision(self):
        """An export that is imported again leaves the stop to dunning."""
        self._consequence("stop_orders")
        self._reach(1)
        self.file.write({"state": "stop"})
        self._pay(self.invoice)
        self.assertEqual(self.file.state, "open")

    def test_keeping_the_state(self):
        """The button makes the stop one's own; nobody else may mark it."""
        self._consequence("stop_orders")
        self._reach(1)
        analyst = self._user("analyst")
        for role in ("sales", "invoicing", "auditor"):
            with self.subTest(role), self.assertRaises(AccessError):
                self.file.with_user(self._user(role)).action_keep_state()
        for values in ({"dunning_state_before": "closed"}, {"dunning_level": 0}):
            with self.subTest(values), self.assertRaises(AccessError):
                self.file.with_user(analyst).write(values)
        self.file.with_user(analyst).action_keep_state()
        self.assertFalse(self.file.dunning_state_before)
        self._pay(self.invoice)
        self.assertEqual(self.file.state, "stop")

    def test_stricter_state_found_before_is_kept(self):
        """A closed file stays closed, at the level and after it."""
        self.file.state = "closed"
        self._consequence("stop_orders")
        self._reach(1)
        self.assertEqual(self.file.state, "closed")
        self._pay(self.invoice)
        self.assertEqual(self.file.state, "closed")

    # -- other things that happen -----------------------------------------------------
    def test_wait_of_a_level(self):
        """After the level the customer has its days, whatever the next one says."""
        self.policy.level_ids[0].wait_days = 20
        self.policy.level_ids[1].delay_days = 3
        notice = self._send(self._propose())
        self.assertEqual(str(notice.ready_on), "2026-07-05")
        self._overdue_invoice(30, days=9)
        for days, count in ((3, 0), (19, 0), (20, 1)):
            with self.subTest(days), self._after(days):
                self.assertEqual(len(self._propose().notice_ids), count)
        with self._after(5):
            self.Work._refresh(self.company)
            row = self.Work.search([("partner_id", "=", self.customer.id)])
            self.assertEqual((row.state, str(row.next_date)), ("waiting", "2026-07-05"))

    def test_wait_that_began_after_the_proposal(self):
        """Proposed twice, sent once: the second is dropped within the wait."""
        self.policy.level_ids[0].wait_days = 20
        other = self._overdue_invoice(40, days=20)
        first = self._propose()
        notice = first.sudo().notice_ids
        second = notice.copy(
            {"run_id": self.Run.sudo().create({}).id, "line_ids": False}
        )
        line = notice.line_ids.filtered(lambda item: item.move_id == other)
        line.copy({"notice_id": second.id})
        line.action_remove()
        self._send(first)
        second.write({"state": "queued"})
        second._send_batch()
        self.assertEqual((second.state, second.reason), ("dropped", "soon"))

    def test_merged_customers_are_measured_together(self):
        """A stop by dunning is no decision of the file that goes: it ends as well."""
        self._consequence("stop_orders")
        other = self._customer("Bright Tools Ltd", email="ltd@bright.example")
        invoice = self._overdue_invoice(70, days=40, partner=other)
        self._reach(1, other)
        self.assertEqual(self._file(partner=other).state, "stop")
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (self.customer | other).ids, self.customer
        )
        self.assertEqual((self.file.dunning_level, self.file.state), (1, "stop"))
        self._pay(invoice)
        self.assertEqual((self.file.dunning_level, self.file.state), (0, "open"))

    def test_other_company_is_not_touched(self):
        """A level in one company says nothing about another one."""
        other = self.env["res.company"].create({"name": "Other"})
        file = self.env["credit.file"]._ensure(self.customer, other)
        self._consequence("stop_orders")
        self._reach(1)
        self.assertEqual((file.dunning_level, file.state), (0, "open"))

    def test_foreign_currency_item_has_its_level(self):
        """The level does not ask in which money the item is."""
        other = self._customer("Abroad", email="abroad@example.com")
        move = self._overdue_invoice(
            80, days=40, partner=other, currency_id=self.other_currency.id
        )
        self._consequence("stop_orders")
        self._reach(1, other)
        order = self._order(10, partner=other)
        verdict = self._verdict(order)
        self.assertEqual(verdict.outcome, "hold")
        # 80 of the other currency are 40 of ours
        self.assertEqual(verdict.ways.payment, 40)
        self._pay(move)
        self.assertEqual(self._file(partner=other).state, "open")
