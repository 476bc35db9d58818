import unittest
from datetime import date
from decimal import Decimal

from ledger import LedgerError, read_ledger

HEADER = "Customer,Invoice No,Date,Due,Amount,Settled"
GOOD = "A,1,1/31/2024,3/1/2024,10.50,2/15/2024"


def ledger_of(*lines, header=HEADER, **options):
    return read_ledger("\n".join([header, *lines]), **options)


class TestReading(unittest.TestCase):
    """A line of a ledger becomes an invoice or a reject with its reason."""

    def test_good_line_is_read(self):
        """Text becomes dates and an exact amount, with the line it stood on."""
        (invoice,) = ledger_of(GOOD).invoices
        self.assertEqual(
            (invoice.line, invoice.number, invoice.customer), (2, "1", "A")
        )
        self.assertEqual(invoice.invoiced, date(2024, 1, 31))
        self.assertEqual(invoice.due, date(2024, 3, 1))
        self.assertEqual(invoice.settled, date(2024, 2, 15))
        self.assertEqual(invoice.amount, Decimal("10.50"))
        self.assertEqual(invoice.days_late, -15)

    def test_bad_lines_are_rejected_with_reason(self):
        """Every kind of nonsense names its column and value."""
        for line, reason in (
            ("A,2,2/31/2024,3/1/2024,5,", "Date '2/31/2024' is no date (m/d/Y)"),
            ("A,2,,3/1/2024,5,", "no invoice date (Date is empty)"),
            ("A,2,1/1/2024,soon,5,", "Due 'soon' is no date (m/d/Y)"),
            ("A,2,1/1/2024,3/1/2024,5,soon", "Settled 'soon' is no date (m/d/Y)"),
            ("A,2,1/1/2024,3/1/2024,five,", "Amount 'five' is no amount"),
            ("A,2,1/1/2024,3/1/2024,,", "Amount '' is no amount"),
            ("A,2,1/1/2024,3/1/2024,1e3,", "Amount '1e3' is no amount"),
            (
                "A,2,1/1/2024,3/1/2024,-5,",
                "Amount -5 is not above 0 (credit notes stay out)",
            ),
            (
                "A,2,1/1/2024,3/1/2024,0,",
                "Amount 0 is not above 0 (credit notes stay out)",
            ),
            ("A,2,1/1/2024,3/1/2024,5.005,", "Amount 5.005 has more than 2 decimals"),
            (
                "A,2,1/31/2024,1/30/2024,5,",
                "Due 2024-01-30 lies before Date 2024-01-31",
            ),
            (
                "A,2,1/31/2024,3/1/2024,5,1/30/2024",
                "Settled 2024-01-30 lies before Date 2024-01-31",
            ),
            ("B,1,1/31/2024,3/1/2024,5,", "number 1 is on line 2 already"),
            (",2,1/1/2024,3/1/2024,5,", "no customer (Customer is empty)"),
            ("A,,1/1/2024,3/1/2024,5,", "no invoice number (Invoice No is empty)"),
            ("A,2,1/1/2024,3/1/2024,5", "has 5 cells, the header has 6"),
        ):
            with self.subTest(line=line):
                ledger = ledger_of(GOOD, line, date_style="m/d/Y")
                self.assertEqual([one.number for one in ledger.invoices], ["1"])
                (reject,) = ledger.rejects
                self.assertEqual((reject.line, reject.reason), (3, reason))

    def test_number_of_rejected_line_stays_free(self):
        """A line that is rejected does not block its number for the right one."""
        bad = "A,2,1/1/2024,3/1/2024,abc,"
        ledger = ledger_of(GOOD, bad, bad.replace("abc", "7"))
        self.assertEqual([one.line for one in ledger.invoices], [2, 4])

    def test_other_currency_is_rejected(self):
        header = HEADER + ",Currency"
        ledger = ledger_of(GOOD + ",USD", header=header, currency="EUR")
        self.assertEqual(
            ledger.rejects[0].reason, "currency USD is not the company's EUR"
        )
        self.assertFalse(
            ledger_of(GOOD + ",usd", header=header, currency="USD").rejects
        )

    def test_settled_may_be_missing(self):
        """Without a settled date, or without its column, an invoice is open."""
        self.assertIsNone(ledger_of("A,1,1/31/2024,3/1/2024,5,").invoices[0].settled)
        ledger = ledger_of(
            "A,1,1/31/2024,3/1/2024,5", header="Customer,Invoice No,Date,Due,Amount"
        )
        self.assertIsNone(ledger.invoices[0].settled)

    def test_own_days_late_are_compared(self):
        """The file's days late (early counts as 0) check that dates are read right."""
        header = HEADER + ",Days Late"
        ledger = ledger_of(
            GOOD + ",0",
            GOOD.replace("A,1,", "A,2,") + ",-15",
            GOOD.replace("A,1,", "A,3,") + ",4",
            header=header,
        )
        self.assertEqual(ledger.late_disagreements, 1)


