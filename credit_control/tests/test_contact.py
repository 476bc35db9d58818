"""The contact log: typed, one click, never changed; who may do what with it."""

from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import TODAY
from .dunning_common import DunningCommon


class ContactCommon(DunningCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Contact = cls.env["credit.contact"]
        cls.no_answer = cls.env.ref("credit_control.credit_contact_result_no_answer")
        cls.reached = cls.env.ref("credit_control.credit_contact_result_reached")
        cls.promised = cls.env.ref("credit_control.credit_contact_result_promised")
        cls.accountant = cls._user("invoicing")

    def _contact(self, result=None, partner=None, user=None, **values):
        """An entry of the log, by the accountant unless ``user``."""
        return self.Contact.with_user(user or self.accountant)._log(
            partner or self.customer, self.company, result or self.no_answer, **values
        )

    def _days(self, days):
        return TODAY + timedelta(days=days)

    def _next_activities(self, entries):
        kind = self.env.ref("credit_control.mail_activity_type_contact")
        return entries.sudo().activity_ids.filtered(
            lambda todo: todo.activity_type_id == kind
        )


@tagged("post_install", "-at_install")
class TestContact(ContactCommon):
    def test_entry_belongs_to_customer_and_root_company(self):
        """Logged for a contact person in a branch, it is the customer's at the root."""
        person = self._customer("Ann", is_company=False, parent_id=self.customer.id)
        entry = self.Contact.create(
            {
                "partner_id": person.id,
                "company_id": self.branch.id,
                "result_id": self.reached.id,
            }
        )
        self.assertEqual(
            (entry.partner_id, entry.contact_id, entry.company_id, entry.day),
            (self.customer, person, self.company, TODAY),
        )
        self.assertTrue(entry.reacted)

    def test_entry_of_somebody_else_cannot_be_forged(self):
        """People log their own contacts, and set nothing that the log sets."""
        seller = self._user("sales")
        create = self.Contact.with_user(self.accountant).create
        values = {"partner_id": self.customer.id, "result_id": self.reached.id}
        for forged in (
            {"user_id": seller.id},
            {"state": "corrected"},
            {"reacted": True},
            {"next_open": True},
            {"corrected_by": seller.id},
        ):
            with self.subTest(forged), self.assertRaises(AccessError):
                create(values | forged)
        self.assertEqual(create(values).user_id, self.accountant)

    def test_senseless_entries_are_refused_with_the_reason(self):
        """Future contacts, next dates in the past, strangers, documents of others."""
        stranger = self._customer("Stranger")
        self._overdue_invoice(100, days=30)
        self._overdue_invoice(100, days=30, partner=stranger)
        notices = self._send(self._propose())
        other = notices.filtered(lambda notice: notice.partner_id == stranger)
        for text, values in (
            ("once it took place", {"date": "2026-06-16 10:00:00"}),
            ("Choose a later day", {"next_date": self._days(-1)}),
            ("no contact of", {"contact_id": stranger.id}),
            ("is not about", {"notice_id": other.id}),
        ):
            with self.subTest(text), self.assertRaisesRegex(UserError, text):
                self._contact(**values)

    def test_entry_stays_as_it_was_written(self):
        """Nobody changes or deletes an entry, a manager neither."""
        entry = self._contact(note="Nobody there")
        for user in (self.accountant, self._user("manager")):
            with (
                self.subTest(user.login),
                self.assertRaisesRegex(AccessError, "Use Correct"),
            ):
                entry.with_user(user).write({"note": "Something else"})
        with self.assertRaises(AccessError):
            entry.with_user(self.accountant).unlink()
        with self.assertRaisesRegex(UserError, "stays"):
            entry.sudo().unlink()

    def test_correction_keeps_the_old_entry(self):
        """A new entry takes its place, the old one says who, when and why."""
        entry = self._contact(note="Wrong", next_date=self._days(3))
        action = entry.with_user(self.accountant).action_correct()
        form = Form(
            self.env["credit.contact.correct"]
            .with_user(self.accountant)
            .with_context(**action["context"])
        )
        form.result_id = self.reached
        form.note = "He will look into it"
        form.reason = "Wrong button"
        shown = form.save().action_correct()
        new = self.Contact.browse(shown["res_id"])
        self.assertRecordValues(
            entry + new,
            [
                {
                    "state": "corrected",
                    "result_id": self.no_answer.id,
                    "note": "Wrong",
                    "correction_reason": "Wrong button",
                    "corrected_by": self.accountant.id,
                    "replaced_by_id": new.id,
                    "next_open": False,
                },
                {
                    "state": "valid",
                    "result_id": self.reached.id,
                    "note": "He will look into it",
                    "correction_reason": False,
                    "corrected_by": False,
                    "replaced_by_id": False,
                    "next_open": True,
                },
            ],
        )
        self.assertFalse(self._next_activities(entry))
        self.assertEqual(len(self._next_activities(new)), 1)
        self.assertEqual(new.user_id, self.accountant)
        with self.assertRaisesRegex(UserError, "corrected already"):
            entry.with_user(self.accountant)._correct("Again", {})

    def test_entry_that_never_took_place_is_withdrawn(self):
        entry = self._contact(next_date=self._days(3))
        with self.assertRaisesRegex(UserError, "Say why"):
            entry.with_user(self.accountant)._correct("  ")
        self.assertFalse(entry.with_user(self.accountant)._correct("Other customer"))
        self.assertEqual((entry.state, entry.next_open), ("withdrawn", False))

    def test_own_entries_are_corrected_by_their_author_or_a_manager(self):
        entry = self._contact()
        with self.assertRaisesRegex(AccessError, "was logged by"):
            entry.with_user(self._user("analyst"))._correct("No")
        entry.with_user(self._user("manager"))._correct("Entered twice")
        self.assertEqual(entry.state, "withdrawn")

    # -- next contact ------------------------------------------------------------------
    def test_next_contact_is_an_activity_of_the_collector(self):
        """The file's collector, else the company's, else whoever logged it."""
        analyst, manager = self._user("analyst"), self._user("manager")
        entry = self._contact(next_date=self._days(2), next_action="Ask again")
        todo = self._next_activities(entry)
        self.assertEqual(
            (todo.user_id, todo.date_deadline, todo.summary),
            (self.accountant, self._days(2), "Bright Tools: Ask again"),
        )
        self.company.credit_collector_id = analyst
        entry = self._contact(next_date=self._days(2))
        self.assertEqual(self._next_activities(entry).user_id, analyst)
        self._file().collector_id = manager
        entry = self._contact(next_date=self._days(2))
        self.assertEqual(self._next_activities(entry).user_id, manager)

    def test_later_entry_closes_what_it_answers(self):
        """A new date replaces the old one; without date, what is due is done and what
        is still to come stays."""
        first = self._contact(next_date=self._days(5))
        second = self._contact()
        self.assertTrue(first.next_open)
        third = self._contact(next_date=self._days(3))
        self.assertEqual(
            (first + second + third).mapped("next_open"), [False, False, True]
        )
        with self._after(3):
            self._contact()
        self.assertFalse(third.next_open)
        self.assertFalse(self._next_activities(first + second + third))

    def test_activity_done_ends_the_next_contact(self):
        entry = self._contact(next_date=self._days(2))
        self._next_activities(entry).with_user(self.accountant).action_feedback("Ok")
        self.assertFalse(entry.next_open)
        self.assertNotIn("cancelled", " ".join(entry.message_ids.mapped("body")))

    def test_activity_cancelled_ends_the_next_contact(self):
        """Who cancels what was planned does not want it any more: the row of the
        worklist is not due that day, and the entry says so."""
        self._overdue_invoice(100, days=30)
        self.Work._refresh(self.company)
        entry = self._contact(next_date=self._days(2))
        row = self.Work.search([("partner_id", "=", self.customer.id)])
        self.assertEqual(row.next_contact, self._days(2))
        entry.activity_schedule("mail.mail_activity_data_todo").unlink()
        self.assertTrue(entry.next_open, "another activity is not the next contact")
        self._next_activities(entry).with_user(self.accountant).unlink()
        self.assertFalse(entry.next_open)
        self.assertFalse(row.next_contact)
        self.assertIn("2026-06-17 was cancelled", entry.message_ids[0].body)

    def test_weekend_is_no_day_to_call(self):
        """The next try that a result proposes is never on Saturday or Sunday."""
        friday = self._days(4)
        self.assertEqual(friday.weekday(), 4)
        self.assertEqual(
            self.no_answer._get_next_date(friday), friday + timedelta(days=3)
        )
        self.assertFalse(self.reached._get_next_date(friday))

    # -- rights ------------------------------------------------------------------------
    def test_rights_by_role(self):
        """Accounting, credit team and salespeople log; auditors and read-only
        accountants read; employees and customers see nothing."""
        self.customer.user_id = self._user("sales")
        entry = self._contact()
        readonly = self._user("auditor", login="only_reads")
        readonly.group_ids = self.env.ref(
            "account.group_account_readonly"
        ) + self.env.ref("base.group_user")
        roles = {
            self.accountant: "log",
            self._user("analyst"): "log",
            self.customer.user_id: "log",
            self._user("auditor"): "read",
            readonly: "read",
        }
        for user, may in roles.items():
            with self.subTest(user.login):
                self.assertEqual(entry.with_user(user).result_id, self.no_answer)
                if may == "log":
                    self.assertEqual(self._contact(user=user).user_id, user)
                else:
                    with self.assertRaises(AccessError):
                        self._contact(user=user)
        employee = readonly
        employee.group_ids = self.env.ref("base.group_user")
        portal = self.env["res.users"].create(
            {
                "name": "P",
                "login": "contact_portal",
                "group_ids": [Command.set(self.env.ref("base.group_portal").ids)],
            }
        )
        for user in (employee, portal):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.Contact.with_user(user).search([])

    def test_salesperson_keeps_to_his_customers(self):
        seller, colleague = self._user("sales"), self._user("sales", login="other")
        self.customer.user_id = colleague
        entry = self._contact()
        mine = self._contact(partner=self._customer("Mine", user_id=seller.id))
        found = self.Contact.with_user(seller).search([("company_id", "!=", False)])
        self.assertIn(mine, found)
        self.assertNotIn(entry, found)
        with self.assertRaises(AccessError):
            self._contact(user=seller)
        self.assertEqual(self.customer.with_user(seller).credit_contact_count, 0)
        self.assertEqual(self.customer.with_user(colleague).credit_contact_count, 1)

    def test_other_company_sees_nothing(self):
        """Entries are those of a root company and its branches."""
        entry = self._contact()
        other = self.env["res.company"].create({"name": "Other"})
        user = self._user("invoicing", login="elsewhere")
        user.write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        self.assertFalse(self.Contact.with_user(user).search([("id", "=", entry.id)]))
        with self.assertRaises(AccessError):
            self._contact(user=user)
        clerk = self._user("invoicing", login="in_branch")
        clerk.write(
            {
                "company_ids": [Command.set(self.branch.ids)],
                "company_id": self.branch.id,
            }
        )
        self.assertEqual(entry.with_user(clerk).result_id, self.no_answer)
        self.assertEqual(self._contact(user=clerk).company_id, self.company)

    # -- together with others ----------------------------------------------------------
    def test_files_of_the_author_hang_on_the_entry(self):
        """Just uploaded files are taken over, files of others are no way to them."""
        File = self.env["ir.attachment"].with_user(self.accountant)
        own = File.create({"name": "photo.txt", "raw": b"1"})
        entry = self._contact(attachment_ids=[Command.set(own.ids)])
        self.assertEqual((own.res_model, own.res_id), ("credit.contact", entry.id))
        foreign = self.env["ir.attachment"].create({"name": "x", "raw": b"2"})
        with self.assertRaises(AccessError):
            self._contact(attachment_ids=[Command.set(foreign.ids)])

    def test_call_that_dunning_asked_for_is_done_when_reached(self):
        """No answer leaves the call to do; a customer reached ends it."""
        self._overdue_invoice(100, days=60)
        self._reach(3)
        notice = self._send(self._propose(self.customer))
        self.assertEqual((notice.channel, notice.delivery_state), ("call", "todo"))
        context = notice.with_user(self.accountant).action_log_contact()["context"]
        wizard = Form(
            self.env["credit.contact.wizard"]
            .with_user(self.accountant)
            .with_context(**context)
        )
        wizard.result_id = self.no_answer
        self.assertEqual(wizard.next_date, self._days(1))
        wizard.save().action_log()
        self.assertEqual(notice.delivery_state, "todo")
        self._contact(self.reached, notice_id=notice.id)
        self.assertEqual(notice.delivery_state, "done")
        self.assertFalse(notice.activity_ids)
        self.assertEqual(len(notice.contact_log_ids), 2)

    def test_promise_and_its_contact_in_one_go(self):
        """The promise's window logs the contact, unless it came out of one."""
        self._overdue_invoice(100, days=30)
        Wizard = self.env["credit.promise.wizard"].with_user(self.accountant)
        wizard = Wizard.browse(Wizard._open(self.customer, self.company)["res_id"])
        wizard.action_promise()
        entry = self.Contact.search([("partner_id", "=", self.customer.id)])
        self.assertRecordValues(
            entry,
            [{"kind": "call", "result_id": self.promised.id, "reacted": True}],
        )
        self.assertEqual(entry.promise_id.amount, 100)
        other = self._customer("Other")
        self._overdue_invoice(70, days=30, partner=other)
        log = self.env["credit.contact.wizard"].with_user(self.accountant)
        action = log.create(
            {
                "partner_ids": [Command.set(other.ids)],
                "company_id": self.company.id,
                "result_id": self.promised.id,
            }
        ).action_log()
        Wizard.browse(action["res_id"]).action_promise()
        entry = self.Contact.search([("partner_id", "=", other.id)])
        self.assertEqual(len(entry), 1)
        self.assertEqual(entry.promise_id.amount, 70)

    def test_dispute_logs_its_contact(self):
        item = self._overdue_invoice(100, days=30)._get_open_items()
        action = item.with_user(self.accountant).action_credit_dispute()
        form = Form(
            self.env["credit.dispute.wizard"]
            .with_user(self.accountant)
            .with_context(**action["context"])
        )
        form.reason_id = self.env.ref("credit_control.credit_dispute_reason_goods")
        form.contact_kind = "email"
        form.save().action_dispute()
        entry = self.Contact.search([("partner_id", "=", self.customer.id)])
        self.assertEqual((entry.kind, entry.dispute_id.amount), ("email", 100))

    def test_online_promise_is_a_contact_of_the_customer(self):
        person = self._customer("Ann", is_company=False, parent_id=self.customer.id)
        items = self._overdue_invoice(100, days=30)._get_open_items()
        self.env["credit.promise"]._create_from_portal(
            person, items, 100, fields.Date.add(TODAY, days=5)
        )
        entry = self.Contact.search([("partner_id", "=", self.customer.id)])
        self.assertRecordValues(
            entry,
            [
                {
                    "kind": "portal",
                    "direction": "in",
                    "contact_id": person.id,
                    "user_id": False,
                    "result_id": self.promised.id,
                }
            ],
        )

    def test_cost_is_that_of_one_for_fifty(self):
        """A mass entry takes as many queries for fifty customers as for one."""
        customers = self.env["res.partner"].create(
            [{"name": f"C {n}", "is_company": True} for n in range(51)]
        )
        for customer in customers[:3]:
            self._overdue_invoice(10, days=20, partner=customer)
        self.env["credit.dunning.work"]._refresh(self.company)

        def log(partners):
            return lambda: self._contact(partner=partners, next_date=self._days(2))

        log(customers)()
        one = self._count_queries(log(customers[:1]))
        fifty = self._count_queries(log(customers[1:]))
        self.assertLessEqual(fifty, one + 5)
