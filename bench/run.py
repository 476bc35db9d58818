"""`./dev bench`: how long the questions take, on a generated ledger.

Medians of several runs on this machine; compare rows of one run with each other, not
with other machines. The table is printed, the figures go to bench.json beside the
development environment.
"""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from fill import fill, filled  # noqa: E402
from questions import QUESTIONS  # noqa: E402

RESULT = Path(__file__).parent.parent / ".dev" / "bench.json"


def ask(env, question, runs):
    """``(median ms, queries)`` of a question; each run starts cold and is undone."""
    times, queries = [], 0
    for _run in range(runs + 1):  # the first one warms what lives between requests
        with env.cr.savepoint() as savepoint:
            todo = question(env)
            env.flush_all()
            env.invalidate_all()
            before, began = env.cr.sql_log_count, time.perf_counter()
            todo()
            env.flush_all()
            times.append((time.perf_counter() - began) * 1000)
            queries = env.cr.sql_log_count - before
            savepoint.rollback()
        env.invalidate_all()
        env.registry.clear_cache()
    return statistics.median(times[1:]), queries


def main(env, argv) -> int:
    """Fill the database when it is empty, ask every question, print the table."""
    parser = argparse.ArgumentParser(prog="./dev bench")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--customers", type=int, default=1000)
    parser.add_argument("--invoices", type=int, default=20000)
    parser.add_argument("--orders", type=int, default=4000)
    given = parser.parse_args(argv)
    env = env(context=dict(env.context, tracking_disable=True))
    if not filled(env):
        print("making the ledger", flush=True)
        fill(env, given.customers, given.invoices, given.orders)
    rows = {}
    for question in QUESTIONS:
        milliseconds, queries = ask(env, question, given.runs)
        rows[question.__name__] = {"ms": round(milliseconds, 1), "queries": queries}
        print(f"{question.__doc__:45}{milliseconds:10.1f} ms {queries:6} queries")
    RESULT.write_text(json.dumps(rows, indent=2) + "\n")
    print(f"written to {RESULT}")
    return 0
