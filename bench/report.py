"""The table and the JSON of `./dev bench`."""

import json
from pathlib import Path

from targets import MEMORY, Measure

SIZES = ["tiny", "small", "large"]
HEADINGS = ["ours", "full", "floor", "bare floor", "plain", "oca"]


def load(path: Path) -> dict:
    """What earlier runs measured; a run replaces only what it asks."""
    if path.is_file():
        return json.loads(path.read_text())
    return {"sizes": {}}


def save(path: Path, result: dict, questions: dict):
    """Write at once or not at all."""
    for size, rows in result["sizes"].items():
        for name in rows.keys() & questions.keys():
            result.setdefault("titles", {})[name] = title(questions[name])
            judged = judge(name, questions[name], size, result)
            result.setdefault("targets", {}).setdefault(size, {})[name] = judged
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    partial.replace(path)


def judge(name, question, size, result) -> list[tuple[bool, str]]:
    """Every target of a question at one size."""
    row = _row(name, size, result)
    at = SIZES.index(size)
    smaller = _row(name, SIZES[at - 1], result) if at > 1 else None
    targets = [*getattr(question, "TARGETS", []), MEMORY]
    judged = (target.judge(row, smaller) for target in targets)
    return [verdict for verdict in judged if verdict]


def _row(name, size, result) -> dict:
    stored = result["sizes"].get(size, {}).get(name, {})
    return {side: Measure(**values) for side, values in stored.items()}


def print_row(name, question, size, result):
    """A question: one line of times, one of its targets."""
    row = _row(name, size, result)
    cells = [
        f"{side} {_time(row[side].ms)} {row[side].queries} q" + _few(row[side])
        for side in HEADINGS
        if side in row
    ]
    print(f"\n{title(question)}  [{name}]\n    {' · '.join(cells)}")
    if "ours" in row:
        fastest, cpu = _time(row["ours"].fastest_ms), _time(row["ours"].cpu_ms)
        print(f"    ours: fastest {fastest}, processor time of Odoo {cpu}")
    for reached, words in judge(name, question, size, result):
        print(f"    {'ok    ' if reached else 'MISSED'} {words}", flush=True)


def _few(measure) -> str:
    return f" (n={measure.runs})" if measure.runs < 5 else ""


def _time(milliseconds) -> str:
    return (
        f"{milliseconds:,.1f} ms"
        if milliseconds < 1000
        else (f"{milliseconds / 1000:,.2f} s")
    )


def title(question) -> str:
    """The first line of a question's docstring."""
    return question.__doc__.strip().splitlines()[0]


def print_summary(path, result, sizes, errors):
    """The whole table in short, how many targets hold, and which do not."""
    for size in sizes:
        print_table(size, result)
        judged = result["targets"][size]
        every = [(name, *verdict) for name, all_ in judged.items() for verdict in all_]
        missed = [f"{name}: {words}" for name, reached, words in every if not reached]
        print(f"\n{size}: {len(every) - len(missed)} of {len(every)} targets reached")
        for line in missed:
            print(f"    missed {line}")
    for error in errors:
        print(f"    ERROR {error}")
    print(f"\n{result['machine']}\nwritten to {path}")


def print_table(size, result):
    """One line per question: medians, and queries where they are many or few."""
    print(f"\n| {size} | " + " | ".join(HEADINGS) + " |")
    print("|---" * (len(HEADINGS) + 1) + "|")
    for name in sorted(result["sizes"][size]):
        row = _row(name, size, result)
        cells = [
            f"{_time(row[side].ms)}, {row[side].queries} q" if side in row else ""
            for side in HEADINGS
        ]
        print(f"| {result['titles'][name]} | " + " | ".join(cells) + " |")
