"""A PostgreSQL cluster for one run: it may be stopped the hard way, and it notes
when each transaction was committed."""

import contextlib
import dataclasses
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from .. import database, environment, paths, postgres, run, template
from ..ui import DevError, say

PORT = "5433"  # only part of the socket's name, yet never that of the other cluster
SETTINGS = f"""
port = {PORT}
# The order in which transactions were committed: turmoil reads it.
track_commit_timestamp = on
# What was committed survives the death of the server (not that of the machine).
synchronous_commit = on
full_page_writes = on
shared_buffers = 256MB
"""


@dataclasses.dataclass(frozen=True)
class Cluster:
    """The cluster in ``base``; ``env`` runs Odoo on it."""

    base: Path
    env: environment.Environment

    def control(self, *args: str) -> None:
        """pg_ctl, as the owner of the cluster."""
        command = [postgres.bin_dir() / "pg_ctl", "-D", self.base / "data", "-w"]
        hint = f"read {self.base / 'log'}"
        owner = postgres.as_owner(postgres.get_owner())
        run.quiet([*command, *args], "stress-pg_ctl", hint, **owner)

    def start(self) -> None:
        """Start, after a crash as well, and wait until it answers."""
        socket_dir = self.base / "run"
        self.control("-l", str(self.base / "log"), "-o", f"-k {socket_dir}", "start")

    def crash(self) -> None:
        """Stop without a word to anybody, as after a power cut of the process."""
        self.control("-m", "immediate", "stop")


@dataclasses.dataclass(frozen=True)
class FrozenEnvironment(environment.Environment):
    """Odoo with a copy of the add-ons: nobody changes them while they are tried."""

    conf: Path

    def environ(self) -> dict[str, str]:
        """As always, with another configuration file."""
        return {**super().environ(), "ODOO_RC": str(self.conf)}


def _freeze_addons(base: Path, committed: bool) -> Path:
    """Copy the add-ons; the configuration file that names the copy."""
    copy = base / "addons"
    copy.mkdir()
    if committed:
        archive = copy / "addons.tar"
        command = ["git", "-C", paths.ROOT, "archive", "-o", archive, "HEAD"]
        run.quiet([*command, *paths.addons()], "stress-archive", "git status")
        shutil.unpack_archive(archive, copy)
        archive.unlink()
    else:
        for name in paths.addons():
            shutil.copytree(paths.ROOT / name, copy / name)
    conf = base / "odoo.conf"
    # the folder of the sources is one of the add-ons path, and no prefix of another
    conf.write_text(
        re.sub(
            rf"{re.escape(str(paths.ROOT))}(?=,|$)",
            str(copy),
            paths.CONF.read_text(),
            flags=re.M,
        )
    )
    if str(copy) not in conf.read_text():
        raise DevError(f"{paths.CONF} does not name {paths.ROOT}.", "./dev clean")
    return conf


@contextlib.contextmanager
def opened(env: environment.Environment, committed=False) -> Iterator[Cluster]:
    """A new cluster with a copy of the template database; deleted at the end.

    ``committed``: with the add-ons as git has them, not as they are being edited.
    """
    owner = postgres.get_owner()
    base = postgres.get_base(owner)
    base = base.with_name(f"{base.name}-stress")
    with run.locked(paths.DEV / "lock" / "stress", "another ./dev stress runs"):
        _remove(base)
        postgres.create(base, owner, postgres.bin_dir())
        with (base / "data" / "postgresql.conf").open("a") as conf:
            conf.write(SETTINGS)
        socket_dir = base / "run"
        socket_dir.mkdir(mode=0o755)
        if owner:
            os.chown(socket_dir, owner.pw_uid, owner.pw_gid)
        environ = {
            "PGHOST": str(socket_dir),
            "PGPORT": PORT,
            "PGUSER": postgres.ROLE,
        }
        server = postgres.Server(private=True, environ=environ)
        conf = _freeze_addons(base, committed)
        cluster = Cluster(base, FrozenEnvironment(env.source, server, conf))
        try:
            cluster.start()
            yield cluster
        finally:
            _remove(base)


def _remove(base: Path) -> None:
    """Stop what runs there, left over from a killed run maybe, and delete it."""
    if (base / "data" / "postmaster.pid").exists():
        command = [postgres.bin_dir() / "pg_ctl", "-D", base / "data"]
        subprocess.run(
            [*command, "-m", "immediate", "stop"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,  # a server that is dead already
            **postgres.as_owner(postgres.get_owner()),
        )
    run.remove_tree(base)


def install(env: environment.Environment, cluster: Cluster) -> str:
    """A database of the cluster with the host's modules and our add-ons."""
    source = template.ensure(env)
    say("copying the template database to the cluster of this run")
    dump = cluster.base / "dump"
    tools, hint = postgres.bin_dir(), "read the log"
    command = [tools / "pg_dump", "-Fc", "-Z0", "-f", dump, source]
    run.quiet(command, "stress-dump", hint, env=env.environ())
    database.execute(cluster.env.server, f'CREATE DATABASE "{source}"')
    command = [tools / "pg_restore", "-j2", "-d", source, dump]
    run.quiet(command, "stress-restore", hint, env=cluster.env.environ())
    dump.unlink()
    base = database.scratch_name(cluster.env.server, "stress")
    database.clone(cluster.env.server, source, base)
    say("installing the add-ons")
    template.install(cluster.env, base, paths.addons(), "stress-install")
    return base
