"""How a customer pays: the figures, and the plain arithmetic that defines them.

``measure`` reckons one customer by hand, document after document: it is the oracle.
``credit.behaviour`` asks PostgreSQL the same for all customers at once, and a test on
random ledgers holds the two together.

As of a day, nothing of the days after it is known: later invoices do not exist, and
what was settled later stands open. Terms:

debt        one instalment of an invoice, or of an entry made by hand, on a trade
            receivable account
payment     whatever settles a debt, but a credit note: what is credited was not paid,
            neither well nor badly, and is left out of all days and shares
days late   from the due date to the payment, negative when early; what stands open
            counts to the day (DOMAIN: Σ(amount × days) ÷ Σ amount)

>>> invoice = Debt(
...     booked=date(2026, 1, 1), due=date(2026, 1, 31), amount=1000.0,
...     settlements=(
...         Settlement(date(2026, 1, 21), 300.0),
...         Settlement(date(2026, 2, 10), 200.0),
...         Settlement(date(2026, 2, 10), 100.0, credit_note=True)))
>>> paid = measure([invoice], [], date(2026, 3, 2))

300 were paid 10 days early, 200 were 10 days late, 400 are open for 30 days:

>>> paid.days_late, paid.days_late_clipped
(12.222222222222221, 15.555555555555555)
>>> paid.on_time_pct, paid.largest_delay_days
(33.333333333333336, 30)

A month earlier 700 were open for a day, of which nobody knew yet what would come:

>>> measure([invoice], [], date(2026, 2, 1)).days_late
-2.3
"""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

#: Turnover, returned payments and broken promises of so many months, …
LONG_MONTHS = 12
#: … and the time that the trend compares with it.
SHORT_MONTHS = 3


@dataclass(frozen=True, slots=True)
class Settlement:
    """An amount that settled a debt on a day: the later of the two entries' days."""

    day: date
    amount: float
    credit_note: bool = False


