"""Scores, the grades they propose, and what people may do about it."""

from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2 import OperationalError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import SQL, mute_logger

from .common import TODAY
from .score_common import ScoreCommon


@tagged("post_install", "-at_install")
class TestScore(ScoreCommon):
    # -- scores ---------------------------------------------------------------------
    def test_score_explains_itself(self):
        """Every line: input, band, points, source and date."""
        self._only(self.card)
        self.file.action_score_now()
        score = self.file.score_id
        self.assertEqual((score.total, score.date), (65.0, TODAY))
        self.assertEqual((self.file.score, self.file.score_date), (65.0, TODAY))
        self.assertEqual(score.grade_id, self.grades["C"])
        [line] = score.line_ids
        self.assertEqual(
            (line.value, line.points, line.part, line.evidence, line.value_date),
            (10.0, 65.0, 65.0, "Ledger", TODAY),
        )
        self.assertEqual((line.band_label, line.missing), ("5 to below 20", False))

    def test_missing_data_takes_its_own_band(self):
        self._only(self.card)
        file = self._file(5, partner=self._customer("New"))
        file.action_score_now()
        [line] = file.score_id.line_ids
        self.assertEqual(
            (file.score, line.missing, line.value_text), (45, True, "no data")
        )
        self.assertEqual(file.proposed_grade_id, self.grades["D"])

    def test_knock_out_at_a_grade_out_of_use_caps_at_the_next(self):
        """An archived grade, or one without a floor on the card, lets nobody off."""
        self._only(self._card([(0, 100), (5, 99, "C")], missing=0))
        self.grades["C"].active = False
        self.file._rescore()
        self.assertEqual(self.file.score_id.grade_id, self.grades["D"])
        self.assertTrue(self.file.score_id.is_capped)

    def test_knock_out_caps_the_grade_not_the_score(self):
        self._only(self._card([(0, 100), (5, 95, "D")], missing=50))
        self.file.action_score_now()
        score = self.file.score_id
        self.assertEqual((score.total, score.grade_id), (95, self.grades["D"]))
        self.assertTrue(score.is_capped)
        self.assertEqual(score.knockout_text, "Days late: at most D")

    def test_card_with_own_floors(self):
        """A statistical card has another scale than the grades' own floors."""
        card = self._card([(0, 100), (5, -20)], missing=0, scale="sum", weight=1)
        card.base_points = 600
        card.floor_ids = [
            Command.create({"grade_id": self.grades["B"].id, "floor": 590}),
            Command.create({"grade_id": self.grades["E"].id, "floor": 300}),
        ]
        self._only(card)
        self.file.action_score_now()
        self.assertEqual(self.file.score, 580)
        self.assertEqual(self.file.proposed_grade_id, self.grades["E"])

    def test_new_score_only_when_it_changes_or_after_a_month(self):
        self._only(self.card)
        self._job()
        self.assertEqual(self.file.score_count, 1)
        with freeze_time(TODAY + timedelta(days=5)):
            self._job()
        self.assertEqual(self.file.score_count, 1)
        self.assertEqual(self.file.score_checked_on, TODAY + timedelta(days=5))
        self.assertEqual(self.file.score_date, TODAY)
        with freeze_time(TODAY + timedelta(days=31)):
            self._job()
        self.file.invalidate_recordset()
        self.assertEqual(self.file.score_count, 2)
        with freeze_time(TODAY + timedelta(days=33)):
            self._billed(900, days_ago=95)  # long overdue by then
            self._job()
        self.file.invalidate_recordset()
        self.assertEqual((self.file.score_count, self.file.score), (3, 10.0))
        self.assertEqual(self.file.score_change, -55.0)

    def test_evidence_of_other_sources_is_read(self):
        """Of several ratings a card for any agency takes the weakest."""
        card = self._card([(0, 0), (50, 80)], missing=10)
        card.criterion_ids.write({"source": "rating", "code": "rating_worst_pct"})
        self._only(card)
        agencies = self.env["credit.agency"].create(
            [
                {"name": name, "code": name.lower(), "best": 100, "worst": 0}
                for name in ("One", "Two")
            ]
        )
        for agency, value in zip(agencies, ("90", "40"), strict=True):
            self.env["credit.rating"].create(
                {
                    "file_id": self.file.id,
                    "agency_id": agency.id,
                    "value": value,
                    "date_from": TODAY - timedelta(days=9),
                }
            )
        self.file.action_score_now()
        [line] = self.file.score_id.line_ids
        self.assertEqual(
            (line.value, line.evidence, line.points), (40.0, "Two 40", 0.0)
        )
        self.assertEqual(line.value_date, TODAY - timedelta(days=9))

    def test_full_card_takes_all_evidence(self):
        """A knock-out of the public registry caps the grade, whatever is paid."""
        evidence = {
            self.file.id: {
                "debt_ratio": (35.0, "Statement 2025", TODAY),
                "registry_knockout": (1.0, "Judgment debtor", TODAY),
            }
        }
        self._only(self.full)
        scoring = type(self.env["credit.scoring"])
        with patch.object(scoring, "_get_evidence_inputs", lambda *_a: evidence):
            self.file.action_score_now()
        score = self.file.score_id
        self.assertEqual(score.grade_id, self.grades["E"])
        self.assertEqual(score.knockout_text, "Public registry: at most E")
        lines = {line.criterion_id.code: line for line in score.line_ids}
        self.assertEqual(lines["debt_ratio"].evidence, "Statement 2025")
        self.assertTrue(lines["visit_points"].missing)

    def test_file_without_card_says_what_to_do(self):
        self.Card.search([("state", "=", "active")]).action_retire()
        with self.assertRaisesRegex(UserError, "No active scorecard is meant for"):
            self.file.action_score_now()
        self._job()
        self.assertEqual(self.file.score_checked_on, TODAY)

    # -- the grade --------------------------------------------------------------------
    def test_score_proposes_and_a_person_takes_it(self):
        """By default no grade changes by itself."""
        self._only(self.card)
        self._job()
        self.assertFalse(self.file.grade_id)
        self.assertTrue(self.file.grade_differs)
        found = self.File.search([("grade_differs", "=", True)])
        self.assertIn(self.file, found)
        with self.assertRaisesRegex(AccessError, "only a credit approver"):
            self.file.with_user(self._user("analyst")).action_take_grade()
        self.file.with_user(self._user("approver")).action_take_grade()
        self.assertEqual(self.file.grade_id, self.grades["C"])
        self.assertNotIn(self.file, self.File.search([("grade_differs", "=", True)]))

    def test_score_sets_the_grade_where_the_company_says_so(self):
        self.company.credit_score_sets_grade = True
        self._only(self.card)
        self._job()
        self.assertEqual(self.file.grade_id, self.grades["C"])

    def test_override_holds_until_its_day(self):
        """With reason and end, by an approver; the score goes on beside it."""
        self._only(self.card)
        self._job()
        approver = self._user("approver")
        form = Form(
            self.env["credit.score.override"]
            .with_user(approver)
            .with_context(default_file_id=self.file.id)
        )
        form.grade_id = self.grades["A"]
        form.reason = "Parent company guarantees"
        form.date_to = TODAY + timedelta(days=30)
        override = form.save()
        self.assertEqual(override.score_grade_id, self.grades["C"])
        self.assertEqual(override.user_id, approver)
        self.assertEqual(self.file.proposed_grade_id, self.grades["A"])
        self.assertEqual(self.file.override_id, override)
        self.assertIn("Parent company", self.file.message_ids[0].body)
        with freeze_time(TODAY + timedelta(days=30)):
            self._job()
            self.assertEqual(self.file.proposed_grade_id, self.grades["A"])
        with freeze_time(TODAY + timedelta(days=31)):
            self._job()
            self.assertEqual(self.file.proposed_grade_id, self.grades["C"])

    def test_override_ends_early_and_a_new_one_replaces_it(self):
        self._only(self.card)
        self._job()
        approver = self._user("approver")
        Override = self.env["credit.score.override"].with_user(approver)
        vals = {"file_id": self.file.id, "reason": "Known", "date_to": TODAY}
        first = Override.create(vals | {"grade_id": self.grades["A"].id})
        second = Override.create(vals | {"grade_id": self.grades["B"].id})
        self.assertFalse(first.is_in_force)
        self.assertEqual(self.file.proposed_grade_id, self.grades["B"])
        second.action_end()
        self.assertEqual(self.file.proposed_grade_id, self.grades["C"])
        self.assertEqual(second.ended_by, approver)

    def test_override_needs_reason_end_and_right(self):
        vals = {
            "file_id": self.file.id,
            "grade_id": self.grades["A"].id,
            "reason": "Known",
            "date_to": TODAY,
        }
        Override = self.env["credit.score.override"]
        approver = self._user("approver")
        for role in ("analyst", "auditor", "sales"):
            with self.subTest(role), self.assertRaises(AccessError):
                Override.with_user(self._user(role)).create(vals)
        with self.assertRaisesRegex(ValidationError, "Give a reason"):
            Override.with_user(approver).create(vals | {"reason": "  "})
        with self.assertRaisesRegex(AccessError, "the rest follows"):
            Override.with_user(approver).create(vals | {"user_id": self.env.uid})
        one = Override.with_user(approver).create(vals)
        with self.assertRaisesRegex(AccessError, "stays as it is"):
            one.write({"date_to": TODAY + timedelta(days=900)})
        with self.assertRaises(UserError):
            one.sudo().unlink()

    # -- people -----------------------------------------------------------------------
    def test_scores_are_read_by_the_credit_team_and_made_by_nobody(self):
        self._only(self.card)
        self._job()
        records = {
            "credit.score": self.file.score_id,
            "credit.score.line": self.file.score_id.line_ids,
            "credit.scorecard": self.card,
            "credit.scorecard.criterion": self.card.criterion_ids,
            "credit.scorecard.band": self.card.criterion_ids.band_ids,
        }
        for role in ("analyst", "approver", "auditor"):
            user = self._user(role)
            for model, record in records.items():
                with self.subTest(role=role, model=model):
                    self.assertTrue(record.with_user(user).read())
                    self.assertFalse(record.with_user(user).has_access("write"))
                    self.assertFalse(record.with_user(user).has_access("unlink"))
                    self.assertFalse(
                        self.env[model].with_user(user).has_access("create")
                    )
        seller = self._user("sales")
        for model in records:
            with self.subTest(model), self.assertRaises(AccessError):
                self.env[model].with_user(seller).search_read([])
        with self.assertRaises(AccessError):
            self.file.with_user(self._user("manager")).write({"score": 100})
        with self.assertRaises(AccessError):
            self.file.with_user(self._user("auditor", "aud2")).action_score_now()
        with self.assertRaises(AccessError):
            self.card.with_user(self._user("analyst", "ana2")).action_retire()

    def test_other_companies_scores_are_hidden(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        file = self.File._ensure(self._customer("Abroad"), other)
        self._only(self.card)
        file._rescore()
        analyst = self._user("analyst")
        self.assertTrue(file.score_id)
        self.assertFalse(
            self.Score.with_user(analyst).search([("file_id", "=", file.id)])
        )
        with self.assertRaises(AccessError):
            file.score_id.with_user(analyst).read(["total"])

    # -- the job ----------------------------------------------------------------------
    def _many(self, number):
        partners = self.env["res.partner"].create(
            [{"name": f"Customer {n}", "is_company": True} for n in range(number)]
        )
        return self.File.create([{"partner_id": partner.id} for partner in partners])

    def test_batch_costs_as_many_queries_as_one(self):
        """Measured again without a change: nothing to record, the same queries."""
        self._only(self.card)
        files = self._many(50)
        files._rescore()
        one, many = (
            self._count_queries(lambda some=some: some._rescore())
            for some in (files[:1], files)
        )
        self.assertEqual(one, many)

    def test_first_scores_of_many_cost_as_many_queries_as_of_one(self):
        """Every file gets a score with its lines: none is made one by one."""
        self._only(self.card)
        files = self._many(50)

        def forget():
            self.Score.sudo().search([("file_id", "in", files.ids)]).unlink()
            files.invalidate_recordset()

        one, many = (
            self._count_queries(lambda some=some: some._rescore(), forget)
            for some in (files[0], files)
        )
        self.assertEqual(many, one)
        self.assertEqual(len(files.score_id), 50)
        self.assertEqual(len(files.score_id.line_ids), 50)

    def test_rows_are_stored_as_the_orm_stores_them(self):
        """Rounded to the digits of their fields; who and when is noted; and the
        records that are read before say the same as those read again."""
        card = self._card([(0, 100), (5, 100)], missing=45, weight=1)
        other = card.criterion_ids.copy({"code": "trend_days", "weight": 2})
        other.band_ids.points = 0.0
        other.band_ids.filtered(lambda band: not band.missing).points = 0.0049
        self._only(card)
        self.file.action_score_now()
        score = self.file.score_id
        said = score.read() + score.line_ids.sorted("id").read()
        self.env.invalidate_all()
        self.assertEqual(score.read() + score.line_ids.sorted("id").read(), said)
        self.assertEqual((score.total, self.file.score), (33.3, 33.3))
        self.assertEqual([line.part for line in score.line_ids], [33.33, 0.0])
        self.assertEqual(score.company_id, self.file.company_id)
        self.assertEqual(score.create_uid, self.env.user)
        self.assertTrue(score.line_ids[0].write_date)
        self.env.cr.execute(
            SQL("SELECT total, change FROM credit_score WHERE id = %s", score.id)
        )
        self.assertEqual([str(one) for one in self.env.cr.fetchone()], ["33.3", "0.0"])

    def test_killed_job_goes_on_with_what_is_left(self):
        """Batches are committed; who was scored today is not scored again."""
        self._only(self.card)
        files = self._many(3)
        scored, cron = [], type(self.env["ir.cron"])
        rescore = type(self.File)._rescore

        def spy(batch, *args):
            scored.append(batch)
            return rescore(batch, *args)

        module = "odoo.addons.credit_control.models.credit_file_score"
        with (
            patch(f"{module}.BATCH", 1),
            patch.object(type(self.File), "_rescore", spy),
        ):
            # no time is left after the first batch
            answers = iter([60.0, 0.0])
            with patch.object(
                cron, "_commit_progress", lambda *_a, **_k: next(answers)
            ):
                self.File._cron_refresh_behaviour()
            self.assertEqual(len(scored), 1)
            self._job()
        ids = [file.id for batch in scored for file in batch]
        self.assertEqual(len(ids), len(set(ids)))
        self.assertLessEqual(set((files + self.file).ids), set(ids))

    def test_batch_that_meets_another_writer_is_tried_again(self):
        self._only(self.card)
        rescore, tries = type(self.File)._rescore, []

        def clash(batch, *args):
            tries.append(batch)
            if len(tries) == 1:
                raise OperationalError("could not serialize access")
            return rescore(batch, *args)

        with (
            patch.object(type(self.File), "_rescore", clash),
            patch.object(self.env.cr, "rollback", lambda: None),
            mute_logger("odoo.sql_db"),
        ):
            self._job()
        self.assertTrue(self.file.score_id)

    def test_activation_scores_everybody_anew(self):
        """The next run of the job does not skip who was scored today."""
        self._only(self.card)
        self._job()
        new = self.card.copy()
        new.criterion_ids.band_ids[1].points = 12
        new.action_activate()
        self.assertFalse(self.file.score_checked_on)
        self._job()
        self.assertEqual(self.file.score_id.scorecard_id, new)
        self.assertEqual(self.file.score_change, 0.0, "another card is no comparison")

    def test_history_opens_as_a_chart(self):
        action = self.file.action_open_scores()
        self.assertEqual(action["views"][0][1], "graph")
        self.assertEqual(action["domain"], [("file_id", "=", self.file.id)])
