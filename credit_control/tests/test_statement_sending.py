"""Statements by e-mail: by hand, by schedule, and only once a month."""

from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TODAY
from .test_statement_files import LetterCommon


class SendingCommon(LetterCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # as the job: nobody else makes sendings
        cls.Sending = cls.env["credit.statement.sending"].sudo()
        cls.customer.email = "books@bright.example"
        cls.grade = cls.env.ref("credit_control.credit_grade_a")

    def _send(self, partners=None, user=None, **values):
        partners = partners or self.customer
        action = (
            self.env["credit.statement.wizard"]
            .with_user(user or self.clerk)
            .with_context(active_model="res.partner", active_ids=partners.ids)
            .create(values)
            .action_send()
        )
        return self.Sending.search(action["domain"])

    def _run(self):
        """The scheduled action, its commits left out."""
        with patch.object(self.env.registry["ir.cron"], "_commit_progress") as commit:
            commit.return_value = 60.0
            self.Sending._cron_send()

    def _scheduled(self):
        return self.Sending.search([("month", "!=", False)], order="id")


@tagged("post_install", "-at_install")
class TestStatementSending(SendingCommon):
    def test_statement_is_mailed_with_its_letter(self):
        """To the invoice contact, with the letter, in the customer's chatter."""
        self._overdue_invoice(300.0, 40)
        sending = self._send()
        self.assertEqual(sending.state, "sent")
        self.assertEqual(sending.email, "books@bright.example")
        self.assertEqual(sending.user_id, self.clerk)
        message = sending.message_id
        self.assertEqual(message.model, "res.partner")
        self.assertEqual(message.res_id, self.customer.id)
        self.assertEqual(message.notified_partner_ids, self.customer)
        self.assertIn(self.company.name, message.subject)
        self.assertIn("06/15/2026", str(message.body))
        self.assertEqual(
            message.attachment_ids.name, "Statement of Account 2026-06-15.pdf"
        )
        mails = self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
        self.assertEqual(len(mails), 1)

    def test_followers_of_the_customer_get_no_copy(self):
        self.customer.message_subscribe(self._user("sales").partner_id.ids)
        self._overdue_invoice(300.0, 40)
        message = self._send().message_id
        self.assertEqual(message.notified_partner_ids, self.customer)

    def test_mail_speaks_the_customers_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"].search(
            [("name", "=", "credit_control")]
        )._update_translations("zh_CN")
        self.customer.lang = "zh_CN"
        self._overdue_invoice(300.0, 40)
        message = self._send().message_id
        self.assertIn("对账单", message.subject)
        self.assertIn("附件", str(message.body))
        self.assertIn("对账单", message.attachment_ids.name)

    def test_without_address_it_is_noted_not_lost(self):
        """No address, or blacklisted: the row says what to do instead."""
        self._overdue_invoice(300.0, 40)
        self.env["mail.blacklist"].create({"email": self.customer.email})
        self.assertIn("blacklist", self._send().error)
        self.customer.email = False
        sending = self._send()
        self.assertEqual(sending.state, "failed")
        self.assertIn("has no e-mail address", sending.error)
        self.customer.email = "new@bright.example"
        sending.with_user(self.clerk).action_send()
        self.assertEqual((sending.state, sending.error), ("sent", False))
        with self.assertRaisesRegex(UserError, "stays as it is"):
            sending.with_user(self.clerk).action_send()

    def test_failure_of_one_leaves_the_others(self):
        """A letter that cannot be made is noted on its own row."""
        other = self._customer("Other", email="other@example.com")
        Statement = self.env.registry["credit.statement"]
        make = Statement._get_pdf

        def fail(service, partners, *args, **options):
            if partners == self.customer:
                raise ValueError("broken template")
            return make(service, partners, *args, **options)

        with (
            patch.object(Statement, "_get_pdf", fail),
            mute_logger("odoo.addons.credit_control.models.credit_statement_sending"),
        ):
            sendings = self._send(self.customer + other)
        states = {s.partner_id: s.state for s in sendings}
        self.assertEqual(states, {self.customer: "failed", other: "sent"})

    def test_many_are_left_to_the_job(self):
        partners = self.customer
        for number in range(11):
            partners += self._customer(f"C{number}", email=f"c{number}@example.com")
        sendings = self._send(partners)
        self.assertEqual(set(sendings.mapped("state")), {"waiting"})
        self._run()
        self.assertEqual(set(sendings.mapped("state")), {"sent"})

    def test_who_may_send(self):
        """Readers and auditors print; nobody writes a sending by hand."""
        auditor = self._user("auditor")
        with self.assertRaisesRegex(AccessError, "Print it"):
            self._send(user=auditor)
        sending = self._send()
        for user in (self.clerk, auditor, self._user("analyst")):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                sending.with_user(user).write({"state": "waiting"})
        with self.assertRaises(AccessError):
            sending.with_user(self._user("sales_all")).read(["email"])


