from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.credit_control.models.sale_order import PANEL_READERS


class CreditGate(models.AbstractModel):
    """What people read of goods that have to stay: all of it, or whom to ask."""

    _inherit = "credit.gate"

    @api.model
    def _reads_figures(self):
        """May the viewer know the figures behind a verdict? sale_stock lets the whole
        warehouse read orders."""
        return self.env.su or any(map(self.env.user.has_group, PANEL_READERS))

    @api.model
    def _refusal(self, held):
        """Without figures for the warehouse, which may write orders as well."""
        if self._reads_figures():
            return super()._refusal(held)
        # sudo: name and salesperson of the order, whoever may read it
        orders = self.env["sale.order"].union(*held).sudo()
        standing = self.env["credit.hold"]._get_standing(orders)
        nothing = self.env["credit.hold"]
        return UserError(
            "\n".join(
                self._describe_neutrally(order, standing.get(order.id, nothing))
                for order in orders
            )
        )

    @api.model
    def _describe_delivery_stop(self, order, check, sees_reasons):
        """Why an order may not be delivered, as text for the viewer.

        :param order: sudo
        :param check: its DeliveryCheck
        :param sees_reasons: figures and reasons, or only whom to ask
        """
        if not sees_reasons:
            if check.surplus:
                return self._describe_surplus(order)
            return self._describe_neutrally(order, check.hold)
        title = self.env._(
            "%(order)s of %(customer)s may not be delivered now.",
            order=order.name,
            customer=order.partner_id.display_name,
        )
        values = self._verdict_to_dict(check.verdict)
        key = self._customer_key(order)
        currency = self.env["credit.file"]._get_limit_facts([key])[key][1]
        lines = [title, *self._describe_decision(check.hold)]
        if check.surplus:
            amount = order.currency_id.format(check.surplus)
            lines.append(f"{self._describe_surplus(order)} (+{amount})")
        for reason in self._describe_reasons(values["reasons"], currency):
            lines.append(f"• {reason['text']} {reason['next_step']}")
        for way in self._describe_ways(values["ways"], currency, order):
            lines.append(f"→ {way['text']}")
        return "\n".join(lines)

    def _describe_decision(self, hold):
        """How far the credit team is with it, as a list of at most one line."""
        if hold.state == "waiting":
            return [self.env._("%(hold)s waits for a decision.", hold=hold.name)]
        if hold.state == "rejected":
            return [
                self.env._(
                    "%(hold)s was refused: %(reason)s",
                    hold=hold.name,
                    reason=hold.decision_reason,
                )
            ]
        return []

    def _describe_surplus(self, order):
        return self.env._(
            "%(order)s: more would leave than was ordered. Deliver what was ordered, "
            "or have the order changed first.",
            order=order.name,
        )

    def _describe_neutrally(self, order, hold):
        """For the warehouse: no amount, no reason, but whom to ask."""
        names = {"order": order.name, "person": order.user_id.name}
        if hold.state == "waiting":
            names["hold"] = hold.name
            return self.env._(
                "%(order)s is on credit hold (%(hold)s); the credit team will decide.",
                **names,
            )
        if names["person"]:
            return self.env._(
                "%(order)s is on credit hold. Ask the credit team or the salesperson, "
                "%(person)s.",
                **names,
            )
        return self.env._(
            "%(order)s is on credit hold. Ask the credit team or the salesperson.",
            **names,
        )
