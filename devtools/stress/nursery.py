"""Forks workers that run due jobs, and kills them; runs inside Odoo's Python.

Reads one JSON request per line, answers one per line:

{"db": …}                     run the due jobs to their end
{"db": …, "kill_after": s}    the same, with kill -9 after s seconds
{"db": …, "start": true}      only begin; {"wait": true} asks how it ended
{"db": …, "senders": n, "start": true}   n workers that send reminders at once
{"kill": n}                   kill -9 to the n-th of those begun, from 0
{"sleep": s}                  nothing, for a while

Loading Odoo takes seconds, forking a process that has it loaded takes none, so that
hundreds of deaths fit into a minute.
"""

import json
import logging
import os
import re
import signal
import sys
import tempfile
import time

import odoo.api
import odoo.sql_db
from odoo.modules.registry import Registry
from odoo.tools import config

#: Small, so that a job of some seconds commits in many places.
BATCH = 3
#: What the renderer of PDFs says where no web server is at hand for its styles.
RENDERER = re.compile(
    r"^(?:.*ir_actions_report: |wkhtmltopdf: )?(?:wkhtmltopdf: )?QSslSocket: "
    r"|^Exit with code 1 due to network error: ConnectionRefusedError$"
)


class Worker:
    """A forked process that runs the due jobs of a database, or sends reminders."""

    def __init__(self, db: str, sends: bool = False) -> None:
        Registry(db)
        # no connection may be shared with the child
        odoo.sql_db.close_all()
        self.log = tempfile.NamedTemporaryFile(suffix=".log")
        self.began = time.monotonic()
        self.pid = os.fork()
        if not self.pid:
            self.run(db, sends)

    def run(self, db: str, sends: bool) -> None:
        """The child: what the host's cron worker does on each round, or the job that
        sends, beside others: the host itself runs a job only once at a time."""
        code = 1
        try:
            logging.getLogger().handlers[:] = [
                logging.FileHandler(self.log.name),
                logging.StreamHandler(sys.stderr),
            ]
            from odoo.addons.base.models.ir_cron import IrCron
            from odoo.addons.credit_control.models import (
                credit_file_score,
                credit_hold_recheck,
                credit_review_schedule,
            )

            for job in (credit_file_score, credit_hold_recheck, credit_review_schedule):
                job.BATCH = BATCH
            if sends:
                with Registry(db).cursor() as cr:
                    env = odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {})
                    env["credit.dunning.notice"]._cron_send()
            else:
                IrCron._process_jobs(db)
            code = 0
        finally:
            os._exit(code)

    def kill(self) -> None:
        """As a machine that loses its power."""
        os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> dict:
        """How it ended, and what it logged as errors."""
        _pid, status = os.waitpid(self.pid, 0)
        with open(self.log.name) as log:
            lines = log.read().splitlines()
        errors = [line for line in lines if line.strip() and not RENDERER.search(line)]
        self.log.close()
        return {
            "killed": os.WIFSIGNALED(status),
            "finished": not status and not errors,
            "errors": " | ".join(errors)[:1500],
            "seconds": time.monotonic() - self.began,
        }


def wait_all(workers: list[Worker]) -> dict:
    """How they ended, as if they were one; ``killed``: how many were."""
    answers = [worker.wait() for worker in workers]
    return {
        "killed": sum(answer["killed"] for answer in answers),
        "finished": all(answer["finished"] for answer in answers),
        "errors": " | ".join(filter(None, (a["errors"] for a in answers))),
        "seconds": max(answer["seconds"] for answer in answers),
    }


def main() -> None:
    """Answer requests until the input ends."""
    config.parse_config(["--log-level=warn", "--no-http"], setup_logging=True)
    workers: list[Worker] = []
    for line in sys.stdin:
        request, answer = json.loads(line), {}
        if "sleep" in request:
            time.sleep(request["sleep"])
        elif "kill" in request:
            workers[request["kill"]].kill()
        elif "wait" in request:
            answer = wait_all(workers)
        else:
            sends = "senders" in request
            workers = [
                Worker(request["db"], sends) for _n in range(request.get("senders", 1))
            ]
            if "kill_after" in request:
                time.sleep(request["kill_after"])
                workers[0].kill()
            if "start" not in request:
                answer = wait_all(workers)
        print(json.dumps(answer), flush=True)


main()
