"""The service that knows who must be reminded of what: one SQL per root company."""

from odoo import api, fields, models
from odoo.tools import SQL

from .credit_exposure_scope import Scope

#: What the SQL reads beyond ``credit.exposure``; pending changes go to the database.
FLUSHED = {
    "account.move": ["partner_id", "payment_state", "credit_dunning_policy_id"],
    "account.move.line": [
        "amount_residual_currency",
        "currency_id",
        "date_maturity",
        "move_id",
        "move_name",
        "no_followup",
        "credit_no_dunning_until",
    ],
    "account.payment": ["amount", "currency_id", "payment_type", "invoice_ids"],
    "credit.grade": ["dunning_policy_id"],
    "res.partner": "email_normalized lang parent_id type active user_id".split(),
    "res.company": ["credit_dunning_policy_id"],
    "mail.blacklist": ["email", "active"],
}
#: Models of dunning itself and of the customer: small, or read nearly in full.
FLUSHED_WHOLE = (
    "credit.dunning.run",
    "credit.dunning.policy",
    "credit.dunning.level",
    "credit.dunning.notice",
    "credit.dunning.notice.line",
)
FILE_FIELDS = [
    "partner_id",
    "company_id",
    "grade_id",
    "dunning_policy_id",
    "never_dun",
    "no_dunning_until",
    "collector_id",
    "dunning_level",
]


