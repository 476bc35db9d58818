"""What would free a held order: the ways out, exact to the cent.

Every way is found by asking ``passes(customer, order)`` about other amounts: more
money never makes a rule harder, so the boundary can be bisected in minor units.
Applying a way passes, one minor unit less (for the largest order: more) does not.

>>> from datetime import date
>>> from .exposure import Exposure, OpenItem
>>> from .limits import LimitFacts
>>> from .facts import Customer, Order, Rule
>>> from .rules import passes
>>> customer = Customer(
...     limit=LimitFacts(mode="amount", source="customer", permanent=1000.0),
...     exposure=Exposure(not_due=800.0), today=date(2026, 6, 15),
...     items=(OpenItem(7, "INV/7", date(2026, 7, 1), 800.0, False, 0),))
>>> rules = [Rule(id=1, type="limit_used", threshold=100.0, strict=True)]
>>> ways_out(customer, Order(amount=300.0), lambda c, o: passes(c, o, rules))
Ways(payment=100.0, deposit=100.0, largest_order=200.0, invoice_ids=(7,), \
pay_first=False)
"""

from dataclasses import replace

from .dunning import effect
from .facts import Customer, Order, Ways

#: Above this many items the list of invoices is not thinned out one by one.
MOST_ITEMS_THINNED = 30


def smallest(low: int, high: int, good) -> int | None:
    """The smallest n in low…high with ``good(n)``, which once true stays true.

    >>> smallest(1, 100, lambda n: n * n >= 50), smallest(1, 5, lambda n: n > 9)
    (8, None)
    """
    if high < low or not good(high):
        return None
    while low < high:
        middle = (low + high) // 2
        if good(middle):
            high = middle
        else:
            low = middle + 1
    return low


def settle(customer: Customer, paid: dict[int, float]) -> Customer:
    """The customer after ``paid`` ({item id: amount}) has been settled."""
    left, not_due, overdue = [], 0.0, 0.0
    for item in customer.items:
        amount = paid.get(item.id, 0.0)
        if item.overdue:
            overdue += amount
        else:
            not_due += amount
        if not amount:
            left.append(item)
        elif (residual := round(item.residual - amount, customer.digits)) > 0:
            left.append(replace(item, residual=residual))
    late = [item for item in left if item.overdue]
    before = customer.exposure
    after = replace(
        before,
        not_due=round(before.not_due - not_due, customer.digits),
        overdue=round(before.overdue - overdue, customer.digits),
        overdue_days=max((item.days for item in late), default=0),
        overdue_count=len(late),
    )
    fall = before.total - after.total
    return replace(
        customer,
        exposure=after,
        items=tuple(left),
        group_used=round(customer.group_used - fall, customer.digits),
        **_dunned(customer, left),
    )


def _dunned(customer: Customer, left) -> dict:
    """The level that ``left`` has reached, and the state that it keeps the customer
    in: paying what was dunned leaves the level, paying a part of it does not."""
    if max((item.level for item in customer.items), default=0) < (
        customer.dunning_level or 1
    ):
        # not dunned, or by an item that is too small to be shown: it stays
        return {}
    found = {"dunning_level": max((item.level for item in left), default=0)}
    if customer.state_before is not None:
        found["state"] = effect(
            (item.consequence for item in left),
            customer.state_before,
            customer.at_delivery,
        )
    return found


def pay(customer: Customer, amount: float) -> Customer:
    """The customer after a payment on his open items, oldest first."""
    paid = {}
    for item in customer.items:
        part = min(item.residual, round(amount, customer.digits))
        if part <= 0:
            break
        paid[item.id] = part
        amount -= part
    return settle(customer, paid)


def _payment(customer: Customer, order: Order, passes) -> float | None:
    """The smallest payment on open items that frees the order."""
    unit = 10**customer.digits
    total = sum(round(item.residual * unit) for item in customer.items)
    found = smallest(1, total, lambda n: passes(pay(customer, n / unit), order))
    return None if found is None else round(found / unit, customer.digits)


def _invoices(customer: Customer, order: Order, passes) -> tuple[int, ...]:
    """Open items whose settlement is enough: the oldest, less the needless ones."""
    items = customer.items

    def enough(chosen) -> bool:
        paid = {item.id: item.residual for item in chosen}
        return passes(settle(customer, paid), order)

    count = smallest(1, len(items), lambda n: enough(items[:n]))
    if count is None:
        return ()
    chosen = list(items[:count])
    if count <= MOST_ITEMS_THINNED:
        while needless := next(
            (item for item in chosen if chosen[1:] and enough(_without(chosen, item))),
            None,
        ):
            # from the start again: settling an item that is not due raises the
            # overdue share, so what was needed beside it may not be needed now
            chosen = _without(chosen, needless)
    return tuple(item.id for item in chosen)


def _without(items, one):
    return [item for item in items if item is not one]


def prepay(order: Order, amount: float) -> Order:
    """The order once ``amount`` of it has been paid."""
    return replace(
        order,
        settled=order.settled + amount,
        received=round(order.received + amount, order.digits),
    )


def _deposit(customer: Customer, order: Order, passes) -> float | None:
    """The smallest prepayment of the order that frees it."""
    unit = 10**order.digits
    found = smallest(
        1,
        round(order.demand * unit),
        lambda n: passes(customer, prepay(order, n / unit)),
    )
    return None if found is None else round(found / unit, order.digits)


def _largest_order(customer: Customer, order: Order, passes) -> float | None:
    """The largest amount of this order that passes; None when none above zero does."""
    unit = 10**order.digits
    demand = round(order.demand * unit)

    def fits(cut: int) -> bool:
        smaller = replace(order, amount=order.amount - cut / unit)
        return smaller.demand > 0 and passes(customer, smaller)

    # the last cut still leaves an order of one minor unit
    cut = smallest(1, demand - 1, fits)
    return None if cut is None else round(order.amount - cut / unit, order.digits)


def ways_out(customer: Customer, order: Order, passes) -> Ways:
    """All ways that free this held order, each exact to the minor unit."""
    deposit = _deposit(customer, order, passes)
    return Ways(
        payment=_payment(customer, order, passes),
        deposit=deposit,
        largest_order=_largest_order(customer, order, passes),
        invoice_ids=_invoices(customer, order, passes),
        pay_first=deposit is not None and deposit >= order.demand,
    )
