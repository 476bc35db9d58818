"""Register a payment for an invoice"""

import sides
from targets import extra_queries, times

TARGETS = [times(1.03, "plain"), extra_queries(0)]


def plain(env):
    invoice = env["account.move"].search(
        [
            ("state", "=", "posted"),
            ("move_type", "=", "out_invoice"),
            ("payment_state", "=", "not_paid"),
            ("commercial_partner_id", "=", sides.heaviest(env).id),
        ],
        order="id",
        limit=1,
    )

    def todo():
        wizard = env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        wizard.create({})._create_payments()

    return todo


ours = oca = plain
