"""The score of a scorecard: Σ weight × points of the band that each input falls in.

Every criterion has bands from a value on, and a band of its own for missing data: what
is not known is never zero by accident. The lowest band also takes what lies below it,
so that bands can neither overlap nor leave a gap.

An expert card is normalised: Σ(weight × points) ÷ Σ weight. With points from 0 to 100
the score is 0 to 100 as well, whatever the weights add up to. A statistical card
(tools/statcard.py) adds up: base + Σ(weight × points).

A band may cap the grade: a knock-out. The score stays what it is; the grade proposed
is no better than the cap.

>>> late = Criterion("days_late", 3.0, (
...     Band(0.0, 100.0), Band(10.0, 60.0), Band(60.0, 0.0, cap="E"),
...     Band(None, 50.0)))
>>> tenure = Criterion("tenure_months", 1.0, (Band(0.0, 20.0), Band(12.0, 80.0),
...                                           Band(None, 40.0)))
>>> found = score(Card((late, tenure)), {"days_late": 12.0})
>>> found.total, [line.points for line in found.lines]
(55.0, [60.0, 40.0])

(3 × 60 + 1 × 40) ÷ 4: the tenure is not known and takes its own band. Grades are given
as ``(grade, score from)``:

>>> grades = [("A", 90.0), ("C", 50.0), ("E", 0.0)]
>>> propose(found, grades)
'C'
>>> propose(score(Card((late, tenure)), {"days_late": 75.0, "tenure_months": 90}),
...         grades)
'E'
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from math import fsum, isfinite

MEAN, SUM = "mean", "sum"


@dataclass(frozen=True, slots=True)
class Band:
    """Points for values from ``floor`` on; ``floor`` None: for missing data.

    cap  the best grade that this band allows; None allows every grade
    """

    floor: float | None
    points: float
    cap: Hashable | None = None
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Criterion:
    """What is looked at (``code`` of the input), its weight and its bands."""

    code: str
    weight: float
    bands: tuple[Band, ...]
    id: int | None = None

    def __post_init__(self):
        """Bands by floor, once for all customers; the one for missing data last."""
        ranked = sorted(self.bands, key=lambda band: (band.floor is None, band.floor))
        object.__setattr__(self, "bands", tuple(ranked))

    def band(self, value: float | None) -> Band:
        """The band of a value; a value that is no number counts as missing.

        >>> one = Criterion("x", 1, (Band(9.0, 2.0), Band(None, 3.0), Band(5.0, 1.0)))
        >>> [one.band(x).points for x in (-1, 5, 8.99, 9, None, float("nan"))]
        [1.0, 1.0, 1.0, 2.0, 3.0, 3.0]

        :raise ValueError: there is no such band, so the card is not complete
        """
        if value is None or not isfinite(value):
            if not self.bands or self.bands[-1].floor is not None:
                raise ValueError(f"{self.code} has no band for missing data")
            return self.bands[-1]
        found = None
        for band in self.bands:
            if band.floor is None or found and band.floor > value:
                break
            found = band
        if found is None:
            raise ValueError(f"{self.code} has no band for values")
        return found


@dataclass(frozen=True, slots=True)
class Card:
    """Criteria and how they make a score: the weighted mean, or base plus sum."""

    criteria: tuple[Criterion, ...]
    scale: str = MEAN
    base: float = 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """One criterion of a score: the input, its band, and its share of the total."""

    criterion: Criterion
    value: float | None
    band: Band
    part: float

    @property
    def points(self) -> float:
        return self.band.points

    @property
    def missing(self) -> bool:
        return self.band.floor is None


@dataclass(frozen=True, slots=True)
class Score:
    """A total with the lines it is made of, and the caps of the bands met."""

    total: float
    lines: tuple[Line, ...]

    @property
    def caps(self) -> tuple:
        return tuple(line.band.cap for line in self.lines if line.band.cap is not None)


def score(card: Card, inputs: Mapping[str, float | None]) -> Score:
    """The score of one customer; what ``inputs`` does not name is missing.

    >>> card = Card((Criterion("x", 1.0, (Band(0.0, 12.5), Band(None, -3.0))),),
    ...             SUM, base=500.0)
    >>> score(card, {"x": 1.0}).total, score(card, {}).total
    (512.5, 497.0)

    :raise ValueError: a band is missing, or the weights of a mean add up to nothing
    """
    whole = fsum(criterion.weight for criterion in card.criteria)
    if card.scale == MEAN and whole <= 0:
        raise ValueError("the weights of the criteria add up to nothing")
    divisor = whole if card.scale == MEAN else 1.0
    lines = []
    for criterion in card.criteria:
        value = inputs.get(criterion.code)
        band = criterion.band(value)
        part = criterion.weight * band.points / divisor
        lines.append(Line(criterion, value, band, part))
    total = fsum([card.base, *(line.part for line in lines)])
    return Score(round(total, 6), tuple(lines))


def propose(found: Score, grades: Iterable[tuple[Hashable, float]]) -> Hashable | None:
    """The grade of a score, no better than the caps it met.

    Best is the grade with the highest floor. A score below all floors gets the lowest
    grade; without any grade there is nothing to propose.

    >>> bands = [("A", 80.0), ("B", 60.0)]
    >>> [propose(Score(total, ()), bands) for total in (80, 79.9, 12)]
    ['A', 'B', 'B']
    >>> propose(Score(80, ()), []) is None
    True
    """
    ranked = sorted(grades, key=lambda grade: -grade[1])
    if not ranked:
        return None
    reached = next(
        (n for n, (_, floor) in enumerate(ranked) if found.total >= floor),
        len(ranked) - 1,
    )
    ranks = {grade: n for n, (grade, _) in enumerate(ranked)}
    # a cap at a grade that is no longer in use caps nothing that can be compared
    return ranked[max([reached, *(ranks[c] for c in found.caps if c in ranks)])][0]


def largest(card: Card) -> float:
    """The best total that the card can give.

    >>> largest(Card((Criterion("x", 2, (Band(0.0, 10.0), Band(None, 90.0))),)))
    90.0
    """
    best = {
        criterion.code: max(criterion.bands, key=lambda band: band.points)
        for criterion in card.criteria
    }
    whole = fsum(criterion.weight for criterion in card.criteria) or 1.0
    divisor = whole if card.scale == MEAN else 1.0
    return card.base + fsum(
        one.weight * best[one.code].points / divisor for one in card.criteria
    )
