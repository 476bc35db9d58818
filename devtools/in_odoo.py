"""Run `main(env, argv)` of a script on a database, as the superuser.

Run by `./dev bench` and `./dev load-ledger` with our environment's Python:
`in_odoo.py DATABASE SCRIPT [ARGS…]`. What main did is committed when it returns 0
and rolled back otherwise; its return value is the exit code.
"""

import runpy
import sys
from pathlib import Path


def main(database: str, script: str, *args: str) -> int:
    """Load the registry of `database` and call the script's main."""
    sys.path[0] = str(Path(script).resolve().parent)  # its own modules, not ours
    import odoo.api
    from odoo.modules.registry import Registry
    from odoo.tools import config

    config.parse_config(
        ["--database", database, "--log-level=warn", "--no-http"], setup_logging=True
    )
    entry = runpy.run_path(script, run_name="__dev__")["main"]
    with Registry(database).cursor() as cursor:
        env = odoo.api.Environment(cursor, odoo.api.SUPERUSER_ID, {})
        code = entry(env, list(args)) or 0
        if code:
            cursor.rollback()
    return code


sys.exit(main(*sys.argv[1:]))
