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


def tags(pattern: str, fast: bool) -> str:
    """The --test-tags value; '' when `pattern` names no test of ours."""
    if pattern:
        chosen = [
            tag
            for addon in paths.addons()
            for path in sorted((paths.ROOT / addon / "tests").glob("test_*.py"))
            for case in _cases(path)
            for tag in case.tags(pattern)
        ]
    else:
        chosen = [f"/{addon}" for addon in paths.addons()]
    if chosen and fast:
        chosen.append(f"-{TOUR_TAG}")
    return ",".join(chosen)


def has_tours() -> bool:
    """Do our tests drive a browser?"""
    return any(
        TOUR_TAG in path.read_text("utf-8")
        for addon in paths.addons()
        for path in (paths.ROOT / addon / "tests").glob("*.py")
    )
