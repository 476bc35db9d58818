from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL


class CreditGateTicket(models.Model):
    """One row for every time the gate let an order of a customer go.

    The rows exist to be collided with: two transactions that read the same state of
    the books would take the same next number, and the database refuses the second
    one whatever its snapshot shows (see credit_gate_turn.py). Nothing else writes
    here and nobody reads it; old rows are swept away.
    """

    _name = "credit.gate.ticket"
    _description = "Credit Gate Ticket"
    _log_access = False

    lock_key = fields.Char(required=True)
    number = fields.Integer(required=True)
    taken_at = fields.Datetime(required=True)

    # Reader: credit_gate_turn.py, for the newest number of a key.
    _number_unique = models.UniqueIndex("(lock_key, number)", "Ticket taken.")

    @api.autovacuum
    def _gc_tickets(self):
        """Drop tickets of more than a day ago, the newest of each key excepted.

        A transaction that still sees an older number could otherwise take a number
        that was used and deleted; none lives that long.
        """
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM credit_gate_ticket old
                 WHERE taken_at < %s
                   AND EXISTS (SELECT FROM credit_gate_ticket newer
                                WHERE newer.lock_key = old.lock_key
                                  AND newer.number > old.number)
                """,
                fields.Datetime.now() - timedelta(days=1),
            )
        )
