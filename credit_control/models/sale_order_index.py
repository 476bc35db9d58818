from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # Read by credit.exposure (_candidate_sql): confirmed orders of a customer that
    # are not fully billed.
    _credit_open_index = models.Index(
        "(partner_invoice_id) WHERE state = 'sale' AND invoice_status != 'invoiced'"
    )
