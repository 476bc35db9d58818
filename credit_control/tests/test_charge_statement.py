"""Interest and fees on statements: apart from the books, and only where wanted."""

from datetime import timedelta

from odoo.tests import Form, tagged

from .charge_common import TODAY, ChargeCommon
from .test_statement_files import LetterCommon


@tagged("post_install", "-at_install")
class TestChargeStatement(ChargeCommon, LetterCommon):
    SHEET = "Not Invoiced Yet"

    def test_statement_shows_what_is_owed_beside_the_books(self):
        """Interest with its days, fees that were sent; the balance of the books does
        not know them; what is invoiced is not shown again."""
        notice = self._sent()
        html = self._html()
        for text in (
            "not invoiced yet",
            "30 days at 7.3 %",
            "6.00",
            "7.00",
            "1,013.00",
        ):
            self.assertIn(text, html)
        [letter] = self.env["credit.statement"]._get_letters(
            self.customer, self.company
        )
        self.assertEqual(letter.blocks[0].statement.closing, 1000.0)
        [charges] = letter.charges
        self.assertEqual((charges.total, charges.balance), (13.0, 1013.0))
        self._charged(notice)
        self.assertNotIn("not invoiced yet", self._html())

    def test_workbook_has_a_sheet_of_its_own(self):
        self._sent()
        invoice = self.customer.invoice_ids[:1].name
        book = self._book(charges=True)
        rows = book[self.SHEET]
        self.assertEqual(
            rows[0][3:], ["Kind", "Document", "From", "To", "Measured", "Amount"]
        )
        kinds = [(row[3], row[4], row[7], row[8]) for row in rows[1:]]
        self.assertEqual(
            kinds,
            [
                ("Interest", invoice, "30 days at 7.3 %", 6),
                ("Reminder fee", "Level 1", None, 7),
            ],
        )
        self.assertEqual(book["Balances"][1][5], 1000)
        self.assertNotIn(self.SHEET, self._book(charges=False))

    def test_shown_only_where_wanted(self):
        """By default when a rate is in force and a strategy asks for it; always or
        never as the company says; of a past day never."""
        self._sent()
        shows = self.company._shows_charges
        self.assertTrue(shows())
        self.rate.date_to = TODAY - timedelta(days=1)
        self.assertFalse(shows())
        self.rate.date_to = False
        self.policy.level_ids.with_interest = False
        self.assertFalse(shows())
        self.policy.level_ids.with_interest = True
        yesterday = TODAY - timedelta(days=1)
        self.assertNotIn("not invoiced yet", self._html(date_to=str(yesterday)))
        self.company.credit_statement_charges = "no"
        self.assertNotIn("not invoiced yet", self._html())
        self.assertIn("not invoiced yet", self._html(charges="1"))
        self.company.credit_statement_charges = "yes"
        self.assertIn("not invoiced yet", self._html())
        self.assertNotIn("not invoiced yet", self._html(charges=False))

    def test_customer_of_a_strategy_without_interest(self):
        """His statement shows none, though others pay interest."""
        other = self._customer("Other")
        plain = self._policy([{"delay_days": 5}])
        self._file(partner=other, dunning_policy_id=plain.id)
        self._overdue_invoice(1000, days=30, partner=other)
        self.assertNotIn("not invoiced yet", self._html(other))

    def test_wizard_asks(self):
        """Ticked as the company shows them; what is chosen goes into letter, workbook
        and mail."""
        self._sent()
        Wizard = self.env["credit.statement.wizard"].with_user(self.clerk)
        Wizard = Wizard.with_context(
            active_model="res.partner", active_ids=self.customer.ids
        )
        wizard = Form(Wizard).save()
        self.assertTrue(wizard.with_charges)
        self.assertTrue(wizard.action_print()["data"]["charges"])
        wizard.with_charges = False
        self.assertFalse(wizard.action_print()["data"]["charges"])
        sending = self.env["credit.statement.sending"]._create_by_hand(
            self.customer, self.company, **wizard._get_options()
        )
        self.assertFalse(sending.with_charges)

    def test_portal_only_when_the_company_says_so(self):
        """The customer sees online what the books say, unless the option is set."""
        self._sent()
        contact = self._customer("Ann", parent_id=self.customer.id, is_company=False)
        service = self.env["credit.statement"]
        [account] = service._get_portal_accounts(contact)
        self.assertFalse(account.letter.charges)
        self.company.credit_portal_charges = True
        [account] = service._get_portal_accounts(contact)
        self.assertEqual(account.letter.charges[0].total, 13.0)

    def test_currencies_apart_and_queries_constant(self):
        """One table per currency; 1 and 20 customers ask the same queries."""
        self._overdue_invoice(1000, days=30, currency_id=self.other_currency.id)
        partners = self.customer
        for number in range(19):
            partners += self._customer(f"C{number}")
        for partner in partners:
            self._overdue_invoice(1000, days=30, partner=partner)
        owed = self.service._get_accrued(self.company, partners.ids)
        self.assertEqual(len(owed), 21)
        self.assertEqual({sum(d.amount for d in dues) for dues in owed.values()}, {6.0})
        counts = {
            self._count_queries(
                lambda ids=ids: self.service._get_accrued(self.company, ids)
            )
            for ids in (partners[:1].ids, partners.ids)
        }
        self.assertEqual(len(counts), 1, counts)
