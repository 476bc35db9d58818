"""Which credit files the hourly refresh of the figures measures again."""

from odoo import api, fields, models
from odoo.tools import SQL


class CreditFile(models.Model):
    """Between two full runs only what may have changed is measured.

    Nothing is noted where money moves, or every posting would pay for it. Instead the
    part of the exposure that sits in journals is read for everybody, straight from the
    index of open items, and compared with what the files say; orders, which take ten
    times as long, are asked for the rows that were written since the last run. Who
    shares a ceiling with a changed customer is measured with him.

    The first run of a day measures everybody: due dates pass, limits begin and end.
    So does the run after ``_forget_snapshots``. Who is no longer named on a row that
    was his (an order got another payer) is noted by ``_forget_figures``.

    *Since the last run* is told by PostgreSQL's own transaction numbers: the horizon
    is the oldest transaction that the last run did not see completed, and every row
    version carries the number of the transaction that wrote it (``xmin``). Unlike
    times of writing it misses neither a long transaction nor an import by SQL. The
    horizon is stored with the figures, so that a killed run leaves no gap.
    """

    _inherit = "credit.file"

    def write(self, vals):
        """Another grade, another limit; another group, another room for its members."""
        result = super().write(vals)
        if not {"group_id", "group_exempt"}.isdisjoint(vals):
            self._forget_snapshots()
        elif "grade_id" in vals:
            self._refresh_snapshot(self)
        return result

    @api.model
    def _find_changed(self, company):
        """The files of a root company whose figures may be out of date."""
        horizon, newest = (
            int(company.credit_snapshot_horizon or 0),
            self._get_horizons()[1],
        )
        measured_at = company.credit_snapshot_at
        is_new_day = not measured_at or measured_at.date() != fields.Date.today()
        # a horizon in the future: the database was restored from a dump
        if is_new_day or not horizon or horizon > newest:
            return self.search([("company_id", "=", company.id)])
        scope = self.env["credit.exposure"]._get_scope(company)
        self.flush_model()
        rows = self.env.execute_query(self._changed_sql(scope, newest - horizon))
        return self.browse(file_id for (file_id,) in rows)

    @api.model
    def _get_horizons(self) -> tuple[int, int]:
        """Numbers of the oldest transaction that we may not see the work of, and of
        the next transaction."""
        query = """
            SELECT pg_snapshot_xmin(now)::text::bigint,
                   pg_snapshot_xmax(now)::text::bigint
              FROM pg_current_snapshot() AS now
        """
        [horizons] = self.env.execute_query(SQL(query))
        return horizons

    @api.model
    def _forget_snapshots(self):
        """Let the next run measure everybody: a setting, a grade, a group, an exchange
        rate changed."""
        names = ["credit_snapshot_horizon"]
        self.env["res.company"].flush_model(names)
        self.env.cr.execute(
            """UPDATE res_company SET credit_snapshot_horizon = NULL
                WHERE credit_snapshot_horizon IS NOT NULL"""
        )
        self.env["res.company"].invalidate_model(names)

    @api.model
    def _forget_figures(self, keys):
        """Let the next run measure the customers of these keys, (partner id, root
        company id); no query without keys."""
        if not keys:
            return
        self.flush_model(["partner_id", "company_id", "snapshot_at"])
        self.env.cr.execute(
            SQL(
                """UPDATE credit_file SET snapshot_at = NULL
                    WHERE (partner_id, company_id) IN %s""",
                tuple(keys),
            )
        )
        self.invalidate_model(["snapshot_at"], flush=False)

    def _changed_sql(self, scope, age: int) -> SQL:
        """Ids of the files to measure.

        :param age: rows written by the last so many transactions count as changed
        """
        return SQL(
            """
            WITH owed AS (%(owed)s),
            moved AS (
                SELECT contact.commercial_partner_id
                  FROM (%(moved)s) AS moved (partner_id)
                  JOIN res_partner contact ON contact.id = moved.partner_id),
            changed AS (
                SELECT file.id, file.group_id
                  FROM credit_file file
                  LEFT JOIN owed ON owed.partner_id = file.partner_id
                 WHERE file.company_id = %(company)s
                   AND (file.snapshot_at IS NULL
                        -- amounts at today's rate: nothing to compare them with
                        OR file.currency_id != %(currency)s
                        OR %(differs)s
                        OR file.partner_id IN (SELECT * FROM moved)))
            SELECT id FROM changed
             UNION
            SELECT id FROM credit_file
             WHERE group_id IN (SELECT group_id FROM changed)
               AND company_id = %(company)s
            """,
            owed=self._owed_sql(scope),
            moved=SQL(" UNION ALL ").join(
                self.env["credit.exposure"]._moved_contact_sqls(age)
            ),
            company=scope.company.id,
            currency=scope.company.currency_id.id,
            differs=self._differs_sql(scope),
        )

    def _owed_sql(self, scope) -> SQL:
        """Per customer what the journals say, orders apart."""
        service = self.env["credit.exposure"]
        return SQL(
            """
            SELECT partner_id,
                   sum(amount) FILTER (WHERE part IN ('not_due', 'overdue'))
                       AS receivables,
                   sum(amount) FILTER (WHERE part = 'overdue') AS overdue,
                   max(days_overdue) FILTER (WHERE part = 'overdue') AS days,
                   sum(amount) FILTER (WHERE part = ANY(%s)) AS counted
              FROM (%s) AS rows GROUP BY partner_id
            """,
            list(service._get_included_parts(scope.company)),
            service._rows_sql(scope, service._ledger_sqls),
        )

    def _differs_sql(self, scope) -> SQL:
        """Whether the journals (``owed``) say something else than the file's figures.

        Rounded, since the figures were floats; to more digits than any currency has.
        """
        included = self.env["credit.exposure"]._get_included_parts(scope.company)
        return SQL(
            """
            (round(coalesce(file.receivable_amount, 0), 6),
             round(coalesce(file.overdue_amount, 0), 6),
             coalesce(file.overdue_days, 0),
             round(coalesce(file.exposure, 0) - %s, 6))
            IS DISTINCT FROM
            (coalesce(owed.receivables, 0), coalesce(owed.overdue, 0),
             coalesce(owed.days, 0), coalesce(owed.counted, 0))
            """,
            SQL("coalesce(file.order_amount, 0)" if "orders" in included else "0"),
        )
