"""Charges follow their documents: what is cancelled or credited is given back."""

from odoo import api, models


class CreditInterestCharge(models.Model):
    _inherit = "credit.interest.charge"

    @api.model
    def _forget_lines(self, lines):
        """These lines of invoices go: what they charge is given back."""
        if not self._is_in_use():
            return
        # sudo: whoever may delete the line
        charges = self.sudo().search(
            [("charge_line_id", "in", lines.ids), ("state", "=", "charged")]
        )
        charges._give_back("deleted")

    @api.model
    def _follow_moves(self, moves):
        """The state of these documents has changed."""
        if not self._is_in_use():
            return
        # sudo: whoever may post or cancel the document
        charges = self.sudo().search([("charge_move_id", "in", moves.ids)])
        for charge_move, mine in charges.grouped("charge_move_id").items():
            if charge_move.state == "cancel":
                mine.filtered(lambda c: c.state == "charged")._give_back("cancelled")
            else:
                mine.filtered(lambda c: c.void_reason == "cancelled")._take_again()
        self._follow_credits(moves)

    @api.model
    def _follow_credits(self, moves, gone=False):
        """Credit notes of invoices of charges were posted, cancelled or deleted.

        Once an invoice is credited in full, what it charged is given back. What was
        waived stays waived as long as its credit note stands.
        """
        if not self._is_in_use():
            return
        refunds = moves.sudo().filtered(lambda move: move.move_type == "out_refund")
        if not refunds:
            return
        # sudo: whoever may post or cancel the document
        waived = self.sudo().search(
            [("credit_move_id", "in", refunds.ids), ("state", "=", "waived")]
        )
        fallen = waived.filtered(
            lambda charge: gone or charge.credit_move_id.state == "cancel"
        )
        fallen.write({"state": "charged", "credit_move_id": False, "reason": False})
        invoices = refunds.reversed_entry_id
        charges = self.sudo().search([("charge_move_id", "in", invoices.ids)])
        for invoice, mine in charges.grouped("charge_move_id").items():
            credits = invoice.reversal_move_ids.filtered(
                lambda move: move.state == "posted" and not (gone and move in moves)
            )
            rest = invoice.amount_total - sum(credits.mapped("amount_total"))
            if invoice.currency_id.compare_amounts(rest, 0.0) <= 0:
                mine.filtered(lambda c: c.state == "charged")._give_back("credited")
            else:
                mine.filtered(lambda c: c.void_reason == "credited")._take_again()
