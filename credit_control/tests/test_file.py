"""One credit file per customer and company."""

from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import ConcurrencyError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CreditCommon


@tagged("post_install", "-at_install")
class TestFile(CreditCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.File = cls.env["credit.file"]
        cls.contact = cls.env["res.partner"].create(
            {"name": "Ann", "parent_id": cls.customer.id}
        )

    def test_file_of_contact_is_that_of_customer(self):
        """Whoever buys for a customer uses the customer's credit."""
        file = self.File._ensure(self.contact, self.company)
        self.assertEqual(file.partner_id, self.customer)
        self.assertEqual(self.File._ensure(self.customer, self.company), file)

    def test_file_of_branch_is_that_of_root(self):
        """Branches share the files of their root."""
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        file = self.File._ensure(self.customer, branch)
        self.assertEqual(file.company_id, self.company)
        by_hand = self.File.create(
            {"partner_id": self._customer("Other").id, "company_id": branch.id}
        )
        self.assertEqual(by_hand.company_id, self.company)

    def test_file_on_contact_refused(self):
        """Credit is given to the customer, not to his contact."""
        with self.assertRaisesRegex(
            ValidationError, "Ann is a contact of Bright Tools.*Customer"
        ):
            self.File.create({"partner_id": self.contact.id})

    def test_file_of_other_companys_customer_refused(self):
        """A customer who belongs to one company gets no file in another."""
        other = self.env["res.company"].create({"name": "Elsewhere"})
        partner = self._customer("Theirs", company_id=other.id)
        with self.assertRaisesRegex(ValidationError, "Theirs.*Elsewhere.*Company"):
            self.File.create({"partner_id": partner.id, "company_id": self.company.id})

    def test_second_file_refused(self):
        """Two files of one customer would be two limits."""
        self._file()
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.File.create({"partner_id": self.customer.id})

    def test_file_made_by_two_at_once(self):
        """Who comes second tries again and finds the file; nobody sees an error."""
        self._file()
        with (
            patch.object(type(self.File), "_for_customers", return_value={}),
            self.assertRaises(ConcurrencyError),
        ):
            self.File._ensure(self.customer, self.company)
        self.assertEqual(len(self.customer.credit_file_ids), 1)

    def test_grade_and_group_in_use_stay(self):
        """Deleting a grade or group must not change anybody's limit."""
        grade = self.env["credit.grade"].create({"code": "X", "name": "Test"})
        group = self.env["credit.group"].create({"name": "Holding"})
        self._file(grade_id=grade.id, group_id=group.id)
        for record in (grade, group):
            with (
                self.subTest(record._name),
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                record.unlink()

    def test_one_file_in_each_company(self):
        """Another company decides for itself."""
        other = self.env["res.company"].create({"name": "Elsewhere"})
        ours, theirs = self._file(100), self.File._ensure(self.customer, other)
        self.assertNotEqual(ours, theirs)
        self.assertEqual(theirs.limit_mode, "inherit")
        keys = [(self.customer.id, self.company.id), (self.customer.id, other.id)]
        self.assertEqual(
            self.File._for_customers(keys), dict(zip(keys, (ours, theirs), strict=True))
        )

    def test_file_stays_with_its_customer(self):
        """The history of one customer never becomes another's."""
        file = self._file(100)
        with self.assertRaisesRegex(ValidationError, "stays with its customer"):
            file.partner_id = self._customer("Other")

    def test_file_with_history_is_closed_not_deleted(self):
        """What was decided stays readable."""
        self._file().unlink()
        with self.assertRaisesRegex(UserError, "Closed"):
            self._file(100).unlink()

    def test_search_by_name_tax_id_phone_and_code(self):
        """R06: whatever the caller knows of the customer finds the file."""
        self.customer.write({"vat": "X-4711", "ref": "K99", "phone": "+49 30 1234"})
        file = self._file()
        self._file(partner=self._customer("Other"))
        for text in ("bright", "4711", "K99", "30 1234"):
            with self.subTest(text):
                self.assertEqual(
                    self.File.name_search(text), [(file.id, "Bright Tools")]
                )

    def test_company_is_inactive_until_something_is_set(self):
        """Hot paths of an unconfigured company stop without a query."""
        self.File.search([]).sudo().unlink()
        self.File._reset_credit_active()
        self.assertFalse(self.File._credit_company_active(self.company))
        with self.assertQueryCount(0):
            self.File._credit_company_active(self.company)
        self._file()
        self.assertTrue(self.File._credit_company_active(self.company))
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.assertFalse(self.File._credit_company_active(other))
        other.credit_limit_mode = "none"
        self.assertTrue(self.File._credit_company_active(other))

    def test_company_is_active_for_a_rule_made_for_somebody(self):
        """A rule for one customer is a wish to check him; shipped rules are not."""
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.assertFalse(self.File._credit_company_active(other))
        rule = self.env["credit.rule"].create(
            {
                "rule_type": "order_amount",
                "scope": "customer",
                "partner_id": self.customer.id,
                "threshold": 10,
                "company_id": other.id,
            }
        )
        self.assertTrue(self.File._credit_company_active(other))
        rule.active = False
        self.assertFalse(self.File._credit_company_active(other))

    def test_bad_settings_refused(self):
        """Settings that make no sense are refused by their own text."""
        for values in (
            {"credit_default_limit": -1},
            {"credit_overdue_grace_days": -1},
            {"credit_watch_pct": 101},
        ):
            with (
                self.subTest(values),
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self.company.write(values)
                self.company.flush_recordset()
