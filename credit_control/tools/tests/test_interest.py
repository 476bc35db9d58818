"""Interest against the naive sum of its days, and its laws."""

import calendar
import random
import unittest
from datetime import date, timedelta

from tools.interest import DAY_COUNTS, Meter, Rate, fixed_sum, interest, pieces

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

    def test_pieces_are_the_sum_of_their_days(self):
        """What was open on each day, less the days charged before, whatever the
        payments, the rates and the days do."""
        for seed in range(200):
            dice = random.Random(seed)
            rates = self._table(dice)
            due = START + timedelta(days=dice.randint(-50, 900))
            until = due + timedelta(days=dice.randint(-5, 300))
            payments = [
                (due + timedelta(days=dice.randint(-20, 320)), dice.randint(1, 500))
                for _number in range(dice.randint(0, 4))
            ]
            taken = []
            for _number in range(dice.randint(0, 2)):
                first = due + timedelta(days=dice.randint(-20, 300))
                taken.append((first, first + timedelta(days=dice.randint(0, 60))))
            amount = dice.choice([0, 1000])
            expected, day = 0.0, due + timedelta(days=1)
            while day <= until:
                still = amount + sum(paid for on, paid in payments if on >= day)
                if not any(first <= day <= last for first, last in taken):
                    expected += naive(still, rates, day - timedelta(days=1), day)
                day += timedelta(days=1)
            with self.subTest(seed=seed):
                runs = pieces(rates, amount, due, until, payments, taken)
                measured = sum(piece.interest for run in runs for piece in run)
                self.assertAlmostEqual(measured, expected, 6)
                days = [piece for run in runs for piece in run]
                for before, after in zip(days, days[1:], strict=False):
                    self.assertLess(before.last, after.first)

    def test_meter_says_the_same(self):
        """Counting days once for many claims changes no figure."""
        for seed in range(50):
            dice = random.Random(seed)
            rates = self._table(dice)
            meter = Meter(rates)
            for _number in range(5):
                due = START + timedelta(days=dice.choice([0, 100, 400]))
                until = due + timedelta(days=200)
                amount = dice.randint(-5, 500)
                self.assertAlmostEqual(
                    sum(
                        p.interest
                        for run in meter.pieces(amount, due, until)
                        for p in run
                    ),
                    interest(amount, rates, due, until),
                    9,
                )

    def test_leap_year_by_day_count(self):
        """The 366 days of 2028 are a year by its real days, more by 365 or 360."""
        due, until = date(2027, 12, 31), date(2028, 12, 31)
        for day_count, expected in (
            ("actual", 100.0),
            ("365", 100.27),
            ("360", 101.67),
        ):
            rate = Rate(date(2026, 1, 1), 10.0, day_count)
            measured = interest(1000.0, [rate], due, until)
            self.assertEqual(round(measured, 2), expected)
        across = interest(
            1000.0,
            [Rate(date(2026, 1, 1), 10.0, "actual")],
            date(2027, 12, 30),
            date(2028, 1, 1),
        )
        self.assertAlmostEqual(across, 100.0 / 365 + 100.0 / 366, 9)
