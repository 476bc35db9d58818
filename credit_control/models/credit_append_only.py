"""Tables into which rows are only added, whoever asks."""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

#: Refuses every change of a row; hooks.py drops it when the add-on goes.
REFUSING = SQL.identifier("credit_log_refuse_change")


class CreditAppendOnly(models.AbstractModel):
    """Rows are added in SQL by the service that owns the table, and by nobody else.

    The ORM refuses creating, changing and deleting for everybody, jobs and superuser
    included; a trigger in the database refuses UPDATE, DELETE and TRUNCATE from
    whatever client. There is no foreign key either: it would change a row when a
    user or company is deleted.
    """

    _name = "credit.append.only"
    _description = "Rows That Are Only Added"
    _log_access = False

    def init(self):
        """The triggers of a table, made anew at every update of the add-on."""
        if self._abstract:
            return
        cr, table = self.env.cr, SQL.identifier(self._table)
        cr.execute(
            SQL(
                """
                CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    RAISE EXCEPTION 'The credit log is never changed: %% of %% refused',
                                    TG_OP, TG_TABLE_NAME
                          USING ERRCODE = 'integrity_constraint_violation';
                END $$
                """,
                REFUSING,
            )
        )
        for suffix, events in (
            ("row", SQL("BEFORE UPDATE OR DELETE ON %s FOR EACH ROW", table)),
            ("all", SQL("BEFORE TRUNCATE ON %s FOR EACH STATEMENT", table)),
        ):
            name = SQL.identifier(f"{self._table}_refuse_{suffix}")
            cr.execute(SQL("DROP TRIGGER IF EXISTS %s ON %s", name, table))
            cr.execute(
                SQL(
                    "CREATE TRIGGER %s %s EXECUTE FUNCTION %s()", name, events, REFUSING
                )
            )

    def _is_guarded(self):
        """Are the triggers there, and switched on?"""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT count(*) FROM pg_trigger
                 WHERE tgrelid = %s::regclass AND NOT tgisinternal
                   AND tgenabled IN ('O', 'A') AND tgname LIKE %s
                """,
                self._table,
                f"{self._table}_refuse_%",
            )
        )
        return rows[0][0] == 2

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        raise UserError(
            self.env._("The credit log is written by the system only, by what happens.")
        )

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(
            self.env._(
                "The credit log cannot be changed. A credit manager adds an entry that "
                "corrects another one: button Correct on the entry."
            )
        )

    @api.ondelete(at_uninstall=True)
    def _unlink_never(self):
        raise UserError(self.env._("The credit log cannot be deleted."))
