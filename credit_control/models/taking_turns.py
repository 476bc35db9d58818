"""Decisions about one record are taken one after the other."""

from odoo.tools import SQL


def take_turn(records):
    """Wait for whoever decides on these records at this moment, then go on alone.

    Odoo's transactions are REPEATABLE READ: after a wait for a mere lock they would
    still see what was signed before it. So the rows are updated, to what they are: a
    transaction whose view is older than the other one's commit gets a serialization
    error here, before it has done anything, and Odoo runs the request again on what
    holds by then. One query.

    :raise psycopg2.errors.SerializationFailure: somebody else was faster
    """
    records.flush_recordset()
    records.env.cr.execute(
        SQL(
            """
            WITH turn AS (SELECT id FROM %(table)s WHERE id = ANY(%(ids)s)
                           ORDER BY id FOR NO KEY UPDATE)
            UPDATE %(table)s record SET write_date = record.write_date
              FROM turn WHERE record.id = turn.id
            """,
            table=SQL.identifier(records._table),
            ids=records.ids,
        ),
        log_exceptions=False,
    )
