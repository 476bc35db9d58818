"""Who is over the limit: filter, sort, count, first page of 80"""

import floor as plain_sql
import sides
from targets import within

TARGETS = [within(50)]
COLUMNS = {
    name: {}
    for name in ("display_name", "effective_limit", "exposure", "available", "state")
}


def ours(env):
    domain = [("limit_status", "=", "over"), ("state", "!=", "closed")]
    return lambda: env["credit.file"].web_search_read(
        domain, COLUMNS, limit=80, order="exposure desc"
    )


def floor(env):
    """Live, without a snapshot."""
    query = plain_sql.SQL(
        """
        SELECT partner.id, partner.name, owed.amount
          FROM (SELECT partner_id,
                       coalesce(not_due, 0) + coalesce(overdue, 0)
                       + coalesce(credits, 0) + coalesce(orders, 0)
                       + coalesce(drafts, 0) + coalesce(in_transit, 0) AS amount
                  FROM (%s) AS parts) AS owed
          JOIN res_partner partner ON partner.id = owed.partner_id
         WHERE owed.amount > (partner.credit_limit ->> %s)::numeric
         ORDER BY owed.amount DESC LIMIT 80
        """,
        plain_sql.exposure_sql(env),
        str(env.company.id),
    )
    return lambda: env.execute_query(query)


def plain(env):
    """Odoo has no filter for it: read everybody, compare, sort."""
    return sides.native_exposure(env, sides.everybody(env))


def oca(env):
    return lambda: env["res.partner"].search([("risk_exception", "=", True)], limit=80)
