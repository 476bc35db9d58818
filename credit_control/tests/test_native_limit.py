"""Odoo's own limit and trust follow the file, and the other way round."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import CreditCommon


@tagged("post_install", "-at_install")
class TestNativeLimit(CreditCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.foreign = cls.setup_other_currency("CHF", rates=[("2020-01-01", 2.0)])
        cls.branch = cls.env["res.company"].create(
            {"name": "Branch", "parent_id": cls.company.id}
        )
        cls.company.account_use_credit_limit = True

    def _native(self, company=None):
        partner = self.customer.with_company(company or self.company)
        # the host computes the first one without saying what from
        partner.invalidate_recordset(["use_partner_credit_limit"])
        return partner.use_partner_credit_limit, partner.credit_limit

    # -- file -> contact ------------------------------------------------------------
    def test_limit_is_written_through(self):
        """No screen of Odoo ever shows another number, in no branch."""
        file = self._file()
        cases = [
            ({"limit_mode": "amount", "credit_limit": 500}, (True, 500)),
            ({"currency_id": self.foreign.id}, (True, 250)),
            ({"limit_mode": "unlimited"}, (False, 0)),
            ({"limit_mode": "amount", "credit_limit": 300}, (True, 150)),
            ({"limit_mode": "inherit"}, (False, 0)),
        ]
        for values, expected in cases:
            file.write(values | {"limit_reason": "Test"})
            with self.subTest(values):
                self.assertEqual(self._native(), expected)
                self.assertEqual(self._native(self.branch), expected)

    def test_contact_of_customer_shows_the_same(self):
        """Odoo copies the limit to the contacts of a customer."""
        contact = self.env["res.partner"].create(
            {"name": "Ann", "parent_id": self.customer.id}
        )
        self._file(500)
        self.assertEqual(contact.credit_limit, 500)

    def test_new_company_and_branch_start_with_the_default_limit(self):
        """A company made with a default limit, if only by a default value, is checked
        at once, and its branches show the same number."""
        values = {"credit_limit_mode": "amount", "credit_default_limit": 40.0}
        for name, value in values.items():
            self.env["ir.default"].set("res.company", name, value)
        root = self.env["res.company"].create({"name": "Daughter"})
        branch = root.create({"name": "Her branch", "parent_id": root.id})
        self.assertIn(root.id, self.env["credit.file"]._credit_active_company_ids())
        self.assertEqual(self._native(root), (False, 40))
        self.assertEqual(self._native(branch), (False, 40))

    def test_inherited_limit_follows_the_company_default(self):
        """An inherited limit is no copy: it changes with the default."""
        self.company.write({"credit_limit_mode": "amount", "credit_default_limit": 70})
        file = self._file(500)
        file.write({"limit_mode": "inherit", "limit_reason": "Test"})
        self.assertEqual(self._native(), (False, 70))
        self.company.credit_default_limit = 90
        self.assertEqual(self._native(), (False, 90))
        self.company.credit_limit_mode = "inherit"
        self.assertEqual(self._native(), (False, 0))

    def test_default_kept_in_odoo_is_left_alone(self):
        """Where we keep no default, Odoo's own stays what it is."""
        default = self.env["ir.default"]
        default.set("res.partner", "credit_limit", 33, company_id=self.company.id)
        self.company.write({"credit_limit_mode": "unlimited"})
        self.company.write({"credit_limit_mode": "inherit"})
        self.assertEqual(self._native(), (False, 33))

    def test_foreign_limit_follows_the_rate(self):
        """The job writes today's rate through."""
        file = self._file(500, currency_id=self.foreign.id)
        self.assertEqual(self._native(), (True, 250))
        self.foreign.rate_ids.rate = 5.0
        file._cron_roll_limits()
        self.assertEqual(self._native(), (True, 100))

    def test_trust_follows_the_grade(self):
        """Grade E is a bad debtor on every screen."""
        self._file(grade_id=self.env.ref("credit_control.credit_grade_e").id)
        self.assertEqual(self.customer.trust, "bad")
        with self.assertRaisesRegex(UserError, "follows the grade E"):
            self.customer.trust = "good"

    # -- contact -> file ------------------------------------------------------------
    def test_native_limit_becomes_a_line(self):
        """Who may set limits may do so on the contact as well: it is written down."""
        file = self._file(500)
        self.customer.write({"use_partner_credit_limit": True, "credit_limit": 800})
        line = file._get_line_in_force()
        self.assertEqual(
            (line.amount, line.source, line.mode), (800, "native", "amount")
        )
        self.assertEqual((file.credit_limit, self._native()), (800, (True, 800)))
        self.customer.use_partner_credit_limit = False
        self.assertEqual(file.limit_mode, "inherit")

    def test_same_native_limit_makes_no_line(self):
        """An import of contacts does not fill the journal."""
        file = self._file(500)
        self.customer.write({"credit_limit": 500, "name": "Brighter Tools"})
        self.assertEqual(len(file.limit_line_ids), 1)
        self.assertEqual(self.customer.name, "Brighter Tools")

    def test_batch_of_contacts_goes_each_its_way(self):
        """Customers with a file keep a line, the others Odoo's own value."""
        file, other = self._file(500), self._customer("No file")
        (self.customer | other).write({"credit_limit": 60, "comment": "Both"})
        self.assertEqual((file.credit_limit, other.credit_limit), (60, 60))
        self.assertIn("Both", other.comment)
        self.assertIn("Both", self.customer.comment)

    def test_accountant_may_not_set_a_limit_on_the_contact(self):
        """A limit kept on a file is set by approvers, and the error says so."""
        self._file(500)
        accountant = self._user("invoicing")
        accountant.group_ids += self.env.ref("base.group_partner_manager")
        customer = self.customer.with_user(accountant)
        with self.assertRaisesRegex(AccessError, "kept on the credit file"):
            customer.write({"credit_limit": 9})
        with self.assertRaises(AccessError):
            customer.with_context(credit_merging=True).write({"credit_limit": 9})
        customer.write({"credit_limit": 500, "name": "Brighter Tools"})
        self.assertEqual(self.customer.credit_limit, 500)
        free = self._customer("No file").with_user(accountant)
        free.credit_limit = 9
        self.assertEqual(free.credit_limit, 9)

    def test_negative_native_limit_refused(self):
        """Odoo's own field takes anything; a file does not."""
        self._file(500)
        with self.assertRaisesRegex(ValidationError, "negative"):
            self.customer.credit_limit = -1

    def test_without_files_contacts_cost_nothing(self):
        """Neutral until asked: the override stops before its first query."""
        File, Partner = self.env["credit.file"], type(self.customer)
        File._reset_credit_active()
        self.assertFalse(File._credit_company_active(self.company))
        with (
            patch.object(Partner, "_get_kept_files", side_effect=AssertionError),
            patch.object(Partner, "_rehome_credit_files", side_effect=AssertionError),
        ):
            self.customer.write({"credit_limit": 6, "trust": "bad"})
        self.assertTrue(self.env.company.root_id)  # read by every request anyway
        before = self.env.cr.sql_log_count
        self.assertFalse(self.customer.has_credit_file)
        self.assertEqual(self.env.cr.sql_log_count, before)

    # -- files take over what was there --------------------------------------------
    def test_new_file_takes_over_the_native_limit(self):
        """Opening a file never loses the limit the contact carried."""
        self.customer.credit_limit = 400
        action = self.customer.with_user(
            self._user("analyst")
        ).action_open_credit_file()
        file = self.env["credit.file"].browse(action["res_id"])
        self.assertEqual((file.limit_mode, file.credit_limit), ("amount", 400))
        self.assertEqual(file.limit_line_ids.source, "native")
        self.assertEqual(self._native(), (True, 400))

    def test_installation_makes_files(self):
        """One for each customer with an own limit, and for nobody else."""
        other_company = self.env["res.company"].create({"name": "Elsewhere"})
        File = self.env["credit.file"]
        names = ["root", "branch", "default", "none", "elsewhere", "filed"]
        partners = {name: self._customer(name) for name in names}
        contact = self.env["res.partner"].create(
            {"name": "Ann", "parent_id": partners["root"].id}
        )
        self._file(7, partner=partners["filed"])
        partners["root"].credit_limit = 100
        partners["root"].with_company(self.branch).credit_limit = 1
        partners["branch"].with_company(self.branch).credit_limit = 200
        self.env["ir.default"].set(
            "res.partner", "credit_limit", 50, company_id=self.company.id
        )
        partners["default"].credit_limit = 50
        partners["elsewhere"].with_company(other_company).credit_limit = 300
        self.assertEqual(File._take_over_all_native(), 3)
        found = {
            (file.partner_id.name, file.company_id): file.credit_limit
            for file in File.search(
                [("partner_id", "in", [p.id for p in partners.values()])]
            )
        }
        self.assertEqual(
            found,
            {
                ("root", self.company): 100,
                ("branch", self.company): 200,
                ("elsewhere", other_company): 300,
                ("filed", self.company): 7,
            },
        )
        key = (partners["root"].id, self.company.id)
        facts, currency = File._get_limit_facts([key])[key]
        self.assertEqual((facts.own_limit, currency), (100, self.currency))
        self.assertFalse(File.search([("partner_id", "=", contact.id)]))
        self.assertEqual(File._take_over_all_native(), 0)

    # -- customers who become contacts ----------------------------------------------
    def test_file_goes_along_when_a_customer_becomes_a_contact(self):
        """The limit is not lost with the customer."""
        parent, file = self._customer("Parent"), self._file(500)
        self.customer.write({"parent_id": parent.id, "is_company": False})
        self.assertEqual(file.partner_id, parent)
        self.assertEqual(parent.credit_limit, 500)
        self.assertIn("Bright Tools", file.message_ids[0].body)
