from dataclasses import replace

from odoo import api, models

from odoo.addons.credit_control.models.credit_hold import GATE_FIELDS
from odoo.addons.credit_control.tools.facts import HOLD, Reason


class CreditHold(models.Model):
    """Which decisions keep goods back, and how the warehouse learns of them."""

    _inherit = "credit.hold"

    @api.model
    def _get_standing(self, orders):
        """The decision that stands over each order's goods, ``{order_id: hold}``.

        The newest hold that waits, was released or refused. One that a person set
        stands over later ones until it is released; a wish to let the order grow
        does not concern the order as it is. One query for any number of orders.
        """
        # sudo: the warehouse need not be able to read what keeps the goods back
        holds = self.sudo().search_fetch(
            [
                ("order_id", "in", orders.ids),
                ("state", "in", ("waiting", "released", "rejected")),
            ],
            [*GATE_FIELDS, "origin"],
            order="id",
        )
        found = {}
        for hold in holds:
            before = found.get(hold.order_id.id, self.browse())
            stays = before._is_in_force() and hold.state != "released"
            if not (stays and not hold.forced) and not hold._is_open_wish():
                found[hold.order_id.id] = hold
        return found

    def _is_open_wish(self):
        return self._is_wish() and self.state != "released"

    def _keeps_goods(self):
        """Does it stop deliveries whatever the rules say by now?

        What a person set does; and an order that grew beyond what had passed stays
        until somebody decides. Other holds only say what the gate said.
        """
        return self._is_in_force() or (
            self.state == "waiting" and self.origin == "growth"
        )

    def _ends_grace(self, passed_on):
        """Is the day of the last passed check overtaken by this decision?

        A release has its own last day; what was refused before a passed check is
        settled by it.
        """
        if not self:
            return False
        if self.state != "rejected" or self.forced:
            return True
        return not passed_on or self.decision_date.date() >= passed_on

    def _as_verdict(self, verdict):
        """``verdict`` of an order that the rules let go, held for this hold's reasons
        as they were measured."""
        reasons = tuple(Reason(**reason) for reason in self.reasons or ())
        return replace(verdict, outcome=HOLD, reasons=reasons)

    # -- re-check -------------------------------------------------------------------
    def _get_verdicts(self):
        """A confirmed order is ready only when its goods may leave as well."""
        verdicts = super()._get_verdicts()
        confirmed = (
            self.filtered(lambda hold: not hold._is_wish())
            .order_id.filtered(
                lambda order: order.state == "sale" and not verdicts[order.id].held
            )
            ._credit_to_deliver()
        )
        return verdicts | self.env["credit.gate"]._evaluate(confirmed, "delivery")

    # -- telling --------------------------------------------------------------------
    def _tell_decided(self):
        """The warehouse reads the decision on its transfers, without amounts."""
        result = super()._tell_decided()
        for hold in self:
            hold.order_id._get_credit_moves().picking_id._tell_credit_decision(hold)
        return result

    @api.model
    def _open_at_delivery(self, checks, **values):
        """Hold orders for what the gate says at delivery; returns the new holds.

        :param checks: ``{order: DeliveryCheck}`` of held orders
        :param values: passed on to ``_open``

        Holds that wait already are left alone: nothing new is known.
        """
        verdicts = {
            order: check.verdict
            for order, check in checks.items()
            if check.hold.state != "waiting"
        }
        if not verdicts:
            return self.browse()
        return self._open(verdicts, checkpoint="delivery", **values)
