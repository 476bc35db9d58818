"""What the indicators measure: one SQL each, for all credit files of a company."""

import json
from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

#: So many periods before the last one tell what is usual.
USUAL_PERIODS = 6


class CreditAlerting(models.AbstractModel):
    """Every SQL gives rows (file id, value, figures): the value is compared with the
    threshold of the rule, ``figures`` (jsonb) are kept as measured. Amounts are in the
    currency of the file and named ``…amount``.

    Exposure, limit and overdue come from the snapshot of the files, refreshed before;
    all else from the ledger, the orders and promises; and from covers, scores and
    ratings (credit_alerting_sql_evidence.py).
    """

    _inherit = "credit.alerting"

    @api.model
    def _get_measures(self):
        """``{indicator: function(rule, company) -> SQL}``"""
        return {
            "overdue": self._overdue_sql,
            "utilisation": self._utilisation_sql,
            "slower_payment": self._slower_payment_sql,
            "order_surge": self._order_surge_sql,
            "partial_payments": self._partial_payments_sql,
            "broken_promise": self._broken_promise_sql,
            "insurer_cut": self._insurer_cut_sql,
            "concentration": self._concentration_sql,
            "score_drop": self._score_drop_sql,
            "rating_change": self._rating_change_sql,
        }

    # -- helpers --------------------------------------------------------------------
    @api.model
    def _get_scope(self, company):
        """Accounts, companies, rates; what the SQL reads is flushed."""
        scope = self.env["credit.exposure"]._get_scope(company)
        self.env.flush_all()
        return scope

    @api.model
    def _to_file_sql(self, scope, amount, currency) -> SQL:
        """``amount`` of a currency (SQL) in the currency of the file."""
        return SQL(
            "(%s * %s / %s)",
            amount,
            scope.rate(SQL("file.currency_id")),
            scope.rate(currency),
        )

    @api.model
    def _enough_sql(self, rule, scope, amount) -> SQL:
        """Is an amount in the file's currency large enough for the rule?"""
        if not rule.min_amount:
            return SQL("TRUE")
        least = self._to_file_sql(
            scope, SQL("%s", rule.min_amount), SQL("%s", rule.currency_id.id or 0)
        )
        return SQL("%s >= %s", amount, least)

    @api.model
    def _own_sql(self, scope) -> SQL:
        """The company's own currency, as SQL."""
        return SQL("%s", scope.company.currency_id.id)

    # -- from the snapshot ----------------------------------------------------------
    @api.model
    def _overdue_sql(self, rule, company) -> SQL:
        """Days past due of the oldest item, beyond the company's grace."""
        scope = self._get_scope(company)
        return SQL(
            """
            SELECT file.id, file.overdue_days,
                   jsonb_build_object('amount', file.overdue_amount)
              FROM credit_file file
             WHERE file.company_id = %s AND file.overdue_amount > 0 AND %s
            """,
            company.id,
            self._enough_sql(rule, scope, SQL("file.overdue_amount")),
        )

    @api.model
    def _utilisation_sql(self, rule, company) -> SQL:
        """Exposure in per cent of the limit in force; none where there is no limit."""
        scope = self._get_scope(company)
        return SQL(
            """
            SELECT file.id, file.utilisation_pct, jsonb_build_object(
                       'used_amount', file.exposure,
                       'limit_amount', file.effective_limit)
              FROM credit_file file
             WHERE file.company_id = %s AND file.effective_limit IS NOT NULL
               AND file.exposure > 0 AND file.utilisation_pct IS NOT NULL AND %s
            """,
            company.id,
            self._enough_sql(rule, scope, SQL("file.exposure")),
        )

    @api.model
    def _concentration_sql(self, rule, company) -> SQL:
        """Share of the company's total exposure: that of all files, and the open items
        of customers without a file. Credit balances of one do not reduce the risk in
        another, so they count as nothing."""
        scope = self._get_scope(company)
        own = self._own_sql(scope)
        return SQL(
            """
            SELECT file.id, file.exposure * factor.rate * 100 / total.amount,
                   jsonb_build_object('amount', file.exposure,
                                      'total_amount', total.amount / factor.rate)
              FROM credit_file file
             CROSS JOIN LATERAL (SELECT (%(to_own)s)::numeric AS rate) AS factor
             CROSS JOIN (
                   SELECT sum(greatest(amount, 0)) AS amount FROM (
                       SELECT file.exposure * %(to_own)s AS amount FROM credit_file file
                        WHERE file.company_id = %(company)s
                       UNION ALL
                       SELECT sum(item.amount_residual)
                         FROM (SELECT line.partner_id, line.amount_residual %(open)s)
                              AS item
                         JOIN res_partner contact ON contact.id = item.partner_id
                        WHERE NOT EXISTS (
                              SELECT FROM credit_file file
                               WHERE file.company_id = %(company)s
                                 AND file.partner_id = contact.commercial_partner_id)
                        GROUP BY contact.commercial_partner_id) AS customer
                   ) AS total
             WHERE file.company_id = %(company)s AND file.exposure > 0
               AND total.amount > 0 AND %(enough)s
            """,
            company=company.id,
            to_own=SQL(
                "(%s / %s)", scope.rate(own), scope.rate(SQL("file.currency_id"))
            ),
            open=self.env["credit.exposure"]._open_receivable_sql(scope),
            enough=self._enough_sql(rule, scope, SQL("file.exposure")),
        )

    # -- from the ledger ------------------------------------------------------------
    @api.model
    def _slower_payment_sql(self, rule, company) -> SQL:
        """Weighted days late of the last 3 months less those of the last 12: the trend
        of ``credit.behaviour``, the same figure as on the credit file."""
        files = self.env["credit.file"].search([("company_id", "=", company.id)])
        rows = [
            (
                file_id,
                round(paid.trend_days, 2),
                {
                    "now_days": round(paid.days_late_short, 1),
                    "before_days": round(paid.days_late_long, 1),
                },
            )
            for file_id, paid in self.env["credit.behaviour"]
            ._get_behaviours(files)
            .items()
            if paid.trend_days is not None
        ]
        return self._rows_sql(rows)

    @api.model
    def _rows_sql(self, rows) -> SQL:
        """Rows measured in Python, as the SQL of an indicator."""
        ids, values, figures = zip(*rows, strict=True) if rows else ((), (), ())
        return SQL(
            "SELECT * FROM unnest(%s::int4[], %s::float8[], %s::jsonb[])",
            list(ids),
            list(values),
            [json.dumps(row) for row in figures],
        )

    @api.model
    def _partial_payments_sql(self, rule, company) -> SQL:
        """Open items of which a payment of the period settled a part only."""
        scope = self._get_scope(company)
        left = self._to_file_sql(scope, SQL("paid.amount"), self._own_sql(scope))
        return SQL(
            """
            SELECT file.id, paid.items, jsonb_build_object(
                       'amount', %(left)s, 'days', %(days)s)
              FROM credit_file file
              JOIN (
                   SELECT contact.commercial_partner_id AS partner_id,
                          count(*) AS items, sum(item.amount_residual) AS amount
                     FROM (SELECT line.id, line.partner_id, line.amount_residual
                             %(open)s AND line.amount_residual > 0) AS item
                     JOIN res_partner contact ON contact.id = item.partner_id
                    WHERE EXISTS (
                          SELECT FROM account_partial_reconcile part
                            JOIN account_move_line money
                              ON money.id = part.credit_move_id
                            JOIN account_move move ON move.id = money.move_id
                           WHERE part.debit_move_id = item.id
                             AND part.max_date > %(start)s
                             AND move.move_type <> 'out_refund')
                    GROUP BY contact.commercial_partner_id) AS paid
                ON paid.partner_id = file.partner_id
             WHERE file.company_id = %(company)s AND %(enough)s
            """,
            company=company.id,
            days=rule.days,
            start=scope.today - timedelta(days=rule.days),
            open=self.env["credit.exposure"]._open_receivable_sql(scope),
            left=left,
            enough=self._enough_sql(rule, scope, left),
        )

    # -- from orders and promises ---------------------------------------------------
    @api.model
    def _order_surge_sql(self, rule, company) -> SQL:
        """Orders confirmed in the period, in per cent of what is usual: the average of
        the periods before, as far back as he ordered (at most six)."""
        scope, days = self._get_scope(company), rule.days
        start = scope.today - timedelta(days=days)
        amount = self._to_file_sql(
            scope, SQL("sale.amount_total"), SQL("sale.currency_id")
        )
        return SQL(
            """
            SELECT file.id, round((ordered.now * 100 / ordered.usual)::numeric, 2),
                   jsonb_build_object('now_amount', ordered.now,
                       'usual_amount', ordered.usual, 'days', %(days)s)
              FROM (
                   SELECT file.id,
                          sum(%(amount)s) FILTER (WHERE sale.date_order >= %(start)s)
                          AS now,
                          sum(%(amount)s) FILTER (WHERE sale.date_order < %(start)s)
                          / greatest(1, (%(start)s - min(sale.date_order)::date)
                                        / %(days)s::numeric) AS usual
                     FROM sale_order sale
                     JOIN res_partner contact ON contact.id = sale.partner_invoice_id
                     JOIN credit_file file
                       ON file.partner_id = contact.commercial_partner_id
                      AND file.company_id = %(company)s
                    WHERE sale.state = 'sale' AND sale.company_id = ANY(%(companies)s)
                      AND sale.date_order >= %(first)s
                    GROUP BY file.id) AS ordered
              JOIN credit_file file ON file.id = ordered.id
             WHERE ordered.now > 0 AND ordered.usual > 0 AND %(enough)s
            """,
            company=company.id,
            companies=scope.company_ids,
            days=days,
            start=start,
            first=start - timedelta(days=USUAL_PERIODS * days),
            amount=amount,
            enough=self._enough_sql(rule, scope, SQL("ordered.now")),
        )

    @api.model
    def _broken_promise_sql(self, rule, company) -> SQL:
        """Promises to pay that were found broken in the period."""
        scope = self._get_scope(company)
        unpaid = self._to_file_sql(
            scope,
            SQL("(promise.amount - coalesce(promise.paid, 0))"),
            SQL("promise.currency_id"),
        )
        return SQL(
            """
            SELECT file.id, count(*), jsonb_build_object(
                       'amount', sum(%(unpaid)s), 'days', %(days)s)
              FROM credit_promise promise
              JOIN credit_file file ON file.partner_id = promise.partner_id
               AND file.company_id = promise.company_id
             WHERE file.company_id = %(company)s AND promise.state = 'broken'
               AND promise.closed_on > %(start)s
             GROUP BY file.id HAVING %(enough)s
            """,
            company=company.id,
            days=rule.days,
            start=scope.today - timedelta(days=rule.days),
            unpaid=unpaid,
            enough=self._enough_sql(rule, scope, SQL("sum(%s)", unpaid)),
        )
