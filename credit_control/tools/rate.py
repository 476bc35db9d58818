"""How often somebody may ask for what costs the server time."""

from collections import deque
from threading import Lock
from time import monotonic

#: So many askers are remembered; beyond, those who have waited long are forgotten.
MOST_KEYS = 10_000


class Rate:
    """At most ``most`` times within ``seconds``, per key; kept by each worker for
    itself: a brake, not an account.

    >>> rate = Rate(2, 60)
    >>> [rate.allows("anna", now) for now in (0, 1, 2, 61)]
    [True, True, False, True]
    >>> rate.allows("ben", 2)
    True
    """

    def __init__(self, most: int, seconds: float):
        self.most = most
        self.seconds = seconds
        self._asked: dict[object, deque[float]] = {}
        self._lock = Lock()

    def allows(self, key, now: float | None = None) -> bool:
        """May ``key`` ask once more? A refusal does not count."""
        now = monotonic() if now is None else now
        with self._lock:
            if len(self._asked) > MOST_KEYS:
                self._forget(now)
            times = self._asked.setdefault(key, deque())
            while times and times[0] <= now - self.seconds:
                times.popleft()
            if len(times) >= self.most:
                return False
            times.append(now)
            return True

    def _forget(self, now):
        """Drop those who have not asked for a while."""
        self._asked = {
            key: times
            for key, times in self._asked.items()
            if times and times[-1] > now - self.seconds
        }
