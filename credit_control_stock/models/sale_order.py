from typing import NamedTuple

from odoo import fields, models

from odoo.addons.credit_control.models.credit_hold import CreditHold
from odoo.addons.credit_control.tools.facts import Verdict
from odoo.addons.credit_control.tools.rules import in_grace


class DeliveryCheck(NamedTuple):
    """What the gate says of an order whose goods are about to leave.

    verdict   held or not; a hold that keeps goods back by itself gives its reasons
    measured  is it the rules that hold the order now?
    hold      the decision that stands over the order, or an empty record
    surplus   value of goods beyond the order, when only these hold it
    """

    verdict: Verdict
    measured: bool
    hold: CreditHold
    surplus: float = 0.0


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # -- what is to be delivered ----------------------------------------------------
    def _get_credit_moves(self):
        """The open moves that take goods of these orders to the customer."""
        # sudo: salespeople may not read transfers of every warehouse
        moves = self.sudo().order_line.move_ids
        return moves.filtered(
            lambda move: (
                move.state not in ("done", "cancel")
                and move.picking_id._is_credit_checked()
                and move._is_credit_delivery()
            )
        )

    def _credit_to_deliver(self):
        """Those of these orders with goods that have yet to leave."""
        gate = self.env["credit.gate"]
        orders = self.filtered(gate._is_active)
        return orders.filtered(lambda order: order._origin._get_credit_moves())

    # -- the check ------------------------------------------------------------------
    def _credit_check_delivery(self):
        """May the goods of these orders leave now? ``{order: DeliveryCheck}``.

        Orders that are not asked, because nothing is set for their company or an
        earlier check passed within the days of grace, are left out: they may go.
        The order is in the exposure already, so nothing is taken and nothing locked.
        A constant number of queries; none where credit is not used.
        """
        # sudo: the warehouse gets the same answer as everybody else
        orders = self.sudo().filtered(self.env["credit.gate"]._is_active)
        if not orders:
            return {}
        Hold = self.env["credit.hold"].sudo()
        standing = Hold._get_standing(orders._origin)
        due = orders.filtered(
            lambda o: not o._credit_in_grace(standing.get(o._origin.id, Hold))
        )
        verdicts = self.env["credit.gate"]._evaluate(due, "delivery", add_up=False)
        checks = {}
        for order in due:
            hold = standing.get(order._origin.id, Hold)
            verdict = verdicts[order.id]
            measured = verdict.held
            if not measured and hold._keeps_goods():
                verdict = hold._as_verdict(verdict)
            checks[self.browse(order.id)] = DeliveryCheck(verdict, measured, hold)
        return checks

    def _credit_check_surplus(self, surplus, checks):
        """The checks of orders that would grow by goods nobody ordered.

        :param surplus: ``{order: value beyond the order}``
        :param checks: what the gate says of the orders as they are
        :return: ``{order: DeliveryCheck}`` of those that may not grow so far

        As where the order itself grows: in grace or not. One evaluation for each
        order with a surplus, and no query for the others.
        """
        # sudo: as _credit_check_delivery
        gate, nothing = self.env["credit.gate"], self.env["credit.hold"].sudo()
        found = {}
        for order in self.sudo().filtered(gate._is_active):
            value = order.currency_id.round(surplus.get(order, 0.0))
            if value <= 0 or (order in checks and checks[order].verdict.held):
                continue
            verdict = gate._evaluate_wanted(order, order.amount_total + value)
            if verdict.held:
                found[self.browse(order.id)] = DeliveryCheck(
                    verdict, True, nothing, value
                )
        return found

    def _credit_in_grace(self, hold):
        """Has an earlier check passed so lately that this one is skipped?"""
        self.ensure_one()
        passed_on = self.credit_passed_on
        if hold._ends_grace(passed_on):
            return False
        days = self.company_id.root_id.credit_check_grace_days
        return in_grace(passed_on, fields.Date.today(), days)

    def _credit_record_delivery(self, checks):
        """Note that these orders passed: the days of grace begin anew, and what only
        waited for the gate is settled. A release is no passed check: it has an end
        of its own, which no grace may put off.

        :param checks: ``{order: DeliveryCheck}`` of orders that are not held
        """
        today = fields.Date.today()
        # sudo: the warehouse writes neither orders nor holds
        passed = self.browse().union(
            *(
                order
                for order, check in checks.items()
                if check.verdict.outcome not in ("unchecked", "released")
            )
        )
        passed = passed.sudo().filtered(lambda order: order.credit_passed_on != today)
        if passed:
            passed.credit_passed_on = today
        for check in checks.values():
            if check.hold.state == "waiting":
                note = self.env._("The delivery passed the credit check.")
                check.hold._close("cancelled", note)

    # -- requests -------------------------------------------------------------------
    def _get_credit_verdicts(self, wanted_amount=0.0, wanted_terms=(0, 0.0)):
        """What stops the goods of a confirmed order is a reason to ask, too."""
        verdicts = super()._get_credit_verdicts(wanted_amount, wanted_terms)
        if wanted_amount > 0 or any(wanted_terms):
            return verdicts
        confirmed = self.filtered(
            lambda order: order.state == "sale" and not verdicts[order.id].held
        )
        checks = confirmed._credit_to_deliver()._credit_check_delivery()
        for order, check in checks.items():
            refused = check.verdict.held and check.hold.state == "rejected"
            if check.measured or refused:
                verdicts[order.id] = check.verdict
        return verdicts
