"""The worklist as a collector lives in it: contacts, next dates, priority, rights."""

import random

from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools.safe_eval import safe_eval

from ..tools import dunning
from .common import TODAY
from .test_contact import ContactCommon


@tagged("post_install", "-at_install")
class TestContactWork(ContactCommon):
    def _row(self, partner=None):
        self.Work._refresh(self.company)
        return self.Work.search(
            [
                ("partner_id", "=", (partner or self.customer).id),
                ("company_id", "=", self.company.id),
            ]
        )

    # -- columns -----------------------------------------------------------------------
    def test_last_contact_is_the_newest_of_log_and_reminder(self):
        """A reminder sent is a contact; its result is that of the log, if newer."""
        self._overdue_invoice(100, days=30)
        row = self._row()
        self.assertFalse(row.last_contact)
        with self._after(-5):
            self._contact()
        row = self._row()
        self.assertEqual(
            (row.last_contact, row.last_result_id), (self._days(-5), self.no_answer)
        )
        with self._after(-2):
            self._send(self._propose())
        row = self._row()
        self.assertEqual(
            (row.last_contact, row.last_result_id.id), (row.last_notice, False)
        )
        self._contact(self.reached)
        self.assertEqual((row.last_contact, row.last_result_id), (TODAY, self.reached))

    def test_next_contact_defers_the_row_until_its_day(self):
        """*To Act On* hides it until then, and shows it that day even when no letter
        is due."""
        self._overdue_invoice(100, days=30)
        self._row()
        self.assertTrue(self._to_act())
        row = self._row()
        row.with_user(self.accountant).action_no_answer()
        self.assertEqual((row.next_contact, row.state), (self._days(1), "due"))
        self.assertFalse(self._to_act())
        self._send(self._propose())
        with self._after(1):
            row = self._row()
            self.assertEqual(row.state, "waiting")
            self.assertTrue(self._to_act())
            self.assertIn("20 next contact due", row.priority_reason)
            self._contact(self.reached)
            self.assertFalse(row.next_contact)

    def _to_act(self):
        """What the page's own filter shows, read from its view."""
        arch = self.Work.get_view(view_type="search")["arch"]
        node = etree.fromstring(arch).find(".//filter[@name='to_act']")
        domain = safe_eval(node.get("domain"))
        return self.Work.search([("company_id", "=", self.company.id), *domain])

    def test_every_currency_of_a_customer_shows_his_contact(self):
        """A contact is the customer's, his rows are per currency."""
        self._overdue_invoice(100, days=30)
        self._overdue_invoice(100, days=30, currency_id=self.other_currency.id)
        rows = self._row()
        self.assertEqual(len(rows), 2)
        rows[0].with_user(self.accountant).action_no_answer()
        self.assertEqual(
            len(self.Contact.search([("partner_id", "=", self.customer.id)])), 1
        )
        self.assertEqual(set(rows.mapped("last_result_id")), {self.no_answer})

    def test_no_answer_for_several_rows(self):
        customers = self.customer + self._customer("Other")
        for customer in customers:
            self._overdue_invoice(50, days=20, partner=customer)
        rows = self._row() + self._row(customers[1])
        told = rows.with_user(self.accountant).action_no_answer()
        self.assertIn("2 customers", told["params"]["message"])
        entries = self.Contact.search([("partner_id", "in", customers.ids)])
        self.assertEqual(entries.partner_id, customers)
        self.assertEqual(set(entries.mapped("next_date")), {self._days(1)})

    def test_two_fields_log_a_contact_from_the_row(self):
        self._overdue_invoice(50, days=20)
        row = self._row().with_user(self.accountant)
        action = row.action_log_contact()
        form = Form(
            self.env[action["res_model"]]
            .with_user(self.accountant)
            .with_context(**action["context"])
        )
        form.result_id = self.reached
        form.next_date = self._days(4)
        form.save().action_log()
        self.assertEqual(
            (row.next_contact, row.last_result_id), (self._days(4), self.reached)
        )

    def test_dispute_on_the_phone_is_entered_next(self):
        """The window knows the customer; the items are chosen, none by itself."""
        invoice = self._overdue_invoice(50, days=20)
        self._overdue_invoice(70, days=20)
        log = self.env["credit.contact.wizard"].with_user(self.accountant)
        form = Form(log.with_context(**self._row().action_log_contact()["context"]))
        form.result_id = self.env.ref("credit_control.credit_contact_result_disputed")
        form.note = "Box was empty"
        action = form.save().action_log()
        form = Form(
            self.env[action["res_model"]]
            .with_user(self.accountant)
            .with_context(**action["context"])
        )
        self.assertEqual((form.partner_id, len(form.item_ids)), (self.customer, 0))
        form.reason_id = self.env["credit.dispute.reason"].search([], limit=1)
        form.item_ids.add(invoice.line_ids.filtered("date_maturity"))
        form.save().action_dispute()
        entry = self.env["credit.contact"].search(
            [("partner_id", "=", self.customer.id)]
        )
        self.assertEqual(len(entry), 1, "logged once")
        self.assertEqual((entry.dispute_id.amount, entry.note), (50, "Box was empty"))

    def test_reader_of_the_worklist_logs_nothing(self):
        self._overdue_invoice(50, days=20)
        row = self._row()
        for role in ("auditor",):
            user = self._user(role)
            with self.subTest(role):
                self.assertTrue(row.with_user(user).priority)
                with self.assertRaises(AccessError):
                    row.with_user(user).action_no_answer()

    # -- collector ---------------------------------------------------------------------
    def _assign(self, user, records, collector):
        wizard = (
            self.env["credit.collector.wizard"]
            .with_user(user)
            .with_context(active_model=records._name, active_ids=records.ids)
        )
        return wizard.create({"collector_id": collector.id}).action_assign()

    def test_collector_is_assigned_to_many_at_once(self):
        """From the worklist, also for customers without file; from files as well."""
        customers = self.customer + self._customer("Other")
        for customer in customers:
            self._overdue_invoice(50, days=20, partner=customer)
        self.company.credit_collector_id = self.accountant
        rows = self._row() + self._row(customers[1])
        self.assertEqual(rows.collector_id, self.accountant)
        analyst = self._user("analyst")
        self._assign(self.accountant, rows, analyst)
        self.assertEqual(rows.collector_id, analyst)
        files = self.env["credit.file"].search([("partner_id", "in", customers.ids)])
        self.assertEqual(files.collector_id, analyst)
        self._assign(analyst, files, self.env["res.users"])
        self.assertEqual(rows.collector_id, self.accountant)
        run = self._propose()
        self.assertEqual(run.notice_ids.collector_id, self.accountant)
        for user, error in ((self._user("sales"), AccessError),):
            with self.assertRaises(error):
                self._assign(user, rows, analyst)

    def test_collector_is_a_colleague(self):
        self._overdue_invoice(50, days=20)
        portal = self.env["res.users"].create(
            {
                "name": "P",
                "login": "collector_portal",
                "group_ids": [Command.set(self.env.ref("base.group_portal").ids)],
            }
        )
        with self.assertRaisesRegex(UserError, "no user of our own"):
            self._assign(self.accountant, self._row(), portal)

    # -- priority ----------------------------------------------------------------------
    def test_strategy_with_own_rules(self):
        """Its rules take the place of the general ones, in its own currency."""
        self._overdue_invoice(100, days=30)
        self.policy.currency_id = self.other_currency
        self.policy.priority_ids = [
            Command.create({"kind": "overdue", "points": 7, "step": 50, "most": 100}),
            Command.create({"kind": "age", "points": 1, "step": 30}),
        ]
        row = self._row()
        # 100 are 200 of the other currency: four steps of 50
        self.assertEqual(
            (row.priority, row.priority_reason), (29, "28 large overdue + 1 old items")
        )
        with self.assertRaises(AccessError):
            self.policy.with_user(self.accountant).priority_ids[0].points = 99

    def test_points_agree_with_the_tool_on_random_customers(self):
        """`_parts_sql` is `tools.dunning.priority`, whatever the rules."""
        dice = random.Random(7)
        grades = self.env["credit.grade"].search([])
        customers = self.env["res.partner"].create(
            [{"name": f"C {n}", "is_company": True} for n in range(8)]
        )
        for customer in customers:
            for _item in range(dice.randint(1, 3)):
                self._overdue_invoice(
                    dice.choice([20, 99.99, 150, 1000, 2500]),
                    days=dice.randint(1, 90),
                    partner=customer,
                    **{"currency_id": self.other_currency.id}
                    if dice.random() < 0.3
                    else {},
                )
            self._file(dice.choice([10, 100000]), partner=customer).grade_id = (
                dice.choice(grades) if dice.random() < 0.7 else False
            )
            self._spread_contacts(customer, dice)
        self.env["credit.file"].search([])._refresh_snapshot()
        for _round in range(3):
            rules = self._random_rules(dice)
            self.Work._refresh(self.company)
            rows = self.Work.search([("partner_id", "in", customers.ids)])
            self.assertGreaterEqual(len(rows), 8)
            for row in rows:
                expected = dunning.priority(
                    [rule._to_tool() for rule in rules], self._measures(row)
                )
                self.assertEqual(row.priority_parts or {}, expected)
                self.assertEqual(row.priority, sum(expected.values()))

    def _spread_contacts(self, customer, dice):
        for _entry in range(dice.randint(0, 4)):
            with self._after(-dice.randint(0, 40)):
                self._contact(
                    dice.choice([self.no_answer, self.reached]),
                    partner=customer,
                    next_date=dice.choice([False, self._days(dice.randint(0, 9))]),
                )

    def _random_rules(self, dice):
        Rule = self.env["credit.dunning.priority"]
        Rule.search([]).unlink()
        kinds = [kind for kind, _label in Rule._fields["kind"].selection]
        return Rule.create(
            [
                {
                    "kind": kind,
                    "points": dice.randint(1, 9),
                    "step": dice.choice([1, 3, 7, 50]),
                    "most": dice.choice([0, 5, 30]),
                }
                for kind in kinds * 2
                if dice.random() < 0.7
            ]
        )

    def _measures(self, row):
        """What the rules measure, asked of the records one by one."""
        entries = self.Contact.search(
            [("partner_id", "=", row.partner_id.id), ("state", "=", "valid")]
        )
        last = max(entries.mapped("day"), default=None)
        reaction = max(entries.filtered("reacted").mapped("day"), default=None)
        coming = entries.filtered("next_open").mapped("next_date")
        rate = 2 if row.currency_id == self.other_currency else 1
        return {
            "overdue": row.amount_overdue / rate,
            "age": row.oldest_days,
            "level": row.level_reached,
            "contact": (TODAY - last).days if last else row.oldest_days,
            "reaction": (TODAY - reaction).days if reaction else row.oldest_days,
            "broken": 0,
            "resubmission": bool(coming) and min(coming) <= TODAY,
            "limit": row.file_id.limit_status == "over",
            "grade": row.file_id.grade_id.trust == "bad",
        }

    def test_broken_promise_comes_first(self):
        self._overdue_invoice(100, days=30)
        promise = self.env["credit.promise"]._create_promise(
            self.env["account.move.line"].search(
                [("partner_id", "=", self.customer.id), ("amount_residual", ">", 0)]
            ),
            self._days(2),
        )
        before = self._row().priority
        with self._after(10):
            promise._evaluate()
            self.assertEqual(promise.state, "broken")
            row = self._row()
        self.assertIn("10 broken promises", row.priority_reason)
        self.assertGreater(row.priority, before)

    def test_cost_does_not_grow_with_customers(self):
        """A refresh takes as many queries for thirty customers as for one."""
        self._overdue_invoice(10, days=20)
        self._contact()

        def refresh():
            self.Work._refresh(self.company)

        refresh()
        one = self._count_queries(refresh)
        for n in range(30):
            customer = self._customer(f"C {n}")
            self._overdue_invoice(10, days=20, partner=customer)
            self._contact(partner=customer)
        self.assertEqual(self._count_queries(refresh), one)

    # -- after sending ----------------------------------------------------------------
    def test_run_says_what_it_does_and_the_worklist_follows(self):
        """One line per state with channels, totals and reasons; rows are measured once
        all is sent."""
        other = self._customer("Other", email="other@example.com")
        paid = self._overdue_invoice(50, days=20, partner=other)
        self._overdue_invoice(100, days=30)
        row = self._row()
        run = self._propose().with_user(self.accountant)
        self.assertEqual(
            run.summary, f"To send: 2 E-mail, in all {self.currency.format(150)}"
        )
        self._pay(paid)
        run.action_send()
        self.assertEqual(
            run.summary,
            f"Sent: 1 E-mail, in all {self.currency.format(100)}\nNot sent: 1 Paid",
        )
        self.assertEqual((row.state, row.level_reached), ("waiting", 1))
