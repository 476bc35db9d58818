"""Part of `./dev test --all`: install on a database with data, use, uninstall, and
install again.

What is left in the database after uninstalling is compared with what was there before
installing: structure, and the records in which Odoo keeps views, menus, actions, jobs,
rights and messages. The steps themselves are in uninstall_steps.py.
"""

import json
import re
import subprocess
import tempfile
from pathlib import Path

from . import database, paths, template
from .environment import Environment
from .ui import DevError, say

# What Odoo itself leaves of any add-on, and what is meant to stay.
EXPECTED = (
    # Notes of Odoo's own modules on what their mixins added to a model
    r"ir_model_data \d+ \w+\.(selection|model_inherit)__credit_",
    # Foreign keys of a table of links: Odoo drops the table and keeps the note
    r"ir_model_constraint \d+ credit_\w+_rel_\w+_fkey",
    # The company's default limit, as Odoo's own settings show it
    r"ir_default \d+ res\.partner\.credit_limit ",
    # Made by the steps with Odoo's own means
    r"mail_followers \d+ sale\.order",
)


def check(env: Environment, summary) -> None:
    """Count each promise as a test."""
    db = database.scratch_name(env.server, "test")
    say(f"install, uninstall and install again on {db}")
    template.clone(env, db)
    promises = {}
    try:
        before = _step(env, db, "fill")
        template.install(env, db, paths.addons(), "uninstall_check")
        promises |= _promises_of_use(_step(env, db, "use"))
        promises |= _promises_of_collecting(_step(env, db, "collect"))
        shown = _step(env, db, "warn")
        promises["the uninstall dialogue counts the files and holds that go"] = (
            all(shown["documents"].get(name) for name in ("Credit File", "Credit Hold"))
            or shown
        )
        _step(env, db, "uninstall", quiet=True)
        after = _step(env, db, "after")
        promises |= _promises_after(before, after)
        template.install(env, db, paths.addons(), "uninstall_check")
        again = _promises_of_use(_step(env, db, "use"))
        promises |= {f"installed again: {name}": kept for name, kept in again.items()}
    except DevError as error:
        promises["every step runs"] = str(error)
    finally:
        database.drop(env.server, db)
    for promise, kept in promises.items():
        if kept is True:
            summary.add(1, 0, 0)
        else:
            summary.fail(f"uninstall check: not kept: {promise}: {kept}")


def _promises_of_use(used: dict) -> dict:
    return {
        "a native limit becomes a file": used["taken_over"],
        "holds are decided": used["states"] == ["released", "rejected", "waiting"]
        or used["states"],
        "a released order is confirmed": used["confirmed"] == "sale",
    }


def _promises_of_collecting(done: dict) -> dict:
    return {
        "overdue customers are reminded": done["sent"]
        == ["Limited before", "Never limited"]
        or done["sent"],
        "the level reaches the file": done["level"] == 1 or done["level"],
        "overdue customers are alerts": done["alerts"] == 2 or done["alerts"],
        "decisions are sealed in the log": done["seals"] > 0,
    }


def _promises_after(before: dict, after: dict) -> dict:
    was, found = set(before["found"]), set(after["found"])
    left = sorted(
        line for line in found - was if not re.match("|".join(EXPECTED), line)
    )
    lost = sorted(was - found)
    return {
        "nothing of ours is left": left == [] or "\n  ".join(["", *left]),
        "nothing of Odoo's is gone": lost == [] or "\n  ".join(["", *lost]),
        "orders are confirmed again": set(after["confirmed"]) == {"sale"},
        "an invoice is posted": after["invoice"] == "posted",
        "the native limit is kept": after["native"] == before["native"]
        or after["native"],
    }


def _step(env: Environment, db: str, step: str, quiet: bool = False):
    """Run one step in a process of its own; return what it found.

    :param quiet: a warning in Odoo's log is an error
    """
    runner = [str(paths.PYTHON), str(paths.TOOLS / "in_odoo.py")]
    script = str(paths.TOOLS / "uninstall_steps.py")
    with tempfile.NamedTemporaryFile() as file:
        done = subprocess.run(
            [*runner, db, script, step, file.name],
            env=env.environ(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode or (quiet and re.search(" (WARNING|ERROR) ", done.stderr)):
            tail = "\n".join((done.stdout + done.stderr).splitlines()[-25:])
            raise DevError(f"step {step} failed:\n{tail}", "see above")
        return json.loads(Path(file.name).read_text())
