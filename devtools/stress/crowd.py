"""Many confirmations at once, room for k of them."""

from .. import database
from ..environment import Environment
from ..ui import say
from .client import PASSED, REFUSED
from .result import Deadline, Result
from .site import Site, at_once

# Counted in the tables themselves: neither the gate nor the exposure is asked.
CONFIRMED = "SELECT id FROM sale_order WHERE state = 'sale' AND id IN ({ids})"


def crowd(env: Environment, site: Site, rounds: list[dict], until: Deadline) -> Result:
    """Exactly k pass, none is lost, nobody sees a database error."""
    result, times, done = Result("crowd"), [], 0
    for number, one in enumerate(rounds, 1):
        if until.left <= 0:
            break
        size = site.log.stat().st_size
        orders = dict(one["orders"])
        answers = at_once(
            [
                lambda order=order, login=login: site.client(login).confirm(order)
                for order, login in orders.items()
            ]
        )
        times += [seconds for _what, seconds in answers]
        whats = dict(zip(orders, (what for what, _seconds in answers), strict=True))
        _retried, wrong = site.read_log(size)
        wrong += _judge(env, site, one["room"], whats)
        result.wrong += [f"round {number} ({one['kind']}): {text}" for text in wrong]
        done += 1
        passed = sum(what == PASSED for what in whats.values())
        say(
            f"round {number} ({one['kind']}): room for {one['room']} of "
            f"{len(orders)}, {passed} passed"
        )
    result.figures["rounds"] = f"{done} of {len(rounds)}"
    result.figures["at once"] = len(rounds[0]["orders"])
    result.add_times("answer", times)
    result.figures["run again"] = site.read_log()[0]
    return result


def _judge(env: Environment, site: Site, room: int, whats: dict) -> list[str]:
    """What is wrong with a round, ``whats``: {order: what the client was told}."""
    ids = ",".join(map(str, whats))
    rows = database.execute(env.server, CONFIRMED.format(ids=ids), site.db)
    sold = {int(row[0]) for row in rows}
    wrong = [
        f"a user saw {what}" for what in sorted(set(whats.values()) - {PASSED, REFUSED})
    ]
    if len(sold) != room:
        wrong.append(f"{len(sold)} are confirmed where {room} fit")
    told = {order for order, what in whats.items() if what == PASSED}
    if told - sold:
        wrong.append(f"told confirmed but are not: {sorted(told - sold)}")
    if sold - told:
        wrong.append(f"confirmed, but the user was told otherwise: {sold - told}")
    return wrong
