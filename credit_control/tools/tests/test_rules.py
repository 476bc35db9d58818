"""The rules of the gate, without Odoo."""

import random
import unittest
from dataclasses import replace
from datetime import date, timedelta

from tools.dunning import EFFECTS, effect
from tools.exposure import Exposure, OpenItem
from tools.facts import (
    SCOPE_ALL,
    SCOPE_CUSTOMER,
    SCOPE_SEGMENT,
    Customer,
    Order,
    Release,
    Rule,
)
from tools.limits import LimitFacts
from tools.rule_types import _finite, percent
from tools.rules import decide, evaluate, passes
from tools.ways import pay, prepay, settle

TODAY = date(2026, 6, 15)


def limit(amount, **values):
    return LimitFacts(mode="amount", source="customer", permanent=amount, **values)


def customer(own=1000.0, used=0.0, items=(), **values):
    """A customer whose exposure is ``used`` not yet due, plus the open items."""
    overdue = [item for item in items if item.overdue]
    exposure = Exposure(
        not_due=used + sum(i.residual for i in items if not i.overdue),
        overdue=sum(item.residual for item in overdue),
        overdue_days=max((item.days for item in overdue), default=0),
        overdue_count=len(overdue),
    )
    return Customer(
        limit=own if isinstance(own, LimitFacts) else limit(own),
        exposure=exposure,
        today=TODAY,
        items=tuple(sorted(items, key=lambda item: item.due)),
        **values,
    )


def item(number, residual, days):
    """An open item ``days`` past due (negative: due in the future)."""
    due = TODAY - timedelta(days=days)
    return OpenItem(number, f"INV/{number}", due, residual, days > 0, max(0, days))


OVER = Rule(id=1, type="limit_used", threshold=100.0, strict=True)
WATCH = Rule(id=2, type="limit_used", threshold=90.0, action="warn")


