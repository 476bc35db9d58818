"""Promises to pay: how an amount is shared out over items, and what came of it."""

from collections.abc import Iterable
from datetime import date, timedelta

OPEN, KEPT, PARTLY, BROKEN = "open", "kept", "partly", "broken"


def allot(amount: float, opens: Iterable[float], digits: int = 2) -> list[float]:
    """What of ``amount`` is promised for each item, the oldest first.

    >>> allot(120.0, [100.0, 50.0, 30.0])
    [100.0, 20.0, 0.0]
    """
    shares = []
    for left in opens:
        share = round(min(left, max(0.0, amount)), digits)
        amount = round(amount - share, digits)
        shares.append(share)
    return shares


def outcome(
    amount: float,
    paid: float,
    day: date,
    today: date,
    grace_days: int = 0,
    digits: int = 2,
) -> str:
    """What came of a promise of ``amount`` for ``day``, of which ``paid`` came in.

    Kept as soon as all is paid; judged when the day and the grace for the bank's way
    have passed, not before.

    >>> friday, monday = date(2026, 6, 12), date(2026, 6, 15)
    >>> outcome(100.0, 100.0, friday, friday), outcome(100.0, 0.0, friday, friday)
    ('kept', 'open')
    >>> outcome(100.0, 0.0, friday, monday), outcome(100.0, 99.99, friday, monday)
    ('broken', 'partly')
    >>> outcome(100.0, 0.0, friday, monday, grace_days=3)
    'open'
    """
    paid = round(paid, digits)
    if paid >= round(amount, digits):
        return KEPT
    if today <= day + timedelta(days=grace_days):
        return OPEN
    return PARTLY if paid > 0 else BROKEN
