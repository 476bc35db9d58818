"""Odoo 19 itself: from `ODOO_HOME`, or Debian's package unpacked in `.dev/odoo`."""

import hashlib
import json
import os
import re
from pathlib import Path

from . import apt, paths, run
from .ui import DevError, say

# What the package links to. Without these the login page answers 500.
# fonts-font-awesome and fonts-inconsolata moved their files in sid: the links of
# Odoo's package point to where the older release has them.
PACKAGES = {
    "sid": [
        "odoo-19",
        "fonts-montserrat",
        "fonts-roboto-unhinted",
        "fonts-ocr-b",
        "fonts-glyphicons-halflings",
        "libjs-jquery",
        "libjs-jquery-form",
        "libjs-underscore",
        "fonts-noto-cjk",  # Chinese letters and statements as PDF
    ],
    "bookworm": ["fonts-font-awesome", "fonts-inconsolata"],
}

_LAUNCHER = """#!{python}
import sys

import odoo.cli

sys.exit(odoo.cli.main())
"""

_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>{prefix}/usr/share/fonts</dir>
  <cachedir>{cache}</cachedir>
  <!-- What a font lacks comes from this one: Chinese as it is written in zh_CN. -->
  <match target="pattern">
    <edit name="family" mode="append_last" binding="weak">
      <string>Noto Sans CJK SC</string>
    </edit>
  </match>
</fontconfig>
"""


def _python_root(home: Path) -> Path | None:
    """The folder of `home` to put on Python's path: the one that holds odoo/."""
    for root in (home, home / "usr/lib/python3/dist-packages"):
        if (root / "odoo" / "release.py").is_file():
            return root
    return None


def root() -> Path:
    """Where the odoo package is; DevError when ODOO_HOME names no Odoo 19."""
    home = os.environ.get("ODOO_HOME")
    if not home:
        return paths.PREFIX / "usr/lib/python3/dist-packages"
    found = _python_root(Path(home).expanduser().resolve())
    if not found:
        raise DevError(
            f"ODOO_HOME={home} has no odoo/release.py.",
            "name the folder of an Odoo 19.0 checkout, or unset ODOO_HOME.",
        )
    return found


def addons_path(source: Path) -> list[Path]:
    """Add-on folders that Odoo does not find by itself: ours, and a checkout's."""
    folders = [paths.ROOT] if paths.addons() else []
    if (source / "addons" / "web" / "static").is_dir():
        folders.append(source / "addons")
    return folders


def version(source: Path) -> str:
    """The release, for example '19.0'; 'unknown' when it cannot be read."""
    text = (source / "odoo" / "release.py").read_text()
    match = re.search(r"^version_info = \((\d+), (\d+)", text, re.M)
    return f"{match[1]}.{match[2]}" if match else "unknown"


def identity(source: Path) -> str:
    """A key that changes when the source does: release plus path or package."""
    package = paths.PREFIX / "packages"
    if not os.environ.get("ODOO_HOME") and package.is_file():
        return package.read_text()
    return f"{version(source)} {source}"


def missing_assets(source: Path) -> list[str]:
    """Bundle files that the Debian package lacks; each breaks every backend page."""
    path = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"
    places = (source / "odoo" / "addons" / path, source / "addons" / path)
    return [] if any(place.is_file() for place in places) else [path]


def _dangling(prefix: Path) -> list[Path]:
    """Links that lead nowhere, each a file that Odoo would miss."""
    base = prefix / "usr/lib/python3/dist-packages"
    return [
        Path(folder) / name
        for folder, subfolders, files in os.walk(base)
        for name in subfolders + files
        if os.path.islink(os.path.join(folder, name))
        and not os.path.exists(os.path.join(folder, name))
    ]


def _unpack() -> None:
    """Download and unpack Debian's package, once."""
    key = hashlib.sha256(json.dumps(PACKAGES).encode()).hexdigest()
    if run.stamped("odoo", key) and paths.PREFIX.is_dir():
        return
    say("downloading Odoo 19 (Debian package, about 190 MB with fonts)")
    run.unstamp("odoo")
    run.remove_tree(paths.PREFIX)
    paths.PREFIX.mkdir(parents=True)
    files = apt.unpack(PACKAGES, paths.PREFIX)
    _relink(paths.PREFIX)
    broken = _dangling(paths.PREFIX)
    if broken:
        raise DevError(
            f"Odoo's package links to files that no package brought: {broken[:5]}",
            "find their package (`apt-file search NAME`) and add it to PACKAGES "
            "in devtools/odoo_source.py.",
        )
    (paths.PREFIX / "packages").write_text(" ".join(sorted(files)))
    run.stamp("odoo", key)


def _relink(prefix: Path) -> None:
    """Make absolute links (`/usr/share/…`) point into the prefix."""
    for folder, subfolders, files in os.walk(prefix):
        for name in subfolders + files:
            link = Path(folder) / name
            if link.is_symlink() and os.readlink(link).startswith("/"):
                inside = prefix / os.readlink(link).lstrip("/")
                link.unlink()
                link.symlink_to(os.path.relpath(inside, folder))


def ensure() -> Path:
    """Odoo's Python root, unpacked if need be; checks that it is release 19.0."""
    if not os.environ.get("ODOO_HOME"):
        _unpack()
    source = root()
    if version(source) != "19.0":
        raise DevError(
            f"{source} is Odoo {version(source)}; {paths.ADDON} needs 19.0.",
            "point ODOO_HOME to branch 19.0, or unset it.",
        )
    return source


def write_launcher(source: Path) -> None:
    """`.dev/bin/odoo`, the .pth that makes odoo importable, and the fonts file."""
    launcher = _LAUNCHER.format(python=paths.PYTHON)
    run.write_if_new(paths.BIN / "odoo", launcher, mode=0o755)
    for site in paths.VENV.glob("lib/python3*/site-packages"):
        run.write_if_new(site / "odoo_source.pth", f"{source}\n")
    cache = paths.FONTS_CONF.parent / "cache"
    fonts = _FONTS.format(prefix=paths.PREFIX, cache=cache)
    run.write_if_new(paths.FONTS_CONF, fonts)