class TestRuleTypes(unittest.TestCase):
    def outcome(self, facts, order, *rules):
        return decide(facts, order, rules)[0]

    def test_limit_may_be_used_to_the_last_cent(self):
        """Over the limit is one cent more than the limit."""
        facts = customer(own=1000.0, used=800.0)
        self.assertEqual(self.outcome(facts, Order(200.0), OVER), "pass")
        self.assertEqual(self.outcome(facts, Order(200.01), OVER), "hold")

    def test_reaching_rule_is_hit_at_the_threshold(self):
        """A rule that is not strict is hit at x %, as DOMAIN 2 writes it."""
        facts = customer(own=1000.0, used=800.0)
        self.assertEqual(self.outcome(facts, Order(99.99), WATCH), "pass")
        self.assertEqual(self.outcome(facts, Order(100.0), WATCH), "warn")

    def test_no_credit_holds_every_order(self):
        """A limit of nothing is no credit, not no limit."""
        none = LimitFacts(mode="none", source="customer")
        self.assertEqual(self.outcome(customer(own=none), Order(0.01), OVER), "hold")
        self.assertEqual(self.outcome(customer(own=none), Order(0.0), OVER), "free")

    def test_unlimited_passes_any_amount(self):
        free = LimitFacts(mode="unlimited", source="customer")
        self.assertEqual(self.outcome(customer(own=free), Order(1e9), OVER), "pass")

    def test_table_of_types(self):
        """Each type at its threshold and one step before it."""
        late = customer(items=[item(1, 300.0, 40), item(2, 700.0, -10)])
        rich = replace(late, limit=limit(10000.0))
        cases = [
            ("order_amount", 500.0, rich, Order(500.0), Order(500.01)),
        ]
        for kind, threshold, facts, good, bad in cases:
            with self.subTest(kind):
                rule = Rule(1, kind, threshold)
                self.assertEqual(self.outcome(facts, good, rule), "pass")
                self.assertEqual(self.outcome(facts, bad, rule), "hold")
        thresholds = [
            ("overdue_days", 41, 40),
            ("overdue_amount", 300.01, 300.0),
            ("overdue_share", 31, 30),
        ]
        for kind, good, bad in thresholds:
            with self.subTest(kind):
                self.assertEqual(
                    self.outcome(rich, Order(1.0), Rule(1, kind, good)), "pass"
                )
                self.assertEqual(
                    self.outcome(rich, Order(1.0), Rule(1, kind, bad)), "hold"
                )

    def test_overdue_amount_also_needs_the_limit_used(self):
        facts = replace(customer(items=[item(1, 300.0, 40)]), limit=limit(1000.0))
        rule = Rule(1, "overdue_amount", 300.0, second_pct=50.0)
        self.assertEqual(self.outcome(facts, Order(199.99), rule), "pass")
        self.assertEqual(self.outcome(facts, Order(200.0), rule), "hold")

    def test_terms_and_discount_beyond_the_granted(self):
        facts = replace(customer(), granted_days=30, granted_discount_pct=2.0)
        terms, discount = Rule(1, "terms"), Rule(2, "discount")
        self.assertEqual(self.outcome(facts, Order(1.0, terms_days=30), terms), "pass")
        self.assertEqual(self.outcome(facts, Order(1.0, terms_days=31), terms), "hold")
        ok, more = Order(1.0, discount_pct=2.0), Order(1.0, discount_pct=2.5)
        self.assertEqual(self.outcome(facts, ok, discount), "pass")
        self.assertEqual(self.outcome(facts, more, discount), "hold")
        nothing = replace(facts, granted_days=None, granted_discount_pct=None)
        self.assertEqual(
            self.outcome(nothing, Order(1.0, terms_days=99), terms, discount), "pass"
        )

    def test_expired_limit_and_the_option_for_no_date(self):
        rule = Rule(1, "limit_expired")
        strict = replace(rule, missing_hits=True)
        expired = customer(limit(0.0, expired=True, date_to=TODAY - timedelta(1)))
        self.assertEqual(self.outcome(expired, Order(1.0), rule), "hold")
        self.assertEqual(self.outcome(customer(), Order(1.0), rule), "pass")
        self.assertEqual(self.outcome(customer(), Order(1.0), strict), "hold")

    def test_review_overdue_counts_from_the_day_after(self):
        rule = Rule(1, "review_overdue", 30)
        for late, outcome in ((29, "pass"), (30, "hold")):
            due = replace(customer(), next_review=TODAY - timedelta(late))
            self.assertEqual(self.outcome(due, Order(1.0), rule), outcome)
        today = replace(customer(), next_review=TODAY)
        self.assertEqual(
            self.outcome(today, Order(1.0), replace(rule, threshold=0)), "pass"
        )

    def test_dunning_level_and_broken_promises_from_the_number_on(self):
        """Level and promises count from n on; 0 asks for one at least."""
        for kind, field in (
            ("dunning_level", "dunning_level"),
            ("broken_promises", "broken_promises"),
            ("days_late", "days_late"),
        ):
            rule = Rule(1, kind, 2)
            for number, threshold, outcome in (
                (0, 2, "pass"),
                (1, 2, "pass"),
                (2, 2, "hold"),
                (3, 2, "hold"),
                (0, 0, "pass"),
                (1, 0, "hold"),
            ):
                facts = replace(customer(), **{field: number})
                rule = replace(rule, threshold=threshold)
                with self.subTest(kind, number=number, threshold=threshold):
                    self.assertEqual(self.outcome(facts, Order(1.0), rule), outcome)
            facts = replace(customer(), **{field: 3})
            for bound, outcome in ((3, "hold"), (4, "pass")):
                below = Rule(2, kind, bound, exclusion=True, scope=SCOPE_CUSTOMER)
                self.assertEqual(self.outcome(facts, Order(1.0), rule, below), outcome)

    def test_over_never_reads_as_full(self):
        """A cent over the limit is no 100.0 %, and a full limit is not over."""
        for used, shown in [
            (999.99, 100.0),
            (1000.0, 100.0),
            (1000.01, 100.1),
            (1000.99, 100.1),
            (1333.33, 133.3),
        ]:
            with self.subTest(used=used):
                verdict = evaluate(customer(used=used), Order(amount=0.0), [])
                self.assertEqual(verdict.figures.after_pct, shown)
        for full in (0.07, 0.29, 4.35, 1.1, 1e9):
            with self.subTest(limit=full):
                self.assertEqual(_finite(percent(full, full)), 100.0)
                self.assertGreater(_finite(percent(full + 0.01, full)), 100.0)

    def test_state_grade_insurance_and_first_orders(self):
        base = replace(customer(), grade_id=5, confirmed_orders=1, insured=True)
        cases = [
            (Rule(1, "state", choices=frozenset({"stop"})), {"state": "stop"}),
            (Rule(1, "grade", choices=frozenset({4})), {"grade_id": 4}),
            (Rule(1, "insurance"), {"insured": False}),
            (Rule(1, "first_orders", 1), {"confirmed_orders": 0}),
        ]
        for rule, change in cases:
            with self.subTest(rule.type):
                self.assertEqual(self.outcome(base, Order(1.0), rule), "pass")
                bad = replace(base, **change)
                self.assertEqual(self.outcome(bad, Order(1.0), rule), "hold")


