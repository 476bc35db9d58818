"""The moment of sending: what is read again, who gets it, and how it fares."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.mail.tests.common import MailCase

from .common import TODAY
from .dunning_common import DunningCommon

#: A mail that came back, as a mail server of today tells it.
BOUNCE = """Return-Path: <>
Date: Mon, 15 Jun 2026 15:41:06 +0200
From: MAILER-DAEMON@mail.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: bounce@company.example
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="A"
Message-Id: <1@mail.example>

--A
Content-Type: text/plain; charset=us-ascii

No such person at this address.

--A
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example

Final-Recipient: rfc822; {address}
Action: failed
Status: 5.0.0

--A
Content-Type: message/rfc822

From: we@company.example
To: {address}
Subject: Payment reminder
Message-Id: {message_id}

Please pay.

--A--
"""


@tagged("post_install", "-at_install")
class TestMomentOfSending(DunningCommon):
    """Nine things that happen between proposal and sending. Each has two invoices of
    100: the world moves for the first one only."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.moved = cls._overdue_invoice(100, days=30)
        cls.still = cls._overdue_invoice(100, days=30)
        cls.proposal = cls.Run._create_run(cls.company)
        cls.notice = cls.proposal.notice_ids
        cls.item = cls.moved.line_ids.filtered("date_maturity")

    def _dispute(self, amount=None):
        self.env["credit.dispute"]._create_disputes(
            self.item,
            self.env.ref("credit_control.credit_dispute_reason_goods"),
            amount,
        )

    def _promise(self, amount=None):
        day = TODAY + timedelta(days=5)
        self.env["credit.promise"]._create_promise(self.item, day, amount)

    def _credit(self, amount):
        """A credit note of the customer, reconciled with the invoice."""
        refund = self._invoice(-amount)
        lines = self.item | refund.line_ids.filtered("date_maturity")
        lines.reconcile()

    def _pause(self, **values):
        self._file().write({"no_dunning_reason": "Talks"} | values)

    def assertCorrected(self, reason, left=100, dropped=False):
        """The notice goes out over what is left, and says why."""
        self._send(self.proposal)
        line = self.notice.line_ids.filtered(lambda one: one.move_id == self.moved)
        if dropped:
            self.assertEqual(
                (self.notice.state, self.notice.reason), ("dropped", reason)
            )
            self.assertFalse(self.notice.mail_id)
        else:
            self.assertEqual((self.notice.state, self.notice.total), ("sent", left))
            self.assertNotIn("200.00", self.notice.mail_id.body_html)
        self.assertEqual(line.reason, reason)
        self.assertIn(self.moved.name, self.notice.note)
        self.assertEqual(line.removed, reason != "amount")
        self.assertEqual(line.sent, reason == "amount")

    def test_paid(self):
        self._pay(self.moved)
        self.assertCorrected("paid")

    def test_partly_paid(self):
        self._pay(self.moved, 30)
        self.assertCorrected("amount", left=170)

    def test_credited(self):
        self._refund(self.moved)
        self.assertCorrected("credit")

    def test_partly_credited(self):
        self._credit(40)
        self.assertCorrected("amount", left=160)

    def test_disputed(self):
        self._dispute()
        self.assertCorrected("dispute")

    def test_partly_disputed(self):
        self._dispute(20)
        self.assertCorrected("amount", left=180)

    def test_promised(self):
        self._promise()
        self.assertCorrected("promise")

    def test_partly_promised(self):
        self._promise(60)
        self.assertCorrected("amount", left=140)

    def test_blocked(self):
        self.moved.action_toggle_block_payment()
        self.assertCorrected("blocked")

    def test_in_payment(self):
        self._bare_payment(100, invoices=self.moved)
        self.assertCorrected("in_payment")

    def test_changed_due_date(self):
        self.item.date_maturity = TODAY + timedelta(days=9)
        self.assertCorrected("not_due")

    def test_due_date_changed_within_what_is_due(self):
        """Still overdue, but not long enough for the level: it is only listed."""
        self.item.date_maturity = TODAY - timedelta(days=2)
        self._send(self.proposal)
        line = self.notice.line_ids.filtered(lambda one: one.move_id == self.moved)
        self.assertEqual((line.removed, line.reason), (True, "not_due"))
        self.assertEqual(self.notice.total, 100)

    def test_cancelled(self):
        self.moved.button_draft()
        self.assertCorrected("cancelled")

    def test_not_followed_up(self):
        self.moved.no_followup = True
        self.assertCorrected("no_followup")

    def test_stopped_customer(self):
        """Nobody reminds him until a date; and not at all."""
        self._pause(no_dunning_until=TODAY)
        self.assertCorrected("paused", dropped=True)

    def test_customer_who_is_never_reminded(self):
        self._pause(never_dun=True)
        self.assertCorrected("never", dropped=True)

    def test_pause_that_is_over(self):
        """The last day of the pause is the last one without reminders."""
        self._pause(no_dunning_until=TODAY - timedelta(days=1))
        self.assertEqual(self._send(self.proposal).state, "sent")

    # -- what was marked as sent, and has not left yet -------------------------------
    def _failed(self, kind=False):
        """The notice was sent over 200, and the mail server took nothing."""
        self._send(self.proposal)
        mail = self.notice.mail_id
        mail.write({"state": "exception", "failure_type": kind})
        mail._tell_notices(kind or "mail_smtp", "No route")
        self.assertEqual(self.notice.delivery_state, "failed")
        return mail

    def _retry(self, user=None):
        user = user or self._user("invoicing")
        self.proposal.with_user(user).action_retry()
        return self.notice

    def test_retry_of_what_is_still_right(self):
        """The same mail goes again; nothing was measured anew."""
        mail = self._failed()
        notice = self._retry()
        self.assertEqual((notice.mail_id, mail.state), (mail, "outgoing"))
        self.assertEqual((notice.state, notice.total), ("sent", 200))

    def test_retry_after_a_payment_sends_what_is_left(self):
        """Nothing had gone out: it is sent anew over the rest, and says why."""
        mail = self._failed()
        self._pay(self.moved)
        self.assertEqual(self._file().dunning_level, 1)
        notice = self._retry()
        self.assertEqual(mail.state, "cancel")
        self.assertEqual((notice.state, notice.total), ("sent", 100))
        self.assertEqual(notice.mail_id.state, "outgoing")
        self.assertNotIn(self.moved.name, notice.mail_id.body_html)
        self.assertEqual(notice.line_ids.filtered("sent").move_id, self.still)
        self.assertIn("Paid", notice.message_ids[:1].body + notice.note)

    def test_retry_after_all_was_paid_sends_nothing(self):
        """The level is taken back: customer and items never got it."""
        mail = self._failed("mail_from_missing")
        self._pay(self.moved)
        self._promise_still()
        notice = self._retry()
        self.assertEqual((notice.state, mail.state), ("dropped", "cancel"))
        self.assertIn(notice.reason, ("paid", "promise"))
        self.assertFalse(notice.line_ids.filtered("sent"))
        self.assertEqual(self._file().dunning_level, 0)
        self.assertEqual((self.proposal.state, notice.ready_on), ("cancelled", False))
        with self._after(30):
            self.assertNotices(self._propose(), {"Bright Tools": (1, 100)})

    def _promise_still(self):
        item = self.still.line_ids.filtered("date_maturity")
        day = TODAY + timedelta(days=5)
        self.env["credit.promise"]._create_promise(item, day)

    def test_retry_of_what_may_have_gone_out_is_held_back(self):
        """Nobody knows: it stays as it was sent, and does not go a second time with
        amounts that are wrong by now."""
        mail = self._failed("unknown")
        self._pay(self.moved, 30)
        notice = self._retry()
        self.assertEqual((notice.state, notice.total), ("sent", 200))
        self.assertEqual((notice.delivery_state, mail.state), ("held", "cancel"))
        self.assertIn(self.moved.name, notice.delivery_error)
        self._retry(self.env.user)
        self.assertEqual(mail.state, "cancel")

    def test_retry_to_an_address_that_refuses_mails_becomes_a_letter(self):
        mail = self._failed()
        self.env["mail.blacklist"]._add("pay@bright.example")
        notice = self._retry()
        self.assertEqual((notice.delivery_state, mail.state), ("to_print", "cancel"))
        self.assertTrue(notice.letter_too and notice.activity_ids)

    def test_retry_after_the_next_level_was_sent(self):
        """The second reminder has overtaken the first, which failed."""
        mail = self._failed()
        with self._after(10):
            self._send(self._propose())
            notice = self._retry()
        self.assertEqual((notice.state, notice.reason), ("dropped", "level"))
        self.assertEqual(mail.state, "cancel")
        self.assertEqual(self._file().dunning_level, 2)

    def test_retry_with_a_text_of_ones_own(self):
        """It may name the amount: its writer reads it before it goes."""
        self.notice.action_edit_text()
        self._failed()
        self._pay(self.moved, 30)
        notice = self._retry()
        self.assertEqual((notice.state, self.proposal.state), ("error", "stopped"))

    def test_nobody_opens_what_was_sent(self):
        """What takes back a notice cannot be asked for from outside."""
        self._send(self.proposal)
        for key in (True, 1, "TAKE_BACK"):
            notice = self.notice.with_context(credit_dunning_back=key)
            with self.assertRaises(UserError):
                notice.sudo().write({"state": "queued"})

    # -- a person's text ---------------------------------------------------------------
    def test_text_waits_when_an_item_drops_off(self):
        """The text names two invoices, and one is paid: it is read once more."""
        self.notice.action_edit_text()
        self._pay(self.moved)
        self.assertEqual(self._send(self.proposal).state, "error")
        self.assertIn("Read it", self.notice.error)
        self.assertEqual(self._send(self.proposal).state, "sent")
        self.assertEqual(self.notice.total, 100)

    def test_text_waits_when_the_level_falls(self):
        """A formal text does not go out with a first reminder; an item that a person
        left out does not hold it up."""
        self._send(self.proposal)
        with self._after(10):
            self._overdue_invoice(60, days=30)
            notice = self._propose().notice_ids
            self.assertEqual(notice.level_number, 2)
            lines = notice.line_ids
            lines.filtered(lambda line: line.move_id == self.still).action_remove()
            notice.action_edit_text()
            self._pay(self.moved)
            self.assertEqual(self._send(notice.run_id).state, "error")
            self.assertEqual(notice.level_number, 1)
            self.assertEqual(self._send(notice.run_id).state, "sent")

    def test_strategy_that_changed(self):
        """What was proposed by a strategy that holds no more is not sent by it."""
        self.moved.credit_dunning_policy_id = self._policy([{"delay_days": 5}])
        self.assertCorrected("policy")


