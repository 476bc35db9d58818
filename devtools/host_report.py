"""The table of the host's suites: on the screen, and in docs/host-suites.md."""

import datetime
import os
from pathlib import Path

from . import paths

FILE = paths.ROOT / "docs" / "host-suites.md"
HEAD = """# Odoo's own tests with Credit Control installed

Written by `./dev test --nightly`; do not edit. The suites run three times on the same
database: without the add-ons (`./dev baseline`), with them installed and nothing
configured, and with a limit on every customer that no order reaches. *Fails* counts
tests; with the add-ons only those that pass without them. *Queries* are all that the
tests of the suite made.
"""


def machine() -> str:
    """What the figures were measured on."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        cpu = next(line for line in lines if line.startswith("model name"))
        memory = int(Path("/proc/meminfo").read_text().split()[1]) // 1024**2
    except (OSError, StopIteration):
        return f"{os.cpu_count()} cores"
    return f"{os.cpu_count()} cores of {cpu.partition(': ')[2]}, {memory} GB, shared"


def _rows(baseline: dict, off, generous) -> list[list]:
    suites, runs = baseline["suites"], (off.suites(), generous.suites())
    known = set(baseline["known"])
    rows = []
    for name in sorted(runs[0].keys() | runs[1].keys()):
        was = suites.get(name, {})
        row = [name, runs[0][name].tests if name in runs[0] else 0]
        row.append(was.get("failed", "?"))
        for run in (off, generous):
            new = [test for test in run.log.failed if test not in known]
            row.append(sum(test.startswith(f"{name}.") for test in new))
        row.append(was.get("queries", "?"))
        row += [found[name].queries if name in found else 0 for found in runs]
        rows.append(row)
    return rows


def _total(rows: list[list]) -> list:
    columns = list(zip(*rows, strict=True))[1:]
    return [
        "all",
        *(sum(n for n in column if isinstance(n, int)) for column in columns),
    ]


def table(baseline: dict, off, generous, gate: dict) -> str:
    """The table, as Markdown, with a line on what the gate did."""
    title = [
        "suite",
        "tests",
        "fails without",
        "fails, nothing configured",
        "fails, generous limits",
        "queries without",
        "nothing configured",
        "generous limits",
    ]
    rows = _rows(baseline, off, generous)
    lines = [title, ["---", *["---:"] * 7], *rows, _total(rows)]
    text = "\n".join(
        f"| {' | '.join(_cell(value) for value in line)} |" for line in lines
    )
    return (
        f"{text}\n\nWith generous limits the gate let orders go {gate['passed']} times "
        f"and held {gate['held']}; with nothing configured it was never asked.\n"
    )


def _cell(value) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def write(baseline: dict, runs: tuple, results: str, linted: list[str]) -> None:
    """docs/host-suites.md, anew."""
    today = datetime.date.today().isoformat()
    known = [f"- `{test}`: {why}" for test, why in baseline["known"].items()]
    spent = ", ".join(f"{run.title} {run.minutes:.0f} minutes" for run in runs)
    before = f"without the add-ons {baseline['minutes']} minutes on {baseline['date']}"
    parts = [
        HEAD,
        results,
        "\n## Fails without the add-ons too\n",
        *known,
        "\n## The host's own rules for add-ons (`test_lint`)\n",
        f"Asked of our add-ons, all answered: {', '.join(linted)}.",
        f"\nMeasured {today} on {machine()}: {spent}; {before} "
        f"({baseline['machine']}).",
    ]
    FILE.write_text("\n".join(parts) + "\n")
