"""Calls that run at the same moment, as two requests do."""

from threading import Thread
from unittest.mock import patch

from odoo.modules.registry import DummyRLock, Registry
from odoo.tools import mute_logger

MOST_SECONDS = 60


def run_at_once(works):
    """Run each call in a thread of its own, until all have ended.

    Odoo's test runner holds the lock of the registries, which a new environment of
    another thread waits for: it is put away meanwhile.

    :raise AssertionError: a thread does not end
    """
    threads = [Thread(target=work, daemon=True) for work in works]
    lock = patch.object(Registry, "_lock", DummyRLock())
    with lock, mute_logger("odoo.sql_db"):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(MOST_SECONDS)
    if stuck := [thread for thread in threads if thread.is_alive()]:
        raise AssertionError(f"{len(stuck)} of {len(threads)} threads do not end")
