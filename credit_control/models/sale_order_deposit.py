"""The deposit agreed with a customer, and what has been received of it."""

from dataclasses import replace

from odoo import fields, models

#: Payment states of an invoice that somebody paid, whatever the bank says yet.
PAID = ("paid", "in_payment")


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _credit_received(self):
        """Money received for this order, in its currency: on its invoices, by the
        till, and online where no invoice has been paid with it yet.

        Invoices count by the share of them that is paid, so that a down payment
        invoice counts once its money is there, and not before.
        """
        self.ensure_one()
        # sudo: sellers may not read payments
        order = self.sudo()._origin
        total = order._credit_paid_at_till()
        for line in order.order_line.invoice_lines:
            total += order._credit_to_own(line.move_id, line._credit_paid_part())
        online = order.transaction_ids
        for transaction in online | online.child_transaction_ids:
            part = transaction._credit_loose_part() * order._credit_share(transaction)
            total += order._credit_to_own(transaction, part)
        return order.currency_id.round(total)

    def _credit_share(self, transaction):
        """The share of this order in a payment for several, by their totals."""
        source = transaction.source_transaction_id
        orders = transaction.sale_order_ids or source.sale_order_ids
        others = (orders - self).filtered(lambda order: order.state != "cancel")
        whole = self.amount_total + sum(others.mapped("amount_total"))
        return self.amount_total / whole if others and whole else 1.0

    def _credit_to_own(self, document, amount):
        """``amount`` of a document, at today's rate in the currency of the order."""
        company, today = self.company_id, fields.Date.today()
        return document.currency_id._convert(
            amount, self.currency_id, company, today, round=False
        )


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _credit_paid_part(self):
        """What has been paid of an invoice line, taxes included; credit notes give it
        back in full, whether they have been paid out or set off."""
        move = self.move_id
        if move.state != "posted":
            return 0.0
        if move.move_type == "out_refund":
            return -self.price_total
        if move.payment_state in PAID or not move.amount_total:
            return self.price_total
        return self.price_total * (1 - move.amount_residual / move.amount_total)


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _credit_loose_part(self):
        """What this payment has brought or reserved and no invoice has received.

        Captures and voids are part of what was authorised; refunds are below zero.
        """
        is_part = self.source_transaction_id and self.operation != "refund"
        if (
            is_part
            or self.state not in ("authorized", "done")
            or self.operation == "validation"
        ):
            return 0.0
        parts = self.child_transaction_ids.filtered(
            lambda child: child.operation == self.operation
        )
        voided = parts.filtered(lambda child: child.state == "cancel")
        payments = (self | parts).payment_id
        applied = sum(payment._credit_applied_part() for payment in payments)
        loose = abs(self.amount) - sum(voided.mapped("amount")) - applied
        return loose if self.amount > 0 else -loose


class AccountPayment(models.Model):
    _inherit = "account.payment"

    def _credit_applied_part(self):
        """What invoices or credit notes have taken of a payment, in its currency."""
        if self.state not in ("in_process", "paid"):
            return 0.0
        if not self.move_id:
            return self.amount if self.is_reconciled or self.invoice_ids else 0.0
        lines = self.move_id.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        return self.amount - abs(sum(lines.mapped("amount_residual_currency")))


class CreditGate(models.AbstractModel):
    _inherit = "credit.gate"

    def _with_received(self, orders, customers, rules, terms):
        """``{order.id: tools.facts.Order}`` with what was received, where a deposit is
        agreed and a rule asks for it; nobody else's payments are looked at."""
        asking = {
            key
            for key, customer in customers.items()
            if customer.deposit_pct and any(r.type == "deposit" for r in rules[key])
        }
        return {
            order.id: replace(terms[order.id], received=order._credit_received())
            for order in orders
            if self._customer_key(order) in asking
        }
