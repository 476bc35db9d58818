"""Properties of the limit proposal and of the signatures, whatever the figures."""

import random
import unittest
from datetime import date, timedelta

from tools.approval import ANYBODY, Line, Request, ceiling, largest, steps
from tools.proposal import Inputs, Policy, Proposal, propose, round_down
from tools.rhythm import add_months, months_between_reviews, spread


def dice_inputs(dice):
    def maybe(low, high):
        return round(dice.uniform(low, high), 2) if dice.random() < 0.6 else None

    return Inputs(
        net_worth=maybe(-50_000, 900_000),
        turnover=maybe(0, 5_000_000),
        monthly_sales=maybe(-100, 90_000),
        terms_days=dice.choice([0, 14, 30, 60]),
        grade_factor=dice.choice([0.0, 0.5, 1.0, 1.5]),
        agency=maybe(0, 400_000),
        insurer=maybe(0, 400_000),
        current=maybe(0, 300_000),
    )


class TestProposal(unittest.TestCase):
    def each(self):
        for seed in range(500):
            dice = random.Random(seed)
            policy = Policy(
                dice.choice([0, 10, 35]),
                dice.choice([0, 5]),
                dice.choice([0, 100_000]),
                dice.choice([0, 25, 50]),
                dice.choice([0, 100, 1_000]),
            )
            inputs = dice_inputs(dice)
            yield policy, inputs, propose(policy, inputs)

    def test_never_above_any_measure_that_applies(self):
        for _policy, _inputs, proposal in self.each():
            for term in proposal.terms:
                if term.applies and proposal.amount is not None:
                    self.assertLessEqual(proposal.amount, term.amount + 0.005)

    def test_never_beyond_the_largest_increase_and_never_negative(self):
        for policy, inputs, proposal in self.each():
            if proposal.amount is None:
                continue
            self.assertGreaterEqual(proposal.amount, 0)
            if policy.max_increase_pct and inputs.current:
                most = inputs.current * (1 + policy.max_increase_pct / 100)
                self.assertLessEqual(proposal.amount, most + 0.01)

    def test_every_term_says_its_result_or_why_not(self):
        codes = set()
        for _policy, _inputs, proposal in self.each():
            codes.add(tuple(term.code for term in proposal.terms))
            for term in proposal.terms:
                self.assertNotEqual(bool(term.why), term.applies, term)
                self.assertEqual(bool(term.formula), term.applies, term)
            self.assertEqual(Proposal.from_json(proposal.to_json()), proposal)
            self.assertEqual(len(proposal.words()), len(proposal.terms))
        self.assertEqual(len(codes), 1)

    def test_a_cap_alone_proposes_nothing(self):
        self.assertIsNone(propose(Policy(cap=5_000), Inputs()).amount)

    def test_rounding_is_a_multiple_and_goes_down(self):
        for seed in range(200):
            dice = random.Random(seed)
            amount = round(dice.uniform(0, 99_999), 2)
            step = dice.choice([0.05, 1, 50, 100, 2_500])
            rounded = round_down(amount, step)
            self.assertLessEqual(rounded, amount + 0.005)
            self.assertLess(amount - rounded, step + 0.005)
            self.assertAlmostEqual(rounded / step, round(rounded / step), 6)


class TestApproval(unittest.TestCase):
    def test_somebody_in_the_plan_has_enough_authority(self):
        """Whatever the table: the last one decides alone, or anybody who may."""
        for seed in range(500):
            dice = random.Random(seed)
            lines = [
                Line(
                    number,
                    step=dice.choice([10, 20, 30]),
                    max_amount=dice.choice([0, 50, 250, float("inf")]),
                    max_increase_pct=dice.choice([0, 0, 20]),
                    joint=dice.random() < 0.5,
                    joint_above=dice.choice([0, 50, 100]),
                    joint_increase_pct=dice.choice([0, 0, 30]),
                )
                for number in range(dice.randint(0, 6))
            ]
            request = Request(
                dice.choice([0, 40, 60, 200, float("inf")]),
                dice.choice([None, 5, 25, 90]),
                dice.choice([0, 0, 120]),
            )
            plan = steps(lines, request)
            self.assertTrue(plan)
            keys = [step.key for step in plan]
            self.assertEqual(len(keys), len(set(keys)))
            self.assertNotIn(ANYBODY, keys[:-1])
            if keys[-1] != ANYBODY:
                by_id = {line.id: line for line in lines}
                self.assertTrue(
                    any(
                        ceiling(by_id[id_], request) >= request.weight
                        for id_ in plan[-1].line_ids
                    )
                )

    def test_who_may_approve_the_largest_may_approve_all(self):
        for seed in range(300):
            dice = random.Random(seed)
            requests = [
                Request(dice.randint(1, 9) * 10, dice.choice([None, 5, 50, 90]))
                for _ in range(12)
            ]
            found = largest(requests)
            line = Line(1, max_amount=dice.randint(1, 9) * 10, max_increase_pct=50)
            if all(ceiling(line, one) >= one.weight for one in found):
                self.assertTrue(
                    all(ceiling(line, one) >= one.weight for one in requests)
                )


class TestRhythm(unittest.TestCase):
    def test_spread_is_never_late_nor_in_the_past(self):
        today = date(2026, 6, 15)
        for number in range(200):
            for lead in (0, 7, 30):
                due = today + timedelta(days=number % 40)
                day = spread(due, today, number, lead)
                self.assertTrue(today <= day <= due)
                if day < due and day > today:
                    self.assertLess(day.weekday(), 5)

    def test_months(self):
        self.assertEqual(add_months(date(2026, 1, 31), 1), date(2026, 2, 28))
        self.assertEqual(add_months(date(2024, 1, 31), 1), date(2024, 2, 29))
        self.assertEqual(months_between_reviews(6, 10, 10, 0), 6)
        self.assertEqual(months_between_reviews(2, 10, 10, 3), 2)
