"""Statements of account against an independent computation, and their edges."""

import random
from collections import defaultdict
from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import TODAY
from .exposure_common import ExposureCommon


class StatementCommon(ExposureCommon):
    """ExposureCommon with statements read as ``{currency name: Statement}``."""

    def _statements(self, kind="open", partner=None, to=None, since=None, env=None):
        partner = partner or self.customer
        key = (partner.commercial_partner_id.id, self.company.id)
        found = (env or self.env)["credit.statement"]._get_statements(
            [key], kind, date_to=to, date_from=since
        )
        return {block.currency.name: block.statement for block in found[key]}

    def _statement(self, kind="open", **options):
        """The only block, in the company's currency."""
        found = self._statements(kind, **options)
        self.assertEqual(list(found), [self.currency.name])
        return found[self.currency.name]

    def _pay_on(self, invoices, days, amount=None, **values):
        """A payment dated ``days`` from TODAY."""
        values = {"payment_date": TODAY + timedelta(days=days)} | values
        if amount is not None:
            values["amount"] = amount
        return (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoices.ids)
            .create(values)
            ._create_payments()
        )


@tagged("post_install", "-at_install")
class TestStatement(StatementCommon):
    def test_open_items_by_due_date_with_balance_and_ageing(self):
        """Oldest due first; the balance runs; buckets and credits add up."""
        late = self._overdue_invoice(300.0, 40)
        soon = self._invoice(200.0, due_in=10)
        first = self._overdue_invoice(100.0, 5)
        self._unapplied_payment(50.0)
        statement = self._statement()
        self.assertEqual(
            [(row.name, row.days, row.amount, row.balance) for row in statement.rows],
            [
                (late.name, 40, 300.0, 300.0),
                (first.name, 5, 100.0, 400.0),
                (statement.rows[2].name, 0, -50.0, 350.0),
                (soon.name, 0, 200.0, 550.0),
            ],
        )
        self.assertEqual(statement.closing, 550.0)
        self.assertEqual(statement.overdue, 400.0)
        self.assertEqual(
            statement.ageing,
            {
                "not_due": 200.0,
                "days_30": 100.0,
                "days_60": 300.0,
                "days_90": 0.0,
                "older": 0.0,
                "credits": -50.0,
            },
        )

    def test_past_day_shows_what_was_open_then(self):
        """A payment dated later is undone; the invoice is open in full before."""
        invoice = self._overdue_invoice(300.0, 40)
        self._pay_on(invoice, -10, amount=100.0)
        self._pay_on(invoice, -2)
        day = TODAY - timedelta(days=11)
        self.assertEqual(self._statement(to=day).closing, 300.0)
        self.assertEqual(self._statement(to=day).rows[0].days, 29)
        day = TODAY - timedelta(days=10)
        self.assertEqual(self._statement(to=day).closing, 200.0)
        self.assertEqual(self._statements(), {})

    def test_matching_counts_from_the_later_document(self):
        """A credit note of today on an old invoice leaves yesterday as it was."""
        invoice = self._overdue_invoice(300.0, 40)
        self._refund(invoice)
        yesterday = TODAY - timedelta(days=1)
        self.assertEqual(self._statement(to=yesterday).closing, 300.0)
        self.assertEqual(self._statements(), {})

    def test_movements_of_a_period(self):
        """Opening, documents by date, closing."""
        old = self._overdue_invoice(300.0, 40)
        invoice = self._invoice(200.0, due_in=10)
        self._pay_on(old, -3)
        since = TODAY.replace(day=1)
        statement = self._statement("movements", since=since)
        self.assertEqual(statement.opening, 300.0)
        self.assertEqual(statement.closing, 200.0)
        self.assertEqual(
            [(row.kind, row.amount, row.balance) for row in statement.rows],
            [("payment", -300.0, 0.0), ("invoice", 200.0, 200.0)],
        )
        self.assertEqual(statement.rows[1].name, invoice.name)

    def test_instalments_are_items_of_their_own(self):
        """Two due dates of one invoice: two open items, one movement."""
        term = self.env["account.payment.term"].create(
            {
                "name": "Half and half",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50}),
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": 60}
                    ),
                ],
            }
        )
        self._invoice(100.0, invoice_payment_term_id=term.id)
        self.assertEqual([row.amount for row in self._statement().rows], [50.0, 50.0])
        self.assertEqual(len(self._statement("movements").rows), 1)

    def test_each_currency_stands_alone(self):
        """Items in two currencies are two statements; nothing is converted."""
        self._invoice(100.0)
        self._invoice(70.0, currency_id=self.other_currency.id)
        found = self._statements()
        self.assertEqual(
            [(name, block.closing) for name, block in found.items()],
            [(self.currency.name, 100.0), (self.other_currency.name, 70.0)],
        )

    def test_paid_in_another_currency(self):
        """The movements close at what is open, in both currencies."""
        invoice = self._invoice(70.0, due_in=-40, currency_id=self.other_currency.id)
        self._pay_on(invoice, -1, amount=10.0, currency_id=self.currency.id)
        open_now = self._statements()
        moved = self._statements("movements")
        self.assertEqual(open_now[self.other_currency.name].closing, 50.0)
        self.assertEqual(moved[self.other_currency.name].closing, 50.0)
        home = moved[self.currency.name]
        self.assertEqual(home.closing, 0.0)
        self.assertEqual([row.kind for row in home.rows], ["transfer", "payment"])

    def test_contacts_and_branches_are_one_customer(self):
        """The items of every branch, also of entries that name a contact."""
        contact = self.env["res.partner"].create(
            {"name": "Ann", "parent_id": self.customer.id}
        )
        self._invoice(100.0, partner=contact)
        self._entry(contact, 40.0)
        self._entry(self.customer, 7.0, company=self.branch)
        self.assertEqual(self._statement(partner=contact).closing, 147.0)

    def test_drafts_and_other_receivables_do_not_count(self):
        """Draft documents and non-trade accounts are no part of a statement."""
        self._invoice(100.0, post=False)
        loans = self.receivable.copy({"code": "999LOAN", "non_trade": True})
        self._entry(self.customer, 50.0, account=loans)
        self.assertEqual(self._statements(), {})
        self.assertEqual(self._statements("movements"), {})

    def test_internal_text_of_entries_is_not_shown(self):
        """A bookkeeper's note on an entry is not for the customer."""
        entry = self._entry(self.customer, 40.0, post=False)
        entry.ref = "doubtful, ask the lawyer"
        entry.action_post()
        self._invoice(100.0, ref="PO 77")
        references = {row.reference for row in self._statement().rows}
        self.assertEqual(references, {"", "PO 77"})

    def test_same_for_every_viewer(self):
        """A clerk of the company and the superuser read the same."""
        self._overdue_invoice(300.0, 40)
        self._entry(self.customer, 7.0, company=self.branch)
        clerk = self._user("invoicing")
        env = self.env(user=clerk, su=False)
        self.assertEqual(self._statements(env=env), self._statements())

    def test_viewer_needs_the_ledger(self):
        """Salespeople read invoices, yet no statements; strangers none at all."""
        service = self.env["credit.statement"]
        clerk, seller = self._user("invoicing"), self._user("sales_all")
        self._viewer(service, clerk)._check_viewer(self.customer, self.company)
        self._viewer(service, clerk)._check_viewer(self.customer, self.branch)
        with self.assertRaisesRegex(AccessError, "people of Invoicing"):
            self._viewer(service, seller)._check_viewer(self.customer, self.company)
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        with self.assertRaisesRegex(AccessError, "none of your companies"):
            self._viewer(service, clerk)._check_viewer(self.customer, elsewhere)

    def _viewer(self, service, user):
        return service.with_user(user)

    def test_same_queries_for_one_and_for_many(self):
        """Two queries, whatever the number of customers."""
        partners = [self._customer(f"Customer {number}") for number in range(30)]
        for partner in partners:
            self._invoice(10.0, partner=partner)
        service = self.env["credit.statement"]
        for kind in ("open", "movements"):
            for some in (partners[:1], partners):
                keys = [(partner.id, self.company.id) for partner in some]
                count = self._count_queries(
                    lambda keys=keys, kind=kind: service._get_statements(keys, kind),
                    warm=lambda: self.company.currency_id.decimal_places,
                )
                with self.subTest(kind=kind, customers=len(some)):
                    self.assertLessEqual(count, 4)


