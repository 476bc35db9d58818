"""The part of the exposure that sits in journals: receivables, notes, drafts, money."""

from odoo import models
from odoo.tools import SQL

from .credit_exposure import Scope

# A row's id is the id of its record times eight plus the kind of row: stable, unique
# over all sources, and `credit.exposure.line` finds the record again from it.
RECEIVABLE, NOTE, DRAFT, ORDER, ORDER_PAID, PAYMENT = range(1, 7)


class CreditExposureLedger(models.AbstractModel):
    """SQL of the ledger's documents; journal items count for the commercial partner
    of their partner, because entries made by hand may name a contact."""

    _inherit = "credit.exposure"

    def _source_sqls(self, scope: Scope) -> list[SQL]:
        return [
            *super()._source_sqls(scope),
            self._receivable_sql(scope),
            *([self._note_sql(scope)] if scope.note_ids else []),
            self._draft_sql(scope),
            self._payment_sql(scope),
        ]

    def _receivable_sql(self, scope: Scope) -> SQL:
        """Open trade receivables, one row per instalment.

        Above zero: not due, or overdue once the company's grace days have passed;
        days are counted from the due date, without grace. Below zero: payments and
        credit notes that settle nothing yet.
        """
        return SQL(
            """
            SELECT line.id::bigint * 8 + %(kind)s AS id,
                   partner.commercial_partner_id AS partner_id,
                   %(company)s AS company_id,
                   %(currency)s AS currency_id,
                   CASE WHEN line.amount_residual < 0 THEN 'credits'
                        WHEN %(overdue)s THEN 'overdue'
                        ELSE 'not_due' END AS part,
                   'account.move' AS res_model,
                   line.move_id AS res_id,
                   line.move_name AS name,
                   line.date AS date,
                   CASE WHEN line.amount_residual > 0 THEN %(due)s END AS date_due,
                   CASE WHEN line.amount_residual > 0
                        THEN greatest(0, %(today)s - %(due)s)
                        ELSE 0 END AS days_overdue,
                   line.amount_residual AS amount
              %(from_where)s
            """,
            kind=RECEIVABLE,
            company=scope.company.id,
            currency=scope.company.currency_id.id,
            overdue=self._overdue_sql(scope),
            due=self._due_sql(),
            today=scope.today,
            from_where=self._open_receivable_sql(scope),
        )

    def _open_item_sql(self, scope: Scope) -> SQL:
        """partner_id, residual, id, name, due, overdue, days; the oldest first."""
        return SQL(
            """
            SELECT partner.commercial_partner_id, line.amount_residual, line.id,
                   line.move_name, %(due)s, %(overdue)s,
                   greatest(0, %(today)s - %(due)s)
              %(from_where)s AND line.amount_residual > 0
             ORDER BY %(due)s, line.id
            """,
            due=self._due_sql(),
            overdue=self._overdue_sql(scope),
            today=scope.today,
            from_where=self._open_receivable_sql(scope),
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
              JOIN res_partner partner ON partner.id = line.partner_id
             WHERE line.account_id = ANY(%(accounts)s)
               AND line.company_id = ANY(%(companies)s)
               AND line.parent_state = 'posted'
               AND line.reconciled IS NOT TRUE
               AND line.amount_residual != 0
               AND %(customer)s
            """,
            accounts=scope.receivable_ids,
            companies=scope.company_ids,
            customer=scope.customer(SQL("partner.commercial_partner_id")),
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
            SELECT line.id::bigint * 8 + %(kind)s, partner.commercial_partner_id,
                   %(company)s, %(currency)s, 'notes', 'account.move', line.move_id,
                   line.move_name, line.date, line.date_maturity, 0, %(amount)s
              FROM account_move_line line
              JOIN account_account account ON account.id = line.account_id
              JOIN res_partner partner ON partner.id = line.partner_id
             WHERE line.account_id = ANY(%(accounts)s)
               AND line.company_id = ANY(%(companies)s)
               AND line.parent_state = 'posted'
               AND %(amount)s != 0
               AND %(customer)s
            """,
            kind=NOTE,
            company=scope.company.id,
            currency=scope.company.currency_id.id,
            amount=open_amount,
            accounts=scope.note_ids,
            companies=scope.company_ids,
            customer=scope.customer(SQL("partner.commercial_partner_id")),
        )

    def _draft_sql(self, scope: Scope) -> SQL:
        """Draft customer invoices that come from no order; drafts made from an order
        are still part of that order, and a draft credit note frees nothing."""
        return SQL(
            """
            SELECT move.id::bigint * 8 + %(kind)s, partner.commercial_partner_id,
                   %(company)s, %(currency)s, 'drafts', 'account.move', move.id,
                   coalesce(nullif(move.name, '/'), move.ref, '* ' || move.id),
                   coalesce(move.invoice_date, move.date), move.invoice_date_due, 0,
                   move.amount_residual_signed
              FROM account_move move
              JOIN res_partner partner ON partner.id = move.partner_id
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
            kind=DRAFT,
            company=scope.company.id,
            currency=scope.company.currency_id.id,
            companies=scope.company_ids,
            customer=scope.customer(SQL("partner.commercial_partner_id")),
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
            SELECT * FROM (
                SELECT payment.id::bigint * 8 + %(kind)s, partner.commercial_partner_id,
                       %(company)s::int, %(currency)s::int, 'in_transit',
                       'account.payment', payment.id,
                       coalesce(payment.name, '* ' || payment.id),
                       payment.date, NULL::date, 0,
                       -CASE WHEN linked.number > 0
                             AND payment.amount_company_currency_signed > 0
                             THEN least(payment.amount_company_currency_signed,
                                        greatest(0, linked.open))
                             WHEN linked.number > 0
                             THEN greatest(payment.amount_company_currency_signed,
                                           least(0, linked.open))
                             WHEN payment.state = 'in_process'
                             THEN payment.amount_company_currency_signed
                             ELSE 0 END AS amount
                  FROM account_payment payment
                  JOIN res_partner partner ON partner.id = payment.partner_id
                 CROSS JOIN LATERAL (
                        SELECT count(*) AS number,
                               coalesce(sum(move.amount_residual_signed) FILTER (
                                   WHERE payment.state = 'in_process'
                                      OR move.payment_state IN ('in_payment', 'paid')
                               ), 0) AS open
                          FROM account_move__account_payment rel
                          JOIN account_move move ON move.id = rel.invoice_id
                         WHERE rel.payment_id = payment.id AND move.state = 'posted'
                       ) linked
                 WHERE payment.move_id IS NULL
                   AND payment.state IN ('in_process', 'paid')
                   AND payment.partner_type = 'customer'
                   AND payment.company_id = ANY(%(companies)s)
                   AND %(customer)s
            ) AS payments WHERE amount != 0
            """,
            kind=PAYMENT,
            company=scope.company.id,
            currency=scope.company.currency_id.id,
            companies=scope.company_ids,
            customer=scope.customer(SQL("partner.commercial_partner_id")),
        )
