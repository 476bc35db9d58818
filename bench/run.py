"""Asks the questions, side by side, and prints the table.

`run.py PLAN.json`, called by `./dev bench` with the databases ready. The sides of a
question take turns, each in a process of its own: first one to warm up, then at least
five. A peer that needs more than half a minute is asked once after its warm-up.
"""

import importlib
import json
import statistics
import subprocess
import sys
from pathlib import Path

import report
from targets import Measure

HERE = Path(__file__).parent
#: Side: the database it runs on, and the function of the question.
SIDES = {
    "ours": ("ours", "ours"),
    "floor": ("ours", "floor"),
    "bare floor": ("plain", "floor"),  # without our indexes
    "plain": ("plain", "plain"),
    "oca": ("oca", "oca"),
    "full": ("ours", "full"),
}
PEERS = {"plain", "oca"}
SLOW_MS = 30_000
SLOW_RUNS = 1


class Side:
    """The process that answers for one side."""

    def __init__(self, command, is_peer):
        self.results, self.is_peer = [], is_peer
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.start_mb = self._read()["start_mb"]

    def _read(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the process ended; see its message above")
        return json.loads(line)

    def ask(self):
        self.process.stdin.write("ask\n")
        self.process.stdin.flush()
        self.results.append(self._read())

    def wanted(self, runs) -> int:
        """How often to ask, the warm-up included."""
        slow = self.is_peer and self.results and self.results[0]["ms"] > SLOW_MS
        return (SLOW_RUNS if slow else runs) + 1

    def measure(self) -> Measure:
        told = self.results[1:]
        times = [result["ms"] for result in told]
        return Measure(
            ms=round(statistics.median(times), 2),
            fastest_ms=round(min(times), 2),
            cpu_ms=round(statistics.median(r["cpu_ms"] for r in told), 2),
            queries=told[-1]["queries"],
            start_mb=round(self.start_mb, 1),
            peak_mb=round(told[-1]["peak_mb"], 1),
            runs=len(told),
            items=told[-1]["items"],
        )

    def end(self):
        self.process.stdin.close()
        self.process.wait(60)


def load_questions(only) -> dict:
    """``{name: module}`` of the files in questions/, in the order of their names."""
    sys.path.insert(0, str(HERE))
    names = sorted(path.stem for path in (HERE / "questions").glob("q*.py"))
    chosen = [name for name in names if not only or any(part in name for part in only)]
    if not chosen:
        sys.exit(f"bench: no question has {' or '.join(only)} in its name: {names}")
    return {name: importlib.import_module(f"questions.{name}") for name in chosen}


def ask(name, question, plan, runs) -> tuple[dict, dict]:
    """``({side: Measure}, {side: what went wrong})`` of one question.

    :param plan: of one size: databases and addons_paths
    """
    asked, failed = {}, {}
    for side, (kind, function) in SIDES.items():
        ours_only = getattr(question, "FLOOR_NEEDS_OURS", False)
        if not hasattr(question, function) or (ours_only and side == "bare floor"):
            continue
        command = [sys.executable, str(HERE / "worker.py"), plan["databases"][kind]]
        command += [name, function, plan["addons_paths"][kind]]
        _try(side, asked, failed, lambda c=command, s=side: Side(c, s in PEERS))
    for turn in range(runs + 1):
        for side, process in list(asked.items()):
            if turn < process.wanted(runs):
                _try(side, asked, failed, process.ask)
    measures = {side: process.measure() for side, process in asked.items()}
    for process in asked.values():
        process.end()
    return measures, failed


def _try(side, asked, failed, step):
    """One step of one side; one that fails leaves the others alone."""
    try:
        if (made := step()) is not None:
            asked[side] = made
    except RuntimeError as error:
        asked.pop(side, None)
        failed[side] = str(error)


def main(path) -> int:
    """Ask everything in the plan; 1 when a question could not be asked."""
    plan = json.loads(Path(path).read_text())
    questions = load_questions(plan["only"])
    result_file = Path(plan["result"])
    result = report.load(result_file) | {"machine": plan["machine"]}
    errors = []
    for size, where in plan["sizes"].items():
        print(f"\n{size}: {where['about']}", flush=True)
        rows = result["sizes"].setdefault(size, {})
        for name, question in questions.items():
            if hasattr(question, "measured"):
                row, failed = question.measured(where), {}
            else:
                row, failed = ask(name, question, where, plan["runs"])
            errors += [f"{size} {name} {side}: {failed[side]}" for side in failed]
            rows[name] = {side: measure._asdict() for side, measure in row.items()}
            report.print_row(name, question, size, result)
            report.save(result_file, result, questions)
    report.print_summary(result_file, result, plan["sizes"], errors)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
