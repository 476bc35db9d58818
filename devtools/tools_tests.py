"""Doctests and unit tests of a package without Odoo, such as an add-on's `tools/`.

Run by `./dev test` with our environment's Python: `tools_tests.py PACKAGE [PATTERN]`.
The folder that holds the package is on the path, so `tools` is a plain package and
the add-on's `__init__` (which needs Odoo) is never executed. Tests say
`from tools.rules import …`; they are unittest cases in `tools/tests/test_*.py`.
The last line printed is `TOOLS passed failed skipped`.
"""

import doctest
import importlib
import pkgutil
import sys
import traceback
import unittest
from pathlib import Path


def _modules(package) -> tuple[list, int]:
    """All modules of it but its tests, and how many could not be imported."""
    modules, broken = [package], 0
    name = package.__name__
    for info in pkgutil.walk_packages(package.__path__, f"{name}."):
        if info.name.startswith(f"{name}.tests"):
            continue
        try:
            modules.append(importlib.import_module(info.name))
        except Exception:
            broken += 1
            print(f"\nFAIL: cannot import {info.name}")
            # The last frame only: the first ones are importlib's.
            traceback.print_exc(limit=-1, file=sys.stdout)
    return modules, broken


def _doctests(modules: list, pattern: str) -> unittest.TestSuite:
    """One test per docstring with examples, those whose name has `pattern` in it."""
    suite = unittest.TestSuite()
    for module in modules:
        # Exact floats and dicts print the same everywhere: no option is needed.
        for test in doctest.DocTestSuite(module):
            if pattern.lower() in test.id().lower():
                suite.addTest(test)
    return suite


def _unit_tests(folder: Path, pattern: str) -> tuple[unittest.TestSuite, int]:
    """Cases of its tests/, and how many files hold none (pytest style, or empty)."""
    loader = unittest.TestLoader()
    if pattern:
        loader.testNamePatterns = [f"*{pattern}*"]
    suite, empty = unittest.TestSuite(), 0
    for path in sorted((folder / "tests").glob("test_*.py")):
        found = loader.loadTestsFromName(f"{folder.name}.tests.{path.stem}")
        suite.addTest(found)
        if not pattern and not found.countTestCases():
            empty += 1
            print(f"FAIL: {path} has no unittest.TestCase with a test in it")
    return suite, empty


def main(folder: Path, pattern: str = "") -> int:
    """Run both kinds; 1 when anything failed."""
    sys.modules["odoo"] = None  # an import of odoo fails at once, and says so
    sys.path[0] = str(folder.parent)  # instead of devtools/
    try:
        package = importlib.import_module(folder.name)
    except Exception:
        traceback.print_exc(limit=-1, file=sys.stdout)
        print("TOOLS 0 1 0")
        return 1
    modules, broken = _modules(package)
    suite, empty = _unit_tests(folder, pattern)
    suite.addTests(_doctests(modules, pattern))
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=0).run(suite)
    failed = broken + empty + len(result.failures) + len(result.errors)
    failed += len(result.unexpectedSuccesses)
    bad = {test.id() for test, _text in result.failures + result.errors}
    passed = result.testsRun - len(bad) - len(result.skipped)
    print(f"TOOLS {passed} {failed} {len(result.skipped)}")
    return 1 if failed else 0


sys.exit(main(Path(sys.argv[1]).resolve(), *sys.argv[2:3]))
