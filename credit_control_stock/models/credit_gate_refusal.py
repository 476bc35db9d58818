from odoo import api, models


class CreditGate(models.AbstractModel):
    """What people read of a delivery that has to stay."""

    _inherit = "credit.gate"

    @api.model
    def _describe_delivery_stop(self, order, check, sees_reasons):
        """Why an order may not be delivered, as text for the viewer.

        :param order: sudo
        :param check: its DeliveryCheck
        :param sees_reasons: figures and reasons, or only whom to ask
        """
        if not sees_reasons:
            return self._describe_neutrally(order, check)
        title = self.env._(
            "%(order)s of %(customer)s may not be delivered now.",
            order=order.name,
            customer=order.partner_id.display_name,
        )
        values = self._verdict_to_dict(check.verdict)
        key = self._customer_key(order)
        currency = self.env["credit.file"]._get_limit_facts([key])[key][1]
        lines = [title, *self._describe_decision(check.hold)]
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

    def _describe_neutrally(self, order, check):
        """For the warehouse: no amount, no reason, but whom to ask."""
        names = {"order": order.name, "person": order.user_id.name}
        if check.hold.state == "waiting":
            names["hold"] = check.hold.name
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
