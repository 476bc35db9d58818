"""Statement of account: running balances and ageing of one customer and currency.

Amounts are signed as the customer owes them: an invoice is above zero, a payment or
credit note below. The service ``credit.statement`` reads the rows from the ledger.

>>> from datetime import date
>>> rows = [
...     Row(1, 1, "invoice", "INV/1", date(2026, 5, 1), 300.0, due=date(2026, 5, 31)),
...     Row(2, 2, "payment", "BNK/1", date(2026, 6, 2), -50.0),
... ]
>>> open_items(rows, date(2026, 6, 15), digits=2).closing
250.0
>>> movements(rows, opening=100.0, digits=2).closing
350.0
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from math import fsum

#: The buckets of the ageing and the last day past due that each holds.
BUCKETS = (
    ("not_due", 0),
    ("days_30", 30),
    ("days_60", 60),
    ("days_90", 90),
    ("older", None),
)
#: Payments and credit notes that settle nothing yet: not aged.
CREDITS = "credits"


@dataclass(frozen=True, slots=True)
class Row:
    """A document, or one instalment of it, on a statement.

    id         of the journal item, or of the entry where its items are added up
    kind       invoice, refund, payment, payback, entry or transfer
    amount     what counts: still open on the day, or moved in the period
    total      what it was at first
    days       days past due on the day of the statement; 0 before, and for credits
    balance    running balance up to and including this row
    disputed   in dispute, or marked *blocked* by the host
    """

    id: int
    move_id: int
    kind: str
    name: str
    date: datetime.date
    amount: float
    due: datetime.date | None = None
    reference: str = ""
    total: float = 0.0
    days: int = 0
    balance: float = 0.0
    disputed: bool = False

    @property
    def debit(self) -> float:
        return max(self.amount, 0.0)

    @property
    def credit(self) -> float:
        return max(-self.amount, 0.0)


@dataclass(frozen=True, slots=True)
class Statement:
    """What one customer owes in one currency.

    ``closing`` is the opening balance and all rows; ``ageing`` is filled for open
    items only and adds up to ``closing``.
    """

    rows: tuple[Row, ...]
    opening: float = 0.0
    closing: float = 0.0
    ageing: dict[str, float] = field(default_factory=dict)

    @property
    def overdue(self) -> float:
        """What is past due; credits are not taken off."""
        return fsum(
            amount
            for name, amount in self.ageing.items()
            if name not in ("not_due", CREDITS)
        )


def bucket(days: int) -> str:
    """The bucket of an item by its days past due.

    >>> [bucket(days) for days in (0, 1, 30, 31, 90, 91)]
    ['not_due', 'days_30', 'days_30', 'days_60', 'days_90', 'older']
    """
    return next(name for name, last in BUCKETS if last is None or days <= last)


def age(rows: Iterable[Row], digits: int) -> dict[str, float]:
    """``{bucket: amount}`` with every bucket; credits stand apart."""
    amounts = {name: [] for name, _last in BUCKETS} | {CREDITS: []}
    for row in rows:
        amounts[CREDITS if row.amount < 0 else bucket(row.days)].append(row.amount)
    return {name: round(fsum(values), digits) + 0.0 for name, values in amounts.items()}


def open_items(rows: Iterable[Row], today: datetime.date, digits: int) -> Statement:
    """Open items by due date, oldest first, with days past due and ageing.

    A credit is never past due; one without a due date stands at its own date.
    """
    rows = sorted(rows, key=lambda row: (row.due or row.date, row.date, row.id))
    dated = [
        replace(row, days=max(0, (today - row.due).days))
        if row.due and row.amount > 0
        else row
        for row in rows
    ]
    rows, closing = _run(dated, 0.0, digits)
    return Statement(rows, 0.0, closing, age(rows, digits))


def movements(rows: Iterable[Row], opening: float, digits: int) -> Statement:
    """The rows of a period by date, between opening and closing balance.

    Of one day invoices come first, so that the balance does not dip without cause.
    """
    rows = sorted(rows, key=lambda row: (row.date, row.amount < 0, row.move_id, row.id))
    rows, closing = _run(rows, opening, digits)
    return Statement(rows, round(opening, digits) + 0.0, closing)


def _run(rows, opening, digits) -> tuple[tuple[Row, ...], float]:
    """The rows with their running balance, and the last balance; no minus zero."""
    result, balance = [], opening
    for row in rows:
        balance = round(balance + row.amount, digits) + 0.0
        result.append(replace(row, balance=balance))
    return tuple(result), round(balance, digits) + 0.0
