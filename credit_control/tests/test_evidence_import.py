import base64
import io

import openpyxl

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .evidence_common import EvidenceCommon

STATEMENTS = """Tax ID;Customer Code;Customer;Period End;Revenue;Net Worth;Currency
DE136695976;;;2025-12-31;1,200.50;(300);
;c 02;;31.12.2025;5000;800;EUR
;;Sole Name;2025-12-31;10;1;
"""


@tagged("post_install", "-at_install")
class TestEvidenceImport(EvidenceCommon):
    """Tables from people: all or nothing, nobody guessed, every error with its row."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls._customer("Second", ref="C-02")
        cls.sole = cls._customer("Sole Name")

    def _wizard(self, text=None, data=None, kind="statement", user=None, **values):
        Wizard = self.env["credit.evidence.import"].with_user(user or self._analyst())
        return Wizard.create(
            {
                "kind": kind,
                "pasted": text,
                "data": data and base64.b64encode(data),
                "agency_id": self.agency.id if kind == "rating" else False,
                "company_id": self.company.id,
            }
            | values
        )

    def _analyst(self):
        found = self.env["res.users"].search([("login", "=", "evidence_analyst")])
        return found or self._user("analyst")

    def _checked(self, *args, **kwargs):
        wizard = self._wizard(*args, **kwargs)
        wizard.action_read()
        wizard.action_check()
        return wizard

    def _states(self, wizard):
        return wizard.row_ids.sorted("number").mapped("state")

    def test_statements_are_imported(self):
        """By tax id, customer code and exact name; the currency of each row."""
        eur = self.env.ref("base.EUR")
        eur.active = True
        wizard = self._checked(STATEMENTS)
        self.assertEqual(self._states(wizard), ["ready"] * 3)
        action = wizard.action_import()
        made = self.env["credit.financial.statement"].search(action["domain"])
        by_name = {statement.partner_id.name: statement for statement in made}
        first, second = by_name["Bright Tools"], by_name["Second"]
        self.assertEqual((first.revenue, first.net_worth), (1200.5, -300))
        self.assertIsNone(first.profit)
        self.assertEqual(first.currency_id, self.currency)
        self.assertEqual((second.currency_id, second.revenue), (eur, 5000))
        self.assertEqual(first.create_uid, self._analyst())
        # a customer without a file got one
        self.assertEqual(by_name["Sole Name"].file_id.partner_id, self.sole)

    def test_second_import_changes_nothing(self):
        self.env.ref("base.EUR").active = True
        self._checked(STATEMENTS).action_import()
        count = self.env["credit.financial.statement"].search_count([])
        wizard = self._checked(STATEMENTS)
        self.assertEqual(self._states(wizard), ["known"] * 3)
        wizard.action_import()
        self.assertEqual(self.env["credit.financial.statement"].search_count([]), count)

    def test_errors_name_row_and_column_and_nothing_is_imported(self):
        """Blank lines count: row numbers are those of the file."""
        wizard = self._checked(
            "Tax ID\tPeriod End\tRevenue\tCurrency\n"
            "DE136695976\t2025-12-31\t12.000,5\tXXX\n"
            "\n"
            "DE136695976\t03/04/2025\t7\t\n"
            "DE136695976\t2024-12-31\t7\t\n"
        )
        rows = wizard.row_ids
        self.assertEqual(rows.mapped("number"), [2, 4, 5])
        self.assertEqual(self._states(wizard), ["error", "error", "ready"])
        self.assertIn("Revenue: 12.000,5 is no number", rows[0].said)
        self.assertIn("XXX is no active currency", rows[0].said)
        self.assertIn("03/04/2025 is no date, or could be two", rows[1].said)
        with self.assertRaisesRegex(UserError, "Rows 2, 4 wait.*Nothing was imported"):
            wizard.action_import()
        self.assertFalse(self.file.statement_ids)
        wizard.action_leave_out()
        wizard.action_import()
        self.assertEqual(self.file.statement_ids.mapped("revenue"), [7])

    def test_decimal_sign_and_order_of_days_are_chosen(self):
        wizard = self._checked(
            "Tax ID\tPeriod End\tRevenue\nDE136695976\t03/04/2025\t12.000,5\n",
            decimal=",",
            day_order="day",
        )
        wizard.action_import()
        statement = self.file.statement_ids
        self.assertEqual(
            (statement.revenue, str(statement.period_end)), (12000.5, "2025-04-03")
        )

    def test_doubtful_rows_wait_for_a_choice(self):
        """Two of one name, unknown numbers, numbers of different customers."""
        twins = self._customer("Twin") + self._customer("twin")
        wizard = self._checked(
            "Tax ID\tCustomer Code\tCustomer\tPeriod End\tRevenue\n"
            "\t\tTWIN\t2025-12-31\t1\n"
            "DE999\t\tSole Name\t2025-12-31\t2\n"
            "DE136695976\tC-02\t\t2025-12-31\t3\n"
            "\t\tNobody\t2025-12-31\t4\n"
        )
        rows = wizard.row_ids
        self.assertEqual(self._states(wizard), ["choose"] * 4)
        self.assertEqual(rows[0].candidate_ids, twins)
        self.assertEqual(rows[1].candidate_ids, self.sole)
        self.assertEqual(rows[2].candidate_ids, self.customer + self.second)
        self.assertIn("belong to different customers", rows[2].said)
        self.assertIn("No customer has these numbers", rows[3].said)
        with self.assertRaisesRegex(UserError, "Rows 2, 3, 4, 5 wait"):
            wizard.action_import()
        rows[0].partner_id = twins[1]
        rows[1].partner_id = self.sole
        (rows[2] + rows[3]).leave_out = True
        self.assertEqual(self._states(wizard), ["ready", "ready", "out", "out"])
        wizard.action_import()
        made = self.env["credit.financial.statement"].search([])
        self.assertEqual(set(made.mapped("partner_id.name")), {"twin", "Sole Name"})

    def test_contact_stands_for_his_company(self):
        """The tax id is on the company; a person of the same name is not it."""
        self.env["res.partner"].create(
            {"name": "Sole Name", "parent_id": self.customer.id}
        )
        wizard = self._checked("Customer\tPeriod End\nSole Name\t2025-12-31\n")
        self.assertEqual(wizard.row_ids.partner_id, self.sole)

    def test_other_values_replace_only_with_reason_and_right(self):
        old = self._statement(currency_id=self.currency.id)
        text = "Tax ID\tPeriod End\tRevenue\nDE136695976\t2025-12-31\t2500\n"
        wizard = self._checked(text)
        self.assertEqual(self._states(wizard), ["differs"])
        with self.assertRaisesRegex(UserError, "Rows 2 differ"):
            wizard.action_import()
        wizard.replace_reason = "Corrected accounts"
        with self.assertRaisesRegex(AccessError, "only a credit approver"):
            wizard.action_import()
        wizard = self._checked(text, user=self._user("approver"))
        wizard.replace_reason = "Corrected accounts"
        wizard.action_import()
        new = self.file.statement_ids
        self.assertEqual((new.corrects_id, new.revenue), (old, 2500))

    def test_same_customer_and_day_in_two_rows(self):
        wizard = self._checked(
            "Tax ID\tPeriod End\nDE136695976\t2025-12-31\nDE 13 66 95976\t2025-12-31\n"
        )
        self.assertEqual(self._states(wizard), ["ready", "error"])
        self.assertIn("is in another row", wizard.row_ids[1].said)

    def test_implausible_rows_say_so_before_they_come(self):
        wizard = self._checked(
            "Tax ID\tPeriod End\tTotal Assets\tTotal Liabilities\tNet Worth\n"
            "DE136695976\t2025-12-31\t100\t50\t20\n"
        )
        self.assertIn("does not balance", wizard.row_ids.said)

    def test_mapping_is_guessed_and_changeable(self):
        """Chinese titles too; a column nobody knows is ignored until it is chosen."""
        text = (
            "统一社会信用代码,客户名称,报告期,营业收入,净资产（元）,备用\n"
            ",Sole Name,2025年12月31日,9,5,7\n"
        )
        wizard = self._wizard(text)
        wizard.action_read()
        fields_ = wizard.column_ids.mapped("statement_field")
        self.assertEqual(
            fields_, ["tax_id", "name", "period_end", "revenue", "net_worth", False]
        )
        self.assertEqual(wizard.column_ids[5].sample, "7")
        wizard.column_ids[5].statement_field = "profit"
        wizard.action_check()
        wizard.action_import()
        made = self.env["credit.financial.statement"].search([])
        self.assertEqual((made.revenue, made.net_worth, made.profit), (9, 5, 7))

    def test_mapping_that_cannot_work_is_refused(self):
        wizard = self._wizard("A\tB\n1\t2\n")
        wizard.action_read()
        with self.assertRaisesRegex(UserError, "which column is Period End"):
            wizard.action_check()
        wizard.column_ids[0].statement_field = "period_end"
        with self.assertRaisesRegex(UserError, "names the customer"):
            wizard.action_check()
        wizard.column_ids[1].statement_field = "period_end"
        with self.assertRaisesRegex(UserError, "Two columns are Period End"):
            wizard.action_check()

    def test_files_that_are_no_tables_are_refused(self):
        for data, said in (
            (b"PK\x03\x04 broken", "cannot be read"),
            (b"\xd0\xcf\x11\xe0 old", "old Excel file"),
            (b"Only titles\n", "no rows"),
            (None, "Choose a file"),
        ):
            with self.subTest(said), self.assertRaisesRegex(UserError, said):
                self._wizard(data=data).action_read()

    def test_template_is_filled_in_and_imported(self):
        """Titles in the user's language, read back; formulas stay texts."""
        wizard = self._wizard()
        book = openpyxl.load_workbook(io.BytesIO(base64.b64decode(wizard.template)))
        sheet = book.worksheets[0]
        titles = [cell.value for cell in sheet[1]]
        self.assertEqual(
            titles[:4], ["Tax ID", "Customer Code", "Customer", "Period End"]
        )
        row = dict.fromkeys(titles, None)
        row |= {"Customer Code": "C-02", "Period End": "2025-12-31", "Revenue": 12.5}
        row |= {"Source": "'=1+1", "Audited": "yes"}
        sheet.append([row[title] for title in titles])
        stream = io.BytesIO()
        book.save(stream)
        wizard = self._checked(data=stream.getvalue())
        wizard.action_import()
        made = self.env["credit.financial.statement"].search([])
        self.assertEqual(
            (made.partner_id, made.revenue, made.is_audited), (self.second, 12.5, True)
        )
        self.assertIn("/template/", wizard.action_template()["url"])

    # -- ratings ---------------------------------------------------------------------
    def test_ratings_by_agency_number_or_tax_id(self):
        """Never by name; a number that a person assigns is known the next time."""
        text = (
            "Crefonummer;Tax ID;Customer;Bonitätsindex;Date;Höchstkredit;Währung\n"
            ";DE136695976;;233;2026-05-01;5000;\n"
            "4711;;Second;310;2026-05-01;;\n"
        )
        wizard = self._checked(text, kind="rating")
        self.assertEqual(self._states(wizard), ["ready", "choose"])
        self.assertEqual(wizard.row_ids[1].candidate_ids, self.second)
        wizard.row_ids[1].partner_id = self.second
        wizard.action_import()
        rating = self.file.credit_rating_ids
        self.assertEqual((rating.value, rating.recommended_limit), ("233", 5000))
        other = self.env["credit.rating"].search([]) - rating
        self.assertEqual(
            (other.partner_id, other.recommended_limit), (self.second, None)
        )
        again = self._checked(
            text.replace("310", "320").replace("05-01", "06-01"), kind="rating"
        )
        self.assertEqual(self._states(again), ["ready", "ready"])
        again.action_import()
        self.assertEqual(
            self._states(self._checked(text, kind="rating")), ["known", "known"]
        )

    def test_rating_off_the_scale_is_an_error(self):
        wizard = self._checked(
            "Tax ID\tRating\tRated On\nDE136695976\t99\t2026-05-01\n", kind="rating"
        )
        self.assertIn("99 is not on the agency's scale", wizard.row_ids.said)
        self.assertEqual(self._states(wizard), ["error"])

    # -- rights and cost --------------------------------------------------------------
    def test_only_analysts_import(self):
        for role in ("sales_all", "invoicing", "auditor"):
            with self.subTest(role):
                user = self._user(role)
                self.assertDenied(self._wizard, STATEMENTS, user=user)

    def test_customers_of_other_companies_are_not_found(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.sole.company_id = other
        wizard = self._checked("Customer\tPeriod End\nSole Name\t2025-12-31\n")
        self.assertEqual(self._states(wizard), ["choose"])
        self.assertFalse(wizard.row_ids.candidate_ids)

    def test_matching_costs_the_same_for_1_and_50_rows(self):
        for number in range(50):
            self._file(self._customer(f"Many {number}", ref=f"M{number}"))

        def match(count):
            from ..models.credit_evidence_matcher import Who

            rows = [Who(code=f"m{n}", tax_id="DE1") for n in range(count)]
            Matcher = self.env["credit.evidence.matcher"]
            found = Matcher._match(rows, self.company, self.agency)
            self.assertTrue(all(hit.partner_id for hit in found))
            Statement = self.env["credit.financial.statement"]
            files = self.env["credit.file"]._for_customers(
                [(hit.partner_id, self.company.id) for hit in found]
            )
            Statement._plan(
                [
                    {"file_id": file.id, "period_end": "2025-12-31"}
                    for file in files.values()
                ]
            )

        one = self._count_queries(lambda: match(1))
        self.assertEqual(self._count_queries(lambda: match(50)), one)
