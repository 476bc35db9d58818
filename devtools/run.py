"""Child processes, file locks and stamps: what every step of the set-up uses."""

import contextlib
import fcntl
import os
import random
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

from . import paths
from .ui import DevError, say


def quiet(cmd: list, log: str, hint: str, **kwargs) -> None:
    """Run `cmd` with its output in `.dev/logs/<log>.log`; DevError when it fails.

    `hint` is the next step shown then, after the last lines of the log.
    """
    paths.LOGS.mkdir(parents=True, exist_ok=True)
    logfile = paths.LOGS / f"{log}.log"
    with logfile.open("wb") as out:
        try:
            code = subprocess.run(
                [str(part) for part in cmd],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                check=False,
                **kwargs,
            ).returncode
        except FileNotFoundError as error:
            raise DevError(f"{cmd[0]} is not on this machine.", hint) from error
    if code:
        tail = "\n".join(logfile.read_text("utf-8", "replace").splitlines()[-15:])
        raise DevError(f"{log} failed with code {code}:\n{tail}\n({logfile})", hint)


def output(cmd: list, **kwargs) -> str:
    """The standard output of `cmd`, or '' when it is missing or fails."""
    try:
        done = subprocess.run(
            [str(part) for part in cmd],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            check=False,
            **kwargs,
        )
    except FileNotFoundError:
        return ""
    return done.stdout if done.returncode == 0 else ""


@contextlib.contextmanager
def locked(path: Path, waiting: str) -> Iterator[None]:
    """Hold a file lock: two `./dev` at once must not set up the same thing twice."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting: {waiting}")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def stamped(step: str, key: str) -> bool:
    """True when `step` was finished before with the same `key`."""
    stamp = paths.STAMPS / step
    return stamp.is_file() and stamp.read_text() == key


def stamp(step: str, key: str) -> None:
    """Remember that `step` is finished for `key`."""
    paths.STAMPS.mkdir(parents=True, exist_ok=True)
    partial = paths.STAMPS / f"{step}.{os.getpid()}"
    partial.write_text(key)
    partial.replace(paths.STAMPS / step)


def unstamp(step: str) -> None:
    """Forget `step`: it is about to be done anew."""
    (paths.STAMPS / step).unlink(missing_ok=True)


def remove_tree(path: Path) -> None:
    """Delete a folder if it is there."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)


def write_if_new(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a file at once or not at all: another `./dev` may be reading it."""
    if path.is_file() and path.read_text() == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    partial.write_text(text)
    partial.chmod(mode)
    partial.replace(path)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As a server would: a port in TIME_WAIT is free, a busy one is not.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port(wanted: int | None = None) -> int:
    """`wanted` when nobody listens there, else any that is free.

    Taken at random, so that two calls at the same moment do not agree on one,
    and below the range that the system hands out to outgoing connections.
    """
    for port in [wanted] if wanted else []:
        if _is_free(port):
            return port
    for port in random.sample(range(20000, 30000), 200):
        if _is_free(port):
            return port
    raise DevError(
        "no free TCP port on 127.0.0.1.", "stop a server that you no longer need."
    )
