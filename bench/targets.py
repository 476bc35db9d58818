"""What a question should reach. A target looks at one row of the table.

A row is ``{side: Measure}`` of one question at one size; ``smaller`` is the same
question's row at the smaller size, or None when that was not measured.
"""

from collections.abc import Callable
from typing import NamedTuple

#: Above this plain Odoo's peak, memory is a finding (every question).
MEMORY_MB = 200


class Measure(NamedTuple):
    """One side of one question."""

    ms: float  # median
    fastest_ms: float
    cpu_ms: float  # processor time of the Odoo process, median
    queries: int
    start_mb: float  # of the process, before the question
    peak_mb: float
    runs: int
    items: int = 0  # rows that the question is about, where it says so


Row = dict[str, Measure]


class Target(NamedTuple):
    """``measure`` returns what was reached (None: not measured); no more than
    ``limit`` is good."""

    text: str  # "{:.2f} × floor"
    limit: float
    measure: Callable[[Row, Row | None], float | None]

    def judge(self, row: Row, smaller: Row | None) -> tuple[bool, str] | None:
        """``(reached, words)``; None when a side is missing."""
        value = self.measure(row, smaller)
        if value is None:
            return None
        limit = f"{self.limit:g}"
        return value <= self.limit, f"{self.text.format(value)} (≤ {limit})"


def times(limit: float, side: str, of: str = "ours") -> Target:
    """Our time is at most ``limit`` times that of another side.

    >>> fast, slow = (Measure(ms, ms, 0, 0, 0, 0, 5) for ms in (10.0, 30.0))
    >>> times(1.5, "floor").judge({"ours": slow, "floor": fast}, None)
    (False, '3.00 × floor (≤ 1.5)')
    """

    def measure(row, _smaller):
        return row[of].ms / row[side].ms if of in row and side in row else None

    return Target("{:.2f} × " + side, limit, measure)


def faster(factor: float, side: str) -> Target:
    """Another side takes at least ``factor`` times as long as we do."""
    target = times(1 / factor, side)
    return target._replace(text="{:.4f} × " + side)


def within(limit: float) -> Target:
    """Milliseconds of our own, waiting for the database included."""
    return Target(
        "{:.1f} ms", limit, lambda row, _: row["ours"].ms if "ours" in row else None
    )


def each(limit: float) -> Target:
    """Milliseconds of our own for each item."""

    def measure(row, _smaller):
        return row["ours"].ms / row["ours"].items if "ours" in row else None

    return Target("{:.2f} ms each", limit, measure)


def extra_queries(limit: int, side: str = "plain") -> Target:
    """Queries more than plain Odoo."""

    def measure(row, _smaller):
        if "ours" in row and side in row:
            return row["ours"].queries - row[side].queries
        return None

    return Target("{:+d} queries", limit, measure)


def growth(limit: float) -> Target:
    """From the small size to the large one; only judged at the large one."""

    def measure(row, smaller):
        if not smaller or "ours" not in row or "ours" not in smaller:
            return None
        return row["ours"].ms / smaller["ours"].ms

    return Target("grows {:.2f} ×", limit, measure)


def linear(limit: float) -> Target:
    """Growth of time per item from the small size to the large one."""

    def measure(row, smaller):
        if not smaller or "ours" not in row or "ours" not in smaller:
            return None
        large, small = row["ours"], smaller["ours"]
        return (large.ms / large.items) / (small.ms / small.items)

    return Target("per item {:.2f} ×", limit, measure)


def memory(row: Row, _smaller: Row | None) -> float | None:
    """MB above plain Odoo's peak, or above the process's start where plain Odoo has
    no answer."""
    if "ours" not in row:
        return None
    plain = row["plain"].peak_mb if "plain" in row else row["ours"].start_mb
    return row["ours"].peak_mb - plain


MEMORY = Target("{:+.0f} MB", MEMORY_MB, memory)
