"""The gate: collects the facts of a batch of orders and asks the rules."""

from dataclasses import replace

from odoo import api, models

from ..tools.facts import SCOPE_ALL, UNCHECKED, Verdict
from ..tools.rules import evaluate

#: States of a file that are a policy of their own, limit or not.
POLICY_STATES = ("prospect", "watch", "stop", "closed")


class Rates:
    """Today's rates for one evaluation; read once per root company, when needed."""

    def __init__(self, env):
        self.service = env["credit.exposure"]
        self.by_company = {}

    def get(self, source, target, company) -> float:
        """Units of ``target`` for one unit of ``source``."""
        if source == target:
            return 1.0
        root = company.root_id
        if root not in self.by_company:
            self.by_company[root] = self.service._get_rates(root)
        rates = self.by_company[root]
        return rates.get(target.id, 1.0) / rates.get(source.id, 1.0)


class CreditGate(models.AbstractModel):
    """May these orders go? One evaluation for panel, button, RPC, portal and jobs.

    ``_evaluate`` only reads: it collects what the rules need for the whole batch in
    a number of queries that does not depend on its size, and lets ``tools.rules``
    decide each order. Orders of one customer (or one credit group) add up in the
    order of the recordset: what passes reserves its part for those after it.

    What it collects is in credit_gate_facts.py.

    ``_check`` (see credit_gate_turn.py) is ``_evaluate`` made safe against another
    order of the same customer that is being confirmed at this very moment; it must
    be used wherever the answer lets an order go.

    A customer is checked only where a limit, a state, granted terms or a rule made
    for him says so; everybody else is ``unchecked``.

    Example::

        verdict = self.env["credit.gate"]._evaluate(order)[order.id]
        verdict.outcome, [reason.code for reason in verdict.reasons]

    Everything runs in sudo: the verdict is the same for every viewer, whatever he
    may read and whichever companies he has switched on.
    """

    _name = "credit.gate"
    _description = "Credit Gate"

    @api.model
    def _evaluate(self, orders, checkpoint="confirm", add_up=True):
        """The verdict on each order.

        :param orders: sale.order, new records (onchange) included
        :param checkpoint: confirm | growth | delivery
        :param add_up: what passes takes room from the orders after it; off where
            each order is looked at by itself
        :return: ``{order.id: tools.facts.Verdict}``
        """
        # sudo: the verdict may not depend on what the viewer may read
        orders = orders.sudo()
        verdicts = {order.id: UNCHECKED for order in orders}
        facts = self._collect(orders, checkpoint)
        held, reserved = {}, {}
        for order in orders:
            if not (found := facts.get(order.id)):
                continue
            customer, terms, rules = found
            customer = self._with_reserved(customer, order, reserved)
            verdict = evaluate(customer, terms, rules, with_ways=False)
            verdicts[order.id] = verdict
            if verdict.held:
                held[order] = (customer, terms, rules)
            elif add_up:
                self._reserve(customer, terms, order, reserved)
        verdicts |= self._find_ways(held)
        return verdicts

    # -- orders of one batch add up -------------------------------------------
    def _with_reserved(self, customer, order, reserved):
        """The customer as the orders before this one have left him."""
        own = reserved.get(self._customer_key(order), 0.0)
        shared = reserved.get(("group", customer.limit.group_id), 0.0)
        return replace(
            customer,
            reserved=customer.reserved + own,
            group_used=round(customer.group_used + shared, customer.digits),
        )

    def _reserve(self, customer, terms, order, reserved):
        """Note what a passing order takes; a confirmed one is in the books already,
        and one that the exposure will not count takes nothing."""
        if order.state == "sale" or not self._is_counted(order):
            return
        amount = max(0.0, terms.amount - terms.in_transit) * terms.rate
        keys = [self._customer_key(order)]
        if customer.limit.group_id:
            keys.append(("group", customer.limit.group_id))
        for key in keys:
            reserved[key] = round(reserved.get(key, 0.0) + amount, customer.digits)

    def _find_ways(self, held):
        """``{order.id: Verdict}`` of held orders, ways out included.

        The open items are only read here: an order that passes never needs them.
        """
        if not held:
            return {}
        Currency = self.env["res.currency"]
        currencies = {
            self._customer_key(order): Currency.browse(customer.limit.currency_id)
            for order, (customer, _terms, _rules) in held.items()
        }
        items = self.env["credit.exposure"]._get_open_items(currencies)
        items = self._with_levels(
            items,
            {
                self._customer_key(order)
                for order, (customer, _terms, _rules) in held.items()
                if customer.dunning_level
            },
        )
        return {
            order.id: evaluate(
                replace(
                    customer, items=tuple(items.get(self._customer_key(order), ()))
                ),
                terms,
                rules,
            )
            for order, (customer, terms, rules) in held.items()
        }

    # -- facts ----------------------------------------------------------------
    def _customer_key(self, order):
        """(commercial partner of the invoice address, root company)."""
        payer = order.partner_invoice_id or order.partner_id
        commercial = payer.commercial_partner_id
        company = order.company_id or self.env.company
        return (commercial._origin.id, company.root_id._origin.id)

    def _is_active(self, order):
        """Is there anything to check at all? Costs no query where there is not."""
        File = self.env["credit.file"]
        if not File._credit_active_company_ids():
            return False
        company = order.company_id or self.env.company
        if not File._credit_company_active(company):
            return False
        return bool(order.partner_invoice_id or order.partner_id)

    def _collect(self, orders, checkpoint):
        """``{order.id: (Customer, Order, rules)}`` of the orders that are checked."""
        active = orders.filtered(self._is_active)
        seen = self._look_ahead(active)
        keys = {self._customer_key(order) for order in active}
        if not keys:
            return {}
        rates = Rates(self.env)
        facts = self.env["credit.file"]._get_customer_facts(keys)
        holds = self.env["credit.hold"]._get_current(active._origin)
        rules = {
            key: self._rules_for(key, facts[key], checkpoint, rates) for key in keys
        }
        checked = active.filtered(
            lambda order: self._is_checked(
                facts[self._customer_key(order)],
                rules[self._customer_key(order)],
                holds.get(order._origin.id),
                checkpoint,
            )
        )
        if not checked:
            return {}
        customers = self._collect_customers(
            checked, facts, rules, rates, checkpoint, seen
        )
        terms = self._collect_orders(checked, holds, facts, rates)
        terms |= self._with_received(checked, customers, rules, terms)
        own_parts = self._saved_parts(checked, terms)
        prepaid = self._prepayments(customers)
        found = {}
        for order in checked:
            key = self._customer_key(order)
            customer = self._without_itself(customers[key], order)
            customer = self._without_own_part(
                customer, own_parts.get(order.id, 0.0), terms[order.id]
            )
            if key in prepaid:
                company = self.env["res.company"].browse(key[1])
                rate = rates.get(company.currency_id, facts[key].currency, company)
                customer = self._with_prepayments(customer, order, prepaid[key], rate)
            found[order.id] = customer, terms[order.id], rules[key]
        return found

    def _is_checked(self, facts, rules, hold, checkpoint):
        """Does a limit or a policy exist for this order's customer?"""
        file = facts.file
        return bool(
            facts.limit.is_set
            or (hold and hold._is_in_force())
            or any(rule.scope > SCOPE_ALL for rule in rules)
            or (file and file.policy_state(checkpoint) in POLICY_STATES)
            or (file and file.grants_terms)
        )

    def _rules_for(self, key, facts, checkpoint, rates):
        """The rules that concern one customer, money in his limit's currency."""
        (partner_id, company_id), currency = key, facts.currency
        scoped = {"all": {False}, "customer": {partner_id}}
        company = self.env["res.company"].browse(company_id)
        found = []
        for scope, scoped_id, currency_id, rule in self.env["credit.rule"]._get_rules(
            company_id, checkpoint
        ):
            if scope not in scoped:
                scoped[scope] = self._scoped_ids(scope, partner_id, facts.file)
            if scoped_id not in scoped[scope]:
                continue
            if currency_id and currency_id != currency.id:
                source = self.env["res.currency"].browse(currency_id)
                amount = rule.threshold * rates.get(source, currency, company)
                rule = replace(rule, threshold=currency.round(amount))
            found.append(rule)
        return tuple(found)

    def _scoped_ids(self, scope, partner_id, file):
        """Which ids of tags, grades or groups the customer belongs to."""
        if scope == "tag":
            partner = self.env["res.partner"].sudo().browse(partner_id)
            return set(partner.category_id.ids)
        if not file:
            return set()
        return {file.grade_id} if scope == "grade" else {file.group_id}

    @api.model
    def _verdict_to_dict(self, verdict: Verdict) -> dict:
        """A verdict as plain values, as a hold stores it (rule 5 of the design)."""
        figures, ways = verdict.figures, verdict.ways
        return {
            "outcome": verdict.outcome,
            "reasons": [
                {name: getattr(reason, name) for name in reason.__slots__}
                for reason in verdict.reasons
            ],
            "figures": figures
            and {name: getattr(figures, name) for name in figures.__slots__},
            "ways": {name: getattr(ways, name) for name in ways.__slots__},
        }
