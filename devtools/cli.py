"""The commands of `./dev`: names, one line each, and what they call."""

import os
import shutil
import sys
from collections.abc import Callable

from . import (
    bench,
    cleaning,
    database,
    demo,
    environment,
    host_suites,
    i18n,
    lint,
    postgres,
    scripts,
    stress,
    template,
    testing,
    venv,
)
from .ui import DevError, say, show_error


def _call(env: environment.Environment, command: list[str]) -> int:
    return environment.foreground(command, env.environ())


def odoo(args: list[str]) -> int:
    """odoo ARGS…: Odoo in our environment (`./dev odoo -d mydb -i credit_control`)."""
    env = environment.ready()
    # Sub-commands (`shell`, `i18n`, …) know no ports; the server may have its own.
    serves = not args or args[0].startswith("-")
    own = any(arg.startswith(("-p", "--http-port", "--no-http")) for arg in args)
    if serves and not own:
        port = None if "--stop-after-init" in args else 8069
        args = [*environment.server_options(port), *args]
    return _call(env, env.odoo(*args))


def shell(args: list[str]) -> int:
    """shell [-d DB]: Odoo's Python shell, on the demo database unless told."""
    env = environment.ready()
    if not any(arg.startswith(("-d", "--database")) for arg in args):
        args = ["-d", demo.DB, *args]
    return _call(env, env.odoo("shell", "--no-http", *args))


def createdb(args: list[str]) -> int:
    """createdb NAME: a new database with the host's modules, without the add-on."""
    if len(args) != 1:
        raise DevError("createdb takes one name.", "./dev createdb mydb", 2)
    env = environment.ready()
    if database.exists(env.server, database.check_name(args[0])):
        raise DevError(
            f"the database {args[0]} exists.",
            f"take another name, or ./dev dropdb {args[0]}",
        )
    template.clone(env, args[0])
    say(f"created; next: ./dev odoo -d {args[0]} -i credit_control")
    return 0


def dropdb(args: list[str]) -> int:
    """dropdb NAME…: drop databases with their files."""
    server = environment.server_ready()
    for name in args:
        database.drop(server, name)
    return 0


def psql(args: list[str]) -> int:
    """psql [DB] [ARGS…]: PostgreSQL's client on our server."""
    server = environment.server_ready()
    # The one that came with the server; Debian's `psql` may be an empty wrapper.
    own = postgres.bin_dir() / "psql" if server.private else None
    client = own if own and own.exists() else shutil.which("psql")
    if not client:
        raise DevError("there is no psql on PATH.", "install postgresql-client")
    environ = {**os.environ, **server.environ}
    return environment.foreground([str(client), *(args or ["-l"])], environ)


def run_command(args: list[str]) -> int:
    """run CMD…: any command in our environment (`./dev run pytest …`)."""
    if not args:
        raise DevError("run takes a command.", "./dev run python", 2)
    env = environment.ready()
    path = shutil.which(args[0], path=env.environ()["PATH"])
    if not path:
        raise DevError(f"{args[0]} is not on PATH.", "./dev run ls .dev/venv/bin")
    return _call(env, [path, *args[1:]])


def setup(_args: list[str]) -> int:
    """setup: only set everything up, template database included."""
    env = environment.ready()
    say(f"ready: template database {template.ensure(env)}")
    return 0


def stop(_args: list[str]) -> int:
    """stop: stop the private PostgreSQL cluster; the next call starts it again."""
    postgres.stop()
    return 0


def relock(_args: list[str]) -> int:
    """relock: write devtools/requirements.lock anew from requirements.in."""
    venv.relock()
    return 0


def show_help(_args: list[str]) -> int:
    """help: this list."""
    print("./dev COMMAND [ARGS…]\n")
    for command in COMMANDS.values():
        usage, _, text = (command.__doc__ or "").splitlines()[0].partition(": ")
        print(f"  {usage}\n      {text}")
    return 0


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "demo": demo.demo,
    "test": testing.test,
    "lint": lint.lint,
    "odoo": odoo,
    "shell": shell,
    "bench": bench.bench,
    "load-ledger": scripts.load_ledger,
    "stress": stress.stress,
    "clean": cleaning.clean,
    # For those who work on the add-on
    "createdb": createdb,
    "prepare-db": scripts.prepare_db,
    "i18n": i18n.i18n,
    "dropdb": dropdb,
    "psql": psql,
    "run": run_command,
    "setup": setup,
    "stop": stop,
    # For those who move to a newer Odoo or newer tools
    "relock": relock,
    "baseline": host_suites.baseline,
    "help": show_help,
}


def main(argv: list[str]) -> int:
    """Run one command; 2 for wrong use, else the command's own exit code."""
    name, args = (argv[0], argv[1:]) if argv else ("help", [])
    if name in ("-h", "--help"):
        name = "help"
    try:
        if name not in COMMANDS:
            raise DevError(f"there is no command {name!r}.", "./dev help", 2)
        return COMMANDS[name](args)
    except DevError as error:
        return show_error(error)
    except KeyboardInterrupt:
        return 130
    except PermissionError as error:
        return show_error(
            DevError(str(error), "is it another user's? Work in a clone of your own.")
        )
    except BrokenPipeError:
        # The reader went away (`./dev help | head`).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
