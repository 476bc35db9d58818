"""Letters that are printed while the printer dies: afterwards each is there once.

Letters wait for the print job. On one copy of the database it runs undisturbed; on the
other it is killed at its beginning, in the middle and while it joins the parts, and
once the database server crashes under it. After the next run every letter is in the
PDF of the run exactly once, and no other file is left.
"""

import random
import time

from .. import database
from ..ui import say
from . import site
from .cluster import Cluster
from .jobs import DUE, Nursery
from .result import Result

PRINT = "ir_cron_dunning_print"
#: Of the letters that wait, what is left when a fault comes; 0: the parts are joined.
PARTS = (1.0, 0.5, 0.0)
PATIENCE_SECONDS = 600

#: Every line is wrong: what it is, and its rows.
WRONG = {
    "letters not printed": """
        SELECT id, delivery_state, delivery_error FROM credit_dunning_notice
         WHERE delivery_state <> 'printed' OR printed_on IS NULL""",
    "parts left over": "SELECT * FROM credit_dunning_run_letter_part_rel",
    "runs without a PDF": """
        SELECT id FROM credit_dunning_run WHERE letters_id IS NULL""",
}


class Printing:
    """A copy of the database with letters that wait."""

    def __init__(self, cluster: Cluster, base: str, world: dict, dice, result: Result):
        self.cluster, self.server = cluster, cluster.env.server
        self.world, self.dice, self.result = world, dice, result
        self.db = database.scratch_name(self.server, "jobs")
        database.clone(self.server, base, self.db)
        self.nursery = Nursery(cluster)

    def close(self) -> None:
        """Leave nothing behind."""
        self.nursery.close()
        database.drop(self.server, self.db)

    def execute(self, sql: str) -> list[list[str]]:
        """Rows of a statement on the copy."""
        return database.execute(self.server, sql, self.db)

    def count_waiting(self) -> int:
        """Letters that are not printed yet."""
        sql = (
            "SELECT count(*) FROM credit_dunning_notice"
            " WHERE delivery_state = 'printing'"
        )
        return int(self.execute(sql)[0][0])

    def start(self, **how) -> dict:
        """Run the job as the host does."""
        self.execute(DUE.format(name=PRINT))
        return self.nursery.ask(db=self.db, **how)

    def disturb(self, part: float, fault) -> int:
        """Print until this part waits, then the fault; 1 when the job died of it."""
        self.start(start=True)
        until = time.monotonic() + PATIENCE_SECONDS
        while self.count_waiting() > part * self.world["notices"]:
            if time.monotonic() > until:
                raise RuntimeError("nothing is printed: read .dev/logs/stress-jobs.log")
            time.sleep(0.02)
        # joining takes little: there it dies at once
        time.sleep(self.dice.random() * (1.0 if part else 0.1))
        fault()
        return self.nursery.ask(wait=True)["killed"]

    def kill(self) -> None:
        """kill -9."""
        self.nursery.ask(kill=0)

    def crash(self) -> None:
        """The database server dies, and comes back."""
        self.cluster.crash()
        self.cluster.start()

    def finish(self) -> float:
        """The next run completes; its seconds."""
        answer = self.start()
        if answer["errors"]:
            self.result.wrong.append(f"the run after: {answer['errors']}")
        return answer["seconds"]

    def check(self, what: str) -> dict:
        """Each letter once, one file, nothing half."""
        for name, sql in WRONG.items():
            if rows := self.execute(sql):
                self.result.wrong.append(f"{what}: {len(rows)} {name} {rows[:3]}")
        asked = {"run": self.world["run"]}
        left = site.make_worlds(self.cluster.env, self.db, read_letters=asked)
        left = left["read_letters"]
        for name in ("lost", "twice", "broken"):
            if left[name]:
                some = left[name][:3]
                self.result.wrong.append(f"{what}: {len(left[name])} {name} {some}")
        for name in ("files", "messages"):
            if left[name] != 1:
                self.result.wrong.append(f"{what}: {left[name]} {name}")
        return left


def letters(cluster: Cluster, base: str, world: dict, seed: int) -> Result:
    """Undisturbed; then the job dies again and again."""
    result, dice = Result("letters"), random.Random(seed)
    result.figures["letters"] = world["notices"]
    printing = Printing(cluster, base, world, dice, result)
    try:
        seconds = printing.finish()
        result.figures["undisturbed s"] = round(seconds, 1)
        result.figures["pages"] = printing.check("undisturbed")["pages"]
    finally:
        printing.close()
    printing = Printing(cluster, base, world, dice, result)
    try:
        died = sum(printing.disturb(part, printing.kill) for part in PARTS[:-1])
        printing.disturb(0.3, printing.crash)
        died += printing.disturb(PARTS[-1], printing.kill)
        result.figures["died"] = died
        result.figures["left for the last run"] = printing.count_waiting()
        result.figures["last run s"] = round(printing.finish(), 1)
        pages = printing.check("disturbed")["pages"]
        if pages != result.figures["pages"]:
            result.wrong.append(f"disturbed: {pages} pages")
        if died < len(PARTS):
            result.wrong.append(f"only {died} of {len(PARTS)} died")
    finally:
        printing.close()
    say(result.show())
    return result
