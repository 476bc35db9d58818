import contextlib
import io
import sys
import tempfile
import unittest
from datetime import date
from pathlib import Path

from odoo import fields
from odoo.tests import tagged

from .common import TODAY, CreditCommon

#: Loading ledgers is a tool of the checkout, not of the installed add-on.
DEVTOOLS = Path(__file__).resolve().parents[2] / "devtools"
LEDGER = """\
Customer ID,Country,Invoice No,Invoice Date,Due Date,Amount,Settled Date
L-1,CN,0001,1/31/2026,3/2/2026,100.10,2/20/2026
L-1,CN,0002,4/30/2026,5/30/2026,200.20,
L-2,391,0003,4/1/2026,5/1/2026,50.00,6/1/2026
L-2,391,0004,6/14/2026,7/14/2026,25.00,
"""


@tagged("post_install", "-at_install")
@unittest.skipUnless(
    (DEVTOOLS / "load_ledger.py").is_file(), "needs the checkout's devtools"
)
class TestLoadLedger(CreditCommon):
    """A ledger in the books says the same as the file, however often it is loaded."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        sys.path.append(str(DEVTOOLS))
        cls.addClassCleanup(sys.path.remove, str(DEVTOOLS))
        import load_ledger

        cls.main = staticmethod(load_ledger.main)

    def _load(self, text=LEDGER, *options):
        """Run the command on ``text``; returns (exit code, what it printed)."""
        with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                code = self.main(self.env, [file.name, *options])
        return code, printed.getvalue()

    def _moves(self):
        return self.env["account.move"].search(
            [("journal_id.code", "=", "LEDG"), ("company_id", "=", self.company.id)],
            order="name",
        )

    def _customer_of(self, ref):
        return self.env["res.partner"].search([("ref", "=", ref)])

    def _file_of(self, ref):
        """The credit file of a loaded customer."""
        return self.env["credit.file"].search(
            [("partner_id", "=", self._customer_of(ref).id)]
        )

    def _exposure(self, ref):
        key = (self._customer_of(ref).id, self.company.id)
        return self.env["credit.exposure"]._get_customer_exposures(
            {key: self.currency}
        )[key]

    # -- loading ------------------------------------------------------------------
    def test_invoices_are_posted_with_their_dates(self):
        code, printed = self._load()
        self.assertEqual(code, 0, printed)
        first = self._moves()[0]
        self.assertEqual(self._moves().mapped("name"), ["0001", "0002", "0003", "0004"])
        self.assertEqual(set(self._moves().mapped("state")), {"posted"})
        self.assertEqual(first.invoice_date, date(2026, 1, 31))
        self.assertEqual(first.date, date(2026, 1, 31))
        self.assertEqual(first.invoice_date_due, date(2026, 3, 2))
        self.assertEqual(first.amount_total, 100.10)
        self.assertEqual(first.partner_id.country_id.code, "CN")

    def test_payments_are_reconciled_on_their_dates(self):
        """What is settled is paid by a payment of its settled date, the rest open."""
        self._load()
        moves = self._moves()
        self.assertEqual(
            moves.mapped("payment_state"), ["paid", "not_paid", "paid", "not_paid"]
        )
        payment = moves[0].reconciled_payment_ids
        self.assertEqual(payment.date, date(2026, 2, 20))
        self.assertEqual((payment.amount, payment.state), (100.10, "paid"))
        self.assertEqual(payment.move_id.origin_payment_id, payment)
        partial = moves[0].line_ids.matched_credit_ids
        self.assertEqual(partial.max_date, date(2026, 2, 20))

    def test_books_equal_the_file(self):
        """What the exposure service measures is the sum over the lines."""
        _code, printed = self._load()
        one, two = self._exposure("L-1"), self._exposure("L-2")
        self.assertEqual((one.overdue, one.overdue_days), (200.20, 16))
        self.assertEqual((two.overdue, two.not_due), (0.0, 25.0))
        self.assertRegex(printed, r"open receivables +225.20 +225.20 +equal")
        self.assertRegex(printed, r"overdue +200.20 +200.20 +equal")
        # (-10 × 100.10 + 16 × 200.20 + 31 × 50 - 29 × 25) ÷ 375.30
        self.assertRegex(printed, r"days late, weighted +8.07 +8.07 +equal")

    def test_difference_is_told(self):
        """A document beside the ledger shows as a difference, not as an agreement."""
        self._load()
        self._invoice(7, partner=self._customer_of("L-1"))
        _code, printed = self._load()
        self.assertRegex(printed, r"open receivables +232.20 +225.20 +differs by 7.00")

    def test_unknown_country_becomes_tag(self):
        self._load()
        partner = self._customer_of("L-2")
        self.assertEqual(partner.category_id.name, "Country 391")
        self.assertFalse(partner.country_id)

    def test_known_customer_is_used(self):
        """A contact with the customer's id as reference gets the invoices."""
        self.customer.ref = "L-1"
        self._load()
        self.assertEqual(self._moves()[0].partner_id, self.customer)

    def test_two_contacts_of_one_id_are_refused(self):
        self.customer.ref = self._customer("Other").ref = "L-1"
        code, printed = self._load()
        self.assertEqual(code, 1)
        self.assertIn("two contacts have the reference L-1", printed)

    # -- loading again --------------------------------------------------------------
    def test_second_run_says_nothing_new(self):
        self._load()
        payments = self.env["account.payment"].search_count([])
        code, printed = self._load()
        self.assertEqual(code, 0)
        self.assertIn("invoices: 0 new, 4 loaded before", printed)
        self.assertIn("payments: 0 new", printed)
        self.assertEqual(len(self._moves()), 4)
        self.assertEqual(self.env["account.payment"].search_count([]), payments)

    def test_later_day_adds_what_came_since(self):
        """As of a day only its knowledge is loaded; a later day adds to it."""
        self._load(LEDGER, "--as-of", "2026-05-01")
        self.assertEqual(self._moves().mapped("name"), ["0001", "0002", "0003"])
        self.assertEqual(self._moves()[2].payment_state, "not_paid")
        _code, printed = self._load()
        self.assertIn("invoices: 1 new, 3 loaded before", printed)
        self.assertIn("payments: 1 new", printed)
        self.assertEqual(self._moves()[2].payment_state, "paid")

    def test_number_known_with_other_facts_is_rejected(self):
        """Same number, other customer, amount or date: not loaded, and said so."""
        self._load()
        for old, new, reason in (
            ("L-1,CN,0002", "L-2,CN,0002", "is in the books for L-1, not L-2"),
            ("200.20", "200.30", "is in the books over 200.2, not 200.30"),
            ("4/30/2026", "4/29/2026", "is in the books of 2026-04-30, not 2026-04-29"),
        ):
            with self.subTest(reason=reason):
                code, printed = self._load(LEDGER.replace(old, new))
                self.assertEqual(code, 1)
                self.assertIn(f"line 3: number 0002 {reason}", printed)

    # -- what cannot be loaded ------------------------------------------------------
    def test_reject_stops_everything(self):
        """One bad line: it is listed and nothing at all is loaded."""
        code, printed = self._load(LEDGER.replace("6/14/2026", "6/31/2026"))
        self.assertEqual(code, 1)
        self.assertIn("line 5: Invoice Date '6/31/2026' is no date", printed)
        self.assertFalse(self._moves())
        self.assertFalse(self._customer_of("L-1"))

    def test_skip_rejects_loads_the_others(self):
        text = LEDGER.replace("6/14/2026", "6/31/2026")
        code, printed = self._load(text, "--skip-rejects")
        self.assertEqual(code, 0)
        self.assertIn("line 5:", printed)
        self.assertEqual(len(self._moves()), 3)

    def test_locked_period_is_refused(self):
        """Odoo would move the dates of the invoices; we say so instead."""
        self.company.fiscalyear_lock_date = date(2026, 3, 31)
        code, printed = self._load()
        self.assertEqual(code, 1)
        self.assertIn("locked up to 2026-03-31", printed)
        self.assertFalse(self._moves())

    # -- shift and limits -----------------------------------------------------------
    def test_shift_makes_the_day_today(self):
        """The as-of day becomes today, and a later run keeps the shift."""
        options = ("--as-of", "2026-05-01", "--shift-to-today")
        _code, printed = self._load(LEDGER, *options)
        self.assertIn("moved by 45 days, 2026-05-01 becomes 2026-06-15", printed)
        self.assertEqual(self._moves()[1].invoice_date, date(2026, 6, 14))
        self.assertEqual(fields.Date.today(), TODAY)
        _code, printed = self._load(LEDGER, "--as-of", "2026-04-30", "--shift-to-today")
        self.assertIn("moved by 45 days, as when it was loaded first", printed)
        self.assertIn("invoices: 0 new", printed)

    def test_other_shift_is_refused(self):
        """A ledger is not loaded twice under two sets of dates."""
        self._load(LEDGER, "--as-of", "2026-05-01", "--shift-to-today")
        code, printed = self._load()
        self.assertEqual(code, 1)
        self.assertIn("with --shift-to-today as before", printed)
        code, printed = self._load(LEDGER, "--as-of", "2026-06-01", "--shift-to-today")
        self.assertEqual(code, 1)
        self.assertIn("the books stand at 2026-05-01", printed)

    def test_limits_only_when_asked(self):
        self._load()
        self.assertFalse(self._file_of("L-1"))
        self._load(LEDGER, "--limits")
        file = self._file_of("L-1")
        self.assertEqual((file.limit_mode, file.credit_limit), ("amount", 250.0))
        self.assertEqual(file.limit_line_ids.reason, "Highest balance 200.20 × 1.2")
        self.assertEqual((file.exposure, file.overdue_amount), (200.20, 200.20))

    def test_own_limit_is_kept(self):
        """A limit that somebody has set is not replaced by the proposal."""
        self._load()
        self._file(limit=5, partner=self._customer_of("L-2"))
        self._load(LEDGER, "--limits")
        self.assertEqual(self._file_of("L-2").credit_limit, 5)

    def test_gate_works_on_the_loaded_ledger(self):
        """A quotation that fits beside the loaded debts passes, a cent more is held."""
        self._load(LEDGER, "--limits")
        customer = self._customer_of("L-2")
        room = self._file_of("L-2").available
        for amount, held in ((room, False), (room + 0.01, True)):
            order = self._order(amount, partner=customer)
            verdict = self.env["credit.gate"]._evaluate(order)[order.id]
            self.assertEqual(verdict.held, held, amount)
