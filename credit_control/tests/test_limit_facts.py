"""Which limit holds for a customer today."""

from datetime import timedelta

from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TODAY, CreditCommon


@tagged("post_install", "-at_install")
class TestLimitFacts(CreditCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.File = cls.env["credit.file"]
        cls.group = cls.env["credit.group"].create({"name": "Holding"})
        cls.grade = cls.env.ref("credit_control.credit_grade_b")
        cls.key = (cls.customer.id, cls.company.id)
        cls.insurer = cls._customer("Insurer")
        # one unit of the company's currency is two of the other
        cls.foreign = cls.setup_other_currency("CHF", rates=[("2020-01-01", 2.0)])

    def _facts(self, key=None):
        key = key or self.key
        return self.File._get_limit_facts([key])[key][0]

    def _cover(self, **values):
        return self.env["credit.insurance.cover"].create(
            {
                "file_id": self._file().id,
                "insured_limit": 1000,
                "insured_share_pct": 90,
                "date_from": TODAY,
            }
            | ({} if "policy_id" in values else {"insurer_id": self.insurer.id})
            | values
        )

    def test_inheritance_from_customer_to_company(self):
        """The first level that says something decides."""
        self.assertFalse(self._facts().is_set)
        self.company.write({"credit_limit_mode": "amount", "credit_default_limit": 40})
        file = self._file(grade_id=self.grade.id, group_id=self.group.id)
        steps = [
            (lambda: None, "company", 40),
            (
                lambda: self.grade.write({"limit_mode": "amount", "credit_limit": 30}),
                "grade",
                30,
            ),
            (
                lambda: self.group.write({"limit_mode": "amount", "credit_limit": 20}),
                "group",
                20,
            ),
            (lambda: self._file(10), "customer", 10),
        ]
        for change, source, limit in steps:
            change()
            with self.subTest(source):
                facts = self._facts()
                self.assertEqual((facts.source, facts.effective_limit), (source, limit))
        file.write({"limit_mode": "inherit", "limit_reason": "Test"})
        self.assertEqual(self._facts().source, "group")
        file.group_exempt = True
        self.assertEqual(
            (self._facts().source, self._facts().group_id), ("grade", None)
        )

    def test_customer_without_file_has_the_company_default(self):
        """No file is needed to be checked against the default."""
        self.company.write({"credit_limit_mode": "none"})
        key = (self._customer("No file").id, self.company.id)
        facts, currency = self.File._get_limit_facts([key])[key]
        self.assertEqual((facts.mode, facts.effective_limit), ("none", 0.0))
        self.assertEqual(currency, self.currency)

    def test_smaller_of_own_and_group_limit(self):
        """Examples of SAP and D365 (DOMAIN 2)."""
        self.group.write({"limit_mode": "amount", "credit_limit": 15_000})
        cases = [
            ({"limit_mode": "amount", "credit_limit": 10_000}, 10_000),
            ({"limit_mode": "amount", "credit_limit": 20_000}, 15_000),
            ({"limit_mode": "none"}, 0),
            ({"limit_mode": "unlimited"}, 15_000),
            ({"limit_mode": "unlimited", "group_exempt": True}, None),
        ]
        for values, expected in cases:
            with self.subTest(values):
                self._file(**values, group_id=self.group.id)
                self.assertEqual(self._facts().effective_limit, expected)

    def test_expired_group_limit_is_no_credit(self):
        """A ceiling that has lapsed lets nothing through."""
        self.group.write(
            {
                "limit_mode": "amount",
                "credit_limit": 15_000,
                "limit_date_to": TODAY - timedelta(days=1),
            }
        )
        self._file(10_000, group_id=self.group.id)
        self.assertEqual(self._facts().effective_limit, 0)

    def test_archived_group_keeps_its_ceiling(self):
        """Archiving a group must not raise anybody's limit."""
        self.group.write({"limit_mode": "amount", "credit_limit": 15, "active": False})
        self._file(10_000, group_id=self.group.id)
        self.assertEqual(self._facts().effective_limit, 15)

    def test_everything_in_the_limits_currency(self):
        """Own limit in CHF; the rest is converted once at today's rate."""
        self.company.credit_cover_mode = "add"
        self.group.write({"limit_mode": "amount", "credit_limit": 5_000})
        file = self._file(1_000, currency_id=self.foreign.id, group_id=self.group.id)
        self.assertEqual(file.currency_id, self.foreign)
        file._set_limit(
            "amount",
            100,
            reason="Fair",
            kind="temporary",
            date_to=TODAY,
            currency=self.currency,
        )
        self._cover(insured_limit=50, currency_id=self.currency.id)
        facts, currency = self.File._get_limit_facts([self.key])[self.key]
        self.assertEqual(currency, self.foreign)
        self.assertEqual(
            (facts.permanent, facts.temporary, facts.cover, facts.group_limit),
            (1_000, 200, 90, 10_000),
        )
        self.assertEqual(facts.effective_limit, 1_290)

    def test_inherited_limit_is_converted(self):
        """A file kept in CHF reads its grade's limit in CHF."""
        self.grade.write({"limit_mode": "amount", "credit_limit": 30})
        file = self._file(
            grade_id=self.grade.id, currency_id=self.foreign.id, limit_reason="CHF"
        )
        self.assertEqual(file.limit_mode, "inherit")
        self.assertEqual(self._facts().effective_limit, 60)

    def test_cover_counts_while_valid(self):
        """Within its own days and those of its policy, and not when archived."""
        self._file(100)
        self.company.credit_cover_mode = "add"
        policy = self.env["credit.insurance.policy"].create(
            {
                "number": "P1",
                "insurer_id": self.insurer.id,
                "date_from": TODAY - timedelta(days=10),
            }
        )
        cover = self._cover(policy_id=policy.id)
        self.assertEqual(
            (cover.insurer_id, cover.policy_number), (policy.insurer_id, "P1")
        )
        day = timedelta(days=1)
        cases = [
            ({}, {}, True),
            ({"date_from": TODAY - day, "date_to": TODAY}, {}, True),
            ({"date_from": TODAY + day, "date_to": False}, {}, False),
            ({"date_from": TODAY - 2 * day, "date_to": TODAY - day}, {}, False),
            ({"date_from": TODAY, "date_to": False}, {"date_to": TODAY - day}, False),
            ({}, {"date_to": TODAY}, True),
            ({}, {"active": False}, False),
            ({"active": False}, {"active": True}, False),
        ]
        for values, policy_values, valid in cases:
            with self.subTest(cover=values, policy=policy_values):
                cover.write(values)
                policy.write(policy_values)
                self.assertEqual(self._facts().insured, 900 if valid else 0)
                self.assertEqual(self._facts().own_limit, 1_000 if valid else 100)
                cover.invalidate_recordset(["is_valid"])
                self.assertEqual(cover.is_valid, valid)

    def test_cover_by_company_mode(self):
        """Shown only, inside the limit, or on top of it."""
        self._file(100)
        self._cover()
        for mode, limit in (("show", 100), ("inside", 100), ("add", 1_000)):
            self.company.credit_cover_mode = mode
            with self.subTest(mode):
                self.assertEqual(self._facts().effective_limit, limit)
                self.assertEqual(self._facts().insured, 900)

    def test_bad_covers_refused(self):
        """The texts are the constraints' own; here only that they bite."""
        for values in (
            {"insured_limit": -1},
            {"insured_share_pct": 101},
            {"date_to": TODAY - timedelta(days=1)},
        ):
            with (
                self.subTest(values),
                self.assertRaisesRegex(CheckViolation, "credit_insurance_cover"),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self._cover(**values)

    def test_same_facts_for_every_viewer(self):
        """A salesperson of another branch is judged by the same limit."""
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        self._file(1000)
        seller = self._user("sales")
        seller.write(
            {"company_ids": [Command.set(branch.ids)], "company_id": branch.id}
        )
        File = (
            self.File.with_user(seller).with_company(branch).with_context(lang="zh_CN")
        )
        self.assertEqual(File._get_limit_facts([self.key])[self.key][0], self._facts())

    def test_query_count_does_not_grow(self):
        """50 customers cost what one costs."""
        partners = self.env["res.partner"].create(
            [{"name": f"C{i}", "is_company": True} for i in range(50)]
        )
        for partner in partners[::2]:
            self._file(100, partner=partner, grade_id=self.grade.id)
        keys = [(partner.id, self.company.id) for partner in partners]
        counts = []
        for some in (keys[:1], keys):
            self.env.flush_all()
            self.env.invalidate_all()
            self.File._get_limit_facts([self.key])
            before = self.env.cr.sql_log_count
            self.File._get_limit_facts(some)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
