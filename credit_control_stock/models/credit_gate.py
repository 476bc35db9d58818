from dataclasses import replace

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.credit_control.models.credit_gate import Rates
from odoo.addons.credit_control.tools.rule_types import order_demand

#: What the SQL reads: pending changes of these go to the database first.
FIELDS_READ = {
    "account.move": [
        "state",
        "move_type",
        "payment_state",
        "amount_residual",
        "currency_id",
    ],
    "account.move.line": ["move_id", "sale_line_ids"],
    "sale.order.line": ["order_id", "invoice_lines"],
}


class CreditGate(models.AbstractModel):
    """What is at risk when goods leave: the order as far as it is not paid.

    At the other checkpoints an order needs no credit any more once it is invoiced,
    because the invoice counts by itself. Before its goods have left that would let
    every order go that was invoiced early. So at delivery an order still needs what
    is open on its invoices; the customer's use is the same, only divided differently
    between the order and the rest. What is paid, by whatever way, is free.

    Example: limit 1,000, an order of 800 invoiced and not paid, another invoice of
    300. The order needs 800 where 700 are left: held. Paid, it needs nothing.
    """

    _inherit = "credit.gate"

    @api.model
    def _collect(self, orders, checkpoint):
        """One query more than at other checkpoints, for any number of orders."""
        facts = super()._collect(orders, checkpoint)
        if checkpoint != "delivery":
            return facts
        confirmed = orders.filtered(lambda o: o.state == "sale" and o.id in facts)
        unpaid = self._get_unpaid(confirmed._origin)
        for order in confirmed:
            customer, terms, rules = facts[order.id]
            at_risk = self._at_delivery(order, terms, unpaid.get(order._origin.id, 0.0))
            # the invoice is in the exposure already: move it from there to the order
            moved = order_demand(customer, at_risk) - order_demand(customer, terms)
            customer = replace(
                customer,
                reserved=customer.reserved - moved,
                group_used=round(customer.group_used - moved, customer.digits),
            )
            facts[order.id] = (customer, at_risk, rules)
        return facts

    def _at_delivery(self, order, terms, unpaid):
        """The confirmed order with what is open on its invoices as its own need.

        An invoice for several orders counts for each of them, up to what is billed
        of the order.
        """
        if order._credit_is_cash_sale() or order._credit_is_prepaid():
            return replace(terms, settled=terms.amount)
        # what is billed, less money for it that is still on its way
        billed = max(0.0, terms.settled - terms.in_transit)
        return replace(terms, settled=terms.settled - min(unpaid, billed))

    @api.model
    def _get_unpaid(self, orders):
        """``{order_id: open on its posted invoices}`` in the order's currency, less
        open credit notes, never below zero."""
        if not orders:
            return {}
        for model, names in FIELDS_READ.items():
            self.env[model].flush_model(names)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT line.order_id, move.id, move.currency_id,
                       CASE WHEN move.move_type = 'out_refund' THEN -1 ELSE 1 END
                       * move.amount_residual
                  FROM sale_order_line line
                  JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = line.id
                  JOIN account_move_line item ON item.id = rel.invoice_line_id
                  JOIN account_move move ON move.id = item.move_id
                 WHERE line.order_id IN %s
                   AND move.state = 'posted'
                   AND move.move_type IN ('out_invoice', 'out_receipt', 'out_refund')
                   AND move.payment_state IN ('not_paid', 'partial', 'blocked')
                """,
                tuple(orders.ids),
            )
        )
        rates, found = Rates(self.env), {}
        for order_id, _move_id, currency_id, amount in rows:
            order = orders.browse(order_id)
            currency = self.env["res.currency"].browse(currency_id)
            rate = rates.get(currency, order.currency_id, order.company_id)
            found[order_id] = found.get(order_id, 0.0) + float(amount) * rate
        return {
            order_id: max(0.0, orders.browse(order_id).currency_id.round(amount))
            for order_id, amount in found.items()
        }

    @api.model
    def _get_panels(self, orders):
        """A confirmed order whose goods may not leave says so, with the reasons."""
        panels = super()._get_panels(orders)
        asked = orders.filtered(
            lambda order: (
                order.state == "sale"
                and (not panels[order.id] or panels[order.id]["outcome"] != "hold")
            )
        )._credit_to_deliver()
        for order, check in asked._credit_check_delivery().items():
            if check.verdict.held and check.verdict.figures:
                panels[order.id] = self._to_panel(order, check.verdict)
        return panels