@tagged("post_install", "-at_install")
class TestStatementSchedule(SendingCommon):
    def test_nothing_is_sent_until_a_grade_says_so(self):
        self._file(grade_id=self.grade.id)
        self._overdue_invoice(300.0, 40)
        self._run()
        self.assertFalse(self._scheduled())

    def test_once_a_month_whatever_runs_twice(self):
        """A second run of the month sends nothing; the next month sends again."""
        self.grade.statement_months = 1
        self._file(grade_id=self.grade.id)
        self._overdue_invoice(300.0, 40)
        self._run()
        self._run()
        self.company.credit_statement_month = False
        self._run()
        sending = self._scheduled()
        self.assertEqual(len(sending), 1)
        self.assertEqual(sending.state, "sent")
        self.assertEqual(sending.date_to, TODAY)
        with freeze_time("2026-07-01"):
            self._run()
        self.assertEqual(len(self._scheduled()), 2)

    def test_the_database_refuses_a_second_one(self):
        """By constraint, not by good will."""
        vals = {
            "partner_id": self.customer.id,
            "company_id": self.company.id,
            "kind": "open",
            "date_to": TODAY,
            "month": TODAY.replace(day=1),
        }
        self.Sending.create(vals)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self.Sending.create(vals)

    def test_every_third_month(self):
        self.grade.statement_months = 3
        self._file(grade_id=self.grade.id)
        self._overdue_invoice(300.0, 40)
        for day in ("2026-06-15", "2026-07-01", "2026-08-01", "2026-09-01"):
            with freeze_time(day):
                self._run()
        months = [str(sending.month) for sending in self._scheduled()]
        self.assertEqual(months, ["2026-06-01", "2026-09-01"])

    def test_movements_are_of_the_month_before(self):
        self.grade.write({"statement_months": 1, "statement_kind": "movements"})
        self._file(grade_id=self.grade.id)
        self._overdue_invoice(300.0, 20)
        self._run()
        sending = self._scheduled()
        self.assertEqual(str(sending.date_from), "2026-05-01")
        self.assertEqual(str(sending.date_to), "2026-05-31")

    def test_who_gets_none(self):
        """Nothing open, not wanted, or the file closed: no statement."""
        self.grade.statement_months = 1
        self._file(grade_id=self.grade.id)  # owes nothing
        for values in ({"no_statement": True}, {"state": "closed"}):
            partner = self._customer("Quiet", email="quiet@example.com")
            self._file(partner=partner, grade_id=self.grade.id, **values)
            self._overdue_invoice(100.0, 20, partner=partner)
        self._run()
        self.assertFalse(self._scheduled())

    def test_run_goes_on_where_it_stopped(self):
        """Time is up after one: the rest waits and goes with the next run."""
        self.grade.statement_months = 1
        for number in range(3):
            partner = self._customer(f"C{number}", email=f"c{number}@example.com")
            self._file(partner=partner, grade_id=self.grade.id)
            self._invoice(100.0, partner=partner)
        with patch.object(self.env.registry["ir.cron"], "_commit_progress") as commit:
            commit.return_value = 0.0
            self.Sending._cron_send()
        self.assertEqual(
            self._scheduled().mapped("state"), ["sent", "waiting", "waiting"]
        )
        self._run()
        self.assertEqual(self._scheduled().mapped("state"), ["sent"] * 3)

    def test_queueing_costs_the_same_for_many(self):
        """The queue of a month is made in a constant number of reads."""
        self.grade.statement_months = 1
        counts = []
        for size in (1, 20):
            for number in range(size):
                partner = self._customer(f"C{size}-{number}")
                self._file(partner=partner, grade_id=self.grade.id)
                self._invoice(100.0, partner=partner)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            month = TODAY.replace(day=1)
            self.Sending._prepare_month(self.company, TODAY, month)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])
