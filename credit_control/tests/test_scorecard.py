"""Scorecards: what is shipped, what never changes, whom they score, the trial."""

from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import TODAY
from .score_common import ScoreCommon


@tagged("post_install", "-at_install")
class TestScorecard(ScoreCommon):
    # -- cards ----------------------------------------------------------------------
    def test_two_cards_are_shipped(self):
        """*Payment behaviour only* works on day one, *full* waits for evidence."""
        self.assertEqual((self.shipped.state, self.full.state), ("active", "draft"))
        for card in self.shipped + self.full:
            card._check_complete()
            self.assertEqual(card.weight_total, 100.0)
        found = self.env["credit.scoring"]._evaluate(self.file)[self.file.id]
        self.assertEqual(found.card, self.shipped)
        self.assertTrue(0 < found.score.total < 100)
        self.assertTrue(found.grade_id)
        self.assertTrue(self.env["credit.scoring"]._evaluate(self.file, card=self.full))

    def test_shipped_card_is_not_activated_again(self):
        """Whoever has retired it keeps it retired through an upgrade."""
        self.shipped.action_retire()
        self.Card._activate_shipped("credit_control.credit_scorecard_behaviour")
        self.assertEqual(self.shipped.state, "retired")

    def test_active_card_never_changes(self):
        """Neither the card, nor criteria, nor bands: by anybody, not the system."""
        self._only(self.card)
        criterion, band = self.card.criterion_ids, self.card.criterion_ids.band_ids[0]
        new_band = {"criterion_id": criterion.id, "floor": 99, "points": 1}
        changes = (
            lambda: self.card.write({"name": "Other"}),
            lambda: self.card.sudo().write({"base_points": 5}),
            lambda: criterion.sudo().write({"weight": 99}),
            lambda: band.sudo().write({"points": 99}),
            lambda: band.unlink(),
            lambda: criterion.unlink(),
            lambda: self.card.unlink(),
            lambda: self.env["credit.scorecard.band"].create(new_band),
            lambda: self.card.write({"criterion_ids": [Command.clear()]}),
            lambda: self.env["credit.scorecard.floor"].create(
                {"scorecard_id": self.card.id, "grade_id": self.grades["A"].id}
            ),
        )
        for number, change in enumerate(changes):
            with (
                self.subTest(number),
                self.assertRaisesRegex(UserError, "is or was active"),
                self.env.cr.savepoint(),
            ):
                change()
            self.env.invalidate_all()
        draft = self._card([(0, 1)], missing=2)
        with self.assertRaisesRegex(UserError, "is or was active"):
            draft.criterion_ids.write({"scorecard_id": self.card.id})

    def test_log_tells_the_whole_card_in_force(self):
        """From the entry of its activation alone an auditor sees by what customers
        are scored: for whom, criteria, weights, bands, knock-outs, points for missing
        data, grades. A draft binds nobody: its criteria are no entries."""
        Log = self.env["credit.log"]
        card = self._card([(0, 100), (5.5, 60, "D")], missing=45, weight=12.5)
        card.country_ids = self.env.ref("base.cn")
        grade = self.grades["B"]
        grade.score_floor = 71.5
        drafts = Log.search([("model", "=like", "credit.scorecard.%")])
        self.assertFalse(drafts)
        card.action_activate()
        [entry] = Log.search(
            [("model", "=", "credit.scorecard"), ("res_id", "=", card.id)], limit=1
        )
        self.assertEqual(
            (entry.before["state"], entry.after["state"]), ("draft", "active")
        )
        self.assertEqual(
            entry.after["criterion_ids"],
            [
                {
                    "name": "Days late",
                    "source": "automatic",
                    "code": "days_late",
                    "weight": "12.5",
                    "bands": [
                        {"from": "0", "points": "100"},
                        {
                            "from": "5.5",
                            "points": "60",
                            "at_most": [self.grades["D"].id, "D – Weak"],
                        },
                        {"missing": True, "points": "45"},
                    ],
                }
            ],
        )
        self.assertIn(
            {"grade": [grade.id, grade.display_name], "from": "71.5"},
            entry.after["floor_ids"],
        )
        self.assertEqual(
            entry.after["country_ids"], [[self.env.ref("base.cn").id, "China"]]
        )
        self.assertEqual((entry.after["version"], entry.after["scale"]), (1, "mean"))
        self.assertIn(
            "Days late (days_late), weight 12.5: from 0: 100, "
            "from 5.5: 60 (at most D – Weak), no data: 45",
            entry.change_text,
        )
        self.assertIn(f"{grade.display_name} from 71.5", entry.change_text)
        # floors of grades are entries of their own
        [floor] = Log.search(
            [("model", "=", "credit.grade"), ("res_id", "=", grade.id)]
        )[:1]
        self.assertEqual(floor.after["score_floor"], "71.5")
        # nothing but the state follows from retiring
        card.action_retire()
        last = Log.search([("model", "=", "credit.scorecard")], limit=1)
        self.assertNotIn("criterion_ids", last.after)

    def test_cards_in_force_before_are_told_once_by_an_update(self):
        """Whose activation was logged without what they say."""
        Log, card = self.env["credit.log"], self.card
        with patch.object(type(card), "_get_log_content", lambda _card: {}):
            card.action_activate()
        told = [("model", "=", "credit.scorecard"), ("res_id", "=", card.id)]
        before = Log.search_count(told)
        for _update in range(2):
            self.Card._log_in_force()
        self.assertEqual(Log.search_count(told), before + 1)
        entry = Log.search(told, limit=1)
        self.assertEqual(entry.after["criterion_ids"][0]["code"], "days_late")
        self.assertEqual(entry.reason, "In force already; told by the log from now on.")
        shipped = Log.search(
            [("model", "=", "credit.scorecard"), ("res_id", "=", self.shipped.id)]
        )
        self.assertEqual(
            len(shipped.filtered(lambda one: "criterion_ids" in one.after)), 1
        )

    def test_log_tells_the_floors_of_the_card_itself(self):
        """A statistical card has another scale than the grades."""
        card = self._card([(0, 20)], missing=0, scale="sum", weight=1)
        card.base_points = 600
        card.floor_ids = [
            Command.create({"grade_id": self.grades["B"].id, "floor": 590})
        ]
        card.action_activate()
        after = self.env["credit.log"].search([("res_id", "=", card.id)], limit=1).after
        self.assertEqual(
            after["floor_ids"],
            [{"grade": [self.grades["B"].id, "B – Good"], "from": "590"}],
        )
        self.assertEqual((after["scale"], after["base_points"]), ("sum", "600"))

    def test_state_is_not_typed(self):
        manager = self.card.with_user(self._user("manager"))
        for vals in ({"state": "active"}, {"version": 7}):
            with self.subTest(vals), self.assertRaisesRegex(AccessError, "buttons"):
                manager.write(vals)
        with self.assertRaisesRegex(AccessError, "buttons"):
            manager.create({"name": "Mine", "state": "active"})

    def test_new_version_is_a_draft_with_everything(self):
        self._only(self.card)
        action = self.card.action_new_version()
        new = self.Card.browse(action["res_id"])
        self.assertEqual((new.state, new.version, new.name), ("draft", 2, "Test"))
        self.assertEqual(new.origin_id, self.card)
        self.assertEqual(
            new.criterion_ids.band_ids.mapped("points"),
            self.card.criterion_ids.band_ids.mapped("points"),
        )
        self.assertEqual(new.copy().version, 3)
        new.criterion_ids.weight = 3
        new.action_activate()
        self.assertEqual((self.card.state, new.state), ("retired", "active"))

    def test_card_of_tomorrow_takes_over_tomorrow(self):
        """Activated today, valid from its day; until then the old one scores."""
        self._only(self.card)
        new = self.card.copy({"valid_from": TODAY + timedelta(days=1)})
        new.action_activate()
        self.assertEqual((self.card.state, new.state), ("active", "active"))
        self.assertEqual(self.Card._get_cards(self.file)[self.file.id], self.card)
        with freeze_time(TODAY + timedelta(days=1)):
            self.assertEqual(self.Card._get_cards(self.file)[self.file.id], new)
            self._job()
        self.assertEqual(self.card.state, "retired")
        self.assertEqual(self.file.score_id.scorecard_id, new)

    def test_incomplete_card_is_not_activated(self):
        """Missing data is its own band, never zero by accident."""
        cases = (
            (self._card([(0, 10)]), "one band for missing data"),
            (self._card([], missing=5), "at least one for values"),
            (self._card([(0, 10)], missing=5, weight=0), "add up to nothing"),
            (self.Card.create({"name": "Empty"}), "no criteria yet"),
        )
        for card, error in cases:
            with self.subTest(error), self.assertRaisesRegex(UserError, error):
                card.action_activate()

    def test_bad_criteria_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "two bands from the same"):
            self._card([(0, 10), (0, 20)], missing=5)
        with self.assertRaisesRegex(ValidationError, "is no figure of the payment"):
            self._card([(0, 10)], missing=5, code="days_lat")

    def test_most_specific_card_scores(self):
        """Segment by country, industry, tag and size; then the company's own."""
        country = self.env.ref("base.cn")
        general = self._only(self.card)
        chinese = self._card([(0, 1)], missing=1, country_ids=country.ids)
        small = self._card(
            [(0, 1)], missing=1, country_ids=country.ids, company_size="small"
        )
        own = self._card([(0, 1)], missing=1, company_id=self.company.id)
        (chinese + small + own).action_activate()
        self.assertEqual(general.state, "active")
        self.assertEqual(self.Card._get_cards(self.file)[self.file.id], own)
        self.customer.country_id = country
        self.assertEqual(self.Card._get_cards(self.file)[self.file.id], chinese)
        self.file.company_size = "small"
        self.assertEqual(self.Card._get_cards(self.file)[self.file.id], small)
        self.assertEqual(own.segment, "All customers")
        self.assertIn("China", chinese.segment)

    def test_form_builds_a_card(self):
        """What a manager does in the editor."""
        form = Form(self.Card.with_user(self._user("manager")))
        form.name = "By hand"
        with form.criterion_ids.new() as criterion:
            criterion.automatic_code = "tenure_months"
            self.assertEqual(criterion.name, "Tenure (months)")
            with criterion.band_ids.new() as band:
                band.floor, band.points = 0, 10
            with criterion.band_ids.new() as band:
                band.floor, band.points = 12, 90
            with criterion.band_ids.new() as band:
                band.missing, band.points = True, 30
        card = form.save()
        self.assertEqual(card.criterion_ids.code, "tenure_months")
        self.assertEqual(
            card.criterion_ids.band_text, "below 12: 10 · from 12: 90 · no data: 30"
        )
        card.action_activate()
        self.assertEqual(card.activated_by.login, "credit_manager")

    # -- the trial --------------------------------------------------------------------
    def test_trial_shows_now_and_then_and_keeps_nothing(self):
        """The grades of a sample by the card in force and by the draft."""
        self._only(self.card)
        self._job()
        draft = self._card([(0, 100), (5, 10)], missing=45)
        before = self.Score.search_count([])
        trial = (
            self.env["credit.scorecard.trial"]
            .with_user(self._user("analyst"))
            .create({"scorecard_id": draft.id, "sample_size": 0})
        )
        trial.action_try()
        counts = {
            line.grade_id.code: (line.current_count, line.trial_count)
            for line in trial.line_ids
        }
        self.assertEqual(counts["C"][0] - counts["C"][1], 1)
        self.assertEqual(counts["E"][1], 1)
        change = trial.change_ids.filtered(lambda one: one.file_id == self.file)
        self.assertEqual((change.score, change.trial_score), (65.0, 10.0))
        self.assertTrue(change.is_worse)
        self.assertEqual(trial.worse_count, 1)
        self.assertEqual(self.Score.search_count([]), before)
        self.assertEqual(self.file.proposed_grade_id, self.grades["C"])
        self.assertEqual(draft.state, "draft")

    def test_trial_of_an_unfinished_card_says_what_is_missing(self):
        trial = self.env["credit.scorecard.trial"].create(
            {"scorecard_id": self._card([(0, 10)]).id}
        )
        with self.assertRaisesRegex(UserError, "one band for missing data"):
            trial.action_try()
