"""Sending: no wrong letter, nothing twice, and the level reaches the gate."""

import itertools
import random
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MailCase

from .dunning_common import DunningCommon

JOB = "odoo.addons.credit_control.models.credit_dunning_sending_job"


@tagged("post_install", "-at_install")
class TestDunningSending(DunningCommon, MailCase):
    def _no_commits(self):
        """Jobs commit; a test does not."""
        return patch.object(
            type(self.env["ir.cron"]), "_commit_progress", lambda *_a, **_k: 60.0
        )

    def test_what_is_sent(self):
        """Mail, text, amounts, items' levels and the file: all in one go."""
        self.policy.level_ids[0].fee_amount = 5
        invoice = self._overdue_invoice(100, days=30)
        run = self._propose()
        run.action_send()
        notice = run.notice_ids
        self.assertEqual((notice.state, run.state), ("sent", "done"))
        self.assertEqual(notice.mail_id.recipient_ids, self.customer)
        self.assertEqual(notice.mail_id.subject, "Payment reminder")
        for piece in (invoice.name, "105.00", "overdue"):
            self.assertIn(piece, notice.mail_id.body_html)
        self.assertEqual(notice.line_ids.sent, True)
        self.assertEqual(self._file().dunning_level, 1)
        self.assertEqual(
            self.customer.credit_dunning_text, "Level 1, last reminder on 2026-06-15"
        )

    def test_sent_is_never_changed(self):
        """Amounts, text, level and items of what a customer got stay as they are."""
        self._overdue_invoice(100, days=30)
        notice = self._send(self._propose()).with_user(self._user("invoicing"))
        for values in (
            {"body": "Never mind"},
            {"level_id": self.policy.level_ids[1].id},
            {"recipient_id": self._customer("X").id},
        ):
            with self.assertRaises(UserError):
                notice.write(values)
        for act in (
            lambda: notice.sudo().write({"amount": 1}),
            lambda: notice.line_ids.sudo().write({"amount": 1}),
            lambda: notice.sudo().unlink(),
            lambda: notice.line_ids.sudo().unlink(),
            notice.action_cancel,
            notice.action_send,
            lambda: notice.run_id.sudo().unlink(),
        ):
            with self.assertRaises(UserError):
                act()

    def test_everything_is_read_again(self):
        """Between proposal and sending the world moves: each case with its reason."""
        cases = {
            "paid": lambda invoice: self._pay(invoice),
            "credit": lambda invoice: self._unapplied_payment(100, invoice.partner_id),
            "in_payment": lambda invoice: self._bare_payment(
                100, invoices=invoice, partner_id=invoice.partner_id.id
            ),
            "blocked": lambda invoice: invoice.action_toggle_block_payment(),
            "no_followup": lambda invoice: invoice.write({"no_followup": True}),
            "cancelled": lambda invoice: invoice.button_draft(),
            "not_due": lambda invoice: invoice.line_ids.filtered("date_maturity").write(
                {"date_maturity": "2026-06-30"}
            ),
            "never": lambda invoice: self._file(partner=invoice.partner_id).write(
                {"never_dun": True, "no_dunning_reason": "Test"}
            ),
            "sent": lambda invoice: None,
        }
        invoices = {
            reason: self._overdue_invoice(
                100, days=30, partner=self._customer(reason, email=f"{reason}@x.com")
            )
            for reason in cases
        }
        run = self._propose()
        self.assertEqual(len(run.notice_ids), len(cases))
        for reason, act in cases.items():
            act(invoices[reason])
        self._send(run)
        for notice in run.notice_ids:
            reason = notice.partner_id.name
            with self.subTest(reason):
                expected = ("sent", False) if reason == "sent" else ("dropped", reason)
                self.assertEqual((notice.state, notice.reason), expected)
                self.assertEqual(bool(notice.mail_id), reason == "sent")

    def test_amounts_are_those_of_the_moment(self):
        """Paid in part since the proposal: the notice asks for the rest and says so."""
        invoice = self._overdue_invoice(800, days=30)
        run = self._propose()
        self._pay(invoice, 300)
        notice = self._send(run)
        self.assertEqual((notice.state, notice.total), ("sent", 500))
        self.assertIn("500.00 instead of", notice.note)
        self.assertNotIn("800.00", notice.mail_id.body_html)

    def test_written_text_is_read_by_its_writer_again(self):
        """A text of one's own may name an amount: it waits when amounts change."""
        invoice = self._overdue_invoice(800, days=30)
        run = self._propose()
        run.notice_ids.action_edit_text()
        self._pay(invoice, 300)
        self.assertEqual(self._send(run).state, "error")
        self.assertEqual(self._send(run).state, "sent")

    def test_highest_item_paid_lowers_the_tone(self):
        """The formal item is paid meanwhile: the rest gets its own level."""
        formal = self._overdue_invoice(100, days=60)
        for days in (-20, -10):
            with self._after(days):
                self._send(self._propose())
        self._overdue_invoice(50, days=8)
        run = self._propose()
        self.assertNotices(run, {"Bright Tools": (3, 150)})
        self._pay(formal)
        notice = self._send(run)
        self.assertEqual(
            (notice.state, notice.level_number, notice.channel), ("sent", 1, "email")
        )

    def test_nothing_is_sent_twice(self):
        """Two runs, a job that starts again, the same day: one mail per level."""
        self._overdue_invoice(100, days=30)
        first = self._propose()
        first.sudo().notice_ids.write({"state": "queued"})
        self.assertFalse(self._propose().notice_ids, "being sent: not proposed again")
        copy = self._copy(first.sudo().notice_ids)
        first.sudo().notice_ids._send_batch()
        copy.write({"state": "queued"})
        copy._send_batch()
        self.assertEqual((copy.state, copy.reason), ("dropped", "level"))
        mails = self.env["mail.mail"].search([("model", "=", self.Notice._name)])
        self.assertEqual(len(mails), 1)

    def _copy(self, notice):
        """The same notice in another run, as if two had proposed at once."""
        other = self.Run.sudo().create({})
        copy = notice.copy({"line_ids": False, "run_id": other.id})
        notice.line_ids.copy({"notice_id": copy.id})
        return copy

    def test_constraint_has_the_last_word(self):
        """Where the second look is blind (another host, the same second) the unique
        index refuses, and nothing is mailed."""
        self._overdue_invoice(100, days=30)
        first = self._propose().sudo().notice_ids
        copy = self._copy(first)
        self._send(first.run_id)
        with (
            patch.object(type(copy), "_reread", lambda self: self),
            mute_logger("odoo.sql_db"),
        ):
            copy.write({"state": "queued"})
            copy._send_batch()
        self.assertEqual((copy.state, copy.reason), ("dropped", "level"))
        self.assertFalse(copy.mail_id)

    def test_random_payments_while_sending(self):
        """Random money and flags between batches: 0 wrong letters."""
        dice = random.Random(11)
        kinds = itertools.cycle(("cover", "pay", "part", "block", "advance"))
        invoices = self.env["account.move"]
        for number in range(14):
            partner = self._customer(f"R{number}", email=f"r{number}@example.com")
            for _item in range(dice.randint(1, 3)):
                invoices += self._overdue_invoice(
                    dice.randint(20, 200), days=dice.randint(6, 60), partner=partner
                )
        run = self._propose()
        run.sudo().notice_ids.write({"state": "queued"})
        for batch in self._batches(run.sudo().notice_ids, 3):
            # what was sent already is beyond help: money moves where it matters
            waiting = run.sudo().notice_ids.filtered(lambda n: n.state == "queued")
            still = invoices & waiting.line_ids.move_id
            for invoice in dice.sample(list(still), min(6, len(still))):
                self._move_money(dice, kinds, invoice)
            batch._send_batch()
            for notice in batch.filtered(lambda n: n.state == "sent"):
                kept = notice.line_ids.filtered(lambda line: not line.removed)
                rows = self._owed(notice.partner_id)
                self.assertEqual(
                    {line.move_line_id.id: line.amount for line in kept}, rows
                )
                self.assertEqual(notice.amount, sum(rows.values()))
        states = set(run.notice_ids.mapped("state"))
        self.assertEqual(states, {"dropped", "sent"})
        # each kind of move has met a notice, or this test could not fail
        reasons = set(run.notice_ids.line_ids.mapped("reason"))
        self.assertLessEqual({"paid", "blocked", "credit", "amount"}, reasons)

    def _batches(self, notices, size):
        return [notices[i : i + size] for i in range(0, len(notices), size)]

    def _move_money(self, dice, kinds, invoice):
        """Something happens to an invoice; every kind in turn, so that each does."""
        if invoice.payment_state in ("paid", "blocked", "in_payment"):
            return
        what = next(kinds)
        if what == "pay":
            self._pay(invoice)
        elif what == "part":
            self._pay(invoice, round(invoice.amount_residual / 2, 2))
        elif what == "block":
            invoice.action_toggle_block_payment()
        else:
            # all that the customer owes, or a part of an item
            amount = 700 if what == "cover" else dice.randint(5, 50)
            self._unapplied_payment(amount, invoice.partner_id)

    def _owed(self, partner):
        """{item: amount} that may be asked for, by plain reading: the oracle."""
        lines = self.env["account.move.line"].search(
            [
                ("partner_id", "=", partner.id),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("amount_residual", "!=", 0),
            ],
            order="date_maturity, id",
        )
        money = -sum(line.amount_residual for line in lines if line.balance < 0)
        owed = {}
        for line in lines.filtered(lambda line: line.balance > 0):
            if line.move_id.payment_state in ("blocked", "in_payment"):
                continue
            used = min(money, line.amount_residual)
            money -= used
            left = line.currency_id.round(line.amount_residual - used)
            if left:
                owed[line.id] = left
        return owed

    def test_consequence_and_its_end(self):
        """The level reaches the file at once; paid, the state found before is back;
        a payment cancelled brings level and state back."""
        file = self._file(1000)
        invoice = self._overdue_invoice(100, days=60)
        self._reach(3)
        self.assertEqual((file.dunning_level, file.state), (3, "stop"))
        with self.assertRaises(Exception) as caught:
            self._order(10, confirm=True)
        self.assertIn("Bright Tools", str(caught.exception))
        payment = self._pay(invoice)
        self.assertEqual((file.dunning_level, file.state), (0, "open"))
        payment.action_cancel()
        self.assertEqual((file.dunning_level, file.state), (3, "stop"))
        with self._after(30):
            run = self._propose()
        self.assertNotices(run, {"Bright Tools": (4, 100)})

    def test_a_persons_state_stands(self):
        """Who opens the customer again is not overruled, nor when the level ends."""
        file = self._file(1000)
        self._overdue_invoice(100, days=60)
        self._reach(3)
        file.state = "watch"
        file._refresh_dunning()
        self.assertEqual(file.state, "watch")

    def test_personal_channels_become_activities(self):
        """A call is an activity of the collector, with the script."""
        self.policy.level_ids[3].script = "Ask for a date."
        collector = self._user("invoicing")
        self._file(1000).collector_id = collector
        self._overdue_invoice(100, days=90)
        self._reach(3)
        notice = self._send(self._propose())
        self.assertEqual((notice.state, notice.delivery_state), ("sent", "todo"))
        self.assertEqual(notice.activity_ids.user_id, collector)
        self.assertIn("Ask for a date.", notice.activity_ids.note)
        self.assertFalse(notice.mail_id)

    def test_bounce_becomes_letter_and_task(self):
        """An address that does not exist: the notice is printed, somebody looks."""
        self._overdue_invoice(100, days=30)
        notice = self._send(self._propose())
        notice._message_receive_bounce("pay@bright.example", self.customer)
        self.assertEqual((notice.delivery_state, notice.letter_too), ("to_print", True))
        self.assertTrue(notice.activity_ids)
        self.assertEqual(notice.run_id.letter_count, 1)

    def test_mail_server_fails(self):
        """The run stops with the reason; what waits is proposed again, the mail can be
        sent again; nothing is sent twice."""
        for number in range(3):
            self._overdue_invoice(
                100, days=30, partner=self._customer(f"F{number}", email="f@x.com")
            )
        run = self._propose()
        run.sudo().notice_ids.write({"state": "queued"})
        with (
            patch(
                "odoo.addons.credit_control.models.credit_dunning_sending_job.BATCH", 1
            ),
            self._no_commits(),
            patch.object(
                type(self.env["mail.mail"]),
                "send",
                lambda mails, **how: mails.write(
                    {"state": "exception", "failure_reason": "No route to host"}
                ),
            ),
        ):
            self.Notice.sudo()._cron_send()
        self.assertEqual((run.state, run.error), ("stopped", "No route to host"))
        self.assertEqual(
            sorted(run.notice_ids.mapped("state")), ["draft", "draft", "sent"]
        )

    def test_one_broken_notice_stops_nobody(self):
        """An error stays with its notice; the others of the batch go out."""
        bad = self._customer("Bad", email="bad@x.com")
        self._overdue_invoice(100, days=30, partner=bad)
        self._overdue_invoice(100, days=30)
        run = self._propose()
        make = type(self.Notice)._render_document

        def fail(notice, *args, **kwargs):
            if notice.partner_id == bad:
                raise ValueError("broken text")
            return make(notice, *args, **kwargs)

        with (
            patch.object(type(self.Notice), "_render_document", fail),
            mute_logger("odoo.addons.credit_control.models.credit_dunning_sending"),
        ):
            self._send(run)
        found = {n.partner_id.name: (n.state, n.error) for n in run.notice_ids}
        self.assertEqual(
            found, {"Bad": ("error", "broken text"), "Bright Tools": ("sent", False)}
        )
        run.sudo()._close_if_done()
        run.action_send()
        self.assertEqual(set(run.notice_ids.mapped("state")), {"sent"})

    def test_person_changes_the_proposal(self):
        """Level, items, text and customer can be changed before sending."""
        keep = self._overdue_invoice(100, days=30)
        drop = self._overdue_invoice(40, days=20)
        user = self._user("invoicing")
        notice = self._propose().notice_ids.with_user(user)
        line = notice.line_ids.filtered(lambda line: line.move_id == drop)
        line.action_remove()
        notice.level_id = self.policy.level_ids[1]
        self.assertEqual((notice.total, notice.level_number), (100, 2))
        notice.action_edit_text()
        notice.body = "<p>Dear Anna, please pay</p><p>{items}</p><p>Yours</p>"
        self.assertIn("Anna", notice.preview)
        notice.action_send()
        self.assertEqual(notice.state, "sent")
        self.assertIn("Dear Anna", notice.mail_id.sudo().body_html)
        self.assertIn(keep.name, notice.mail_id.sudo().body_html)
        self.assertNotIn(drop.name, notice.mail_id.sudo().body_html)
        sent = notice.sudo().line_ids.filtered("sent")
        self.assertEqual((sent.move_id, sent.level_number), (keep, 2))

    def test_undo_and_approval(self):
        """What is not sent can be taken back; a strategy may ask for approval."""
        self._overdue_invoice(100, days=30)
        user = self._user("invoicing")
        run = self._propose().with_user(user)
        run.action_undo()
        self.assertEqual((run.notice_ids.state, run.state), ("cancelled", "cancelled"))
        self.policy.approval = True
        run = self._propose().with_user(user)
        with self.assertRaises(UserError):
            run.action_send()
        with self.assertRaises(UserError):
            run.notice_ids.action_send()
        with self.assertRaises(AccessError):
            run.action_approve()
        run.with_user(self.env.user).action_approve()
        run.action_send()
        self.assertEqual(run.notice_ids.state, "sent")

    def test_scheduled_run(self):
        """Once a day, only where it is switched on; what needs a person waits."""
        self._overdue_invoice(100, days=30)
        with self._no_commits():
            self.Run.sudo()._cron_run()
            self.assertFalse(self.Run.search([("company_id", "=", self.company.id)]))
            self.company.credit_dunning_auto = True
            self.Run.sudo()._cron_run()
            self.Run.sudo()._cron_run()
        run = self.Run.search([("company_id", "=", self.company.id)])
        self.assertEqual((len(run), run.notice_ids.state), (1, "sent"))

    def _scheduled(self):
        self.company.credit_dunning_auto = True
        with self._no_commits():
            self.Run.sudo()._cron_run()
        return self.Run.search([("company_id", "=", self.company.id)])

    def test_scheduled_run_sends_what_goes_by_itself(self):
        """Levels by hand wait for a person, in the same run."""
        by_hand = self._customer("By hand", email="hand@x.com")
        policy = self._policy([{"delay_days": 5, "automatic": False}])
        self._file(partner=by_hand).dunning_policy_id = policy
        for partner in (self.customer, by_hand):
            self._overdue_invoice(100, days=30, partner=partner)
        run = self._scheduled()
        found = {n.partner_id: n.state for n in run.notice_ids}
        self.assertEqual(found, {self.customer: "sent", by_hand: "draft"})
        run.with_user(self._user("invoicing")).action_retry()
        self.assertEqual(run.open_count, 1, "failed mails only")

    def test_scheduled_run_waits_for_approval(self):
        """Nothing of it goes out by itself where a strategy asks for approval."""
        self.policy.approval = True
        self._overdue_invoice(100, days=30)
        run = self._scheduled()
        self.assertEqual((run.notice_ids.state, run.needs_approval), ("draft", True))
        run.action_approve()
        run.action_send()
        self.assertEqual(run.notice_ids.state, "sent")

    def test_copies_go_to_followers_with_an_address(self):
        """Those of the customer, not the recipient himself."""
        follower = self._customer("Fan", email="fan@x.com")
        mute = self._customer("Mute")
        self.customer.message_subscribe((follower | mute | self.customer).ids)
        self.policy.level_ids[0].copy_followers = True
        self._overdue_invoice(100, days=30)
        notice = self._send(self._propose())
        copies = notice.mail_id.email_cc
        self.assertIn("fan@x.com", copies)
        self.assertNotIn("pay@bright.example", copies)
        self.assertNotIn("Mute", copies)

    def test_channels_of_people(self):
        """Text message, visit, lawyer, agency, court: an activity each, and no mail;
        what can be handed over is prepared as that. Done by whom the level names,
        whoever the collector is."""
        doer, collector = self._user("invoicing"), self._user("analyst")
        for channel in ("sms", "visit", "lawyer", "agency", "court"):
            with self.subTest(channel):
                partner = self._customer(channel, email="x@x.com")
                level = {"channel": channel, "user_id": doer.id, "script": "Be nice"}
                policy = self._policy([level | {"delay_days": 5}])
                file = self._file(partner=partner)
                file.write({"dunning_policy_id": policy.id})
                self._overdue_invoice(100, days=30, partner=partner)
                run = self._propose(partner)
                run.notice_ids.collector_id = collector
                notice = self._send(run)
                self.assertEqual(notice.delivery_state, "todo")
                self.assertFalse(notice.mail_id)
                self.assertEqual(notice.activity_ids.user_id, doer)
                self.assertIn("Be nice", notice.activity_ids.note)
                kinds = ("lawyer", "agency", "court")
                expected = channel if channel in kinds else "lawyer"
                self.assertEqual(policy.level_ids.case_kind, expected)

    def test_tone_chooses_the_text_of_a_level_without_one(self):
        """A mail or letter is never empty; what a person says needs no text."""
        level = self.policy.level_ids[0]
        level.template_id = False
        ref = self.env.ref
        for tone, name in (
            ("friendly", "reminder"),
            ("firm", "second"),
            ("formal", "formal"),
        ):
            level.tone = tone
            shipped = ref(f"credit_control.credit_dunning_template_{name}")
            self.assertEqual(level._get_template(), shipped)
        self.assertFalse(self.policy.level_ids[3]._get_template())
        self._overdue_invoice(100, days=30)
        notice = self._send(self._propose())
        self.assertEqual(notice.mail_id.subject, shipped.subject)

    def test_texts_for_colleagues_are_in_their_language(self):
        """Whoever triggers them: the mail gateway, a job, a customer online."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"].search(
            [("name", "=", "credit_control")]
        )._update_translations(["zh_CN"])
        reader = self._user("invoicing")
        reader.lang = "zh_CN"
        self._file(1000).collector_id = reader
        moves = [self._overdue_invoice(100, days=30) for _number in range(2)]
        notice = self._send(self._propose())
        notice._message_receive_bounce("pay@bright.example", self.customer)
        promise = self.env["credit.promise"]._create_from_portal(
            self.customer, moves[0]._get_open_items(), None, fields.Date.today()
        )
        dispute = self.env["credit.dispute"]._create_from_portal(
            self.customer,
            moves[1]._get_open_items(),
            None,
            self.env.ref("credit_control.credit_dispute_reason_goods"),
        )
        with self._after(30):
            promise._evaluate()
        self.assertEqual(promise.state, "broken")
        told = [*promise.activity_ids, dispute.activity_ids, notice.activity_ids]
        self.assertEqual(len(told), 4)
        for activity in told:
            self.assertEqual(activity.user_id, reader)
            self.assertRegex(activity.summary, r"[\u4e00-\u9fff]{2}")
        self.assertRegex(notice.delivery_error, r"[\u4e00-\u9fff]{2}")

    def test_pause_needs_a_day_or_is_for_good(self):
        """*Until a date* without a date would pause nothing, over RPC as well."""
        self._overdue_invoice(100, days=30)
        self.Work._refresh(self.company)
        row = self.Work.search([("partner_id", "=", self.customer.id)])
        pause = self.env["credit.dunning.pause"].with_user(self._user("invoicing"))
        values = {"work_ids": row.ids, "kind": "until", "reason": "Talks"}
        with self.assertRaisesRegex(UserError, "until when"):
            pause.create(values).action_apply()
        pause.create(values | {"date_to": "2026-07-01"}).action_apply()
        self.assertEqual(str(self._file().no_dunning_until), "2026-07-01")

    def test_roles(self):
        """Invoicing runs dunning, managers own strategies, salespeople see theirs."""
        seller = self._user("sales")
        self.customer.user_id = seller
        self._overdue_invoice(100, days=30)
        self._overdue_invoice(50, days=30, partner=self._customer("Not mine"))
        run = self._propose()
        self._send(run)
        seen = self.Notice.with_user(seller).search([("run_id", "=", run.id)])
        self.assertEqual(seen.partner_id, self.customer)
        self.assertIn("Level 1", self.customer.with_user(seller).credit_dunning_text)
        for user in (seller, self._user("auditor"), self._user("analyst")):
            with self.assertRaises(AccessError):
                self.Run.with_user(user).action_propose()
        invoicing = self._user("invoicing")
        with self.assertRaises(AccessError):
            self.policy.with_user(invoicing).min_days = 1
        with self.assertRaises(AccessError):
            self.Run.with_user(invoicing).create({"state": "done"}).write(
                {"state": "draft"}
            )
        with self.assertRaises(AccessError):
            run.notice_ids[:1].copy({"state": "draft"}).with_user(invoicing).write(
                {"state": "sent"}
            )
        self.policy.with_user(self._user("manager")).min_days = 1
        self.assertEqual(
            self.Run.with_user(invoicing)._create_run(self.company).state, "draft"
        )