class TestSelection(unittest.TestCase):
    def outcome(self, facts, order, *rules):
        return decide(facts, order, rules)[0]

    def test_most_specific_scope_wins_inside_one_type(self):
        facts = customer(own=1e6, items=[item(1, 300.0, 40)])
        everyone = Rule(1, "overdue_days", 30, scope=SCOPE_ALL)
        segment = Rule(2, "overdue_days", 45, scope=SCOPE_SEGMENT)
        own = Rule(3, "overdue_days", 35, scope=SCOPE_CUSTOMER)
        order = Order(1.0)
        self.assertEqual(self.outcome(facts, order, everyone), "hold")
        self.assertEqual(self.outcome(facts, order, everyone, segment), "pass")
        self.assertEqual(self.outcome(facts, order, everyone, segment, own), "hold")

    def test_exclusion_needs_its_own_type_and_a_more_specific_scope(self):
        facts = customer(own=1e6, items=[item(1, 300.0, 40)])
        block = Rule(1, "overdue_days", 30, scope=SCOPE_SEGMENT)
        for scope, kind, outcome in (
            (SCOPE_CUSTOMER, "overdue_days", "pass"),
            (SCOPE_SEGMENT, "overdue_days", "hold"),
            (SCOPE_CUSTOMER, "overdue_amount", "hold"),
        ):
            exclusion = Rule(2, kind, exclusion=True, scope=scope)
            with self.subTest(scope=scope, kind=kind):
                self.assertEqual(
                    self.outcome(facts, Order(1.0), block, exclusion), outcome
                )

    def test_exclusion_ends_at_its_threshold(self):
        facts = customer(own=1e6, items=[item(1, 300.0, 40)])
        block = Rule(1, "overdue_days", 30)
        for bound, outcome in ((41, "pass"), (40, "hold")):
            exclusion = Rule(
                2, "overdue_days", bound, exclusion=True, scope=SCOPE_CUSTOMER
            )
            self.assertEqual(self.outcome(facts, Order(1.0), block, exclusion), outcome)

    def test_release_exclusion_frees_whatever_else_says(self):
        facts = customer(own=10.0, used=100.0, state="stop")
        stop = Rule(3, "state", choices=frozenset({"stop"}))
        small = Rule(4, "order_amount", 50.0, exclusion=True, release=True)
        self.assertEqual(self.outcome(facts, Order(49.99), OVER, stop, small), "pass")
        self.assertEqual(self.outcome(facts, Order(50.0), OVER, stop, small), "hold")

    def test_forced_hold_stands_above_prepayment_and_release(self):
        order = Order(100.0, settled=100.0, forced=True, release=Release(cap=100.0))
        self.assertEqual(self.outcome(customer(), order), "hold")

    def test_release_covers_shrinking_not_growing(self):
        facts = customer(own=0.0)
        release = Release(100.0, TODAY, terms_days=30, discount_pct=2.0)
        base = Order(100.0, terms_days=30, discount_pct=2.0, release=release)
        for change, outcome in (
            ({}, "released"),
            ({"amount": 99.0, "terms_days": 10, "discount_pct": 0.0}, "released"),
            ({"amount": 100.01}, "hold"),
            ({"terms_days": 31}, "hold"),
            ({"discount_pct": 2.1}, "hold"),
            ({"release": replace(release, valid_until=TODAY - timedelta(1))}, "hold"),
        ):
            with self.subTest(change):
                self.assertEqual(
                    self.outcome(facts, replace(base, **change), OVER), outcome
                )

    def test_group_room_is_the_tighter_one(self):
        """10k own, 15k group of which others use 12k: 3k are left."""
        facts = customer(own=limit(10000.0, group_limit=15000.0, group_id=1))
        facts = replace(facts, group_used=12000.0)
        self.assertEqual(self.outcome(facts, Order(3000.0), OVER), "pass")
        verdict = evaluate(facts, Order(3000.01), [OVER])
        self.assertEqual(verdict.outcome, "hold")
        self.assertEqual(verdict.figures.available, 3000.0)
        self.assertEqual(verdict.reasons[0].values["ceiling"], "group")


