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

    Cost when nobody else is there: one query for any number of orders.
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

        An order that is held or not checked takes from nobody.
        """
        keys = set()
        for order in orders:
            verdict = verdicts[order.id]
            if verdict.limit is None or verdict.held:
                continue
            # sudo: whose order it is, whoever sells
            partner_id, company_id = self._customer_key(order.sudo())
            keys.add(f"customer/{partner_id}/{company_id}")
            if verdict.limit.group_id:
                keys.add(f"group/{verdict.limit.group_id}")
        return sorted(keys)

    def _take_turn(self, keys):
        """Lock the keys and take the next ticket of each, in one round trip.

        :return: True when our figures are current, False when they are stale and
            may be read afresh
        """
        self.env.flush_all()
        try:
            self.env.cr.execute(self._turn_sql(keys), log_exceptions=False)
        except psycopg2.errors.UniqueViolation as error:
            self.env.cr.execute(
                """
                ROLLBACK TO SAVEPOINT credit_turn;
                SELECT current_setting('credit_control.has_written')
                """
            )
            if self.env.cr.fetchone()[0] == "true":
                raise ConcurrencyError(
                    "Another order of this customer went through the credit gate."
                ) from error
            return False
        return True

    def _turn_sql(self, keys) -> SQL:
        """Note whether the transaction has written anything, wait for the keys, and
        take the tickets under a savepoint: a taken number fails, and only that."""
        return SQL(
            """
            SELECT set_config('credit_control.has_written',
                              (pg_current_xact_id_if_assigned() IS NOT NULL)::text,
                              TRUE),
                   (SELECT count(pg_advisory_xact_lock(hashtextextended(key, 0)))
                      FROM unnest(%(keys)s) AS key);
            SAVEPOINT credit_turn;
            INSERT INTO credit_gate_ticket (lock_key, number, taken_at)
            SELECT key, COALESCE(max(ticket.number), 0) + 1, %(now)s
              FROM unnest(%(keys)s) AS key
              LEFT JOIN credit_gate_ticket ticket ON ticket.lock_key = key
             GROUP BY key;
            RELEASE SAVEPOINT credit_turn
            """,
            keys=keys,
            now=fields.Datetime.now(),
        )

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
