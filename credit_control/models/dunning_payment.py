"""Paying what a reminder asks for, from the link in its e-mail."""

from odoo import api, models
from odoo.tools import hmac


class CreditDunning(models.AbstractModel):
    _inherit = "credit.dunning"

    @api.model
    def _get_payment_url(self, notice) -> str:
        """Where the recipient pays online; empty when nowhere."""
        return (
            f"{notice.get_base_url()}/reminder/{notice.id}/"
            f"{notice._get_payment_token()}"
        )


class CreditDunningNotice(models.Model):
    _inherit = "credit.dunning.notice"

    def _get_payment_token(self):
        """What only the recipient of this reminder knows; made from the database's
        secret, stored nowhere."""
        self.ensure_one()
        # sudo: the secret of the database
        return hmac(self.env(su=True), "credit_control-reminder", self.id)

    def _get_payable_moves(self):
        """The invoices of this reminder that are still open, oldest first."""
        if self.state != "sent":
            return self.env["account.move"]
        moves = (
            self._get_rows()
            .move_line_id.filtered(
                lambda line: not line.reconciled and line.amount_residual > 0
            )
            .move_id
        )
        return moves.filtered(
            lambda move: move.state == "posted" and move.is_sale_document()
        ).sorted(lambda move: (move.invoice_date_due or move.date, move.id))
