"""A log that shows every change made to it afterwards.

An entry is written as *canonical JSON*: keys sorted, no spaces, UTF-8, dates in ISO
form, money as decimal text, so that whoever reads it again gets the same bytes. Its
*digest* is the SHA-256 of these bytes. A *seal* gives an entry its number and hangs it
on the one before: its hash is the SHA-256 of the hash before and the entry. Who
changes, inserts or removes an entry would have to make every later hash anew, and the
last one is known to whoever noted it.

>>> first = canonical({"event": "limit_set", "after": {"credit_limit": "100.00"}})
>>> first
'{"after":{"credit_limit":"100.00"},"event":"limit_set"}'
>>> seals = seal([first, "{}"])
>>> [(one.number, one.previous[:4], one.hash[:4]) for one in seals]
[(1, '0000', '1056'), (2, '1056', '9c10')]
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

#: What the first seal of a chain hangs on.
GENESIS = "0" * 64


# -- writing ------------------------------------------------------------------------
def decimal_text(value: float, digits: int | None = None) -> str:
    """A number as text, with ``digits`` decimals, or as short as it can be.

    >>> decimal_text(1000.0, 2), decimal_text(-0.001, 2), decimal_text(1e21, 0)
    ('1000.00', '0.00', '1000000000000000000000')
    >>> decimal_text(0.1), decimal_text(90.0), decimal_text(1e-7)
    ('0.1', '90', '0.0000001')
    """
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if digits is None:
        text = format(number, "f")
        text = text.rstrip("0").rstrip(".") if "." in text else text
    else:
        text = format(number, f".{digits}f")
    return text.removeprefix("-") if not text.strip("-0.") else text


def plain(value: Any) -> Any:
    """``value`` as canonical JSON can keep it.

    >>> plain({"day": date(2026, 6, 15), 7: (1.5, True, None), "more": {"b", "a"}})
    {'day': '2026-06-15', '7': ['1.5', True, None], 'more': ['a', 'b']}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((plain(item) for item in value), key=str)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, date):  # a datetime is one, too
        return value.isoformat()
    if isinstance(value, float | Decimal):
        return decimal_text(value)
    return value if value is None or isinstance(value, bool | int) else str(value)


_encoder = json.JSONEncoder(
    ensure_ascii=False,
    sort_keys=True,
    separators=(",", ":"),
    allow_nan=False,
    default=plain,
)


def canonical(entry: Mapping[str, Any]) -> str:
    """The one text of an entry, whose amounts are text already (see ``plain``); what
    says nothing is ``null``.

    >>> from datetime import datetime
    >>> canonical({"who": "Zoë", "at": datetime(2026, 6, 15, 8), "why": None})
    '{"at":"2026-06-15T08:00:00","who":"Zoë","why":null}'
    """
    return _encoder.encode(entry)


def digest(text: str) -> str:
    """SHA-256 of a text in UTF-8, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


class Seal(NamedTuple):
    """The place of an entry in its chain."""

    number: int
    previous: str
    hash: str


def seal(texts: Iterable[str], number: int = 0, previous: str = GENESIS) -> list[Seal]:
    """Seals of entries that follow the seal ``number`` with the hash ``previous``."""
    seals = []
    for text in texts:
        number += 1
        own = digest(previous + text)
        seals.append(Seal(number, previous, own))
        previous = own
    return seals


# -- verifying ------------------------------------------------------------------------
@dataclass(frozen=True)
class Problem:
    """The first thing that is wrong with a chain.

    ``code`` is one of *missing* (a number is not there), *orphan* (a seal without its
    entry), *content* (the entry is not what was written), *link* (a seal does not hang
    on the one before), *chain* (the entry belongs to another company), *anchor* (a
    hash noted earlier is not there), *late* (an entry that nobody sealed in time).
    """

    code: str
    number: int | None
    entry_id: int | None = None


@dataclass(frozen=True)
class Link:
    """A seal as stored, with its entry as it reads now; ``text`` None: it is gone."""

    number: int
    previous: str
    hash: str
    entry_id: int
    text: str | None
    digest: str | None
    same_chain: bool = True


class Verifier:
    """Goes along a chain in the order of its numbers; keeps nothing but the last hash.

    >>> one, two = seal(["{}", "[]"])
    >>> verifier = Verifier({2: two.hash})
    >>> verifier.check(Link(*one, entry_id=5, text="{}", digest=digest("{}")))
    >>> verifier.check(Link(*two, entry_id=6, text="[1]", digest=digest("[]")))
    Problem(code='content', number=2, entry_id=6)
    """

    def __init__(self, anchors: Mapping[int, str] | None = None):
        """:param anchors: hashes noted earlier, by number"""
        self.number, self.hash = 0, GENESIS
        self.anchors = dict(anchors or {})

    def check(self, link: Link) -> Problem | None:
        """The next seal; the first problem ends the walk."""
        code = self._find(link)
        if code:
            number = self.number + 1 if code == "missing" else link.number
            return Problem(code, number, None if code == "missing" else link.entry_id)
        self.number, self.hash = link.number, link.hash
        self.anchors.pop(link.number, None)
        return None

    def _find(self, link: Link) -> str | None:
        if link.number != self.number + 1:
            return "missing" if link.number > self.number else "link"
        if link.previous != self.hash:
            return "link"
        if link.text is None:
            return "orphan"
        if not link.same_chain:
            return "chain"
        if digest(link.text) != link.digest:
            return "content"
        if digest(link.previous + link.text) != link.hash:
            # entry and digest fit each other, but were made for another seal
            return "content"
        if self.anchors.get(link.number, link.hash) != link.hash:
            return "anchor"
        return None

    def finish(self) -> Problem | None:
        """After the last seal: a number noted earlier that the chain no longer has."""
        if self.anchors:
            return Problem("anchor", min(self.anchors))
        return None
