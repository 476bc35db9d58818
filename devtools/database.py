"""Databases: create by cloning, drop, with the filestore that belongs to each."""

import os
import re
import secrets
import shutil
import subprocess
from pathlib import Path

from . import paths
from .postgres import Server
from .ui import DevError

# What `clean` looks for: only databases that carry it were made by this checkout.
MARK = f"made by ./dev in {paths.ROOT}"


def check_name(name: str) -> str:
    """`name` if it needs no thought anywhere (SQL, shell, folder, URL)."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}", name):
        raise DevError(
            f"{name!r} is no name for a database.",
            "use letters, digits, _ and -, 63 at most.",
        )
    return name


def execute(server: Server, sql: str, database: str = "postgres") -> list[list[str]]:
    """Run one statement; return its rows as texts."""
    done = subprocess.run(
        [paths.PYTHON, paths.TOOLS / "pgexec.py", database],
        input=sql,
        env={**os.environ, **server.environ},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 2:
        raise DevError(
            f"PostgreSQL does not let us in: {done.stderr.strip()}",
            "check PGHOST, PGPORT, PGUSER and PGPASSWORD, or unset them to have a "
            "private cluster; if that one is broken: ./dev clean",
        )
    if done.returncode:
        raise DevError(
            f"PostgreSQL refused: {done.stderr.strip()}",
            "the role must be allowed to create databases: ALTER ROLE … CREATEDB",
        )
    return [line.split("\t") for line in done.stdout.splitlines()]


def scratch_name(server: Server, kind: str) -> str:
    """A name that only this process uses, so that `sweep` can tell left-overs."""
    return f"{server.prefix(kind)}{os.getpid()}_{secrets.token_hex(2)}"


def sweep(server: Server) -> None:
    """Drop scratch databases whose process is gone: it was killed."""
    # Odoo makes some itself: on our own server they need no mark.
    every = "SELECT datname FROM pg_database"
    names = [row[0] for row in execute(server, every)] if server.private else None
    for name in ours(server) if names is None else names:
        for kind in ("test", "building"):
            match = re.match(rf"{server.prefix(kind)}(\d+)_", name)
            if match and not _alive(int(match[1])):
                drop(server, name)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def exists(server: Server, name: str) -> bool:
    """Is there a database of that name?"""
    sql = f"SELECT 1 FROM pg_database WHERE datname = '{check_name(name)}'"
    return bool(execute(server, sql))


def ours(server: Server) -> list[str]:
    """Names of the databases that this checkout made."""
    mark = MARK.replace("'", "''")
    return [
        row[0]
        for row in execute(
            server,
            "SELECT datname FROM pg_database"
            f" WHERE shobj_description(oid, 'pg_database') = '{mark}'",
        )
    ]


def mark(server: Server, name: str) -> None:
    """Say in the database that it is ours."""
    text = MARK.replace("'", "''")
    execute(server, f"COMMENT ON DATABASE \"{name}\" IS '{text}'")


def filestore(name: str) -> Path:
    """Where Odoo keeps the attachments of a database."""
    return paths.DATA / "filestore" / name


def clone(server: Server, source: str, name: str) -> None:
    """Copy database and filestore. Stored files never change, so links are enough."""
    check_name(name)
    execute(server, f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
    mark(server, name)
    if filestore(source).is_dir():
        shutil.rmtree(filestore(name), ignore_errors=True)
        shutil.copytree(filestore(source), filestore(name), copy_function=_link)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def rename(server: Server, old: str, new: str) -> None:
    """Rename database and filestore."""
    execute(server, f'ALTER DATABASE "{old}" RENAME TO "{new}"')
    if filestore(old).is_dir():
        shutil.rmtree(filestore(new), ignore_errors=True)
        filestore(old).rename(filestore(new))


def drop(server: Server, name: str) -> None:
    """Drop a database and its filestore, whoever is still connected."""
    execute(server, f'DROP DATABASE IF EXISTS "{check_name(name)}" WITH (FORCE)')
    shutil.rmtree(filestore(name), ignore_errors=True)
