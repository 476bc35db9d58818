"""Reminders that are sent while their senders die: afterwards each was sent once.

A thousand notices wait. The job that sends is killed, and once the database server
crashes under it; then two senders at the same time, who are killed one after the other.
When the rest has been sent undisturbed, every notice was sent once, with one mail, its
items took their level once, and no address got two mails. A mail at which a sender died
may have gone out or not: its notice says so, and a person decides.
"""

import email
import random
import tempfile
import time
from collections import Counter
from pathlib import Path

from .. import database, mailbox
from ..ui import say
from .cluster import Cluster
from .jobs import DUE, Nursery
from .result import Result

KILLS = 3
SEND, MAIL = "ir_cron_dunning_send", "ir_cron_mail_scheduler_action"
PATIENCE_SECONDS = 600

#: Every line is wrong: what it is, and its rows.
WRONG = {
    "notices not sent": """
        SELECT id, state, reason, error FROM credit_dunning_notice
         WHERE state <> 'sent'""",
    "notices without one mail": """
        SELECT notice.id, count(mail.id)
          FROM credit_dunning_notice notice
          LEFT JOIN mail_message message
                 ON message.model = 'credit.dunning.notice'
                AND message.res_id = notice.id
          LEFT JOIN mail_mail mail ON mail.mail_message_id = message.id
         GROUP BY notice.id
        HAVING count(mail.id) <> 1 OR min(mail.id) <> min(notice.mail_id)""",
    "items that took a level twice, or none": """
        SELECT move_line_id, count(*) FILTER (WHERE sent)
          FROM credit_dunning_notice_line
         GROUP BY move_line_id HAVING count(*) FILTER (WHERE sent) <> 1""",
    "files that do not know the level": """
        SELECT notice.partner_id, file.dunning_level, notice.level_number
          FROM credit_dunning_notice notice
          LEFT JOIN credit_file file ON file.partner_id = notice.partner_id
         WHERE file.dunning_level IS DISTINCT FROM notice.level_number""",
    "runs that are not done": """
        SELECT id, state, error FROM credit_dunning_run WHERE state <> 'done'""",
    "mails that wait": """
        SELECT id, state FROM mail_mail WHERE state NOT IN ('sent', 'exception')""",
    "notices that do not know how their mail fared": """
        SELECT notice.id, notice.delivery_state, mail.state
          FROM credit_dunning_notice notice
          LEFT JOIN mail_mail mail ON mail.id = notice.mail_id
         WHERE (notice.delivery_state, mail.state) NOT IN
               (('delivered', 'sent'), ('failed', 'exception'))""",
}


