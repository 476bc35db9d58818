"""Ratios and checks, against figures worked out by hand."""

from dataclasses import replace
from unittest import TestCase

from tools.statements import AMOUNTS, RATIOS, SIGNED, Statement, checks, ratios, trend

YEAR = Statement(
    total_assets=1000,
    current_assets=600,
    intangible_assets=50,
    total_liabilities=400,
    current_liabilities=300,
    net_worth=600,
    revenue=2400,
    profit=-120,
    operating_cash_flow=-60,
    receivables=200,
    bank_credit_line=0,
)


class TestRatios(TestCase):
    def test_every_ratio_of_a_year(self):
        self.assertEqual(
            ratios(YEAR),
            {
                "debt_ratio_pct": 40.0,
                "current_ratio": 2.0,
                "receivables_turnover": 12.0,
                "receivables_days": 30.4,
                "net_margin_pct": -5.0,
                "cash_cover": -0.2,
                "tangible_net_worth": 550,
            },
        )

    def test_each_missing_figure_makes_only_its_ratios_missing(self):
        """None, never zero and never an error."""
        needs = {
            "total_assets": {"debt_ratio_pct"},
            "current_assets": {"current_ratio"},
            "intangible_assets": {"tangible_net_worth"},
            "total_liabilities": {"debt_ratio_pct"},
            "current_liabilities": {"current_ratio", "cash_cover"},
            "net_worth": {"tangible_net_worth"},
            "revenue": {"receivables_turnover", "receivables_days", "net_margin_pct"},
            "profit": {"net_margin_pct"},
            "operating_cash_flow": {"cash_cover"},
            "receivables": {"receivables_turnover", "receivables_days"},
            "bank_credit_line": set(),
        }
        self.assertEqual(set(needs), set(AMOUNTS))
        for name, lost in needs.items():
            with self.subTest(name):
                found = ratios(replace(YEAR, **{name: None}))
                self.assertEqual({n for n in RATIOS if found[n] is None}, lost)

    def test_nothing_to_divide_by_is_no_ratio(self):
        """No receivables is not an infinite turnover, no debt not a ratio of zero."""
        found = ratios(replace(YEAR, receivables=0, current_liabilities=0, revenue=0))
        self.assertIsNone(found["receivables_turnover"])
        self.assertIsNone(found["current_ratio"])
        self.assertIsNone(found["net_margin_pct"])
        self.assertIsNone(found["receivables_days"])

    def test_months_change_flows_only(self):
        half = ratios(replace(YEAR, months=6))
        self.assertEqual(half["receivables_turnover"], 24.0)
        self.assertEqual(half["cash_cover"], -0.4)
        for name in ("debt_ratio_pct", "current_ratio", "net_margin_pct"):
            self.assertEqual(half[name], ratios(YEAR)[name])

    def test_trend_knows_which_way_is_good(self):
        for name, ratio in RATIOS.items():
            with self.subTest(name):
                more = "better" if ratio.good > 0 else "worse"
                less = "worse" if ratio.good > 0 else "better"
                self.assertEqual(trend(name, 12.0, 10.0), more)
                self.assertEqual(trend(name, 8.0, 10.0), less)
                self.assertEqual(trend(name, -8.0, -10.0), more)
                self.assertEqual(trend(name, 10.1, 10.0), "same")
                self.assertEqual(trend(name, 0.5, 0.0), more)
                self.assertIsNone(trend(name, None, 10.0))


class TestChecks(TestCase):
    def codes(self, before=None, **values):
        return [check.code for check in checks(replace(YEAR, **values), before)]

    def test_a_sound_year_has_none(self):
        self.assertEqual(self.codes(YEAR), [])
        self.assertEqual(self.codes(net_worth=590.1), [], "within 1 %")

    def test_balance_and_sign(self):
        self.assertEqual(self.codes(net_worth=580), ["balance"])
        self.assertEqual(self.codes(total_liabilities=1600), ["sign"])
        self.assertEqual(self.codes(total_liabilities=1600, net_worth=-600), [])
        self.assertEqual(self.codes(net_worth=None), [], "cannot be told")

    def test_each_amount_that_cannot_be_negative(self):
        for name in AMOUNTS:
            with self.subTest(name):
                found = self.codes(**{name: -1.0})
                self.assertEqual("negative" in found, name not in SIGNED)

    def test_parts_and_units(self):
        self.assertEqual(self.codes(current_assets=1001), ["part"])
        self.assertEqual(self.codes(receivables=601), ["part"])
        self.assertEqual(self.codes(profit=2401), ["profit"])
        thousands = replace(YEAR, revenue=2_400_000.0)
        self.assertEqual(self.codes(thousands), ["unit"])
        self.assertEqual(self.codes(replace(YEAR, revenue=60.0)), [])
