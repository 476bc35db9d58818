"""`./dev clean`: takes back what the other commands made, and nothing else."""

from . import database, paths, postgres, run
from .ui import DevError, say


def clean(args: list[str]) -> int:
    """clean [--all]: stop and remove everything of .dev/; --all: downloads too."""
    if set(args) - {"--all"}:
        raise DevError("clean knows only --all.", "./dev clean [--all]", 2)
    if paths.DEV.is_dir():
        _drop_databases()
        postgres.stop(delete=True)
        say(f"removing {paths.DEV}")
        run.remove_tree(paths.DEV)
    if "--all" in args:
        say(f"removing {paths.cache_dir()}")
        run.remove_tree(paths.cache_dir())
    return 0


def _drop_databases() -> None:
    """On a server that is not ours: only the databases that this checkout made."""
    if not postgres.is_given() or not paths.PYTHON.exists():
        return
    server = postgres.ensure()
    for name in database.ours(server):
        say(f"dropping the database {name}")
        database.drop(server, name)
