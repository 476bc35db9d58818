"""Forks workers that run due jobs, and kills them; runs inside Odoo's Python.

Reads one JSON request per line, answers one per line:

{"db": …}                     run the due jobs to their end
{"db": …, "kill_after": s}    the same, with kill -9 after s seconds
{"db": …, "start": true}      only begin; {"wait": true} asks how it ended
{"sleep": s}                  nothing, for a while

Loading Odoo takes seconds, forking a process that has it loaded takes none, so that
hundreds of deaths fit into a minute.
"""

import json
import logging
import os
import signal
import sys
import tempfile
import time

import odoo.sql_db
from odoo.modules.registry import Registry
from odoo.tools import config

#: Small, so that a job of some seconds commits in many places.
BATCH = 3


class Worker:
    """A forked process that runs the due jobs of a database."""

    def __init__(self, db: str) -> None:
        Registry(db)
        # no connection may be shared with the child
        odoo.sql_db.close_all()
        self.log = tempfile.NamedTemporaryFile(suffix=".log")
        self.began = time.monotonic()
        self.pid = os.fork()
        if not self.pid:
            self.run(db)

    def run(self, db: str) -> None:
        """The child: what the host's cron worker does on each round."""
        code = 1
        try:
            logging.getLogger().handlers[:] = [
                logging.FileHandler(self.log.name),
                logging.StreamHandler(sys.stderr),
            ]
            from odoo.addons.base.models.ir_cron import IrCron
            from odoo.addons.credit_control.models import credit_hold_recheck

            credit_hold_recheck.BATCH = BATCH
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
            errors = [line for line in log.read().splitlines() if line.strip()]
        self.log.close()
        return {
            "killed": os.WIFSIGNALED(status),
            "finished": not status and not errors,
            "errors": " | ".join(errors)[:1500],
            "seconds": time.monotonic() - self.began,
        }


def main() -> None:
    """Answer requests until the input ends."""
    config.parse_config(["--log-level=warn", "--no-http"], setup_logging=True)
    worker = None
    for line in sys.stdin:
        request, answer = json.loads(line), {}
        if "sleep" in request:
            time.sleep(request["sleep"])
        elif "wait" in request:
            answer = worker.wait()
        else:
            worker = Worker(request["db"])
            if "kill_after" in request:
                time.sleep(request["kill_after"])
                worker.kill()
            if "start" not in request:
                answer = worker.wait()
        print(json.dumps(answer), flush=True)


main()
