"""`./dev test --all`: Odoo's own suites with the add-on installed, nothing set up.

Installing the add-on must change nothing until somebody sets a limit: what the
host's tests expect has to stay true. A few of them fail on any machine like
this one; `host_baseline.json` names those, each with its reason, as `./dev
baseline` found them without the add-on.
"""

import json

from . import database, environment, paths, suite_run, template
from .environment import Environment
from .testlog import TestLog
from .ui import say

BASELINE = paths.TOOLS / "host_baseline.json"
# The confirmation paths, rights, invoicing and payments of sale: what a gate can
# break, in about four minutes.
TAGS = ",".join(
    [
        "/sale:TestSaleOrder",
        "/sale:TestSaleOrderCreditLimit",
        "/sale:TestSalePayment",
        "/sale:TestSaleSignature",
        "/sale:TestSaleToInvoice",
        "/sale:TestSaleRefund",
        "/sale:TestAccessRights",
        "post_install/sale_management",
    ]
)


def known() -> dict[str, str]:
    """{test: reason} of the host's failures that are not our doing."""
    return json.loads(BASELINE.read_text("utf-8"))


def _run(env: Environment, db: str) -> TestLog:
    """The host's suites on `db`; what fails is shown by who asked."""
    logfile = paths.LOGS / f"{db}_host.log"
    say(f"Odoo's own suites on {db}, about four minutes (log: {logfile})")
    command = suite_run.command(env, db, TAGS)
    log, code = suite_run.run_odoo(env, command, logfile, show=False)
    if code and not log.failed:
        log.failed["odoo"] = f"Odoo stopped with code {code}, see {logfile}"
    return log


def compare(env: Environment, summary, db: str) -> None:
    """Run them with the add-on; only failures that are not known count."""
    log, expected = _run(env, db), known()
    new = {test: text for test, text in log.failed.items() if test not in expected}
    for test, text in new.items():
        print(f"\nfails only with the add-on: {test}\n{text}")
    for test in sorted(log.failed.keys() & expected.keys()):
        summary.notes.append(f"fails without us too: {test} ({expected[test]})")
    for test in sorted(expected.keys() - log.failed.keys()):
        summary.notes.append(f"passes now, take it out of {BASELINE.name}: {test}")
    passed, _failed, skipped = log.counts()
    # A known failure says nothing about us: it is as good as not run.
    summary.add(passed, len(new), skipped + len(log.failed) - len(new))


def baseline(_args: list[str]) -> int:
    """baseline: run the host's suites without the add-on, note what fails."""
    env = environment.ready()
    db = database.scratch_name(env.server, "test")
    template.clone(env, db)
    try:
        log = _run(env, db)
    finally:
        database.drop(env.server, db)
    reasons = known()
    found = {
        test: reasons.get(test, text.strip().splitlines()[-1])
        for test, text in sorted(log.failed.items())
    }
    BASELINE.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    passed, failed, skipped = log.counts()
    say(f"{passed} passed, {failed} failed, {skipped} skipped: see {BASELINE}")
    return 0
