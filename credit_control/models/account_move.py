from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    # Read by credit.exposure: drafts that come from no order (_draft_sql) and orders
    # that the host takes for billed because of a draft (_candidate_sql).
    _credit_draft_index = models.Index(
        """(partner_id)
           WHERE state = 'draft' AND move_type IN ('out_invoice', 'out_refund')"""
    )
