"""Where things are. Everything that `./dev` makes is under `.dev/`."""

import hashlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / "devtools"
DEV = ROOT / ".dev"

ADDON = "credit_control"

LOGS = DEV / "logs"
STAMPS = DEV / "stamps"
PREFIX = DEV / "odoo"  # Debian packages, unpacked
VENV = DEV / "venv"  # a link to the current one of VENVS
VENVS = DEV / "venvs"
BIN = DEV / "bin"  # first on PATH: odoo, wkhtmltopdf
FONTS_CONF = DEV / "fontconfig" / "fonts.conf"
DATA = DEV / "data"  # Odoo's data_dir: filestore and sessions
CONF = DEV / "odoo.conf"
NODE = DEV / "node"
PYTHON = VENV / "bin" / "python"

# Two checkouts may share one PostgreSQL server: the tag keeps their names apart.
CHECKOUT_TAG = hashlib.sha256(str(ROOT).encode()).hexdigest()[:6]


def cache_dir() -> Path:
    """Downloads that every checkout of this user shares."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "credit_control-dev"


def addons_key() -> str:
    """Changes whenever a file of our add-ons does."""
    digest = hashlib.sha256()
    for addon in addons():
        for path in sorted((ROOT / addon).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()


def addons() -> list[str]:
    """Our add-on folders: credit_control first, then the glue beside it."""
    found = sorted(
        path.parent.name
        for path in ROOT.glob(f"{ADDON}*/__manifest__.py")
        if path.parent.name == ADDON or path.parent.name.startswith(f"{ADDON}_")
    )
    return found
