"""`./dev test`: tools without Odoo, the add-on's suite, the host's own suites.

The last line is always `N passed, N failed, N skipped`; a log line that should
not be there counts as a failure, so the line and the exit code agree.
"""

import argparse
import dataclasses
import os
import signal
import subprocess
from concurrent import futures
from pathlib import Path

from . import (
    browser,
    database,
    environment,
    host_suites,
    paths,
    postgres,
    selection,
    suite_run,
    template,
    uninstall,
)
from .environment import Environment
from .testlog import TestLog
from .ui import DevError, say


@dataclasses.dataclass
class Summary:
    """What the closing lines say."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    notes: list[str] = dataclasses.field(default_factory=list)

    def add(self, passed: int, failed: int, skipped: int) -> None:
        """Count one more part of the run."""
        self.passed += passed
        self.failed += failed
        self.skipped += skipped

    def fail(self, note: str) -> None:
        """Count one failure that is no test, with the reason to show."""
        self.failed += 1
        self.notes.append(note)

    def show(self) -> int:
        """Print notes and the counts; return the exit code."""
        print("\n" + "\n".join(self.notes) if self.notes else "")
        print(
            f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped",
            flush=True,
        )
        return 1 if self.failed else 0


def _arguments(args: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./dev test", description="Run the tests; all of ours by default."
    )
    parser.add_argument(
        "pattern",
        nargs="?",
        default="",
        help="part of a class, method or file name, or Class.method",
    )
    parser.add_argument("--fast", action="store_true", help="without browser tours")
    parser.add_argument(
        "--all", action="store_true", help="also the host's suites, and uninstalling"
    )
    parser.add_argument(
        "--nightly",
        action="store_true",
        help="as --all with many more of the host's suites; writes their table",
    )
    parser.add_argument("--keep", action="store_true", help="keep the database")
    options = parser.parse_args(args)
    options.all = options.all or options.nightly
    if options.pattern and options.all:
        parser.error("--all takes no PATTERN")
    return options


def test_tools(env: Environment, summary: Summary, pattern: str) -> int:
    """Doctests and unit tests of what needs no Odoo: every add-on's tools/ and the
    reading of ledgers; returns how many ran."""
    ran = 0
    packages = [paths.ROOT / addon / "tools" for addon in paths.addons()]
    for package in [*packages, paths.TOOLS / "ledger"]:
        if not (package / "__init__.py").is_file():
            continue
        name = package.relative_to(paths.ROOT)
        say(f"tests of {name}, without Odoo")
        done = subprocess.run(
            [paths.PYTHON, paths.TOOLS / "tools_tests.py", package, pattern],
            env=env.environ(),
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        lines = done.stdout.splitlines()
        if not lines or not lines[-1].startswith("TOOLS "):
            print(done.stdout)
            summary.fail(f"{name}: the test runner itself stopped.")
            continue
        counts = [int(number) for number in lines[-1].split()[1:]]
        if done.returncode:
            print("\n".join(lines[:-1]))
        summary.add(*counts)
        ran += sum(counts)
    return ran


def install_addons(env: Environment, summary: Summary, db: str) -> bool:
    """A new database `db` with our add-ons; what the log complains of is counted.

    Returns whether there is something to test.
    """
    template.clone(env, db)
    logfile = paths.LOGS / f"{db}.log"
    say(f"installing {', '.join(paths.addons())} in {db} (log: {logfile})")
    command = suite_run.install_command(env, db, paths.addons())
    log, code = suite_run.run_odoo(env, command, logfile)
    add_log(summary, log, code, logfile)
    return not code


def add_log(summary: Summary, log: TestLog, code: int, logfile: Path) -> None:
    """Count what one Odoo logged and how it ended."""
    summary.add(*log.counts())
    for test, reason in sorted(log.skipped.items()):
        summary.notes.append(f"skipped: {test}: {reason}")
    summary.notes += [f"failed: {test}" for test in sorted(log.failed)]
    for record in log.problems:
        first = record.text.splitlines()[0]
        summary.fail(f"unexpected in the log: {record.level} {record.logger}: {first}")
    if log.failed or log.problems:
        summary.notes.append(f"The whole log: {logfile}")
    elif code:
        tail = "".join(logfile.read_text("utf-8").splitlines(keepends=True)[-15:])
        summary.fail(f"Odoo stopped with code {code}:\n{tail}({logfile})")


def run_shards(env: Environment, summary: Summary, db: str, shards: list[str]) -> None:
    """Run the tests, which all come after the installation: each part of them on a
    copy of `db` of its own, all at once."""
    copies = [db, *(f"{db}_{number}" for number in range(2, len(shards) + 1))]
    logfiles = [paths.LOGS / f"{copy}.tests.log" for copy in copies]
    try:
        for copy in copies[1:]:
            database.clone(env.server, db, copy)
        say(f"tests on {', '.join(copies)} (logs: {', '.join(map(str, logfiles))})")
        with futures.ThreadPoolExecutor(len(copies)) as pool:
            runs = [
                pool.submit(
                    suite_run.run_odoo, env, suite_run.command(env, *part), logfile
                )
                for *part, logfile in zip(copies, shards, logfiles, strict=True)
            ]
            try:
                futures.wait(runs)
            except BaseException:  # the pool would wait for the others
                suite_run.kill_all()
                raise
        for run, tags, logfile in zip(runs, shards, logfiles, strict=True):
            log, code = run.result()
            add_log(summary, log, code, logfile)
            if not log.started:
                summary.fail(f"Odoo ran no test for {tags} ({logfile})")
    finally:
        for copy in copies[1:]:
            database.drop(env.server, copy)


def _stop(_signal, _frame):
    raise KeyboardInterrupt


def test(args: list[str]) -> int:
    """test [--all|--nightly|--fast|PATTERN]: the tests; --keep keeps the database."""
    options = _arguments(args)
    if not paths.addons():
        raise DevError(f"there is no add-on {paths.ADDON}/ here.", "git status")
    signal.signal(signal.SIGTERM, _stop)  # so that the database is dropped then too
    env = environment.ready()
    summary = Summary()
    ran = test_tools(env, summary, options.pattern)
    shards = selection.shards(options.pattern, options.fast, os.cpu_count() or 1)
    if not shards and not ran:
        raise DevError(
            f"no test of ours has {options.pattern!r} in its name.",
            "give a part of a class, method or file name, or none at all.",
        )
    if not shards:
        return summary.show()
    if not options.fast and selection.has_tours() and not browser.ensure():
        summary.notes.append(browser.HOW_TO_GET)
    database.sweep(env.server)
    db = database.scratch_name(env.server, "test")
    try:
        if install_addons(env, summary, db):
            run_shards(env, summary, db, shards)
        if options.all:
            with environment.frozen(env) as still:
                uninstall.check(still, summary)
                host_suites.compare(still, summary, options.nightly)
    finally:
        if options.keep:
            say(f"kept: ./dev odoo -d {db}")
        else:
            database.drop(env.server, db)
        if os.environ.get("CI"):  # nobody comes back for what this very run started
            postgres.stop_if_started_here()
    return summary.show()
