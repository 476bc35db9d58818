"""`./dev test`: tools without Odoo, the add-on's suite, the host's own suites.

The last line is always `N passed, N failed, N skipped`; a log line that should
not be there counts as a failure, so the line and the exit code agree.
"""

import argparse
import dataclasses
import os
import secrets
import signal
import subprocess
import sys
from pathlib import Path

from . import browser, database, environment, host_suites, paths, selection, template
from .environment import Environment
from .testlog import Record, TestLog
from .ui import DevError, say

INFO_EVERY = 50  # tests between two progress lines


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
        for note in self.notes:
            print(f"\n{note}")
        print(
            f"\n{self.passed} passed, {self.failed} failed, {self.skipped} skipped",
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
    parser.add_argument("--all", action="store_true", help="also the host's suites")
    parser.add_argument("--keep", action="store_true", help="keep the database")
    options = parser.parse_args(args)
    if options.pattern and options.all:
        parser.error("--all takes no PATTERN")
    return options


def test_tools(env: Environment, summary: Summary, pattern: str) -> int:
    """Doctests and unit tests of every add-on's tools/; returns how many ran."""
    ran = 0
    for addon in paths.addons():
        if not (paths.ROOT / addon / "tools" / "__init__.py").is_file():
            continue
        say(f"tests of {addon}/tools, without Odoo")
        done = subprocess.run(
            [paths.PYTHON, paths.TOOLS / "tools_tests.py", paths.ROOT / addon, pattern],
            env=env.environ(),
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        lines = done.stdout.splitlines()
        if not lines or not lines[-1].startswith("TOOLS "):
            print(done.stdout)
            summary.fail(f"{addon}/tools: the test runner itself stopped.")
            continue
        counts = [int(number) for number in lines[-1].split()[1:]]
        if done.returncode:
            print("\n".join(lines[:-1]))
        summary.add(*counts)
        ran += sum(counts)
    return ran


def _show(record: Record, log: TestLog) -> None:
    """Print failures as they come, and now and then how far we are."""
    if record.level in ("ERROR", "CRITICAL", "WARNING"):
        known = record in log.problems or record.text.startswith(("FAIL:", "ERROR:"))
        if known:
            print(f"\n{record.level} {record.logger}\n{record.text}", flush=True)
    elif record.text.startswith("Starting ") and not len(log.started) % INFO_EVERY:
        say(f"{len(log.started)} tests started")


def run_odoo(env: Environment, command: list[str], logfile: Path, show: bool = True):
    """Run Odoo with its log in `logfile`; return (TestLog, exit code)."""
    logfile.parent.mkdir(parents=True, exist_ok=True)
    environ = {
        **env.environ(),
        "ODOO_TEST_MAX_FAILED_TESTS": "1000000",  # count them all
    }
    log = TestLog()
    with logfile.open("w") as out:
        child = subprocess.Popen(
            command,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        try:
            for line in child.stdout:
                out.write(line)
                record = log.feed(line.rstrip("\n"))
                if record and show:
                    _show(record, log)
            return log, child.wait()
        finally:
            record = log.close()
            if record and show:
                _show(record, log)
            if child.poll() is None:
                child.send_signal(signal.SIGKILL)
                child.wait()


def test_command(env: Environment, db: str, tags: str, *options: str) -> list[str]:
    """Odoo's command line for a test run that stops by itself."""
    return env.odoo(
        *template.server_args(db),
        *options,
        f"--test-tags={tags}",
        f"--screenshots={paths.DEV / 'screenshots'}",
        "--stop-after-init",
    )


def test_addons(env: Environment, summary: Summary, db: str, tags: str) -> None:
    """Install our add-ons in `db` and run the tests that `tags` choose."""
    template.clone(env, db)
    logfile = paths.LOGS / f"{db}.log"
    say(f"tests of {', '.join(paths.addons())} on {db} (log: {logfile})")
    install = ",".join(paths.addons())
    command = test_command(env, db, tags, "--init", install)
    log, code = run_odoo(env, command, logfile)
    summary.add(*log.counts())
    for test, reason in sorted(log.skipped.items()):
        summary.notes.append(f"skipped {test}: {reason}")
    for record in log.problems:
        first = record.text.splitlines()[0]
        summary.fail(f"should not be in the log: {record.level} {first}")
    if log.failed or log.problems:
        summary.notes.append(f"The whole log: {logfile}")
    elif code:
        tail = "".join(logfile.read_text("utf-8").splitlines(keepends=True)[-15:])
        summary.fail(f"Odoo stopped with code {code}:\n{tail}({logfile})")
    elif not log.started:
        summary.fail(f"Odoo ran no test for --test-tags={tags} ({logfile})")


def drop_left_overs(env: Environment) -> None:
    """Drop test databases whose run was killed: their process is gone."""
    prefix = env.server.prefix("test")
    for name in database.ours(env.server):
        pid = name.removeprefix(prefix).split("_")[0]
        if name.startswith(prefix) and pid.isdigit() and not _alive(int(pid)):
            database.drop(env.server, name)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _stop(_signal, _frame):
    raise KeyboardInterrupt


def test(args: list[str]) -> int:
    """test [--all|--fast|PATTERN]: the tests; --keep keeps the database."""
    options = _arguments(args)
    if not paths.addons():
        raise DevError(f"there is no add-on {paths.ADDON}/ here.", "git status")
    signal.signal(signal.SIGTERM, _stop)  # so that the database is dropped then too
    env = environment.ready()
    summary = Summary()
    ran = test_tools(env, summary, options.pattern)
    tags = selection.tags(options.pattern, options.fast)
    if not tags and not ran:
        raise DevError(
            f"no test of ours has {options.pattern!r} in its name.",
            "give a part of a class, method or file name, or none at all.",
        )
    if not tags:
        return summary.show()
    if not options.fast and selection.has_tours() and not browser.ensure():
        summary.notes.append(browser.HOW_TO_GET)
    drop_left_overs(env)
    db = f"{env.server.prefix('test')}{os.getpid()}_{secrets.token_hex(2)}"
    try:
        test_addons(env, summary, db, tags)
        if options.all:
            host_suites.compare(env, summary, db)
    finally:
        if options.keep:
            print(f"kept: ./dev odoo -d {db}", file=sys.stderr)
        else:
            database.drop(env.server, db)
    return summary.show()
