"""What a new limit gives beyond what was granted already, day by day.

A limit is more than its amount: it may hold longer, begin instead of a cut that was
planned, or come on top of others. So a change of the journal is weighed by the total
of every day from today on: where the journal gives more with the change than without
it, somebody needs authority over the total of that day.

>>> today, july = date(2026, 6, 15), date(2026, 7, 1)
>>> until_june = Line("permanent", 900.0, date(2026, 1, 1), date(2026, 6, 30))
>>> for_good = Line("permanent", 900.0, today, None)
>>> granted([until_june], [until_june, for_good], today)
900.0

The same for a shorter time, or less, grants nothing:

>>> less = Line("permanent", 800.0, today, date(2026, 6, 20))
>>> granted([until_june], [until_june, less], today) is None
True

What is granted for a time adds up:

>>> own = Line("permanent", 10.0, date(2026, 1, 1), None)
>>> fair = Line("temporary", 40.0, today, july)
>>> granted([own, fair], [own, fair, fair], today)
90.0

Without a planned cut the limit goes on:

>>> cut = Line("permanent", 100.0, july, None)
>>> granted([for_good, cut], [for_good], today)
900.0
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from .approval import UNLIMITED


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the journal of limits, in whatever one currency.

    ``amount`` is infinity for *unlimited*, 0 for *no credit* and None for *inherited*;
    ``date_to`` None: until changed.
    """

    kind: str
    amount: float | None
    date_from: date
    date_to: date | None = None

    def holds(self, day: date) -> bool:
        return self.date_from <= day and (self.date_to is None or day <= self.date_to)


def parts(
    lines: Iterable[Line], day: date, inherited: float | None
) -> tuple[float | None, float]:
    """``(permanent, temporary)`` limit of a day: the permanent line that has begun
    last, of two of the same day the later one in ``lines``; and the sum of what is
    granted for a time. The first is None where there is no limit.

    A limit that has ended counts 0, and nothing is inherited in its place.

    >>> past = Line("permanent", 9.0, date(2026, 1, 1), date(2026, 1, 31))
    >>> parts([past], date(2026, 2, 1), 500.0), parts([], date(2026, 2, 1), 500.0)
    ((0.0, 0.0), (500.0, 0.0))
    """
    permanent, extra = None, 0.0
    for line in lines:
        if line.kind == "temporary":
            extra += (line.amount or 0.0) if line.holds(day) else 0.0
        elif line.date_from <= day and (
            permanent is None or line.date_from >= permanent.date_from
        ):
            permanent = line
    if permanent is None or permanent.amount is None:
        return inherited, extra
    return (permanent.amount if permanent.holds(day) else 0.0), extra


def granted(
    before: Iterable[Line],
    after: Iterable[Line],
    today: date,
    inherited: float | None = None,
) -> float | None:
    """The highest total among the days that ``after`` gives more than ``before``; None
    where there is no such day.

    :param inherited: what holds where the customer has no limit of his own; None:
        nobody says anything, so that nothing is checked

    Who had no limit at all is granted the first one, and who loses his only one is
    checked no more: that is as much as *unlimited*.

    >>> own = Line("permanent", 10.0, date(2026, 1, 1), None)
    >>> granted([], [own], date(2026, 6, 15))
    10.0
    >>> freed = Line("permanent", None, date(2026, 6, 15), None)
    >>> granted([own], [own, freed], date(2026, 6, 15))
    inf
    >>> granted([own], [own, freed], date(2026, 6, 15), inherited=5.0) is None
    True
    """
    before, after, found = list(before), list(after), []
    for day in _days({*before, *after}, today):
        then, more = parts(after, day, inherited)
        now, extra = parts(before, day, inherited)
        if then is None and now is not None:
            found.append(UNLIMITED)
        elif then is None or now is None:
            if then is not None or more > extra:
                found.append(round((then or 0.0) + more, 6))
        elif round(then + more, 6) > round(now + extra, 6):
            found.append(round(then + more, 6))
    return max(found, default=None)


def _days(lines: Iterable[Line], today: date) -> list[date]:
    """Today, and the later days on which something begins or has ended."""
    days = {today}
    for line in lines:
        days.add(line.date_from)
        if line.date_to and line.date_to < date.max:
            days.add(line.date_to + timedelta(days=1))
    return sorted(day for day in days if day >= today)
