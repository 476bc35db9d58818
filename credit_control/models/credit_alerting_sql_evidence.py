"""What the indicators measure of covers, scores and ratings."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL


class CreditAlerting(models.AbstractModel):
    _inherit = "credit.alerting"

    # -- from covers ----------------------------------------------------------------
    @api.model
    def _insurer_cut_sql(self, rule, company) -> SQL:
        """By how much less a customer is insured than he was before the period. What a
        cover was then is read from the log, for the cover says only what it is now."""
        scope = self._get_scope(company)
        return SQL(
            """
            SELECT file.id, round((1 - cover.now / cover.before) * 100, 2),
                   jsonb_build_object('now_amount', cover.now,
                       'before_amount', cover.before, 'days', %(days)s)
              FROM (
                   SELECT file.id, sum(%(now)s) AS now, sum(%(before)s) AS before
                     FROM credit_insurance_cover cover
                     JOIN credit_file file ON file.id = cover.file_id
                     LEFT JOIN credit_insurance_policy policy
                            ON policy.id = cover.policy_id
                    WHERE file.company_id = %(company)s
                    GROUP BY file.id) AS cover
              JOIN credit_file file ON file.id = cover.id
             WHERE cover.before > 0 AND cover.now < cover.before AND %(enough)s
            """,
            company=company.id,
            days=rule.days,
            now=self._to_file_sql(
                scope, self._cover_now_sql(scope), SQL("cover.currency_id")
            ),
            before=self._to_file_sql(
                scope,
                self._cover_then_sql(scope.today - timedelta(days=rule.days)),
                SQL("cover.currency_id"),
            ),
            enough=self._enough_sql(rule, scope, SQL("cover.before")),
        )

    @api.model
    def _cover_now_sql(self, scope) -> SQL:
        """The insured limit today, 0 where cover or policy is not in force."""
        return SQL(
            """(CASE WHEN cover.active AND cover.date_from <= %(today)s
                      AND coalesce(cover.date_to, %(today)s) >= %(today)s
                      AND (policy.id IS NULL OR policy.active
                           AND policy.date_from <= %(today)s
                           AND coalesce(policy.date_to, %(today)s) >= %(today)s)
                     THEN cover.insured_limit ELSE 0 END)""",
            today=scope.today,
        )

    @api.model
    def _cover_then_sql(self, day) -> SQL:
        """The insured limit on a day before, 0 where cover or policy was not in force:
        as the first change since has found them."""
        self.env["credit.log"].flush_model()
        cover, policy = "credit.insurance.cover", "credit.insurance.policy"
        return SQL(
            """(CASE WHEN %(cover_active)s AND cover.date_from <= %(day)s
                      AND coalesce(cover.date_to, %(day)s) >= %(day)s
                      AND (policy.id IS NULL OR %(policy_active)s
                           AND policy.date_from <= %(day)s
                           AND coalesce(policy.date_to, %(day)s) >= %(day)s)
                     THEN %(limit)s ELSE 0 END)""",
            day=day,
            cover_active=self._then_sql(cover, "cover", "active", SQL("boolean"), day),
            policy_active=self._then_sql(
                policy, "policy", "active", SQL("boolean"), day
            ),
            limit=self._then_sql(cover, "cover", "insured_limit", SQL("numeric"), day),
        )

    @api.model
    def _then_sql(self, model, alias, name, kind, day) -> SQL:
        """The value of a logged field on a day before."""
        return SQL(
            """coalesce((SELECT (log.before->>%(name)s)::%(type)s
                           FROM credit_log log
                          WHERE log.model = %(model)s AND log.res_id = %(id)s
                            AND log.event = 'changed' AND log.date >= %(day)s
                            AND log.before->>%(name)s IS NOT NULL
                          ORDER BY log.id LIMIT 1), %(field)s)""",
            name=name,
            type=kind,
            model=model,
            id=SQL.identifier(alias, "id"),
            day=day,
            field=SQL.identifier(alias, name),
        )

    # -- from scores and ratings ------------------------------------------------------
    @api.model
    def _score_drop_sql(self, rule, company) -> SQL:
        """Points lost against the best score of the period, of the same card. What
        held when the period began is one of them: many small steps are a drop, too."""
        today = fields.Date.today()
        self.env.flush_all()
        return SQL(
            """
            SELECT file.id, round((best.total - latest.total)::numeric, 2),
                   jsonb_build_object(
                       'now_score', round(latest.total::numeric, 1),
                       'before_score', round(best.total::numeric, 1))
              FROM credit_file file
              JOIN credit_score latest ON latest.id = file.score_id
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
        """By how many points of 100 on the agency's scale its newest rating, given in
        the period, lies below the one before; of several agencies the worst."""
        self.env["credit.rating"].flush_model()
        return SQL(
            """
            SELECT DISTINCT ON (latest.file_id) latest.file_id,
                   before.position_pct - latest.position_pct, jsonb_build_object(
                       'agency', agency.name->>'en_US', 'now', latest.value,
                       'before', before.value)
              FROM (
                   SELECT DISTINCT ON (file_id, agency_id) * FROM credit_rating
                    WHERE active AND company_id = %(company)s AND date_from <= %(today)s
                    ORDER BY file_id, agency_id, date_from DESC) AS latest
              JOIN credit_agency agency ON agency.id = latest.agency_id
              JOIN LATERAL (
                   SELECT value, position_pct FROM credit_rating
                    WHERE active AND file_id = latest.file_id
                      AND agency_id = latest.agency_id
                      AND date_from < latest.date_from
                    ORDER BY date_from DESC LIMIT 1) AS before ON TRUE
             WHERE latest.date_from > %(start)s
             ORDER BY latest.file_id, before.position_pct - latest.position_pct DESC
            """,
            company=company.id,
            today=fields.Date.today(),
            start=fields.Date.today() - timedelta(days=rule.days),
        )
