"""Odoo for its own tests: those meant for installation run after everything is loaded.

Run by `./dev test --all` with our environment's Python: `host_odoo.py ARGS…`, with
the arguments of `odoo`. Odoo runs a test tagged `at_install` (the default; the query
counts of sale_stock are such tests) before the add-ons that come after its module are
there, so it would say nothing about ours.

`--lint ADDON,…` as the first argument is for the module test_lint: what it looks for
in the files of every module, it looks for in these only.
"""

import subprocess
import sys
import types

import odoo.cli
from odoo.modules.module import Manifest
from odoo.tests import loader
from odoo.tests.suite import OdooSuite
from odoo.tools import config


def _all_late() -> None:
    """Run at the end what would run at installation."""
    make_suite = loader.make_suite

    def make_late_suite(module_names, position="at_install"):
        if position == "at_install":
            return OdooSuite()
        places = ("at_install", "post_install")
        tests = [test for place in places for test in make_suite(module_names, place)]
        return OdooSuite(sorted(tests, key=lambda t: getattr(t, "test_sequence", 0)))

    loader.make_suite = make_late_suite


def _lint_only(addons: list[str]) -> None:
    """Let test_lint see these add-ons, and its pylint not all of Odoo."""
    every = Manifest.all_addon_manifests
    Manifest.all_addon_manifests = staticmethod(
        lambda: [manifest for manifest in every() if manifest.name in addons]
    )
    make_suite = loader.make_suite

    def make_lint_suite(*args):
        from odoo.addons.test_lint.tests import test_pylint

        test_pylint.subprocess = types.SimpleNamespace(run=_run_without_root)
        return make_suite(*args)

    loader.make_suite = make_lint_suite


def _run_without_root(command, **kwargs):
    ours = [part for part in command if part != config.root_path]
    # Our files name messages of pylint-odoo too, which this run does not load.
    return subprocess.run([*ours, "--disable=unknown-option-value"], **kwargs)


if __name__ == "__main__":
    _all_late()
    if sys.argv[1:2] == ["--lint"]:
        _lint_only(sys.argv[2].split(","))
        del sys.argv[1:3]
    sys.exit(odoo.cli.main())
