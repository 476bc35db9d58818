"""Interest against the naive sum of its days, and its laws."""

import calendar
import random
import unittest
from datetime import date, timedelta

from tools.interest import DAY_COUNTS, Rate, fixed_sum, interest

START = date(2023, 1, 1)


def naive(amount, rates, due, until):
    """Day by day: the newest rate that has begun, unless it has ended."""
    total, day = 0.0, due + timedelta(days=1)
    while day <= until:
        begun = [rate for rate in rates if rate.date_from <= day]
        if begun:
            rate = max(begun, key=lambda rate: rate.date_from)
            if not rate.date_to or day <= rate.date_to:
                year = 366 if calendar.isleap(day.year) else 365
                base = year if rate.day_count == "actual" else int(rate.day_count)
                total += amount * rate.pct / 100.0 / base
        day += timedelta(days=1)
    return total


class TestInterest(unittest.TestCase):
    def _table(self, dice):
        days = dice.sample(range(1200), dice.randint(0, 5))
        return [
            Rate(
                START + timedelta(days=day),
                round(dice.uniform(0, 15), 2),
                dice.choice(DAY_COUNTS),
                dice.choice([None, START + timedelta(days=day + dice.randint(0, 400))]),
                dice.choice([0.0, 40.0]),
            )
            for day in days
        ]

    def test_is_the_sum_of_its_days_and_splits_anywhere(self):
        """Amount × rate × days ÷ year, whatever the rates do in between."""
        for seed in range(200):
            dice = random.Random(seed)
            rates = self._table(dice)
            due = START + timedelta(days=dice.randint(-50, 900))
            until = due + timedelta(days=dice.randint(-5, 500))
            middle = due + timedelta(days=dice.randint(0, 250))
            with self.subTest(seed=seed):
                whole = interest(1000.0, rates, due, until)
                self.assertAlmostEqual(whole, naive(1000.0, rates, due, until), 6)
                if due <= middle <= until:
                    first = interest(1000.0, rates, due, middle)
                    second = interest(1000.0, rates, middle, until)
                    self.assertAlmostEqual(whole, first + second, 6)
                self.assertAlmostEqual(
                    2 * whole, interest(2000.0, rates, due, until), 6
                )

    def test_no_rate_no_interest(self):
        """Nothing is guessed: no table, no interest and no fixed sum."""
        span = (date(2026, 1, 1), date(2026, 12, 31))
        self.assertEqual(interest(1000.0, [], *span), 0.0)
        self.assertEqual(fixed_sum([], *span), 0.0)

    def test_fixed_sum_is_owed_once(self):
        """However often the rate changes: by the rate of the first late day."""
        rates = [
            Rate(date(2026, month, 1), 9.0, fixed_sum=sum_)
            for month, sum_ in ((1, 40.0), (7, 50.0))
        ]
        self.assertEqual(fixed_sum(rates, date(2026, 6, 1), date(2026, 9, 1)), 40.0)
