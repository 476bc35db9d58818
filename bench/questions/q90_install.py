"""Installing on a database full of data: loading the module (asked once)"""

from targets import Measure, Target

LOAD_MS = 20_000
TARGETS = [
    Target("{:.0f} ms of loading", LOAD_MS, lambda row, _: row["ours"].ms),
    # what recomputes stored fields needs more queries where there are more records
    Target(
        "{:+d} queries against the smaller size",
        20,
        lambda row, smaller: smaller and row["ours"].queries - smaller["ours"].queries,
    ),
]


def measured(where) -> dict:
    """Noted by ./dev bench when it made the databases."""
    return {
        side: Measure(ms, ms, 0, queries, 0, 0, 1)
        for side, (ms, queries) in where["installed"].items()
    }
