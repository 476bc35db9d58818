"""The rules of the gate against a naive evaluator, on whatever hypothesis thinks of."""

import unittest
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from tools.exposure import PARTS, Exposure
from tools.facts import Customer, Order, Release, Rule
from tools.limits import LimitFacts
from tools.rule_types import TESTS
from tools.rules import decide, evaluate
from tools.tests.naive_rules import Naive, exact

TODAY = date(2026, 6, 15)
#: Few and small, so that figures often meet a threshold to the cent.
MONEY = st.one_of(
    st.just(0), st.sampled_from((1, 29, 57, 58, 100, 115)), st.integers(0, 30000)
).map(lambda cents: cents / 100)
PERCENT = st.sampled_from((0.5, 1.0, 29.0, 50.0, 57.0, 58.0, 99.5, 100.0, 115.0))
DAYS = st.integers(0, 6)
DATES = st.one_of(
    st.none(), st.integers(-6, 6).map(lambda days: TODAY + timedelta(days))
)
GRADES = st.sampled_from((None, 1, 2, 3))
STATES = st.sampled_from(("prospect", "open", "watch", "stop", "closed"))
DISCOUNTS = st.sampled_from((0.0, 0.1, 0.2, 0.3, 2.0, 2.1, 3.0))
THRESHOLDS = {
    "limit_used": PERCENT,
    "order_amount": MONEY,
    "overdue_amount": MONEY,
    "overdue_share": st.integers(0, 100),
    "discount": DISCOUNTS,
}


def customers():
    """Any customer: limits of every kind, debts, group, history."""
    limits = st.builds(
        LimitFacts,
        mode=st.sampled_from(("amount", "amount", "none", "unlimited", "unset")),
        permanent=MONEY,
        temporary=MONEY,
        cover=MONEY,
        date_to=DATES,
        expired=st.booleans(),
        group_limit=st.one_of(st.none(), MONEY),
    )
    exposures = st.builds(
        Exposure,
        **{part: MONEY for part in PARTS},
        overdue_days=DAYS,
        included=st.frozensets(st.sampled_from(PARTS)),
    )
    return st.builds(
        Customer,
        limit=limits,
        exposure=exposures,
        today=st.just(TODAY),
        reserved=MONEY,
        group_used=MONEY,
        state=STATES,
        grade_id=GRADES,
        granted_days=st.one_of(st.none(), DAYS),
        granted_discount_pct=st.one_of(st.none(), DISCOUNTS),
        next_review=DATES,
        confirmed_orders=DAYS,
        dunning_level=DAYS,
        broken_promises=DAYS,
        days_late=st.one_of(st.none(), st.just(-3.5), DAYS),
        deposit_pct=st.sampled_from((0.0, 0.0, 29.0, 33.3, 50.0, 100.0)),
        insured=st.booleans(),
    )


def orders():
    """Any order, with or without a decision that covers it."""
    releases = st.builds(
        Release,
        cap=MONEY,
        valid_until=DATES,
        terms_days=DAYS,
        discount_pct=DISCOUNTS,
    )
    return st.builds(
        Order,
        amount=MONEY,
        settled=st.one_of(st.just(0.0), MONEY),
        received=st.one_of(st.just(0.0), MONEY),
        # whole: what half a cent becomes is not the question here
        rate=st.sampled_from((1.0, 1.0, 2.0, 7.0)),
        terms_days=DAYS,
        discount_pct=DISCOUNTS,
        forced=st.sampled_from((False,) * 9 + (True,)),
        release=st.one_of(st.none(), releases),
    )


@st.composite
def rules(draw):
    """Up to eight rules and exclusions, of few types so that they meet."""
    kinds = draw(st.lists(st.sampled_from(sorted(TESTS)), min_size=1, max_size=3))
    found = []
    for number in range(draw(st.integers(0, 8))):
        kind = draw(st.sampled_from(kinds))
        choices = {"state": STATES, "grade": GRADES}.get(kind)
        exclusion = draw(st.booleans())
        found.append(
            Rule(
                number,
                kind,
                draw(THRESHOLDS.get(kind, DAYS)),
                second_pct=draw(st.one_of(st.just(0.0), PERCENT)),
                scope=draw(st.integers(0, 2)),
                action=draw(st.sampled_from(("hold", "warn"))),
                strict=draw(st.booleans()),
                choices=draw(st.frozensets(choices))
                if choices is not None
                else frozenset(),
                missing_hits=draw(st.booleans()),
                exclusion=exclusion,
                release=exclusion and draw(st.integers(0, 9)) == 0,
            )
        )
    return tuple(found)


@st.composite
def cases_at_a_percentage(draw):
    """``(customer, order, x)``: the order takes x % of the limit, or a cent beside."""
    pct = draw(st.integers(1, 240)) / 2
    limit = 200 * draw(st.integers(1, 20))
    after = round(limit * pct / 100) + draw(st.sampled_from((-1, 0, 0, 1)))
    demand = draw(st.integers(1, max(1, after)))
    facts = LimitFacts(mode="amount", source="customer", permanent=limit / 100)
    overdue = max(0, after - demand) / 100
    customer = Customer(limit=facts, exposure=Exposure(overdue=overdue), today=TODAY)
    return customer, Order(demand / 100), pct


class TestRulesProperty(unittest.TestCase):
    @settings(max_examples=600, deadline=None, derandomize=True, database=None)
    @given(customer=customers(), order=orders(), rules=rules())
    def test_rules_decide_as_the_domain_says(self, customer, order, rules):
        """Outcome and reasons of any case are those of the naive evaluator."""
        outcome, reasons = decide(customer, order, rules)
        measured = {(reason.code, reason.severity) for reason in reasons}
        self.assertEqual((outcome, measured), Naive(customer, order, rules).decide())

    @settings(max_examples=300, deadline=None, derandomize=True, database=None)
    @given(case=cases_at_a_percentage())
    def test_last_cent_decides_at_every_percentage(self, case):
        """A use of exactly x % is x %, whatever the division leaves of it."""
        facts, order, pct = case
        late = Rule(1, "overdue_amount", 0.01, second_pct=pct)
        used = Rule(2, "limit_used", pct)
        strict = Rule(3, "limit_used", pct, strict=True)
        below = Rule(4, "limit_used", pct, exclusion=True, scope=2)
        always = Rule(5, "limit_used", 0.01)
        for rules in ((late,), (used,), (strict,), (always, below)):
            expected = Naive(facts, order, rules).decide()[0]
            self.assertEqual(decide(facts, order, rules)[0], expected, rules)

    @settings(max_examples=150, deadline=None, derandomize=True, database=None)
    @given(customer=customers(), order=orders())
    def test_figures_are_those_of_the_tightest_ceiling(self, customer, order):
        """Available is the smallest room; an order beyond it has an excess."""
        naive = Naive(customer, order, ())
        shown = evaluate(customer, order, (), with_ways=False).figures
        self.assertEqual(exact(shown.used), naive.exposure())
        self.assertEqual(exact(shown.order), naive.demand)
        rooms = [limit - used for limit, used in naive.ceilings()]
        if not rooms:
            self.assertIsNone(shown.available)
            self.assertEqual(shown.excess, 0.0)
            return
        self.assertEqual(exact(shown.available), min(rooms))
        after = min(rooms) - naive.demand
        self.assertEqual(exact(shown.after), after)
        self.assertEqual(exact(shown.excess), max(0, -after))
