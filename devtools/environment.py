"""The whole environment, set up once and handed to every command.

`ready()` gives an Environment: Odoo's source, the PostgreSQL server, and how to
call Odoo with both.
"""

import contextlib
import dataclasses
import functools
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from . import odoo_source, paths, postgres, run, venv
from .ui import DevError, say


@dataclasses.dataclass(frozen=True)
class Environment:
    """What a command needs to run Odoo."""

    source: Path
    server: postgres.Server
    conf: Path = paths.CONF

    def environ(self) -> dict[str, str]:
        """Environment variables for Odoo and everything that imports it."""
        path = [str(paths.BIN), str(paths.VENV / "bin"), os.environ.get("PATH", "")]
        return {
            **os.environ,
            **self.server.environ,
            "PATH": os.pathsep.join(path),
            "ODOO_RC": str(self.conf),
            "FONTCONFIG_FILE": str(paths.FONTS_CONF),
            "PYTHONUNBUFFERED": "1",
            # A proxy of the developer's must not see tests talk to their server.
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
            # The same date arithmetic and messages on every machine.
            "LANG": "C.UTF-8",
            "TZ": "UTC",
        }

    def odoo(self, *args: str) -> list[str]:
        """The command line of `odoo ARGS…`."""
        # The folder itself, not the link: that may lead elsewhere tomorrow.
        python = paths.VENV.resolve() / "bin" / "python"
        return [str(python), str(paths.BIN / "odoo"), *args]


@contextlib.contextmanager
def frozen(env: Environment) -> Iterator[Environment]:
    """The same with a copy of our add-ons: for a run of many steps, during which
    somebody may go on working on them."""
    with tempfile.TemporaryDirectory(prefix="credit_control_") as folder:
        for addon in paths.addons():
            shutil.copytree(paths.ROOT / addon, Path(folder) / addon)
        conf = Path(folder) / "odoo.conf"
        text = paths.CONF.read_text()
        path = re.sub(
            rf"(?<=[= ,]){re.escape(str(paths.ROOT))}(?=,|$)", folder, text, flags=re.M
        )
        conf.write_text(path)
        yield dataclasses.replace(env, conf=conf)


def foreground(command: list[str], environ: dict[str, str]) -> int:
    """Run `command`, return its exit code; Ctrl-C goes to it, not to us."""
    child = subprocess.Popen(command, env=environ)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue


def server_options(port: int | None = None) -> list[str]:
    """Options of any Odoo that may listen: free ports, this machine only."""
    return [
        f"--http-port={run.free_port(port)}",
        f"--gevent-port={run.free_port()}",
        "--http-interface=127.0.0.1",
    ]


def _write_conf(source: Path) -> None:
    """Odoo's configuration file, so that no ~/.odoorc of the developer leaks in."""
    options = {
        "data_dir": str(paths.DATA),
        "http_interface": "127.0.0.1",
        "max_cron_threads": "0",
    }
    addons_path = odoo_source.addons_path(source)
    if addons_path:  # Odoo refuses a folder without any add-on
        options["addons_path"] = ",".join(map(str, addons_path))
    lines = [f"{name} = {value}" for name, value in options.items()]
    run.write_if_new(paths.CONF, "\n".join(["[options]", *lines, ""]))


def _make_dev_folder() -> None:
    try:
        paths.DEV.mkdir(exist_ok=True)
        (paths.DEV / ".writable").touch()
    except OSError as error:
        raise DevError(
            f"cannot write to {paths.DEV}: {error.strerror}.",
            "it may belong to another user (was ./dev run as root?): remove it as "
            "that user, or work in a clone of your own.",
        ) from error


def tools_ready() -> None:
    """Only the Python tools: enough for lint, without Odoo or a database."""
    _make_dev_folder()
    with run.locked(paths.DEV / "lock" / "setup", "another ./dev sets up"):
        venv.ensure()


def server_ready() -> postgres.Server:
    """Only the database server: enough to look at databases, without Odoo."""
    postgres.check()
    tools_ready()
    return postgres.ensure()


@functools.cache
def ready() -> Environment:
    """Set up what is missing (about two minutes the first time), start PostgreSQL."""
    postgres.check()
    _make_dev_folder()
    if not paths.STAMPS.exists():
        say(f"first call: setting up {paths.DEV}, later calls start in seconds")
    with run.locked(paths.DEV / "lock" / "setup", "another ./dev sets up"):
        source = odoo_source.ensure()
        venv.ensure()
        odoo_source.write_launcher(source)
        _write_conf(source)
    return Environment(source=source, server=postgres.ensure())
