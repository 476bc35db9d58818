"""Overdue customers with reminders that wait to be sent; runs inside Odoo."""

import sys
from datetime import timedelta
from pathlib import Path

from odoo import Command, fields

#: Days overdue: both items of a customer get the first reminder after the due date.
DAYS = 30


def reminders(env, count):
    """So many customers with two overdue invoices each, copied by SQL, and a run whose
    notices are queued; returns its id."""
    sys.path.append(str(Path(__file__).resolve().parents[2] / "bench"))
    from copying import Copier

    customer = env["res.partner"].create(
        {
            "name": "Reminded template",
            "is_company": True,
            "email": "template@example.com",
            "child_ids": [Command.create({"name": "Billing", "type": "delivery"})],
        }
    )
    day = fields.Date.today() - timedelta(days=DAYS)
    product = env["product.product"].create({"name": "Reminded", "type": "service"})
    invoices = env["account.move"].create(
        [
            {
                "move_type": "out_invoice",
                "partner_id": customer.id,
                "invoice_date": day,
                "date": day,
                "invoice_date_due": day,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
            for amount in (100, 50)
        ]
    )
    invoices.action_post()
    env.flush_all()
    _replace_copies(env, count)
    first = Copier(env).copy([customer | customer.child_ids], count)["res.partner"]
    env.cr.execute(
        """
        UPDATE res_partner SET email = 'to' || id || '@example.com',
               email_normalized = 'to' || id || '@example.com' WHERE id >= %s
        """,
        [first],
    )
    _replace_copies(env, count, first)
    Copier(env, customer, customer.child_ids).copy([invoices], count)
    invoices.payment_state = "paid"  # the pattern itself is not reminded of
    invoices.line_ids.no_followup = True
    env.invalidate_all()
    run = env["credit.dunning.run"]._create_run(env.company)
    run.action_send()
    return {"run": run.id, "notices": run.notice_count, "items": 2 * count}


def _replace_copies(env, count, first=0):
    """One row per copy, as `copying.py` reads them; two partners are one customer."""
    env.cr.execute(
        """
        DROP TABLE IF EXISTS bench_copy;
        CREATE TEMPORARY TABLE bench_copy AS
        SELECT idx, 0 AS shift, 1 AS factor, %s + 2 * idx AS customer_id,
               %s + 2 * idx AS contact_id FROM generate_series(0, %s - 1) AS idx
        """,
        [first, first, count],
    )
