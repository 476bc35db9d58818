"""The real ledger: what the books say after loading, and what the file says itself."""

import contextlib
import csv
import io
import os
import sys
import unittest
from collections import defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path

from odoo.tests import tagged

from .common import CreditCommon

DEVTOOLS = Path(__file__).resolve().parents[2] / "devtools"
#: Never committed; CREDIT_LEDGER names another place.
LEDGER = Path(os.environ.get("CREDIT_LEDGER", "/work/shared/data/receivables.csv"))
DAYS = (date(2012, 9, 30), date(2013, 6, 30), date(2014, 1, 9), date(2014, 6, 1))


@tagged("post_install", "-at_install", "credit_ledger")
@unittest.skipUnless(
    LEDGER.is_file() and (DEVTOOLS / "load_ledger.py").is_file(),
    f"NOT PROVEN on a real ledger: {LEDGER} is not here (see CREDIT_LEDGER)",
)
class TestBehaviourLedger(CreditCommon):
    """2,466 invoices of 100 customers: equal to an arithmetic of the standard library
    over the lines of the CSV, customer by customer, as of four days."""

    def test_books_equal_an_independent_computation(self):
        sys.path.append(str(DEVTOOLS))
        self.addCleanup(sys.path.remove, str(DEVTOOLS))
        import load_ledger

        with contextlib.redirect_stdout(io.StringIO()) as printed:
            code = load_ledger.main(self.env, [str(LEDGER)])
        self.assertEqual(code, 0, printed.getvalue())
        lines = self._lines()
        partners = self.env["res.partner"].search([("ref", "in", list(lines))])
        self.assertEqual(len(partners), len(lines))
        keys = {partner.ref: (partner.id, self.company.id) for partner in partners}
        for day in DAYS:
            found = self.env["credit.behaviour"]._get_customer_behaviours(
                keys.values(), day
            )
            for ref, rows in lines.items():
                self._assert_equal(found[keys[ref]], rows, day, f"{ref} on {day}")

    def _lines(self):
        """``{customer: [(invoiced, due, settled, amount)]}``"""
        found = defaultdict(list)
        with LEDGER.open(newline="", encoding="utf-8-sig") as file:
            for row in csv.DictReader(file):
                days = (row["InvoiceDate"], row["DueDate"], row["SettledDate"])
                days = (datetime.strptime(day, "%m/%d/%Y").date() for day in days)
                found[row["customerID"]].append((*days, float(row["InvoiceAmount"])))
        return found

    def _assert_equal(self, paid, rows, day, trace):
        rows = [row for row in rows if row[0] <= day]
        self.assertEqual(paid.part_count, len(rows), trace)
        if not rows:
            return
        late = [
            (amount, (min(settled, day) - due).days, settled <= day)
            for _invoiced, due, settled, amount in rows
        ]
        whole = sum(amount for amount, *_ in late)
        decided = [one for one in late if one[2] or one[1] > 0]
        in_time = sum(amount for amount, days, _ in decided if days <= 0)
        of = sum(amount for amount, *_ in decided)
        year, before = (self._year(day, n) for n in (1, 2))
        figures = {
            "days_late": sum(n * days for n, days, _ in late) / whole,
            "days_late_clipped": sum(n * max(0, days) for n, days, _ in late) / whole,
            "on_time_pct": 100 * in_time / of if of else None,
            "turnover": sum(r[3] for r in rows if r[0] > year),
            "turnover_before": sum(r[3] for r in rows if before < r[0] <= year),
            "highest_balance": self._highest(rows, day),
        }
        for name, expected in figures.items():
            got = getattr(paid, name)
            if expected is None:
                self.assertIsNone(got, f"{name} of {trace}")
            else:
                self.assertAlmostEqual(got, expected, 4, f"{name} of {trace}")
        largest = max(0, *(days for _, days, _ in late))
        self.assertEqual(paid.largest_delay_days, largest, trace)
        self.assertEqual(paid.first_day, min(row[0] for row in rows), trace)

    def _year(self, day, years):
        return day.replace(year=day.year - years)

    def _highest(self, rows, day):
        """Day by day, what was invoiced and not settled yet."""
        one, top = min(row[0] for row in rows), 0.0
        while one <= day:
            owed = sum(row[3] for row in rows if row[0] <= one < row[2])
            top, one = max(top, owed), one + timedelta(days=1)
        return top
