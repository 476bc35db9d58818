"""The gate's decision, written a second time: from the words of DOMAIN 2, in exact
fractions, one sentence after the other. Slow and plain on purpose: it shares nothing
with ``tools.rules`` but the facts that both are told."""

from fractions import Fraction
from math import floor

DEDUCTED = ("credits", "in_transit")


def exact(number) -> Fraction:
    """The decimal number that somebody typed, not the binary one beside it."""
    return Fraction(str(number))


class Naive:
    """``Naive(customer, order, rules).decide()``: ``(outcome, {(code, severity)})``."""

    def __init__(self, customer, order, rules):
        self.customer, self.order, self.rules = customer, order, rules
        demand = max(Fraction(0), exact(order.amount) - exact(order.settled))
        self.demand = demand * exact(order.rate)

    # -- the customer ---------------------------------------------------------
    def exposure(self):
        """The parts that count; what was paid or will be given back is deducted."""
        exposure, total = self.customer.exposure, Fraction(0)
        for part in exposure.included:
            amount = exact(getattr(exposure, part))
            total += -amount if part in DEDUCTED else amount
        return total + exact(self.customer.reserved)

    def own_limit(self):
        """No credit is what is granted for a time; an expired limit counts nothing."""
        limit = self.customer.limit
        if limit.mode == "none":
            return exact(limit.temporary)
        granted = exact(limit.temporary) + exact(limit.cover)
        if limit.expired:
            return None if limit.mode == "unset" else granted
        if limit.mode == "amount":
            return granted + exact(limit.permanent)
        return None

    def ceilings(self):
        """``[(limit, used before this order)]`` of customer and group."""
        found = []
        if self.own_limit() is not None:
            found.append((self.own_limit(), self.exposure()))
        if self.customer.limit.group_limit is not None:
            group = self.customer
            found.append((exact(group.limit.group_limit), exact(group.group_used)))
        return found

    def uses(self):
        """In percent of each ceiling, with this order; of nothing: endless."""
        for limit, used in self.ceilings():
            after = used + self.demand
            if limit > 0:
                yield 100 * after / limit
            else:
                yield Fraction(10**12) if after > 0 else Fraction(0)

    def use(self):
        """Of the tightest ceiling; who has none uses 0 % of it."""
        return max(self.uses(), default=Fraction(0))

    def share(self):
        """Overdue in percent of the receivables, rounded down to whole percent."""
        exposure = self.customer.exposure
        overdue = exact(exposure.overdue)
        receivables = overdue + exact(exposure.not_due)
        return floor(100 * overdue / receivables) if receivables > 0 else 0

    def review_late(self):
        due = self.customer.next_review
        return max(0, (self.customer.today - due).days) if due else 0

    # -- one sentence per type ------------------------------------------------
    def hits(self, rule):
        return getattr(self, f"hits_{rule.type}")(rule, exact(rule.threshold))

    def hits_limit_used(self, rule, x):
        """Limit used ≥ x %, of any ceiling."""
        return any(use > x if rule.strict else use >= x for use in self.uses())

    def hits_order_amount(self, _rule, x):
        return self.demand > x

    def hits_overdue_days(self, _rule, x):
        """The oldest item."""
        exposure = self.customer.exposure
        return exposure.overdue > 0 and exposure.overdue_days >= x

    def hits_overdue_amount(self, rule, x):
        """Overdue amount ≥ x and limit used ≥ y %."""
        overdue = exact(self.customer.exposure.overdue)
        return overdue > 0 and overdue >= x and self.use() >= exact(rule.second_pct)

    def hits_overdue_share(self, _rule, x):
        return self.customer.exposure.overdue > 0 and self.share() >= x

    def hits_terms(self, _rule, x):
        """Longer than granted; where nothing was granted there is nothing to test."""
        granted = self.customer.granted_days
        return granted is not None and self.order.terms_days - granted > x

    def hits_discount(self, _rule, x):
        granted = self.customer.granted_discount_pct
        if granted is None:
            return False
        return exact(self.order.discount_pct) - exact(granted) > x

    def hits_limit_expired(self, rule, _x):
        """No date means never, unless the rule asks for one."""
        limit = self.customer.limit
        open_end = limit.mode == "amount" and limit.date_to is None
        return limit.expired or (rule.missing_hits and open_end)

    def hits_review_overdue(self, _rule, x):
        return self.review_late() > 0 and self.review_late() >= x

    def hits_dunning_level(self, _rule, x):
        """Dunning level ≥ n; a level there must be."""
        return self.customer.dunning_level > 0 and self.customer.dunning_level >= x

    def hits_broken_promises(self, _rule, x):
        """Broken promises ≥ n; one there must be."""
        return 0 < self.customer.broken_promises >= x

    def hits_days_late(self, _rule, x):
        """Weighted days late ≥ n; who pays in time is late by no days."""
        late = exact(self.customer.days_late or 0)
        return 0 < late >= x

    def hits_deposit(self, _rule, _x):
        """x % of the order, to the cent, must have been received."""
        order = self.order
        share = exact(order.amount) * exact(self.customer.deposit_pct)
        cents = floor(share + Fraction(1, 2))
        return cents > 100 * exact(order.received)

    def hits_state(self, rule, _x):
        return self.customer.state in rule.choices

    def hits_grade(self, rule, _x):
        return self.customer.grade_id in rule.choices

    def hits_insurance(self, _rule, _x):
        return not self.customer.insured

    def hits_first_orders(self, _rule, x):
        return self.customer.confirmed_orders < x

    def applies(self, exclusion):
        """An exclusion holds while the figure of its type stays below its bound."""
        bound, customer, order = exact(exclusion.threshold), self.customer, self.order
        if exclusion.type in ("state", "grade"):
            return not exclusion.choices or self.hits(exclusion)
        figures = {
            "limit_used": self.use(),
            "order_amount": self.demand,
            "overdue_days": customer.exposure.overdue_days,
            "overdue_amount": exact(customer.exposure.overdue),
            "overdue_share": self.share(),
            "terms": order.terms_days - (customer.granted_days or 0),
            "discount": exact(order.discount_pct)
            - exact(customer.granted_discount_pct or 0),
            "review_overdue": self.review_late(),
            "dunning_level": customer.dunning_level,
            "broken_promises": customer.broken_promises,
            "days_late": exact(customer.days_late or 0),
        }
        if exclusion.type not in figures or not bound:
            return True
        return figures[exclusion.type] < bound

    # -- all rules ------------------------------------------------------------
    def reasons(self):
        exclusions = [r for r in self.rules if r.exclusion and self.applies(r)]
        if any(rule.release for rule in exclusions):
            return set()  # frees the order whatever else says
        found = set()
        for rule in self.rules:
            if rule.exclusion or not self.hits(rule):
                continue
            same = [r for r in self.rules if r.type == rule.type]
            if any(r.scope > rule.scope and not r.exclusion for r in same):
                continue  # most specific scope wins inside one type
            if any(r.scope > rule.scope and r in exclusions for r in same):
                continue
            found.add((rule.type, rule.action))
        holds = {code for code, severity in found if severity == "hold"}
        return {(c, s) for c, s in found if s == "hold" or c not in holds}

    def is_released(self):
        """Holds again when amount, terms or discount grow beyond it."""
        release, order = self.order.release, self.order
        if release is None:
            return False
        if release.valid_until and release.valid_until < self.customer.today:
            return False
        return (
            exact(order.amount) <= exact(release.cap)
            and order.terms_days <= release.terms_days
            and exact(order.discount_pct) <= exact(release.discount_pct)
        )

    def decide(self):
        if self.order.forced:  # only a person frees it
            return "hold", {("forced", "hold")}
        if not self.demand:  # what is fully prepaid needs no credit
            return "free", set()
        if self.is_released():
            return "released", set()
        reasons = self.reasons()
        if any(severity == "hold" for _code, severity in reasons):
            return "hold", reasons
        return ("warn" if reasons else "pass"), reasons
