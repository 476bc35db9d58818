"""Early warning: which customers a rule hits, and what is made of it."""

import json
import logging

from psycopg2 import OperationalError
from psycopg2.errors import UniqueViolation

from odoo import api, fields, models, tools
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL

from .handing_out import choose_lang

_logger = logging.getLogger(__name__)

#: Alerts created by one INSERT.
BATCH = 500
#: Key of the advisory lock: one evaluation at a time.
LOCK = 1_869_898_348
JOB = "credit_control.ir_cron_alert"


class CreditAlerting(models.AbstractModel):
    """Looks at all credit files of a company, one rule after the other.

    What an indicator measures is one SQL for any number of files (``_get_measures``,
    credit_alerting_sql.py), each row with the figures behind it. Then, by rule: open
    alerts get today's figures, those whose figure is well again a date, and files
    without an open alert a new one, unless it was closed and nothing is new since. Six
    queries per rule and company, and some per 500 new alerts.

    Daily by the clock; within the hour when a promise breaks, cover changes or a rule
    is made (``_wake``).
    """

    _name = "credit.alerting"
    _description = "Early Warning"

    # -- the jobs -------------------------------------------------------------------
    @api.model
    @tools.ormcache()
    def _is_in_use(self):
        """Is there any active rule? Asked where things happen: no query while none."""
        return bool(
            self.env.execute_query(
                SQL("SELECT 1 FROM credit_alert_rule WHERE active LIMIT 1")
            )
        )

    @api.model
    def _wake(self):
        """Look at the next full hour; one call for everything that happens until then.

        No query while no rule is active.
        """
        if not self._is_in_use():
            return
        # sudo: whoever acts need not know of jobs
        job = self.sudo().env.ref(JOB, raise_if_not_found=False)
        if not job:
            return
        now = fields.Datetime.now()
        at = fields.Datetime.add(now.replace(minute=0, second=0), hours=1)
        Trigger = self.env["ir.cron.trigger"].sudo()  # sudo: see above
        if not Trigger.search_count(
            [("cron_id", "=", job.id), ("call_at", "=", at)], limit=1
        ):
            job._trigger(at)

    @api.model
    def _cron_evaluate(self):
        """All rules, with fresh figures; committed after each rule and company."""
        rules = self.env["credit.alert.rule"].search([("active", "=", True)])
        if not rules:
            return
        self.env["credit.file"]._make_missing()
        self.env["credit.file"]._cron_refresh_snapshot()
        pairs = self._get_pairs(rules)
        commit_progress = self.env["ir.cron"]._commit_progress
        commit_progress(remaining=len(pairs))
        for rule, company in pairs:
            try:
                self._evaluate(rule, company)
            except (OperationalError, UniqueViolation):
                # somebody works on one of these files or alerts: the next run
                _logger.info("Alerts of %s wait for the next run", rule, exc_info=True)
                self.env.cr.rollback()
                self.env.invalidate_all()
            if not commit_progress(1):
                break

    @api.model
    def _evaluate_now(self, rules):
        """At somebody's request; returns the new alerts.

        :raise ConcurrencyError: when the job is at it: Odoo tries again
        """
        self.env["credit.file"]._refresh_snapshot()
        try:
            pairs = self._get_pairs(rules.filtered("active"))
            found = [self._evaluate(*pair) for pair in pairs]
        except UniqueViolation as error:
            raise ConcurrencyError(str(error)) from error
        return self.env["credit.alert"].union(*found)

    @api.model
    def _get_pairs(self, rules):
        """``[(rule, root company), …]``"""
        roots = self.env["res.company"].search([("parent_id", "=", False)])
        return [
            (rule, company)
            for rule in rules
            for company in roots
            if not rule.company_id or rule.company_id == company
        ]

    # -- one rule, one company ------------------------------------------------------
    @api.model
    def _evaluate(self, rule, company):
        """Bring the alerts of one rule up to date; returns the new ones. Reasons and
        notes are written down for good, in the company's language."""
        lang = choose_lang(self.env, company.partner_id.lang)
        self, rule = self.with_context(lang=lang), rule.with_context(lang=lang)
        Alert = self.env["credit.alert"]
        if not self._lock():
            return Alert
        Alert.flush_model()
        hits = self._measure(rule, company)
        known = self._read_open(rule, company)
        again = {file_id: hits[file_id] for file_id in hits.keys() & known.keys()}
        self._update(rule, again)
        self._clear(rule, company, list(hits))
        Alert.invalidate_model()
        fresh = hits.keys() - known.keys()
        fresh -= self._get_settled(rule, {file_id: hits[file_id] for file_id in fresh})
        return self._open_alerts(rule, {file_id: hits[file_id] for file_id in fresh})

    @api.model
    def _lock(self):
        rows = self.env.execute_query(SQL("SELECT pg_try_advisory_xact_lock(%s)", LOCK))
        return rows[0][0]

    @api.model
    def _measure(self, rule, company):
        """``{file id: (value, figures)}`` of the files that the rule hits."""
        measure = self._get_measures()[rule.indicator](rule, company)
        self.env["credit.file"].flush_model()
        self.env["res.partner"].flush_model(["country_id", "category_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT file.id, hit.value, hit.figures
                  FROM (%(measure)s) AS hit (file_id, value, figures)
                  JOIN credit_file file ON file.id = hit.file_id
                  JOIN res_partner partner ON partner.id = file.partner_id
                 WHERE file.company_id = %(company)s AND file.state <> 'closed'
                   AND round(hit.value::numeric, 2) >= %(threshold)s
                   AND %(scope)s
                """,
                measure=measure,
                company=company.id,
                # an event has to have happened, whatever the rule says
                threshold=max(rule.threshold, 0.01),
                scope=self._scope_sql(rule, company),
            )
        )
        return {id_: (round(float(value), 2), figures) for id_, value, figures in rows}

    @api.model
    def _scope_sql(self, rule, company) -> SQL:
        """The customers of the rule, those left out who have a more specific one."""
        others = self.env["credit.alert.rule"].search(
            [
                ("indicator", "=", rule.indicator),
                ("company_id", "in", (False, company.id)),
            ]
        )
        closer = [
            self._segment_sql(other)
            for other in others
            if other._get_rank() > rule._get_rank()
        ]
        if not closer:
            return self._segment_sql(rule)
        return SQL("%s AND NOT (%s)", self._segment_sql(rule), SQL(" OR ").join(closer))

    @api.model
    def _segment_sql(self, rule) -> SQL:
        if rule.scope == "tag":
            return SQL(
                """EXISTS (SELECT FROM res_partner_res_partner_category_rel tag
                            WHERE tag.partner_id = partner.id
                              AND tag.category_id = %s)""",
                rule.tag_id.id,
            )
        return {
            "all": SQL("TRUE"),
            "grade": SQL("file.grade_id IS NOT DISTINCT FROM %s", rule.grade_id.id),
            "group": SQL("file.group_id IS NOT DISTINCT FROM %s", rule.group_id.id),
            "country": SQL(
                "partner.country_id IS NOT DISTINCT FROM %s", rule.country_id.id
            ),
            "customer": SQL("file.partner_id = %s", rule.partner_id.id or 0),
        }[rule.scope]

    # -- what is known already ------------------------------------------------------
    @api.model
    def _read_open(self, rule, company):
        """``{file id: alert id}`` of what is not closed."""
        alerts = self.env["credit.alert"].search_fetch(
            [
                ("rule_id", "=", rule.id),
                ("company_id", "=", company.id),
                ("state", "!=", "closed"),
            ],
            ["file_id"],
        )
        return {alert.file_id.id: alert.id for alert in alerts}

    @api.model
    def _update(self, rule, hits):
        """Today's figures for open alerts: one UPDATE."""
        if not hits:
            return
        self.env.cr.execute(
            SQL(
                """
                UPDATE credit_alert alert
                   SET value = new.value, figures = new.figures::jsonb,
                       worst_value = greatest(alert.worst_value, new.value),
                       threshold = %(threshold)s, measured_at = %(now)s,
                       cleared_on = NULL
                  FROM unnest(%(ids)s::int4[], %(values)s::float8[],
                              %(figures)s::text[]) AS new (file_id, value, figures)
                 WHERE alert.rule_id = %(rule)s AND alert.state <> 'closed'
                   AND alert.file_id = new.file_id
                """,
                threshold=rule.threshold,
                now=fields.Datetime.now(),
                ids=list(hits),
                values=[value for value, _figures in hits.values()],
                figures=[json.dumps(figures) for _value, figures in hits.values()],
                rule=rule.id,
            )
        )

    @api.model
    def _clear(self, rule, company, file_ids):
        """Note of alerts, open or closed, since when their figure is well again."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE credit_alert SET cleared_on = %s
                 WHERE rule_id = %s AND company_id = %s AND cleared_on IS NULL
                   AND file_id <> ALL(%s::int4[])
                """,
                fields.Date.today(),
                rule.id,
                company.id,
                file_ids,
            )
        )

    @api.model
    def _get_settled(self, rule, hits):
        """The files of which nothing is new since their last alert was closed: it was
        never well meanwhile, and is not worse by the step of the rule."""
        if not hits:
            return set()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (file_id) file_id, cleared_on, closed_value
                  FROM credit_alert
                 WHERE rule_id = %s AND state = 'closed' AND file_id = ANY(%s)
                 ORDER BY file_id, id DESC
                """,
                rule.id,
                list(hits),
            )
        )
        factor = 1 + rule.step_pct / 100
        return {
            file_id
            for file_id, cleared_on, closed in rows
            if not cleared_on
            and not (hits[file_id][0] > closed and hits[file_id][0] >= closed * factor)
        }

    # -- new ones -------------------------------------------------------------------
    @api.model
    def _open_alerts(self, rule, hits):
        """Create them, tell the owners, do what the rule asks for."""
        # no chatter about what the job makes: there may be thousands
        Alert = self.env["credit.alert"].with_context(tracking_disable=True)
        files = self.env["credit.file"].browse(sorted(hits))
        owners, now = self._get_owners(rule, files), fields.Datetime.now()
        managers = self._get_managers(rule, files, owners)
        alerts = Alert
        for start in range(0, len(files), BATCH):
            alerts += Alert.create(
                [
                    {
                        "rule_id": rule.id,
                        "indicator": rule.indicator,
                        "severity": rule.severity,
                        "file_id": file.id,
                        "currency_id": file.currency_id.id,
                        "date": now,
                        "measured_at": now,
                        "value": hits[file.id][0],
                        "worst_value": hits[file.id][0],
                        "threshold": rule.threshold,
                        "figures": hits[file.id][1],
                        "user_id": owners[file.id].id,
                        "manager_id": managers[file.id].id,
                    }
                    for file in files[start : start + BATCH]
                ]
            )
            self.env.flush_all()
        alerts = alerts.with_env(self.env)
        reviewed = self._act(rule, alerts)
        self._make_activities(alerts - reviewed)
        return alerts
