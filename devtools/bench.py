"""`./dev bench`: how fast we are, beside what a company would use instead."""

import argparse
import datetime
import json
import os
import platform
import sys
from pathlib import Path

from . import bench_data, database, environment, paths, run
from .environment import Environment
from .ui import DevError

RESULT = paths.DEV / "bench.json"
SIZES = {"tiny": ["tiny"], "small": ["small"], "large": ["large"]}
SIZES["both"] = ["small", "large"]


def _arguments(args: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument(
        "--only", action="append", default=[], help="questions with this in their name"
    )
    parser.add_argument("--runs", type=int, default=5, help="after the warm-up")
    parser.add_argument(
        "--prepare", action="store_true", help="only make the databases"
    )
    parser.add_argument(
        "--head", action="store_true", help="the add-on as committed, not as edited"
    )
    given = parser.parse_args(args)
    if given.runs < 1:
        parser.error("--runs is 1 or more; the targets are meant for 5")
    return given


def bench(args: list[str]) -> int:
    """bench [--size small|large|both] [--only NAME]: speed beside the peers."""
    given = _arguments(args)
    _check_only(given.only)
    env = environment.ready()
    sizes = {
        size: bench_data.ensure(env, size, given.head) for size in SIZES[given.size]
    }
    if given.prepare:
        return 0
    plan = {
        "only": given.only,
        "runs": given.runs,
        "sizes": sizes,
        "machine": _machine(env),
        "result": str(RESULT),
    }
    path = bench_data.WORK / f"plan.{os.getpid()}.json"
    path.write_text(json.dumps(plan))
    try:
        with run.locked(paths.DEV / "lock" / "bench", "another ./dev bench measures"):
            command = [str(paths.PYTHON), str(bench_data.BENCH / "run.py"), str(path)]
            return environment.foreground(command, env.environ())
    finally:
        path.unlink()


def _check_only(only: list[str]) -> None:
    """Told now, not after the minutes that the databases may take."""
    folder = bench_data.BENCH / "questions"
    names = sorted(path.stem for path in folder.glob("q*.py"))
    for part in only:
        if not any(part in name for name in names):
            raise DevError(
                f"no question has {part!r} in its name.",
                f"take of {', '.join(names)}",
                2,
            )


def _machine(env: Environment) -> str:
    """Where and when, in one line."""
    [[server]] = database.execute(env.server, "SHOW server_version")
    model = platform.machine()
    if (cpu := Path("/proc/cpuinfo")).is_file():
        names = [line for line in cpu.read_text().splitlines() if "model name" in line]
        model = names[0].partition(":")[2].strip() if names else model
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    commit = run.output(["git", "-C", paths.ROOT, "describe", "--always", "--dirty"])
    return (
        f"{datetime.date.today()}, {os.cpu_count()} × {model}, {gigabytes:.0f} GB, "
        f"load {os.getloadavg()[0]:.1f}, PostgreSQL {server}, "
        f"Python {sys.version.split()[0]}, commit {commit.strip()}"
    )
