"""Waiting holds are looked at again when money comes in, a limit rises, …"""

from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged

from .common import TODAY
from .hold_common import HoldCommon


@tagged("post_install", "-at_install")
class TestRecheck(HoldCommon):
    """Limit 1,000, invoice of 800 open, so an order of 500 is held."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls._invoice(800.0)
        cls.order = cls._order(500.0, user_id=cls.seller.id)

    def setUp(self):
        super().setUp()
        self.env["credit.recheck"].sudo().search([]).unlink()
        # the cache of the registry outlives a test, its holds do not
        self.env.registry.clear_cache()

    def _recheck(self):
        self._run_job("ir_cron_recheck")

    def _queued(self):
        return self.env["credit.recheck"].sudo().search([]).partner_id

    # -- what wakes it --------------------------------------------------------------
    def test_payment_makes_the_hold_ready(self):
        """A reconciled payment wakes the job; the order is ready, and still held."""
        hold = self._request(self.order)
        trigger = [("cron_id", "=", self.env.ref("credit_control.ir_cron_recheck").id)]
        before = self.env["ir.cron.trigger"].sudo().search_count(trigger)
        self._pay(self.invoice, 300.0)
        self.assertGreater(
            self.env["ir.cron.trigger"].sudo().search_count(trigger), before
        )
        self.assertEqual(self._queued(), self.customer)
        self._recheck()
        self.assertTrue(hold.ready)
        self.assertEqual(hold.state, "waiting")
        self.assertFalse(self._queued())
        self.assertIn("Ready", hold.activity_ids[0].summary)

    def test_one_cent_less_is_not_ready(self):
        """The same evaluation as at the gate: the last cent decides."""
        hold = self._request(self.order)
        self._pay(self.invoice, 299.99)
        self._recheck()
        self.assertFalse(hold.ready)

    def test_every_way_to_more_room_wakes_the_job(self):
        """Limit, cover, rule, setting, credit note, cancelled order or invoice."""
        other = self._order(100.0, confirm=True)
        self._request(self.order)
        rule = self.env["credit.rule"].search([], limit=1)
        grade = self.env["credit.grade"].search([], limit=1)
        cover = {
            "file_id": self.file.id,
            "insurer_id": self._customer("Insurer").id,
            "insured_limit": 10.0,
            "date_from": TODAY,
        }
        payment = self._unapplied_payment(10.0)
        ways = {
            "limit": lambda: self.file.write(
                {"credit_limit": 1001.0, "limit_reason": "Test"}
            ),
            "temporary limit": lambda: self.file._set_limit(
                "amount",
                5.0,
                reason="Test",
                kind="temporary",
                date_from=TODAY,
                date_to=TODAY,
            ),
            "state": lambda: self.file.write({"state": "watch"}),
            "cover": lambda: self.env["credit.insurance.cover"].create(cover),
            "rule": lambda: rule.write({"threshold": rule.threshold}),
            "grade": lambda: grade.write({"credit_limit": 5.0}),
            "setting": lambda: self.company.write({"credit_overdue_grace_days": 3}),
            "credit note": lambda: self._invoice(-50.0),
            "payment": lambda: self._unapplied_payment(10.0),
            "payment matched": lambda: self._match(payment),
            "order cancelled": other._action_cancel,
            "invoice reset": self.invoice.button_draft,
        }
        for name, way in ways.items():
            with self.subTest(way=name):
                self.env["credit.recheck"].sudo().search([]).unlink()
                way()
                self.assertIn(self.customer, self._queued())

    def _match(self, payment):
        lines = (payment.move_id | self.invoice).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        lines.reconcile()
        lines.remove_move_reconcile()

    def test_group_member_pays_for_another(self):
        """Money of one member frees the order of another: they share a ceiling."""
        sister = self._customer("Sister")
        group = self.env["credit.group"].create(
            {"name": "Family", "limit_mode": "amount", "credit_limit": 1000.0}
        )
        sister_file = self._file(limit=5000.0, partner=sister)
        (self.file | sister_file).write({"group_id": group.id})
        self.file.write({"credit_limit": 5000.0, "limit_reason": "Test"})
        invoice = self._invoice(200.0, partner=sister)
        order = self._order(100.0, user_id=self.seller.id)
        hold = self._request(order)
        self.env["credit.recheck"].sudo().search([]).unlink()
        self._pay(invoice)
        self.assertEqual(self._queued(), self.customer)
        self._recheck()
        self.assertTrue(hold.ready)

    def test_nobody_else_is_queued_and_nothing_costs(self):
        """Without waiting holds posting and paying add no query; with some, other
        customers are not looked at."""
        queue = self.env["credit.recheck"]
        stranger = self._customer("Stranger")
        stranger_invoice = self._invoice(10.0, partner=stranger)
        queue._queue(stranger)
        lines = self.invoice.line_ids
        with self.assertQueryCount(0):
            queue._queue(stranger)
            self.env["account.partial.reconcile"]._queue_credit_recheck()
            self.env["credit.hold"]._get_waiting_partners()
        self.assertTrue(lines)
        self._request(self.order)
        self._pay(stranger_invoice)
        self.assertFalse(self._queued())

    def test_hold_of_new_customer_is_noticed_though_cached(self):
        """The cached set of waiting customers learns of every new hold."""
        self.assertNotIn(
            self.customer.id, self.env["credit.hold"]._get_waiting_partners()
        )
        self._request(self.order)
        self.assertIn(self.customer.id, self.env["credit.hold"]._get_waiting_partners())

    def test_by_the_clock_everybody_is_looked_at(self):
        """Without any event the job looks at all of them: days pass as well."""
        hold = self._request(self.order)
        self.env.cr.execute(
            "UPDATE credit_file SET credit_limit = 9000 WHERE id = %s", [self.file.id]
        )
        self.env.cr.execute(
            "UPDATE credit_limit_line SET amount = 9000 WHERE file_id = %s",
            [self.file.id],
        )
        self.env.invalidate_all()
        self.assertFalse(self._queued())
        self._recheck()
        self.assertTrue(hold.ready)

    # -- what it does ---------------------------------------------------------------
    def test_room_for_one_makes_the_oldest_request_ready(self):
        """Two holds, room for one: the older request gets it, not both."""
        younger_order = self._order(500.0, user_id=self.seller.id)
        older_order = self.order
        older = self._request(younger_order)
        with self.at(days=1):
            younger = self._request(older_order)
            self._pay(self.invoice, 400.0)
            self._recheck()
        self.assertTrue(older.ready)
        self.assertFalse(younger.ready)
        self._pay(self.invoice, 400.0)
        self._recheck()
        self.assertTrue(younger.ready)

    def test_ready_is_taken_back_when_room_is_gone(self):
        """Ready means now: a new invoice takes the room, and the mark."""
        hold = self._request(self.order)
        self._pay(self.invoice)
        self._recheck()
        self.assertTrue(hold.ready)
        self._invoice(900.0)
        self._recheck()
        self.assertFalse(hold.ready)
        self.assertTrue(hold.ready_date)

    def test_people_are_told_once(self):
        """Salesperson and deciders are told the first time only."""
        hold = self._request(self.order)

        def told():
            return hold.message_ids.filtered(lambda m: "ready to release" in m.body)

        self._pay(self.invoice)
        self._recheck()
        self.assertIn(self.seller.partner_id, told().partner_ids)
        self.assertIn(self.approver.partner_id, told().partner_ids)
        again = self._invoice(900.0)
        self._recheck()
        self._pay(again)
        self._recheck()
        self.assertTrue(hold.ready)
        self.assertEqual(len(told()), 1)

    def test_forced_hold_is_never_freed_by_the_job(self):
        """No money and no setting frees what a person holds."""
        self.company.credit_auto_release = True
        hold = self._force(self.order)
        self._request(self.order)
        self._pay(self.invoice)
        self._recheck()
        self.assertFalse(hold.ready)
        self.assertEqual(hold.state, "waiting")

    def test_company_may_let_holds_release_themselves(self):
        """By setting the job releases, up to the order's total, and says so."""
        self.company.credit_auto_release = True
        hold = self._request(self.order)
        self._pay(self.invoice)
        self._recheck()
        self.assertEqual(hold.state, "released")
        self.assertEqual(hold.released_amount, 500.0)
        self.assertEqual(hold.decided_by, self.env.ref("base.user_root"))
        self.assertIn("by itself", hold.decision_reason)
        self.assertIn(self.seller.partner_id, self.order.message_ids[0].partner_ids)

    def test_released_room_is_not_given_twice(self):
        """Room promised to a released quotation is taken for those after it."""
        self.company.credit_auto_release = True
        first = self._request(self.order)
        second = self._request(self._order(500.0, user_id=self.seller.id))
        self._pay(self.invoice, 400.0)
        for _run in range(2):
            self._recheck()
            self.assertEqual(first.state, "released")
            self.assertEqual(second.state, "waiting")
            self.env["credit.recheck"]._queue(self.customer)

    def test_wish_to_grow_becomes_ready_at_the_wanted_size(self):
        """A confirmed order that asks to grow is judged as grown."""
        order = self._order(200.0, user_id=self.seller.id, confirm=True)
        hold = self._request(order, wanted_amount=600.0)
        self._pay(self.invoice, 300.0)
        self._recheck()
        self.assertFalse(hold.ready)
        self._pay(self.invoice, 500.0)
        self._recheck()
        self.assertTrue(hold.ready)

    # -- batches --------------------------------------------------------------------
    def _many(self, number):
        customers = [self._customer(f"C{n}") for n in range(number)]
        holds = self.env["credit.hold"]
        for customer in customers:
            self._file(limit=100.0, partner=customer)
            order = self._order(500.0, partner=customer, user_id=self.seller.id)
            holds += self._request(order)
        return holds

    def test_job_works_in_batches_and_resumes(self):
        """An interrupted run leaves the rest queued; the next one goes on."""
        holds = self._many(4)
        holds.file_id.write({"credit_limit": 900.0, "limit_reason": "Test"})
        self.assertEqual(len(self._queued()), 4)
        jobs = self.env["credit.hold"].sudo()
        with (
            patch.object(
                type(self.env["ir.cron"]), "_commit_progress", lambda *a, **k: 0
            ),
            patch("odoo.addons.credit_control.models.credit_hold_recheck.BATCH", 1),
        ):
            jobs._cron_recheck()
            self.assertEqual(len(holds.filtered("ready")), 1)
            self.assertEqual(len(self._queued()), 3)
            for _run in range(3):
                jobs._cron_recheck()
        self.assertEqual(holds.filtered("ready"), holds)
        self.assertFalse(self._queued())

    def test_group_is_never_split_over_batches(self):
        """Members of one group are judged together, however small the batch."""
        holds = self._many(3)
        group = self.env["credit.group"].create({"name": "Family"})
        (holds[0] | holds[2]).file_id.write({"group_id": group.id})
        with patch("odoo.addons.credit_control.models.credit_hold_recheck.BATCH", 1):
            batches = self.env["credit.hold"]._get_recheck_batches(holds.partner_id)
        self.assertEqual(
            {frozenset(batch.ids) for batch in batches},
            {frozenset((holds[0] | holds[2]).ids), frozenset(holds[1].ids)},
        )

    def test_cost_does_not_grow_with_holds(self):
        """Looking at one or at many holds takes the same number of queries."""
        holds = self._many(6)

        def count(some):
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            some.sudo()._recheck()
            return self.env.cr.sql_log_count - start

        count(holds)
        self.assertEqual(count(holds[:2]), count(holds))

    def test_other_company_is_judged_by_its_own_limit(self):
        """The job looks at holds of all companies, each at its own limit."""
        other = self._other_company()
        hold = self._request(self.order)
        order = (
            self.env["sale.order"]
            .with_company(other)
            .create(
                {
                    "partner_id": self.customer.id,
                    "company_id": other.id,
                    "order_line": [
                        Command.create(
                            {"product_id": self.product.id, "price_unit": 50.0}
                        )
                    ],
                }
            )
        )
        self.env["credit.file"]._ensure(self.customer, other).write(
            {"limit_mode": "amount", "credit_limit": 10.0, "limit_reason": "Test"}
        )
        foreign = order._credit_request_release()
        self.assertEqual(foreign.company_id, other)
        self._pay(self.invoice)
        self._recheck()
        self.assertTrue(hold.ready)
        self.assertFalse(foreign.ready)
