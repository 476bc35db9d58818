"""What a scenario found."""

import dataclasses
import statistics
import time


@dataclasses.dataclass
class Result:
    """Figures to show, and the invariants that did not hold, as sentences."""

    name: str
    figures: dict = dataclasses.field(default_factory=dict)
    wrong: list[str] = dataclasses.field(default_factory=list)

    def add_times(self, name: str, seconds: list[float]) -> None:
        """Median and 95th percentile of some durations, in milliseconds."""
        if not seconds:
            return
        ordered = sorted(seconds)
        rank = min(len(ordered) - 1, round(0.95 * len(ordered)))
        self.figures[f"{name} median ms"] = round(1000 * statistics.median(ordered))
        self.figures[f"{name} p95 ms"] = round(1000 * ordered[rank])

    def show(self) -> str:
        """One line of the table."""
        figures = ", ".join(f"{name} {value}" for name, value in self.figures.items())
        verdict = f"{len(self.wrong)} WRONG" if self.wrong else "ok"
        return f"{self.name:<9} {verdict:<9} {figures}"


class Deadline:
    """The moment after which nothing new is begun."""

    def __init__(self, seconds: float) -> None:
        self.at = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds from now; negative when it is over."""
        return self.at - time.monotonic()

    def share(self, part: float) -> "Deadline":
        """A nearer deadline: after ``part`` of the time that is left."""
        return Deadline(max(0.0, self.left) * part)
