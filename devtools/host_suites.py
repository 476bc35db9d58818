"""`./dev test --all` and `--nightly`: Odoo's own suites with the add-ons installed.

They run twice, at once. With nothing configured everything that the host's tests
expect has to stay true, to the number of queries. With a limit on every customer that
no order reaches, the gate judges every order of these tests, and none may notice.

Some tests fail on any machine like this one; `host_baseline.json` names those, each
with its reason, as `./dev baseline` found them without the add-ons.
"""

import collections
import dataclasses
import datetime
import json
import re
import subprocess
import time
from concurrent import futures

from . import database, environment, host_report, paths, suite_run, template
from .environment import Environment
from .testlog import TestLog
from .ui import DevError, say

BASELINE = paths.TOOLS / "host_baseline.json"
# The confirmation paths, rights, invoicing and payments of sale: what a gate can
# break, in about four minutes; and the host's own query counts.
FAST = [
    "/sale:TestSaleOrder",
    "/sale:TestSaleOrderCreditLimit",
    "/sale:TestSalePayment",
    "/sale:TestSaleSignature",
    "/sale:TestSaleToInvoice",
    "/sale:TestSaleRefund",
    "/sale:TestAccessRights",
    "/sale_management",
    "/sale_stock:TestPERF",
]
NIGHTLY = [
    "/sale",
    # Tax arithmetic: a quarter of an hour, and nothing that we touch
    "-/sale:TestTaxesDownPaymentSale",
    "-/sale:TestTaxesGlobalDiscountSale",
    "-/sale:TestTaxesTaxTotalsSummarySale",
    "/sale_management",
    "/sale_stock",
    "/sale_loyalty",
    "/payment",
    "/account_payment",
    "/portal",
    "/account:TestAccountComposerPerformance",
    "/account:TestAccountPartner",
    "/account:TestAccountMoveOutInvoiceOnchanges",
    "/account:TestAccountMoveSend",
    "/account:TestAccountPayment",
    "/account:TestAccountPaymentRegister",
    "/account:TestAccountPaymentTerms",
    "/account:TestPortalInvoice",
    "/account:TestMergePartner",
    "/test_mail:TestBaseAPIPerformance",
    "/test_mail:TestBaseMailPerformance",
    "/test_mail:TestMailAPIPerformance",
    "/test_mail:TestPerformance",
]
# What test_lint asks of modules; not its tests of itself, nor eslint: it wants a
# release older than ours, which `./dev lint` runs with the same intent.
LINT = [
    "/test_lint",
    "-/test_lint:TestESLint",
    "-/test_lint:TestGetTextLint",
    "-/test_lint:TestI18nChecks",
    "-/test_lint:TestSqlLint",
]


@dataclasses.dataclass
class Suite:
    """What became of the tests of one module in one run."""

    tests: int = 0
    failed: int = 0
    queries: int = 0
    seconds: float = 0


@dataclasses.dataclass
class Run:
    """One run of the suites."""

    title: str
    log: TestLog
    minutes: float

    def suites(self) -> dict[str, Suite]:
        """{module: its figures}."""
        found = collections.defaultdict(Suite)
        for test in self.log.started:
            found[_module(test)].tests += 1
        for test in self.log.failed:
            found[_module(test)].failed += 1
        for module, suite in found.items():
            suite.queries = self.log.queries.get(module, 0)
            suite.seconds = self.log.seconds.get(module, 0)
        return dict(sorted(found.items()))


def _module(test: str) -> str:
    whole_class = re.search(r"\(odoo\.addons\.(\w+)\.", test)
    return whole_class[1] if whole_class else test.partition(".")[0]


def baseline_data() -> dict:
    """`known` {test: reason}, and what the last `./dev baseline` measured."""
    return json.loads(BASELINE.read_text("utf-8"))


