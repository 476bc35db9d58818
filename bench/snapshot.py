"""The two ways to store the figures of all credit files: ours, and one plain UPDATE."""

import floor

from odoo.tools import SQL


def refresh(env, share):
    """Our job, after the stored figures of a share of the files became wrong."""
    _spoil(env, share)
    return env["credit.file"]._refresh_snapshot


def plain_update(env):
    """The figures that the snapshot stores, in one statement."""
    _spoil(env, 1)
    query = SQL(
        """
        WITH owed AS (
            SELECT *, coalesce(not_due, 0) + coalesce(overdue, 0)
                      + coalesce(credits, 0) AS receivables FROM (%(parts)s) AS parts),
        paid AS (
            SELECT partner.commercial_partner_id AS partner_id, max(date) AS day
              FROM account_payment payment
              JOIN res_partner partner ON partner.id = payment.partner_id
             WHERE partner_type = 'customer' AND payment_type = 'inbound'
               AND state IN ('in_process', 'paid')
             GROUP BY 1),
        new AS (
            SELECT file.id, file.credit_limit, owed.receivables, owed.overdue,
                   owed.days, paid.day,
                   coalesce(owed.receivables, 0) + coalesce(owed.orders, 0)
                   + coalesce(owed.drafts, 0) + coalesce(owed.in_transit, 0) AS used
              FROM credit_file file
              LEFT JOIN owed USING (partner_id)
              LEFT JOIN paid USING (partner_id))
        UPDATE credit_file file
           SET effective_limit = new.credit_limit, exposure = new.used,
               available = new.credit_limit - new.used,
               utilisation_pct = 100 * new.used / nullif(new.credit_limit, 0),
               receivable_amount = new.receivables, overdue_amount = new.overdue,
               overdue_days = new.days, insured_amount = 0,
               last_payment_date = new.day,
               limit_status = CASE WHEN new.used > new.credit_limit THEN 'over'
                                   WHEN new.used > 0.9 * new.credit_limit THEN 'watch'
                                   ELSE 'ok' END,
               snapshot_at = now()
          FROM new WHERE new.id = file.id
        """,
        parts=floor.exposure_sql(env),
    )
    return lambda: env.cr.execute(query)


def _spoil(env, share):
    env.cr.execute(
        "UPDATE credit_file SET exposure = -1, overdue_days = -1 WHERE id %% %s = 0",
        [round(1 / share)],
    )
    env.cr.execute("ANALYZE credit_file")
