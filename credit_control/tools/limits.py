"""How much a customer may owe: the arithmetic of limits.

``resolve`` walks customer → group → grade → company and takes the first level that
says something; ``LimitFacts`` then adds what is granted on top and keeps the ceiling
that a group shares. ``Limit`` is what one level says. Amounts are in one currency,
the limit currency of the file; the caller converts and rounds.

>>> from datetime import date
>>> own = Limit("amount", 10_000, date(2026, 12, 31))
>>> facts = resolve(date(2026, 6, 15), customer=own, temporary=2_000)
>>> facts.source, facts.own_limit, facts.effective_limit
('customer', 12000.0, 12000.0)

The smaller room of own limit and group wins, whichever it is:

>>> resolve(date(2026, 6, 15), customer=own, group=Limit("amount", 8_000), group_id=1
...     ).effective_limit
8000
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

INHERIT, AMOUNT, UNLIMITED, NONE, UNSET = (
    "inherit",
    "amount",
    "unlimited",
    "none",
    "unset",
)


@dataclass(frozen=True, slots=True)
class Limit:
    """What one level (customer, group, grade, company) says about the limit."""

    mode: str = INHERIT
    amount: float = 0.0
    date_to: date | None = None

    @property
    def is_set(self) -> bool:
        return self.mode != INHERIT

    def in_force(self, today: date) -> bool:
        """A limit holds up to and including its last day.

        >>> Limit("amount", 5, date(2026, 6, 15)).in_force(date(2026, 6, 15))
        True
        """
        return self.date_to is None or today <= self.date_to


@dataclass(frozen=True, slots=True)
class Cover:
    """What an insurer covers of one customer, already in the limit currency."""

    amount: float
    share_pct: float

    @property
    def value(self) -> float:
        """What the insurer would pay at most.

        >>> Cover(10_000, 90).value
        9000.0
        """
        return self.amount * self.share_pct / 100


@dataclass(frozen=True, slots=True)
class LimitFacts:
    """Everything known about a customer's limit on one day.

    ``mode`` is that of the level that decides (``unset``: nobody says anything, so the
    customer is not checked). ``cover`` is the insurance that *counts*, ``insured`` all
    that is valid. ``group_limit`` None means no shared ceiling.
    """

    mode: str = UNSET
    source: str = ""
    permanent: float = 0.0
    temporary: float = 0.0
    cover: float = 0.0
    insured: float = 0.0
    date_to: date | None = None
    expired: bool = False
    group_limit: float | None = None
    group_id: int | None = None
    currency_id: int | None = None
    file_id: int | None = None

    @property
    def is_set(self) -> bool:
        return self.mode != UNSET or self.group_limit is not None

    @property
    def own_limit(self) -> float | None:
        """The customer's own ceiling; None where there is none.

        *No credit* is 0 plus what is granted for a time: cover never opens it. An
        expired limit (*unlimited* too) counts 0 and does not fall back on the next
        level, else letting a limit lapse could raise it.

        >>> LimitFacts("none", temporary=500, cover=900).own_limit
        500
        >>> LimitFacts("amount", permanent=1_000, cover=900, expired=True).own_limit
        900.0
        """
        if self.mode == UNSET or (self.mode == UNLIMITED and not self.expired):
            return None
        if self.mode == NONE:
            return self.temporary
        permanent = 0.0 if self.expired else self.permanent
        # rounded: a sum of amounts must equal the amount that was granted in one
        return round(permanent + self.temporary + self.cover, 6)

    @property
    def effective_limit(self) -> float | None:
        """The smaller of own limit and group limit; None: no ceiling at all.

        >>> LimitFacts("unlimited", group_limit=15_000).effective_limit
        15000
        >>> LimitFacts("none", group_limit=15_000).effective_limit
        0.0
        """
        ceilings = [c for c in (self.own_limit, self.group_limit) if c is not None]
        return min(ceilings) if ceilings else None


def resolve(
    today: date,
    *,
    customer: Limit = Limit(),
    group: Limit = Limit(),
    grade: Limit = Limit(),
    company: Limit = Limit(),
    temporary: float = 0.0,
    covers: Iterable[Cover] = (),
    cover_adds: bool = False,
    group_id: int | None = None,
    currency_id: int | None = None,
    file_id: int | None = None,
    digits: int = 2,
) -> LimitFacts:
    """The facts of a customer on ``today`` from what each level says.

    Pass no ``group`` for a file that is exempt from its group. ``temporary`` is the
    sum of the temporary limits in force, ``cover_adds`` the company's mode *adds to
    the limit*, ``digits`` those of the limit currency. Rules: DOMAIN 2, "Effective
    limit".

    >>> resolve(date(2026, 6, 15), covers=[Cover(80_869.57, 90)]).insured
    72782.61
    """
    source, limit = _first_set(
        customer=customer, group=group, grade=grade, company=company
    )
    insured = round(sum((cover.value for cover in covers), 0.0), digits)
    mode = limit.mode if source else UNSET
    if source == "group" and mode == AMOUNT:
        mode = UNLIMITED  # the group's ceiling is shared, it is not his own as well
    return LimitFacts(
        mode=mode,
        source=source,
        permanent=limit.amount if mode == AMOUNT else 0.0,
        temporary=temporary,
        cover=insured if cover_adds and mode == AMOUNT else 0.0,
        insured=insured,
        date_to=limit.date_to,
        expired=bool(source) and not limit.in_force(today),
        group_limit=group_ceiling(group, today),
        group_id=group_id,
        currency_id=currency_id,
        file_id=file_id,
    )


def group_ceiling(group: Limit, today: date) -> float | None:
    """The ceiling that the members share; None without one.

    >>> group_ceiling(Limit("amount", 15_000, date(2026, 1, 31)), date(2026, 2, 1))
    0.0
    """
    if group.mode in (INHERIT, UNLIMITED):
        return None
    if group.mode == NONE or not group.in_force(today):
        return 0.0
    return group.amount


def status(
    available: float | None, used_pct: float | None, watch_pct: float, is_set=True
) -> str:
    """Where a customer stands: ``ok``, ``watch`` from the watch line on, or ``over``.

    Where there is no ceiling: ``unlimited`` where somebody said so, else ``unset``
    (``LimitFacts.is_set``). Both figures are those of the tightest ceiling
    (``tools.rule_types.figures``); ``used_pct`` is None where there is nothing to
    divide by, and then what is available decides alone.

    >>> [status(100 - used, used, 90) for used in (89, 90, 100, 101)]
    ['ok', 'watch', 'watch', 'over']
    >>> status(None, None, 90), status(None, None, 90, is_set=False)
    ('unlimited', 'unset')
    >>> status(-1, None, 90)
    'over'
    """
    if available is None:
        return UNLIMITED if is_set else UNSET
    if available < 0:
        return "over"
    return "watch" if (used_pct or 0.0) >= watch_pct else "ok"


def _first_set(**levels: Limit) -> tuple[str, Limit]:
    for name, limit in levels.items():
        if limit.is_set:
            return name, limit
    return "", Limit()
