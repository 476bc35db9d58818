"""One side of one question, in a process and on a database of its own.

`worker.py DATABASE QUESTION SIDE [ADDONS_PATH]`, run by `run.py`: prints a line of
JSON when Odoo is loaded, then one for every line read from standard input: the
question asked once. Every asking starts cold, in a new transaction that is rolled
back; what Odoo keeps between requests is warm.
"""

import importlib
import json
import os
import sys
import time
from pathlib import Path

ADMIN = 2


def main(database, question, side, addons_path=""):
    """Answer until standard input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # nobody else prints on our line
    sys.path[0] = str(Path(__file__).parent)
    ask = getattr(importlib.import_module(f"questions.{question}"), side)
    registry = load(database, addons_path)
    print(json.dumps({"start_mb": memory_mb("VmRSS")}), file=answers, flush=True)
    reset_peak()
    for _line in sys.stdin:
        result = ask_once(registry, ask)
        print(json.dumps(result), file=answers, flush=True)


def load(database, addons_path):
    """The registry of the database, without a server."""
    from odoo.modules.registry import Registry
    from odoo.tools import config

    options = ["--database", database, "--log-level=warn", "--no-http"]
    if addons_path:
        options.append(f"--addons-path={addons_path}")
    config.parse_config(options, setup_logging=True)
    return Registry(database)


def ask_once(registry, ask) -> dict:
    """Prepare, empty the caches of the transaction, time it, undo it."""
    import odoo.api

    with registry.cursor() as cr:
        env = odoo.api.Environment(cr, ADMIN, {})
        todo = ask(env)
        env.cr.flush()
        env.invalidate_all()
        queries, cpu = cr.sql_log_count, time.process_time()
        began = time.perf_counter()
        answer = todo()
        env.cr.flush()  # as a commit would
        result = {
            "ms": (time.perf_counter() - began) * 1000,
            "cpu_ms": (time.process_time() - cpu) * 1000,
            "queries": cr.sql_log_count - queries,
        }
        result["items"] = len(answer) if hasattr(answer, "__len__") else 0
        env.clear()
        cr.rollback()
    return result | {"peak_mb": memory_mb("VmHWM")}


def memory_mb(name) -> float:
    """A figure of /proc/self/status: VmRSS now, VmHWM the peak."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    return 0.0


def reset_peak():
    """Let the peak begin anew: loading the registry is not what we ask about."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:  # not permitted everywhere: then the peak includes the loading
        pass


if __name__ == "__main__":
    main(*sys.argv[1:])
