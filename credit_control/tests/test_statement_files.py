"""Statements as files: letters, workbooks, the wizard, and who may have them."""

import base64
import io
from datetime import timedelta

from openpyxl import load_workbook

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import TODAY
from .test_statement import StatementCommon


class LetterCommon(StatementCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls._user("invoicing")

    def _html(self, partners=None, user=None, **options):
        """The letters' HTML as the browser asks for it."""
        data = {"partner_ids": (partners or self.customer).ids} | options
        report = self.env["ir.actions.report"].with_user(user or self.clerk)
        html, _type = report._render_qweb_html(
            "credit_control.report_statement", None, data=data
        )
        return html.decode()

    def _book(self, partners=None, user=None, **options):
        """``{sheet: [row]}`` of the workbook, read back."""
        service = self.env["credit.statement"].with_user(user or self.clerk)
        content = service._get_xlsx(partners or self.customer, self.company, **options)
        book = load_workbook(io.BytesIO(content))
        return {
            sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()]
            for sheet in book
        }


@tagged("post_install", "-at_install")
class TestStatementLetter(LetterCommon):
    def test_letter_names_documents_and_balance(self):
        """Items, ageing, balance and the invoice contact's address."""
        self.env["res.partner"].create(
            {
                "name": "Ann Payer",
                "type": "invoice",
                "street": "12 Mill Lane",
                "parent_id": self.customer.id,
            }
        )
        invoice = self._overdue_invoice(1234.5, 40, ref="PO 77")
        html = self._html()
        for text in (
            invoice.name,
            "PO 77",
            "1,234.50",
            "31–60 Days",
            "Ann Payer",
            "12 Mill Lane",
            "Statement of Account",
        ):
            self.assertIn(text, html)

    def test_letter_speaks_the_customers_language(self):
        """A Chinese customer reads Chinese, whoever prints."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"].search(
            [("name", "=", "credit_control")]
        )._update_translations("zh_CN")
        other = self._customer("English Ltd", lang="en_US")
        self.customer.lang = "zh_CN"
        self._overdue_invoice(100.0, 40)
        self._invoice(50.0, partner=other)
        html = self._html(self.customer + other)
        for text in ("对账单", "逾期天数", "发票", "31–60 天", "Days Past Due"):
            self.assertIn(text, html)

    def test_letter_without_items_says_so(self):
        self.assertIn("nothing open on your account", self._html())

    def test_letter_of_movements(self):
        """Opening and closing balance, charged and paid."""
        self._pay_on(self._overdue_invoice(300.0, 40), -3, amount=120.0)
        html = self._html(
            kind="movements", date_from=str(TODAY.replace(day=1)), date_to=str(TODAY)
        )
        for text in (
            "Opening Balance",
            "300.00",
            "120.00",
            "Closing Balance",
            "180.00",
        ):
            self.assertIn(text, html)

    def test_letter_never_shows_credit_decisions(self):
        """No limit, grade or state of the file goes to the customer."""
        self._file(98765.0, grade_id=self.env.ref("credit_control.credit_grade_e").id)
        self._overdue_invoice(100.0, 40)
        html = self._html()
        for text in ("98765", "98,765", "Poor", "Limit"):
            self.assertNotIn(text, html)

    def test_letters_are_for_readers_of_the_ledger(self):
        """Salespeople and portal users are refused, also with a hand-made URL."""
        self._overdue_invoice(100.0, 40)
        portal = new_test_user(
            self.env,
            login="portal_other",
            groups="base.group_portal",
            partner_id=self.env["res.partner"]
            .create({"name": "Buyer", "parent_id": self.customer.id})
            .id,
        )
        for user in (self._user("sales_all"), portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._html(user=user)
        self._html(user=self._user("auditor"))

    def test_letter_refuses_what_is_no_statement(self):
        """Tampered options are named, not guessed."""
        for options in ({"kind": "limits"}, {"date_to": "soon"}, {"company_id": "x"}):
            with (
                self.subTest(options=options),
                self.assertRaisesRegex(UserError, "Which statement"),
            ):
                self._html(**options)

    def test_other_company_is_refused(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        with self.assertRaisesRegex(AccessError, "none of your companies"):
            self._html(company_id=elsewhere.id)


@tagged("post_install", "-at_install")
class TestStatementWorkbook(LetterCommon):
    def test_items_and_balances_read_back(self):
        """Dates are dates, amounts are numbers, sums agree."""
        invoice = self._overdue_invoice(300.0, 40, ref="PO 77")
        self._unapplied_payment(50.0)
        book = self._book()
        head, first, second = book["Items"]
        row = dict(zip(head, first, strict=True))
        self.assertEqual(row["Document"], invoice.name)
        self.assertEqual(row["Your Reference"], "PO 77")
        self.assertEqual(row["Due Date"].date(), TODAY - timedelta(days=40))
        self.assertEqual(row["Days Past Due"], 40)
        self.assertEqual(row["Open Amount"], 300)
        self.assertEqual(dict(zip(head, second, strict=True))["Balance"], 250)
        head, row = book["Balances"]
        row = dict(zip(head, row, strict=True))
        self.assertEqual(row["Balance"], 250)
        self.assertEqual(row["31–60 Days"], 300)
        self.assertEqual(row["Credits"], -50)

    def test_movements_read_back(self):
        self._pay_on(self._overdue_invoice(300.0, 40), -3, amount=120.0)
        book = self._book(kind="movements", date_from=TODAY.replace(day=1))
        amounts = [(row[3], row[-2], row[-1]) for row in book["Items"][1:]]
        self.assertEqual(
            amounts, [("Opening Balance", None, 300), ("Payment", -120, 180)]
        )
        self.assertEqual(book["Balances"][1][-2:], [300, 180])

    def test_text_is_never_a_formula(self):
        """What a customer typed stays text, whatever it begins with."""
        evil = ['=HYPERLINK("http://x","y")', "+1+1", "-2", "@SUM(1)", "{=1}"]
        self.customer.name = evil[0]
        for text in evil:
            self._invoice(10.0, ref=text)
        service = self.env["credit.statement"].with_user(self.clerk)
        content = service._get_xlsx(self.customer, self.company)
        sheet = load_workbook(io.BytesIO(content))["Items"]
        rows = list(sheet.iter_rows(min_row=2))
        self.assertEqual(sorted(row[5].value for row in rows), sorted(evil))
        kinds = {cell.data_type for row in rows for cell in (row[0], row[5])}
        self.assertEqual(kinds, {"s"})
        self.assertFalse(any(cell.hyperlink for row in rows for cell in row))


@tagged("post_install", "-at_install")
class TestStatementWizard(LetterCommon):
    def _wizard(self, records=None, user=None, **values):
        records = records or self.customer
        return (
            self.env["credit.statement.wizard"]
            .with_user(user or self.clerk)
            .with_context(active_model=records._name, active_ids=records.ids)
            .create(values)
        )

    def test_wizard_takes_customers_of_what_is_selected(self):
        """Contacts stand for their customer; files and invoices for theirs."""
        contact = self.env["res.partner"].create(
            {"name": "Ann", "parent_id": self.customer.id}
        )
        for records in (contact, self._file(), self._invoice(10.0)):
            with self.subTest(model=records._name):
                wizard = self._wizard(records, user=self._user_of(records))
                self.assertEqual(wizard.partner_ids, self.customer)

    def _user_of(self, records):
        return self.env.user if records._name == "credit.file" else self.clerk

    def test_print_hands_on_what_was_chosen(self):
        self._overdue_invoice(300.0, 40)
        wizard = self._wizard(kind="movements", date_from="2026-05-01")
        action = wizard.action_print()
        self.assertEqual(action["type"], "ir.actions.report")
        self.assertIn("05/01/2026", self._html(**action["data"]))

    def test_workbook_is_downloaded(self):
        self._overdue_invoice(300.0, 40)
        wizard = self._wizard()
        action = wizard.action_xlsx()
        self.assertIn(f"/{wizard.id}/xlsx_file/", action["url"])
        content = base64.b64decode(wizard.xlsx_file)
        self.assertEqual(load_workbook(io.BytesIO(content))["Items"].max_row, 2)

    def test_period_has_an_order(self):
        with self.assertRaisesRegex(ValidationError, "ends before it begins"):
            self._wizard(kind="movements", date_from="2026-07-01")

    def test_wizard_is_no_way_round_the_rights(self):
        """A user with the wizard's rights and a foreign customer is refused."""
        hidden = self._customer("Hidden")
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        hidden.company_id = elsewhere
        wizard = self._wizard()
        wizard.sudo().partner_ids = [Command.set(hidden.ids)]
        self.env.flush_all()
        self.env.invalidate_all()
        # whom he may not read is not even among the customers of his wizard
        data = wizard.action_print()["data"]
        self.assertNotIn(hidden.id, data["partner_ids"])
        with self.assertRaises(AccessError):
            self._html(hidden)
        service = self.env["credit.statement"].with_user(self.clerk)
        with self.assertRaises(AccessError):
            service._get_xlsx(hidden, self.company)
        with self.assertRaises(AccessError):
            self._wizard(user=self._user("sales_all"))
