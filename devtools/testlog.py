"""Reads Odoo's log of a test run: what ran, what failed, what should not be there."""

import dataclasses
import re

from .noise import is_noise

_LINE = re.compile(
    r"^\d{4}-\d\d-\d\d [\d:,]+ \d+ "
    r"(?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL) \S+ "
    r"(?P<logger>[\w.\-]+): (?P<text>.*)$"
)
_STARTED = re.compile(r"^Starting (\S+) \.\.\.")
# A name is `Class.method`, or `setUpClass (the.Class)`; what follows the name of
# a subtest says which one, and belongs to the same test.
_NAME = r"(setUp\w+ \([^)]*\)|tearDown\w+ \([^)]*\)|\S+)"
_FAILED = re.compile(rf"^(?:FAIL|ERROR): (?:Subtest )?{_NAME}")
_SKIPPED = re.compile(rf"^skipped {_NAME} : (.*)")
# Logged at the end of a run, one line per module.
_STATS = re.compile(r"^(\w+): \d+ tests ([\d.]+)s (\d+) queries$")
# Odoo's own totals: they repeat failures that were already logged one by one.
_TOTALS = re.compile(
    r"^Module \w+: \d+ failures, \d+ errors of \d+ tests"
    r"|^\d+ failed, \d+ error\(s\) of \d+ tests when loading"
    r"|^At least one test failed when loading the modules"
)


@dataclasses.dataclass
class Record:
    """One log record; its further lines (a traceback) are in `text` too."""

    level: str
    logger: str
    text: str


@dataclasses.dataclass
class TestLog:
    """Fed line by line; tests are named `module.Class.method`, as Odoo logs them.

    `failed` and `skipped` map a test to the text that says why. `problems` are
    the records of level WARNING and above that no test and no noise explains,
    `shown` those that the developer should see: problems and failures. `seconds` and
    `queries` are Odoo's own sums per module.
    """

    started: set[str] = dataclasses.field(default_factory=set)
    failed: dict[str, str] = dataclasses.field(default_factory=dict)
    skipped: dict[str, str] = dataclasses.field(default_factory=dict)
    problems: list[Record] = dataclasses.field(default_factory=list)
    shown: list[Record] = dataclasses.field(default_factory=list)
    seconds: dict[str, float] = dataclasses.field(default_factory=dict)
    queries: dict[str, int] = dataclasses.field(default_factory=dict)
    _open: Record | None = None

    def feed(self, line: str) -> Record | None:
        """Take one line; return the record that it completes, if any."""
        match = _LINE.match(line)
        if not match:
            if self._open:
                self._open.text += "\n" + line
            return None
        done = self.close()
        self._open = Record(**match.groupdict())
        return done

    def close(self) -> Record | None:
        """File the record that is still open; return it."""
        record, self._open = self._open, None
        if record:
            self._file(record)
        return record

    def _file(self, record: Record) -> None:
        module = record.logger.removeprefix("odoo.addons.")
        record.text = record.text.rstrip()
        if match := _STARTED.match(record.text):
            self.started.add(f"{module}.{match[1]}")
        elif match := _SKIPPED.match(record.text):
            self.skipped[f"{module}.{match[1]}"] = match[2]
        elif match := record.logger == "odoo.tests.stats" and _STATS.match(record.text):
            self.seconds[match[1]] = float(match[2])
            self.queries[match[1]] = int(match[3])
        elif record.level not in ("WARNING", "ERROR", "CRITICAL"):
            return
        elif match := _FAILED.match(record.text):
            name = f"{module}.{match[1]}"
            self.failed[name] = self.failed.get(name, "") + record.text + "\n"
            self.shown.append(record)
        elif not _TOTALS.match(record.text) and not is_noise(
            record.logger, record.text
        ):
            self.problems.append(record)
            self.shown.append(record)

    def counts(self) -> tuple[int, int, int]:
        """(passed, failed, skipped); a class that failed to set up counts as one."""
        passed = len(self.started - self.failed.keys() - self.skipped.keys())
        skipped = len(self.skipped.keys() - self.failed.keys())
        return passed, len(self.failed), skipped