@dataclass(frozen=True, slots=True)
class Debt:
    """One instalment with what has settled it, in company currency."""

    booked: date
    due: date
    amount: float
    settlements: tuple[Settlement, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A journal item on a receivable account: invoices plus, payments minus."""

    day: date
    amount: float
    kind: str = "other"  # invoice | credit_note | other


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a customer has paid up to ``day``; money in company currency, taxed.

    None says that there is nothing to measure, which is not the same as zero.

    days_late            weighted days late, early payments count as negative
    days_late_clipped    the same with early payments counted as 0
    on_time_pct          of what was paid or fell due, paid in time (company's grace)
    largest_delay_days   of any part that was paid or stands open; 0 = never late
    days_late_short, days_late_long   weighted days late of what was paid within 3 and
                         12 months and of what stands overdue
    part_count           payments and open items that the figures rest on
    first_day            of the first invoice
    turnover, turnover_before   invoices less credit notes of 12 months, and of the 12
                         months before
    credit_note_pct      credit notes in percent of the invoices of 12 months
    highest_balance      the most he owed at the end of a day
    returned_payments, broken_promises   within 12 months
    """

    day: date
    days_late: float | None = None
    days_late_clipped: float | None = None
    on_time_pct: float | None = None
    largest_delay_days: int | None = None
    days_late_short: float | None = None
    days_late_long: float | None = None
    part_count: int = 0
    first_day: date | None = None
    turnover: float = 0.0
    turnover_before: float = 0.0
    credit_note_pct: float | None = None
    highest_balance: float = 0.0
    returned_payments: int = 0
    broken_promises: int = 0

    @property
    def trend_days(self) -> float | None:
        """By how many days he pays later (+) in the last 3 months than in 12.

        >>> Behaviour(date(2026, 1, 1), days_late_short=9.5, days_late_long=4.0
        ...           ).trend_days
        5.5
        """
        if self.days_late_short is None or self.days_late_long is None:
            return None
        return self.days_late_short - self.days_late_long

    @property
    def growth_pct(self) -> float | None:
        """Growth of the turnover against the year before; None without one.

        >>> Behaviour(date(2026, 1, 1), turnover=120.0, turnover_before=100.0
        ...           ).growth_pct
        20.0
        """
        if self.turnover_before <= 0:
            return None
        change = self.turnover - self.turnover_before
        return 100.0 * change / self.turnover_before

    @property
    def tenure_months(self) -> int | None:
        """Whole months since the first invoice; None without any.

        >>> Behaviour(date(2026, 3, 14), first_day=date(2025, 1, 15)).tenure_months
        13
        """
        if self.first_day is None:
            return None
        months = 12 * (self.day.year - self.first_day.year)
        months += self.day.month - self.first_day.month
        return months - (self.day.day < self.first_day.day)


def months_before(day: date, months: int) -> date:
    """The same day so many months before, or the last one of a shorter month.

    >>> months_before(date(2026, 5, 31), 3), months_before(date(2026, 2, 1), 14)
    (datetime.date(2026, 2, 28), datetime.date(2024, 12, 1))
    """
    year, month = divmod(12 * day.year + day.month - 1 - months, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a debt: paid on ``day``, or open (None)."""

    due: date
    amount: float
    day: date | None

    def late(self, today: date) -> int:
        return ((self.day or today) - self.due).days


def measure(
    debts: Iterable[Debt],
    entries: Iterable[Entry],
    day: date,
    grace_days: int = 0,
    returned: Iterable[date] = (),
    broken: Iterable[date] = (),
) -> Behaviour:
    """The behaviour of one customer as of ``day``.

    :param grace_days: the company's margin before an item counts as overdue
    :param returned: days of payments that came back
    :param broken: days on which promises to pay were broken
    """
    debts = [debt for debt in debts if debt.booked <= day]
    parts = [part for debt in debts for part in _parts(debt, day)]
    long, short = (months_before(day, n) for n in (LONG_MONTHS, SHORT_MONTHS))
    late = [part.late(day) for part in parts]
    decided = [p for p in parts if p.day or p.late(day) > grace_days]
    in_time = [p for p in decided if p.late(day) <= grace_days]
    return Behaviour(
        day=day,
        days_late=_weighted(parts, day),
        days_late_clipped=_weighted(parts, day, clipped=True),
        on_time_pct=_share(in_time, decided),
        largest_delay_days=max(0, *late) if late else None,
        days_late_short=_weighted(_recent(parts, short, day), day),
        days_late_long=_weighted(_recent(parts, long, day), day),
        part_count=len(parts),
        **_trade([entry for entry in entries if entry.day <= day], day),
        returned_payments=sum(long < one <= day for one in returned),
        broken_promises=sum(long < one <= day for one in broken),
    )


def _parts(debt: Debt, today: date) -> list[_Part]:
    """What was paid of a debt by then, and what stood open."""
    known = [one for one in debt.settlements if one.day <= today]
    parts = [
        _Part(debt.due, one.amount, one.day) for one in known if not one.credit_note
    ]
    left = round(debt.amount - sum(one.amount for one in known), 6)
    return [*parts, _Part(debt.due, left, None)] if left > 0 else parts


def _recent(parts, since: date, today: date) -> list[_Part]:
    """What was paid after ``since``, and what stands open past its due date."""
    return [
        part
        for part in parts
        if (part.day > since if part.day else part.late(today) > 0)
    ]


def _weighted(parts, today: date, clipped: bool = False) -> float | None:
    """Σ(amount × days late) ÷ Σ amount."""
    days = [(part.amount, part.late(today)) for part in parts]
    if not days:
        return None
    weighted = sum(n * (max(0, late) if clipped else late) for n, late in days)
    return weighted / sum(amount for amount, _late in days)


def _share(some, of) -> float | None:
    """In percent by amount; None of nothing."""
    whole = sum(part.amount for part in of)
    return 100.0 * sum(part.amount for part in some) / whole if whole else None


def _trade(entries: list[Entry], day: date) -> dict:
    """First invoice, turnover, credit notes and the highest balance."""
    year = [months_before(day, n) for n in (LONG_MONTHS, 2 * LONG_MONTHS)]

    def total(kind: str, since: date, until: date) -> float:
        found = (e for e in entries if e.kind == kind and since < e.day <= until)
        return sum(entry.amount for entry in found)

    invoiced, credited = (total(k, year[0], day) for k in ("invoice", "credit_note"))
    before = sum(total(k, year[1], year[0]) for k in ("invoice", "credit_note"))
    return {
        "first_day": min((e.day for e in entries if e.kind == "invoice"), default=None),
        "turnover": invoiced + credited,
        "turnover_before": before,
        "credit_note_pct": -100.0 * credited / invoiced if invoiced else None,
        "highest_balance": _highest(entries),
    }


def _highest(entries: Iterable[Entry]) -> float:
    """The highest balance at the end of a day, never below zero.

    >>> day = date(2026, 1, 1)
    >>> _highest([Entry(day, 100.0), Entry(date(2026, 1, 3), 50.0),
    ...           Entry(date(2026, 1, 3), -100.0)])
    100.0
    """
    days = defaultdict(float)
    for entry in entries:
        days[entry.day] += entry.amount
    balances = accumulate(days[day] for day in sorted(days))
    return max([0.0, *balances])
