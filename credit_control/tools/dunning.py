"""Who must be reminded of what, and how firmly: the rules of dunning.

Each item (an instalment that is open) climbs its own ladder of levels, one step per
notice that was really sent. ``credit.dunning`` asks the same of a whole ledger in one
SQL; the tests hold the two against each other.
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import floor

from .facts import strictest

#: From when the days of a level count.
DELAY_MODES = ("due", "due_eom", "previous")
#: consequence, from mild to strict -> the state that it asks for: (of the file, which
#: is what orders meet, and of the customer whose goods are about to leave)
EFFECTS = {
    "none": ("open", "open"),
    "watch": ("watch", "watch"),
    "stop_orders": ("stop", "watch"),
    "stop_deliveries": ("stop", "stop"),
    "case": ("stop", "stop"),
}


def effect(
    consequences: Iterable[str], state_before: str, at_delivery: bool = False
) -> str:
    """The state of a customer with these consequences, who was in ``state_before``.

    >>> effect(["stop_orders"], "open"), effect(["stop_orders"], "open", True)
    ('stop', 'watch')
    >>> effect(["stop_orders", "stop_deliveries"], "open", at_delivery=True)
    'stop'
    >>> effect(["watch"], "closed"), effect([], "prospect")
    ('closed', 'prospect')
    """
    asked = (EFFECTS[consequence][at_delivery] for consequence in consequences)
    return strictest(state_before, *asked)


def worst_consequence(consequences: Iterable[str]) -> str:
    """The strictest consequence; of none at all: none.

    >>> worst_consequence(["watch", "case", "none"]), worst_consequence([])
    ('case', 'none')
    """
    order = list(EFFECTS)
    return max(consequences, key=order.index, default="none")


@dataclass(frozen=True)
class Level:
    """One step of a strategy; a threshold of 0 is none.

    ``delay_days`` count from the due date, from the due date to the end of that month,
    or from the notice before; below zero: before the due date.
    """

    number: int
    delay_mode: str = "due"
    delay_days: int = 0
    any_threshold: bool = False
    min_overdue_days: int = 0
    min_item: float = 0.0
    min_total: float = 0.0

    @property
    def before_due(self) -> bool:
        """Is it a courtesy, which makes no sense once the item is overdue?"""
        return self.delay_mode == "due" and self.delay_days < 0


@dataclass(frozen=True)
class Item:
    """An open instalment: what was sent for it so far, what is left of it."""

    due: date
    amount: float
    reached: int = 0
    sent_on: date | None = None


def level_date(level: Level, due: date, sent_on: date | None = None) -> date:
    """The first day on which an item may get the level.

    >>> due = date(2026, 1, 10)
    >>> level_date(Level(1, "due", 14), due), level_date(Level(1, "due", -5), due)
    (datetime.date(2026, 1, 24), datetime.date(2026, 1, 5))
    >>> level_date(Level(1, "due_eom", 30), due)
    datetime.date(2026, 2, 28)
    >>> level_date(Level(2, "previous", 10), due, sent_on=date(2026, 2, 1))
    datetime.date(2026, 2, 11)
    >>> level_date(Level(1, "previous", 10), due)
    datetime.date(2026, 1, 20)
    """
    days = timedelta(days=level.delay_days)
    if level.delay_mode == "previous":
        return (sent_on or due) + days
    day = due + days
    if level.delay_mode == "due_eom":
        return day.replace(day=monthrange(day.year, day.month)[1])
    return day


def reaches(level: Level, item: Item, total: float, today: date) -> bool:
    """Do the level's thresholds hold: all of them, or any (of those that are set)?

    >>> today, item = date(2026, 3, 1), Item(date(2026, 2, 1), 80.0)
    >>> reaches(Level(1, min_item=100, min_total=500), item, 900.0, today)
    False
    >>> both = dict(min_item=100, min_total=500)
    >>> reaches(Level(1, any_threshold=True, **both), item, 900.0, today)
    True
    >>> reaches(Level(1), item, 0.01, today)
    True
    """
    tests = [
        measured >= threshold
        for measured, threshold in (
            ((today - item.due).days, level.min_overdue_days),
            (item.amount, level.min_item),
            (total, level.min_total),
        )
        if threshold
    ]
    return not tests or (any(tests) if level.any_threshold else all(tests))


def next_level(
    levels: Sequence[Level],
    item: Item,
    total: float,
    today: date,
    skip: bool = False,
) -> Level | None:
    """The level that the item gets today, None when it has to wait.

    It is the one after the level reached by a notice that was sent: what was only
    proposed does not count. With ``skip`` it is the highest one whose day has come. A
    courtesy before the due date is passed over once that date is gone.

    >>> ladder = [Level(1, "due", -5), Level(2, "due", 5), Level(3, "previous", 10)]
    >>> def number(due, reached=0, sent_on=None, **how):
    ...     item = Item(due, 100.0, reached, sent_on)
    ...     found = next_level(ladder, item, 100.0, date(2026, 3, 20), **how)
    ...     return found and found.number
    >>> number(date(2026, 3, 24)), number(date(2026, 3, 30)), number(date(2026, 3, 18))
    (1, None, None)
    >>> number(date(2026, 1, 1)), number(date(2026, 1, 1), skip=True)
    (2, 3)
    >>> number(date(2026, 1, 1), 2, date(2026, 3, 15))
    >>> number(date(2026, 1, 1), 2, date(2026, 3, 10)), number(date(2026, 1, 1), 3)
    (3, None)
    """
    overdue = item.due < today
    ahead = [
        level
        for level in sorted(levels, key=lambda level: level.number)
        if level.number > item.reached and not (level.before_due and overdue)
    ]
    if not skip:
        ahead = ahead[:1]
    for level in reversed(ahead):
        day = level_date(level, item.due, item.sent_on)
        if day <= today and reaches(level, item, total, today):
            return level
    return None


def offset_credits(amounts: Iterable[float], credit: float) -> list[float]:
    """What is left of the items, given the oldest first, after the open credits.

    >>> offset_credits([100.0, 50.0, 30.0], 120.0)
    [0.0, 30.0, 30.0]
    >>> offset_credits([100.0], 0.0), offset_credits([10.0], 25.0)
    ([100.0], [0.0])
    """
    left = []
    for amount in amounts:
        used = min(amount, max(credit, 0.0))
        credit -= used
        left.append(amount - used)
    return left


@dataclass(frozen=True)
class PriorityRule:
    """Points for something measured: so many for each full ``step`` of it, and no more
    than ``most`` (0: no end)."""

    kind: str
    points: int
    step: float = 1.0
    most: int = 0


def priority(
    rules: Iterable[PriorityRule], measures: Mapping[str, float]
) -> dict[str, int]:
    """Points of a customer in the worklist by kind of rule, those above zero; who has
    the most in total is called first.

    Rules of one kind add up: several steps of *most* = *points* make a staircase.

    >>> rules = [
    ...     PriorityRule("overdue", 10, 100, 10),
    ...     PriorityRule("overdue", 10, 1_000, 10),
    ...     PriorityRule("age", 1, 3, 30),
    ...     PriorityRule("broken", 10, most=20),
    ... ]
    >>> priority(rules, {"overdue": 1_000.0, "age": 32, "broken": 3})
    {'overdue': 20, 'age': 10, 'broken': 20}
    >>> priority(rules, {"overdue": 99.99, "age": 200}), priority(rules, {"age": -5})
    ({'age': 30}, {})
    """
    found: dict[str, int] = {}
    for rule in rules:
        steps = floor(max(0.0, measures.get(rule.kind, 0.0)) / rule.step)
        points = rule.points * steps
        if rule.most:
            points = min(points, rule.most)
        if points:
            found[rule.kind] = found.get(rule.kind, 0) + points
    return found
