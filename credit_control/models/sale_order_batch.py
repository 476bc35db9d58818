"""Confirming many orders at once: the good ones go, the held ones wait."""

from odoo import Command, models
from odoo.exceptions import RedirectWarning, UserError


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def action_confirm_with_credit_check(self):
        """Confirm what may go, hold the rest, and say what became of each order.

        The gate is asked once for all orders: those of one customer add up in the
        order of the list. Good orders are confirmed in one call; when one of them
        fails for another reason, they are confirmed one by one.

        :return: the action that shows the summary
        """
        self.check_access("write")
        entering = self.filtered(lambda order: order.state in ("draft", "sent"))
        admitted = entering._credit_admit(origin="confirm")
        errors = admitted._credit_confirm_all()
        confirmed = admitted - self.browse().union(*errors)
        lines = self._prepare_confirm_lines(entering - admitted, confirmed, errors)
        summary = self.env["credit.confirm.summary"].create(
            {
                "confirmed_ids": [Command.set(confirmed.ids)],
                "line_ids": [Command.create(vals) for vals in lines],
            }
        )
        return summary._get_records_action(
            name=self.env._("Confirmed with Credit Check"), target="new"
        )

    def _credit_confirm_all(self):
        """Confirm these orders together, or one by one when that fails.

        :return: ``{order: error text}`` of those that could not be confirmed
        """
        if not self:
            return {}
        try:
            with self.env.cr.savepoint():
                self.action_confirm()
            return {}
        except (UserError, RedirectWarning) as error:
            if len(self) == 1:
                return {self: error.args[0]}
        errors = {}
        for order in self:
            errors |= order._credit_confirm_all()
        return errors

    def _prepare_confirm_lines(self, held, confirmed, errors):
        """A summary line for each order that was not confirmed, in the order of the
        list."""
        holds = self.env["credit.hold"]._get_current(held)
        for order in self - confirmed:
            if order in held:
                hold = holds[order.id]
                yield {
                    "order_id": order.id,
                    "result": "held",
                    "reason": f"{hold.name}: {hold.reason_text}",
                }
            elif order in errors:
                yield {
                    "order_id": order.id,
                    "result": "failed",
                    "reason": errors[order],
                }
            else:
                yield {
                    "order_id": order.id,
                    "result": "skipped",
                    "reason": self.env._("It is no quotation any more."),
                }
