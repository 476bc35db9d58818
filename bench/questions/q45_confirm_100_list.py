"""100 orders by the list action, against confirming them in plain Odoo"""

import sides
from targets import extra_queries, times

TARGETS = [times(1.1, "plain"), extra_queries(12)]


def _orders(env):
    partners = env["res.partner"].search(
        [("ref", "=like", "BENCH%"), ("sale_order_ids.state", "=", "draft")],
        order="id",
        limit=100,
        offset=1,
    )
    return sides.quotations(env, partners)


def ours(env):
    return _orders(env).action_confirm_with_credit_check


def plain(env):
    return _orders(env).action_confirm


oca = plain
