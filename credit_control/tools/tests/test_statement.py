"""A statement adds up whatever its rows."""

import random
import unittest
from datetime import date, timedelta

from ..statement import Row, movements, open_items

DAY = date(2026, 6, 15)


class TestStatement(unittest.TestCase):
    def _rows(self, chance):
        return [
            Row(
                number,
                number,
                "invoice",
                f"INV/{number}",
                DAY - timedelta(days=chance.randrange(200)),
                round(chance.uniform(-500, 900), 2),
                due=DAY + timedelta(days=chance.randrange(-150, 60)),
            )
            for number in range(chance.randrange(40))
        ]

    def test_ageing_and_last_balance_are_the_sum(self):
        """Ageing, running balance and closing never differ, to the cent."""
        for seed in range(200):
            rows = self._rows(random.Random(seed))
            statement = open_items(rows, DAY, 2)
            total = round(sum(row.amount for row in rows), 2)
            self.assertAlmostEqual(statement.closing, total, 2)
            self.assertAlmostEqual(sum(statement.ageing.values()), total, 2)
            if rows:
                self.assertEqual(statement.rows[-1].balance, statement.closing)
                dues = [row.due for row in statement.rows]
                self.assertEqual(dues, sorted(dues))

    def test_opening_plus_rows_is_closing(self):
        for seed in range(200):
            rows = self._rows(random.Random(seed))
            statement = movements(rows, 123.45, 2)
            total = round(123.45 + sum(row.amount for row in rows), 2)
            self.assertAlmostEqual(statement.closing, total, 2)
            dates = [row.date for row in statement.rows]
            self.assertEqual(dates, sorted(dates))

    def test_credit_is_never_past_due(self):
        old = Row(1, 1, "payment", "P", DAY, -10.0, due=DAY - timedelta(days=90))
        [row] = open_items([old], DAY, 2).rows
        self.assertEqual(row.days, 0)

    def test_due_today_is_not_overdue(self):
        row = Row(1, 1, "invoice", "I", DAY, 10.0, due=DAY)
        self.assertEqual(open_items([row], DAY, 2).overdue, 0.0)
        self.assertEqual(open_items([row], DAY + timedelta(days=1), 2).overdue, 10.0)

    def test_invoices_of_a_day_come_before_its_payments(self):
        rows = [
            Row(1, 1, "payment", "P", DAY, -10.0),
            Row(2, 2, "invoice", "I", DAY, 10.0),
        ]
        statement = movements(rows, 0.0, 2)
        self.assertEqual([row.balance for row in statement.rows], [10.0, 0.0])

    def test_no_minus_zero(self):
        rows = [Row(1, 1, "a", "A", DAY, -10.0), Row(2, 2, "b", "B", DAY, 10.0)]
        self.assertEqual(str(movements(rows, 0.0, 2).closing), "0.0")
