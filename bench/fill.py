"""A ledger of realistic shape on a database with Odoo's own modules; fixed seed.

`./dev bench` runs this once per size and keeps the result as a template database.
One document of each kind is made by Odoo (`scenarios.py`), the rest are copies made
by SQL (`copying.py`). Some customers are heavy: 3,000 invoices each, at any size.
"""

import time

from copying import MODELS, Copier
from scenarios import KINDS, Scenarios

from odoo.tools import SQL

SEED = 0.42
#: Size: customers (each with two addresses), invoices; the rest in proportion.
SIZES = {
    "tiny": (50, 1_000),
    "small": (1_000, 20_000),
    "large": (50_000, 1_000_000),
}
LARGE_INVOICES = 1_000_000
HEAVY_INVOICES = 3_000
HEAVY_SHARE = 0.15  # of all documents
QUOTATIONS = 1_000  # at most one per customer


def main(env, argv) -> int:
    """Fill the database; ``argv`` is the size."""
    [size] = argv
    fill(env, *SIZES[size])
    return 0


def fill(env, customers, invoices):
    """Make the ledger, index it, set every customer's limit."""
    env.cr.execute(
        SQL(
            "SELECT setseed(%s), set_config('maintenance_work_mem', '1GB', false),"
            " set_config('work_mem', '256MB', false)",
            SEED,
        )
    )
    say("one document of each kind, by Odoo")
    scenarios = Scenarios(env)
    made = [getattr(scenarios, kind.method)(**(kind.arguments or {})) for kind in KINDS]
    quotation = scenarios.quotation()
    env.flush_all()
    restore = drop_indexes(env)
    first = _copy_customers(env, scenarios.customer, customers)
    copier = Copier(env, scenarios.customer, scenarios.contact)
    for kind, records in zip(KINDS, made, strict=True):
        count = max(1, kind.count * invoices // LARGE_INVOICES)
        say(f"{count} × {kind.method[1:]} {kind.arguments or ''}")
        _choose_copies(env, kind, count, first, customers, invoices)
        copier.copy(records, count)
    _choose_quotations(env, first, customers)
    copier.copy(quotation, min(QUOTATIONS, customers))
    say("indexes and foreign keys")
    for statement in restore:
        env.cr.execute(statement)
    env.cr.execute("ANALYZE")  # the database knows nothing of the new rows yet
    _set_limits(env)
    env.cr.commit()
    say("VACUUM ANALYZE")
    env.cr._cnx.autocommit = True
    env.cr.execute("VACUUM ANALYZE")
    env.cr._cnx.autocommit = False


# -- which copies -------------------------------------------------------------------
def _copy_customers(env, customer, count) -> int:
    """Companies ref BENCH0, BENCH1, …; returns the id of the first."""
    say(f"{count} customers")
    env.cr.execute("CREATE TEMP TABLE bench_copy AS SELECT 0 AS idx, 0 AS shift")
    _replace_copies(env, SQL("idx, 0 AS shift, 1 AS factor"), count)
    partners = customer | customer.child_ids
    return Copier(env).copy([partners], count)["res.partner"]


def _replace_copies(env, columns: SQL, count):
    env.cr.execute(
        SQL(
            """
            DROP TABLE bench_copy;
            CREATE TEMP TABLE bench_copy AS
            SELECT %s FROM generate_series(0, %s - 1) idx
            """,
            columns,
            count,
        )
    )


def _choose_copies(env, kind, count, first, customers, invoices):
    """Customer, address, age and size of each copy.

    A heavy customer gets as many documents at every size, so that one customer can
    be compared between sizes. Three of ten documents go to a separate address.
    """
    heavy = max(1, round(invoices * HEAVY_SHARE / HEAVY_INVOICES))
    rank = SQL(
        """(CASE WHEN random() < %(share)s THEN floor(random() * %(heavy)s)
                 ELSE %(heavy)s
                      + floor(power(random(), 1.5) * %(rest)s) END)::int""",
        share=HEAVY_SHARE,
        heavy=heavy,
        rest=customers - heavy,
    )
    _replace_copies(env, SQL("idx, %s AS rank", rank), count)
    env.cr.execute(
        SQL(
            """
            ALTER TABLE bench_copy RENAME TO bench_rank;
            CREATE TEMP TABLE bench_copy AS
            SELECT idx, %(first)s + rank * 3 AS customer_id,
                   %(first)s + rank * 3
                   + CASE WHEN random() < 0.3 THEN 1 ELSE 0 END AS contact_id,
                   -(%(newest)s + floor(random() * %(span)s))::int AS shift,
                   (1 + floor(exp(random() * 4)))::int AS factor
              FROM bench_rank;
            DROP TABLE bench_rank
            """,
            first=first,
            newest=kind.newest,
            span=kind.oldest - kind.newest,
        )
    )


def _choose_quotations(env, first, customers):
    """One small quotation for customers spread over all ranks, the heaviest too."""
    count = min(QUOTATIONS, customers)
    customer = SQL("%s + idx * %s * 3", first, customers // count)
    _replace_copies(
        env,
        SQL(
            "idx, %s AS customer_id, %s AS contact_id, 0 AS shift, 1 AS factor",
            customer,
            customer,
        ),
        count,
    )


# -- around the copies ----------------------------------------------------------------
def drop_indexes(env) -> list[str]:
    """Drop indexes and foreign keys of what is filled; returns how to make them again.

    Making them again takes a fraction of keeping them up to date, and proves every
    reference.
    """
    tables = [env[model]._table for model in MODELS]
    for model in MODELS:
        tables += [
            field.relation
            for field in env[model]._fields.values()
            if field.type == "many2many" and field.store
        ]
    tables = sorted(set(tables))
    keys = env.execute_query(
        SQL(
            """
            SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass,
                          conname),
                   format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass,
                          conname, pg_get_constraintdef(oid))
              FROM pg_constraint
             WHERE contype = 'f' AND conrelid = ANY(%s::regclass[])
            """,
            tables,
        )
    )
    indexes = env.execute_query(
        SQL(
            """
            SELECT format('DROP INDEX %%s', indexrelid::regclass),
                   pg_get_indexdef(indexrelid)
              FROM pg_index
             WHERE indrelid = ANY(%s::regclass[])
               AND NOT EXISTS (SELECT FROM pg_constraint
                                WHERE conindid = indexrelid)
            """,
            tables,
        )
    )
    for drop, _make in keys + indexes:
        env.cr.execute(drop)
    return [make for _drop, make in indexes + keys]


def _set_limits(env):
    """Odoo's own credit limit for every customer: one in ten is over it.

    Who has a quotation gets ample room, so that confirming it passes.
    """
    say("limits")
    env.cr.execute(
        SQL(
            """
            WITH owed AS (
                SELECT partner_id, sum(amount) AS amount FROM (
                    SELECT line.partner_id, line.amount_residual AS amount
                      FROM account_move_line line
                      JOIN account_account account ON account.id = line.account_id
                     WHERE account.account_type = 'asset_receivable'
                       AND line.parent_state = 'posted'
                    UNION ALL
                    SELECT partner_id, amount_total FROM sale_order
                     WHERE state = 'sale' AND invoice_status != 'invoiced') AS part
                 GROUP BY partner_id)
            UPDATE res_partner partner
               SET credit_limit = jsonb_build_object(
                   %(company)s::text,
                   1000 * ceil(
                       1 + coalesce(owed.amount, 0) / 1000
                           * CASE WHEN EXISTS (
                                      SELECT FROM sale_order
                                       WHERE partner_id = partner.id
                                         AND state = 'draft') THEN 10
                                  ELSE 0.8 + random() * 2 END))
              FROM res_partner customer
              LEFT JOIN owed ON owed.partner_id = customer.id
             WHERE customer.id = partner.id
               AND partner.ref LIKE 'BENCH%%' AND partner.parent_id IS NULL
            """,
            company=env.company.id,
        )
    )


_BEGAN = time.monotonic()


def say(text):
    """A progress line."""
    seconds = int(time.monotonic() - _BEGAN)
    print(f"[{seconds // 60}:{seconds % 60:02d}] {text}", flush=True)
