"""A scorecard from own data: bins, weight of evidence, points, and how good it is.

The model is ln(odds of a good customer) = intercept + Σ coefficient × WoE of the bin,
with WoE = ln(share of the good ones ÷ share of the bad ones). Scaled in points it is
score = offset + factor × ln(odds): 600 at odds of 50:1, twice the odds for every 20.

>>> factor, offset = scaling()
>>> round(factor, 4), round(offset, 3)
(28.8539, 487.123)
>>> round(offset + factor * log(100), 6)  # twice the odds, 20 points more
620.0

A target of 1 is a bad customer. Everything here is plain Python; only the fitting of
the coefficients is left to a library (``credit.statcard``).
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log, sqrt
from random import Random

#: Half a customer more on either side: a bin without bad ones is not infinitely good.
SMOOTHING = 0.5
#: 95 % of a normal distribution.
Z = 1.959964
#: From this PSI on the customers are others than those a card was made from.
OTHER = 0.25


def scaling(base=600.0, odds=50.0, pdo=20.0) -> tuple[float, float]:
    """``(factor, offset)``: ``base`` points at ``odds``, ``pdo`` points to double."""
    factor = pdo / log(2)
    return factor, base - factor * log(odds)


@dataclass(frozen=True, slots=True)
class Bin:
    """Customers with values from ``floor`` on; ``floor`` None: without a value."""

    floor: float | None
    goods: int
    bads: int

    @property
    def count(self) -> int:
        return self.goods + self.bads

    @property
    def bad_rate(self) -> float:
        return self.bads / self.count if self.count else 0.0


def woe(one: Bin, goods: int, bads: int) -> float:
    """Weight of evidence of a bin among ``goods`` and ``bads`` in all.

    >>> [round(woe(Bin(0.0, *one), 100, 50), 3) for one in ((80, 10), (20, 40))]
    [1.354, -1.364]
    >>> woe(Bin(0.0, 0, 0), 100, 50)
    0.0
    """
    if not one.count:
        return 0.0
    share_good = (one.goods + SMOOTHING) / (goods + 2 * SMOOTHING)
    share_bad = (one.bads + SMOOTHING) / (bads + 2 * SMOOTHING)
    return log(share_good / share_bad)


def information_value(bins: Sequence[Bin]) -> float:
    """Σ (share of goods − share of bads) × WoE: 0.02 weak, 0.3 strong.

    >>> round(information_value([Bin(0.0, 80, 10), Bin(5.0, 20, 40)]), 2)
    1.63
    """
    goods, bads = sum(b.goods for b in bins), sum(b.bads for b in bins)
    if not goods or not bads:
        return 0.0
    return sum((b.goods / goods - b.bads / bads) * woe(b, goods, bads) for b in bins)


# -- bins ----------------------------------------------------------------------------
def monotone_bins(
    values: Sequence[float | None],
    targets: Sequence[int],
    most: int = 6,
    least: int = 20,
) -> list[Bin]:
    """Bins whose bad rate only rises, or only falls, with the value; missing values
    in a bin of their own at the end (with a count of 0 where none is missing).

    Neighbours that break the order are pooled, then the smallest ones until each has
    ``least`` customers and there are no more than ``most``. Of both directions the one
    that tells more is taken.

    >>> days = [0, 0, 1, 2, 9, 9, 30, 30, None]
    >>> late = [0, 0, 0, 1, 0, 1, 1, 1, 1]
    >>> [(b.floor, b.goods, b.bads) for b in monotone_bins(days, late, least=2)]
    [(0, 3, 0), (2, 1, 2), (30, 0, 2), (None, 0, 1)]
    """
    counts = defaultdict(lambda: [0, 0])
    for value, target in zip(values, targets, strict=True):
        counts[value][target] += 1
    missing = Bin(None, *counts.pop(None, (0, 0)))
    start = [Bin(value, *counts[value]) for value in sorted(counts)]
    pooled = [_pool(start, sign, most, least) for sign in (1, -1)]
    return [*max(pooled, key=information_value), missing]


def _merge(one: Bin, other: Bin) -> Bin:
    return Bin(one.floor, one.goods + other.goods, one.bads + other.bads)


def _pool(start: list[Bin], sign: int, most: int, least: int) -> list[Bin]:
    """Pool adjacent violators: bad rates rise (sign 1) or fall (-1) strictly."""
    bins = []
    for one in start:
        bins.append(one)
        while len(bins) > 1 and sign * (bins[-1].bad_rate - bins[-2].bad_rate) <= 0:
            bins[-2:] = [_merge(bins[-2], bins[-1])]
    while len(bins) > 1 and (
        len(bins) > most or min(one.count for one in bins) < least
    ):
        at = min(range(len(bins)), key=lambda n: bins[n].count)
        # with the neighbour whose rate is nearer
        near = min(
            (n for n in (at - 1, at + 1) if 0 <= n < len(bins)),
            key=lambda n: abs(bins[n].bad_rate - bins[at].bad_rate),
        )
        first = min(at, near)
        bins[first : first + 2] = [_merge(bins[first], bins[first + 1])]
    return bins


def to_woe(bins: Sequence[Bin], value: float | None) -> float:
    """The WoE of the bin that a value falls in; values below all floors are of the
    lowest bin, and a bin nobody was in tells nothing (0).

    >>> bins = [Bin(0.0, 80, 10), Bin(5.0, 20, 40), Bin(None, 0, 0)]
    >>> [round(to_woe(bins, x), 3) for x in (-9, 4.9, 5, None)]
    [1.354, 1.354, -1.364, 0.0]
    """
    goods, bads = sum(b.goods for b in bins), sum(b.bads for b in bins)
    if value is None:
        missing = [b for b in bins if b.floor is None]
        return woe(missing[0], goods, bads) if missing else 0.0
    valued = [b for b in bins if b.floor is not None]
    if not valued:
        return 0.0
    at = max(0, bisect_right([b.floor for b in valued], value) - 1)
    return woe(valued[at], goods, bads)


# -- how good -------------------------------------------------------------------------
def gini(scores: Sequence[float], targets: Sequence[int]) -> float | None:
    """Gini coefficient, 2 × AUC − 1: how often a good customer has the higher score
    than a bad one (ties count half). None where there is only one kind.

    >>> gini([1, 2, 3, 4], [1, 1, 0, 0]), gini([5, 5, 5, 5], [1, 1, 0, 0])
    (1.0, 0.0)
    >>> gini([1, 2, 3], [0, 0, 0]) is None
    True
    """
    groups = _by_score(scores, targets)
    goods, bads = (sum(group[n] for group in groups) for n in (0, 1))
    if not goods or not bads:
        return None
    below = wins = 0.0
    for good, bad in groups:
        wins += good * (below + bad / 2)
        below += bad
    return 2 * wins / (goods * bads) - 1


def ks(scores: Sequence[float], targets: Sequence[int]) -> float | None:
    """Kolmogorov–Smirnov: the largest gap between bad and good ones caught below a
    score.

    >>> ks([1, 2, 3, 4], [1, 0, 1, 0])
    0.5
    """
    groups = _by_score(scores, targets)
    goods, bads = (sum(group[n] for group in groups) for n in (0, 1))
    if not goods or not bads:
        return None
    largest = good = bad = 0.0
    for more_good, more_bad in groups:
        good, bad = good + more_good, bad + more_bad
        largest = max(largest, abs(bad / bads - good / goods))
    return largest


def _by_score(scores, targets) -> list[list[int]]:
    """``[[goods, bads]]`` for each score, the lowest first."""
    groups = defaultdict(lambda: [0, 0])
    for one, target in zip(scores, targets, strict=True):
        groups[one][target] += 1
    return [groups[one] for one in sorted(groups)]


def psi(expected: Sequence[int], actual: Sequence[int]) -> float:
    """Population stability index of two counts over the same bands: below 0.1 the
    population is as it was, from 0.25 on it is another one.

    >>> psi([50, 50], [50, 50]), round(psi([50, 50], [80, 20]), 2)
    (0.0, 0.41)
    """

    def shares(counts):
        whole = sum(counts) + SMOOTHING * len(counts)
        return [(count + SMOOTHING) / whole for count in counts]

    pairs = zip(shares(expected), shares(actual), strict=True)
    return sum((now - then) * log(now / then) for then, now in pairs)


def wilson(hits: int, count: int) -> tuple[float, float]:
    """95 % confidence interval of a rate (Wilson 1927), right for small counts too.

    >>> [round(x, 3) for x in wilson(2, 10)]
    [0.057, 0.51]
    >>> wilson(0, 0)
    (0.0, 1.0)
    """
    if not count:
        return 0.0, 1.0
    rate = hits / count
    middle = (rate + Z**2 / (2 * count)) / (1 + Z**2 / count)
    spread = rate * (1 - rate) / count + Z**2 / (4 * count**2)
    width = Z * sqrt(spread) / (1 + Z**2 / count)
    return max(0.0, middle - width), min(1.0, middle + width)


def cuts(scores: Sequence[float], number: int) -> list[float]:
    """Floors that part the scores into ``number`` bands of about the same size.

    >>> cuts([1, 2, 3, 4, 5, 6], 3)
    [3, 5]
    """
    ordered = sorted(scores)
    found = {ordered[len(ordered) * n // number] for n in range(1, number)}
    return sorted(found - {ordered[0]}) if ordered else []


def band_counts(scores: Sequence[float], floors: Sequence[float]) -> list[int]:
    """How many scores lie below the first floor, from there on, and so forth.

    >>> band_counts([1, 2, 3, 4, 5, 6], [3, 5])
    [2, 2, 2]
    """
    found = [0] * (len(floors) + 1)
    for one in scores:
        found[bisect_right(floors, one)] += 1
    return found


def bootstrap(
    clusters: Sequence[Hashable],
    measure: Callable[[list[int]], float | None],
    rounds: int = 200,
    seed: int = 7,
) -> tuple[float, float] | None:
    """95 % interval of a figure, by drawing whole clusters with replacement: one
    customer on many days is one customer.

    :param clusters: the customer of each row
    :param measure: the figure of the rows at these places; None where it has none

    >>> low, high = bootstrap([1, 1, 2, 3], lambda rows: float(len(rows)), rounds=50)
    >>> 3.0 <= low <= high <= 6.0
    True
    """
    rows = defaultdict(list)
    for place, one in enumerate(clusters):
        rows[one].append(place)
    names, dice, found = sorted(rows, key=str), Random(seed), []
    for _round in range(rounds):
        drawn = dice.choices(names, k=len(names))
        value = measure([place for name in drawn for place in rows[name]])
        if value is not None:
            found.append(value)
    if len(found) < rounds // 2:
        return None
    found.sort()
    return found[int(0.025 * len(found))], found[int(0.975 * (len(found) - 1))]


def correlation(left: Sequence[float], right: Sequence[float]) -> float:
    """Pearson's, 0 where one of them never changes.

    >>> round(correlation([1, 2, 3], [2, 4, 6]), 6), correlation([1, 1], [1, 2])
    (1.0, 0.0)
    """
    count = len(left)
    mean_left, mean_right = sum(left) / count, sum(right) / count
    pairs = [(x - mean_left, y - mean_right) for x, y in zip(left, right, strict=True)]
    spread = sum(x * x for x, _ in pairs) * sum(y * y for _, y in pairs)
    return sum(x * y for x, y in pairs) / sqrt(spread) if spread > 0 else 0.0


def is_monotone(bins: Sequence[Bin]) -> bool:
    """Do the bad rates of the bins with values go one way only?

    >>> is_monotone([Bin(0, 9, 1), Bin(1, 5, 5), Bin(2, 7, 3)])
    False
    """
    rates = [b.bad_rate for b in bins if b.floor is not None]
    steps = [after - before for before, after in pairwise(rates)]
    return all(s >= 0 for s in steps) or all(s <= 0 for s in steps)
