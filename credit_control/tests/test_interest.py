"""The table of interest: which rate holds for whom, and what it makes."""

from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.credit_control.models.credit_interest_rate import Claim

from .exposure_common import ExposureCommon


@tagged("post_install", "-at_install")
class TestInterestRate(ExposureCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Rate = cls.env["credit.interest.rate"]
        cls.germany = cls.env.ref("base.de")
        cls.france = cls.env.ref("base.fr")

    def _rate(self, pct=9.0, **values):
        return self.Rate.create(
            {"date_from": date(2026, 1, 1), "reference_pct": pct} | values
        )

    def _measure(self, due, until, amount=1000.0, **values):
        values = {
            "currency": self.currency,
            "company": self.company,
            "country": self.germany,
        } | values
        return self.Rate._measure(
            [Claim(amount=amount, due=due, until=until, **values)]
        )[0]

    def test_shipped_rates_are_off_and_dated(self):
        """Installing charges nobody interest; every sample names its source."""
        self.assertFalse(self.Rate.search([]))
        samples = self.Rate.with_context(active_test=False).search([])
        self.assertGreater(len(samples), 10)
        self.assertTrue(all(samples.mapped("source")))
        self.assertEqual(self._measure(date(2025, 1, 1), date(2025, 3, 1)), (0.0, 0.0))
        german = self.env.ref("credit_control.credit_interest_rate_de_2025_1")
        german.active = True
        self.assertAlmostEqual(german.rate_pct, 11.27)

    def test_rate_change_splits_and_fixed_sum_comes_once(self):
        self._rate(9.0, fixed_sum=40.0)
        self._rate(10.0, date_from=date(2026, 7, 1), fixed_sum=50.0)
        self.assertEqual(
            self._measure(date(2026, 6, 20), date(2026, 7, 5)), (3.84, 40.0)
        )
        self.assertEqual(
            self._measure(
                date(2026, 6, 20), date(2026, 7, 5), charged_to=date(2026, 6, 30)
            ),
            (1.37, 0.0),
        )

    def test_country_company_and_kind_choose_the_rate(self):
        """The customer's country before no country; own before shared rates; what is
        for companies is not for private persons."""
        due, until = date(2026, 1, 10), date(2027, 1, 10)
        self._rate(1.0)
        self._rate(2.0, company_id=self.company.id)
        self._rate(3.0, country_id=self.germany.id)
        self._rate(4.0, country_id=self.germany.id, customer_kind="company")
        cases = (
            (40.0, {}),
            (30.0, {"is_company": False}),
            (20.0, {"country": self.france}),
            (10.0, {"country": self.france, "company": self.other_root()}),
            (20.0, {"country": self.env["res.country"]}),
        )
        for expected, values in cases:
            with self.subTest(**values):
                self.assertEqual(self._measure(due, until, **values)[0], expected)

    def other_root(self):
        return self.env["res.company"].create({"name": "Apart"})

    def test_fixed_sum_is_converted_and_rounding_is_the_rates(self):
        """40 in the rate's currency is 80 in one worth half of it."""
        self._rate(9.0, fixed_sum=40.0, rounding=1.0)
        figures = self._measure(
            date(2026, 6, 20), date(2026, 7, 5), currency=self.other_currency
        )
        self.assertEqual(figures, (4.0, 80.0))

    def test_negative_reference_takes_from_the_margin(self):
        self.assertAlmostEqual(self._rate(-0.88, margin_pct=9.0).rate_pct, 8.12)
        rate = self._rate(-3.0, margin_pct=1.0, country_id=self.france.id)
        self.assertEqual(rate.rate_pct, 0.0)

    def test_one_query_for_any_number_of_claims(self):
        for month in range(1, 7):
            self._rate(9.0, date_from=date(2026, month, 1))
        claim = Claim(
            self.currency,
            100.0,
            date(2026, 1, 1),
            date(2026, 6, 1),
            self.company,
            self.germany,
        )
        one = self._count_queries(lambda: self.Rate._measure([claim]))
        many = self._count_queries(lambda: self.Rate._measure([claim] * 200))
        self.assertEqual(one, many)

    def test_bad_tables_are_refused(self):
        """Negative sums, an end before the beginning, two rates from one day."""
        self._rate(9.0)
        for values in (
            {"fixed_sum": -1.0, "country_id": self.france.id},
            {"date_to": date(2025, 12, 31), "country_id": self.france.id},
            {"margin_pct": 3.0},
        ):
            with (
                self.subTest(**values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.cr.savepoint(),
            ):
                self._rate(9.0, **values)

    def test_only_managers_set_rates(self):
        rate = self._rate(9.0)
        for role in ("invoicing", "analyst", "approver", "auditor"):
            with self.subTest(role):
                mine = rate.with_user(self._user(role))
                self.assertEqual(mine.rate_pct, 9.0)
                with self.assertRaises(AccessError):
                    mine.margin_pct = 1.0
        with self.assertRaises(AccessError):
            rate.with_user(self._user("sales")).read(["rate_pct"])
        rate.with_user(self._user("manager")).margin_pct = 1.0
