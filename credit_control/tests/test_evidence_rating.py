from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from .evidence_common import TODAY, EvidenceCommon


@tagged("post_install", "-at_install")
class TestEvidenceRating(EvidenceCommon):
    """Every agency on one scale, each rating from a day until another."""

    def test_shipped_scales(self):
        """100 is best and 600 worst at Creditreform; Experian counts the other way."""
        cases = [
            ("creditreform", "100", 100.0, "0–0.3 %"),
            ("creditreform", "310", 58.0, "3–8 %"),
            ("creditreform", "600", 0.0, "100 %"),
            ("experian", "100", 100.0, False),
            ("experian", "1", 0.0, False),
            ("experian_uk", "91", 91.0, False),
            ("letters", "b", 66.7, False),
            ("hundred", "35", 35.0, False),
        ]
        for number, (code, value, position, default) in enumerate(cases):
            with self.subTest(code=code, value=value):
                agency = self.env.ref(f"credit_control.credit_agency_{code}")
                rating = self._rating(
                    value, f"2026-01-{number + 1:02}", agency_id=agency.id
                )
                self.assertEqual(
                    (rating.position_pct, rating.pd_range), (position, default)
                )

    def test_value_off_the_scale_is_refused(self):
        """The message names the scale."""
        for value in ("99", "601", "AA", ""):
            with (
                self.subTest(value),
                self.assertRaisesRegex(ValidationError, r"100 \(best\) to 600"),
                self.env.cr.savepoint(),
            ):
                self._rating(value or " ")

    def test_scale_without_difference_is_refused(self):
        Agency = self.env["credit.agency"].with_user(self._user("manager"))
        with self.assertRaisesRegex(ValidationError, "two different numbers"):
            Agency.create({"name": "X", "code": "x", "best": 5, "worst": 5})
        with self.assertRaisesRegex(ValidationError, "two different letters"):
            Agency.create({"name": "Y", "code": "y", "scale": "letter"})
        with self.assertRaisesRegex(ValidationError, "small letters"):
            Agency.create({"name": "X", "code": "X 1"})

    def test_rating_ends_as_the_agency_says(self):
        """Unless the report names another end."""
        self.assertEqual(str(self._rating().date_to), "2027-02-28")
        own = self._rating(day="2026-02-01", date_to="2026-04-30")
        self.assertEqual(str(own.date_to), "2026-04-30")

    def test_correction_keeps_the_end_that_was_entered(self):
        """What was not corrected stays, also where it has a default."""
        old = self._rating(date_to="2026-12-31", pd_pct=0.0)
        context = old.action_correct()["context"]
        with Form(old.browse().with_context(**context)) as form:
            form.correction_reason = "Misread"
            form.value = "260"
        new = self.file.credit_rating_ids
        self.assertEqual((new.value, str(new.date_to)), ("260", "2026-12-31"))
        self.assertEqual((new.pd_pct, new.recommended_limit), (0.0, None))

    def test_newest_of_each_agency_counts(self):
        """An old good rating does not come back when the newer bad one ends."""
        letters = self.env.ref("credit_control.credit_agency_letters")
        other = self._rating("A", agency_id=letters.id)
        old = self._rating("120", "2025-12-01")
        self.assertEqual(self._valid(), old + other)
        bad = self._rating("480", "2026-01-01", date_to="2026-05-31")
        self.assertEqual(self._valid(), other)
        self.assertEqual(self._valid("2026-05-31"), bad + other)
        self.assertEqual(self._valid("2025-12-31"), old)
        self.env.invalidate_all()
        self.assertEqual((old + bad + other).filtered("is_valid"), other)
        Rating = self.env["credit.rating"]
        mine = [("file_id", "=", self.file.id)]
        self.assertEqual(Rating.search([*mine, ("is_valid", "=", True)]), other)
        self.assertEqual(Rating.search([*mine, ("is_valid", "=", False)]), bad + old)

    def _valid(self, date=None):
        found = self.env["credit.rating"]._get_valid(self.file, date)
        return found.get(self.file.id, self.env["credit.rating"]).sorted("id")

    def test_changed_scale_changes_no_old_rating(self):
        """A number keeps what it meant."""
        rating = self._rating("350")
        self.env.flush_all()
        self.agency.worst = 900
        self.env.flush_all()
        self.assertEqual(rating.position_pct, 50.0)

    # -- reminder ---------------------------------------------------------------------
    def test_reminder_once_for_the_responsible(self):
        """30 days before the end, by the daily job, never twice."""
        user = self._user("analyst")
        self.file.user_id = user
        ending = self._rating(date_to="2026-07-15")
        letters = self.env.ref("credit_control.credit_agency_letters")
        later = self._rating("A", date_to="2026-07-16", agency_id=letters.id)
        for _run in range(2):
            self.env["credit.rating"]._cron_remind()
        activity = ending.activity_ids
        self.assertEqual(len(activity), 1)
        self.assertEqual((activity.user_id, ending.reminded_on), (user, TODAY))
        self.assertEqual(str(activity.date_deadline), "2026-07-15")
        self.assertIn("Creditreform 250 of Bright Tools", activity.summary)
        self.assertFalse(later.activity_ids)

    def test_newer_rating_ends_the_reminder(self):
        ending = self._rating(date_to="2026-06-30")
        self.env["credit.rating"]._cron_remind()
        self.assertFalse(ending.reminded_on, "nobody was told")
        self.file.user_id = self._user("analyst")
        self.env["credit.rating"]._cron_remind()
        self.assertTrue(ending.activity_ids)
        self._rating("240", "2026-06-10")
        self.assertFalse(ending.activity_ids)
        self.env["credit.rating"]._cron_remind()
        self.assertFalse(ending.activity_ids)

    def test_no_reminder_where_it_is_off_or_closed(self):
        ending = self._rating(date_to="2026-06-30")
        self.file.user_id = self._user("analyst")
        self.company.credit_rating_remind_days = 0
        self.env["credit.rating"]._cron_remind()
        self.company.credit_rating_remind_days = 30
        self.file.state = "closed"
        self.env["credit.rating"]._cron_remind()
        self.assertFalse(ending.activity_ids)

    def test_same_rating_twice_is_one(self):
        """Storing is idempotent; another value of that day is never taken silently."""
        vals = {
            "file_id": self.file.id,
            "agency_id": self.agency.id,
            "value": "250",
            "date_from": "2026-03-01",
            "currency_id": self.currency.id,
        }
        Rating = self.env["credit.rating"]
        first = Rating._store([vals, vals])
        self.assertEqual(len(first), 1)
        self.assertFalse(Rating._store([vals]))
        with self.assertRaisesRegex(Exception, "other values"):
            Rating._store([vals | {"value": "260"}])
        second = Rating._store([vals | {"value": "260"}], reason="New report")
        self.assertEqual((second.corrects_id, first.active), (first, False))
