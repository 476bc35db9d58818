"""The service that measures how customers have paid, in four queries per company."""

from datetime import date

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.behaviour import LONG_MONTHS, SHORT_MONTHS, Behaviour, months_before

CustomerKey = tuple[int, int]

#: What the SQL reads beside what the exposure reads.
FIELDS_READ = {
    "account.move": ["reversed_entry_id", "origin_payment_id", "statement_line_id"],
    "account.move.line": ["amount_currency", "amount_residual_currency"],
    "account.partial.reconcile": [
        "debit_move_id",
        "credit_move_id",
        "debit_amount_currency",
        "max_date",
    ],
    "account.payment": ["payment_type"],
    "credit.promise": ["partner_id", "company_id", "state", "closed_on"],
}
INVOICES = ("out_invoice", "out_receipt")


class CreditBehaviour(models.AbstractModel):
    """How customers have paid, as of any day.

    The figures and their terms are defined in ``tools/behaviour.py``, by an arithmetic
    document after document that a test compares with this. A customer is a key ``(id
    of the commercial partner, id of the root company)`` as in ``credit.exposure``:
    contacts and branches count, whoever asks. Money is in company currency.

    As of a day in the past, nothing later is known: invoices after it do not exist,
    and what was reconciled after it stands open. Of entries that were set back to
    draft or cancelled since, the ledger keeps no trace: they never were.

    Cost: four queries per root company for any number of customers, after flushing.
    Example::

        found = env["credit.behaviour"]._get_behaviours(files, date(2025, 12, 31))
        found[file.id].days_late, found[file.id].on_time_pct
    """

    _name = "credit.behaviour"
    _description = "Payment Behaviour"

    @api.model
    def _get_behaviours(self, files, date: date | None = None) -> dict[int, Behaviour]:
        """``{file_id: Behaviour}`` as of ``date`` (today when None)."""
        # sudo: measured for whoever asks
        files = files.sudo()
        keys = {file.id: (file.partner_id.id, file.company_id.id) for file in files}
        found = self._get_customer_behaviours(keys.values(), date)
        return {file_id: found[key] for file_id, key in keys.items()}

    @api.model
    def _get_customer_behaviours(
        self, keys, date: date | None = None
    ) -> dict[CustomerKey, Behaviour]:
        """``{key: Behaviour}`` for every key given, with or without a file."""
        day = date or fields.Date.today()
        self._flush_read()
        rows = {key: {} for key in keys}
        scopes = self.env["credit.exposure"]._get_scopes(dict.fromkeys(rows))
        for scope, partners in scopes:
            for query in self._fact_sqls(scope, day):
                self._collect(rows, scope.company.id, partners, query)
        return {key: Behaviour(day=day, **values) for key, values in rows.items()}

    def _collect(self, rows, company_id, partners, query):
        """Add the columns of ``query`` to the rows of its customers.

        The first column is the customer; the others are named as the fields of
        ``Behaviour``.
        """
        self.env.cr.execute(query)
        _partner, *names = (column.name for column in self.env.cr.description)
        for partner_id, *values in self.env.cr.fetchall():
            if partner_id in partners:
                rows[partner_id, company_id] |= zip(names, values, strict=True)

    def _flush_read(self):
        for name, names in FIELDS_READ.items():
            self.env[name].flush_model(names)

    # -- SQL --------------------------------------------------------------------------
    def _fact_sqls(self, scope, day) -> list[SQL]:
        """The queries; other add-ons may add one. Each gives one row per customer."""
        if not scope.is_small:  # many: cheaper picked out of all than looked up
            scope = scope._replace(partner_ids=None)
        return [
            self._lateness_sql(scope, day),
            self._trade_sql(scope, day),
            self._returned_sql(scope, day),
            self._broken_sql(scope, day),
        ]

    def _lateness_sql(self, scope, day) -> SQL:
        """Days late and shares, over what was paid and what stood open.

        In floating point, which is ten times faster than exact numbers, and rounded
        at the end, so that the order of adding up makes no difference.
        """
        grace = scope.company.credit_overdue_grace_days
        overdue = SQL("part.day IS NULL AND part.late > 0")
        short, long = (
            SQL("(part.day > %s OR %s)", months_before(day, months), overdue)
            for months in (SHORT_MONTHS, LONG_MONTHS)
        )
        decided = SQL("(part.day IS NOT NULL OR part.late > %s)", grace)
        return SQL(
            """
            SELECT contact.commercial_partner_id,
                   %(all)s AS days_late,
                   %(clipped)s AS days_late_clipped,
                   %(on_time)s AS on_time_pct,
                   greatest(0, max(part.late)) AS largest_delay_days,
                   %(short)s AS days_late_short,
                   %(long)s AS days_late_long,
                   count(*) AS part_count
              FROM (%(paid)s UNION ALL %(open)s) AS part
              JOIN %(contact)s ON contact.id = part.partner_id
             GROUP BY contact.commercial_partner_id
            """,
            paid=self._paid_sql(scope, day),
            open=self._open_sql(scope, day),
            contact=scope.contact_sql(),
            all=self._mean_sql(SQL("part.late"), SQL("TRUE")),
            clipped=self._mean_sql(SQL("greatest(0, part.late)"), SQL("TRUE")),
            on_time=self._mean_sql(
                SQL("CASE WHEN part.late <= %s THEN 100 ELSE 0 END", grace), decided
            ),
            short=self._mean_sql(SQL("part.late"), short),
            long=self._mean_sql(SQL("part.late"), long),
        )

    def _mean_sql(self, value: SQL, condition: SQL) -> SQL:
        """The mean of ``value`` weighted by amount; NULL of nothing."""
        return SQL(
            """round((sum(part.amount * %(value)s) FILTER (WHERE %(condition)s)
                      / nullif(sum(part.amount) FILTER (WHERE %(condition)s), 0)
                     )::numeric, 6)::float8""",
            value=value,
            condition=condition,
        )

    def _paid_sql(self, scope, day) -> SQL:
        """What was paid of debts by ``day``: partner_id, day, late, amount.

        A partial reconciliation happens on the later day of its two sides, as in the
        host's aged receivables. What a credit note settles is no payment. Nor is a
        difference of exchange, which the host books at the end of the month: amounts
        are in the invoice's currency, at the invoice's rate.
        """
        return SQL(
            """
            SELECT line.partner_id, partial.max_date AS day,
                   partial.max_date - line.due AS late,
                   partial.debit_amount_currency::float8 * line.rate AS amount
              FROM (%s) AS line
              JOIN account_partial_reconcile partial ON partial.debit_move_id = line.id
              JOIN account_move_line credit ON credit.id = partial.credit_move_id
              JOIN account_move credit_move ON credit_move.id = credit.move_id
             WHERE partial.max_date <= %s AND credit_move.move_type != 'out_refund'
               AND partial.debit_amount_currency > 0
            """,
            self._debt_sql(scope, day),
            day,
        )

    def _open_sql(self, scope, day) -> SQL:
        """What stood open of debts on ``day``, columns as of ``_paid_sql``: what is
        open now, and what was settled since; of few debts looked up one by one."""
        return SQL(
            """
            SELECT line.partner_id, NULL::date AS day, %(day)s - line.due AS late,
                   (line.residual + coalesce(later.amount, 0))::float8 * line.rate
                       AS amount
              FROM (%(debts)s) AS line
              LEFT JOIN LATERAL (
                    SELECT debit_move_id, sum(debit_amount_currency) AS amount
                      FROM account_partial_reconcile
                     WHERE max_date > %(day)s AND %(of)s
                     GROUP BY debit_move_id) AS later ON later.debit_move_id = line.id
             WHERE line.residual + coalesce(later.amount, 0) > 0
            """,
            debts=self._debt_sql(scope, day),
            day=day,
            of=SQL("debit_move_id = line.id") if scope.is_small else SQL("TRUE"),
        )

    def _debt_sql(self, scope, day) -> SQL:
        """The debts: instalments of invoices, and debits made by hand such as opening
        balances. Neither refunds and returned payments nor what reverses an entry, and
        no differences of exchange (they have no amount in currency).

        id, partner_id, due, residual (in its own currency), rate (of the invoice, to
        the company's currency).
        """
        return SQL(
            """
            SELECT line.id, line.partner_id,
                   coalesce(line.date_maturity, line.date) AS due,
                   line.amount_residual_currency AS residual,
                   line.balance::float8 / line.amount_currency::float8 AS rate
              FROM account_move_line line
              JOIN account_move move ON move.id = line.move_id
             WHERE %(receivable)s AND line.balance > 0 AND line.amount_currency > 0
               AND (move.move_type = ANY(%(invoices)s)
                    OR move.move_type = 'entry' AND move.reversed_entry_id IS NULL
                       AND move.origin_payment_id IS NULL
                       AND move.statement_line_id IS NULL)
            """,
            receivable=self._receivable_sql(scope, day),
            invoices=list(INVOICES),
        )

    def _receivable_sql(self, scope, day) -> SQL:
        """The condition on ``line``: posted trade receivables up to ``day``."""
        return SQL(
            """line.account_id = ANY(%s) AND line.company_id = ANY(%s)
               AND line.parent_state = 'posted' AND line.date <= %s AND %s""",
            scope.receivable_ids,
            scope.company_ids,
            day,
            scope.customer(SQL("line.partner_id")),
        )

    def _trade_sql(self, scope, day) -> SQL:
        """First invoice, turnover, share of credit notes, highest balance."""
        return SQL(
            """
            WITH per_day AS (
                SELECT contact.commercial_partner_id AS partner_id, line.date,
                       sum(line.balance::float8) AS moved,
                       coalesce(sum(line.balance::float8) FILTER (
                           WHERE move.move_type = ANY(%(invoices)s)), 0) AS invoiced,
                       coalesce(sum(line.balance::float8) FILTER (
                           WHERE move.move_type = 'out_refund'), 0) AS credited,
                       bool_or(move.move_type = ANY(%(invoices)s)) AS is_invoiced
                  FROM account_move_line line
                  JOIN account_move move ON move.id = line.move_id
                  JOIN %(contact)s ON contact.id = line.partner_id
                 WHERE %(receivable)s
                 GROUP BY contact.commercial_partner_id, line.date),
            running AS (
                SELECT *, sum(moved) OVER (PARTITION BY partner_id ORDER BY date)
                       AS balance
                  FROM per_day)
            SELECT partner_id,
                   min(date) FILTER (WHERE is_invoiced) AS first_day,
                   %(turnover)s AS turnover,
                   %(turnover_before)s AS turnover_before,
                   %(credit_note_pct)s AS credit_note_pct,
                   %(highest)s AS highest_balance
              FROM running GROUP BY partner_id
            """,
            invoices=list(INVOICES),
            contact=scope.contact_sql(),
            receivable=self._receivable_sql(scope, day),
            **self._trade_columns(day),
        )

    def _trade_columns(self, day) -> dict[str, SQL]:
        """The columns over ``running``, rounded as the others."""
        year = SQL("date > %s", months_before(day, LONG_MONTHS))
        before = SQL(
            "date > %s AND date <= %s",
            months_before(day, 2 * LONG_MONTHS),
            months_before(day, LONG_MONTHS),
        )
        traded = "coalesce(sum(invoiced + credited) FILTER (WHERE %s), 0)"
        columns = {
            "turnover": SQL(traded, year),
            "turnover_before": SQL(traded, before),
            "credit_note_pct": SQL(
                "-100 * sum(credited) FILTER (WHERE %s)"
                " / nullif(sum(invoiced) FILTER (WHERE %s), 0)",
                year,
                year,
            ),
            "highest": SQL("greatest(0, max(balance))"),
        }
        return {
            name: SQL("round((%s)::numeric, 6)::float8", column)
            for name, column in columns.items()
        }

    def _returned_sql(self, scope, day) -> SQL:
        """Customer payments of the last 12 months that came back: rejected, or their
        entry was reversed (on that day). When a payment was rejected is not kept: it
        counts on its own day."""
        return SQL(
            """
            SELECT contact.commercial_partner_id, count(*) AS returned_payments
              FROM account_payment payment
              JOIN %(contact)s ON contact.id = payment.partner_id
              LEFT JOIN LATERAL (
                    SELECT min(date) AS date FROM account_move
                     WHERE reversed_entry_id = payment.move_id
                       AND state = 'posted') reversal
                     ON payment.state != 'rejected'
             WHERE payment.partner_type = 'customer'
               AND payment.payment_type = 'inbound'
               AND payment.company_id = ANY(%(companies)s)
               AND payment.date <= %(day)s
               AND CASE WHEN payment.state = 'rejected' THEN payment.date
                        ELSE reversal.date END > %(year)s
               AND coalesce(reversal.date, payment.date) <= %(day)s
               AND %(customer)s
             GROUP BY 1
            """,
            contact=scope.contact_sql(),
            companies=scope.company_ids,
            day=day,
            year=months_before(day, LONG_MONTHS),
            customer=scope.customer(SQL("payment.partner_id")),
        )

    def _broken_sql(self, scope, day) -> SQL:
        """Promises to pay that were broken within the last 12 months."""
        return SQL(
            """
            SELECT partner_id, count(*) AS broken_promises
              FROM credit_promise
             WHERE state = 'broken' AND company_id = %s
               AND closed_on > %s AND closed_on <= %s AND %s
             GROUP BY partner_id
            """,
            scope.company.id,
            months_before(day, LONG_MONTHS),
            day,
            SQL("TRUE")
            if scope.partner_ids is None
            else SQL("partner_id = ANY(%s)", scope.partner_ids),
        )
