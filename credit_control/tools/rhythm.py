"""When a customer is reviewed next, and on which day of the work that is done."""

import calendar
from datetime import date, timedelta


def add_months(day: date, months: int) -> date:
    """The same day so many months later, the last one where the month is shorter.

    >>> add_months(date(2026, 11, 30), 3), add_months(date(2026, 6, 15), 12)
    (datetime.date(2027, 2, 28), datetime.date(2027, 6, 15))
    """
    at = day.month - 1 + months
    year, month = day.year + at // 12, at % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def months_between_reviews(
    grade_months: int,
    exposure: float,
    large_exposure: float = 0.0,
    large_months: int = 0,
) -> int:
    """The rhythm of a customer: that of his grade, shorter where he owes a lot.

    0 means that nobody asks for reviews.

    >>> months_between_reviews(12, 5_000, 100_000, 3)
    12
    >>> months_between_reviews(12, 100_000, 100_000, 3)
    3
    >>> months_between_reviews(0, 100_000, 100_000, 3)
    3
    """
    large = large_exposure > 0 and large_months > 0 and exposure >= large_exposure
    if not large:
        return grade_months
    return min(grade_months, large_months) if grade_months else large_months


def spread(due: date, today: date, number: int, days: int) -> date:
    """The day on which one of many reviews is to be done: within ``days`` before it is
    due, never after it, not before today, never on a weekend where that is possible.

    ``number`` is any number of the file; neighbours get different days.

    >>> due, today = date(2026, 7, 31), date(2026, 7, 1)
    >>> spread(due, today, 0, 30), spread(due, today, 1, 30), spread(due, today, 8, 30)
    (datetime.date(2026, 7, 31), datetime.date(2026, 7, 30), datetime.date(2026, 7, 23))
    >>> spread(date(2026, 6, 1), today, 5, 30)
    datetime.date(2026, 6, 1)
    """
    if due <= today or days <= 0:
        return due
    day = max(today, due - timedelta(days=number % days))
    while day.weekday() >= 5 and day > today:
        day -= timedelta(days=1)
    return day
