"""A ledger of realistic shape, made by set-based SQL from documents made by the ORM.

One posted invoice and one confirmed order are made through Odoo and then copied, so
that every column has what Odoo would have put there; the copies differ in customer,
dates, number and in how much of them is still open. Fixed seed, made once.
"""

from odoo import Command, fields
from odoo.tools import SQL

SEED = 0.42
OPEN_SHARE = 0.12


def filled(env) -> bool:
    """Is the ledger there already?"""
    return bool(env["res.partner"].search_count([("ref", "=like", "BENCH%")], limit=1))


def fill(env, customers=1000, invoices=20000, orders=4000):
    """Make the ledger and a credit file for every customer; commits."""
    env.cr.execute(SQL("SELECT setseed(%s)", SEED))
    partners = env["res.partner"].create(
        [
            {"name": f"Bench {n}", "ref": f"BENCH{n}", "is_company": True}
            for n in range(customers)
        ]
    )
    product = env["product.product"].create(
        {
            "name": "Bench product",
            "type": "service",
            "invoice_policy": "order",
            "taxes_id": [Command.clear()],
        }
    )
    invoice = _template_invoice(env, partners[0], product)
    order = _template_order(env, partners[0], product)
    env.flush_all()
    _copy_invoices(env, invoice, partners, invoices)
    _copy_orders(env, order, partners, orders)
    env.cr.execute(
        SQL(
            """
            INSERT INTO credit_file (partner_id, company_id, currency_id, state,
                                     limit_mode, create_date, write_date)
            SELECT id, %(company)s, %(currency)s, 'open', 'inherit', now(), now()
              FROM unnest(%(partners)s) AS id
            """,
            company=env.company.id,
            currency=env.company.currency_id.id,
            partners=partners.ids,
        )
    )
    env.company.write({"credit_limit_mode": "amount", "credit_default_limit": 5000})
    env.invalidate_all()
    env.registry.clear_cache()
    env.cr.commit()
    with env.registry.cursor() as cr:
        cr.connection.autocommit = True
        cr.execute("ANALYZE")


def _template_invoice(env, partner, product):
    today = fields.Date.today()
    move = env["account.move"].create(
        {
            "move_type": "out_invoice",
            "partner_id": partner.id,
            "invoice_date": today,
            "invoice_line_ids": [
                Command.create(
                    {"product_id": product.id, "price_unit": 100, "tax_ids": []}
                )
            ],
        }
    )
    move.action_post()
    return move


def _template_order(env, partner, product):
    line = {"product_id": product.id, "price_unit": 100, "tax_ids": []}
    order = env["sale.order"].create(
        {"partner_id": partner.id, "order_line": [Command.create(line)]}
    )
    order.action_confirm()
    return order


def _copy(env, table, changes, source):
    """INSERT copies of rows of ``table`` joined with ``source`` (alias copy).

    :param changes: {column: SQL} instead of the template's value
    """
    env.cr.execute(
        SQL(
            """
            SELECT column_name FROM information_schema.columns
             WHERE table_name = %s AND column_name != 'id'
               AND is_generated = 'NEVER'
            """,
            table,
        )
    )
    columns = [name for (name,) in env.cr.fetchall()]
    values = [
        changes.get(name, SQL("template.%s", SQL.identifier(name))) for name in columns
    ]
    env.cr.execute(
        SQL(
            "INSERT INTO %s (%s) SELECT %s FROM %s template JOIN %s",
            SQL.identifier(table),
            SQL(", ").join(SQL.identifier(name) for name in columns),
            SQL(", ").join(values),
            SQL.identifier(table),
            source,
        )
    )


def _copy_invoices(env, invoice, partners, count):
    """Invoices over 24 months, skewed to few heavy customers, about 12 % open."""
    env.cr.execute(
        SQL(
            """
            CREATE TEMP TABLE bench_invoice AS
            SELECT n, (%(partners)s)[1 + floor(power(random(), 2) * %(size)s)::int]
                   AS partner_id,
                   current_date - (random() * 730)::int AS day,
                   random() < %(open)s AS open
              FROM generate_series(1, %(count)s) n
            """,
            partners=partners.ids,
            size=len(partners),
            open=OPEN_SHARE,
            count=count,
        )
    )
    _copy(
        env,
        "account_move",
        {
            "name": SQL("'BENCH/' || copy.n"),
            "partner_id": SQL("copy.partner_id"),
            "commercial_partner_id": SQL("copy.partner_id"),
            "date": SQL("copy.day"),
            "invoice_date": SQL("copy.day"),
            "invoice_date_due": SQL("copy.day + 30"),
            "sequence_number": SQL("copy.n"),
            "payment_state": SQL("CASE WHEN copy.open THEN 'not_paid' ELSE 'paid' END"),
            "access_token": SQL("NULL"),
        },
        SQL("bench_invoice copy ON template.id = %s", invoice.id),
    )
    settled = {
        name: SQL(
            "CASE WHEN copy.open THEN template.%s ELSE 0 END", SQL.identifier(name)
        )
        for name in ("amount_residual", "amount_residual_currency")
    }
    _copy(
        env,
        "account_move_line",
        {
            "move_id": SQL("move.id"),
            "move_name": SQL("move.name"),
            "partner_id": SQL("copy.partner_id"),
            "date": SQL("copy.day"),
            "invoice_date": SQL("copy.day"),
            "date_maturity": SQL(
                "CASE WHEN template.date_maturity IS NULL THEN NULL "
                "ELSE copy.day + 30 END"
            ),
            "reconciled": SQL(
                "NOT copy.open AND template.display_type = 'payment_term'"
            ),
            **settled,
        },
        SQL(
            """bench_invoice copy ON template.move_id = %s
               JOIN account_move move ON move.name = 'BENCH/' || copy.n""",
            invoice.id,
        ),
    )


def _copy_orders(env, order, partners, count):
    """Confirmed orders, not billed yet."""
    env.cr.execute(
        SQL(
            """
            CREATE TEMP TABLE bench_order AS
            SELECT n, (%(partners)s)[1 + floor(power(random(), 2) * %(size)s)::int]
                   AS partner_id
              FROM generate_series(1, %(count)s) n
            """,
            partners=partners.ids,
            size=len(partners),
            count=count,
        )
    )
    partner = {
        name: SQL("copy.partner_id")
        for name in ("partner_id", "partner_invoice_id", "partner_shipping_id")
    }
    _copy(
        env,
        "sale_order",
        {"name": SQL("'BENCH' || copy.n"), "access_token": SQL("NULL"), **partner},
        SQL("bench_order copy ON template.id = %s", order.id),
    )
    _copy(
        env,
        "sale_order_line",
        {"order_id": SQL("sale.id"), "order_partner_id": SQL("copy.partner_id")},
        SQL(
            """bench_order copy ON template.order_id = %s
               JOIN sale_order sale ON sale.name = 'BENCH' || copy.n""",
            order.id,
        ),
    )
