"""The arithmetic of exposure, without Odoo."""

import random
import unittest
from dataclasses import replace

from tools.exposure import (
    ALL,
    DEDUCTIONS,
    PARTS,
    Exposure,
    OrderLine,
    billed_quantity,
    sign,
    unbilled,
)


class TestExposure(unittest.TestCase):
    def test_total_adds_what_is_owed_and_deducts_what_is_paid(self):
        """Every part has one sign, and only what is included counts."""
        full = Exposure(**{part: 10.0**n for n, part in enumerate(PARTS)})
        self.assertEqual(full.total, 1 + 10 + 100 + 1e3 + 1e4 - 1e5 - 1e6)
        for part in PARTS:
            with self.subTest(part=part):
                without = replace(full, included=ALL - {part})
                difference = full.total - without.total
                self.assertEqual(difference, sign(part) * getattr(full, part))
                self.assertEqual(sign(part) < 0, part in DEDUCTIONS)

    def test_total_of_cents_is_exact(self):
        """0.1 + 0.2 is 0.3 where money is compared with a limit."""
        self.assertEqual(Exposure(not_due=0.1, overdue=0.2, orders=0.3).total, 0.6)

    def test_overdue_share_is_rounded_down(self):
        """29.99 % is 29 %, and a share that is whole stays whole."""
        for overdue, not_due, share in (
            (2999, 7001, 29),
            (0.29, 0.71, 29),
            (0.57, 0.43, 57),
            (100, 0, 100),
            (0, 100, 0),
            (0, 0, 0),
        ):
            with self.subTest(overdue=overdue, not_due=not_due):
                exposure = Exposure(overdue=overdue, not_due=not_due, credits=50)
                self.assertEqual(exposure.overdue_share_pct, share)

    def test_every_whole_share_survives_the_division(self):
        for share in range(101):
            exposure = Exposure(overdue=share / 100, not_due=(100 - share) / 100)
            self.assertEqual(exposure.overdue_share_pct, share)


class TestOrderLine(unittest.TestCase):
    def test_remaining_never_passes_zero(self):
        for ordered, delivered, billed, remaining in (
            (10, 0, 0, 10),
            (10, 4, 4, 6),
            (10, 12, 10, 2),
            (10, 0, 12, 0),
            (0, 3, 1, 2),
            (0, -3, 0, 0),
            (-5, 0, -2, -3),
            (-5, -6, -5, -1),
            (-5, 0, -7, 0),
            (1, 0, 1 - 1e-9, 0),
        ):
            with self.subTest(ordered=ordered, delivered=delivered, billed=billed):
                line = OrderLine(ordered, delivered, billed)
                self.assertEqual(line.remaining, remaining)

    def test_value_is_the_share_of_the_total(self):
        """Billing 1 of 3 leaves two thirds of 100, and 3 of 3 nothing."""
        line = OrderLine(3, billed=1, taxed_total=100)
        self.assertAlmostEqual(line.value, 200 / 3)
        self.assertEqual(replace(line, billed=3).value, 0)
        self.assertEqual(replace(line, billed=0).value, 100)

    def test_parts_billed_one_by_one_add_up(self):
        dice = random.Random(1)
        for _case in range(500):
            ordered = dice.randint(1, 50)
            total = dice.uniform(-1000, 1000)
            billed = dice.randint(0, ordered)
            line = OrderLine(ordered, billed=billed, taxed_total=total)
            self.assertAlmostEqual(line.value + total * billed / ordered, total)


class TestBilledQuantity(unittest.TestCase):
    def test_credit_notes_do_not_put_goods_back(self):
        for moves, billed in (
            ([], 0),
            ([10], 10),
            ([10, -10], 10),
            ([10, -4], 10),
            ([5, -5, 5], 5),
            ([5, -5, 5, 5], 10),
            ([-2], 0),
        ):
            with self.subTest(moves=moves):
                self.assertEqual(billed_quantity(10, moves), billed)

    def test_returns_are_counted_the_other_way(self):
        self.assertEqual(billed_quantity(-3, [-2, 2, -2]), -2)

    def test_lies_between_the_balance_and_all_invoices(self):
        """Never less than invoices less credit notes, never more than invoices."""
        dice = random.Random(2)
        for _case in range(500):
            moves = [dice.randint(-9, 9) for _move in range(dice.randint(0, 6))]
            billed = billed_quantity(1, moves)
            self.assertGreaterEqual(billed, sum(moves))
            self.assertLessEqual(billed, sum(move for move in moves if move > 0))


class TestUnbilled(unittest.TestCase):
    goods = OrderLine(10, taxed_total=999.99)

    def test_untouched_order_is_worth_its_own_total(self):
        """The total decides, not the lines: taxes may be rounded per order."""
        self.assertEqual(unbilled([self.goods], 1000.0), 1000.0)
        self.assertEqual(unbilled([self.goods], 1000.0, 300), 700.0)

    def test_touched_order_is_worth_its_lines(self):
        half = replace(self.goods, billed=5)
        self.assertAlmostEqual(unbilled([half], 1000.0), 999.99 / 2)
        more = replace(self.goods, delivered=11)
        self.assertAlmostEqual(unbilled([more], 1000.0), 999.99 * 1.1)

    def test_never_below_zero(self):
        discount = OrderLine(1, taxed_total=-2000)
        self.assertEqual(unbilled([self.goods, discount], -1000.0), 0)
        self.assertEqual(unbilled([replace(self.goods, billed=10)], 1000.0, 300), 0)

    def test_order_without_lines(self):
        self.assertEqual(unbilled([], 0.0), 0)


if __name__ == "__main__":
    unittest.main()
