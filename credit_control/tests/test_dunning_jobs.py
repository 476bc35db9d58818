"""The jobs of dunning: constant cost, faults of the mail server, pages that follow."""

from datetime import timedelta
from smtplib import SMTPServerDisconnected
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.credit_control.models.credit_dunning_sending_job import LEASE
from odoo.addons.mail.tests.common import MailCase

from .common import TODAY
from .dunning_common import DunningCommon

JOB = "odoo.addons.credit_control.models.credit_dunning_sending_job"


@tagged("post_install", "-at_install")
class TestDunningJobs(DunningCommon, MailCase):
    def _customers(self, count):
        """Customers with an address and an overdue invoice each."""
        partners = self.env["res.partner"].create(
            [
                {"name": f"C{n}", "is_company": True, "email": f"c{n}@example.com"}
                for n in range(count)
            ]
        )
        for partner in partners:
            self._overdue_invoice(100, days=30, partner=partner)
        return partners

    def _queued(self, partners):
        """A run whose notices wait, as the job finds them."""
        run = self._propose(partners).sudo()
        run.notice_ids.write({"state": "queued", "sent_by": self.env.uid})
        run.state = "sending"
        return run

    def _job(self, send=None, batch=50):
        """The sending job in a test: it commits nothing; ``send`` stands in for
        handing mails to the server."""
        progress = patch.object(
            type(self.env["ir.cron"]), "_commit_progress", lambda *_a, **_k: 60.0
        )
        mail = patch.object(type(self.env["mail.mail"]), "send", send or self._accept)
        with progress, mail, patch(f"{JOB}.BATCH", batch):
            self.Notice.sudo()._cron_send()

    @staticmethod
    def _accept(mails, **_how):
        """A mail server that takes everything."""
        mails.write({"state": "sent"})
        mails._tell_notices(None, None)

    @staticmethod
    def _refuse(mails, kind, reason):
        mails.write(
            {"state": "exception", "failure_type": kind, "failure_reason": reason}
        )
        mails._tell_notices(kind or "mail_smtp", reason)

    # -- sending ------------------------------------------------------------------
    def test_batch_costs_what_one_notice_costs(self):
        """A fixed number of queries for a batch, however many notices it has."""
        partners = self._customers(22)
        counts = []
        for some in (partners[:1], partners[1:2], partners[2:3], partners[3:]):
            notices = self.Notice.sudo().browse(self._queued(some).notice_ids.ids)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            notices._send_batch()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(set(notices.mapped("state")), {"sent"})
        # the first two fill what the process keeps
        self.assertEqual(counts[2], counts[3])
        self.assertLess(counts[3], 60)

    def test_job_sends_in_batches_and_closes_the_run(self):
        """Progress is told on the way; at the end the run is done."""
        run, seen = self._queued(self._customers(5)), []

        def send(mails, **how):
            run.invalidate_recordset()
            seen.append((run.state, run.is_busy, run.progress_pct))
            self._accept(mails, **how)

        self._job(send, batch=2)
        self.assertEqual(
            seen,
            [("sending", True, 40), ("sending", True, 80), ("sending", False, 100)],
        )
        self.assertEqual((run.state, run.is_busy, run.sent_count), ("done", False, 5))

    def test_mails_are_ours_while_we_hand_them_over(self):
        """The host's mail queue would send them a second time; later it may, in case
        that the job was killed."""
        run = self._queued(self._customers(1))
        self._job(lambda mails, **how: None)
        Mail, mail = self.env["mail.mail"], run.notice_ids.mail_id
        due = [
            ("state", "=", "outgoing"),
            "|",
            ("scheduled_date", "=", False),
            ("scheduled_date", "<=", fields.Datetime.now()),
        ]
        self.assertEqual(mail.state, "outgoing")
        self.assertNotIn(mail, Mail.search(due))
        due[-1] = ("scheduled_date", "<=", fields.Datetime.now() + LEASE)
        self.assertIn(mail, Mail.search(due))

    def test_connection_breaks_in_the_middle(self):
        """The run stops with the reason; the mail being sent is failed, those not
        tried wait in the host's queue."""
        run = self._queued(self._customers(4))

        def send(mails, **how):
            self._accept(mails[0])
            mails[1].write({"state": "exception", "failure_type": "unknown"})
            raise SMTPServerDisconnected("Connection lost")

        self._job(send, batch=3)
        self.assertEqual((run.state, run.error), ("stopped", "Connection lost"))
        notices = run.notice_ids.sorted("id")
        self.assertEqual(
            notices.mapped("delivery_state"), ["delivered", "failed", "waiting", False]
        )
        self.assertEqual(notices[1].delivery_error, "Connection lost")
        self.assertEqual(notices.mail_id.mapped("state")[2], "outgoing")
        self.assertEqual(notices[3].state, "draft")

    def test_server_is_back(self):
        """Send Failed Mails Again: what failed and what waited, each once."""
        run = self._queued(self._customers(4))
        self._job(lambda mails, **how: self._refuse(mails, False, "No route"), batch=2)
        self.assertEqual((run.state, run.error), ("stopped", "No route"))
        self.assertEqual((run.failed_count, run.open_count), (2, 2))
        trouble = run.shown_ids[:2]
        self.assertEqual(set(trouble.mapped("delivery_state")), {"failed"})
        user = self._user("invoicing")
        with self.assertRaises(AccessError):
            run.with_user(self._user("auditor")).action_retry()
        queue = self.env.ref("mail.ir_cron_mail_scheduler_action")
        with patch.object(type(queue), "_trigger", autospec=True) as woken:
            run.with_user(user).action_retry()
        self.assertIn(queue, [call.args[0] for call in woken.call_args_list])
        self.assertEqual((run.state, run.error, run.sent_count), ("done", False, 4))
        mails = self.env["mail.mail"].search([("model", "=", self.Notice._name)])
        self.assertEqual(len(mails), 4)
        self.assertEqual(set(mails.mapped("state")), {"outgoing"})
        self.assertFalse(any(mails.mapped("scheduled_date")))
        self.assertEqual(set(run.notice_ids.mapped("delivery_state")), {"waiting"})

    def test_failed_mails_again_leaves_the_others_alone(self):
        """What nobody has sent yet, and what a person has to read first, wait on."""
        partners = self._customers(3)
        run = self._propose(partners).sudo()
        failed, by_hand, error = run.notice_ids.sorted("id")
        failed._queue()
        failed.mail_id.write({"state": "exception", "failure_reason": "No route"})
        failed.mail_id._tell_notices("mail_smtp", "No route")
        error.write({"state": "error", "error": "Read it", "sent_by": self.env.uid})
        run.with_user(self._user("invoicing")).action_retry()
        self.assertEqual(failed.mail_id.state, "outgoing")
        self.assertEqual((by_hand.state, error.state), ("draft", "error"))

    def test_one_bad_address_stops_nobody(self):
        """The others go out; the notice tells what happened. Alone in its batch it
        does not look like a server that is down."""
        run = self._queued(self._customers(3))

        def send(mails, **how):
            bad = mails.filtered(lambda mail: mail.recipient_ids.name == "C2")
            self._accept(mails - bad)
            if bad:
                self._refuse(bad, "unknown", "550 No such user")

        self._job(send, batch=2)
        self.assertEqual((run.state, run.error), ("done", False))
        bad = run.notice_ids.filtered(lambda n: n.partner_id.name == "C2")
        self.assertEqual(bad.delivery_error, "550 No such user")
        self.assertEqual(run.failed_count, 1)

    def test_mail_cut_off_by_a_kill_is_not_sent_again_by_itself(self):
        """Tried, and nobody knows whether it went out: a person decides."""
        run = self._queued(self._customers(2))
        self._job(lambda mails, **how: None)
        cut, waiting = run.notice_ids.sorted("id")
        cut.mail_id.state = "exception"  # committed before the server got it
        self._job()
        self.assertEqual(cut.delivery_state, "waiting", "the job may still be at it")
        with freeze_time(TODAY + timedelta(days=1)):
            self._job()
        self.assertEqual(cut.delivery_state, "failed")
        self.assertIn("may have", cut.delivery_error)
        self.assertEqual(waiting.delivery_state, "waiting")

    # -- what notices name ----------------------------------------------------------
    def test_what_was_sent_outlives_its_invoice(self):
        """Items and invoices that are deleted leave no dangling reference."""
        kept = self._overdue_invoice(50, days=20)
        invoice = self._overdue_invoice(100, days=30)
        notice = self._send(self._propose(self.customer))
        line = notice.line_ids.filtered(lambda line: line.move_id == invoice)
        name = line.name
        invoice.button_draft()
        invoice.invoice_line_ids.unlink()
        self.assertTrue(line.move_line_id.exists() or not line.move_line_id)
        invoice.name = False
        invoice.unlink()
        self.assertEqual((line.move_line_id.id, line.move_id.id), (False, False))
        self.assertEqual((line.name, line.residual), (name, 100))
        self.assertEqual((notice.line_ids - line).move_id, kept)

    def test_used_levels_and_strategies_stay(self):
        """What stands on a reminder is not deleted; an unused strategy is."""
        unused = self._policy([{"delay_days": 3}])
        unused.unlink()
        self._overdue_invoice(100, days=30)
        self._propose(self.customer)
        for record in (self.policy.level_ids[0], self.policy):
            with self.assertRaisesRegex(UserError, "stands on reminders"):
                record.unlink()
        self.policy.level_ids[3].unlink()

    def test_renumbered_level_carries_its_items_along(self):
        """A level put in between: who has got the second goes on after it, wherever
        it stands now; what was proposed follows too."""
        self._overdue_invoice(100, days=60)
        self._reach(2)
        levels = self.policy.level_ids
        draft = self._propose().notice_ids
        self.assertEqual(draft.level_number, 3)
        for level in levels.sorted("number", reverse=True)[:3]:
            level.number += 1
        self.assertEqual((draft.level_number, draft.line_ids.level_number), (4, 4))
        self.assertEqual(self._file().dunning_level, 3)
        self.assertNotices(self._propose(), {"Bright Tools": (4, 100)})
        with self.assertRaisesRegex(UserError, "stands on reminders"):
            levels[1].policy_id = self._policy([{"delay_days": 3}])

    def test_strategy_is_duplicated_with_its_levels(self):
        copy = self.policy.copy()
        self.assertEqual(
            copy.level_ids.mapped("channel"), self.policy.level_ids.mapped("channel")
        )
        self.assertFalse(copy.level_ids & self.policy.level_ids)

    # -- the worklist -----------------------------------------------------------------
    def test_worklist_is_measured_when_it_is_old(self):
        """By the page, once it is open: not again within two minutes, but after
        something was sent. Who may not see the list may not ask."""
        self._overdue_invoice(100, days=30)
        user = self._user("invoicing")
        Work = self.Work.with_user(user)
        self.assertTrue(Work.measure_if_old())
        row = Work.search([("partner_id", "=", self.customer.id)])
        self.assertEqual(row.state, "due")
        self.env["credit.dunning.run"].search([]).flush_recordset()
        self.assertFalse(Work.measure_if_old())
        with freeze_time(TODAY + timedelta(days=1)):
            self.assertTrue(Work.measure_if_old())
        with self.assertRaises(AccessError):
            self.Work.with_user(new_test_user(self.env, "nobody")).measure_if_old()

    def test_worklist_follows_a_run(self):
        """After a run the rows are old at once."""
        self._overdue_invoice(100, days=30)
        self.Work.measure_if_old()
        with patch.object(type(self.Work), "_refresh") as refresh:
            self.assertFalse(self.Work.measure_if_old())
            run = self._propose(self.customer)
            run.sudo().write({"state": "sending"})
            self.assertTrue(self.Work.measure_if_old())
        self.assertEqual(refresh.call_count, 1)
