"""Ratings of agencies on one common scale: 0 is the worst, 100 the best.

Every agency counts its own way. Creditreform's index is 100 for the best and 600 for
the worst; Experian's score is better the higher it is; others give letters.

>>> creditreform = Scale(best=100, worst=600)
>>> creditreform.position_pct("250"), creditreform.position_pct("600")
(70.0, 0.0)
>>> Scale(letters=("A", "B", "C", "D")).position_pct("b")
66.7
"""

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Scale:
    """Numbers from ``best`` to ``worst``, whichever is greater, or ``letters`` with
    the best first."""

    best: float = 100.0
    worst: float = 0.0
    letters: tuple[str, ...] | None = None

    def parse(self, value: str) -> float | str:
        """The number or the letter that a text says.

        :raise ValueError: when it is not on the scale

        >>> Scale(best=100, worst=600).parse(" 233 ")
        233.0
        >>> Scale(letters=("AAA", "AA")).parse("aa")
        'AA'
        >>> Scale(best=100, worst=1).parse("101")
        Traceback (most recent call last):
            ...
        ValueError: 101
        """
        value = str(value).strip()
        if self.letters is not None:
            known = {letter.upper(): letter for letter in self.letters}
            if value.upper() not in known:
                raise ValueError(value)
            return known[value.upper()]
        number = float(value.replace(",", "."))
        low, high = sorted((self.best, self.worst))
        if not low <= number <= high:
            raise ValueError(value)
        return number

    def position_pct(self, value: str) -> float:
        """Where ``value`` stands between the worst (0) and the best (100).

        :raise ValueError: when it is not on the scale
        """
        found = self.parse(value)
        if self.letters is not None:
            steps = len(self.letters) - 1
            at = self.letters.index(found)
            return round(100 * (steps - at) / steps, 1) if steps else 100.0
        # + 0.0: no minus zero
        return round(100 * (found - self.worst) / (self.best - self.worst), 1) + 0.0

    @property
    def is_sound(self) -> bool:
        """Does it tell good from bad?

        >>> Scale(best=5, worst=5).is_sound, Scale(letters=("A",)).is_sound
        (False, False)
        >>> Scale(letters=()).is_sound
        False
        """
        if self.letters is not None:
            return len({letter.upper() for letter in self.letters}) > 1
        return self.best != self.worst


class Band(NamedTuple):
    """A stretch of a scale of numbers, both ends included."""

    value_from: float
    value_to: float

    def holds(self, number: float) -> bool:
        low, high = sorted((self.value_from, self.value_to))
        return low <= number <= high


def find_band(bands: list[Band], number: float) -> int | None:
    """Which of ``bands`` holds ``number``; None where none does.

    A value between two bands, such as 149.5 where they are 100–149 and 150–200,
    belongs to the one that begins below it: agencies give whole numbers.

    >>> bands = [Band(100, 149), Band(150, 200)]
    >>> find_band(bands, 150), find_band(bands, 149.5), find_band(bands, 201)
    (1, 0, None)
    """
    for at, band in enumerate(bands):
        if band.holds(number):
            return at
    whole = float(int(number))
    return find_band(bands, whole) if whole != number else None