@tagged("post_install", "-at_install")
class TestStatementProperty(StatementCommon):
    """Random books, every day of them, against plain sums over journal items."""

    def _oracle(self, day):
        """``{currency name: {line id: open amount}}``, walking forward from the
        original amounts by the matchings known on ``day``."""
        result = defaultdict(dict)
        companies = self.company | self.branch
        for line in self.env["account.move.line"].search([]):
            if (
                line.parent_state != "posted"
                or line.date > day
                or line.company_id not in companies
                or line.account_id.account_type != "asset_receivable"
                or line.account_id.non_trade
                or line.partner_id.commercial_partner_id != self.customer
            ):
                continue
            amount = line.amount_currency
            for part in line.matched_credit_ids:
                if max(part.debit_move_id.date, part.credit_move_id.date) <= day:
                    amount -= part.debit_amount_currency
            for part in line.matched_debit_ids:
                if max(part.debit_move_id.date, part.credit_move_id.date) <= day:
                    amount += part.credit_amount_currency
            if not line.currency_id.is_zero(amount):
                currency = line.currency_id
                result[currency.name][line.id] = currency.round(amount)
        return dict(result)

    def _random_books(self, chance):
        """Invoices, credit notes, entries, payments in any currency and order."""
        stranger = self._customer("Stranger")
        for _number in range(12):
            self._invoice(
                round(chance.uniform(-150, 400), 2) or 1.0,
                due_in=-chance.randrange(1, 90),
                partner=chance.choice([self.customer, self.customer, stranger]),
                currency_id=chance.choice([self.currency, self.other_currency]).id,
            )
        mine = self.env["account.move"].search(
            [("partner_id", "=", self.customer.id), ("move_type", "=", "out_invoice")]
        )
        for invoice in mine:
            if invoice.amount_residual and chance.random() < 0.7:
                self._pay_on(
                    invoice,
                    -chance.randrange(60),
                    amount=round(invoice.amount_residual * chance.choice([0.4, 1]), 2),
                    currency_id=chance.choice([self.currency, self.other_currency]).id,
                )
        self._unapplied_payment(20.0)
        self._match_across(stranger)

    def _match_across(self, stranger):
        """An open invoice of the customer with another customer's payment."""
        payment = self._unapplied_payment(15.0, partner=stranger)
        lines = self.env["account.move.line"].search(
            [
                ("account_id", "=", self.receivable.id),
                ("reconciled", "=", False),
                ("parent_state", "=", "posted"),
                ("amount_residual", ">", 0),
                ("partner_id", "=", self.customer.id),
            ],
            limit=1,
        )
        lines += payment.move_id.line_ids.filtered(
            lambda line: line.account_id == self.receivable
        )
        lines.reconcile()

    def test_equals_the_naive_sum_on_every_day(self):
        """Open items of any day; the movements from any day close at their sum."""
        for seed in range(3):
            chance = random.Random(seed)
            self._random_books(chance)
            for days in (100, 61, 45, 30, 17, 8, 1, 0):
                day = TODAY - timedelta(days=days)
                with self.subTest(seed=seed, day=day):
                    self._check_day(chance, day)

    def _check_day(self, chance, day):
        expected = self._oracle(day)
        found = self._statements(to=day)
        self.assertEqual(
            {
                name: {row.id: row.amount for row in statement.rows}
                for name, statement in found.items()
            },
            expected,
        )
        since = day - timedelta(days=chance.randrange(80))
        moved = self._statements("movements", to=day, since=since)
        before = self._oracle(since - timedelta(days=1))
        for name in {*moved, *expected, *before}:
            closing = moved[name].closing if name in moved else 0.0
            opening = moved[name].opening if name in moved else 0.0
            for balance, items in ((closing, expected), (opening, before)):
                total = sum(items.get(name, {}).values())
                self.assertAlmostEqual(balance, total, 2)
