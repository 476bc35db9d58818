"""The browser for tours: found on PATH, or Debian's chromium where we may install."""

import shutil

from . import apt
from .ui import say

# The names Odoo's test framework looks for, in its order.
NAMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
HOW_TO_GET = (
    "The browser tours did not run: there is no Chromium on PATH.\n"
    "Next: apt-get install chromium (as root), or put google-chrome on PATH."
)


def find() -> str | None:
    """The browser's path, if there is one."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def ensure() -> bool:
    """Is there a browser, installed just now if need be and allowed?"""
    if find():
        return True
    say("installing Chromium for the browser tours (apt-get install chromium)")
    return apt.install("chromium") and bool(find())
