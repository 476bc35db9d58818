"""Jobs that die at random moments: afterwards the next run completes the work.

A copy of the database on which the jobs ran undisturbed says what they come to. On
other copies their process is killed (or the database server stopped under it) again
and again; then they run once to the end, and what they left is compared: nothing
twice, nothing lost.
"""

import itertools
import json
import random
import subprocess
from pathlib import Path

from .. import database, paths
from ..ui import say
from .cluster import Cluster
from .result import Deadline, Result

JOBS = {
    "snapshot": "ir_cron_refresh_snapshot",
    "recheck": "ir_cron_recheck",
    "expiry": "ir_cron_expire",
    "scores": "ir_cron_refresh_behaviour",
    "reviews": "ir_cron_review_make",
    "alerts": "ir_cron_alert",
}
#: Times that a job is disturbed before it may run to its end.
MOST_DISTURBED = 8

#: What the jobs write, counted: the same rows on every copy of one database.
STATE = {
    "figures of files": """
        SELECT partner_id, effective_limit, exposure, available, utilisation_pct,
               overdue_amount, overdue_days, limit_status, snapshot_at IS NULL
          FROM credit_file""",
    "holds": """
        SELECT id, state, ready, ready_date IS NULL, released_amount, valid_until,
               decided_by, decision_date IS NULL FROM credit_hold""",
    "messages": """
        SELECT model, res_id, subtype_id, md5(body), count(*) FROM mail_message
         WHERE model IN ('credit.hold', 'sale.order') GROUP BY 1, 2, 3, 4""",
    # reviews and alerts by their customer: numbers that a killed run took are lost
    "notifications": """
        SELECT message.model, coalesce(review.file_id, alert.file_id, message.res_id),
               note.res_partner_id, count(*)
          FROM mail_notification note
          JOIN mail_message message ON message.id = note.mail_message_id
          LEFT JOIN credit_review review
            ON message.model = 'credit.review' AND review.id = message.res_id
          LEFT JOIN credit_alert alert
            ON message.model = 'credit.alert' AND alert.id = message.res_id
         GROUP BY 1, 2, 3""",
    "activities": """
        SELECT activity.res_model,
               coalesce(review.file_id, alert.file_id, activity.res_id),
               activity.activity_type_id, activity.user_id,
               replace(activity.summary, coalesce(review.name, ''), ''), count(*)
          FROM mail_activity activity
          LEFT JOIN credit_review review
            ON activity.res_model = 'credit.review' AND review.id = activity.res_id
          LEFT JOIN credit_alert alert
            ON activity.res_model = 'credit.alert' AND alert.id = activity.res_id
         WHERE activity.active GROUP BY 1, 2, 3, 4, 5""",
    "queue": "SELECT partner_id FROM credit_recheck",
    # one for each file and day, whole: with as many lines as its card has criteria
    "scores": """
        SELECT score.file_id, score.date, score.scorecard_id, score.total, count(*),
               (SELECT count(*) FROM credit_score_line WHERE score_id = score.id)
                   - (SELECT count(*) FROM credit_scorecard_criterion criterion
                       WHERE criterion.scorecard_id = score.scorecard_id),
               file.score, file.score_id = max(score.id), file.score_checked_on,
               file.proposed_grade_id
          FROM credit_score score JOIN credit_file file ON file.id = score.file_id
         GROUP BY score.id, file.id""",
    "reviews": """
        SELECT file_id, kind, state, date_due, user_id, count(*),
               sum((SELECT count(*) FROM credit_review_item item
                     WHERE item.review_id = review.id))
          FROM credit_review review GROUP BY 1, 2, 3, 4, 5""",
    "alerts": """
        SELECT rule_id, file_id, state, value, user_id, count(*)
          FROM credit_alert GROUP BY 1, 2, 3, 4, 5""",
}

#: The job is due now, nobody else's turn is; the host's own brake on jobs that were
#: killed three times (it lets them rest until their next day) is taken off.
DUE = """
UPDATE ir_cron_progress SET timed_out_counter = 0;
UPDATE ir_cron SET active = false;
UPDATE ir_cron SET active = true, failure_count = 0, first_failure_date = NULL,
       nextcall = now() AT TIME ZONE 'UTC' - interval '1 minute'
 WHERE id = (SELECT res_id FROM ir_model_data
              WHERE module = 'credit_control' AND name = '{name}')
"""


