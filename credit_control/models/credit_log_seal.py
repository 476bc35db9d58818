"""The chain of the log: every entry gets its number and hangs on the one before."""

import logging

from psycopg2 import IntegrityError, OperationalError
from psycopg2.pool import PoolError

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

from ..tools import chain
from .credit_log import FACTS, entry_text
from .loose_reference import LooseMany2one

_logger = logging.getLogger(__name__)

#: Entries sealed and committed together.
BATCH = 1000
#: Ids that one run keeps in memory; what is beyond waits for the next.
MOST_ENTRIES = 1_000_000
#: How often a run begins again because another one was first.
MOST_RETRIES = 5
#: Key of the advisory locks: nobody waits for them, see ``_lock_chains``.
LOCK = 1_869_898_347
JOB = "credit_control.ir_cron_seal_log"


class CreditLogSeal(models.Model):
    """The place of an entry in the chain of its company (or of all companies).

    Why apart from the entry: a number without gaps needs one writer at a time, and
    who confirms an order, which may open a hold, must not wait for one. So entries are
    written without any lock, and sealed in the order of their ids by a job of its own,
    woken when the transaction commits. An entry that commits late gets a later number.

    Two jobs at once make one chain: the second one finds the lock taken and leaves the
    company alone; should it hold a snapshot from before (Odoo runs REPEATABLE READ),
    the unique index refuses its numbers and it begins again. A job that is killed has
    sealed whole batches or nothing.
    """

    _name = "credit.log.seal"
    _description = "Seal of the Credit Log"
    _inherit = ["credit.append.only"]
    _order = "id desc"
    _rec_name = "number"

    log_id = fields.Integer("Entry", required=True, readonly=True, aggregator=None)
    company_id = LooseMany2one("res.company", readonly=True)
    number = fields.Integer(required=True, readonly=True, aggregator=None)
    previous = fields.Char("Hash Before", required=True, readonly=True)
    hash = fields.Char("Hash (SHA-256)", required=True, readonly=True)
    sealed_at = fields.Datetime("Sealed On", required=True, readonly=True)

    _log_once = models.UniqueIndex("(log_id)", "This entry is sealed already.")
    # Also the reader of a chain: verifying, exporting, and finding its end.
    _number_once = models.UniqueIndex(
        "(COALESCE(company_id, 0), number)",
        "This number of the chain is taken already.",
    )

    # -- waking the job -------------------------------------------------------------
    @api.model
    def _wake(self):
        """Seal shortly: one call of the job per transaction, once it has committed."""
        hooks = self.env.cr.postcommit
        if hooks.data.get(self._name):
            return
        hooks.data[self._name] = True
        registry = self.env.registry

        @hooks.add
        def trigger():
            try:
                with registry.cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    if job := env.ref(JOB, raise_if_not_found=False):
                        job._trigger()
            except (OperationalError, PoolError):
                # what was decided is committed: the job comes by the clock as well
                _logger.info("The log is sealed by the clock", exc_info=True)

    # -- sealing --------------------------------------------------------------------
    @api.model
    def _cron_seal(self):
        """Seal what is not sealed yet, batch by batch, each in its own transaction."""
        commit_progress = self.env["ir.cron"]._commit_progress
        ids, retries = self._read_unsealed_ids(), 0
        commit_progress(remaining=len(ids))
        while ids:
            try:
                count = self._seal(ids[:BATCH])
            except (IntegrityError, OperationalError):
                # another job was first: again, with a snapshot of now
                self.env.cr.rollback()
                retries += 1
                if retries > MOST_RETRIES:
                    raise
                ids = self._read_unsealed_ids()
                continue
            del ids[:BATCH]
            if not commit_progress(count):
                return

    @api.model
    def _read_unsealed_ids(self):
        """The ids of the entries without a seal, in their order."""
        self.env["credit.log"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT log.id FROM credit_log log
                 WHERE NOT EXISTS (SELECT FROM credit_log_seal seal
                                    WHERE seal.log_id = log.id)
                 ORDER BY log.id LIMIT %s
                """,
                MOST_ENTRIES,
            )
        )
        return [log_id for (log_id,) in rows]

    @api.model
    def _seal(self, ids):
        """Seal these entries, but for those of a chain that another job is sealing;
        four queries.

        :return: how many were sealed
        :raise IntegrityError: another job was faster, and our snapshot is older
        """
        rows = self._read_entries(ids)
        locked = self._lock_chains({row["company_id"] or 0 for row in rows})
        heads, sealed = self._read_heads(locked), []
        for company_id in sorted(locked):
            own = [row for row in rows if (row["company_id"] or 0) == company_id]
            seals = chain.seal(map(entry_text, own), *heads.get(company_id, ()))
            sealed += [
                (row["id"], company_id or None, *one, fields.Datetime.now())
                for row, one in zip(own, seals, strict=True)
            ]
        if sealed:
            self.env.cr.execute(
                SQL(
                    """
                    INSERT INTO credit_log_seal
                           (log_id, company_id, number, previous, hash, sealed_at)
                    VALUES %s
                    """,
                    SQL(", ").join(SQL("%s", row) for row in sealed),
                )
            )
        return len(sealed)

    @api.model
    def _read_entries(self, ids):
        """The columns of these entries, in the order of their ids."""
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT log.id, log.digest, %s FROM credit_log log
                 WHERE log.id = ANY(%s) ORDER BY log.id
                """,
                self._facts_sql(),
                list(ids),
            )
        )

    @api.model
    def _facts_sql(self) -> SQL:
        return SQL(", ").join(SQL.identifier("log", name) for name in FACTS)

    @api.model
    def _lock_chains(self, company_ids):
        """Those of these chains that nobody else is sealing at the moment."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM unnest(%s::int4[]) AS id
                 WHERE pg_try_advisory_xact_lock(%s, id)
                """,
                sorted(company_ids),
                LOCK,
            )
        )
        return {company_id for (company_id,) in rows}

    @api.model
    def _read_heads(self, company_ids):
        """``{company id: (number, hash)}`` of the last seal of each chain."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT company.id, head.number, head.hash
                  FROM unnest(%s::int4[]) AS company (id)
                  JOIN LATERAL (
                       SELECT number, hash FROM credit_log_seal
                        WHERE COALESCE(company_id, 0) = company.id
                        ORDER BY number DESC LIMIT 1) head ON TRUE
                """,
                sorted(company_ids),
            )
        )
        return {company_id: (number, hash_) for company_id, number, hash_ in rows}
