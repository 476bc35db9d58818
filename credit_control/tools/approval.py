"""Who has to approve a credit decision: the arithmetic of the table of authorities.

A line of the table says up to which amount somebody decides, and may say that he has
to take part (``joint``) above an amount. ``steps`` reads the table for one request.

>>> analyst = Line(1, step=10, max_amount=50_000)
>>> approver = Line(2, step=20, max_amount=50_000, joint=True, joint_above=50_000)
>>> manager = Line(3, step=30, joint=True, joint_above=50_000)
>>> table = [analyst, approver, manager]

Up to 50,000 one signature is enough, above it the approver's and then the manager's:

>>> steps(table, Request(30_000))
[Step(key=0, line_ids=())]
>>> [step.key for step in steps(table, Request(250_000))]
[20, 30]
"""

from collections.abc import Iterable
from dataclasses import dataclass

UNLIMITED = float("inf")
#: Whoever's authority is enough.
ANYBODY = 0


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be approved, in company currency.

    ``amount`` is the limit (infinity: unlimited), ``increase_pct`` how much more than
    now it is (None: there was no limit), ``deal`` the order that asks for it.
    """

    amount: float
    increase_pct: float | None = None
    deal: float = 0.0

    @property
    def weight(self) -> float:
        """What an authority is measured by: a large deal counts as a large limit.

        >>> Request(10_000, deal=80_000).weight
        80000
        """
        return max(self.amount, self.deal)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table that fits the company and the customer's grade.

    ``max_increase_pct`` and ``joint_increase_pct`` 0: whatever the increase.
    """

    id: int
    step: int = 10
    max_amount: float = UNLIMITED
    max_increase_pct: float = 0.0
    joint: bool = False
    joint_above: float = 0.0
    joint_increase_pct: float = 0.0


@dataclass(frozen=True, slots=True)
class Step:
    """One signature; ``line_ids`` whose holders may give it, ``key`` 0: anybody whose
    authority is enough."""

    key: int
    line_ids: tuple[int, ...] = ()


def ceiling(line: Line, request: Request) -> float:
    """Up to which amount the line alone decides this request.

    >>> small = Line(1, max_amount=50_000, max_increase_pct=20)
    >>> ceiling(small, Request(30_000, 10)), ceiling(small, Request(30_000, 25))
    (50000, 0.0)

    Where there was no limit before, an increase cannot be measured: the amount counts.

    >>> ceiling(small, Request(30_000))
    50000
    """
    too_much = (
        line.max_increase_pct
        and request.increase_pct is not None
        and request.increase_pct > line.max_increase_pct
    )
    return 0.0 if too_much else line.max_amount


def takes_part(line: Line, request: Request) -> bool:
    """Must the line's holder sign, whoever else does?

    >>> risky = Line(1, joint=True, joint_increase_pct=30)
    >>> takes_part(risky, Request(1_000, 31)), takes_part(risky, Request(1_000, 30))
    (True, False)
    """
    if not line.joint or request.weight <= line.joint_above:
        return False
    if not line.joint_increase_pct:
        return True
    return (
        request.increase_pct is None or request.increase_pct > line.joint_increase_pct
    )


def steps(lines: Iterable[Line], request: Request) -> list[Step]:
    """The signatures that the request needs, in their order.

    First those who must take part, by their step. Is none of the last ones allowed to
    decide it alone, somebody whose authority is enough comes after them.

    >>> clerk = Line(1, step=5, max_amount=100, joint=True)
    >>> [step.key for step in steps([clerk, Line(2)], Request(50))]
    [5]
    >>> [step.key for step in steps([clerk, Line(2)], Request(500))]
    [5, 0]
    """
    lines = list(lines)
    signing: dict[int, list[Line]] = {}
    for line in lines:
        if takes_part(line, request):
            signing.setdefault(line.step, []).append(line)
    found = []
    for key in sorted(signing):
        found.append(Step(key, tuple(line.id for line in signing[key])))
    last = signing[max(signing)] if signing else []
    if not any(ceiling(line, request) >= request.weight for line in last):
        found.append(Step(ANYBODY))
    return found


def increase_pct(now: float | None, then: float) -> float | None:
    """How much more than now, in %; None where there was nothing.

    >>> increase_pct(200, 250), increase_pct(None, 250), increase_pct(0, 250)
    (25.0, None, None)
    """
    if not now or now == UNLIMITED:
        return None
    return UNLIMITED if then == UNLIMITED else (then - now) / now * 100


def largest(requests: Iterable[Request]) -> list[Request]:
    """The requests that no other one outweighs: who may approve these may approve all.

    What was nothing before is compared with its like only: there an increase counts
    for nothing in one authority, and for much in another.

    >>> found = largest([Request(10, 5.0), Request(20, 6.0), Request(8, 90.0)])
    >>> sorted(request.amount for request in found)
    [8, 20]
    """
    requests = set(requests)

    def outweighs(other: Request, one: Request) -> bool:
        if (other.increase_pct is None) != (one.increase_pct is None):
            return False
        steeper = (other.increase_pct or 0.0) >= (one.increase_pct or 0.0)
        return other.amount >= one.amount and other.deal >= one.deal and steeper

    return [
        one
        for one in requests
        if not any(other != one and outweighs(other, one) for other in requests)
    ]
