"""Levels that the OCA add-on ``account_credit_control`` has reached, read by SQL."""

from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from .credit_exposure_scope import Scope

TABLES = ("credit_control_line", "credit_control_policy", "credit_control_policy_level")
#: Channel of theirs: ours.
CHANNELS = {"email": "email", "letter": "letter", "phone": "call"}


class OcaLevel(NamedTuple):
    """A level of a policy of theirs, with the open items that were sent at it."""

    id: int
    policy: str
    number: int
    name: str
    channel: str
    item_count: int


class CreditOcaImport(models.AbstractModel):
    """The reminders that customers have got from ``account_credit_control`` become
    sent notices here, so that dunning goes on at the level reached.

    Only what was really sent counts, and only of items that are open now. What is
    known here already is left out: a second import adds nothing. Their tables are only
    read. Who was marked *do nothing* is never reminded here either.

    Cost: a fixed number of queries for any number of items, and one per credit file
    that has to be made.
    """

    _name = "credit.oca.import"
    _description = "Import from the OCA Credit Control"

    @api.model
    def _is_possible(self) -> bool:
        """Are their tables in this database?"""
        [[found]] = self.env.execute_query(
            SQL(
                "SELECT count(*) FROM unnest(%s) AS name WHERE to_regclass(name) "
                "IS NOT NULL",
                list(TABLES),
            )
        )
        return found == len(TABLES)

    @api.model
    def _read_levels(self, company) -> list[OcaLevel]:
        """Their levels at which open items of the company were sent."""
        scope = self._get_scope(company)
        lang = self.env.lang or "en_US"
        query = SQL(
            """
            SELECT step.id, policy.name, step.level,
                   coalesce(to_jsonb(step)->'name'->>%(lang)s,
                            to_jsonb(step)->'name'->>'en_US',
                            to_jsonb(step)->>'name'),
                   step.channel, count(DISTINCT old.move_line_id)
              FROM (%(sent)s) AS old
              JOIN credit_control_policy_level step ON step.id = old.policy_level_id
              JOIN credit_control_policy policy ON policy.id = step.policy_id
             WHERE policy.do_nothing IS NOT TRUE
             GROUP BY step.id, policy.id
             ORDER BY policy.name, step.level, step.id
            """,
            lang=lang,
            sent=self._sent_sql(scope),
        )
        return [OcaLevel(*row) for row in self.env.execute_query(query)]

    @api.model
    def _preview(self, company, mapping) -> dict:
        """What ``_import`` would do; nothing is written.

        :param mapping: ``{id of their level: credit.dunning.level}``
        :return: counts by name: items, customers, notices, known, unmapped, not_sent,
            closed, never (customers), blocked (invoices); and ``levels``
            ``{id of our level: customers that reach it}``
        """
        scope = self._get_scope(company)
        query = SQL(
            """
            WITH sent AS (%(sent)s), found AS (%(found)s)
            SELECT (SELECT count(*) FROM found),
                   (SELECT count(DISTINCT partner_id) FROM found),
                   (SELECT count(*) FROM (%(heads)s) AS head),
                   (SELECT count(DISTINCT move_line_id) FROM sent
                     WHERE policy_level_id = ANY(%(mapped)s)
                       AND move_line_id NOT IN (SELECT move_line_id FROM found)),
                   (SELECT count(DISTINCT move_line_id) FROM sent
                     WHERE policy_level_id != ALL(%(mapped)s)),
                   count(DISTINCT old.move_line_id) FILTER (
                       WHERE open.id IS NOT NULL AND old.state != 'sent'),
                   count(DISTINCT old.move_line_id) FILTER (WHERE open.id IS NULL)
              FROM credit_control_line old
              LEFT JOIN (SELECT line.id %(open)s) AS open ON open.id = old.move_line_id
             WHERE old.company_id = ANY(%(companies)s)
            """,
            sent=self._sent_sql(scope),
            found=self._found_sql(scope, mapping),
            heads=self._head_sql(),
            mapped=list(mapping),
            open=self.env["credit.exposure"]._open_receivable_sql(scope),
            companies=scope.company_ids,
        )
        names = ("items", "customers", "notices", "known", "unmapped")
        names += ("not_sent", "closed")
        [row] = self.env.execute_query(query)
        counts = dict(zip(names, row, strict=True))
        top = SQL(
            """
            WITH found AS (%s)
            SELECT level_id, count(*) FROM (
                SELECT DISTINCT ON (partner_id) partner_id, level_id FROM found
                 ORDER BY partner_id, number DESC) AS reached
             GROUP BY level_id
            """,
            self._found_sql(scope, mapping),
        )
        counts["levels"] = dict(self.env.execute_query(top))
        counts["never"] = len(self._get_silent_partners())
        counts["blocked"] = len(self._get_silent_moves(scope))
        return counts

    @api.model
    def _import(self, company, mapping):
        """Make the notices; the run they belong to, empty when there are none.

        Files of customers and their state follow in the same transaction, as they do
        when a notice is sent.
        """
        # sudo: sent notices are made by services only; the caller has checked rights
        run = self.env["credit.dunning.run"].sudo()
        scope = self._get_scope(company)
        run = run.create(
            {
                "company_id": scope.company.id,
                "user_id": self.env.uid,
                "state": "done",
                "hint": self.env._("Imported from the OCA add-on."),
            }
        )
        run.flush_recordset()
        self.env.cr.execute(self._insert_sql(scope, run, mapping))
        self.env.invalidate_all()
        self._silence(scope)
        if not run.notice_ids:
            run.unlink()
            return run.browse()
        run.notice_ids._reach_files()
        # from now on paying and posting ask whether somebody leaves his level
        self.env["credit.file"]._reset_credit_active()
        return run

    # -- who is never reminded -----------------------------------------------------
    def _silence(self, scope: Scope):
        """Who and what they do nothing about is not reminded of here either."""
        reason = self.env._("Imported from the OCA add-on: no follow-up.")
        for partner in self._get_silent_partners():
            file = self.env["credit.file"]._ensure(partner, scope.company).sudo()
            if not file.never_dun:
                file.write({"never_dun": True, "no_dunning_reason": reason})
        self._get_silent_moves(scope).no_followup = True

    def _get_silent_partners(self):
        if not self._has_column("res_partner", "credit_policy_id"):
            return self.env["res.partner"]
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT partner.commercial_partner_id
                  FROM res_partner partner
                  JOIN credit_control_policy policy
                    ON policy.id = partner.credit_policy_id AND policy.do_nothing
                 WHERE partner.id = partner.commercial_partner_id
                """
            )
        )
        # sudo: for all customers, whoever imports
        return self.env["res.partner"].sudo().browse([row[0] for row in rows])

    def _get_silent_moves(self, scope: Scope):
        if not self._has_column("account_move", "credit_policy_id"):
            return self.env["account.move"]
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT move.id
                  FROM (SELECT line.* %s) AS line
                  JOIN account_move move ON move.id = line.move_id
                  JOIN credit_control_policy policy
                    ON policy.id = move.credit_policy_id AND policy.do_nothing
                 WHERE line.no_followup IS NOT TRUE
                """,
                self.env["credit.exposure"]._open_receivable_sql(scope),
            )
        )
        # sudo: the host's own flag, for all invoices of the company
        return self.env["account.move"].sudo().browse([row[0] for row in rows])

    def _has_column(self, table, column) -> bool:
        query = SQL(
            "SELECT 1 FROM information_schema.columns WHERE table_name = %s "
            "AND column_name = %s AND table_schema = current_schema",
            table,
            column,
        )
        return bool(self.env.execute_query(query))

    # -- SQL --------------------------------------------------------------------------
    def _get_scope(self, company) -> Scope:
        self.env.flush_all()  # their records may be pending as well
        # sudo: all items of the company, whoever imports
        return self.sudo().env["credit.dunning"]._get_dunning_scope(company)

    def _sent_sql(self, scope: Scope) -> SQL:
        """What they have sent of items that are open now."""
        return SQL(
            """
            SELECT old.*, line.move_id, line.move_name AS name, line.date AS line_date,
                   coalesce(line.date_maturity, line.date) AS due,
                   line.currency_id AS item_currency_id, line.partner_id AS contact_id
              FROM credit_control_line old
              JOIN (SELECT line.* %s AND line.amount_residual > 0) AS line
                ON line.id = old.move_line_id
             WHERE old.state = 'sent' AND old.manually_overridden IS NOT TRUE
            """,
            self.env["credit.exposure"]._open_receivable_sql(scope),
        )

    def _found_sql(self, scope: Scope, mapping) -> SQL:
        """One row per item and level of ours that it has reached with them and not
        here. The first sending counts where two of their levels are one of ours."""
        pairs = SQL(", ").join(
            SQL("(%s, %s)", theirs, ours.id) for theirs, ours in mapping.items()
        )
        return SQL(
            """
            SELECT DISTINCT ON (old.move_line_id, level.id)
                   old.move_line_id, old.move_id, old.name, old.line_date, old.due,
                   old.item_currency_id AS currency_id, old.contact_id,
                   partner.commercial_partner_id AS partner_id,
                   level.id AS level_id, level.number, level.policy_id, old.channel,
                   coalesce(old.date_sent, old.date) AS sent_on,
                   old.balance_due AS amount
              FROM (%(sent)s) AS old
              JOIN (VALUES %(pairs)s) AS pair (theirs, ours)
                ON pair.theirs = old.policy_level_id
              JOIN credit_dunning_level level ON level.id = pair.ours
              JOIN res_partner partner ON partner.id = old.contact_id
             WHERE NOT EXISTS (
                   SELECT FROM credit_dunning_notice_line past
                    WHERE past.move_line_id = old.move_line_id AND past.sent
                      AND past.level_number >= level.number)
             ORDER BY old.move_line_id, level.id, sent_on
            """,
            sent=self._sent_sql(scope),
            pairs=pairs or SQL("(NULL::int, NULL::int)"),
        )

    def _head_sql(self) -> SQL:
        """The notices of ``found``: what a customer got on one day at one level."""
        return SQL(
            """
            SELECT partner_id, currency_id, policy_id, level_id, number, sent_on,
                   min(channel) AS channel, count(*) AS item_count,
                   max(sent_on - due) AS days, sum(amount) AS amount,
                   min(contact_id) AS contact_id
              FROM found
             GROUP BY partner_id, currency_id, policy_id, level_id, number, sent_on
            """
        )

    def _insert_sql(self, scope: Scope, run, mapping) -> SQL:
        channel = SQL(" ").join(
            SQL("WHEN %s THEN %s", *pair) for pair in CHANNELS.items()
        )
        return SQL(
            """
            WITH found AS MATERIALIZED (%(found)s),
                 notice AS (
                INSERT INTO credit_dunning_notice (
                    run_id, company_id, state, partner_id, currency_id, policy_id,
                    level_id, level_number, channel, contact_id, recipient_id, lang,
                    subject, item_count, oldest_days, amount_open, amount, total,
                    sent_at, sent_by, ready_on, delivery_state, create_uid, create_date,
                    write_uid, write_date)
                SELECT %(run)s, %(company)s, 'sent', head.partner_id, head.currency_id,
                       head.policy_id, head.level_id, head.number,
                       CASE head.channel %(channel)s ELSE 'email' END,
                       head.contact_id, head.contact_id, partner.lang, %(subject)s,
                       head.item_count, head.days, head.amount, head.amount,
                       head.amount, head.sent_on, %(user)s,
                       head.sent_on + greatest(coalesce(policy.min_days, 0),
                                               coalesce(level.wait_days, 0)),
                       CASE head.channel WHEN 'letter' THEN 'printed'
                            WHEN 'phone' THEN 'done' ELSE 'delivered' END,
                       %(user)s, %(now)s, %(user)s, %(now)s
                  FROM (%(heads)s) AS head
                  JOIN res_partner partner ON partner.id = head.contact_id
                  JOIN credit_dunning_level level ON level.id = head.level_id
                  JOIN credit_dunning_policy policy ON policy.id = head.policy_id
                RETURNING id, partner_id, currency_id, level_id, sent_at)
            INSERT INTO credit_dunning_notice_line (
                notice_id, move_line_id, move_id, name, date, due, days, level_id,
                level_number, reached, residual, rested, amount, proposed, sent,
                sent_on)
            SELECT notice.id, found.move_line_id, found.move_id, found.name,
                   found.line_date, found.due, found.sent_on - found.due,
                   found.level_id, found.number, 0, found.amount, 0, found.amount,
                   found.amount, TRUE, found.sent_on
              FROM found
              JOIN notice ON notice.partner_id = found.partner_id
                         AND notice.currency_id = found.currency_id
                         AND notice.level_id = found.level_id
                         AND notice.sent_at = found.sent_on
            """,
            found=self._found_sql(scope, mapping),
            heads=self._head_sql(),
            channel=channel,
            run=run.id,
            company=scope.company.id,
            subject=self.env._("Sent by the OCA add-on"),
            user=self.env.uid,
            now=fields.Datetime.now(),
        )
