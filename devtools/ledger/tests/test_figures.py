import unittest
from datetime import date
from decimal import Decimal

from ledger import Invoice, known_at, last_day, limit_for, shifted, sum_up

JAN, FEB, MAR, APR = (date(2024, month, 1) for month in range(1, 5))


def invoice(amount, invoiced=JAN, due=FEB, settled=None, customer="A"):
    return Invoice(2, "1", customer, invoiced, due, settled, Decimal(amount))


class TestFigures(unittest.TestCase):
    """What a ledger itself says about a day."""

    def test_as_of_forgets_what_came_later(self):
        """Known on a day: invoices issued and money received up to it, that day too."""
        ledger = [
            invoice("1", settled=FEB),
            invoice("2", settled=MAR),
            invoice("3", invoiced=MAR, due=APR),
        ]
        for day, expected in (
            (date(2023, 12, 31), []),
            (JAN, [("1", None), ("2", None)]),
            (FEB, [("1", FEB), ("2", None)]),
            (MAR, [("1", FEB), ("2", MAR), ("3", None)]),
            (None, [("1", FEB), ("2", MAR), ("3", None)]),
        ):
            with self.subTest(day=day):
                known = known_at(ledger, day)
                self.assertEqual(
                    [(str(one.amount), one.settled) for one in known], expected
                )

    def test_open_and_overdue(self):
        """Overdue is what is open and due before today, less the days of grace."""
        ledger = [invoice("1", settled=MAR), invoice("2"), invoice("4", due=MAR)]
        for today, grace, overdue, days in (
            (FEB, 0, 0, 0),
            (date(2024, 2, 2), 0, 2, 1),
            (date(2024, 2, 4), 3, 0, 0),
            (date(2024, 2, 5), 3, 2, 4),
            (APR, 0, 6, 60),
        ):
            with self.subTest(today=today, grace=grace):
                total, each = sum_up(ledger, today, grace)
                self.assertEqual(
                    (total.open, total.overdue, total.overdue_days), (6, overdue, days)
                )
                self.assertEqual(each["A"].overdue, overdue)

    def test_days_late_are_weighted_and_signed(self):
        """100 paid 10 days late and 300 paid 10 days early are 5 days early."""
        ledger = [
            invoice("100", settled=date(2024, 2, 11)),
            invoice("300", settled=date(2024, 1, 22)),
        ]
        self.assertEqual(sum_up(ledger, APR)[0].days_late, -5)
        self.assertEqual(sum_up([], APR)[0].days_late, 0)

    def test_highest_balance_is_at_the_end_of_a_day(self):
        """What comes and goes on one day does not raise the balance."""
        ledger = [
            invoice("5", settled=FEB),
            invoice("7", invoiced=FEB, settled=MAR),
            invoice("1", invoiced=MAR, settled=MAR),
            invoice("9", customer="B"),
        ]
        _total, each = sum_up(ledger, APR)
        self.assertEqual((each["A"].highest, each["B"].highest), (7, 9))

    def test_limit_leaves_room_and_is_round(self):
        for highest, limit in (("100", 120), ("100.01", 130), ("0.01", 10)):
            self.assertEqual(limit_for(Decimal(highest)), limit)

    def test_shift_moves_every_date(self):
        moved = shifted(invoice("1", settled=MAR), 31)
        self.assertEqual(
            (moved.invoiced, moved.due, moved.settled),
            (FEB, date(2024, 3, 3), date(2024, 4, 1)),
        )
        self.assertIsNone(shifted(invoice("1"), 31).settled)
        self.assertEqual(last_day([invoice("1"), invoice("1", settled=MAR)]), MAR)
