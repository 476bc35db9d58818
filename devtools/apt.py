"""Debian packages without root: private lists, private cache, `dpkg -x`.

The machine's own apt configuration says which mirror to use; nothing of the
system is changed. Packages come from `sid` (Odoo is there), a few from the
release that Odoo's links were made for.
"""

import os
import shutil
import subprocess
from pathlib import Path

from . import paths
from .run import locked, output, quiet
from .ui import DevError, say

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
HINT = (
    "check the network and retry; or get Odoo yourself and name it:\n"
    "      git clone --depth 1 --branch 19.0 <Odoo's repository> ~/odoo\n"
    "      ODOO_HOME=~/odoo ./dev test"
)


def _options(work: Path) -> list[str]:
    """apt options that keep every file of ours inside `work`."""
    options = {
        "Dir::Etc::sourcelist": work / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State::lists": work / "lists",
        "Dir::State::status": "/dev/null",
        "Dir::Cache": work / "cache",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
        # As root apt would drop to its own user, who cannot write here.
        "APT::Sandbox::User": "root",
    }
    return [part for key, value in options.items() for part in ("-o", f"{key}={value}")]


def _mirrors() -> list[str]:
    """Mirrors in the machine's apt configuration, the main archive first."""
    listed = output(["apt-get", "indextargets", "--format", "$(REPO_URI)"])
    mirrors = list(dict.fromkeys(line.strip() for line in listed.splitlines()))
    # The security archive has no sid.
    return sorted(filter(None, mirrors), key=lambda uri: "security" in uri)


def _update(work: Path, suites: list[str]) -> None:
    """Fetch the lists of `suites` from the first mirror that has them all."""
    (work / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    (work / "cache" / "archives" / "partial").mkdir(parents=True, exist_ok=True)
    signed = f"[signed-by={KEYRING}] " if KEYRING.exists() else ""
    failure = DevError("apt has no mirror configured on this machine.", HINT)
    for mirror in _mirrors():
        lines = [f"deb {signed}{mirror} {suite} main" for suite in suites]
        (work / "sources.list").write_text("\n".join(lines) + "\n")
        try:
            quiet(["apt-get", *_options(work), "update", "-eany"], "apt-update", HINT)
        except DevError as error:
            failure = error
        else:
            return
    raise failure


def _download(packages: dict[str, list[str]], target: Path) -> list[Path]:
    """The .deb files of {suite: packages} in `target`, fetching what is missing."""
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        raise DevError("this machine has no apt, so no Debian package of Odoo.", HINT)
    work = paths.DEV / "apt"
    _update(work, list(packages))
    names = [f"{name}/{suite}" for suite in packages for name in packages[suite]]
    # apt leaves files that are there already and match alone.
    quiet(
        ["apt-get", *_options(work), "download", *names],
        "apt-download",
        HINT,
        cwd=target,
    )
    printed = output(["apt-get", *_options(work), "download", "--print-uris", *names])
    files = [target / line.split()[1] for line in printed.splitlines() if line]
    return [path for path in files if path.exists()]


def unpack(packages: dict[str, list[str]], prefix: Path) -> list[str]:
    """Download {suite: [package]} into the shared cache, unpack into `prefix`.

    Returns the names of the files, which say the versions.
    """
    cache = paths.cache_dir() / "debs"
    with locked(cache / ".lock", "another checkout downloads the same packages"):
        files = _download(packages, cache)
        wanted = sum(len(names) for names in packages.values())
        if len(files) != wanted:
            raise DevError(f"apt gave {len(files)} of {wanted} packages.", HINT)
        _drop_old(cache, files)
        say(f"unpacking {wanted} Debian packages")
        for deb in files:
            quiet(["dpkg", "-x", deb, prefix], "dpkg", "free some disk and retry.")
    return [path.name for path in files]


def _drop_old(cache: Path, keep: list[Path]) -> None:
    """Forget cached packages that newer versions have replaced."""
    names = {path.name.split("_")[0] for path in keep}
    for path in cache.glob("*.deb"):
        if path not in keep and path.name.split("_")[0] in names:
            path.unlink()


def install(package: str) -> bool:
    """Install a system package where that is allowed (root); True when it worked."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "-y", "-qq", "--no-install-recommends", "install", package]
    for attempt in (command, ["apt-get", "-qq", "update"], command):
        done = subprocess.run(
            attempt,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        if attempt is command and done.returncode == 0:
            return True
    return False
