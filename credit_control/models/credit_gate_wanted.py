from dataclasses import replace

from odoo import api, models

from ..tools.facts import UNCHECKED, Verdict
from ..tools.rules import evaluate


class CreditGate(models.AbstractModel):
    _inherit = "credit.gate"

    @api.model
    def _evaluate_wanted(self, order, amount) -> Verdict:
        """The verdict on a confirmed order as if it had grown to ``amount``.

        An order that may not grow keeps its size, so the request for a release has
        to say how far it is to go; it is judged as if it were there already.
        """
        # sudo: as _evaluate
        order = order.sudo()
        if not (facts := self._collect(order, "growth").get(order.id)):
            return UNCHECKED
        customer, terms, rules = facts
        terms = replace(terms, amount=max(amount, terms.amount))
        verdict = evaluate(customer, terms, rules, with_ways=False)
        if verdict.held:
            return self._find_ways({order: (customer, terms, rules)})[order.id]
        return verdict