@tagged("post_install", "-at_install")
class TestRecipient(DunningCommon, MailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls._overdue_invoice(100, days=30)

    def _sent_after(self, act):
        run = self._propose()
        act(run.notice_ids)
        return self._send(run)

    def test_blacklisted_since_the_proposal(self):
        """The address refused mails meanwhile: a letter, and no mail."""
        notice = self._sent_after(
            lambda _notice: self.env["mail.blacklist"]._add("pay@bright.example")
        )
        self.assertEqual((notice.channel, notice.letter_instead), ("letter", True))
        self.assertEqual((notice.state, notice.delivery_state), ("sent", "to_print"))
        self.assertFalse(notice.mail_id)

    def test_address_removed_since_the_proposal(self):
        notice = self._sent_after(lambda _notice: self.customer.write({"email": False}))
        self.assertEqual((notice.channel, bool(notice.mail_id)), ("letter", False))

    def test_address_found_since_the_proposal(self):
        """What was a letter for want of an address is a mail again."""
        self.customer.email = False
        run = self._propose()
        self.assertTrue(run.notice_ids.letter_instead)
        self.customer.email = "new@bright.example"
        notice = self._send(run)
        self.assertEqual((notice.channel, notice.letter_instead), ("email", False))
        self.assertEqual(notice.mail_id.recipient_ids, self.customer)

    def test_chosen_recipient_who_refuses_mails(self):
        """A person's choice stands, but no mail goes to a blacklisted address."""
        contact = self._customer("Anna", parent_id=self.customer.id, is_company=False)
        contact.email = "anna@bright.example"

        def choose(notice):
            notice.recipient_id = contact
            self.env["mail.blacklist"]._add("anna@bright.example")

        notice = self._sent_after(choose)
        self.assertEqual((notice.recipient_id, notice.channel), (contact, "letter"))
        self.assertFalse(notice.mail_id)

    def test_formal_notice_stays_one(self):
        """Levels that are printed anyway do not become mails."""
        self.policy.level_ids[0].channel = "formal"
        notice = self._sent_after(lambda _notice: None)
        self.assertEqual((notice.channel, notice.letter_instead), ("formal", False))

    def test_language_of_the_recipient(self):
        """Subject and text are in the language of whoever gets the notice, as it is
        at the moment of sending; a language chosen by a person stays."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env["res.lang"]._activate_lang("de_DE")
        template = self.policy.level_ids[0].template_id
        template.with_context(lang="fr_FR").subject = "Rappel de paiement"
        template.with_context(lang="de_DE").subject = "Zahlungserinnerung"
        contact = self._customer("Anne", parent_id=self.customer.id, type="invoice")
        contact.email = "anne@bright.example"
        notice = self._sent_after(lambda _notice: contact.write({"lang": "fr_FR"}))
        self.assertEqual((notice.recipient_id, notice.lang), (contact, "fr_FR"))
        self.assertEqual(notice.mail_id.subject, "Rappel de paiement")
        self._overdue_invoice(10, days=9)
        notice = self._sent_after(lambda notice: notice.write({"lang": "de_DE"}))
        self.assertEqual(notice.mail_id.subject, "Zahlungserinnerung")

    def test_amounts_in_the_currency_of_the_invoices(self):
        """What is asked for is asked for in the money that was agreed on."""
        self._overdue_invoice(80, days=30, currency_id=self.other_currency.id)
        run = self._propose()
        self._send(run)
        symbol = self.other_currency.symbol
        foreign = run.notice_ids.filtered(
            lambda notice: notice.currency_id == self.other_currency
        )
        self.assertEqual(foreign.total, 80)
        self.assertIn(symbol, foreign.mail_id.body_html)

    # -- how the mail fares ---------------------------------------------------------
    def _bounce(self, notice, address):
        text = BOUNCE.format(address=address, message_id=notice.mail_id.message_id)
        self.env["mail.thread"].message_process(None, text)

    def test_bounce_through_the_mail_gateway(self):
        """The next channel is the letter; the collector looks for the address."""
        collector = self._user("invoicing")
        self._file().collector_id = collector
        notice = self._sent_after(lambda _notice: None)
        self._bounce(notice, "pay@bright.example")
        self.assertEqual((notice.delivery_state, notice.letter_too), ("to_print", True))
        self.assertIn("pay@bright.example", notice.delivery_error)
        self.assertEqual(notice.activity_ids.user_id, collector)
        self.assertEqual(notice.run_id.letter_count, 1)
        self._bounce(notice, "pay@bright.example")
        self.assertEqual(len(notice.activity_ids), 1)

    def test_bounce_of_a_copy_is_no_bounce(self):
        """The salesperson's mailbox is full: the customer has got his reminder."""
        seller = self._user("sales", email="seller@company.example")
        self.customer.user_id = seller
        self.policy.level_ids[0].copy_salesperson = True
        notice = self._sent_after(lambda _notice: None)
        self.assertIn("seller@company.example", notice.mail_id.email_cc)
        self._bounce(notice, "seller@company.example")
        self.assertFalse(notice.letter_too)

    def test_address_that_cannot_be_used_takes_the_next_channel(self):
        """The mail server refuses the address at once: as if it came back."""
        notice = self._sent_after(lambda _notice: None)
        notice.mail_id._postprocess_sent_message(
            [], [], failure_reason="No such user", failure_type="mail_email_invalid"
        )
        self.assertEqual((notice.delivery_state, notice.letter_too), ("to_print", True))
        self.assertEqual(notice.delivery_error, "No such user")
        self.assertTrue(notice.activity_ids)

    def test_server_failure_may_be_tried_again(self):
        """It says nothing about the address: no letter, but a button."""
        notice = self._sent_after(lambda _notice: None)
        mail = notice.mail_id
        mail._postprocess_sent_message(
            [], [], failure_reason="No route", failure_type="mail_smtp"
        )
        self.assertEqual((notice.delivery_state, notice.letter_too), ("failed", False))
        notice.with_user(self._user("invoicing")).action_retry()
        self.assertEqual((notice.delivery_state, mail.state), ("waiting", "outgoing"))
        mail._postprocess_sent_message(self.customer.ids, [])
        self.assertEqual(notice.delivery_state, "delivered")

    # -- undo -----------------------------------------------------------------------
    def test_undo_takes_back_what_is_not_sent(self):
        """Sent notices stay; proposed and waiting ones are taken back, and may be
        proposed again at once."""
        others = [
            self._customer(name, email=f"{name}@x.com") for name in ("a", "b", "c")
        ]
        for partner in others:
            self._overdue_invoice(100, days=30, partner=partner)
        run = self._propose()
        by_name = {notice.partner_id: notice for notice in run.sudo().notice_ids}
        sent, waiting, failed = (by_name[partner] for partner in others)
        sent.write({"state": "queued"})
        sent._send_batch()
        waiting.write({"state": "queued"})
        failed.write({"state": "error", "error": "Broken"})
        run.with_user(self._user("invoicing")).action_undo()
        self.assertEqual(sent.state, "sent")
        left = run.notice_ids - sent
        self.assertEqual(set(left.mapped("state")), {"cancelled"})
        self.assertEqual(run.state, "done")
        waiting._send_batch()
        self.assertEqual(waiting.state, "cancelled")
        again = self._propose()
        self.assertEqual(again.notice_ids.partner_id, left.partner_id)

    def test_approver_without_other_rights_approves(self):
        """Approving is his right alone; sending is the accountant's."""
        self.policy.approval = True
        run = self._propose()
        approver = self._user("approver")
        run.with_user(approver).action_approve()
        self.assertEqual(run.approved_by, approver)
        with self.assertRaises(AccessError):
            run.with_user(approver).action_send()
        run.with_user(self._user("invoicing")).action_send()
        self.assertEqual(run.notice_ids.state, "sent")

    def test_what_was_approved_is_what_goes_out(self):
        """A change of what the customer gets asks for approval again; the result of
        a call does not."""
        self.policy.approval = True
        self._overdue_invoice(40, days=20)
        accountant, approver = self._user("invoicing"), self._user("approver")
        run = self._propose()
        notice = run.notice_ids.with_user(accountant)
        for change in (
            notice.line_ids[0].action_remove,
            notice.line_ids[0].action_restore,
            notice.action_edit_text,
            notice.action_reset_text,
            lambda: notice.write({"channel": "letter"}),
            lambda: notice.write({"level_id": self.policy.level_ids[1].id}),
        ):
            run.with_user(approver).action_approve()
            change()
            self.assertFalse(run.approved_by)
            with self.assertRaises(UserError):
                run.with_user(accountant).action_send()
        run.with_user(approver).action_approve()
        notice.result = "Called"
        self.assertEqual(run.approved_by, approver)
