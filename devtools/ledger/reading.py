"""From the text of a ledger to invoices and rejects."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from .columns import LABELS, map_columns
from .errors import LedgerError
from .values import check_style, detect_mark, detect_style, parse_amount, parse_date

DATES = ("invoiced", "due", "settled")


@dataclass(frozen=True, slots=True)
class Invoice:
    """One line of the ledger that makes sense."""

    line: int
    number: str
    customer: str
    invoiced: date
    due: date
    settled: date | None
    amount: Decimal
    name: str = ""
    country: str = ""

    @property
    def days_late(self) -> int | None:
        """Days from due to paid, negative when early; None while it is open."""
        return (self.settled - self.due).days if self.settled else None


@dataclass(frozen=True, slots=True)
class Reject:
    """One line that cannot be loaded, and why."""

    line: int
    reason: str


@dataclass(slots=True)
class Ledger:
    """What a file holds, and how it was read."""

    header: list[str]
    columns: dict[str, int]
    delimiter: str
    date_style: str
    date_evidence: str
    mark: str
    invoices: list[Invoice] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    late_disagreements: int = 0

    @property
    def unused(self) -> list[str]:
        """Columns that the loading does not use."""
        used = set(self.columns.values())
        return [title for at, title in enumerate(self.header) if at not in used]


class _BadLine(Exception):
    """Why a line is rejected."""


def read_ledger(
    text: str, date_style: str = "", currency: str = "", digits: int = 2
) -> Ledger:
    """Read a ledger with a header line; what is wrong with a line rejects the line.

    :param date_style: how dates are written, detected when empty
    :param currency: code of the currency that amounts must be in, if a column says
    :param digits: decimals of that currency
    :raise LedgerError: the file as a whole cannot be read
    """
    delimiter, header, lines = _split(text)
    columns = map_columns(header)
    whole = [(at, cells) for at, cells in lines if len(cells) == len(header)]
    dates = [
        text
        for name in DATES
        if name in columns
        for text in _values(whole, columns[name])
    ]
    if date_style:
        style, evidence = check_style(date_style), "as asked for"
    else:
        style, evidence = detect_style(dates)
    mark = detect_mark(_values(whole, columns["amount"]))
    ledger = Ledger(header, columns, delimiter, style, evidence, mark)
    parser = _Parser(ledger, currency, digits)
    for at, cells in lines:
        try:
            ledger.invoices.append(parser.parse(at, cells))
        except _BadLine as error:
            ledger.rejects.append(Reject(at, str(error)))
    return ledger


def _values(lines: Iterable[tuple[int, list[str]]], column: int) -> list[str]:
    return [cells[column] for _at, cells in lines if cells[column]]


def _split(text: str) -> tuple[str, list[str], list[tuple[int, list[str]]]]:
    """``(delimiter, header, [(line number, cells)])``; empty lines are left out.

    The delimiter is the one that splits the first line into most columns.
    """
    if not text.strip():
        raise LedgerError("the file is empty.", "export the ledger again.")
    if "\0" in text:
        raise LedgerError("this is no text file.", "save the sheet as CSV (UTF-8).")
    first = text.lstrip().splitlines()[0]
    delimiter = max(",;\t|", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines, at = [], 1
    try:
        for cells in reader:
            cells = [cell.strip() for cell in cells]
            if any(cells):
                lines.append((at, cells))
            at = reader.line_num + 1
    except csv.Error as error:
        raise LedgerError(
            f"line {at} is no CSV: {error}.",
            "look for a quotation mark without its partner there.",
        ) from error
    if len(lines) < 2:
        raise LedgerError("there is no line after the header.", "export it again.")
    return delimiter, lines[0][1], lines[1:]


@dataclass(slots=True)
class _Parser:
    """Turns the cells of one line into an invoice."""

    ledger: Ledger
    currency: str
    digits: int
    seen: dict[str, int] = field(default_factory=dict)

    def parse(self, at: int, cells: list[str]) -> Invoice:
        """:raise _BadLine: with the reason in words"""
        header = self.ledger.header
        if len(cells) != len(header):
            raise _BadLine(f"has {len(cells)} cells, the header has {len(header)}")
        text = {name: cells[column] for name, column in self.ledger.columns.items()}
        for name in ("number", "customer"):
            if not text[name]:
                raise _BadLine(f"no {LABELS[name]} ({self._title(name)} is empty)")
        self._check_currency(text.get("currency", ""))
        invoice = Invoice(
            line=at,
            number=text["number"],
            customer=text["customer"],
            invoiced=self._date("invoiced", text["invoiced"]),
            due=self._date("due", text["due"]),
            settled=self._date("settled", text.get("settled", ""), optional=True),
            amount=self._amount(text["amount"]),
            name=text.get("name", ""),
            country=text.get("country", ""),
        )
        self._check_order(invoice)
        self._check_new(invoice)
        self._compare_late(invoice, text.get("late", ""))
        return invoice

    def _title(self, name: str) -> str:
        return self.ledger.header[self.ledger.columns[name]]

    def _date(self, name: str, text: str, optional: bool = False) -> date | None:
        if not text and optional:
            return None
        found = parse_date(text, self.ledger.date_style)
        if not found:
            raise _BadLine(
                f"{self._title(name)} {text!r} is no date ({self.ledger.date_style})"
                if text
                else f"no {LABELS[name]} ({self._title(name)} is empty)"
            )
        return found

    def _amount(self, text: str) -> Decimal:
        title = self._title("amount")
        amount = parse_amount(text, self.ledger.mark)
        if amount is None:
            raise _BadLine(f"{title} {text!r} is no amount")
        if amount <= 0:
            raise _BadLine(f"{title} {text} is not above 0 (credit notes stay out)")
        if amount != round(amount, self.digits):
            raise _BadLine(f"{title} {text} has more than {self.digits} decimals")
        return amount

    def _check_currency(self, code: str):
        if code and self.currency and code.upper() != self.currency:
            raise _BadLine(f"currency {code} is not the company's {self.currency}")

    def _check_order(self, invoice: Invoice):
        for name, later in (("due", invoice.due), ("settled", invoice.settled)):
            if later and later < invoice.invoiced:
                raise _BadLine(
                    f"{self._title(name)} {later} lies before "
                    f"{self._title('invoiced')} {invoice.invoiced}"
                )

    def _check_new(self, invoice: Invoice):
        first = self.seen.setdefault(invoice.number, invoice.line)
        if first != invoice.line:
            raise _BadLine(f"number {invoice.number} is on line {first} already")

    def _compare_late(self, invoice: Invoice, text: str):
        """Does the file's own figure agree with its dates (early counts as 0)?"""
        late = invoice.days_late
        if text and late is not None and text not in (str(late), str(max(0, late))):
            self.ledger.late_disagreements += 1
