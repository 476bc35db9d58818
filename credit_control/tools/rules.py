"""May this order go? The rules of the gate, as a pure function.

``evaluate(customer, order, rules)`` decides one order from facts that somebody else
collected; it reads no record and no clock. The gate, the live panel, the hold
queue's re-check and the delivery checkpoint all call it, so that one question never
gets two answers. Rule types follow SAP's credit check steps and Dynamics 365's
blocking and exclusion rules (DOMAIN 2, "Rule types").

>>> from datetime import date
>>> from .exposure import Exposure
>>> from .limits import LimitFacts
>>> from .facts import Customer, Order, Rule
>>> customer = Customer(
...     limit=LimitFacts(mode="amount", source="customer", permanent=1000.0),
...     exposure=Exposure(not_due=800.0), today=date(2026, 6, 15))
>>> full = Rule(id=1, type="limit_used", threshold=100.0, strict=True)
>>> verdict = evaluate(customer, Order(amount=300.0), [full])
>>> verdict.outcome, verdict.figures.available, verdict.reasons[0].values["excess"]
('hold', 200.0, 100.0)
>>> evaluate(customer, Order(amount=200.0), [full]).outcome
'pass'
"""

from datetime import date

from .facts import (
    HOLD,
    SCOPE_ALL,
    WARN,
    Customer,
    Order,
    Reason,
    Rule,
    Verdict,
    Ways,
)
from .rule_types import MEASURED, TESTS, figures, measure
from .ways import ways_out


def excludes(rule: Rule, customer: Customer, order: Order) -> bool:
    """Does this exclusion apply now?

    An exclusion with a threshold applies while the figure of its type stays below
    it; without a threshold it always applies. State and grade exclusions apply to
    the values they name.
    """
    if rule.type in MEASURED:
        return not rule.threshold or (
            measure(rule.type, customer, order) < rule.threshold
        )
    if rule.type in ("state", "grade") and rule.choices:
        return TESTS[rule.type](rule, customer, order) is not None
    return True


def blocking(rules) -> list[Rule]:
    """The blocking rules that count: of each type the most specific ones.

    >>> from .facts import SCOPE_CUSTOMER
    >>> everyone = Rule(1, "overdue_days", 30)
    >>> this_one = Rule(2, "overdue_days", 60, scope=SCOPE_CUSTOMER)
    >>> [rule.id for rule in blocking([everyone, this_one])]
    [2]
    """
    blocks = [rule for rule in rules if not rule.exclusion]
    top = {}
    for rule in blocks:
        top[rule.type] = max(rule.scope, top.get(rule.type, SCOPE_ALL))
    return [rule for rule in blocks if rule.scope == top[rule.type]]


def apply_rules(customer: Customer, order: Order, rules) -> tuple[Reason, ...]:
    """The reasons that remain after the exclusions, holds first.

    Exclusions run after the blocks, against their own type only and only from a
    more specific scope; one marked ``release`` frees the order altogether.
    """
    exclusions = [
        rule for rule in rules if rule.exclusion and excludes(rule, customer, order)
    ]
    if any(rule.release for rule in exclusions):
        return ()
    reasons = []
    for rule in blocking(rules):
        values = TESTS[rule.type](rule, customer, order)
        if values is None or any(
            other.type == rule.type and other.scope > rule.scope for other in exclusions
        ):
            continue
        values |= {"threshold": rule.threshold, "second_pct": rule.second_pct}
        reasons.append(Reason(rule.type, rule.action, values, rule.id))
    held = {reason.code for reason in reasons if reason.severity == HOLD}
    return tuple(
        sorted(
            # a warning says nothing new beside a hold of the same type
            (r for r in reasons if r.severity == HOLD or r.code not in held),
            key=lambda reason: reason.severity != HOLD,
        )
    )


def covered_by_release(customer: Customer, order: Order) -> bool:
    """Does a decision in force still cover the order as it is now?

    It holds again when amount, terms or discount grow beyond the release, never
    when they shrink.
    """
    release = order.release
    if release is None or (
        release.valid_until is not None and release.valid_until < customer.today
    ):
        return False
    return (
        round(order.amount - release.cap, order.digits) <= 0
        and order.terms_days <= release.terms_days
        and order.discount_pct <= release.discount_pct
    )


def decide(customer: Customer, order: Order, rules) -> tuple[str, tuple[Reason, ...]]:
    """``(outcome, reasons)`` of one order, without figures and ways out.

    A hold set by a person stands above all; what is fully prepaid needs no credit;
    then a release in force; then the rules.
    """
    if order.forced:
        return HOLD, (Reason("forced", HOLD),)
    if order.demand <= 0:
        return "free", ()
    if covered_by_release(customer, order):
        return "released", ()
    reasons = apply_rules(customer, order, rules)
    if any(reason.severity == HOLD for reason in reasons):
        return HOLD, reasons
    return (WARN, reasons) if reasons else ("pass", ())


def passes(customer: Customer, order: Order, rules) -> bool:
    return decide(customer, order, rules)[0] != HOLD


def evaluate(customer: Customer, order: Order, rules, with_ways=True) -> Verdict:
    """The verdict on one order: outcome, reasons, figures and ways out.

    Without ``with_ways`` the open items of the customer need not be known.
    """
    outcome, reasons = decide(customer, order, rules)
    ways = Ways()
    if with_ways and outcome == HOLD and not order.forced:
        ways = ways_out(customer, order, lambda who, what: passes(who, what, rules))
    return Verdict(outcome, reasons, figures(customer, order), ways, customer.limit)


def in_grace(passed_on: date | None, today: date, grace_days: int) -> bool:
    """Is the next checkpoint skipped because an earlier check passed just now?

    Passed on day 1 with 2 days of grace: days 2 and 3 are free, day 4 is checked.

    >>> first = date(2026, 6, 1)
    >>> [in_grace(first, date(2026, 6, day), 2) for day in (1, 2, 3, 4)]
    [True, True, True, False]
    >>> in_grace(first, first, 0)
    False
    """
    if passed_on is None or grace_days <= 0:
        return False
    return 0 <= (today - passed_on).days <= grace_days