class TestDaysLate(unittest.TestCase):
    def test_who_pays_early_or_was_never_measured_is_not_held(self):
        """Signed days: early is negative, and no rule reads it as late."""
        rule = Rule(1, "days_late", 0)
        for days, held in ((None, False), (-20.0, False), (0.0, False), (0.5, True)):
            with self.subTest(days=days):
                facts = replace(customer(), days_late=days)
                self.assertEqual(evaluate(facts, Order(1.0), [rule]).held, held)


class TestDeposit(unittest.TestCase):
    RULE = Rule(1, "deposit")

    def test_deposit_is_measured_on_what_was_received(self):
        """Billed is not received; the last cent decides."""
        facts = customer(own=1e6, deposit_pct=30.0)
        for received, held in ((0.0, True), (299.99, True), (300.0, False)):
            with self.subTest(received=received):
                order = Order(1000.0, settled=500.0, received=received)
                self.assertEqual(evaluate(facts, order, [self.RULE]).held, held)
        free = replace(facts, deposit_pct=0.0)
        self.assertFalse(evaluate(free, Order(1000.0), [self.RULE]).held)

    def test_way_out_is_what_is_lacking(self):
        """33.3 % of 100.00 is 33.30; 10.00 came in: 23.30, or an order of 30.04."""
        facts = customer(own=1e6, deposit_pct=33.3)
        order = Order(100.0, settled=10.0, received=10.0)
        ways = evaluate(facts, order, [self.RULE]).ways
        self.assertEqual((ways.deposit, ways.largest_order), (23.3, 30.04))
        self.assertIsNone(ways.payment)
        prepaid = replace(facts, deposit_pct=100.0)
        self.assertTrue(evaluate(prepaid, order, [self.RULE]).ways.pay_first)


