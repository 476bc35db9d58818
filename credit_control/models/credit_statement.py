"""Statement of account: what the ledger said on a day, per customer and currency."""

from collections import defaultdict
from datetime import date
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..tools.statement import Row, Statement, movements, open_items
from .credit_exposure_scope import Scope

#: Who reads the whole ledger of his companies; the groups of credit imply the first.
READERS = ("account.group_account_readonly", "account.group_account_invoice")
KINDS = [("open", "Open items"), ("movements", "Movements of a period")]
# What the SQL reads besides the fields of the exposure.
FIELDS_READ = {
    "account.move": ["invoice_origin", "origin_payment_id", "payment_state"],
    "account.move.line": [
        "amount_currency",
        "amount_residual_currency",
        "move_id",
        "payment_id",
        "statement_line_id",
    ],
    "credit.dispute": ["move_line_id", "state"],
    "account.partial.reconcile": [
        "debit_move_id",
        "credit_move_id",
        "debit_amount_currency",
        "credit_amount_currency",
        "max_date",
    ],
}


class Block(NamedTuple):
    """The statement of one customer in one currency."""

    currency: models.BaseModel
    statement: Statement


class CreditStatement(models.AbstractModel):
    """Statements of account of many customers: open items, or movements of a period.

    A customer is a *key* (id of the commercial partner, id of the root company) as in
    ``credit.exposure``: contacts count for their customer, branches for their root,
    trade receivable accounts only, posted entries only. Each currency of the items is
    a statement of its own, and nothing is converted.

    The past stays as it was: an item that was paid later is open on an earlier day.
    An item's open amount on day D is what is open now, with every matching undone
    whose later document is after D. So both kinds agree: the closing balance of the
    movements up to D is the sum of the items open on D. Where an item was matched
    with one of another currency or customer, the movements have a row *transfer* for
    it, on the day of the matching.

    The result depends on the books only, never on the viewer. It checks no rights:
    ``_check_viewer`` does, and whoever hands a statement out calls it.

    Cost: two queries per root company for any number of customers. Example::

        key = (partner.commercial_partner_id.id, company.root_id.id)
        env["credit.statement"]._get_statements({key}, "open", date_to=day)[key]
        # [Block(currency=EUR, statement=Statement(rows=…, closing=250.0, ageing=…))]
    """

    _name = "credit.statement"
    _description = "Statement of Account"

    # -- rights ---------------------------------------------------------------
    @api.model
    def _check_viewer(self, partners, company):
        """Statements are for who reads the ledger of that company and the customer.

        :raise AccessError: otherwise
        """
        if self.env.su:
            return
        user = self.env.user
        partners = partners.with_env(self.env)  # the viewer's rights, not the caller's
        partners.check_access("read")
        partners.commercial_partner_id.check_access("read")
        if not any(map(user.has_group, READERS)):
            raise AccessError(
                self.env._(
                    "Statements of account are for people of Invoicing and of credit "
                    "control. Ask your administrator for one of these rights."
                )
            )
        # sudo: the root of a branch the user works in is not always his company
        if company.root_id not in user.company_ids.sudo().root_id:
            raise AccessError(
                self.env._(
                    "The statement is of %(company)s, which is none of your companies.",
                    company=company.sudo().root_id.name,
                )
            )

    # -- statements -----------------------------------------------------------
    @api.model
    def _get_statements(
        self, keys, kind: str, date_to: date | None = None, date_from=None
    ) -> dict[tuple[int, int], list[Block]]:
        """``{key: [Block]}``, the company's own currency first.

        :param kind: ``open``: items open on ``date_to``; ``movements``: what was
            booked from ``date_from`` to ``date_to``, both included
        :param date_to: today when empty
        :param date_from: of movements; the first day of that month when empty

        A customer with nothing to show has no block. The statement of open items
        leaves out currencies in which nothing is open.
        """
        day = date_to or fields.Date.today()
        since = None
        if kind == "movements":
            since = date_from or day.replace(day=1)
        result = {key: [] for key in keys}
        by_company = defaultdict(list)
        for partner_id, company_id in result:
            by_company[company_id].append(partner_id)
        for company_id, partner_ids in by_company.items():
            scope = self._get_statement_scope(company_id, partner_ids)
            for partner_id, blocks in self._read_blocks(scope, day, since).items():
                result[partner_id, scope.company.id] = blocks
        return result

    def _get_statement_scope(self, company_id, partner_ids) -> Scope:
        for name, names in FIELDS_READ.items():
            self.env[name].flush_model(names)
        company = self.env["res.company"].browse(company_id)
        return self.env["credit.exposure"]._get_scope(company, partner_ids)

    def _read_blocks(self, scope, day, since):
        """``{partner_id: [Block]}`` from one query."""
        sql = (
            self._movement_sql(scope, day, since)
            if since
            else self._open_sql(scope, day)
        )
        rows, openings = defaultdict(list), defaultdict(float)
        for partner_id, currency_id, kind, *values in self.env.execute_query(sql):
            key = partner_id, currency_id
            row = self._prepare_row(kind, *values)
            if kind == "opening":
                openings[key] = row.amount
            else:
                rows[key].append(row)
        blocks = defaultdict(list)
        home = scope.company.currency_id
        for partner_id, currency_id in sorted({*rows, *openings}):
            currency = self.env["res.currency"].browse(currency_id)
            key, digits = (partner_id, currency_id), currency.decimal_places
            if since:
                statement = movements(rows[key], openings[key], digits)
            else:
                statement = open_items(rows[key], day, digits)
            blocks[partner_id].append(Block(currency, statement))
        for found in blocks.values():
            found.sort(key=lambda block: (block.currency != home, block.currency.name))
        return blocks

    def _prepare_row(
        self, kind, id_, move_id, name, booked, due, reference, amount, total, disputed
    ) -> Row:
        return Row(
            id=id_,
            move_id=move_id,
            kind=kind,
            name=name or "",
            date=booked,
            due=due,
            reference=reference or "",
            amount=float(amount),
            total=float(total),
            disputed=bool(disputed),
        )

    # -- SQL ------------------------------------------------------------------
    def _open_sql(self, scope: Scope, day) -> SQL:
        """Items open on ``day``, one row per instalment.

        ``later`` undoes what was matched after that day.
        """
        return SQL(
            """
            WITH later AS (
                SELECT line_id, sum(amount) AS amount
                  FROM (%(later_debits)s UNION ALL %(later_credits)s) AS side
                 GROUP BY line_id)
            SELECT partner.commercial_partner_id, line.currency_id, %(kind)s,
                   line.id, line.move_id, move.name,
                   coalesce(move.invoice_date, line.date), %(due)s, %(reference)s,
                   %(amount)s, line.amount_currency,
                   move.payment_state = 'blocked' OR EXISTS (
                        SELECT FROM credit_dispute dispute
                         WHERE dispute.move_line_id = line.id
                           AND dispute.state = 'open')
              FROM account_move_line line
              JOIN account_move move ON move.id = line.move_id
              JOIN res_partner partner ON partner.id = line.partner_id
              JOIN res_currency currency ON currency.id = line.currency_id
              LEFT JOIN later ON later.line_id = line.id
             WHERE %(mine)s AND line.date <= %(day)s
               AND (line.amount_residual_currency != 0 OR later.line_id IS NOT NULL)
               AND round(%(amount)s, currency.decimal_places) != 0
            """,
            later_debits=self._later_sql(scope, day, "debit"),
            later_credits=self._later_sql(scope, day, "credit"),
            kind=self._kind_sql(),
            due=SQL("coalesce(line.date_maturity, line.date)"),
            reference=self._reference_sql(),
            amount=SQL("(line.amount_residual_currency + coalesce(later.amount, 0))"),
            mine=self._mine_sql(scope),
            day=day,
        )

    def _later_sql(self, scope: Scope, day, side: str) -> SQL:
        """line_id, amount: what was matched after ``day`` with lines on one side."""
        return SQL(
            """
            SELECT line.id AS line_id, %(sign)s * part.%(amount)s AS amount
              FROM account_partial_reconcile part
              JOIN account_move_line line ON line.id = part.%(line)s
             WHERE part.max_date > %(day)s AND line.date <= %(day)s AND %(mine)s
            """,
            sign=1 if side == "debit" else -1,
            amount=SQL.identifier(f"{side}_amount_currency"),
            line=SQL.identifier(f"{side}_move_id"),
            day=day,
            mine=self._mine_sql(scope),
        )

    def _movement_sql(self, scope: Scope, day, since) -> SQL:
        """What happened up to ``day``: documents one by one from ``since`` on, what
        was before as one row *opening* per customer and currency.

        ``item``: the customers' journal items; ``moved``: those, and the matchings
        that take an amount out of its currency or customer.
        """
        return SQL(
            """
            WITH item AS (
                SELECT line.id, line.move_id, line.date, line.currency_id,
                       partner.commercial_partner_id AS partner_id,
                       line.amount_currency AS amount, %(kind)s AS kind
                  FROM account_move_line line
                  JOIN account_move move ON move.id = line.move_id
                  JOIN res_partner partner ON partner.id = line.partner_id
                 WHERE %(mine)s AND line.date <= %(day)s),
            moved AS (
                SELECT partner_id, currency_id, kind, move_id, date, amount FROM item
                UNION ALL %(debits)s
                UNION ALL %(credits)s),
            opening AS (
                SELECT partner_id, currency_id, sum(amount) AS amount FROM moved
                 WHERE date < %(since)s GROUP BY partner_id, currency_id),
            document AS (
                SELECT partner_id, currency_id, kind, move_id, date,
                       sum(amount) AS amount
                  FROM moved WHERE date >= %(since)s
                 GROUP BY partner_id, currency_id, kind, move_id, date)
            SELECT partner_id, currency_id, 'opening', 0, 0, NULL, NULL::date,
                   NULL::date, NULL, opening.amount, 0, FALSE
              FROM opening JOIN res_currency currency
                ON currency.id = opening.currency_id
             WHERE round(opening.amount, currency.decimal_places) != 0
            UNION ALL
            SELECT document.partner_id, document.currency_id, document.kind, move.id,
                   move.id, move.name, document.date,
                   CASE WHEN document.kind = 'invoice' THEN move.invoice_date_due END,
                   %(reference)s, document.amount, document.amount,
                   move.payment_state = 'blocked'
              FROM document
              JOIN account_move move ON move.id = document.move_id
              JOIN res_currency currency ON currency.id = document.currency_id
             WHERE round(document.amount, currency.decimal_places) != 0
            """,
            kind=self._kind_sql(),
            mine=self._mine_sql(scope),
            debits=self._transfer_sql(day, "debit", "credit"),
            credits=self._transfer_sql(day, "credit", "debit"),
            reference=self._reference_sql(),
            day=day,
            since=since,
        )

    def _transfer_sql(self, day, side: str, opposite: str) -> SQL:
        """Matchings of an item with one of another currency or customer, or with
        one that is no trade receivable."""
        return SQL(
            """
            SELECT item.partner_id, item.currency_id, 'transfer', item.move_id,
                   part.max_date, %(sign)s * part.%(amount)s
              FROM item
              JOIN account_partial_reconcile part ON part.%(line)s = item.id
              LEFT JOIN item other ON other.id = part.%(other)s
                   AND other.partner_id = item.partner_id
                   AND other.currency_id = item.currency_id
             WHERE part.max_date <= %(day)s AND other.id IS NULL
            """,
            sign=-1 if side == "debit" else 1,
            amount=SQL.identifier(f"{side}_amount_currency"),
            line=SQL.identifier(f"{side}_move_id"),
            other=SQL.identifier(f"{opposite}_move_id"),
            day=day,
        )

    def _mine_sql(self, scope: Scope) -> SQL:
        """The condition that ``line`` is a posted receivable of the customers."""
        return SQL(
            """(line.account_id = ANY(%s) AND line.company_id = ANY(%s)
                AND line.parent_state = 'posted' AND %s)""",
            scope.receivable_ids,
            scope.company_ids,
            scope.customer(SQL("line.partner_id")),
        )

    def _kind_sql(self) -> SQL:
        return SQL(
            """
            CASE WHEN move.move_type IN ('out_invoice', 'out_receipt') THEN 'invoice'
                 WHEN move.move_type = 'out_refund' THEN 'refund'
                 WHEN coalesce(line.payment_id, line.statement_line_id,
                               move.origin_payment_id) IS NULL THEN 'entry'
                 WHEN line.amount_currency > 0 THEN 'payback'
                 ELSE 'payment' END
            """
        )

    def _reference_sql(self) -> SQL:
        """The customer's own reference, else our order. What a bookkeeper wrote on
        an entry of his is not for the customer."""
        return SQL(
            """
            CASE WHEN move.move_type IN ('out_invoice', 'out_refund', 'out_receipt')
                 THEN coalesce(nullif(move.ref, ''), nullif(move.invoice_origin, ''))
            END
            """
        )
