"""What the team did and collected: the sums are those of the documents."""

import random
from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import TODAY
from .test_contact import ContactCommon


@tagged("post_install", "-at_install")
class TestCollectorFigure(ContactCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Figure = cls.env["credit.collector.figure"]
        cls.analyst = cls._user("analyst")

    def _sums(self, *names, **of):
        """Sums of figures over the company, or of one collector."""
        self.env.flush_all()
        domain = [("company_id", "=", self.company.id)]
        domain += [(name, "=", value.id) for name, value in of.items()]
        aggregates = [
            f"{name}:{'count_distinct' if name == 'contacted_id' else 'sum'}"
            for name in names
        ]
        [found] = self.Figure._read_group(domain, [], aggregates)
        return found

    def _paid(self, invoice, amount, day):
        wizard = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"payment_date": day, "amount": amount})
        )
        method = wizard.payment_method_line_id
        method.payment_account_id = self.env[
            "account.payment"
        ]._get_outstanding_account("inbound")
        return wizard._create_payments()

    def test_money_counts_for_the_last_contact_before_it(self):
        """Within 30 days, once, and only for items that were overdue then."""
        due = self._overdue_invoice(1000, days=20)
        fresh = self._overdue_invoice(500, days=5)
        with self._after(-10):
            self._contact()
        with self._after(-8):
            self._contact(user=self.analyst)
        self._paid(due, 300, self._days(-9))
        self._paid(due, 200, self._days(-8))
        self._paid(fresh, 500, self._days(-3))
        self.assertEqual(
            self._sums("collected", "payment_count", user_id=self.accountant), (300, 1)
        )
        self.assertEqual(self._sums("collected", user_id=self.analyst), (200,))
        self.company.credit_collected_days = 0
        self.assertEqual(self._sums("collected"), (200,))

    def test_credit_notes_and_money_before_any_contact_are_not_collected(self):
        due = self._overdue_invoice(1000, days=20)
        self._paid(due, 100, self._days(-12))
        with self._after(-10):
            self._contact()
        refund = self._invoice(-400)
        (due.line_ids + refund.line_ids).filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        ).reconcile()
        self.assertEqual(due.amount_residual, 500)
        self.assertEqual(self._sums("payment_count", "collected"), (0, 0))

    def test_corrected_entries_do_not_count(self):
        entry = self._contact()
        self._contact(user=self.analyst)
        self.assertEqual(self._sums("contact_count", "contacted_id"), (2, 1))
        entry.with_user(self.accountant)._correct("Twice")
        self.assertEqual(self._sums("contact_count"), (1,))

    def test_promises_by_what_became_of_them(self):
        Promise = self.env["credit.promise"].with_user(self.accountant)
        invoices = [self._overdue_invoice(100, days=30) for _ in range(4)]
        kept, partly, broken, _open = (
            Promise._create_promise(move._get_open_items(), self._days(3))
            for move in invoices
        )
        self._paid(invoices[0], 100, TODAY)
        self._paid(invoices[1], 40, TODAY)
        with self._after(10):
            (kept + partly + broken)._evaluate()
            self.assertEqual(
                (kept + partly + broken).mapped("state"), ["kept", "partly", "broken"]
            )
            found = self._sums(
                "promise_count",
                "promised",
                "kept_count",
                "kept",
                "partly_count",
                "partly",
                "broken_count",
                "broken",
                user_id=self.accountant,
            )
        self.assertEqual(found, (4, 400, 1, 100, 1, 40, 1, 100))

    def test_sums_are_those_of_the_documents(self):
        """Against a plain computation over the records, on random data in two
        currencies."""
        dice = random.Random(11)
        users = [self.accountant, self.analyst]
        customers = [self._customer(f"C {n}") for n in range(4)]
        moves = []
        for customer in customers:
            for _move in range(3):
                values = (
                    {"currency_id": self.other_currency.id}
                    if dice.random() < 0.3
                    else {}
                )
                moves.append(
                    self._overdue_invoice(
                        dice.randint(100, 900),
                        days=dice.randint(1, 60),
                        partner=customer,
                        **values,
                    )
                )
        for _step in range(25):
            day = -dice.randint(0, 50)
            if dice.random() < 0.5:
                with self._after(day):
                    self._contact(
                        dice.choice([self.no_answer, self.reached]),
                        partner=dice.choice(customers),
                        user=dice.choice(users),
                    )
            else:
                move = dice.choice(moves)
                if move.amount_residual > 20:
                    self._paid(move, dice.randint(5, 20), self._days(day))
        self._send(self._propose())
        for user in users:
            self.assertEqual(
                [
                    round(value, 2)
                    for value in self._sums(
                        "contact_count",
                        "reacted_count",
                        "contacted_id",
                        "collected",
                        "payment_count",
                        user_id=user,
                    )
                ],
                self._naive(user),
                user.login,
            )
        notices = self.Notice.search(
            [("state", "=", "sent"), ("company_id", "=", self.company.id)]
        )
        reminded = sum(
            notice.total / (2 if notice.currency_id == self.other_currency else 1)
            for notice in notices
        )
        count, total = self._sums("notice_count", "reminded")
        self.assertEqual(count, len(notices))
        self.assertAlmostEqual(total, reminded, delta=0.01 * len(notices))

    def _naive(self, user):
        entries = self.Contact.search([("company_id", "=", self.company.id)])
        own = entries.filtered(lambda entry: entry.user_id == user)
        collected, count = 0.0, 0
        for partial in self.env["account.partial.reconcile"].search([]):
            item, money = partial.debit_move_id, partial.credit_move_id
            if item.company_id != self.company or money.journal_id.type != "bank":
                continue
            before = [
                entry
                for entry in entries
                if entry.partner_id == item.partner_id
                and money.date - timedelta(days=30) <= entry.day <= money.date
                and entry.day > item.date_maturity
            ]
            last = max(before, key=lambda entry: (entry.day, entry.id), default=None)
            if last and last.user_id == user:
                collected += partial.amount
                count += 1
        return [
            len(own),
            len(own.filtered("reacted")),
            len(own.partner_id),
            round(collected, 2),
            count,
        ]

    def test_row_opens_its_document(self):
        due = self._overdue_invoice(1000, days=20)
        entry = self._contact()
        payment = self._paid(due, 300, TODAY)
        self.env.flush_all()
        rows = self.Figure.search([("company_id", "=", self.company.id)])
        opened = {
            row.kind: (action["res_model"], action["res_id"])
            for row in rows
            if (action := row.action_open_document())
        }
        self.assertEqual(
            opened,
            {
                "contact": ("credit.contact", entry.id),
                "payment": ("account.move", payment.move_id.id),
            },
        )

    def test_readers_of_the_figures(self):
        """Accounting, credit team and auditors; no salesperson, no other company."""
        self._contact()
        self.env.flush_all()
        domain = [("company_id", "=", self.company.id)]
        for user in (self.accountant, self.analyst, self._user("auditor")):
            with self.subTest(user.login):
                self.assertTrue(self.Figure.with_user(user).search(domain))
        with self.assertRaises(AccessError):
            self.Figure.with_user(self._user("sales")).search(domain)
        other = self.env["res.company"].create({"name": "Other"})
        self.accountant.write({"company_ids": [(6, 0, other.ids)], "company_id": other})
        self.assertFalse(self.Figure.with_user(self.accountant).search([]))
