"""An Odoo server with several workers, and what its log says afterwards."""

import contextlib
import json
import re
import signal
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from .. import paths, run, template
from ..environment import Environment
from ..ui import DevError
from .client import Client

START_SECONDS = 120
RECORD = re.compile(r"^\S+ \S+ \d+ (ERROR|CRITICAL) \S+ (\S+): (.*)")
RETRIED = re.compile(r"tries left, try again")
#: What the host logs as an error although it then tries the request again.
SERIALIZATION = re.compile(r"could not serialize|deadlock detected|TICKET_TAKEN")


class Site:
    """A running server; clients log in once per user and are shared."""

    def __init__(self, url: str, db: str, log: Path) -> None:
        self.url, self.db, self.log = url, db, log
        self.clients: dict[str, Client] = {}

    def client(self, login: str) -> Client:
        """The session of a user."""
        if login not in self.clients:
            self.clients[login] = Client(self.url, self.db, login)
        return self.clients[login]

    def warm_up(self, logins: list[str], times: int) -> None:
        """Log in; let every worker load its registry before anything is measured."""
        clients = [self.client(login) for login in logins]
        for _round in range(3):
            at_once(
                [
                    lambda client=client: client.call(
                        "sale.order", "search_read", [], ["name"]
                    )
                    for client in (clients * times)[: max(times, len(clients))]
                ]
            )

    def read_log(self, start: int = 0) -> tuple[int, list[str]]:
        """``(requests run again, errors)`` since a size of the log."""
        text = self.log.read_bytes()[start:].decode("utf-8", "replace")
        lines = text.splitlines()
        errors = []
        for number, line in enumerate(lines):
            if not (match := RECORD.match(line)):
                continue
            # a statement is logged over several lines
            whole = " ".join(lines[number : number + 30])
            if match[2] == "odoo.sql_db" and SERIALIZATION.search(whole):
                continue
            errors.append(f"in the server's log: {match[2]}: {match[3]}")
        return len(RETRIED.findall(text)), errors


def at_once(tasks: list) -> list:
    """Run callables in threads that start together; their results, in order."""
    results: list = [None] * len(tasks)
    start = threading.Barrier(len(tasks))

    def work(number: int) -> None:
        start.wait(60)
        results[number] = tasks[number]()

    threads = [
        threading.Thread(target=work, args=(number,)) for number in range(len(tasks))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    return results


@contextlib.contextmanager
def serving(env: Environment, db: str, workers: int) -> Iterator[Site]:
    """Odoo with ``workers`` processes over ``db``, stopped at the end."""
    port = run.free_port()
    options = [*template.server_args(db), f"--http-port={port}"]
    options += [f"--workers={workers}", "--max-cron-threads=0"]
    # Odoo listens for few at once: the data of whoever knocks in vain at first comes
    # later than the two seconds that it is patient.
    environ = {**env.environ(), "ODOO_HTTP_SOCKET_TIMEOUT": "60"}
    logfile = paths.LOGS / "stress.log"
    with logfile.open("w") as log:
        server = subprocess.Popen(
            env.odoo(*options), env=environ, stdout=log, stderr=log
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, server, logfile)
        yield Site(url, db, logfile)
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()


def _wait(url: str, server: subprocess.Popen, log: Path) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < until:
        try:
            opener.open(f"{url}/web/login", timeout=30).close()
            return
        except OSError:
            time.sleep(0.5)
    raise DevError("the server did not start.", f"read {log}")


def make_worlds(env: Environment, db: str, **worlds: dict) -> dict:
    """Call functions of ``worlds.py`` in one Odoo, ``{name: {parameter: value}}``;
    returns ``{name: what it returned}``."""
    name = "-".join(worlds)
    answer = paths.LOGS / f"stress-{name}.json"
    script = Path(__file__).with_name("worlds.py")
    runner = [paths.PYTHON, paths.TOOLS / "in_odoo.py", db, script]
    run.quiet(
        [*runner, json.dumps(worlds), answer],
        f"stress-{name}",
        "read the log.",
        env=env.environ(),
    )
    return json.loads(answer.read_text())
