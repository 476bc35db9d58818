"""The command: what is tried, for how long, and the table at the end."""

import argparse
import json
import os
import platform
import signal
import time

from .. import database, environment, paths
from ..ui import DevError, say
from . import audit, cluster, jobs, site
from .crowd import crowd
from .duel import duel
from .letters import letters
from .reminders import reminders
from .result import Deadline, Result
from .turmoil import turmoil

#: How the time is shared.
PARTS = {"crowd": 3, "duel": 3, "turmoil": 2, "kills": 2, "outages": 2}
SCENARIOS = ("reminders", "letters", *PARTS)
JOB_CUSTOMERS = 24


def _arguments(args: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./dev stress", description="Races and faults; about five minutes."
    )
    parser.add_argument("--only", help="some of: " + ", ".join(SCENARIOS))
    parser.add_argument("--quick", action="store_true", help="about two minutes")
    parser.add_argument("--minutes", type=float, help="of trials; one more to set up")
    parser.add_argument("--clients", type=int, help="confirmations at once")
    parser.add_argument("--rounds", type=int, help="rounds of the crowd")
    parser.add_argument("--tries", type=int, help="tries of the duel")
    parser.add_argument("--notices", type=int, help="reminders that are sent")
    parser.add_argument("--letters", type=int, help="letters that are printed")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--head", action="store_true", help="the add-ons of git's HEAD")
    given = parser.parse_args(args)
    full = (4.0, 50, 9, 200, 1000, 500)
    quick = (1.0, 20, 4, 30, 200, 150) if given.quick else full
    names = ("minutes", "clients", "rounds", "tries", "notices", "letters")
    for name, value in zip(names, quick, strict=True):
        if getattr(given, name) is None:
            setattr(given, name, value)
    given.only = given.only.split(",") if given.only else list(SCENARIOS)
    if unknown := set(given.only) - set(SCENARIOS):
        raise DevError(f"there is no scenario {unknown}.", "./dev stress --help", 2)
    counts = (
        given.rounds,
        given.tries,
        given.workers,
        given.notices,
        given.letters,
    )
    if given.clients < 2 or min(counts) < 1:
        raise DevError("that is nobody at once.", "./dev stress --help", 2)
    return given


def _stop(_signal, _frame):
    raise KeyboardInterrupt


def stress(args: list[str]) -> int:
    """stress [--quick|--only NAME]: races and faults over HTTP, bounded in time."""
    given, began = _arguments(args), time.monotonic()
    signal.signal(signal.SIGTERM, _stop)  # so that nothing is left behind then either
    env = environment.ready()
    with cluster.opened(env, given.head) as own:
        db = cluster.install(env, own)
        try:
            results = _run(given, own, db)
        finally:
            _drop_all(own)
    return _report(given, results, time.monotonic() - began)


def _run(given: argparse.Namespace, own: cluster.Cluster, db: str) -> list[Result]:
    say("making customers, orders and holds")
    crowded = {"rounds": given.rounds, "clients": given.clients, "seed": given.seed}
    wanted = {"people": {}, "turmoil": {}}
    if "crowd" in given.only:
        wanted["crowd"] = crowded
    if "duel" in given.only:
        wanted["duel"] = {"tries": given.tries}
    sources = []
    if {"kills", "outages"} & set(given.only):
        wanted["jobs"] = {"customers": JOB_CUSTOMERS}
    results = []
    if "reminders" in given.only:
        results.append(_run_alone(own, db, reminders, given.notices, given.seed))
    if "letters" in given.only:
        results.append(_run_alone(own, db, letters, given.letters, given.seed))
    worlds = site.make_worlds(own.env, db, **wanted)
    if "jobs" in wanted:
        sources = jobs.make_sources(own, db)
    deadline = Deadline(60 * given.minutes)
    if {"crowd", "duel", "turmoil"} & set(given.only):
        results += _run_races(given, own, db, worlds, deadline)
    for name, fault in (("kills", jobs.kills), ("outages", jobs.outages)):
        if name in given.only:
            until = _share(given, name, deadline)
            results.append(fault(own, sources, given.seed, until))
    return results


def _run_alone(own, db: str, scenario, count: int, seed: int) -> Result:
    """On a copy of its own: the others know nothing of reminders. As long as it takes:
    what is asked is that all of them are sent, or printed."""
    base, name = database.scratch_name(own.env.server, "stress"), scenario.__name__
    database.clone(own.env.server, db, base)
    worlds = site.make_worlds(own.env, base, **{name: {"count": count}})
    return scenario(own, base, worlds[name], seed)


def _run_races(given, own, db: str, worlds: dict, deadline: Deadline) -> list[Result]:
    env, results = own.env, []
    with site.serving(env, db, given.workers) as running:
        running.warm_up(worlds["turmoil"]["sellers"], 3 * given.workers)
        if "crowd" in given.only:
            until = _share(given, "crowd", deadline)
            results.append(crowd(env, running, worlds["crowd"], until))
        if "duel" in given.only:
            until = _share(given, "duel", deadline)
            results.append(duel(running, worlds["duel"], until))
        if "turmoil" in given.only:
            audit.install(env, db)
            until = _share(given, "turmoil", deadline)
            world = worlds["turmoil"]
            results.append(turmoil(env, running, world, given.seed, until))
    return results


def _share(given: argparse.Namespace, name: str, deadline: Deadline) -> Deadline:
    """Of the time that is left, as much as this one gets beside those after it."""
    names = [other for other in PARTS if other in given.only]
    parts = [PARTS[other] for other in names[names.index(name) :]]
    return deadline.share(parts[0] / sum(parts))


def _drop_all(own: cluster.Cluster) -> None:
    """The filestores of our databases; the cluster itself is deleted. That of the
    template belongs to the other cluster."""
    kinds = tuple(own.env.server.prefix(kind) for kind in ("stress", "jobs"))
    for name in database.ours(own.env.server):
        if name.startswith(kinds):
            database.drop(own.env.server, name)


def _report(given: argparse.Namespace, results: list[Result], seconds: float) -> int:
    answer = {
        "seconds": round(seconds),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "options": vars(given),
        "scenarios": {
            result.name: {"figures": result.figures, "wrong": result.wrong}
            for result in results
        },
    }
    path = paths.DEV / "stress.json"
    path.write_text(json.dumps(answer, indent=1) + "\n")
    print()
    for result in results:
        print(result.show())
    for result in results:
        for text in result.wrong:
            print(f"WRONG {result.name}: {text}")
    red = sum(bool(result.wrong) for result in results)
    print(f"{len(results) - red} passed, {red} failed in {seconds:.0f} s ({path})")
    return 1 if red else 0
