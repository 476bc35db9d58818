"""Commands that run a script inside Odoo: `load-ledger`; and `prepare-db`."""

from pathlib import Path

from . import database, demo, environment, paths, template
from .environment import Environment
from .ui import DevError, say


def _run(env: Environment, db: str, script: Path, args: list[str]) -> int:
    if not script.is_file():
        raise DevError(
            f"{script.relative_to(paths.ROOT)} is not here.",
            "take a checkout that has it: git status, git pull",
            2,
        )
    runner = [str(paths.PYTHON), str(paths.TOOLS / "in_odoo.py")]
    command = [*runner, db, str(script), *args]
    return environment.foreground(command, env.environ())


def _take_db(args: list[str], default: str) -> tuple[str, list[str]]:
    """Split `--db NAME` (or --db=NAME) off the arguments."""
    rest, db = [], default
    todo = list(args)
    while todo:
        arg = todo.pop(0)
        if arg == "--db" and todo:
            db = todo.pop(0)
        elif arg.startswith("--db="):
            db = arg.removeprefix("--db=")
        else:
            rest.append(arg)
    return database.check_name(db), rest


def install_addons(env: Environment, db: str) -> None:
    """A new database with the host's modules and our add-ons, no demo data."""
    building = database.scratch_name(env.server, "building")
    template.clone(env, building)
    template.install(env, building, paths.addons(), "install")
    template.publish(env, building, db)


def load_ledger(args: list[str]) -> int:
    """load-ledger CSV [--db DB]: companies and invoices of a file into the demo."""
    db, rest = _take_db(args, demo.DB)
    found = [at for at, arg in enumerate(rest) if Path(arg).is_file()]
    if not found:
        raise DevError(
            f"there is no file {rest[0]}." if rest else "load-ledger takes a CSV file.",
            "./dev load-ledger path/to/receivables.csv [--db NAME] [--as-of DATE] "
            "[--shift-to-today] [--limits] [--skip-rejects] [--date-format m/d/Y]",
            2,
        )
    env = environment.ready()
    script = paths.TOOLS / "load_ledger.py"
    if script.is_file() and not database.exists(env.server, db):
        demo.create(env, db)
    rest[found[0]] = str(Path(rest[found[0]]).resolve())
    return _run(env, db, script, rest)


def prepare_db(args: list[str]) -> int:
    """prepare-db NAME: a database with the add-ons, to run pytest on."""
    if len(args) != 1:
        raise DevError("prepare-db takes one name.", "./dev prepare-db mydb", 2)
    name = database.check_name(args[0])
    env = environment.ready()
    if database.exists(env.server, name):
        raise DevError(
            f"the database {name} exists.", f"take another, or ./dev dropdb {name}"
        )
    install_addons(env, name)
    say(f"next: ./dev run pytest --odoo-database={name} {paths.ADDON}/tests")
    return 0