class Nursery:
    """A process that has loaded Odoo and forks a worker for each run of a job."""

    def __init__(self, cluster: Cluster) -> None:
        self.log = (paths.LOGS / "stress-jobs.log").open("a")
        script = Path(__file__).with_name("nursery.py")
        self.process = subprocess.Popen(
            [str(paths.PYTHON), str(script)],
            env=cluster.env.environ(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )

    def ask(self, **request) -> dict:
        """Send a request, wait for its answer."""
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        if not (line := self.process.stdout.readline()):
            raise RuntimeError("the nursery died: read .dev/logs/stress-jobs.log")
        return json.loads(line)

    def close(self) -> None:
        """End the process."""
        self.process.stdin.close()
        self.process.wait(30)
        self.log.close()


class Trial:
    """The jobs on copies of one database, disturbed in one way."""

    def __init__(self, name: str, cluster: Cluster, sources: list, seed: int) -> None:
        self.result = Result(name)
        self.server = cluster.env.server
        self.sources = sources
        self.dice = random.Random(seed)
        self.nursery = Nursery(cluster)
        self.seconds: dict[str, float] = {}
        self.expected: dict[str, dict] = {}

    def close(self) -> None:
        """Leave the copies to the end of the cluster."""
        self.nursery.close()

    def copy(self, source: str) -> str:
        """A fresh copy."""
        db = database.scratch_name(self.server, "jobs")
        database.clone(self.server, source, db)
        return db

    def run_undisturbed(self) -> None:
        """What the jobs come to, and how long they take."""
        for source in self.sources:
            db = self.copy(source)
            before = self.read_state(db)
            for job, name in JOBS.items():
                self.make_due(db, name)
                self.seconds[job] = self.nursery.ask(db=db)["seconds"]
            self.expected[source] = self.read_state(db)
            if idle := [
                what for what in STATE if before[what] == self.read_state(db)[what]
            ]:
                self.result.wrong.append(f"the jobs had nothing to do on {idle}")
            database.drop(self.server, db)

    def make_due(self, db: str, name: str) -> None:
        """Let the next worker find this job, and only this one."""
        database.execute(self.server, DUE.format(name=name), db)

    def read_state(self, db: str) -> dict[str, list]:
        """The rows of ``STATE``."""
        return {
            what: sorted(map(tuple, database.execute(self.server, sql, db)))
            for what, sql in STATE.items()
        }

    def play(self, disturb, until: Deadline) -> None:
        """Disturb every job on a copy again and again, then let it finish."""
        copies = disturbed = 0
        for source in itertools.cycle(self.sources):
            # every copy once, however slow the machine
            if until.left <= 0 and copies >= len(self.sources):
                break
            db = self.copy(source)
            for job, name in JOBS.items():
                longest = 1.1 * self.seconds[job]
                for _time in range(MOST_DISTURBED):
                    self.make_due(db, name)
                    disturbed += disturb(db, longest * self.dice.random() ** 2)
                self.finish(db, job, name)
            copies += 1
            self.compare(db, source, copies)
            database.drop(self.server, db)
        self.result.figures |= {"copies": copies, "disturbed": disturbed}
        if not disturbed:
            self.result.wrong.append("nothing was disturbed: give it more time")
        say(self.result.show())

    def finish(self, db: str, job: str, name: str) -> None:
        """The next run completes."""
        self.make_due(db, name)
        answer = self.nursery.ask(db=db)
        if answer["errors"]:
            self.result.wrong.append(f"{job}, the run after: {answer['errors']}")

    def compare(self, db: str, source: str, number: int) -> None:
        """Nothing twice, nothing lost."""
        for what, rows in self.read_state(db).items():
            expected = self.expected[source][what]
            if rows != expected:
                more = [row for row in rows if row not in expected]
                less = [row for row in expected if row not in rows]
                self.result.wrong.append(
                    f"copy {number}, {what}: {len(more)} rows too many {more[:2]}, "
                    f"{len(less)} missing {less[:2]}"
                )


def make_sources(cluster: Cluster, base: str) -> list[str]:
    """Databases to copy: holds are marked as ready in one, released in the other."""
    sources = []
    for auto_release in (False, True):
        sources.append(database.scratch_name(cluster.env.server, "jobs"))
        database.clone(cluster.env.server, base, sources[-1])
        sql = f"UPDATE res_company SET credit_auto_release = {auto_release}"
        database.execute(cluster.env.server, sql, sources[-1])
    return sources


def kills(cluster: Cluster, sources: list, seed: int, until: Deadline) -> Result:
    """The worker gets kill -9 at a random moment of its run."""
    trial = Trial("kills", cluster, sources, seed)

    def kill(db: str, part: float) -> int:
        return trial.nursery.ask(db=db, kill_after=part)["killed"]

    try:
        trial.run_undisturbed()
        trial.play(kill, until)
    finally:
        trial.close()
    return trial.result


def outages(cluster: Cluster, sources: list, seed: int, until: Deadline) -> Result:
    """The database server crashes at a random moment of the run, and comes back."""
    trial = Trial("outages", cluster, sources, seed)

    def crash(db: str, part: float) -> int:
        trial.nursery.ask(db=db, start=True)
        trial.nursery.ask(sleep=part)
        cluster.crash()
        cluster.start()
        return not trial.nursery.ask(wait=True)["finished"]

    try:
        trial.run_undisturbed()
        trial.play(crash, until)
    finally:
        trial.close()
    return trial.result
