"""Log lines of the host that are not our doing, each with its reason.

`./dev test` fails on any other WARNING or ERROR. Keep this list short: a line
belongs here only if it appears without the add-on, or cannot be avoided by it.
"""

import dataclasses
import re


@dataclasses.dataclass(frozen=True)
class Noise:
    """A line is noise when both expressions match: its logger's name, its text."""

    logger: str
    text: str
    reason: str

    def matches(self, logger: str, text: str) -> bool:
        """Does the log record belong here?"""
        return bool(re.match(self.logger, logger) and re.search(self.text, text))


NOISE = [
    Noise(
        logger=r"odoo\.addons\..*\.tests\.",
        text=r"^Chrome executable not found$",
        reason="the tour counts as skipped, and the summary says how to get a browser",
    ),
]


def is_noise(logger: str, text: str) -> bool:
    """True when the line is known and harmless."""
    return any(noise.matches(logger, text) for noise in NOISE)
