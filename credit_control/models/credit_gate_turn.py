"""Two orders at once cannot both pass: taking turns at the gate."""

import psycopg2.errors

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL


class CreditGate(models.AbstractModel):
    """The race-safe side of the gate (rule 1 of the design).

    Odoo's transactions are REPEATABLE READ: whoever waits for a lock goes on with
    the figures of before. So the gate evaluates first, and an order that may go has
    to *take a turn* at its customer (and at his credit group):

    1. an advisory lock, held to the end of the transaction, lets one in at a time;
    2. a numbered ticket tells whether somebody else went through since our snapshot:
       the number after the newest one that we see is taken already, and the unique
       index says so even though the row is invisible to us;
    3. if so, and our transaction has written nothing yet, the orders are evaluated
       again on what is committed now, through a fresh cursor: exact, since we have
       nothing of our own that it could miss, and at once;
    4. if our transaction has written something, Odoo is asked to run it again.

    Cost when nobody else is there: 4 queries for any number of orders.
    """

    _inherit = "credit.gate"

    @api.model
    def _check(self, orders, checkpoint="confirm"):
        """``_evaluate`` for orders that are about to go; same result, race-safe.

        :raise ConcurrencyError: another order of the same customer went through
            while this transaction had work of its own; Odoo tries it again
        """
        verdicts = self._evaluate(orders, checkpoint)
        keys = self._turn_keys(orders, verdicts)
        if not keys or self._take_turn(keys):
            return verdicts
        verdicts = self._evaluate_committed(orders, checkpoint)
        next_keys = self._turn_keys(orders, verdicts)
        if not set(next_keys) <= set(keys):
            # what was held by the old figures passes by the new ones: not locked yet
            raise ConcurrencyError("The figures of this customer have just changed.")
        self._take_next_turn(next_keys)
        return verdicts

    def _turn_keys(self, orders, verdicts):
        """Sorted lock keys of the customers and groups that passing orders draw on.

        An order that is held, or whose customer has no ceiling, takes from nobody.
        """
        keys = set()
        for order in orders.sudo():  # sudo: the customer's group, whoever sells
            figures = verdicts[order.id].figures
            if figures is None or figures.available is None:
                continue
            if verdicts[order.id].held:
                continue
            partner_id, company_id = self._customer_key(order)
            keys.add(f"customer/{partner_id}/{company_id}")
        files = self.env["credit.file"]._for_customers(
            tuple(int(part) for part in key.split("/")[1:]) for key in keys
        )
        keys.update(
            f"group/{file.group_id.id}" for file in files.values() if file.group_id
        )
        return sorted(keys)

    def _take_turn(self, keys):
        """Lock the keys and take the next ticket of each.

        :return: True when our figures are current, False when they are stale and
            may be read afresh
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                SELECT pg_current_xact_id_if_assigned() IS NOT NULL,
                       (SELECT count(pg_advisory_xact_lock(hashtextextended(key, 0)))
                          FROM unnest(%s) AS key)
                """,
                keys,
            )
        )
        has_written = self.env.cr.fetchone()[0]
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute(
                    SQL(
                        """
                        INSERT INTO credit_gate_ticket (lock_key, number, taken_at)
                        SELECT key, COALESCE(max(ticket.number), 0) + 1, %s
                          FROM unnest(%s) AS key
                          LEFT JOIN credit_gate_ticket ticket
                                 ON ticket.lock_key = key
                         GROUP BY key
                        """,
                        fields.Datetime.now(),
                        keys,
                    ),
                    log_exceptions=False,
                )
        except psycopg2.errors.UniqueViolation as error:
            if has_written:
                raise ConcurrencyError(
                    "Another order of this customer went through the credit gate."
                ) from error
            return False
        return True

    def _evaluate_committed(self, orders, checkpoint):
        """The verdicts on what is committed now; only for a transaction that has
        written nothing, else its own work would be missing from them."""
        with self.env.registry.cursor() as cr:
            # the figures must not depend on the user: as in _evaluate
            env = api.Environment(cr, SUPERUSER_ID, dict(self.env.context))
            fresh = env["sale.order"].browse(orders.ids)
            return env["credit.gate"]._evaluate(fresh, checkpoint)

    def _take_next_turn(self, keys):
        """Take a ticket beyond the newest committed one, which we cannot see."""
        if not keys:
            return
        with self.env.registry.cursor() as cr:
            cr.execute(
                SQL(
                    """
                    SELECT lock_key, max(number) FROM credit_gate_ticket
                     WHERE lock_key IN %s GROUP BY lock_key
                    """,
                    tuple(keys),
                )
            )
            newest = dict(cr.fetchall())
        now = fields.Datetime.now()
        rows = [SQL("(%s, %s, %s)", key, newest.get(key, 0) + 1, now) for key in keys]
        self.env.cr.execute(
            SQL(
                "INSERT INTO credit_gate_ticket (lock_key, number, taken_at) VALUES %s",
                SQL(", ").join(rows),
            )
        )