class TestFile(unittest.TestCase):
    """What is said about a file as a whole."""

    def test_columns_are_found_by_name_in_any_order(self):
        header = "金额;到期日;发票日期;客户编号;发票号;Colour"
        ledger = ledger_of("1.234,50;01.03.2024;31.01.2024;A;7;red", header=header)
        (invoice,) = ledger.invoices
        self.assertEqual(invoice.amount, Decimal("1234.50"))
        self.assertEqual(invoice.due, date(2024, 3, 1))
        self.assertEqual((ledger.delimiter, ledger.mark), (";", ","))
        self.assertEqual(ledger.unused, ["Colour"])

    def test_surest_column_wins(self):
        """A column `customerID` is the customer although `customer` exists too."""
        header = HEADER.replace("Customer", "Customer,customerID")
        ledger = ledger_of("Anna," + GOOD, header=header)
        self.assertEqual(ledger.invoices[0].customer, "A")
        self.assertEqual(ledger.unused, ["Customer"])

    def test_quoted_line_break_keeps_line_numbers(self):
        """A reject names the line of the file, also after a cell of two lines."""
        ledger = ledger_of(
            '"A\nB",1,1/31/2024,3/1/2024,5,', "A,2,1/31/2024,3/1/2024,x,"
        )
        self.assertEqual(ledger.rejects[0].line, 4)

    def test_file_that_cannot_be_read_is_refused(self):
        """The error says what is wrong and what to do."""
        for text, problem in (
            ("", "the file is empty"),
            (HEADER, "there is no line after the header"),
            ("a,b\n1,2", "no column for the invoice number, customer, invoice date"),
            (
                "Customer,Invoice No,Date,Due\nA,1,1/31/2024,3/1/2024",
                "no column for the amount",
            ),
            (f"{HEADER},Due\n{GOOD},1/1/2024", "two columns are called 'Due'"),
            (f'{HEADER}\nA,1,"1/31/2024,3/1/2024,5,', "line 2 is no CSV"),
            (f"{HEADER}\n{GOOD}\0", "this is no text file"),
        ):
            with self.subTest(problem=problem):
                with self.assertRaises(LedgerError) as error:
                    read_ledger(text)
                self.assertIn(problem, str(error.exception))
                self.assertIn("\nNext: ", str(error.exception))


class TestDates(unittest.TestCase):
    """The format of dates is read from the dates, never guessed."""

    def test_format_is_detected(self):
        for first, due, style in (
            ("1/31/2024", "3/1/2024", "m/d/Y"),
            ("31/1/2024", "1/3/2024", "d/m/Y"),
            ("2024-01-31", "2024-03-01", "Y-m-d"),
            ("2024-01-31 00:00:00", "2024-03-01 00:00:00", "Y-m-d"),
            ("31.1.2024", "1.3.2024", "d.m.Y"),
            ("2024年1月31日", "2024年3月1日", "Y年m月d日"),
        ):
            with self.subTest(style=style):
                ledger = ledger_of(f"A,1,{first},{due},5,")
                self.assertEqual(ledger.date_style, style)
                self.assertEqual(ledger.invoices[0].invoiced, date(2024, 1, 31))
                self.assertEqual(ledger.invoices[0].due, date(2024, 3, 1))

    def test_ambiguous_format_is_asked_for(self):
        """Both readings fit every date and mean different days."""
        with self.assertRaisesRegex(LedgerError, "--date-format d/m/Y"):
            ledger_of("A,1,1/2/2024,3/4/2024,5,")

    def test_same_day_either_way_is_not_ambiguous(self):
        ledger = ledger_of("A,1,2/2/2024,3/3/2024,5,")
        self.assertEqual(ledger.invoices[0].due, date(2024, 3, 3))

    def test_asked_format_is_used(self):
        for style in ("d/m/Y", "%d/%m/%Y"):
            ledger = ledger_of("A,1,1/2/2024,3/4/2024,5,", date_style=style)
            self.assertEqual(ledger.invoices[0].invoiced, date(2024, 2, 1))
        with self.assertRaisesRegex(LedgerError, "no date format 'dmy'"):
            ledger_of(GOOD, date_style="dmy")

    def test_no_format_fits(self):
        with self.assertRaisesRegex(LedgerError, "fit no known format"):
            ledger_of("A,1,Jan 31 24,Mar 1 24,5,")
