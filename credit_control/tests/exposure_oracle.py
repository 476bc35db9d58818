"""The exposure of one customer, document by document, as an accountant would add it
up by hand. Slow and plain on purpose: it shares nothing with the SQL it judges."""

from collections import defaultdict
from datetime import timedelta

from .common import TODAY


class Oracle:
    """``Oracle(root, partner).parts()`` gives ``{part: amount}`` in the company's
    currency, not rounded, deductions as magnitudes."""

    def __init__(self, root, partner):
        self.root = root
        self.env = root.env
        self.partner = partner
        companies = self.env["res.company"].search([])
        self.companies = companies.filtered(lambda company: company.root_id == root)
        self.sums = defaultdict(float)

    def parts(self):
        self._add_ledger()
        self._add_drafts()
        self._add_bare_payments()
        for order in self.env["sale.order"].search([("state", "=", "sale")]):
            if self._is_his(order.partner_invoice_id, order):
                self._add_order(order)
        return self.sums

    def _is_his(self, partner, document):
        return (
            partner.commercial_partner_id == self.partner
            and document.company_id in self.companies
        )

    def _home(self, amount, currency):
        company_currency = self.root.currency_id
        return currency._convert(
            amount, company_currency, self.root, TODAY, round=False
        )

    def _add_ledger(self):
        notes = self.root.credit_note_account_ids
        for move in self.env["account.move"].search([("state", "=", "posted")]):
            for line in move.line_ids:
                account = line.account_id
                if not self._is_his(line.partner_id, move):
                    continue
                if account in notes:
                    still = line.amount_residual if account.reconcile else line.balance
                    self.sums["notes"] += still
                elif account.account_type == "asset_receivable":
                    if not account.non_trade:
                        self._add_receivable(line)

    def _add_receivable(self, line):
        grace = timedelta(days=self.root.credit_overdue_grace_days)
        due = line.date_maturity or line.date
        if line.amount_residual < 0:
            self.sums["credits"] -= line.amount_residual
        elif due + grace < TODAY:
            self.sums["overdue"] += line.amount_residual
            if line.amount_residual:
                days = (TODAY - due).days
                self.sums["overdue_days"] = max(self.sums["overdue_days"], days)
                self.sums["overdue_count"] += 1
        else:
            self.sums["not_due"] += line.amount_residual

    def _add_drafts(self):
        domain = [("state", "=", "draft"), ("move_type", "=", "out_invoice")]
        for move in self.env["account.move"].search(domain):
            if self._is_his(move.partner_id, move) and not move.line_ids.sale_line_ids:
                self.sums["drafts"] += max(0, move.amount_residual_signed)

    def _add_bare_payments(self):
        for payment in self.env["account.payment"].search(
            [("partner_type", "=", "customer"), ("state", "=", "in_process")]
        ):
            if payment.move_id or not self._is_his(payment.partner_id, payment):
                continue
            amount = payment.amount_company_currency_signed
            if invoices := payment.invoice_ids:
                amount = min(amount, sum(invoices.mapped("amount_residual_signed")))
            self.sums["in_transit"] += max(0, amount)

    # -- orders ---------------------------------------------------------------
    def _add_order(self, order):
        horizon = self.root.credit_order_horizon_days
        if horizon and order.commitment_date:
            if order.commitment_date.date() > TODAY + timedelta(days=horizon):
                return
        worth = 0.0
        for line in order.order_line.filtered(lambda line: not line.display_type):
            if line.is_downpayment:
                worth -= self._get_advance(line)
            elif line.product_uom_qty:
                worth += line.price_total * self._get_open_share(line)
        worth = max(0.0, worth)
        paid = sum(
            tx.currency_id._convert(
                tx.amount, order.currency_id, self.root, TODAY, round=False
            )
            for tx in order.transaction_ids
            if tx.state in ("authorized", "done") and not tx.payment_id
        )
        self.sums["orders"] += self._home(worth, order.currency_id)
        self.sums["in_transit"] += self._home(min(paid, worth), order.currency_id)

    def _get_bills(self, line):
        """``[(+1 invoice or -1 credit note, invoice line)]``, posted, as they came."""
        items = line.invoice_lines.filtered(lambda item: item.parent_state == "posted")
        items = items.sorted(lambda item: (item.move_id.date, item.move_id.id))
        return [
            (-1 if item.move_id.move_type == "out_refund" else 1, item)
            for item in items
        ]

    def _get_open_share(self, line):
        """The share of a line that is still to be billed: what was billed once and
        credited later stays billed."""
        level = billed = 0.0
        for sign, item in self._get_bills(line):
            level += sign * item.quantity
            billed = max(billed, level)
        target = max(line.product_uom_qty, line.qty_delivered)
        return max(0.0, target - billed) / line.product_uom_qty

    def _get_advance(self, line):
        return sum(
            sign
            * item.currency_id._convert(
                item.price_total, line.currency_id, self.root, TODAY, round=False
            )
            for sign, item in self._get_bills(line)
        )
