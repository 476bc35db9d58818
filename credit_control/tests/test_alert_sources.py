"""Early warning from scores and ratings, and the review that an alert starts."""

from datetime import timedelta

from odoo.tests import tagged

from .alert_common import AlertCommon
from .common import TODAY


@tagged("post_install", "-at_install")
class TestAlertSources(AlertCommon):
    def _score(self, total, days_ago, card=None):
        """A score as the job keeps it, the file's last one."""
        score = (
            self.env["credit.score"]
            .sudo()
            .create(
                {
                    "file_id": self.file.id,
                    "scorecard_id": (
                        card
                        or self.env.ref("credit_control.credit_scorecard_behaviour")
                    ).id,
                    "total": total,
                    "date": TODAY - timedelta(days=days_ago),
                }
            )
        )
        self.file.sudo().score_id = score

    def _rate(self, value, days_ago, agency="creditreform", **values):
        return self.env["credit.rating"].create(
            {
                "file_id": self.file.id,
                "agency_id": self.env.ref(f"credit_control.credit_agency_{agency}").id,
                "value": value,
                "date_from": TODAY - timedelta(days=days_ago),
            }
            | values
        )

    def test_points_lost_within_the_period(self):
        """Against the best of the period, or what held when it began."""
        rule = self._rule("score_drop", 10, days=90)
        self._score(90, 400)
        self._score(70, 100)
        self._score(65, 10)
        self.assertFalse(self._look(rule), "70 held 90 days ago: 5 less")
        self._score(59.5, 1)
        alert = self._look(rule)
        self.assertEqual(alert.value, 10.5)
        self.assertIn("59.5", alert.text)
        self.assertIn("70", alert.text)

    def test_another_card_is_no_drop(self):
        """Scores of different cards are not comparable."""
        self._score(90, 50)
        self._score(40, 1, self.env.ref("credit_control.credit_scorecard_full"))
        self.assertFalse(self._look(self._rule("score_drop", 10, days=90)))

    def test_agency_rates_worse(self):
        """Creditreform's scale runs from 100 best to 600 worst; bands are counted."""
        rule = self._rule("rating_change", 10, days=90)
        self._rate("210", 200)
        self._rate("190", 60)
        self.assertFalse(self._look(rule), "better")
        self._rate("360", 5)
        alert = self._look(rule)
        self.assertGreaterEqual(alert.value, 1)
        self.assertIn("360", alert.text)

    def test_old_change_is_no_news(self):
        self._rate("210", 400)
        self._rate("360", 200)
        self.assertFalse(self._look(self._rule("rating_change", 10, days=90)))

    def test_alert_starts_one_review(self):
        """Its owner is told by the review; a second alert finds it open."""
        self._overdue_invoice(300, days=40)
        alert = self._look(self._rule(action="review"))
        Review = self.env["credit.review"]
        review = Review.search([("file_id", "=", self.file.id)])
        self.assertEqual(
            (review.kind, review.origin, review.user_id),
            ("event", "alert", self.analyst),
        )
        self.assertIn(alert.text, review.reason)
        self.assertTrue(self._look(self._rule(threshold=20, action="review")))
        self.assertEqual(Review.search([("file_id", "=", self.file.id)]), review)
