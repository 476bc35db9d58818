"""Runs Odoo for its tests: the command line, its log read live and kept in a file."""

import signal
import subprocess
from pathlib import Path

from . import paths, template
from .environment import Environment
from .testlog import Record, TestLog
from .ui import say

PROGRESS_EVERY = 50  # tests between two progress lines
_running: set[subprocess.Popen] = set()


def kill_all() -> None:
    """End every Odoo that `run_odoo` has started, also those of other threads."""
    for child in list(_running):
        child.send_signal(signal.SIGKILL)


def command(env: Environment, db: str, tags: str) -> list[str]:
    """Odoo's command line for a test run on `db` that stops by itself."""
    return env.odoo(*arguments(db, tags))


def install_command(env: Environment, db: str, modules: list[str]) -> list[str]:
    """Odoo's command line that installs `modules` in `db` and stops."""
    options = ["--init", ",".join(modules), "--stop-after-init", "--no-http"]
    return env.odoo(*template.server_args(db), *options)


def arguments(db: str, tags: str) -> list[str]:
    """The arguments of that command line."""
    return [
        *template.server_args(db),
        f"--test-tags={tags}",
        f"--screenshots={paths.DEV / 'screenshots'}",
        "--stop-after-init",
    ]


def _show(record: Record, log: TestLog) -> None:
    """Print failures as they come, and now and then how far we are."""
    if record in log.shown:
        print(f"\n{record.level} {record.logger}\n{record.text}", flush=True)
    elif record.text.startswith("Starting Test"):
        if len(log.started) % PROGRESS_EVERY == 0:
            say(f"{len(log.started)} tests started")


def _read(child: subprocess.Popen, out, log: TestLog, show: bool) -> None:
    """Copy the child's output to `out`, line by line, and feed the log."""
    for line in child.stdout:
        out.write(line)
        record = log.feed(line.rstrip("\n"))
        if record and show:
            _show(record, log)
    record = log.close()
    if record and show:
        _show(record, log)


def run_odoo(
    env: Environment, cmd: list[str], logfile: Path, show: bool = True
) -> tuple[TestLog, int]:
    """Run Odoo with its log in `logfile`; return what it says and its exit code."""
    logfile.parent.mkdir(parents=True, exist_ok=True)
    # Odoo stops at a few failures by itself; we want to count them all.
    environ = {**env.environ(), "ODOO_TEST_MAX_FAILED_TESTS": "1000000"}
    log = TestLog()
    with logfile.open("w") as out:
        child = subprocess.Popen(
            cmd,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        _running.add(child)
        try:
            _read(child, out, log, show)
            return log, child.wait()
        finally:
            if child.poll() is None:  # we are interrupted: so is Odoo
                child.send_signal(signal.SIGKILL)
                child.wait()
            _running.discard(child)
