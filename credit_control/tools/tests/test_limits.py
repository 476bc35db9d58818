"""The arithmetic of limits, without Odoo."""

import unittest
from datetime import date, timedelta

from tools.limits import Cover, Limit, LimitFacts, resolve, status

TODAY = date(2026, 6, 15)
YESTERDAY = TODAY - timedelta(days=1)


def amount(value, date_to=None):
    return Limit("amount", value, date_to)


class TestResolve(unittest.TestCase):
    """Who decides: customer, group, grade, company, the first that says something."""

    def test_first_level_that_is_set_decides(self):
        """Each level is asked only when those before it inherit."""
        levels = {
            "customer": amount(1),
            "grade": amount(3),
            "company": amount(4),
        }
        for source, expected in (("customer", 1), ("grade", 3), ("company", 4)):
            with self.subTest(source):
                facts = resolve(TODAY, **levels)
                self.assertEqual((facts.source, facts.own_limit), (source, expected))
            levels.pop(source)
        self.assertFalse(resolve(TODAY).is_set)
        self.assertEqual(resolve(TODAY).mode, "unset")

    def test_group_is_asked_before_grade(self):
        """A member without own limit has no ceiling but the group's."""
        facts = resolve(TODAY, group=amount(15), grade=amount(3), group_id=7)
        self.assertEqual((facts.mode, facts.source), ("unlimited", "group"))
        self.assertIsNone(facts.own_limit)
        self.assertEqual((facts.effective_limit, facts.group_id), (15, 7))

    def test_group_without_limit_falls_to_grade(self):
        """A group that only bundles customers changes nothing."""
        facts = resolve(TODAY, grade=amount(3), group_id=7)
        self.assertEqual((facts.source, facts.group_limit), ("grade", None))

    def test_own_and_group_limit(self):
        """The smaller room wins (SAP, D365: DOMAIN 2)."""
        cases = [
            (amount(10_000), amount(15_000), 10_000),
            (amount(20_000), amount(15_000), 15_000),
            (Limit("none"), amount(15_000), 0),
            (Limit("unlimited"), amount(15_000), 15_000),
            (Limit("unlimited"), Limit("unlimited"), None),
            (Limit("unlimited"), Limit("inherit"), None),
            (amount(10_000), Limit("none"), 0),
            (amount(10_000), amount(15_000, YESTERDAY), 0),
        ]
        for own, group, expected in cases:
            with self.subTest(own=own.mode, group=group):
                facts = resolve(TODAY, customer=own, group=group)
                self.assertEqual(facts.effective_limit, expected)

    def test_expired_limit_counts_nothing_and_does_not_fall_back(self):
        """Letting a limit lapse can never raise it."""
        for mode in ("amount", "unlimited"):
            with self.subTest(mode):
                facts = resolve(
                    TODAY,
                    customer=Limit(mode, 1_000, YESTERDAY),
                    company=Limit("unlimited"),
                )
                self.assertTrue(facts.expired)
                self.assertEqual(facts.source, "customer")
                self.assertEqual(facts.effective_limit, 0)

    def test_last_day_counts(self):
        """Valid to 15 June means the 15th is still covered."""
        facts = resolve(TODAY, customer=amount(1_000, TODAY))
        self.assertEqual((facts.expired, facts.own_limit), (False, 1_000))

    def test_temporary_limit_adds(self):
        """Temporary limits add to an amount and open *no credit* for their time."""
        cases = [
            (amount(1_000), 1_200),
            (amount(1_000, YESTERDAY), 200),
            (Limit("none"), 200),
            (Limit("unlimited"), None),
            (Limit("inherit"), None),
        ]
        for own, expected in cases:
            with self.subTest(own):
                facts = resolve(TODAY, customer=own, temporary=200)
                self.assertEqual(facts.own_limit, expected)
        self.assertFalse(resolve(TODAY, temporary=200).is_set)

    def test_cover_counts_only_in_mode_add(self):
        """Value × share adds to an amount, never to *no credit*."""
        covers = [Cover(1_000, 90), Cover(500, 80)]
        for own, adds, cover, limit in (
            (amount(100), True, 1_300, 1_400),
            (amount(100), False, 0, 100),
            (Limit("none"), True, 0, 0),
            (Limit("unlimited"), True, 0, None),
        ):
            with self.subTest(own=own.mode, adds=adds):
                facts = resolve(TODAY, customer=own, covers=covers, cover_adds=adds)
                self.assertEqual(facts.insured, 1_300)
                self.assertEqual(facts.cover, cover)
                self.assertEqual(facts.effective_limit, limit)

    def test_sum_of_amounts_has_no_dust(self):
        """0.70 + 0.10 is 0.80, so that an exposure of 0.80 is within the limit."""
        facts = LimitFacts("amount", permanent=0.7, temporary=0.1)
        self.assertEqual(facts.own_limit, 0.8)


class TestStatus(unittest.TestCase):
    def test_no_credit_and_nothing_owed_is_ok(self):
        """A customer without credit is only over when he owes something."""
        self.assertEqual(status(0.0, 0.0, 90), "ok")
        self.assertEqual(status(-0.01, None, 90), "over")
        self.assertEqual(status(None, None, 90), "unlimited")

    def test_watch_line_is_the_companys(self):
        """The watch line itself already is *near*."""
        for watch_pct, expected in ((80, "watch"), (85, "watch"), (85.1, "ok")):
            with self.subTest(watch_pct):
                self.assertEqual(status(15.0, 85.0, watch_pct), expected)


if __name__ == "__main__":
    unittest.main()