def run_suites(env: Environment, db: str, tags: list[str], title: str) -> Run:
    """Run the suites on `db`; what fails runs once more, alone."""
    started = time.monotonic()
    log = _odoo_tests(env, db, tags, f"{db}_host", title)
    if log.failed:
        again = _odoo_tests(
            env, db, [_tag(test) for test in log.failed], f"{db}_again", "once more"
        )
        # A tour on a busy machine; what the second run does not even start stays.
        for test in log.failed.keys() - again.failed.keys():
            if any(_tag(name).startswith(_tag(test)) for name in again.started):
                say(f"passed the second time: {test}")
                del log.failed[test]
    return Run(title, log, (time.monotonic() - started) / 60)


def _odoo_tests(
    env: Environment, db: str, tags: list[str], logname: str, title: str, *first: str
) -> TestLog:
    """Run what the tags choose, at_install tests included, after everything is loaded.

    :param first: arguments of host_odoo.py
    """
    logfile = paths.LOGS / f"{logname}_{title.replace(' ', '_')}.log"
    say(f"Odoo's own suites, {title} (log: {logfile})")
    arguments = suite_run.arguments(db, ",".join(tags))
    runner = [str(paths.PYTHON), str(paths.TOOLS / "host_odoo.py")]
    log, code = suite_run.run_odoo(env, [*runner, *first, *arguments], logfile, False)
    if code and not log.failed or not log.started:
        raise DevError(f"Odoo stopped with code {code}: {title}.", f"read {logfile}")
    return log


def _tag(test: str) -> str:
    """The --test-tags value of one failed test, or of its class.

    >>> _tag("sale.tests.test_sale_order.TestSaleOrder.test_x")
    '/sale:TestSaleOrder.test_x'
    >>> _tag("odoo.tests.suite.setUpClass (odoo.addons.sale.tests.test_x.TestX)")
    '/sale:TestX'
    """
    if whole_class := re.search(r"\.(\w+)\)$", test):
        return f"/{_module(test)}:{whole_class[1]}"
    return f"/{_module(test)}:{'.'.join(test.split('.')[-2:])}"


def _set_limits(env: Environment, db: str) -> None:
    """A generous limit for every customer."""
    runner = [str(paths.PYTHON), str(paths.TOOLS / "in_odoo.py")]
    script = str(paths.TOOLS / "host_limits.py")
    if subprocess.run([*runner, db, script], env=env.environ(), check=False).returncode:
        raise DevError("the limits could not be set.", "see the error above")


def _count(env: Environment, db: str, sequence: str) -> int:
    """How many rows a table has ever got: a sequence outlives every rollback."""
    sql = f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}"
    return int(database.execute(env.server, sql, db)[0][0])


def gate_counts(env: Environment, db: str) -> dict[str, int]:
    """What the gate has done on `db`: a ticket for each time it let a customer's
    orders go, a hold for each order that it stopped."""
    return {
        "passed": _count(env, db, "credit_gate_ticket_id_seq"),
        "held": _count(env, db, "credit_hold_id_seq"),
    }


def _judge(summary, run: Run, known: dict[str, str]) -> None:
    """Count what fails beyond the baseline, and what our add-ons complain about."""
    new = {test: text for test, text in run.log.failed.items() if test not in known}
    for test, text in new.items():
        print(f"\nfails only with the add-ons ({run.title}): {test}\n{text}")
        summary.notes.append(f"failed, {run.title}: {test}")
    for test in sorted(run.log.failed.keys() & known.keys()):
        summary.notes.append(f"fails without us too: {test} ({known[test]})")
    for record in run.log.problems:
        if f"addons.{paths.ADDON}" in record.logger:
            first = record.text.splitlines()[0]
            summary.fail(f"{run.title}: {record.level} {record.logger}: {first}")
    passed, _failed, skipped = run.log.counts()
    # A known failure says nothing about us: it is as good as not run.
    summary.add(passed, len(new), skipped + len(run.log.failed) - len(new))


