"""Turns the PATTERN of `./dev test PATTERN` into Odoo test tags.

Odoo's tags want exact names; a developer types a part of one. The names are read
from the sources, without importing them.
"""

import ast
import dataclasses
from pathlib import Path

from . import paths

TOUR_TAG = "credit_tour"  # what our browser tests are tagged with


@dataclasses.dataclass(frozen=True)
class Case:
    """A test class as its source shows it."""

    addon: str
    module: str  # test_gate
    name: str  # TestGate
    methods: tuple[str, ...]

    def tags(self, pattern: str) -> list[str]:
        """Tags for what `pattern` names here: file, class, Class.method or method."""
        base = f"/{self.addon}:{self.name}"
        wanted = pattern.lower()
        if not self.methods:
            return []
        if wanted in self.name.lower() or wanted.removesuffix(".py") == self.module:
            return [base]
        class_part, _, method_part = wanted.rpartition(".")
        if class_part and class_part not in self.name.lower():
            return []
        return [f"{base}.{name}" for name in self.methods if method_part in name]


def _cases(path: Path) -> list[Case]:
    """The test classes of one file; [] when Python cannot read it (the run says so)."""
    try:
        tree = ast.parse(path.read_text("utf-8"))
    except SyntaxError:
        return []
    return [
        Case(
            addon=path.parent.parent.name,
            module=path.stem,
            name=node.name,
            methods=tuple(
                item.name
                for item in node.body
                if isinstance(item, ast.FunctionDef) and item.name.startswith("test_")
            ),
        )
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    ]


def chosen(pattern: str) -> list[Case]:
    """The test classes that `pattern` names, all of ours when it is empty."""
    return [
        case
        for addon in paths.addons()
        for path in sorted((paths.ROOT / addon / "tests").glob("test_*.py"))
        for case in _cases(path)
        if case.tags(pattern)
    ]


def shards(pattern: str, fast: bool, count: int) -> list[str]:
    """At most `count` values of --test-tags that take about as long as each other,
    and together name what `pattern` does; [] when it names no test of ours.

    A pattern is not split: it is for a quick look.
    """
    cases = chosen(pattern)
    loads: list[list[Case]] = [[] for _number in range(1 if pattern else count)]
    for case in sorted(cases, key=_effort, reverse=True):
        min(loads, key=lambda load: sum(map(_effort, load))).append(case)
    fewer = [f"-{TOUR_TAG}"] if fast else []
    return [
        ",".join([*(tag for case in load for tag in case.tags(pattern)), *fewer])
        for load in loads
        if load
    ]


def _effort(case: Case) -> int:
    """How long a class takes, in tests: making its company takes as long as ten."""
    return len(case.methods) + 10


def has_tours() -> bool:
    """Do our tests drive a browser?"""
    return any(
        TOUR_TAG in path.read_text("utf-8")
        for addon in paths.addons()
        for path in (paths.ROOT / addon / "tests").glob("*.py")
    )