class Sending:
    """One copy of the database with a run that is being sent."""

    def __init__(self, cluster: Cluster, base: str, world: dict, seed: int, result):
        self.cluster, self.server = cluster, cluster.env.server
        self.world, self.result = world, result
        self.dice = random.Random(seed)
        self.folder = Path(tempfile.mkdtemp(prefix="stress-mail-"))
        self.db = database.scratch_name(self.server, "jobs")
        database.clone(self.server, base, self.db)
        port = mailbox.start(self.folder)
        self.execute(
            "UPDATE ir_mail_server SET active = false;"
            " INSERT INTO ir_mail_server (name, smtp_host, smtp_port, smtp_encryption,"
            " smtp_authentication, active, sequence)"
            f" VALUES ('Stress', '127.0.0.1', {port}, 'none', 'login', true, 1)"
        )
        self.nursery = Nursery(cluster)

    def close(self) -> None:
        """Leave nothing behind."""
        self.nursery.close()
        database.drop(self.server, self.db)

    def execute(self, sql: str) -> list[list[str]]:
        """Rows of a statement on the copy."""
        return database.execute(self.server, sql, self.db)

    def count_waiting(self) -> int:
        """Notices that are not sent yet."""
        sql = "SELECT count(*) FROM credit_dunning_notice WHERE state = 'queued'"
        return int(self.execute(sql)[0][0])

    def make_due(self, name: str, module: str) -> None:
        """Let the next worker find this job, and only this one."""
        sql = DUE.format(name=name).replace("'credit_control'", f"'{module}'")
        self.execute(sql)

    # -- faults ---------------------------------------------------------------
    def start(self, senders: int) -> None:
        """Begin to send: the job as the host runs it, or several senders."""
        if senders == 1:
            self.make_due(SEND, "credit_control")
            self.nursery.ask(db=self.db, start=True)
        else:
            self.nursery.ask(db=self.db, senders=senders, start=True)

    def disturb(self, senders: int, part: float, fault) -> int:
        """Send until about this part is left, then the fault; how many died of it."""
        self.start(senders)
        until = time.monotonic() + PATIENCE_SECONDS
        while self.count_waiting() > part * self.world["notices"]:
            if time.monotonic() > until:
                raise RuntimeError("nothing is sent: read .dev/logs/stress-jobs.log")
            time.sleep(0.05)
        time.sleep(0.5 * self.dice.random())
        fault(senders)
        return self.nursery.ask(wait=True)["killed"]

    def kill(self, senders: int) -> None:
        """kill -9 to every sender, not in the same moment."""
        for number in range(senders):
            self.nursery.ask(kill=number)
            time.sleep(0.3 * self.dice.random())

    def crash(self, _senders: int) -> None:
        """The database server dies, and comes back."""
        self.cluster.crash()
        self.cluster.start()

    def finish(self, senders: int) -> None:
        """Send the rest undisturbed; what a kill left in the mail queue as well, once
        the time of the job that died is over."""
        for _round in range(20):
            self.start(senders)
            answer = self.nursery.ask(wait=True)
            if senders == 1 and answer["errors"]:
                self.result.wrong.append(f"the run after: {answer['errors']}")
            if not self.count_waiting():
                break
        self.execute("UPDATE mail_mail SET scheduled_date = '2000-01-01'")
        for name, module in ((MAIL, "mail"), (SEND, "credit_control")):
            self.make_due(name, module)
            self.nursery.ask(db=self.db)

    # -- what came of it --------------------------------------------------------
    def check(self, what: str, died: int) -> None:
        """Nothing twice, nothing lost, nobody left in the dark."""
        for name, sql in WRONG.items():
            if rows := self.execute(sql):
                self.result.wrong.append(f"{what}: {len(rows)} {name} {rows[:3]}")
        sent = "SELECT count(*) FROM credit_dunning_notice WHERE state = 'sent'"
        if int(self.execute(sent)[0][0]) != self.world["notices"]:
            self.result.wrong.append(f"{what}: notices were lost")
        got = self.read_mailbox()
        if twice := [address for address, count in got.items() if count > 1]:
            self.result.wrong.append(f"{what}: mailed twice {twice[:3]}")
        unsure = "SELECT count(*) FROM mail_mail WHERE state = 'exception'"
        failed = int(self.execute(unsure)[0][0])
        if failed > died:
            self.result.wrong.append(f"{what}: {failed} mails failed, {died} died")
        if not self.world["notices"] - failed <= len(got) <= self.world["notices"]:
            self.result.wrong.append(f"{what}: {len(got)} mails arrived")
        self.result.figures[f"{what} died"] = died
        self.result.figures[f"{what} arrived"] = len(got)
        self.result.figures[f"{what} unsure"] = failed

    def read_mailbox(self) -> Counter:
        """``{address: mails}`` that the mail server has taken."""
        messages = (
            email.message_from_bytes(path.read_bytes())
            for path in self.folder.glob("*.eml")
        )
        return Counter(message["To"] for message in messages)


def reminders(cluster: Cluster, base: str, world: dict, seed: int) -> Result:
    """The job dies; then two senders do."""
    result = Result("reminders")
    result.figures["notices"] = world["notices"]
    for what, senders in (("job", 1), ("pair", 2)):
        began = time.monotonic()
        sending = Sending(cluster, base, world, seed, result)
        try:
            faults = [sending.kill] * KILLS + [sending.crash] * (senders == 1)
            died = 0
            for number, fault in enumerate(faults, start=1):
                part = 1 - (number - 0.5 * sending.dice.random()) / (len(faults) + 1)
                died += sending.disturb(senders, part, fault)
                died += fault == sending.crash
            sending.finish(senders)
            sending.check(what, died)
            # the second sender may have found nothing left to send
            if died < KILLS * senders - (senders - 1):
                result.wrong.append(f"{what}: only {died} died")
        finally:
            sending.close()
        result.figures[f"{what} s"] = round(time.monotonic() - began)
    say(result.show())
    return result