def compare(env: Environment, summary, nightly: bool) -> None:
    """Run them with the add-ons; only failures that are not known count."""
    data, tags = baseline_data(), NIGHTLY if nightly else FAST
    db = database.scratch_name(env.server, "test")
    limited = f"{db}_limited"
    template.clone(env, db, template.HOST_MODULES)
    try:
        template.install(env, db, paths.addons(), "install")
        database.clone(env.server, db, limited)
        _set_limits(env, limited)
        linted = _lint(env, db, summary)
        off, generous = _run_both(env, db, limited, tags)
        _judge(summary, off, data["known"])
        if any(gate_counts(env, db).values()):
            summary.fail(f"nothing configured, yet the gate: {gate_counts(env, db)}")
        _judge(summary, generous, data["known"])
        gate = gate_counts(env, limited)
        if not gate["passed"]:
            summary.fail("no order went through the gate with generous limits")
        table = host_report.table(data, off, generous, gate)
        summary.notes.append(table)
        if nightly:
            host_report.write(data, (off, generous), table, linted)
    finally:
        database.drop(env.server, db)
        database.drop(env.server, limited)


def _run_both(env: Environment, db: str, limited: str, tags: list[str]) -> list[Run]:
    """Nothing configured and generous limits, side by side: each uses one core."""
    with futures.ThreadPoolExecutor(2) as pool:
        runs = [
            pool.submit(run_suites, env, db, tags, "nothing configured"),
            pool.submit(run_suites, env, limited, tags, "generous limits"),
        ]
        try:
            futures.wait(runs)
        except BaseException:  # the pool would wait for the others
            suite_run.kill_all()
            raise
    return [run.result() for run in runs]


def _lint(env: Environment, db: str, summary) -> list[str]:
    """What the host asks of every module's files and classes, asked of our add-ons.

    :return: the tests that ran
    """
    addons = ",".join(paths.addons())
    log = _odoo_tests(env, db, LINT, f"{db}_host", "test_lint", "--lint", addons)
    # Some go through all that is loaded: what they find elsewhere is not ours.
    ours = {test: text for test, text in log.failed.items() if paths.ADDON in text}
    for test, text in ours.items():
        print(f"\ntest_lint on our add-ons: {test}\n{text}")
        summary.notes.append(f"failed: {test}")
    for record in log.problems:
        if paths.ADDON in record.text:
            summary.fail(f"test_lint: {record.text.splitlines()[0]}")
    summary.add(len(log.started) - len(ours) - len(log.skipped), len(ours), 0)
    return sorted(test.split(".")[-2] for test in log.started - log.skipped.keys())


def _why(text: str) -> str:
    """The line of a traceback that names the error.

    >>> _why("Traceback\\n  File x\\nAssertionError: 1 != 2\\n- a\\n+ b")
    'AssertionError: 1 != 2'
    """
    lines = text.strip().splitlines()
    return next((line for line in lines if re.match(r"[\w.]+Error", line)), lines[-1])


def baseline(_args: list[str]) -> int:
    """baseline: run the host's suites without the add-on, note what fails."""
    env = environment.ready()
    db = database.scratch_name(env.server, "test")
    template.clone(env, db, template.HOST_MODULES)
    try:
        run = run_suites(env, db, NIGHTLY, "without the add-ons")
    finally:
        database.drop(env.server, db)
    reasons = baseline_data()["known"]
    data = {
        "date": datetime.date.today().isoformat(),
        "machine": host_report.machine(),
        "minutes": round(run.minutes),
        "known": {
            test: reasons.get(test) or _why(text)
            for test, text in sorted(run.log.failed.items())
        },
        "suites": {
            name: dataclasses.asdict(suite) for name, suite in run.suites().items()
        },
    }
    BASELINE.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n")
    passed, failed, skipped = run.log.counts()
    say(f"{passed} passed, {failed} failed, {skipped} skipped: see {BASELINE}")
    return 0
