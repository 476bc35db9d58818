"""Post an invoice"""

from targets import extra_queries, times

TARGETS = [times(1.03, "plain"), extra_queries(0)]


def plain(env):
    drafts = env["account.move"].search(
        [
            ("state", "=", "draft"),
            ("move_type", "=", "out_invoice"),
            ("commercial_partner_id.ref", "=like", "BENCH%"),
            ("invoice_origin", "=", False),
        ],
        order="id",
        limit=1,
    )
    return drafts.action_post


ours = oca = plain
