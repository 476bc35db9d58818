"""Money that moves may free a held order: the re-check job is told.

All of these are hot paths (posting, paying, bank matching): without a waiting hold
anywhere they add no query.
"""

from odoo import api, models


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        partials._queue_credit_recheck()
        return partials

    def unlink(self):
        self._queue_credit_recheck()
        return super().unlink()

    def _queue_credit_recheck(self):
        if self.env["credit.hold"]._get_waiting_partners():
            lines = self.debit_move_id | self.credit_move_id
            self.env["credit.recheck"]._queue(lines.partner_id)


class AccountMove(models.Model):
    _inherit = "account.move"

    def write(self, vals):
        """Posted, cancelled or reset: invoices, credit notes, payments, entries."""
        result = super().write(vals)
        if "state" in vals and self.env["credit.hold"]._get_waiting_partners():
            partners = self.partner_id | self.line_ids.partner_id
            self.env["credit.recheck"]._queue(partners)
        return result


class AccountPayment(models.Model):
    _inherit = "account.payment"

    def write(self, vals):
        """A payment may count (in transit) before it has an entry."""
        result = super().write(vals)
        if "state" in vals and self.env["credit.hold"]._get_waiting_partners():
            self.env["credit.recheck"]._queue(self.partner_id)
        return result


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def write(self, vals):
        """What was authorised or paid online counts for its order."""
        result = super().write(vals)
        if "state" in vals and self.env["credit.hold"]._get_waiting_partners():
            self.env["credit.recheck"]._queue(self.partner_id)
        return result
