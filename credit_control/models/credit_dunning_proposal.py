"""What is stored of a proposal: notices with their items, by INSERT … SELECT."""

from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from .credit_exposure_scope import Scope

#: Notices of one proposal whose statistics are worth the time they take.
MANY = 1000
#: So long a draft that a person has worked on keeps a new proposal away.
KEPT_DAYS = 14


class ItemRow(NamedTuple):
    """A row of ``credit.dunning._item_sql``, of what a second look needs."""

    line_id: int
    due: object
    days: int
    residual: float
    rested: float
    net: float
    rate: float
    min_amount: float
    reached: int
    status: str
    level_id: int | None
    number: int | None
    steps: bool
    ready_on: object
    pending: bool
    policy_id: int | None


class CreditDunning(models.AbstractModel):
    """Proposals: ``_propose`` stores one; to tell it without a trace see
    credit_dunning_preview.py."""

    _inherit = "credit.dunning"

    @api.model
    def _propose(self, run, partner_ids=None, move_ids=None) -> int:
        """Make the notices of a run: for all customers, for some, or for the items of
        some invoices only. What another run proposed to the same customers and has
        not sent is replaced, so that a forgotten proposal never stands in the way.
        Unless customers were picked, those are left out of whose reminder a person
        changed something, or approved it, in the past two weeks.

        :return: how many notices
        """
        # sudo: the proposal is the same for whoever asks; the run was his to make
        run = run.sudo()
        scope = run.env["credit.dunning"]._get_dunning_scope(
            run.company_id, partner_ids
        )
        cr = self.env.cr
        taken = SQL(
            "%s SELECT * FROM taken", self._taken_sql(scope, run.manual, move_ids)
        )
        self._materialize(
            "credit_dunning_taken", taken, SQL("partner_id, currency_id, policy_id")
        )
        cr.execute(self._replace_sql(scope))
        replaced = {run_id for (run_id,) in cr.fetchall()}
        cr.execute(self._insert_sql(scope, run))
        count = cr.fetchone()[0]
        cr.execute("DROP TABLE credit_dunning_taken")
        if count > MANY:
            # of what was stored a moment ago PostgreSQL knows no statistics: it joins
            # 26,000 notices as if they were one, in minutes instead of moments
            cr.execute("ANALYZE credit_dunning_notice, credit_dunning_notice_line")
        if count:
            self._measure_notices(scope, self._charged_of_sql(run))
        self.env.invalidate_all()
        run.browse(replaced)._set_states()
        if count and not run.env["credit.dunning.notice.line"]._is_in_use():
            self.env["credit.file"]._reset_credit_active()
        return count

    # -- SQL ------------------------------------------------------------------------
    def _taken_sql(self, scope: Scope, manual, move_ids=None) -> SQL:
        """``WITH … taken AS``: the items that get onto a notice, and that takes place.

        An item gets there when it takes a step itself; what else of the customer is
        overdue is listed with it. A courtesy for what is not due yet never travels
        with a reminder of what is overdue.
        """
        return SQL(
            """
            WITH item AS MATERIALIZED (
                    SELECT rows.*, CASE WHEN mode = 'item' THEN line_id END AS item_id
                      FROM (%(items)s) AS rows
                     WHERE rows.status = 'open' AND %(chosen)s),
                 marked AS (
                    SELECT item.*,
                           bool_or(steps) OVER one AS called,
                           coalesce(bool_or(steps AND days > 0) OVER one, FALSE)
                               AS late
                      FROM item
                    WINDOW one AS (
                           PARTITION BY partner_id, currency_id, policy_id, item_id)),
                 counted AS (
                    SELECT marked.*, sum(net * rate) OVER one AS whole
                      FROM marked
                     WHERE called AND NOT pending
                       AND coalesce(ready_on <= %(today)s, TRUE)
                       AND CASE WHEN late THEN days > 0 ELSE steps END
                    WINDOW one AS (
                           PARTITION BY partner_id, currency_id, policy_id, item_id)),
                 taken AS (
                    SELECT * FROM counted
                     WHERE %(manual)s OR whole >= min_amount AND NOT (%(kept)s))
            """,
            kept=self._kept_sql(scope),
            items=self._item_sql(scope, manual),
            chosen=SQL("TRUE")
            if move_ids is None
            else SQL("rows.move_id = ANY(%s)", list(move_ids)),
            today=scope.today,
            manual=manual,
        )

    def _kept_sql(self, scope: Scope) -> SQL:
        """Has ``counted`` a draft already with somebody's work in it, or approved?"""
        return SQL(
            """
            EXISTS (SELECT FROM credit_dunning_notice kept
                      JOIN credit_dunning_run run ON run.id = kept.run_id
                     WHERE kept.state IN ('draft', 'error')
                       AND kept.company_id = %s AND run.date > %s
                       AND kept.partner_id = counted.partner_id
                       AND kept.currency_id = counted.currency_id
                       AND (run.approved_by IS NOT NULL OR kept.text_fixed
                            OR kept.recipient_fixed OR kept.level_fixed
                            OR kept.fee_waived OR kept.interest_waived
                            OR EXISTS (SELECT FROM credit_dunning_notice_line line
                                        WHERE line.notice_id = kept.id
                                          AND line.removed
                                          AND line.reason = 'person')))
            """,
            scope.company.id,
            fields.Date.subtract(scope.today, days=KEPT_DAYS),
        )

    def _materialize(self, name, query: SQL, key: SQL):
        """Put rows into a temporary table with an index and let PostgreSQL count them:
        guessing one row where there are 60,000, it joins them in minutes instead of
        moments. Sorts stay in memory."""
        table, cr = SQL.identifier(name), self.env.cr
        cr.execute("SET LOCAL work_mem = '64MB'")
        cr.execute(SQL("CREATE TEMPORARY TABLE %s ON COMMIT DROP AS %s", table, query))
        cr.execute(SQL("CREATE INDEX ON %s (%s)", table, key))
        cr.execute(SQL("ANALYZE %s (%s)", table, key))
        cr.execute("SET LOCAL work_mem TO DEFAULT")

    def _head_sql(self, taken: SQL) -> SQL:
        """One row per notice, of ``taken``."""
        return SQL(
            """
            SELECT partner_id, currency_id, policy_id, item_id,
                   (array_agg(level_id ORDER BY number DESC) FILTER (WHERE steps))[1]
                       AS level_id,
                   max(number) FILTER (WHERE steps) AS number,
                   CASE WHEN min(contact_id) = max(contact_id) THEN min(contact_id) END
                       AS contact_id,
                   count(*) AS item_count, max(days) AS oldest_days,
                   sum(residual) AS amount_open, sum(net) AS amount,
                   count(*) FILTER (WHERE steps) AS step_count
              FROM %s AS taken
             GROUP BY partner_id, currency_id, policy_id, item_id
            """,
            taken,
        )

    def _insert_sql(self, scope: Scope, run) -> SQL:
        """Store notices and their items; the one value returned is how many."""
        return SQL(
            """
            WITH notice AS (
                INSERT INTO credit_dunning_notice (
                    run_id, company_id, state, partner_id, currency_id, policy_id,
                    item_id, level_id, level_number, channel, contact_id, recipient_id,
                    lang, letter_instead, item_count,
                    oldest_days, amount_open, amount, total, deadline, collector_id,
                    user_id, create_date, write_date)
                SELECT %(run)s, %(company)s, 'draft', head.partner_id, head.currency_id,
                       head.policy_id, head.item_id, head.level_id, head.number,
                       CASE WHEN picked.letter THEN 'letter' ELSE level.channel END,
                       head.contact_id, picked.recipient_id, picked.lang, picked.letter,
                       head.item_count,
                       head.oldest_days, head.amount_open, head.amount, head.amount,
                       CASE WHEN level.deadline_days > 0
                            THEN %(today)s + level.deadline_days END,
                       coalesce(level.user_id, file.collector_id), partner.user_id,
                       %(now)s, %(now)s
                  FROM (%(head)s) AS head
                  JOIN credit_dunning_level level ON level.id = head.level_id
                  JOIN res_partner partner ON partner.id = head.partner_id
                  LEFT JOIN credit_file file ON file.partner_id = head.partner_id
                                            AND file.company_id = %(company)s
                 CROSS JOIN LATERAL (%(pick)s) AS picked
                RETURNING id, partner_id, currency_id, policy_id, item_id),
            line AS (
                INSERT INTO credit_dunning_notice_line (
                    notice_id, move_line_id,
                    move_id, name, date, due, days, level_id, level_number, reached,
                    residual, rested, amount, proposed)
                SELECT notice.id, taken.line_id, taken.move_id, taken.name, taken.date,
                       taken.due,
                       taken.days, CASE WHEN taken.steps THEN taken.level_id END,
                       CASE WHEN taken.steps THEN taken.number END, taken.reached,
                       taken.residual, taken.rested, taken.net, taken.net
                  FROM credit_dunning_taken taken
                  JOIN notice USING (partner_id, currency_id, policy_id)
                 WHERE notice.item_id IS NOT DISTINCT FROM taken.item_id)
            SELECT count(*) FROM notice
            """,
            head=self._head_sql(SQL("credit_dunning_taken")),
            pick=run.env["credit.dunning.notice"]._pick_recipient_sql(
                SQL("head.contact_id"), SQL("head.partner_id"), SQL("level.channel")
            ),
            run=run.id,
            company=scope.company.id,
            today=scope.today,
            now=fields.Datetime.now(),
        )

    def _charged_of_sql(self, run) -> SQL:
        """The run's notices whose level asks for more than the items."""
        return SQL("notice.run_id = %s AND %s", run.id, self._charging_sql())

    def _replace_sql(self, scope: Scope) -> SQL:
        """Older proposals to the same customers in the same currency give way."""
        return SQL(
            """
            UPDATE credit_dunning_notice old
               SET state = 'cancelled', reason = 'replaced'
             WHERE old.company_id = %s AND old.state IN ('draft', 'error')
               AND EXISTS (SELECT FROM credit_dunning_taken taken
                            WHERE taken.partner_id = old.partner_id
                              AND taken.currency_id = old.currency_id)
            RETURNING old.run_id
            """,
            scope.company.id,
        )

    # -- the second look --------------------------------------------------------------
    @api.model
    def _read_items(
        self, company, partner_ids, manual, run_ids=()
    ) -> dict[int, ItemRow]:
        """``{move line id: ItemRow}`` of customers, as it is now."""
        scope = self._get_dunning_scope(company, partner_ids)
        query = SQL(
            "SELECT %s FROM (%s) AS rows",
            SQL(", ").join(SQL.identifier("rows", name) for name in ItemRow._fields),
            self._item_sql(scope, manual, run_ids),
        )
        return {row[0]: ItemRow(*row) for row in self.env.execute_query(query)}
