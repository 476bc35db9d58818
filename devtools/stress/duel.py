"""Two confirmations at once, room for one."""

from ..ui import say
from .client import PASSED, REFUSED
from .result import Deadline, Result
from .site import Site, at_once


def duel(site: Site, pairs: dict, until: Deadline) -> Result:
    """Never both, never none; how long the slower one took."""
    result, slower, both, none, done = Result("duel"), [], 0, 0, 0
    size = site.log.stat().st_size
    odd = set()
    # what one confirmation takes when nobody else is there
    alone = [site.client("seller0").confirm(one)[1] for (one,) in pairs["singles"]]
    for first, second in pairs["pairs"]:
        if until.left <= 0:
            break
        answers = at_once(
            [
                lambda: site.client("seller0").confirm(first),  # noqa: B023
                lambda: site.client("seller1").confirm(second),  # noqa: B023
            ]
        )
        passed = sum(what == PASSED for what, _seconds in answers)
        both += passed == 2
        none += passed == 0
        odd |= {what for what, _seconds in answers} - {PASSED, REFUSED}
        slower.append(max(seconds for _what, seconds in answers))
        done += 1
    retried, errors = site.read_log(size)
    result.figures |= {"tries": f"{done} of {len(pairs['pairs'])}", "both": both}
    result.add_times("slower one", slower)
    result.add_times("alone", alone)
    result.figures["run again"] = retried
    result.wrong += [f"a user saw {what}" for what in sorted(odd)] + errors
    if both:
        result.wrong.append(f"both passed in {both} of {done} tries")
    if none:
        result.wrong.append(f"none passed in {none} of {done} tries")
    say(result.show())
    return result
