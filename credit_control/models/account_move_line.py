from odoo import models

from .sale_order_line import REINVOICING


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    # Read by credit.exposure (_open_receivable_sql): what a customer owes, straight
    # from the index. The host's own index holds every unreconciled line, drafts too.
    _credit_open_index = models.Index(
        """(account_id, partner_id, date_maturity)
           INCLUDE (amount_residual, company_id, date)
           WHERE reconciled IS NOT TRUE AND parent_state = 'posted'
             AND amount_residual != 0"""
    )

    def _sale_create_reinvoice_sale_line(self):
        """Expenses and vendor bills charged on to an order: posting them must not
        fail because the customer's credit is used up; the order is held."""
        lines = self.with_context(credit_reinvoicing=REINVOICING)
        return super(AccountMoveLine, lines)._sale_create_reinvoice_sale_line()
