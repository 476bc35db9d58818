from odoo import models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    # Read by credit.exposure (_payment_sql): the few payments without journal entry.
    _credit_transit_index = models.Index(
        """(partner_id)
           WHERE move_id IS NULL AND state IN ('in_process', 'paid')
             AND partner_type = 'customer'"""
    )

    # Read by credit.behaviour (_returned_sql): payments of a customer that came back.
    _credit_customer_index = models.Index(
        """(partner_id, date)
           WHERE partner_type = 'customer' AND payment_type = 'inbound'"""
    )
