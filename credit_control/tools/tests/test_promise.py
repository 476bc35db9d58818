"""Shares and outcomes of promises, whatever the figures."""

import random
import unittest
from datetime import date, timedelta

from tools.promise import BROKEN, KEPT, OPEN, PARTLY, allot, outcome

DAY = date(2026, 6, 15)


class TestPromise(unittest.TestCase):
    def test_shares_add_up_and_no_item_gets_more_than_it_owes(self):
        for seed in range(200):
            dice = random.Random(seed)
            opens = [
                round(dice.uniform(0.01, 500), 2) for _ in range(dice.randint(1, 9))
            ]
            amount = round(dice.uniform(0.01, sum(opens)), 2)
            shares = allot(amount, opens)
            self.assertAlmostEqual(sum(shares), amount, 2)
            for share, left in zip(shares, opens, strict=True):
                self.assertTrue(0 <= share <= left)
            # oldest first: once an item is not fully promised, no later one is
            partial = [i for i, s in enumerate(shares) if s < opens[i]]
            if partial:
                self.assertFalse(any(shares[partial[0] + 1 :]))

    def test_judged_only_after_day_and_grace(self):
        for days in range(-5, 6):
            today = DAY + timedelta(days=days)
            late = days > 2
            self.assertEqual(outcome(9.0, 9.0, DAY, today, 2), KEPT)
            self.assertEqual(outcome(9.0, 0.0, DAY, today, 2), BROKEN if late else OPEN)
            self.assertEqual(outcome(9.0, 1.0, DAY, today, 2), PARTLY if late else OPEN)
