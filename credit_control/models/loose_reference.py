"""References without a foreign key, where checking it costs more than all the rest."""

from odoo import fields
from odoo.tools import sql


class LooseMany2one(fields.Many2one):
    """A Many2one that PostgreSQL does not guard.

    A foreign key is checked row by row, with a lock on the row it names: of a proposal
    of 100,000 items these checks are two thirds of the time, and deleting a target
    reads the whole table where the column has no index. Only for targets that cannot
    go while they are named (the field says what keeps them), or whose deletion clears
    the column (``credit.dunning.notice.line._forget_items``).
    """

    def update_db_foreign_key(self, model, column):
        """Drop what an earlier version made."""
        cr, table = model.env.cr, model._table
        cr.execute(
            """
            SELECT conname FROM pg_constraint
              JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
             WHERE contype = 'f' AND conrelid = %s::regclass AND attname = %s
            """,
            [table, self.name],
        )
        for [name] in cr.fetchall():
            sql.drop_constraint(cr, table, name)
            cr.execute(
                "DELETE FROM ir_model_constraint WHERE name = %s AND type = 'f'", [name]
            )
