"""The databases of `./dev bench`: one ledger per size, and a copy for every side.

    host (Odoo's modules) ─▶ ledger (filled, checked) ─▶ plain · ours · oca

Every name carries a key over what made it, so that a changed generator makes a new
ledger; `ours` and `oca` are made again when their add-ons change. A database gets its
name when it is complete: what a kill interrupts is never used, and swept.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from . import database, environment, paths, run, template, venv
from .environment import Environment
from .ui import DevError, say

BENCH = paths.ROOT / "bench"
WORK = paths.DEV / "bench"
# As little as our add-on needs: with more of Odoo around it, its share would shrink.
MODULES = ["account", "contacts", "sale_management"]
GENERATOR = ["fill.py", "scenarios.py", "copying.py"]
PEERS = BENCH / "peers.txt"
PEER_ADDONS = WORK / "peers" / "odoo" / "addons"
# No part of what runs: a change in them needs no new databases.
LEFT_OUT = shutil.ignore_patterns("tests", "__pycache__")
LOADED = re.compile(r"Module (\w+) loaded in ([\d.]+)s, (\d+) queries \(\+(\d+) other")


def ensure(env: Environment, size: str, head: bool = False) -> dict:
    """The databases of one size, what Odoo needs to use them, what installing took: a
    part of the plan.

    :param head: our add-on as it was committed, whatever is being edited
    """
    database.sweep(env.server)
    ledger = _ledger(env, size)
    ours, oca = _freeze_ours(head), _fetch_peers()
    names = {
        "plain": _side(env, ledger, "plain", None),
        "ours": _side(env, ledger, "ours", ours),
        "oca": _side(env, ledger, "oca", oca),
    }
    installed = {
        side: json.loads(_installed(names[side]).read_text())
        for side in ("ours", "oca")
    }
    paths_ = {"ours": str(ours), "oca": str(oca), "plain": ""}
    return {
        "databases": names,
        "addons_paths": paths_,
        "installed": installed,
        "about": ledger,
    }


# -- the ledger -----------------------------------------------------------------------
def _ledger(env: Environment, size: str) -> str:
    """The filled database without any add-on, made once per size and generator."""
    host = template.ensure(env, MODULES)
    key = _key(host, *((BENCH / name).read_text() for name in GENERATOR))
    name = f"{env.server.prefix('bench')}{size}_{key}"
    with run.locked(paths.DEV / "lock" / name, "another ./dev makes the ledger"):
        if not database.exists(env.server, name):
            _drop_older(env, f"{env.server.prefix('bench')}{size}_")
            say(f"making the {size} ledger (large: about ten minutes)")
            _build(env, host, name, lambda db: _fill(env, db, size))
    return name


def _fill(env: Environment, db: str, size: str) -> None:
    _in_odoo(env, db, "fill.py", size)
    say("checking a sample against Odoo")
    _in_odoo(env, db, "check.py")


def _drop_older(env: Environment, prefix: str) -> None:
    """Ledgers of an older generator and their copies: they take gigabytes."""
    rows = database.execute(env.server, "SELECT datname FROM pg_database")
    for [name] in rows:
        if name.startswith(prefix):
            say(f"dropping the older {name}")
            database.drop(env.server, name)


# -- the sides ------------------------------------------------------------------------
def _side(env: Environment, ledger: str, side: str, addons: Path | None) -> str:
    """A copy of the ledger, with the add-ons of a folder and `prepare_<side>.py`."""
    name = f"{ledger}_{side}"
    key = _key(str(addons), _script(side).read_text() if addons else "")
    with run.locked(paths.DEV / "lock" / name, f"another ./dev makes {name}"):
        if database.exists(env.server, name) and run.stamped(name, key):
            return name
        run.unstamp(name)
        database.drop(env.server, name)
        say(f"copying the ledger: {side}")
        _build(env, ledger, name, lambda db: _prepare(env, db, side, addons))
        run.stamp(name, key)
    return name


def _prepare(env: Environment, db: str, side: str, addons: Path | None) -> None:
    """Install what the folder holds, note how long it took, set it up."""
    if addons is None:
        return
    modules = sorted(path.parent.name for path in addons.glob("*/__manifest__.py"))
    log = f"bench-{side}"
    say(f"installing {', '.join(modules)}")
    template.install(env, db, modules, log, f"--addons-path={addons}")
    loaded = [
        (float(seconds) * 1000, int(own) + int(other))
        for module, seconds, own, other in LOADED.findall(
            (paths.LOGS / f"{log}.log").read_text("utf-8", "replace")
        )
        if module in modules
    ]
    took = [sum(column) for column in zip(*loaded, strict=True)]
    _installed(db).write_text(json.dumps(took))
    _in_odoo(env, db, _script(side).name, addons=addons)


def _installed(db: str) -> Path:
    return WORK / f"{db}.installed.json"


def _script(side: str) -> Path:
    return BENCH / f"prepare_{side}.py"


def _freeze_ours(head: bool) -> Path:
    """A folder with our add-on as it is now: editing goes on while we measure."""
    WORK.mkdir(parents=True, exist_ok=True)
    copying = WORK / f"ours.{os.getpid()}"
    run.remove_tree(copying)
    source = _check_out(copying.with_suffix(".head")) if head else paths.ROOT
    shutil.copytree(source / paths.ADDON, copying / paths.ADDON, ignore=LEFT_OUT)
    if head:
        run.remove_tree(source)
    files = sorted(path for path in copying.rglob("*") if path.is_file())
    folder = WORK / "ours" / _key(*(path.read_bytes().hex() for path in files))
    if folder.exists():
        run.remove_tree(copying)
    else:
        folder.parent.mkdir(exist_ok=True)
        copying.rename(folder)
    return folder


def _check_out(folder: Path) -> Path:
    """The add-on of the last commit, in a folder."""
    run.remove_tree(folder)
    folder.mkdir()
    archive = folder / "head.tar"
    command = ["git", "-C", paths.ROOT, "archive", "HEAD", paths.ADDON, "-o", archive]
    run.quiet(command, "bench-head", "--head needs a git checkout; leave it out.")
    shutil.unpack_archive(archive, folder)
    return folder


def _fetch_peers() -> Path:
    """The folder of the peers' add-ons.

    Not in the environment: Odoo would offer them to every other database.
    """
    key = _key(venv.lock_key(), PEERS.read_text())
    if not run.stamped("bench-peers", key):
        say("fetching the OCA add-ons")
        run.unstamp("bench-peers")
        run.remove_tree(WORK / "peers")
        command = [paths.PYTHON, "-m", "pip", "install", "--no-deps", "--quiet"]
        run.quiet(
            [*command, "--target", WORK / "peers", "--requirement", PEERS],
            "bench-peers",
            "a package index must be reachable: see pip config list",
        )
        run.stamp("bench-peers", key)
    return PEER_ADDONS


# -- steps ----------------------------------------------------------------------------
def _build(env: Environment, source: str, name: str, fill: Callable) -> None:
    building = database.scratch_name(env.server, "building")
    database.clone(env.server, source, building)
    fill(building)
    if (note := _installed(building)).is_file():
        note.replace(_installed(name))
    template.publish(env, building, name)


def _in_odoo(env: Environment, db: str, script: str, *args: str, addons=None) -> None:
    environ = env.environ()
    if addons:
        environ["ODOO_ADDONS_PATH"] = str(addons)
    command = [paths.PYTHON, paths.TOOLS / "in_odoo.py", db, BENCH / script, *args]
    if environment.foreground([str(part) for part in command], environ):
        raise DevError(f"bench/{script} failed on {db}.", "read its message above.")


def _key(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:8]
