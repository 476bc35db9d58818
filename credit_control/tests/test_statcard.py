"""The statistical card: the past without look-ahead, the draft, its report."""

from datetime import date, timedelta
from importlib.util import find_spec
from math import exp
from random import Random
from unittest import skipUnless
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..models.credit_scorecard_criterion import AUTOMATIC
from ..models.credit_statcard import Plan, Row
from ..tools.behaviour import months_before
from .common import TODAY
from .score_common import ScoreCommon

LIBRARY = find_spec("sklearn") or find_spec("statsmodels")


def fit_by_hand(_service, matrix, targets):
    """Logistic regression by plain gradient ascent, with a little ridge."""
    weights = [0.0] * (len(matrix[0]) + 1)
    for _step in range(400):
        slopes = [0.0] + [-weight / len(matrix) for weight in weights[1:]]
        for row, target in zip(matrix, targets, strict=True):
            row = [1.0, *row]
            chance = 1 / (
                1 + exp(-sum(w * x for w, x in zip(weights, row, strict=True)))
            )
            for place, x in enumerate(row):
                slopes[place] += (1 - target - chance) * x / len(matrix)
        weights = [w + 0.8 * slope for w, slope in zip(weights, slopes, strict=True)]
    return weights[0], weights[1:]


@tagged("post_install", "-at_install")
class TestStatcard(ScoreCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Statcard = cls.env["credit.statcard"]
        cls.plan = Plan(
            cls.company, 10, 3, date(2024, 1, 1), date(2025, 6, 30), date(2026, 1, 1)
        )

    def _rows(self, days, telling=True, seed=1):
        """120 customers per day: the later they paid, the likelier bad."""
        dice, rows = Random(seed), []
        for day in days:
            for number in range(120):
                late = dice.gauss(5, 12)
                chance = 1 / (1 + exp(-(late - 8) / 4)) if telling else 0.3
                values = dict.fromkeys(code for code, _label in AUTOMATIC)
                values["days_late"] = None if number % 20 == 0 else late
                values["tenure_months"] = float(dice.randint(0, 60))
                if not telling:
                    values = dict.fromkeys(values)
                rows.append(Row(number, day, values, int(dice.random() < chance)))
        return rows

    def _build(self, telling=True, fit=fit_by_hand):
        service = type(self.Statcard)

        def rows(_service, _plan, days):
            return self._rows(days, telling, seed=days[0].toordinal())

        with (
            patch.object(service, "_get_rows", rows),
            patch.object(service, "_get_library", lambda *_a: "by hand"),
            patch.object(service, "_fit", fit),
        ):
            return self.Statcard._build(self.plan)

    # -- the past ---------------------------------------------------------------------
    def test_nothing_learned_from_is_tested_on(self):
        """Outcomes of the training end by the split; test days begin there."""
        train, test = self.plan.days()
        self.assertEqual(max(train), date(2025, 3, 30))
        self.assertEqual(min(train), date(2024, 1, 30))
        self.assertTrue(all(day >= self.plan.split for day in test))
        self.assertEqual((test[0], test[-1]), (date(2025, 7, 1), date(2025, 10, 1)))

    def test_outcome_is_what_happened_afterwards(self):
        """More than 10 days late within 3 months after the day, not before it."""
        second, third = self._customer("Second"), self._customer("Third")
        plan = self.plan._replace(last=TODAY)
        day = TODAY - timedelta(days=100)
        # due 70 days ago: paid in time; 11 days late; due before the day
        self._paid(self._billed(100, 100, partner=second), days_ago=75)
        self._billed(100, days_ago=170, partner=third)
        found = self.Statcard._get_outcomes(plan, day)
        # the common customer: billed 60 days ago, paid 10 days after due
        self.assertEqual(found[self.customer.id], 0)
        self.assertEqual(found[second.id], 0)
        self.assertNotIn(third.id, found, "it was late already: nothing new is known")
        self._paid(self._billed(100, 100, partner=second), days_ago=59)  # 11 late
        found = self.Statcard._get_outcomes(plan, day)
        self.assertEqual(found[second.id], 1)
        fourth = self._customer("Fourth")
        self._billed(100, days_ago=100, partner=fourth)  # never paid
        self.assertEqual(self.Statcard._get_outcomes(plan, day)[fourth.id], 1)

    def test_inputs_are_those_of_the_day(self):
        """What a customer did later is no input: the row is as it was seen then."""
        day = TODAY - timedelta(days=100)
        self._paid(self._billed(100, days_ago=150), days_ago=118)  # 2 late
        [row] = [
            row
            for row in self.Statcard._get_rows(self.plan, [day])
            if row.partner_id == self.customer.id
        ]
        self.assertEqual((row.values["days_late"], row.values["turnover"]), (2, 100))
        self.assertEqual((row.day, row.bad), (day, 0))

    # -- the card ---------------------------------------------------------------------
    def test_draft_with_bands_points_and_report(self):
        """The result is a draft that a person may activate: 600 at 50:1, PDO 20."""
        card = self._build()
        self.assertEqual(
            (card.state, card.kind, card.scale), ("draft", "statistical", "sum")
        )
        self.assertEqual(card.company_id, self.company)
        late = card.criterion_ids.filtered(lambda one: one.code == "days_late")
        bands = late.band_ids.filtered(lambda band: not band.missing).sorted("floor")
        points = bands.mapped("points")
        self.assertGreater(len(points), 2)
        self.assertEqual(points, sorted(points, reverse=True), "monotone")
        self.assertEqual(len(late.band_ids.filtered("missing")), 1)
        figures = card.statistics
        self.assertGreater(figures["test"]["card"]["gini"], 0.4)
        low, high = figures["test"]["card"]["interval"]
        self.assertLess(low, figures["test"]["card"]["gini"])
        self.assertLess(figures["test"]["card"]["gini"], high)
        self.assertTrue(0 < figures["test"]["card"]["ks"] < 1)
        self.assertEqual(
            sum(band["count"] for band in figures["calibration"]),
            figures["test"]["count"],
        )
        self.assertTrue(all(one["psi"] < 0.25 for one in figures["drift"]))
        self.assertIn("Calibration on the test days", card.report)
        self.assertIn("not independent", card.report)
        self.assertEqual(set(card.floor_ids.grade_id.mapped("code")), set("ABCDE"))

    def test_report_compares_with_the_expert_card(self):
        """Beside the card in force, with a plain verdict."""
        self._only(self.card)
        card = self._build()
        figures = card.statistics
        self.assertIsNotNone(figures["test"]["expert"]["gini"])
        gain = figures["difference"]["gini"]
        self.assertAlmostEqual(
            gain,
            figures["test"]["card"]["gini"] - figures["test"]["expert"]["gini"],
        )
        words = "beats the expert" if gain > 0 else "does not beat"
        chance = figures["difference"]["interval"][0] <= 0 < gain
        self.assertIn("than chance would do" if chance else words, card.report)

    def test_activation_is_a_persons_and_the_card_scores(self):
        card = self._build()
        self._job()
        self.assertNotEqual(self.file.score_id.scorecard_id, card)
        card.with_user(self._user("manager")).action_activate()
        self._job()
        self.assertEqual(self.file.score_id.scorecard_id, card)
        self.assertTrue(300 < self.file.score < 900)
        self.assertTrue(self.file.proposed_grade_id)

    def test_drift_of_an_active_card_is_watched_once_a_month(self):
        """Alike customers are a line of its history; others reach who answers for
        credit. Nothing is changed by itself."""
        card = self._build()
        card.action_activate()
        self.company.credit_review_user_id = head = self._user("manager")
        bands = card.statistics["bands"]
        floors = [bands["floors"][0] - 1, *bands["floors"]]
        counts = zip(floors, bands["expected"], strict=True)
        alike = [floor for floor, count in counts for _n in range(count)]

        def watch(scores):
            with patch.object(type(card), "_get_last_scores", lambda _card: scores):
                card._watch_drift()
            return card.message_ids[0]

        message = watch(alike)
        self.assertEqual(card.drift_psi, 0.0)
        self.assertFalse(message.partner_ids)
        self.assertEqual(watch([floors[0]] * 50), message, "a month has to pass")
        card.sudo().drift_on = months_before(card.drift_on, 1)
        message = watch([floors[0]] * 50)
        self.assertGreater(card.drift_psi, 0.25)
        self.assertEqual(message.partner_ids, head.partner_id)
        self.assertIn("make it anew", message.body)
        self.assertEqual(card.state, "active")
        with self.assertRaises(AccessError):
            card.with_user(head).drift_psi = 0.0

    def test_drift_measures_the_last_scores(self):
        card = self._build()
        card.action_activate()
        self._job()
        self.assertEqual(card._get_last_scores(), [self.file.score])
        self.assertEqual(card.drift_on, False, "measured before the first scores")
        self._job()
        self.assertTrue(card.drift_on)

    def test_small_sample_is_told(self):
        few = self.plan._replace(first=date(2025, 3, 1))
        service = type(self.Statcard)
        with (
            patch.object(
                service, "_get_rows", lambda _s, _p, days: self._rows(days[:1])
            ),
            patch.object(service, "_get_library", lambda *_a: "by hand"),
            patch.object(service, "_fit", fit_by_hand),
        ):
            card = self.Statcard._build(few)
        self.assertIn("Small sample: only", card.report)

    def test_past_that_tells_nothing_is_refused(self):
        with self.assertRaisesRegex(UserError, "No figure of the payment behaviour"):
            self._build(telling=False)
        service = type(self.Statcard)
        with (
            patch.object(service, "_get_library", lambda *_a: "by hand"),
            patch.object(
                service,
                "_get_rows",
                lambda _s, _p, days: [r._replace(bad=0) for r in self._rows(days)],
            ),
            self.assertRaisesRegex(UserError, "nothing to tell apart"),
        ):
            self.Statcard._build(self.plan)
        late = self.plan._replace(split=date(2025, 12, 31))
        with (
            patch.object(service, "_get_library", lambda *_a: "by hand"),
            self.assertRaisesRegex(UserError, "no day to learn from"),
        ):
            self.Statcard._build(late)

    # -- people and libraries -----------------------------------------------------
    def test_without_a_library_it_says_what_to_install(self):
        with (
            patch.object(type(self.Statcard), "_is_installed", lambda *_a: False),
            self.assertRaisesRegex(UserError, "pip install scikit-learn"),
        ):
            self.Statcard._build(self.plan)

    def test_manager_makes_it_from_the_wizard(self):
        """Dates come from the ledger; an analyst cannot open the dialog."""
        self._paid(self._billed(100, days_ago=800), days_ago=770)
        Wizard = self.env["credit.statcard.wizard"]
        form = Form(Wizard.with_user(self._user("manager")))
        wizard = form.save()
        self.assertEqual(wizard.first_date, TODAY - timedelta(days=800))
        self.assertLess(wizard.first_date, wizard.split_date)
        card = self._card([(0, 1)], missing=1)
        with patch.object(type(self.Statcard), "_build", lambda *_a: card):
            self.assertEqual(wizard.action_build()["res_id"], card.id)
        for role in ("approver", "auditor", "sales"):
            with self.subTest(role), self.assertRaises(AccessError):
                Wizard.with_user(self._user(role)).create({})

    @skipUnless(LIBRARY, "NOT PROVEN: neither scikit-learn nor statsmodels is here")
    def test_library_finds_what_the_plain_fit_finds(self):
        dice = Random(3)
        matrix = [[dice.gauss(0, 1), dice.gauss(0, 1)] for _ in range(400)]
        targets = [
            int(dice.random() < 1 / (1 + exp(1.2 * a + 0.5 * b))) for a, b in matrix
        ]
        intercept, weights = self.Statcard._fit(matrix, targets)
        plain, others = fit_by_hand(None, matrix, targets)
        self.assertAlmostEqual(intercept, plain, 1)
        for got, want in zip(weights, others, strict=True):
            self.assertAlmostEqual(got, want, 1)
