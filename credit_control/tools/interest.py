"""Interest on late payment: simple, by day, at the rate of each day.

The customer is late from the day after the due date. A rate that changes inside the
span splits it. Where no rate is in force there is no interest: nothing is guessed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

#: How many days a year has: always 365, always 360, or as many as it really has.
DAY_COUNTS = ("365", "360", "actual")


@dataclass(frozen=True)
class Rate:
    """A yearly rate in percent, from its first to its last day (None: until the next).

    ``fixed_sum``: owed once per item beside the interest, as in the EU directive
    2011/7 (40 EUR), in the currency of the claim.
    """

    date_from: date
    pct: float
    day_count: str = "365"
    date_to: date | None = None
    fixed_sum: float = 0.0


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
