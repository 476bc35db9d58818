"""The OCA add-ons as a company would set them up: every bucket counts, for all
customers. Without these flags their gate lets everything pass."""

from odoo.tools import SQL

PARTS = ["sale_order", "invoice_draft", "invoice_open", "invoice_unpaid"]


def main(env, _argv) -> int:
    """In SQL: the flags are ordinary stored fields of the contact."""
    flags = SQL(", ").join(
        SQL("%s = TRUE", SQL.identifier(f"risk_{part}_include")) for part in PARTS
    )
    env.cr.execute(SQL("UPDATE res_partner SET %s WHERE parent_id IS NULL", flags))
    env.cr.commit()
    env.cr._cnx.autocommit = True
    env.cr.execute("VACUUM ANALYZE")
    env.cr._cnx.autocommit = False
    return 0
