"""Dates and amounts as people write them."""

import re
from datetime import date, datetime
from decimal import Decimal

from .errors import LedgerError

#: How dates may be written; the first of two that fit equally is never guessed.
FORMATS = {
    "m/d/Y": "%m/%d/%Y",
    "d/m/Y": "%d/%m/%Y",
    "Y-m-d": "%Y-%m-%d",
    "Y/m/d": "%Y/%m/%d",
    "d.m.Y": "%d.%m.%Y",
    "m-d-Y": "%m-%d-%Y",
    "d-m-Y": "%d-%m-%Y",
    "Ymd": "%Y%m%d",
    "Y年m月d日": "%Y年%m月%d日",
}
#: A format is taken for that of the file when at least so many dates fit.
LEAST_FIT = 0.8
_TIME = re.compile(r"[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?Z?$")
_DECORATION = re.compile(r"[\s'’$€£¥￥]")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
#: Thousands in threes, then the decimals.
_GROUPED = {
    ".": re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?"),
    ",": re.compile(r"-?\d{1,3}(\.\d{3})+(,\d+)?"),
}


def parse_date(text: str, style: str) -> date | None:
    """The date, or None when ``text`` is none; a time of day is left off.

    >>> parse_date("4/6/2013", "m/d/Y"), parse_date("2013-04-06 00:00:00", "Y-m-d")
    (datetime.date(2013, 4, 6), datetime.date(2013, 4, 6))
    >>> parse_date("31/2/2013", "d/m/Y"), parse_date("1/1/0013", "d/m/Y")
    (None, None)
    """
    try:
        found = datetime.strptime(_TIME.sub("", text.strip()), FORMATS[style]).date()
    except ValueError:
        return None
    return found if 1970 <= found.year <= 2199 else None


def detect_style(texts: list[str]) -> tuple[str, str]:
    """How the dates of a file are written, and the evidence in words.

    >>> detect_style(["1/31/2013", "2/1/2013"])
    ('m/d/Y', '2 of 2 fit m/d/Y, 1 fit d/m/Y')

    :raise LedgerError: two ways of reading fit equally, or none fits
    """
    fits = {style: [parse_date(text, style) for text in texts] for style in FORMATS}
    counts = {style: sum(map(bool, dates)) for style, dates in fits.items()}
    best, *others = sorted(counts, key=counts.get, reverse=True)
    if counts[best] < LEAST_FIT * len(texts) or not texts:
        raise LedgerError(
            f"the dates fit no known format (first ones: {', '.join(texts[:3])}).",
            f"write them in one of {', '.join(FORMATS)}.",
        )
    for other in others:
        if counts[other] == counts[best] and fits[other] != fits[best]:
            raise LedgerError(
                f"the dates fit {best} and {other} equally well "
                f"(for example {_differing(texts, fits[best], fits[other])}).",
                f"say which one: --date-format {best} or --date-format {other}.",
            )
    evidence = [f"{counts[best]:,} of {len(texts):,} fit {best}"]
    evidence += [f"{counts[style]:,} fit {style}" for style in others if counts[style]]
    return best, ", ".join(evidence)


def _differing(texts, one, other):
    return next(t for t, a, b in zip(texts, one, other, strict=True) if a != b)


def check_style(style: str) -> str:
    """The format a person asked for, ``%m/%d/%Y`` and ``m/d/Y`` alike.

    :raise LedgerError: when there is no such format
    """
    plain = style.replace("%", "")
    if plain not in FORMATS:
        raise LedgerError(
            f"there is no date format {style!r}.", f"use one of {', '.join(FORMATS)}."
        )
    return plain


def detect_mark(texts: list[str]) -> str:
    """The decimal mark of a column of amounts: point or comma.

    >>> detect_mark(["1.234,50", "12,00"]), detect_mark(["1,234.5", "12"])
    (',', '.')

    A single ``1,234`` is a thousand, as in the language that the file is in; a
    column in which both readings fit every value and none shows which is meant
    is read with the point.
    """
    points, commas = (
        sum(parse_amount(text, mark) is not None for text in texts) for mark in ".,"
    )
    return "," if commas > points else "."


def parse_amount(text: str, mark: str = ".") -> Decimal | None:
    """The number in ``text``, or None when it is none.

    >>> parse_amount("1,234.50"), parse_amount("1 234,50", ","), parse_amount("$ 7")
    (Decimal('1234.50'), Decimal('1234.50'), Decimal('7'))
    >>> parse_amount("12,34"), parse_amount("abc"), parse_amount("1e9")
    (None, None, None)
    """
    plain = _DECORATION.sub("", text)
    thousands = "," if mark == "." else "."
    if thousands in plain:
        if not _GROUPED[mark].fullmatch(plain):
            return None
        plain = plain.replace(thousands, "")
    plain = plain.replace(mark, ".")
    return Decimal(plain) if _NUMBER.fullmatch(plain) else None
