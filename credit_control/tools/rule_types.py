"""What each rule type measures, and the figures shown beside a verdict.

A test returns the values it measured when the rule is hit, else None. To add a type,
write its test, name it in ``TESTS`` (and in ``MEASURED`` and ``measure`` when an
exclusion may bound its figure), and add its sentence to the catalogue of reasons.
"""

from .facts import Customer, Figures, Order, Rule

#: Types whose threshold is a figure that an exclusion may bound ("while below x").
MEASURED = frozenset(
    {
        "limit_used",
        "order_amount",
        "overdue_days",
        "overdue_amount",
        "overdue_share",
        "terms",
        "discount",
        "review_overdue",
        "dunning_level",
        "broken_promises",
        "days_late",
    }
)


def order_demand(customer: Customer, order: Order) -> float:
    """The order's demand in the limit's currency, rounded once."""
    return round(order.demand * order.rate, customer.digits)


def percent(part: float, whole: float) -> float:
    """``part`` in percent of ``whole``; any use of nothing is infinite.

    >>> percent(50.0, 200.0), percent(0.0, 0.0), percent(1.0, 0.0)
    (25.0, 0.0, inf)

    Rounded, so that a share of 29 % meets a threshold of 29 % (and is not 28.999…):

    >>> percent(0.58, 2.0)
    29.0
    """
    if whole > 0:
        return round(100.0 * part / whole, 10)
    return float("inf") if part > 0 else 0.0


def used_pct(customer: Customer, demand: float) -> float | None:
    """Use of the tightest ceiling with ``demand`` on top; None without ceiling."""
    return _tightest_pct(customer.ceilings, demand)


def _tightest_pct(ceilings, demand: float) -> float | None:
    return max(
        (percent(used + demand, limit) for limit, used, _ in ceilings), default=None
    )


def figures(customer: Customer, order: Order) -> Figures:
    """The numbers shown beside a verdict."""
    demand, ceilings = order_demand(customer, order), customer.ceilings
    rooms = [limit - used for limit, used, _ in ceilings]
    available = round(min(rooms), customer.digits) if rooms else None
    after = None if available is None else round(available - demand, customer.digits)
    return Figures(
        limit=customer.limit.effective_limit,
        used=customer.used,
        order=demand,
        available=available,
        after=after,
        used_pct=_finite(_tightest_pct(ceilings, 0.0)),
        after_pct=_finite(_tightest_pct(ceilings, demand)),
        excess=max(0.0, -after) if after is not None else 0.0,
    )


def _finite(pct: float | None) -> float | None:
    """The figure as shown: what is over, by however little, does not read 100.0.

    >>> _finite(100.001), _finite(99.99), _finite(float("inf"))
    (100.1, 100.0, None)
    """
    if pct is None or pct == float("inf"):
        return None
    shown = round(pct, 1)
    # beyond the noise of the division
    return 100.1 if shown == 100.0 and round(pct, 10) > 100.0 else shown


# -- what a rule type measures ---------------------------------------------------
def _limit_used(rule: Rule, customer: Customer, order: Order):
    """Limit used ≥ x % (> x % when strict) once the order is on top.

    Compared in money, not in percent, so that the last cent decides.
    """
    demand = order_demand(customer, order)
    worst = None
    for limit, used, ceiling in customer.ceilings:
        after = round(used + demand, customer.digits)
        allowed = round(limit * rule.threshold / 100.0, customer.digits + 4)
        hit = after > allowed if rule.strict or allowed <= 0 else after >= allowed
        excess = round(after - limit, customer.digits)
        if hit and (worst is None or excess > worst["excess"]):
            worst = {
                "limit": limit,
                "used": used,
                "order": demand,
                "after": after,
                "after_pct": _finite(percent(after, limit)),
                "excess": excess,
                "ceiling": ceiling,
            }
    return worst


def _order_amount(rule: Rule, customer: Customer, order: Order):
    demand = order_demand(customer, order)
    return {"order": demand} if demand > rule.threshold else None


def _overdue_days(rule: Rule, customer: Customer, order: Order):
    exposure = customer.exposure
    if exposure.overdue <= 0 or exposure.overdue_days < rule.threshold:
        return None
    return {"days": exposure.overdue_days, "overdue": exposure.overdue}


def _overdue_amount(rule: Rule, customer: Customer, order: Order):
    """Overdue ≥ x and limit used ≥ y %; who has no limit uses 0 % of it."""
    overdue = customer.exposure.overdue
    if overdue <= 0 or overdue < rule.threshold:
        return None
    pct = used_pct(customer, order_demand(customer, order))
    if (pct or 0.0) < rule.second_pct:
        return None
    return {"overdue": overdue, "after_pct": _finite(pct)}


def _overdue_share(rule: Rule, customer: Customer, order: Order):
    exposure = customer.exposure
    if exposure.overdue <= 0 or exposure.overdue_share_pct < rule.threshold:
        return None
    return {"share_pct": exposure.overdue_share_pct, "overdue": exposure.overdue}


def _terms(rule: Rule, customer: Customer, order: Order):
    granted = customer.granted_days
    if granted is None or order.terms_days <= granted + rule.threshold:
        return None
    return {"days": order.terms_days, "granted": granted}


