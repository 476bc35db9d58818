"""The template database: the host's modules without our add-on, made once.

Installing the host takes over a minute, cloning the result a second. The name
carries a key over everything that shapes the content, so a new list of modules,
a new Odoo or a new lock makes a new template and old ones are left alone.
"""

import hashlib

from . import database, odoo_source, paths, run, venv
from .environment import Environment, server_options
from .ui import say

# What the add-on or its tests meet: the shop, the till, deliveries and online
# payment each confirm orders in their own way. Without a country Odoo loads the
# generic chart of accounts.
MODULES = [
    "account",
    "contacts",
    "delivery",
    "payment_custom",
    "payment_demo",
    "pos_sale",
    "sale_management",
    "sale_stock",
    "website_sale",
]
# For Odoo's own suites: what they count queries with, as little else as possible.
HOST_MODULES = [
    "account_payment",
    "contacts",
    "portal",
    "sale_loyalty",
    "sale_management",
    "sale_stock",
    "test_lint",
    "test_mail",
]
LANGUAGES = "en_US,zh_CN"  # the first is the default
FORMAT = "1"  # raise when the steps below change


def name(env: Environment, modules: list[str] = MODULES) -> str:
    """The template's name for this Odoo, lock and list of modules."""
    parts = [FORMAT, LANGUAGES, *modules]
    parts += [odoo_source.identity(env.source), venv.lock_key()]
    key = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:10]
    return env.server.prefix("template") + key


def ensure(env: Environment, modules: list[str] = MODULES) -> str:
    """Create the template unless it is there; return its name."""
    template = name(env, modules)
    with run.locked(paths.DEV / "lock" / template, "another ./dev makes the template"):
        if not database.exists(env.server, template):
            _create(env, template, modules)
    return template


def _create(env: Environment, template: str, modules: list[str]) -> None:
    """Install the modules under another name, rename when complete."""
    say(f"creating the template database {template} (about 80 s)")
    database.sweep(env.server)
    building = database.scratch_name(env.server, "building")
    create_host(env, building, modules, "template")
    publish(env, building, template)


def create_host(
    env: Environment, db: str, modules: list[str], log: str, *options: str
) -> None:
    """A new database with Odoo's own `modules` and the languages."""
    install(env, db, modules, log, f"--load-language={LANGUAGES}", *options)
    database.mark(env.server, db)
    for path in odoo_source.missing_assets(env.source):
        database.execute(env.server, _remove_asset_sql(path), db)


def install(
    env: Environment, db: str, modules: list[str], log: str, *options: str
) -> None:
    """Install `modules` in `db`, with Odoo's log in `.dev/logs/<log>.log`."""
    command = ["--database", db, "--init", ",".join(modules), *options]
    hint = "read the log; `./dev clean` starts over."
    run.quiet(
        env.odoo(*command, "--stop-after-init", "--no-http"),
        log,
        hint,
        env=env.environ(),
    )


def publish(env: Environment, building: str, db: str) -> None:
    """Give a finished database its name: a broken one is never taken for it."""
    database.rename(env.server, building, db)
    database.mark(env.server, db)


def _remove_asset_sql(path: str) -> str:
    """Take a file that the Debian package lacks out of the back end's bundle.

    Every backend page logs a console error otherwise, which fails every tour.
    """
    return f"""
        INSERT INTO ir_asset (name, bundle, directive, path, sequence, active)
        VALUES ('missing in the Debian package', 'web.assets_backend', 'remove',
                '{path}', 16, true)
    """


def clone(env: Environment, db: str, modules: list[str] = MODULES) -> None:
    """A new database `db` with the host's modules."""
    database.clone(env.server, ensure(env, modules), db)


def server_args(db: str) -> list[str]:
    """Options for an Odoo that serves only `db`."""
    return ["--database", db, f"--db-filter=^{db}$", *server_options()]
