"""The stored figures of credit files: for lists, filters and totals."""

from typing import NamedTuple

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.exposure import Exposure
from ..tools.facts import Customer, Figures, Order
from ..tools.limits import LimitFacts, status
from ..tools.rule_types import figures
from .credit_gate import Rates

#: The columns of the snapshot, with the type that PostgreSQL is told.
COLUMNS = {
    "effective_limit": SQL("numeric"),
    "exposure": SQL("numeric"),
    "available": SQL("numeric"),
    "utilisation_pct": SQL("float8"),
    "receivable_amount": SQL("numeric"),
    "order_amount": SQL("numeric"),
    "overdue_amount": SQL("numeric"),
    "overdue_days": SQL("int4"),
    "insured_amount": SQL("numeric"),
    "last_payment_date": SQL("date"),
    "limit_status": SQL("varchar"),
}


class Position(NamedTuple):
    """Where a customer stands now: what he may owe, what he owes, what is left."""

    facts: LimitFacts
    currency: models.BaseModel
    exposure: Exposure
    group_used: float
    figures: Figures
    status: str


class CreditFile(models.Model):
    """Figures of many files at once, live and stored.

    ``_get_positions`` measures, with the services that the gate uses, so that a list,
    a form and a refused order never disagree. ``_refresh_snapshot`` stores the
    result: a handful of queries for any number of files, one of them an UPDATE that
    only touches rows whose figures changed. No posting or payment ever writes a file.
    """

    _inherit = "credit.file"

    @api.model
    def _get_positions(self, keys):
        """``{key: Position}`` of customers, with or without a file; live."""
        keys = set(keys)
        # sudo: figures are the same for every viewer
        env = self.sudo().env
        limits = env["credit.file"]._get_customer_facts(keys)
        exposures = env["credit.exposure"]._get_customer_exposures(
            {key: facts.currency for key, facts in limits.items()}
        )
        gate, today = env["credit.gate"], fields.Date.today()
        group_used = gate._group_exposures(
            gate._group_members(keys, limits), limits, keys, Rates(env)
        )
        positions, order = {}, Order(amount=0.0)
        watch_pcts = {
            company_id: env["res.company"].browse(company_id).credit_watch_pct
            for company_id in {company_id for _partner_id, company_id in keys}
        }
        for key, (facts, currency, _file) in limits.items():
            shared = group_used.get(key, 0.0)
            customer = Customer(
                limit=facts,
                exposure=exposures[key],
                today=today,
                group_used=shared,
                digits=currency.decimal_places,
            )
            found = figures(customer, order)
            positions[key] = Position(
                facts,
                currency,
                exposures[key],
                shared,
                found,
                status(
                    found.available, found.used_pct, watch_pcts[key[1]], facts.is_set
                ),
            )
        return positions

    # -- the snapshot -------------------------------------------------------------
    @api.model
    def _refresh_snapshot(self, files=None):
        """Store today's figures of ``files``; when None, of all files whose figures
        may have changed (credit_file_changed.py).

        :return: how many files changed
        """
        # sudo: measured figures, which no user may write
        Files, changed = self.sudo(), 0
        if files is not None:
            for company, batch in files.sudo().grouped("company_id").items():
                changed += batch._store_snapshot(company)
            return changed
        for company in Files.env["res.company"].search([("parent_id", "=", False)]):
            horizon, _newest = Files._get_horizons()
            if batch := Files._find_changed(company):
                changed += batch._store_snapshot(company)
            Files._stamp_snapshot(company, horizon)
        return changed

    def _stamp_snapshot(self, company, horizon):
        """As of when the lists are; by SQL: a new time is no change of settings."""
        names = ["credit_snapshot_at", "credit_snapshot_horizon"]
        company.flush_recordset(names)
        self.env.cr.execute(
            """UPDATE res_company
                  SET credit_snapshot_at = %s, credit_snapshot_horizon = %s
                WHERE id = %s""",
            [fields.Datetime.now(), str(horizon), company.id],
        )
        company.invalidate_recordset(names)

    def _store_snapshot(self, company):
        """Measure the files of one company and write what changed, in one UPDATE."""
        company_id = company.id
        keys = {
            (vals["partner_id"], company_id): vals["id"]
            for vals in self.read(["partner_id"], load=None)
        }
        positions = self._get_positions(keys)
        paid = self._get_last_payments(company)
        rows = [
            (keys[key], *self._prepare_snapshot_row(position, paid.get(key[0])))
            for key, position in positions.items()
        ]
        self.flush_recordset(COLUMNS)
        self.env.cr.execute(self._snapshot_sql(rows))
        changed = self.env.cr.rowcount
        self.invalidate_model([*COLUMNS, "snapshot_at"])
        return changed

    def _prepare_snapshot_row(self, position, paid):
        """The values of ``COLUMNS`` for one file, in their order.

        Limit and available are empty where there is no ceiling. A use of nothing
        granted is shown as 100 %.
        """
        found, exposure = position.figures, position.exposure
        used_pct = found.used_pct
        if used_pct is None and position.status == "over":
            used_pct = 100.0
        return (
            found.limit,
            found.used,
            found.available,
            used_pct,
            exposure.receivables,
            exposure.orders,
            exposure.overdue,
            exposure.overdue_days,
            position.facts.insured,
            paid,
            position.status,
        )

    def _snapshot_sql(self, rows) -> SQL:
        """Update the rows (file id, then ``COLUMNS``) that say something new."""
        names = list(COLUMNS)
        values = [list(column) for column in zip(*rows, strict=True)]
        return SQL(
            """
            UPDATE credit_file file
               SET (%(names)s, snapshot_at) = (%(new)s, %(now)s)
              FROM unnest(%(values)s) AS new (id, %(names)s)
             WHERE file.id = new.id
               AND (%(old)s) IS DISTINCT FROM (%(new)s)
            """,
            names=SQL(", ").join(map(SQL.identifier, names)),
            new=SQL(", ").join(SQL.identifier("new", name) for name in names),
            old=SQL(", ").join(SQL.identifier("file", name) for name in names),
            now=fields.Datetime.now(),
            values=SQL(", ").join(
                SQL("%s::%s[]", column, type_)
                for column, type_ in zip(
                    values, (SQL("int4"), *COLUMNS.values()), strict=True
                )
            ),
        )

    def _get_last_payments(self, company):
        """``{partner_id: day}`` on which each customer last paid: customer payments
        and bank statement lines on his receivables. One query, two to prepare it."""
        scope = self.env["credit.exposure"]._get_scope(company)
        rows = self.env.execute_query(
            SQL(
                """
                WITH customer AS (
                     SELECT id, commercial_partner_id FROM res_partner
                      WHERE commercial_partner_id = ANY(%(partners)s))
                SELECT customer.commercial_partner_id, max(paid.date)
                  FROM customer
                  JOIN (SELECT partner_id, date FROM account_payment
                         WHERE partner_type = 'customer' AND payment_type = 'inbound'
                           AND state IN ('in_process', 'paid')
                           AND company_id = ANY(%(companies)s)
                        UNION ALL
                        SELECT partner_id, date FROM account_move_line
                         WHERE statement_line_id IS NOT NULL
                           AND parent_state = 'posted' AND balance < 0
                           AND account_id = ANY(%(accounts)s)
                           AND company_id = ANY(%(companies)s)
                       ) paid ON paid.partner_id = customer.id
                 GROUP BY customer.commercial_partner_id
                """,
                partners=self.partner_id.ids,
                companies=scope.company_ids,
                accounts=scope.receivable_ids,
            )
        )
        return dict(rows)

    @api.model
    def _cron_refresh_snapshot(self):
        """Store the figures of all files; one statement per company.

        Somebody may save a file in the seconds that this takes: measure again then.
        """
        for attempts_left in (2, 1, 0):
            try:
                self._refresh_snapshot()
                return
            except OperationalError:
                if not attempts_left:
                    raise
                self.env.cr.rollback()
                self.env.invalidate_all()

    def action_refresh_snapshot(self):
        """Refresh the selected files, or all when none is selected."""
        self.check_access("write")
        self._refresh_snapshot(self or None)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
