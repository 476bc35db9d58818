"""Buttons of promises and disputes on invoices and their items."""

from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _get_open_items(self):
        """The open receivable items of these invoices."""
        return self.line_ids._get_open_items()

    def action_credit_promise(self):
        """The list action *Promise to Pay*."""
        return self._get_open_items().action_credit_promise()

    def action_credit_dispute(self):
        """The list action *Dispute*."""
        return self._get_open_items().action_credit_dispute()


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _get_open_items(self):
        return self.filtered(
            lambda item: (
                item.account_id.account_type == "asset_receivable"
                and item.parent_state == "posted"
                and item.amount_residual > 0
            )
        )

    def action_credit_promise(self):
        """The list action *Promise to Pay*."""
        partner, company, _currency = self.env["credit.promise"]._check_open_items(self)
        return self.env["credit.promise.wizard"]._open(partner, company, self)

    def action_credit_dispute(self):
        """The list action *Dispute*."""
        self.env["credit.dispute"]._check_open_items(self)
        return self.env["credit.dispute.wizard"]._open(self)
