"""`./dev i18n`: the template of texts, and the Chinese file beside it, made anew.

The texts come from a fresh database, as Odoo exports them; what was translated keeps
its translation, what is gone goes, what is new is listed until somebody translates it.
"""

import subprocess
from pathlib import Path

from . import database, environment, paths, scripts
from .environment import Environment
from .ui import DevError, say

LANGUAGE = "zh_CN"


def i18n(args: list[str]) -> int:
    """i18n [FILE.po…]: texts and translations anew; FILEs lend theirs."""
    for path in args:
        if not Path(path).is_file():
            raise DevError(f"there is no file {path}.", "./dev i18n [FILE.po…]", 2)
    env = environment.ready()
    db = database.scratch_name(env.server, "i18n")
    try:
        scripts.install_addons(env, db)
        missing = [
            f"{addon}: {text!r}"
            for addon in paths.addons()
            for text in _update(env, db, addon, args)
        ]
    finally:
        database.drop(env.server, db)
    for line in missing:
        print(line)
    say(f"{len(missing)} texts lack a translation")
    return 1 if missing else 0


def _update(env: Environment, db: str, addon: str, compendia: list[str]) -> list[str]:
    """Write template and translations of one add-on; the texts left untranslated."""
    folder = paths.ROOT / addon / "i18n"
    template = folder / f"{addon}.pot"
    export = ["i18n", "export", "-d", db, "-l", "pot", "-o", str(template), addon]
    subprocess.run(env.odoo(*export), env=env.environ(), check=True)
    merge = [paths.PYTHON, paths.TOOLS / "i18n_merge.py", template]
    done = subprocess.run(
        [*map(str, merge), str(folder / f"{LANGUAGE}.po"), *compendia],
        env=env.environ(),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()
