"""Dunning and collection: a level that hands over, items that rest, levels kept."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged
from odoo.tools import html2plaintext

from .collection_common import CollectionCommon
from .common import TODAY


@tagged("post_install", "-at_install")
class TestCollectionDunning(CollectionCommon):
    def _work(self):
        self.Work._refresh(self.company)
        return self.Work.search([("partner_id", "=", self.customer.id)])

    def _hand_over_policy(self, **level):
        """A strategy whose second level hands over to the agency."""
        self.policy.level_ids[1].write(
            {
                "consequence": "case",
                "channel": "agency",
                "case_agent_id": self.agency.id,
                "case_fee_pct": 15,
            }
            | level
        )

    # -- resting ----------------------------------------------------------------
    def test_items_rest_from_the_first_draft_on(self):
        """Nobody gets our reminder while a lawyer writes to him."""
        case = self._case(self.old, hand_over=False)
        work = self._work()
        self.assertEqual((work.amount, work.collected), (400, 600))
        case.action_hand_over()
        self._case(self.new)
        work = self._work()
        self.assertEqual(
            (work.amount, work.collected, work.state, work.reason),
            (0, 1000, "resting", "case"),
        )
        self.assertFalse(self._propose().notice_ids)

    def test_a_case_is_the_reason_before_promise_and_dispute(self):
        case = self._case(self.old, self.new)
        promise = self.env["credit.promise"]
        promise._create_promise(self._items(self.old), TODAY + timedelta(days=3), 100)
        self.env["credit.dispute"]._create_disputes(
            self._items(self.new),
            self.env.ref("credit_control.credit_dispute_reason_goods"),
        )
        work = self._work()
        self.assertEqual((work.reason, work.collected), ("case", 1000))
        case._close("recalled", "x")
        work = self._work()
        self.assertEqual((work.promised, work.disputed, work.amount), (100, 400, 500))

    def test_items_on_a_proposal_are_taken_off_when_handed_over(self):
        run = self._propose()
        self._case(self.old)
        notice = self._send(run)
        gone = notice.line_ids.filtered("removed")
        self.assertEqual((gone.move_id, gone.reason), (self.old, "case"))
        self.assertEqual(notice.total, 400)

    def test_recall_goes_on_at_the_level_reached(self):
        with self._later(-20):
            self._send(self._propose(self.customer))
        case = self._case(self.old)
        with self._later(20):
            self.assertFalse(
                self._propose().notice_ids.line_ids.filtered(
                    lambda line: line.move_id == self.old
                )
            )
            case._close("recalled", "We go on ourselves")
            line = self._propose().notice_ids.line_ids.filtered(
                lambda line: line.move_id == self.old
            )
        self.assertEqual((line.reached, line.level_number), (1, 2))

    def test_what_was_given_up_is_never_reminded_of(self):
        """Settled at half: the rest is open until it is written off in the books, and
        no letter asks for it. A new case decides anew."""
        case = self._case(self.old)
        case._close("settled", "Half")
        self.assertEqual(self._work().collected, 600)
        other = self._case(self.old)
        other._close("recalled", "x")
        self.assertFalse(self._resting())

    def test_paid_after_a_loss_or_bounced_after_paid(self):
        case = self._case(self.old)
        payment = self._pay_on(self.old, 1)
        case._close("paid", "x")
        self._bounce(payment)
        self.assertFalse(self._resting())
        self.assertEqual(self._work().amount, 1000)

    # -- a level that hands over ---------------------------------------------------
    def test_level_hands_its_items_over_when_it_is_sent(self):
        self._hand_over_policy()
        with self._later(-20):
            self._send(self._propose(self.customer))
        newest = self._overdue_invoice(50, 6)
        notice = self._send(self._propose())
        self.assertEqual((notice.state, notice.delivery_state), ("sent", "done"))
        case = notice.case_ids
        self.assertEqual(
            (case.state, case.kind, case.agent_id, case.fee_pct, case.handed_on),
            ("open", "agency", self.agency, 15, TODAY),
        )
        self.assertEqual(case.line_ids.move_id, self.old)
        self.assertFalse(notice.activity_ids, "one to-do, on the case")
        self.assertEqual(self._file().state, "stop")
        self.assertNotIn(newest, case.line_ids.move_id)

    def test_level_without_agency_prepares_the_case(self):
        """Its items rest at once; the owner is asked whom to choose."""
        self._hand_over_policy(case_agent_id=False)
        analyst = self._user("analyst")
        self._file().collector_id = analyst
        with self._later(-20):
            self._send(self._propose(self.customer))
        case = self._send(self._propose()).case_ids
        self.assertEqual((case.state, case.user_id), ("draft", analyst))
        self.assertEqual(
            case.activity_ids.mapped("summary"),
            ["Choose lawyer or agency, and hand over"],
        )
        self.assertEqual(self._resting(), set(self._items(self.old).ids))

    def test_sending_twice_makes_no_second_case(self):
        """Crash, two runs, a person who was faster: an item is in one open case."""
        self._hand_over_policy()
        with self._later(-20):
            self._send(self._propose(self.customer))
        run = self._propose()
        own = self._case(self.old, agent_id=self.lawyer.id, kind="lawyer")
        notice = self._send(run)
        self.assertEqual(
            notice.line_ids.filtered(lambda li: li.move_id == self.old).reason, "case"
        )
        own._close("recalled", "x")
        first = self._send(self._propose())
        self.assertEqual(len(first.case_ids), 1)
        first._open_cases()
        self.assertEqual(self.Case.search_count([("state", "!=", "closed")]), 1)

    def test_case_and_sending_are_one_transaction(self):
        """A case that cannot be made leaves the notice unsent, with the reason."""
        self._hand_over_policy()
        with self._later(-20):
            self._send(self._propose(self.customer))
        run = self._propose()
        self.patch(type(self.Case), "_hand_over", lambda self: 1 / 0)
        with self.assertLogs("odoo.addons.credit_control", "ERROR"):
            notice = self._send(run)
        self.assertEqual(notice.state, "error")
        self.assertFalse(self.Case.search([]))
        self.assertFalse(
            notice.line_ids.filtered("sent").filtered(
                lambda line: line.level_number == 2
            )
        )

    def test_many_cases_take_no_more_queries(self):
        self._hand_over_policy()
        self.policy.level_ids[0].unlink()
        counts = {}
        for count in (1, 1, 30):
            for n in range(count):
                partner = self._customer(f"Many {count} {n}")
                self._overdue_invoice(10, 40, partner=partner)
            partners = self.env["res.partner"].search(
                [("name", "like", f"Many {count} ")]
            )
            run = self._propose(partners)
            run.sudo().notice_ids.write({"state": "queued"})
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            run.sudo().notice_ids._open_cases()
            self.env.flush_all()
            counts[count] = self.env.cr.sql_log_count - before
        self.assertLess(counts[30], counts[1] + 15, counts)

    def test_unused_costs_payments_nothing(self):
        """Paying an item in collection asks nothing about the case."""
        other = self._overdue_invoice(600, 40, partner=self._customer("Free"))
        self._case(self.old)
        counts = []
        for move in (other, self.old):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._pay(move)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])

    # -- what the case is told ------------------------------------------------------
    def _notes(self, case):
        """The notes since the hand-over, the oldest first, as plain text."""
        notes = case.message_ids.sorted("id").mapped("body")
        texts = [html2plaintext(body).replace("\xa0", " ").strip() for body in notes]
        first = next(n for n, text in enumerate(texts) if text.startswith("Handed"))
        return [text for text in texts[first + 1 :] if text]

    def test_case_is_told_promises_disputes_and_payments(self):
        """A plain note each, with amounts and dates, and what came of it; a case that
        is closed, or of another customer, is told nothing."""
        closed = self._case(self._overdue_invoice(5, 5))
        closed._close("recalled", "Ours again")
        other = self._overdue_invoice(70, 5, partner=self._customer("Other"))
        stranger = self._case(other)
        case = self._case(self.old, self.new)
        Promise, Dispute = self.env["credit.promise"], self.env["credit.dispute"]
        promise = Promise._create_promise(
            self._items(self.old), fields.Date.to_date("2026-06-20"), 200
        )
        reason = self.env["credit.dispute.reason"].search([], limit=1)
        dispute = Dispute._create_disputes(self._items(self.new), reason, 50)
        payment = self._pay(self.old, 200)
        dispute._settle("rejected", 0.0, "Delivered")
        self._bounce(payment)
        number = payment.move_id.name
        self.assertEqual(
            self._notes(case),
            [
                f"Promised: $ 200.00 for 2026-06-20 ({self.old.name}).",
                f"Disputed: $ 50.00 of {self.new.name}, {reason.name}; to be settled "
                f"by {dispute.deadline}.",
                "Promise of $ 200.00 for 2026-06-20: Kept, $ 200.00 paid.",
                f"$ 200.00 of {self.old.name} settled by {number} of 2026-06-15; "
                "$ 400.00 still open.",
                f"Dispute about $ 50.00 of {self.new.name}: Rejected, $ 0.00 accepted.",
                f"Taken back: $ 200.00 of {self.old.name}, settled by {number} of "
                "2026-06-15.",
            ],
        )
        promise._evaluate()
        self.assertEqual(
            self._notes(case)[-1],
            "Promise of $ 200.00 for 2026-06-20: Pending, $ 0.00 paid.",
        )
        self.assertFalse(self._notes(stranger))
        self.assertFalse(self._notes(closed))

    def test_people_who_may_not_read_cases_are_noted_all_the_same(self):
        """A payment is booked, and a customer promises online, whoever does it."""
        case = self._case(self.old)
        self.company.credit_promise_max_days = 30
        self.env["credit.promise"].with_user(
            self.env.ref("base.public_user")
        )._create_from_portal(
            self.customer, self._items(self.old), 100, TODAY + timedelta(days=3)
        )
        self.assertIn("Promised: $ 100.00 for 2026-06-18", self._notes(case)[0])

    def test_telling_costs_the_same_for_one_and_for_fifty(self):
        """Matching the items of fifty cases asks once; where no case is handed over
        paying asks nothing at all."""
        Case = self.Case
        self.env.registry.clear_cache()
        self.assertFalse(Case._is_any_open())
        partial = self.env["account.partial.reconcile"]
        items = [
            self._items(
                self._overdue_invoice(10, 5, partner=self._customer(f"C{number}"))
            )
            for number in range(51)
        ]
        payments = [
            self._unapplied_payment(4, item.partner_id).move_id.line_ids.filtered(
                lambda line: line.account_id == self.receivable
            )
            for item in items
        ]
        self.assertEqual(self._count_queries(lambda: partial._tell_cases(str)), 0)
        for item in items:
            Case._create_cases(item, kind="agency", agent_id=self.agency.id)
        self.assertTrue(Case._is_any_open(), "the first one was told to all workers")
        partials = partial.union(
            *(
                self._match(item, payment)
                for item, payment in zip(items, payments, strict=True)
            )
        )
        self.env.flush_all()

        def tell(some):
            return lambda: some._tell_cases(lambda env, **values: values["amount"])

        tell(partials)()
        one = self._count_queries(tell(partials[:1]))
        self.assertLessEqual(self._count_queries(tell(partials[1:])), one + 2)

    def _match(self, item, payment):
        (item + payment).reconcile()
        return item.matched_credit_ids