class CreditDunning(models.AbstractModel):
    """Who must be reminded of which items, at which level: for a whole ledger at once.

    ``_item_sql`` gives one row per open item that is overdue (or due within the reach
    of a courtesy level) with its strategy, what is left of it once open credits have
    paid the oldest items, what it rests for, the level reached by notices that were
    *sent*, and the level it gets today. The rules are those of ``tools.dunning``. What
    an item has reached counts within the strategy in force: after a change of strategy
    it begins with the first level of the new one whose day has come, and goes on where
    it stood when the old one is back; days are counted from the last notice of any. All
    the rest are its aggregates: the worklist (``credit.dunning.work``), a proposal
    (``_propose``) and the second look at the moment of sending (``_reread``): that is
    why they agree.

    Others add to it by ``_inherit``: ``_resting_sql`` (promises, disputes, cases),
    ``_measure_notices`` (fees, interest), ``_get_payment_url``.

    Cost: a fixed number of queries for any number of customers. Example::

        run = env["credit.dunning.run"].create({})
        env["credit.dunning"]._propose(run)
        run.notice_ids
    """

    _name = "credit.dunning"
    _description = "Dunning"

    # -- for others to extend -----------------------------------------------------
    @api.model
    def _resting_sql(self, scope: Scope, today) -> SQL:
        """What is not to be reminded of now: rows (move_line_id int, amount numeric,
        reason varchar), amount in the item's currency, NULL = all of it. Overriders
        add theirs with ``UNION ALL``; reasons are those of ``_rest_reasons``."""
        return SQL("SELECT NULL::int, NULL::numeric, NULL::varchar WHERE FALSE")

    # -- the question ---------------------------------------------------------------
    @api.model
    def _get_dunning_scope(self, company, partner_ids=None) -> Scope:
        """The scope of ``credit.exposure``, with all flushed that dunning reads."""
        for model, names in FLUSHED.items():
            self.env[model].flush_model(names)
        for model in FLUSHED_WHOLE:
            self.env[model].flush_model()
        self.env["credit.file"].flush_model(FILE_FIELDS)
        return self.env["credit.exposure"]._get_scope(company, partner_ids)

    @api.model
    def _item_sql(self, scope: Scope, manual: bool = False, run_ids=()) -> SQL:
        """One row per item, see the class. ``manual``: a person has chosen, and asks
        neither for thresholds nor for the rest between two notices. Notices of the
        runs given do not hold each other up.

        Columns: line_id, move_id, name, date, currency_id, partner_id (commercial),
        contact_id, residual, due, days (overdue), policy_id, mode, rate (to the
        currency of the strategy), min_amount, reached, sent_on, amount (may be
        reminded of), rested (amount), rest_reason, net (after credits), status ('open'
        or why not), total (overdue of customer and currency), level_id, number,
        level_date, steps (gets the level today), ready_on (not before), pending (being
        sent).
        """
        return SQL(
            """
            WITH policy AS (%(policies)s),
                 credit AS (%(credits)s),
                 resting AS (
                    SELECT move_line_id, bool_or(amount IS NULL) AS whole,
                           sum(amount) AS amount, coalesce(min(reason) FILTER (
                               WHERE reason = 'case'), max(reason)) AS reason
                      FROM (%(resting)s) AS rows (move_line_id, amount, reason)
                     GROUP BY move_line_id),
                 ready AS (%(ready)s),
                 item AS MATERIALIZED (%(items)s),
                 valued AS (%(valued)s)
            SELECT valued.line_id, valued.move_id, valued.name, valued.date,
                   valued.currency_id, valued.partner_id, valued.contact_id,
                   valued.residual, valued.due, valued.days, valued.policy_id,
                   valued.mode, valued.rate, valued.min_amount, valued.reached,
                   valued.sent_on, valued.amount, valued.rested,
                   valued.rest_reason, valued.net, valued.status, valued.total,
                   step.id AS level_id, step.number, step.level_date,
                   step.id IS NOT NULL AND step.level_date <= %(today)s
                       AND (step.holds OR %(manual)s) AS steps,
                   CASE WHEN %(manual)s THEN NULL
                        WHEN valued.mode = 'item'
                        THEN greatest(ready.all_ready_on, own.ready_on)
                        ELSE ready.ready_on END AS ready_on,
                   CASE WHEN valued.mode = 'item'
                        THEN ready.all_pending IS TRUE OR own.pending IS TRUE
                        ELSE ready.pending IS TRUE END AS pending
              FROM valued
              LEFT JOIN (
                    SELECT partner_id, currency_id, max(ready_on) AS ready_on,
                           bool_or(pending) AS pending,
                           max(ready_on) FILTER (WHERE item_id IS NULL)
                               AS all_ready_on,
                           bool_or(pending) FILTER (WHERE item_id IS NULL)
                               AS all_pending
                      FROM ready GROUP BY partner_id, currency_id) AS ready
                     USING (partner_id, currency_id)
              LEFT JOIN ready AS own
                     ON own.partner_id = valued.partner_id
                    AND own.currency_id = valued.currency_id
                    AND own.item_id = valued.line_id
              LEFT JOIN LATERAL (%(step)s) AS step ON valued.status = 'open'
            """,
            policies=self._policy_sql(scope),
            credits=self._credit_sql(scope),
            resting=self._resting_sql(scope, scope.today),
            ready=self._ready_sql(scope, run_ids),
            items=self._open_sql(scope),
            valued=self._valued_sql(manual),
            step=self._step_sql(scope, manual),
            today=scope.today,
            manual=manual,
        )

    # -- its parts --------------------------------------------------------------------
    def _policy_sql(self, scope: Scope) -> SQL:
        return SQL(
            """
            SELECT policy.*, %s AS currency_rate FROM credit_dunning_policy policy
             WHERE policy.active AND coalesce(policy.company_id, %s) = %s
            """,
            scope.rate(SQL("policy.currency_id")),
            scope.company.id,
            scope.company.id,
        )

    def _credit_sql(self, scope: Scope) -> SQL:
        """Open credits of customers per currency: what settles nothing yet, and money
        on its way whose invoices are not known or not marked as being paid."""
        return SQL(
            """
            SELECT partner.commercial_partner_id AS partner_id, credit.currency_id,
                   sum(credit.amount) AS amount
              FROM (SELECT line.partner_id, line.currency_id,
                           -line.amount_residual_currency AS amount
                     %(open)s AND line.amount_residual < 0
                     UNION ALL
                    SELECT payment.partner_id, payment.currency_id,
                           CASE payment.payment_type WHEN 'inbound'
                                THEN payment.amount ELSE -payment.amount END
                      FROM account_payment payment
                     WHERE payment.move_id IS NULL AND payment.state = 'in_process'
                       AND payment.partner_type = 'customer'
                       AND payment.company_id = ANY(%(companies)s)
                       AND %(customer)s
                       AND NOT EXISTS (
                            SELECT FROM account_move__account_payment rel
                              JOIN account_move move ON move.id = rel.invoice_id
                             WHERE rel.payment_id = payment.id
                               AND move.payment_state IN ('in_payment', 'paid'))
                   ) AS credit
              JOIN res_partner partner ON partner.id = credit.partner_id
             GROUP BY 1, 2
            """,
            open=self.env["credit.exposure"]._open_receivable_sql(scope),
            companies=scope.company_ids,
            customer=scope.customer(SQL("payment.partner_id")),
        )

    def _ready_sql(self, scope: Scope, run_ids) -> SQL:
        """Per customer, currency and item: the first day of the next notice, and
        whether one is being sent at this moment. Where each item has a notice of its
        own (item_id) the days count per item, else for all that the customer owes."""
        return SQL(
            """
            SELECT partner_id, currency_id, item_id, max(ready_on) AS ready_on,
                   bool_or(state = 'queued') AS pending
              FROM credit_dunning_notice
             WHERE company_id = %(company)s AND run_id != ALL(%(runs)s)
               AND (state = 'queued' OR state = 'sent' AND ready_on > %(today)s)
               AND %(customer)s
             GROUP BY partner_id, currency_id, item_id
            """,
            company=scope.company.id,
            customer=scope.customer(SQL("partner_id")),
            runs=list(run_ids),
            today=scope.today,
        )

    def _horizon_days(self, scope: Scope) -> int:
        """How many days before the due date the earliest courtesy goes out."""
        query = SQL(
            """
            SELECT coalesce(max(-level.delay_days), 0)
              FROM credit_dunning_level level JOIN (%s) AS policy
                ON policy.id = level.policy_id WHERE level.delay_mode = 'due'
            """,
            self._policy_sql(scope),
        )
        return max(0, self.env.execute_query(query)[0][0])

    def _open_sql(self, scope: Scope) -> SQL:
        """The open items with customer, strategy, history, and why one is stopped."""
        due = self.env["credit.exposure"]._due_sql()
        return SQL(
            """
            SELECT line.id AS line_id, line.move_id, line.move_name AS name,
                   line.date, line.currency_id,
                   partner.commercial_partner_id AS partner_id,
                   coalesce(move.partner_id, line.partner_id) AS contact_id,
                   line.amount_residual_currency AS residual,
                   %(due)s AS due, %(today)s - %(due)s AS days,
                   policy.id AS policy_id, policy.mode,
                   coalesce(policy.min_amount, 0) AS min_amount,
                   coalesce(policy.tolerance, 0) AS tolerance, policy.offset_credits,
                   policy.skip_levels IS TRUE AS skip_levels,
                   policy.currency_rate / %(line_rate)s AS rate,
                   coalesce(sent.level_number, 0) AS reached, sent.sent_on,
                   %(stopped)s AS stopped
              FROM (SELECT line.* %(open)s
                       AND line.amount_residual > 0
                       AND line.amount_residual_currency > 0
                       AND %(due)s <= %(last)s) AS line
              JOIN res_partner partner ON partner.id = line.partner_id
              JOIN account_move move ON move.id = line.move_id
              LEFT JOIN credit_file file
                     ON file.partner_id = partner.commercial_partner_id
                    AND file.company_id = %(company)s
              LEFT JOIN credit_grade grade ON grade.id = file.grade_id
              LEFT JOIN policy own ON own.id = move.credit_dunning_policy_id
              LEFT JOIN policy customer ON customer.id = file.dunning_policy_id
              LEFT JOIN policy graded ON graded.id = grade.dunning_policy_id
              LEFT JOIN policy ON policy.id =
                        coalesce(own.id, customer.id, graded.id, %(default)s)
             CROSS JOIN LATERAL (
                    SELECT max(past.level_number) FILTER (
                               WHERE level.policy_id = policy.id) AS level_number,
                           max(past.sent_on) AS sent_on
                      FROM credit_dunning_notice_line past
                      JOIN credit_dunning_level level ON level.id = past.level_id
                     WHERE past.move_line_id = line.id AND past.sent) AS sent
            """,
            due=due,
            today=scope.today,
            last=fields.Date.add(scope.today, days=self._horizon_days(scope)),
            line_rate=scope.rate(SQL("line.currency_id")),
            stopped=self._stopped_sql(scope),
            open=self.env["credit.exposure"]._open_receivable_sql(scope),
            company=scope.company.id,
            default=self.env["credit.dunning.policy"]._get_default(scope.company).id
            or None,
        )

    def _stopped_sql(self, scope: Scope) -> SQL:
        """Why an item is not to be reminded of at all; NULL when it is."""
        return SQL(
            """
            CASE WHEN move.payment_state = 'blocked' THEN 'blocked'
                 WHEN move.payment_state IN
                      ('in_payment', 'paid', 'reversed', 'invoicing_legacy')
                 THEN 'in_payment'
                 WHEN EXISTS (
                      SELECT FROM account_invoice_transaction_rel rel
                        JOIN payment_transaction tx ON tx.id = rel.transaction_id
                       WHERE rel.invoice_id = move.id AND tx.payment_id IS NULL
                         AND tx.state IN ('authorized', 'done')) THEN 'in_payment'
                 WHEN line.no_followup THEN 'no_followup'
                 WHEN line.credit_no_dunning_until >= %(today)s THEN 'item_paused'
                 WHEN file.never_dun THEN 'never'
                 WHEN file.no_dunning_until >= %(today)s THEN 'paused'
                 WHEN policy.id IS NULL THEN 'no_policy' END
            """,
            today=scope.today,
        )

    def _valued_sql(self, manual: bool) -> SQL:
        """What is left of each item: open credits pay the oldest that may be reminded
        of, so that nobody is asked for money we have; then what is too small."""
        return SQL(
            """
            SELECT stated.*,
                   sum(net) FILTER (WHERE status = 'open' AND days > 0)
                       OVER (PARTITION BY partner_id, currency_id) AS total
              FROM (SELECT netted.*,
                           CASE WHEN stopped IS NOT NULL THEN stopped
                                WHEN amount = 0 THEN rest_reason
                                WHEN net = 0 THEN 'credit'
                                WHEN net * rate <= tolerance AND NOT %(manual)s
                                THEN 'small' ELSE 'open' END AS status
                      FROM (SELECT resting.*,
                                   greatest(0, least(resting.amount,
                                       sum(resting.amount) OVER (
                                           PARTITION BY partner_id, currency_id
                                           ORDER BY due, line_id)
                                       - CASE WHEN offset_credits
                                              THEN coalesce(credit.amount, 0)
                                              ELSE 0 END)) AS net
                              FROM (%(resting)s) AS resting
                              LEFT JOIN credit USING (partner_id, currency_id)
                           ) AS netted
                   ) AS stated
            """,
            manual=manual,
            resting=SQL(
                """
                SELECT item.*, resting.reason AS rest_reason,
                       CASE WHEN resting.whole THEN residual
                            ELSE least(residual, coalesce(resting.amount, 0))
                            END AS rested,
                       CASE WHEN stopped IS NOT NULL OR resting.whole THEN 0
                            ELSE greatest(0, residual - coalesce(resting.amount, 0))
                            END AS amount
                  FROM item LEFT JOIN resting ON resting.move_line_id = item.line_id
                """
            ),
        )
