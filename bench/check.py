"""Does Odoo read the ledger as if it had made it? Recomputes a sample and compares.

Foreign keys need no check: `fill.py` made them again over every row.
"""

import sys

from odoo.tools import SQL

#: Stored computed fields, by model, that the copies must agree with.
FIELDS = {
    "res.partner": [
        "commercial_partner_id",
        "complete_name",
        "commercial_company_name",
    ],
    "account.move": [
        "amount_untaxed",
        "amount_tax",
        "amount_total",
        "amount_residual",
        "amount_total_signed",
        "amount_residual_signed",
        "payment_state",
        "invoice_date_due",
        "commercial_partner_id",
    ],
    "account.move.line": [
        "amount_residual",
        "amount_residual_currency",
        "reconciled",
        "price_subtotal",
        "price_total",
        "parent_state",
        "move_name",
    ],
    "account.payment": ["state", "is_reconciled", "is_matched"],
    "sale.order": ["amount_untaxed", "amount_tax", "amount_total", "invoice_status"],
    "sale.order.line": [
        "price_subtotal",
        "price_total",
        "qty_invoiced",
        "qty_to_invoice",
        "invoice_status",
        "untaxed_amount_invoiced",
        "untaxed_amount_to_invoice",
    ],
}
SAMPLE = 400


def main(env, _argv) -> int:
    """Compare the sample; 1 when something differs. Writes nothing."""
    wrong, count = [], 0
    for model, names in FIELDS.items():
        records = sample(env, model)
        count += len(records)
        wrong += differences(records, names)
    wrong += unbalanced(env)
    for text in wrong[:20]:
        print(text, file=sys.stderr)
    print(f"checked {count} records of {len(FIELDS)} models: {len(wrong)} differ")
    env.invalidate_all(flush=False)
    env.cr.rollback()
    return 1 if wrong else 0


def sample(env, model):
    """Records spread over the whole table, so of every kind."""
    rows = env.execute_query(
        SQL(
            """
            SELECT id FROM (
                SELECT id, row_number() OVER (ORDER BY id) AS at,
                       count(*) OVER () AS size FROM %s) AS numbered
             WHERE at %% greatest(1, size / %s) = 0
            """,
            SQL.identifier(env[model]._table),
            SAMPLE,
        )
    )
    return env[model].browse(record_id for (record_id,) in rows)


def differences(records, names) -> list[str]:
    """What Odoo computes anew and the database has otherwise."""
    stored = {record: record.read(names, load=None)[0] for record in records}
    for name in names:
        records.env.add_to_compute(records._fields[name], records)
    computed = {record: record.read(names, load=None)[0] for record in records}
    return [
        f"{record} {name}: stored {stored[record][name]!r},"
        f" computed {computed[record][name]!r}"
        for record in records
        for name in names
        if not _same(stored[record][name], computed[record][name])
    ]


def _same(one, other) -> bool:
    if isinstance(one, float):
        return abs(one - other) < 0.005
    return one == other


def unbalanced(env) -> list[str]:
    """Whole tables, in SQL: entries that do not balance, items whose residual is not
    their balance less what is matched."""
    rows = env.execute_query(
        SQL(
            """
            SELECT 'entry ' || move_id || ' does not balance' FROM account_move_line
             GROUP BY move_id HAVING abs(sum(balance)) > 0.005
            UNION ALL
            SELECT 'item ' || line.id || ' has a wrong residual'
              FROM account_move_line line
              JOIN account_account account ON account.id = line.account_id
              LEFT JOIN (SELECT item, sum(amount) AS amount FROM (
                             SELECT debit_move_id AS item, amount
                               FROM account_partial_reconcile
                             UNION ALL
                             SELECT credit_move_id, -amount
                               FROM account_partial_reconcile) AS side
                          GROUP BY item) AS matched ON matched.item = line.id
             WHERE account.reconcile
               AND abs(line.balance - coalesce(matched.amount, 0)
                       - line.amount_residual) > 0.005
             LIMIT 20
            """
        )
    )
    return [text for (text,) in rows]
