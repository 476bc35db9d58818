"""Early warning from scores and ratings, and the review that an alert starts."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .credit_review import OPEN


class CreditAlerting(models.AbstractModel):
    _inherit = "credit.alerting"

    @api.model
    def _score_drop_sql(self, rule, company) -> SQL:
        """Points lost against the best score of the period, of the same card. What
        held when the period began is one of them."""
        today = fields.Date.today()
        self.env.flush_all()
        return SQL(
            """
            SELECT file.id, round((best.total - latest.total)::numeric, 2),
                   jsonb_build_object('now', latest.total, 'before', best.total,
                                      'date', best.date, 'card', card.name)
              FROM credit_file file
              JOIN credit_score latest ON latest.id = file.score_id
              JOIN credit_scorecard card ON card.id = latest.scorecard_id
              JOIN LATERAL (
                   SELECT score.total, score.date FROM credit_score score
                    WHERE score.file_id = file.id
                      AND score.scorecard_id = latest.scorecard_id
                      AND score.date >= coalesce((
                          SELECT max(date) FROM credit_score
                           WHERE file_id = file.id AND date <= %(start)s), %(start)s)
                    ORDER BY score.total DESC, score.date DESC LIMIT 1) best ON TRUE
             WHERE file.company_id = %(company)s
            """,
            company=company.id,
            start=today - timedelta(days=rule.days),
        )

    @api.model
    def _rating_change_sql(self, rule, company) -> SQL:
        """Bands that an agency's rating fell in the period, of several agencies the
        worst; a fall within a band, or without bands, is one step."""
        today = fields.Date.today()
        self.env.flush_all()
        return SQL(
            """
            SELECT DISTINCT ON (latest.file_id) latest.file_id,
                   greatest(1, abs(coalesce(band.place - former.place, 0))) AS steps,
                   jsonb_build_object('agency', agency.name, 'now', latest.value,
                                      'before', previous.value,
                                      'date', latest.date_from)
              FROM (%(newest)s) AS latest
              JOIN credit_agency agency ON agency.id = latest.agency_id
              JOIN LATERAL (
                   SELECT rating.value, rating.position_pct, rating.band_id
                     FROM credit_rating rating
                    WHERE rating.active AND rating.file_id = latest.file_id
                      AND rating.agency_id = latest.agency_id
                      AND rating.date_from < latest.date_from
                    ORDER BY rating.date_from > %(start)s,
                             abs(rating.date_from - %(start)s), rating.id DESC
                    LIMIT 1) previous ON TRUE
              LEFT JOIN (%(places)s) AS band ON band.id = latest.band_id
              LEFT JOIN (%(places)s) AS former ON former.id = previous.band_id
             WHERE latest.position_pct < previous.position_pct
               AND latest.date_from > %(start)s
             ORDER BY latest.file_id, steps DESC
            """,
            newest=self._newest_rating_sql(company, today),
            places=SQL(
                """SELECT id, row_number() OVER (
                       PARTITION BY agency_id ORDER BY sequence, id) AS place
                     FROM credit_agency_band"""
            ),
            start=today - timedelta(days=rule.days),
        )

    def _newest_rating_sql(self, company, today) -> SQL:
        return SQL(
            """
            SELECT DISTINCT ON (rating.file_id, rating.agency_id) rating.*
              FROM credit_rating rating
              JOIN credit_file file ON file.id = rating.file_id
             WHERE rating.active AND rating.date_from <= %s AND file.company_id = %s
             ORDER BY rating.file_id, rating.agency_id, rating.date_from DESC,
                      rating.id DESC
            """,
            today,
            company.id,
        )

    @api.model
    def _start_reviews(self, alerts):
        """One review for each customer that has none open; its owner is told by it."""
        Review = self.env["credit.review"]
        busy = Review.search(
            [("file_id", "in", alerts.file_id.ids), ("state", "in", OPEN)]
        ).file_id
        first = {alert.file_id: alert for alert in alerts if alert.file_id not in busy}
        Review.create(
            [
                {
                    "file_id": file.id,
                    "kind": "event",
                    "origin": "alert",
                    "date_due": fields.Date.today(),
                    "user_id": file._get_reviewer().id,
                    "reason": f"{alert.rule_id.name}: {alert.text}",
                }
                for file, alert in first.items()
            ]
        )
        return alerts.filtered(lambda alert: alert.file_id in first)

    @api.model
    def _get_texts(self, env, words):
        return super()._get_texts(env, words) | {
            "score_drop": lambda: env._(
                "score %(now)s by %(card)s, %(before)s on %(date)s: %(value)s points "
                "less (alert from %(threshold)s)",
                **words,
            ),
            "rating_change": lambda: env._(
                "%(agency)s rates %(now)s since %(date)s, %(before)s before: "
                "%(value)s steps worse (alert from %(threshold)s)",
                **words,
            ),
        }
