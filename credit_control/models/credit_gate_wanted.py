from dataclasses import replace

from odoo import api, models

from ..tools.facts import UNCHECKED, Verdict
from ..tools.rules import evaluate


class CreditGate(models.AbstractModel):
    _inherit = "credit.gate"

    @api.model
    def _evaluate_wanted(self, order, amount, terms=(0, 0.0)) -> Verdict:
        """The verdict on a confirmed order as if it had grown to ``amount``, with
        payment terms of so many days and so much cash discount in %.

        An order that may not grow keeps its size, so the request for a release has
        to say how far it is to go; it is judged as if it were there already.
        """
        # sudo: as _evaluate
        order = order.sudo()
        if not (facts := self._collect(order, "growth").get(order.id)):
            return UNCHECKED
        customer, own, rules = facts
        wanted = replace(
            own,
            amount=max(amount, own.amount),
            terms_days=max(terms[0], own.terms_days),
            discount_pct=max(terms[1], own.discount_pct),
        )
        verdict = evaluate(customer, wanted, rules, with_ways=False)
        if verdict.held:
            return self._find_ways({order: (customer, wanted, rules)})[order.id]
        return verdict