class TestWays(unittest.TestCase):
    """Every way out is exact: applied it passes, one cent less does not."""

    RULES = (
        ("limit_used", (50.0, 100.0, 120.0)),
        ("order_amount", (100.0, 1000.0)),
        ("overdue_days", (1, 30, 60)),
        ("overdue_amount", (50.0, 500.0)),
        ("overdue_share", (10, 50)),
        ("dunning_level", (1, 2, 3)),
        ("state", (0,)),
        ("deposit", (0,)),
    )
    CHOICES = {"state": frozenset({"stop"})}

    def random_case(self, dice):
        items = [
            item(n + 1, round(dice.uniform(0.01, 900), 2), dice.randint(-60, 90))
            for n in range(dice.randint(0, 7))
        ]
        if dice.random() < 0.4:
            items = [self.dunned(dice, one) for one in items]
        grouped = dice.random() < 0.3
        own = limit(
            round(dice.uniform(0, 4000), 2),
            group_limit=round(dice.uniform(0, 6000), 2) if grouped else None,
        )
        facts = customer(own, used=round(dice.uniform(0, 1500), 2), items=items)
        facts = replace(
            facts,
            group_used=facts.exposure.total + round(dice.uniform(0, 900), 2),
            reserved=round(dice.choice((0, dice.uniform(0, 300))), 2),
            deposit_pct=dice.choice((0.0, 0.0, 30.0, 33.3, 100.0)),
            **self.dunning_of(dice, items),
        )
        order = Order(
            amount=round(dice.uniform(0.01, 3000), 2),
            rate=dice.choice((1.0, 1.0, 0.137, 7.31)),
        )
        rules = [
            Rule(
                n,
                kind,
                dice.choice(thresholds),
                second_pct=dice.choice((0.0, 80.0)),
                scope=dice.choice((SCOPE_ALL, SCOPE_SEGMENT)),
                strict=dice.random() < 0.5,
                exclusion=dice.random() < 0.15,
                release=dice.random() < 0.2,
                choices=self.CHOICES.get(kind, frozenset()),
            )
            for n, (kind, thresholds) in enumerate(self.RULES)
            if dice.random() < 0.6
        ]
        return facts, order, rules

    def dunned(self, dice, one):
        """An item with a level, and what its levels ask for."""
        level = dice.randint(0, 3)
        asked = dice.choice(list(EFFECTS)) if level else "none"
        return replace(one, level=level, consequence=asked)

    def dunning_of(self, dice, items):
        """Level and state of a customer with these items, as the file keeps them."""
        before = dice.choice(("open", "watch"))
        at_delivery = dice.random() < 0.5
        state = effect((one.consequence for one in items), before, at_delivery)
        by_dunning = state != before
        return {
            "dunning_level": max((one.level for one in items), default=0),
            "state": state,
            "state_before": before if by_dunning else None,
            "at_delivery": at_delivery,
        }

    def test_paying_what_was_dunned_frees_the_order(self):
        """The whole dunned item, not a cent less; a person's stop stays."""
        late = replace(item(1, 300.0, 40), level=2, consequence="stop_orders")
        facts = customer(items=[late, item(2, 700.0, -10)], own=limit(9000.0))
        facts = replace(facts, dunning_level=2, state="stop", state_before="open")
        rule = Rule(1, "state", choices=frozenset({"stop"}))
        ways = evaluate(facts, Order(100.0), [rule]).ways
        self.assertEqual((ways.payment, ways.invoice_ids), (300.0, (1,)))
        level = evaluate(facts, Order(100.0), [Rule(2, "dunning_level", 2)]).ways
        self.assertEqual(level, ways)
        by_hand = replace(facts, state_before=None)
        ways = evaluate(by_hand, Order(100.0), [rule]).ways
        self.assertEqual((ways.payment, ways.invoice_ids), (None, ()))

    def test_level_of_an_item_too_small_to_show_stays(self):
        """Where no item shown has the level, paying them all does not leave it."""
        facts = replace(customer(items=[item(1, 300.0, 40)]), dunning_level=2)
        ways = evaluate(facts, Order(1.0), [Rule(1, "dunning_level", 2)]).ways
        self.assertIsNone(ways.payment)

    def test_ways_are_exact_in_thousands_of_cases(self):
        dice = random.Random(20260615)
        seen = dict.fromkeys(("payment", "deposit", "largest", "invoices"), 0)
        for number in range(4000):
            facts, order, rules = self.random_case(dice)
            verdict = evaluate(facts, order, rules)
            if not verdict.held:
                continue
            with self.subTest(number):
                self.check_payment(facts, order, rules, verdict.ways, seen)
                self.check_order(facts, order, rules, verdict.ways, seen)
        for way, count in seen.items():
            self.assertGreater(count, 300, way)

    def check_payment(self, facts, order, rules, ways, seen):
        total = sum(i.residual for i in facts.items)
        if ways.payment is None:
            self.assertFalse(passes(pay(facts, total), order, rules))
            self.assertEqual(ways.invoice_ids, ())
            return
        seen["payment"] += 1
        self.assertLessEqual(ways.payment, round(total, 2))
        self.assertTrue(passes(pay(facts, ways.payment), order, rules))
        self.assertFalse(passes(pay(facts, ways.payment - 0.01), order, rules))
        seen["invoices"] += 1
        residuals = {i.id: i.residual for i in facts.items}
        chosen = {n: residuals[n] for n in ways.invoice_ids}
        self.assertTrue(passes(settle(facts, chosen), order, rules))
        for spare in chosen:
            rest = {n: chosen[n] for n in chosen if n != spare}
            self.assertFalse(passes(settle(facts, rest), order, rules))

    def check_order(self, facts, order, rules, ways, seen):
        seen["deposit"] += 1
        self.assertTrue(passes(facts, prepay(order, ways.deposit), rules))
        self.assertFalse(passes(facts, prepay(order, ways.deposit - 0.01), rules))
        self.assertEqual(ways.pay_first, ways.deposit == order.amount)
        if ways.largest_order is None:
            self.assertFalse(passes(facts, replace(order, amount=0.01), rules))
            return
        seen["largest"] += 1
        fits = replace(order, amount=ways.largest_order)
        self.assertTrue(passes(facts, fits, rules))
        more = replace(order, amount=round(ways.largest_order + 0.01, 2))
        self.assertFalse(passes(facts, more, rules))

    def test_nothing_but_a_person_frees_a_forced_hold(self):
        verdict = evaluate(customer(), Order(10.0, forced=True), [OVER])
        self.assertIsNone(verdict.ways.deposit)
        self.assertIsNone(verdict.ways.payment)

    def test_stopped_customer_must_pay_first(self):
        rule = Rule(1, "state", choices=frozenset({"stop"}))
        ways = evaluate(customer(state="stop"), Order(10.0), [rule]).ways
        self.assertTrue(ways.pay_first)
        self.assertEqual((ways.deposit, ways.payment), (10.0, None))
