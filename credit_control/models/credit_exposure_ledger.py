"""The part of the exposure that sits in journals: receivables, notes, drafts, money."""

from odoo import models
from odoo.tools import SQL

from .credit_exposure_scope import Scope

# A row's id is the id of its record times eight plus the kind of row: stable, unique
# over all sources, and `credit.exposure.line` finds the record again from it.
RECEIVABLE, NOTE, DRAFT, ORDER, ORDER_PAID, PAYMENT = range(1, 7)


class CreditExposureLedger(models.AbstractModel):
    """SQL of the ledger's documents. They count for the commercial partner of their
    partner as it is now: entries made by hand may name a contact."""

    _inherit = "credit.exposure"

    def _source_sqls(self, scope: Scope) -> list[SQL]:
        return [*super()._source_sqls(scope), *self._ledger_sqls(scope)]

    def _ledger_sqls(self, scope: Scope) -> list[SQL]:
        return [
            self._receivable_sql(scope),
            *([self._note_sql(scope)] if scope.note_ids else []),
            *([self._draft_sql(scope)] if scope.has("drafts") else []),
            *([self._payment_sql(scope)] if scope.has("payments") else []),
        ]

    def _presence_sqls(self, scope: Scope) -> dict[str, SQL]:
        """Draft invoices, and payments without entry."""
        return super()._presence_sqls(scope) | {
            "drafts": SQL(
                """
                SELECT FROM account_move
                 WHERE state = 'draft' AND move_type IN ('out_invoice', 'out_refund')
                   AND company_id = ANY(%s) AND partner_id = ANY(contact.ids)
                """,
                scope.company_ids,
            ),
            "payments": SQL(
                """
                SELECT FROM account_payment
                 WHERE move_id IS NULL AND state IN ('in_process', 'paid')
                   AND partner_type = 'customer'
                   AND company_id = ANY(%s) AND partner_id = ANY(contact.ids)
                """,
                scope.company_ids,
            ),
        }

    def _receivable_sql(self, scope: Scope) -> SQL:
        """Open trade receivables, one row per instalment.

        Above zero: not due, or overdue once the company's grace days have passed;
        days are counted from the due date, without grace. Below zero: payments and
        credit notes that settle nothing yet.
        """
        return SQL(
            "%s %s",
            self._row_sql(
                scope,
                id=SQL("line.id::bigint * 8 + %s", RECEIVABLE),
                partner_id=SQL("line.partner_id"),
                part=SQL(
                    """CASE WHEN line.amount_residual < 0 THEN 'credits'
                            WHEN %s THEN 'overdue' ELSE 'not_due' END""",
                    self._overdue_sql(scope),
                ),
                res_model=SQL("'account.move'"),
                res_id=SQL("line.move_id"),
                name=SQL("line.move_name"),
                date=SQL("line.date"),
                date_due=SQL(
                    "CASE WHEN line.amount_residual > 0 THEN %s END", self._due_sql()
                ),
                days_overdue=SQL(
                    """CASE WHEN line.amount_residual > 0
                            THEN greatest(0, %s - %s) ELSE 0 END""",
                    scope.today,
                    self._due_sql(),
                ),
                amount=SQL("line.amount_residual"),
            ),
            self._open_receivable_sql(scope),
        )

    def _open_item_sql(self, scope: Scope) -> SQL:
        """partner_id, residual, id, name, due, overdue, days; the oldest first."""
        return SQL(
            """
            SELECT contact.commercial_partner_id, item.* FROM (
                SELECT line.amount_residual, line.id, line.move_name,
                       %(due)s AS due, %(overdue)s, greatest(0, %(today)s - %(due)s),
                       line.partner_id
                  %(from_where)s AND line.amount_residual > 0) AS item
              JOIN %(contact)s ON contact.id = item.partner_id
             ORDER BY item.due, item.id
            """,
            due=self._due_sql(),
            overdue=self._overdue_sql(scope),
            today=scope.today,
            from_where=self._open_receivable_sql(scope),
            contact=scope.contact_sql(),
        )

    def _due_sql(self) -> SQL:
        return SQL("coalesce(line.date_maturity, line.date)")

    def _overdue_sql(self, scope: Scope) -> SQL:
        grace = scope.company.credit_overdue_grace_days
        return SQL("(%s + %s < %s)", self._due_sql(), grace, scope.today)

    def _open_receivable_sql(self, scope: Scope) -> SQL:
        """FROM and WHERE; the conditions are those of ``_credit_open_index``."""
        return SQL(
            """
              FROM account_move_line line
             WHERE line.account_id = ANY(%(accounts)s)
               AND line.company_id = ANY(%(companies)s)
               AND line.parent_state = 'posted'
               AND line.reconciled IS NOT TRUE
               AND line.amount_residual != 0
               AND %(customer)s
            """,
            accounts=scope.receivable_ids,
            companies=scope.company_ids,
            customer=scope.customer(SQL("line.partner_id")),
        )

    def _note_sql(self, scope: Scope) -> SQL:
        """Notes receivable until they are cash: what is still open of them where the
        account reconciles, else its balance."""
        open_amount = SQL(
            "CASE WHEN account.reconcile "
            "THEN line.amount_residual ELSE line.balance END"
        )
        return SQL(
            """
            %(row)s
              FROM account_move_line line
              JOIN account_account account ON account.id = line.account_id
             WHERE line.account_id = ANY(%(accounts)s)
               AND line.company_id = ANY(%(companies)s)
               AND line.parent_state = 'posted'
               AND %(amount)s != 0
               AND %(customer)s
            """,
            row=self._row_sql(
                scope,
                id=SQL("line.id::bigint * 8 + %s", NOTE),
                partner_id=SQL("line.partner_id"),
                part=SQL("'notes'"),
                res_model=SQL("'account.move'"),
                res_id=SQL("line.move_id"),
                name=SQL("line.move_name"),
                date=SQL("line.date"),
                date_due=SQL("line.date_maturity"),
                amount=open_amount,
            ),
            amount=open_amount,
            accounts=scope.note_ids,
            companies=scope.company_ids,
            customer=scope.customer(SQL("line.partner_id")),
        )

    def _draft_sql(self, scope: Scope) -> SQL:
        """Draft customer invoices that come from no order; drafts made from an order
        are still part of that order, and a draft credit note frees nothing."""
        return SQL(
            """
            %(row)s
              FROM account_move move
             WHERE move.state = 'draft'
               AND move.move_type = 'out_invoice'
               AND move.company_id = ANY(%(companies)s)
               AND move.amount_residual_signed > 0
               AND %(customer)s
               AND NOT EXISTS (
                    SELECT 1 FROM account_move_line line
                      JOIN sale_order_line_invoice_rel rel
                        ON rel.invoice_line_id = line.id
                     WHERE line.move_id = move.id)
            """,
            row=self._row_sql(
                scope,
                id=SQL("move.id::bigint * 8 + %s", DRAFT),
                partner_id=SQL("move.partner_id"),
                part=SQL("'drafts'"),
                res_model=SQL("'account.move'"),
                res_id=SQL("move.id"),
                name=SQL("coalesce(nullif(move.name, '/'), move.ref, '* ' || move.id)"),
                date=SQL("coalesce(move.invoice_date, move.date)"),
                date_due=SQL("move.invoice_date_due"),
                amount=SQL("move.amount_residual_signed"),
            ),
            companies=scope.company_ids,
            customer=scope.customer(SQL("move.partner_id")),
        )

    def _payment_sql(self, scope: Scope) -> SQL:
        """Customer payments without a journal entry, less what the books know.

        The host keeps such payments where the bank statement makes the entry (journal
        without outstanding account). *In process*: the invoices it pays still stand
        open in full, so it is taken off. *Paid*: the bank's entry is in the books, so
        it only counts where the host itself calls an invoice paid that still stands
        open. Never more than what is open on the invoices it is linked to, or a
        settlement by the bank would be taken off twice. Refunds paid out add up.
        """
        return SQL(
            """
            %(row)s
              FROM account_payment payment
             CROSS JOIN LATERAL (%(linked)s) AS linked
             CROSS JOIN LATERAL (
                    SELECT payment.amount_company_currency_signed AS amount) AS whole
             CROSS JOIN LATERAL (
                    SELECT CASE WHEN linked.number > 0 AND whole.amount > 0
                                THEN least(whole.amount, greatest(0, linked.open))
                                WHEN linked.number > 0
                                THEN greatest(whole.amount, least(0, linked.open))
                                WHEN payment.state = 'in_process' THEN whole.amount
                                ELSE 0 END AS amount) AS counted
             WHERE payment.move_id IS NULL
               AND payment.state IN ('in_process', 'paid')
               AND payment.partner_type = 'customer'
               AND payment.company_id = ANY(%(companies)s)
               AND counted.amount != 0
               AND %(customer)s
            """,
            row=self._row_sql(
                scope,
                id=SQL("payment.id::bigint * 8 + %s", PAYMENT),
                part=SQL("'in_transit'"),
                partner_id=SQL("payment.partner_id"),
                res_model=SQL("'account.payment'"),
                res_id=SQL("payment.id"),
                name=SQL("coalesce(payment.name, '* ' || payment.id)"),
                date=SQL("payment.date"),
                amount=SQL("-counted.amount"),
            ),
            linked=self._linked_invoice_sql(),
            companies=scope.company_ids,
            customer=scope.customer(SQL("payment.partner_id")),
        )

    def _linked_invoice_sql(self) -> SQL:
        """Number and open amount of the posted invoices that ``payment`` pays; of a
        paid one only those that the host calls paid although they stand open."""
        return SQL(
            """
            SELECT count(*) AS number,
                   coalesce(sum(move.amount_residual_signed) FILTER (
                       WHERE payment.state = 'in_process'
                          OR move.payment_state IN ('in_payment', 'paid')), 0) AS open
              FROM account_move__account_payment rel
              JOIN account_move move ON move.id = rel.invoice_id
             WHERE rel.payment_id = payment.id AND move.state = 'posted'
            """
        )
