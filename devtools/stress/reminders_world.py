"""Overdue customers with reminders that wait to be sent; runs inside Odoo."""

import io
import re
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

from odoo import Command, fields

#: Days overdue: both items of a customer get the first reminder after the due date.
DAYS = 30


def reminders(env, count):
    """A run whose notices, so many, are queued to be sent."""
    run = _make_run(env, count)
    run.action_send()
    return {"run": run.id, "notices": run.notice_count, "items": 2 * count}


def letters(env, count):
    """A run whose notices, so many, were sent as letters and wait for the print job;
    each customer has a number of his own."""
    env["credit.dunning.level"].search([]).channel = "letter"
    run = _make_run(env, count)
    env.cr.execute(
        "UPDATE res_partner SET ref = 'R' || id || 'R' WHERE id = ANY(%s)",
        [run.notice_ids.partner_id.ids],
    )
    env.invalidate_all()
    run.notice_ids._queue()
    while batch := env["credit.dunning.notice"]._take_batch():
        batch._send_batch()
        env.flush_all()
    run._close_if_done()
    run.action_print_letters()
    return {"run": run.id, "notices": run.notice_count}


def read_letters(env, run):
    """What the print job left: pages of the PDF, how often each customer's letter is in
    it, files that hang on the run, those of them that are no whole PDF."""
    from pypdf import PdfReader

    run = env["credit.dunning.run"].browse(run)
    files = env["ir.attachment"].search(
        [("res_model", "=", run._name), ("res_id", "=", run.id)]
    )
    broken = [
        file.id
        for file in files
        if not (raw := file.raw or b"").startswith(b"%PDF")
        or b"%%EOF" not in raw[-32:]
        or len(raw) != file.file_size
    ]
    texts = [
        page.extract_text() for page in PdfReader(io.BytesIO(run.letters_id.raw)).pages
    ]
    found = Counter(re.findall(r"R(\d+)R", " ".join(texts)))
    wanted = Counter(str(notice.partner_id.id) for notice in run.notice_ids)
    return {
        "pages": len(texts),
        "lost": sorted(wanted - found),
        "twice": sorted(found - wanted),
        "files": len(files),
        "broken": broken,
        "messages": len(run.message_ids.filtered("attachment_ids")),
    }


def _make_run(env, count):
    """So many customers with two overdue invoices each, copied by SQL, and a run with a
    notice for each."""
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
    return env["credit.dunning.run"]._create_run(env.company)


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
