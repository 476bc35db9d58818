"""`./dev demo`: a database with demo data, served until Ctrl-C."""

import argparse
import hashlib
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from . import database, environment, mailbox, paths, run, template
from .environment import Environment
from .ui import DevError, say

DB = "credit_control_demo"
# With deliveries and an online payment, both of which the add-on stops or frees.
HOST_MODULES = [
    "account",
    "contacts",
    "payment_demo",
    "sale_management",
    "sale_stock",
]
LOGINS = paths.TOOLS / "demo_logins.txt"
START_SECONDS = 120
_WITHOUT_DEMO = """
    SELECT name FROM ir_module_module
     WHERE name LIKE 'credit_control%' AND state = 'installed' AND NOT demo
"""


def _arguments(args: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev demo")
    parser.add_argument("--port", type=int, help="default 8069, or a free one")
    parser.add_argument("--db", default=DB, help=f"database, default {DB}")
    parser.add_argument("--reset", action="store_true", help="start from fresh data")
    return parser.parse_args(args)


def _host_template(env: Environment) -> str:
    """The host's modules with their demo data: what makes --reset quick."""
    key = hashlib.sha256(" ".join(HOST_MODULES).encode()).hexdigest()[:4]
    name = f"{env.server.prefix('demo')}{template.name(env)[-10:]}{key}"
    with run.locked(paths.DEV / "lock" / name, "another ./dev makes the demo template"):
        if not database.exists(env.server, name):
            say("installing Odoo with its demo data, once (about 90 s)")
            building = database.scratch_name(env.server, "building")
            template.create_host(
                env, building, HOST_MODULES, "demo-template", "--with-demo"
            )
            template.publish(env, building, name)
    return name


def create(env: Environment, db: str) -> None:
    """Make the demo database: the host with demo data, then our add-ons with theirs."""
    host = _host_template(env)
    say(f"installing {', '.join(paths.addons())} with demo data in {db}")
    building = database.scratch_name(env.server, "building")
    database.clone(env.server, host, building)
    template.install(env, building, paths.addons(), "demo")
    failed = database.execute(env.server, _WITHOUT_DEMO, building)
    if failed:
        names = ", ".join(row[0] for row in failed)
        raise DevError(
            f"the demo data of {names} did not load.",
            f"read {paths.LOGS / 'demo.log'}, mend the data, and call ./dev demo.",
        )
    template.publish(env, building, db)
    run.stamp(f"demo-{db}", paths.addons_key())


def _update(env: Environment, db: str) -> None:
    """Bring an older demo database up to the add-ons as they are now."""
    if not run.stamped(f"demo-{db}", paths.addons_key()):
        say(f"the add-ons have changed: updating {db}")
        modules = ",".join(paths.addons())
        command = ["--database", db, "--init", modules, "--update", modules]
        run.quiet(
            env.odoo(*command, "--stop-after-init", "--no-http"),
            "demo",
            "mend the add-on, or start with fresh data: ./dev demo --reset",
            env=env.environ(),
        )
        run.stamp(f"demo-{db}", paths.addons_key())


def _log(db: str) -> Path:
    return paths.LOGS / f"{db}-server.log"


def _prepare(env: Environment, db: str, reset: bool) -> None:
    if database.exists(env.server, database.check_name(db)):
        if not reset:
            _update(env, db)
            return
        if db not in database.ours(env.server):
            raise DevError(
                f"the database {db} was not made by this checkout.",
                "choose another name: ./dev demo --db NAME",
            )
        database.drop(env.server, db)
    create(env, db)


def _wait(url: str, server: subprocess.Popen, log: Path) -> None:
    """Until the login page answers; DevError when the server gives up first."""
    until = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < until:
        try:
            # Never through a proxy of the developer's.
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            opener.open(f"{url}/web/login", timeout=30).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise DevError(
        "the demo server did not start.",
        f"read {log}; ./dev demo --reset starts afresh.",
    )


def _announce(url: str) -> None:
    """The lines that a person, or a script waiting for `ready`, reads."""
    print(f"\nready: {url}", flush=True)
    for line in LOGINS.read_text("utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            login, password, who = line.split("\t")
            print(f"  {login} / {password}  {who}")
    print(f"  e-mails go to {paths.DEV / 'mail'}, to nobody else")
    print("  Ctrl-C stops the server, the data stay", flush=True)


def _port(wanted: int | None) -> int:
    port = run.free_port(wanted or 8069)
    if wanted and port != wanted:
        raise DevError(
            f"port {wanted} is busy.", "./dev demo --port with another, or without."
        )
    return port


def _serve(env: Environment, db: str, port: int) -> int:
    options = template.server_args(db)
    options += [f"--http-port={port}", "--max-cron-threads=1"]
    options += ["--smtp=127.0.0.1", f"--smtp-port={mailbox.start(paths.DEV / 'mail')}"]
    with _log(db).open("w") as log:
        server = subprocess.Popen(
            env.odoo(*options),
            env=env.environ(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    signal.signal(signal.SIGTERM, lambda *_args: server.terminate())
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, server, _log(db))
        _announce(url)
        return server.wait()
    except KeyboardInterrupt:
        # The terminal sent it to Odoo too, which needs a moment to leave.
        return 0
    finally:
        if server.poll() is None:
            server.terminate()
        server.wait()


def demo(args: list[str]) -> int:
    """demo [--port N] [--db NAME] [--reset]: serve the add-on with demo data."""
    options = _arguments(args)
    port = _port(options.port)
    env = environment.ready()
    _prepare(env, options.db, options.reset)
    say(f"starting Odoo on {options.db} (log: {_log(options.db)})")
    return _serve(env, options.db, port)
