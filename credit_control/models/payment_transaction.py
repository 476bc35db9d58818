from odoo import api, models
from odoo.tools import ormcache


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    @api.model_create_multi
    def create(self, vals_list):
        transactions = super().create(vals_list)
        if not self._credit_is_used():  # the first one of all
            self.env["credit.file"]._reset_credit_active()
        return transactions

    @api.model
    @ormcache()
    def _credit_is_used(self):
        """Has anybody ever paid online? Where not, no order need be asked."""
        # sudo: sellers may not read transactions
        return bool(self.sudo().search_count([], limit=1))

    def _check_amount_and_confirm_order(self):
        """A payment confirms its order unless the gate holds it.

        Money is never refused: a held order stays a quotation with its payment, the
        credit team gets a task, and the customer the mail that his payment arrived.
        """
        orders = self.env["sale.order"]
        for transaction in self:
            if len(transaction.sale_order_ids) == 1:
                orders |= transaction.sale_order_ids.filtered(
                    lambda order: (
                        order.state in ("draft", "sent")
                        and order._is_confirmation_amount_reached()
                    )
                )
        held = orders - orders._credit_admit(origin="payment")
        confirmable = self.filtered(lambda tx: not tx.sale_order_ids & held)
        try:
            return super(
                PaymentTransaction, confirmable
            )._check_amount_and_confirm_order()
        finally:
            orders._credit_forget_admitted()
