"""Interest on late payment: simple, by day, at the rate of each day.

The customer is late from the day after the due date. A rate that changes inside the
span splits it, and so does a payment: interest is owed on what was open on each day.
Where no rate is in force there is no interest: nothing is guessed.

Sources: directive 2011/7/EU, article 2 (5)-(7): simple interest at a reference rate
plus a margin, on the amount due; article 3 (1), (3): from the day after the due date,
the reference rate by half-years; article 6: 40 EUR for recovery costs, once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

#: How many days a year has: always 365, always 360, or as many as it really has.
DAY_COUNTS = ("365", "360", "actual")


@dataclass(frozen=True)
class Rate:
    """A yearly rate in percent, from its first to its last day (None: until the next).

    ``fixed_sum``: owed once per item beside the interest, as in the EU directive
    2011/7 (40 EUR). ``rounding``: the step to which interest is rounded; 0: that of
    the currency.
    """

    date_from: date
    pct: float
    day_count: str = "365"
    date_to: date | None = None
    fixed_sum: float = 0.0
    rounding: float = 0.0


class Piece(NamedTuple):
    """Days from ``first`` to ``last``, both included, on which the same amount was
    open at the same rate; ``interest`` is not rounded."""

    first: date
    last: date
    rate: Rate
    amount: float
    interest: float

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def spans(
    rates: Sequence[Rate], due: date, until: date
) -> list[tuple[Rate, date, date]]:
    """``(rate, first day, last day)`` of each stretch of late days, oldest first.

    >>> low, high = Rate(date(2026, 1, 1), 9.0), Rate(date(2026, 7, 1), 10.0)
    >>> due, until = date(2026, 6, 20), date(2026, 7, 5)
    >>> for rate, first, last in spans([high, low], due, until):
    ...     print(rate.pct, first, last, (last - first).days + 1)
    9.0 2026-06-21 2026-06-30 10
    10.0 2026-07-01 2026-07-05 5

    A day before the first rate, or after the end of one, earns nothing:

    >>> spans([low], date(2025, 12, 1), date(2025, 12, 31))
    []
    """
    day = timedelta(days=1)
    ordered = sorted(rates, key=lambda rate: rate.date_from)
    found = []
    for index, rate in enumerate(ordered):
        first, last = max(rate.date_from, due + day), until
        if rate.date_to:
            last = min(last, rate.date_to)
        if index + 1 < len(ordered):
            last = min(last, ordered[index + 1].date_from - day)
        if first <= last:
            found.append((rate, first, last))
    return found


def years(first: date, last: date, day_count: str) -> float:
    """The days from ``first`` to ``last``, both included, in years.

    >>> years(date(2028, 1, 1), date(2028, 12, 31), "actual")
    1.0
    >>> round(years(date(2028, 1, 1), date(2028, 12, 31), "365"), 6)
    1.00274
    >>> years(date(2026, 1, 1), date(2026, 6, 29), "360")
    0.5
    """
    days = (last - first).days + 1
    if day_count != "actual":
        return days / int(day_count)
    total = 0.0
    for year in range(first.year, last.year + 1):
        begin, end = date(year, 1, 1), date(year, 12, 31)
        part = (min(last, end) - max(first, begin)).days + 1
        total += part / ((end - begin).days + 1)
    return total


def interest(amount: float, rates: Sequence[Rate], due: date, until: date) -> float:
    """Simple interest on ``amount`` from the day after ``due`` to ``until``, not
    rounded: amount × rate × days ÷ days of a year.

    >>> rates = [Rate(date(2026, 1, 1), 9.0), Rate(date(2026, 7, 1), 10.0)]
    >>> round(interest(1000.0, rates, date(2026, 6, 20), date(2026, 7, 5)), 4)
    3.8356

    That is 1,000 × 9 % × 10 ÷ 365 + 1,000 × 10 % × 5 ÷ 365. On the due date itself,
    and for a credit, nothing is owed:

    >>> interest(1000.0, rates, date(2026, 6, 20), date(2026, 6, 20))
    0.0
    >>> interest(-1000.0, rates, date(2026, 6, 20), date(2026, 7, 5))
    0.0
    """
    if amount <= 0:
        return 0.0
    return sum(
        (
            amount * rate.pct / 100.0 * years(first, last, rate.day_count)
            for rate, first, last in spans(rates, due, until)
        ),
        0.0,
    )


def fixed_sum(rates: Sequence[Rate], due: date, until: date) -> float:
    """The sum owed once for an item, by the rate of its first late day.

    >>> rates = [Rate(date(2026, 1, 1), 9.0, fixed_sum=40.0)]
    >>> fixed_sum(rates, date(2026, 6, 20), date(2026, 6, 21))
    40.0
    >>> fixed_sum(rates, date(2026, 6, 20), date(2026, 6, 20))
    0.0
    """
    found = spans(rates, due, until)
    return found[0][0].fixed_sum if found else 0.0


def free(
    first: date, last: date, taken: Iterable[tuple[date, date]]
) -> list[tuple[date, date]]:
    """What is left of the days from ``first`` to ``last`` without those ``taken``
    (charged or waived before), oldest first.

    >>> march = date(2026, 3, 1), date(2026, 3, 31)
    >>> for days in free(*march, [(date(2026, 3, 10), date(2026, 3, 12))]):
    ...     print(*days)
    2026-03-01 2026-03-09
    2026-03-13 2026-03-31
    >>> free(*march, [(date(2026, 1, 1), date(2026, 3, 20)), march])
    []
    """
    day, left = timedelta(days=1), []
    for begin, end in sorted(taken):
        if begin > first:
            left.append((first, min(last, begin - day)))
        first = max(first, end + day)
    left.append((first, last))
    return [(begin, end) for begin, end in left if begin <= end]


def balances(
    amount: float, payments: Iterable[tuple[date, float]], first: date, last: date
) -> list[tuple[float, date, date]]:
    """``(amount open, first day, last day)``: what was open on each day, when
    ``amount`` is open now and ``payments`` (day, amount) have come in.

    Money counts for the day it comes in: who is due on the 10th and pays on the 15th
    is five days late.

    >>> late = date(2026, 3, 11), date(2026, 3, 31)
    >>> for row in balances(600.0, [(date(2026, 3, 15), 400.0)], *late):
    ...     print(*row)
    1000.0 2026-03-11 2026-03-15
    600.0 2026-03-16 2026-03-31
    """
    later = sorted(payment for payment in payments if payment[0] >= first)
    still, found = amount + sum(paid for _day, paid in later), []
    for day, paid in later:
        if first <= day < last:
            found.append((still, first, day))
            first = day + timedelta(days=1)
        if day < last:
            still -= paid
    return [*found, (still, first, last)]


def pieces(
    rates: Sequence[Rate],
    amount: float,
    due: date,
    until: date,
    payments: Iterable[tuple[date, float]] = (),
    taken: Iterable[tuple[date, date]] = (),
) -> list[list[Piece]]:
    """The stretches of late days, grouped by runs of days that are still to be
    charged: mostly one run, more when days in the middle were charged before.

    >>> rates = [Rate(date(2026, 1, 1), 9.0), Rate(date(2026, 7, 1), 10.0)]
    >>> [run] = pieces(rates, 500.0, date(2026, 6, 20), date(2026, 7, 5),
    ...                payments=[(date(2026, 6, 25), 500.0)])
    >>> for piece in run:
    ...     print(piece.amount, piece.days, piece.rate.pct, round(piece.interest, 4))
    1000.0 5 9.0 1.2329
    500.0 5 9.0 0.6164
    500.0 5 10.0 0.6849
    """
    day, runs = timedelta(days=1), []
    for first, last in free(due + day, until, taken):
        run = []
        for rate, begin, end in spans(rates, first - day, last):
            for still, since, to in balances(amount, payments, begin, end):
                if still > 0:
                    share = years(since, to, rate.day_count)
                    owed = still * rate.pct / 100.0 * share
                    run.append(Piece(since, to, rate, still, owed))
        if run:
            runs.append(run)
    return runs


class Meter:
    """``pieces`` of many claims at one table of rates.

    What has the same due date and was neither paid in part nor charged before differs
    in its amount only: its days are counted once.

    >>> meter = Meter([Rate(date(2026, 1, 1), 7.3)])
    >>> for amount in (1000.0, 500.0):
    ...     [[piece]] = meter.pieces(amount, date(2026, 6, 20), date(2026, 6, 30))
    ...     print(piece.days, round(piece.interest, 2))
    10 2.0
    10 1.0
    """

    def __init__(self, rates: Sequence[Rate]):
        self.rates = sorted(rates, key=lambda rate: rate.date_from)
        self._plain: dict[tuple[date, date], list[list[Piece]]] = {}
        self._first: dict[tuple[date, date], Rate | None] = {}

    def pieces(self, amount, due, until, payments=(), taken=()) -> list[list[Piece]]:
        if payments or taken:
            return pieces(self.rates, amount, due, until, payments, taken)
        if amount <= 0:
            return []
        key = due, until
        if key not in self._plain:
            self._plain[key] = pieces(self.rates, 1.0, due, until)
        return [
            [
                Piece(piece.first, piece.last, piece.rate, amount, amount * piece[4])
                for piece in run
            ]
            for run in self._plain[key]
        ]

    def first_rate(self, due: date, until: date) -> Rate | None:
        """The rate of the first late day: its fixed sum is owed."""
        key = due, until
        if key not in self._first:
            found = spans(self.rates, due, until)
            self._first[key] = found[0][0] if found else None
        return self._first[key]