def _discount(rule: Rule, customer: Customer, order: Order):
    granted = customer.granted_discount_pct
    if granted is None or order.discount_pct <= granted + rule.threshold:
        return None
    return {"discount_pct": order.discount_pct, "granted": granted}


def _limit_expired(rule: Rule, customer: Customer, order: Order):
    limit = customer.limit
    if limit.expired:
        return {"date_to": limit.date_to.isoformat() if limit.date_to else None}
    if rule.missing_hits and limit.mode == "amount" and limit.date_to is None:
        return {"date_to": None}
    return None


def review_days_late(customer: Customer) -> int:
    """Days since the review was due; 0 when it is not."""
    if customer.next_review is None:
        return 0
    return max(0, (customer.today - customer.next_review).days)


def _review_overdue(rule: Rule, customer: Customer, order: Order):
    days = review_days_late(customer)
    if not days or days < rule.threshold:
        return None
    return {"days": days, "date": customer.next_review.isoformat()}


def _dunning_level(rule: Rule, customer: Customer, order: Order):
    """Level ≥ n of an item that is still open; no level is never too high."""
    level = customer.dunning_level
    if not level or level < rule.threshold:
        return None
    return {"level": level, "overdue": customer.exposure.overdue}


def _broken_promises(rule: Rule, customer: Customer, order: Order):
    """≥ n within the past year; who broke none is not hit by any n."""
    count = customer.broken_promises
    return {"count": count} if count and count >= rule.threshold else None


def _days_late(rule: Rule, customer: Customer, order: Order):
    """Weighted days late ≥ n; who pays in time on the whole is not hit by any n."""
    days = customer.days_late
    if days is None or days <= 0 or days < rule.threshold:
        return None
    return {"days": round(days, 1)}


def deposit_missing(customer: Customer, order: Order) -> float:
    """What is lacking of the agreed deposit, in the order's currency.

    >>> from datetime import date
    >>> from .exposure import Exposure
    >>> from .limits import LimitFacts
    >>> buyer = Customer(LimitFacts(), Exposure(), date(2026, 6, 1), deposit_pct=30.0)
    >>> deposit_missing(buyer, Order(1000.0, received=100.0))
    200.0
    """
    share = order.amount * customer.deposit_pct / 100.0
    # half a cent is a cent, whatever binary fractions make of it
    nudge = 10 ** -(order.digits + 5)
    wanted = round(round(share, order.digits + 4) + nudge, order.digits)
    return max(0.0, round(wanted - order.received, order.digits))


def _deposit(rule: Rule, customer: Customer, order: Order):
    missing = deposit_missing(customer, order)
    if missing <= 0:
        return None
    return {
        "deposit_pct": customer.deposit_pct,
        "wanted": round((order.received + missing) * order.rate, customer.digits),
        "received": round(order.received * order.rate, customer.digits),
        "missing": round(missing * order.rate, customer.digits),
    }


def _state(rule: Rule, customer: Customer, order: Order):
    """The state, and what made it where that was a level of dunning."""
    if customer.state not in rule.choices:
        return None
    if customer.state_before in (None, customer.state):
        return {"state": customer.state}
    return {
        "state": customer.state,
        "level": customer.dunning_level,
        "overdue": customer.exposure.overdue,
    }


def _grade(rule: Rule, customer: Customer, order: Order):
    hit = customer.grade_id in rule.choices
    return {"grade_id": customer.grade_id} if hit else None


def _insurance(rule: Rule, customer: Customer, order: Order):
    return None if customer.insured else {}


def _first_orders(rule: Rule, customer: Customer, order: Order):
    if customer.confirmed_orders >= rule.threshold:
        return None
    return {"number": customer.confirmed_orders + 1}


#: type -> test: the measured values when the rule is hit, else None.
TESTS = {
    "limit_used": _limit_used,
    "order_amount": _order_amount,
    "overdue_days": _overdue_days,
    "overdue_amount": _overdue_amount,
    "overdue_share": _overdue_share,
    "terms": _terms,
    "discount": _discount,
    "limit_expired": _limit_expired,
    "review_overdue": _review_overdue,
    "dunning_level": _dunning_level,
    "broken_promises": _broken_promises,
    "days_late": _days_late,
    "deposit": _deposit,
    "state": _state,
    "grade": _grade,
    "insurance": _insurance,
    "first_orders": _first_orders,
}


def measure(kind: str, customer: Customer, order: Order) -> float:
    """The figure of a MEASURED type that an exclusion is bounded by."""
    exposure = customer.exposure
    values = {
        "limit_used": lambda: used_pct(customer, order_demand(customer, order)) or 0.0,
        "order_amount": lambda: order_demand(customer, order),
        "overdue_days": lambda: exposure.overdue_days,
        "overdue_amount": lambda: exposure.overdue,
        "overdue_share": lambda: exposure.overdue_share_pct,
        "terms": lambda: order.terms_days - (customer.granted_days or 0),
        "discount": lambda: order.discount_pct - (customer.granted_discount_pct or 0.0),
        "review_overdue": lambda: review_days_late(customer),
        "dunning_level": lambda: customer.dunning_level,
        "broken_promises": lambda: customer.broken_promises,
        "days_late": lambda: customer.days_late or 0.0,
    }
    return values[kind]()
