"""The gate: collects the facts of a batch of orders and asks the rules."""

from dataclasses import replace

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.exposure import Exposure
from ..tools.facts import SCOPE_ALL, UNCHECKED, Customer, Order, Release, Verdict
from ..tools.rules import evaluate

#: States of a file that are a policy of their own, limit or not.
POLICY_STATES = ("prospect", "watch", "stop", "closed")


class CreditGate(models.AbstractModel):
    """May these orders go? One evaluation for panel, button, RPC, portal and jobs.

    ``_evaluate`` only reads: it collects what the rules need for the whole batch in
    a number of queries that does not depend on its size, and lets ``tools.rules``
    decide each order. Orders of one customer (or one credit group) add up in the
    order of the recordset: what passes reserves its part for those after it.

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
        :param checkpoint: confirm | growth | delivery | invoice
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
        """Note what a passing order takes; a confirmed one is in the books already."""
        if order.state == "sale":
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
        keys = {self._customer_key(order) for order in held}
        limits = self.env["credit.file"]._get_limit_facts(keys)
        currencies = {key: limits[key][1] for key in keys}
        items = self.env["credit.exposure"]._get_open_items(currencies)
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
        if order.state == "cancel" or not File._credit_company_active(company):
            return False
        return bool(order.partner_invoice_id or order.partner_id)

    def _collect(self, orders, checkpoint):
        """``{order.id: (Customer, Order, rules)}`` of the orders that are checked."""
        active = orders.filtered(self._is_active)
        keys = {self._customer_key(order) for order in active}
        if not keys:
            return {}
        File = self.env["credit.file"]
        limits = File._get_limit_facts(keys)
        files = File._for_customers(keys)
        holds = self.env["credit.hold"]._get_current(active._origin)
        rules = {
            key: self._rules_for(key, files.get(key), limits[key][1], checkpoint)
            for key in keys
        }
        checked = active.filtered(
            lambda order: self._is_checked(
                self._customer_key(order),
                limits,
                files,
                rules,
                holds.get(order._origin.id),
            )
        )
        if not checked:
            return {}
        customers = self._collect_customers(checked, limits, files, rules)
        terms = self._collect_orders(checked, holds, limits)
        return {
            order.id: (
                self._without_own_part(
                    customers[self._customer_key(order)], order, terms
                ),
                terms[order.id],
                rules[self._customer_key(order)],
            )
            for order in checked
        }

    def _is_checked(self, key, limits, files, rules, hold):
        """Does a limit or a policy exist for this order's customer?"""
        file = files.get(key)
        return bool(
            limits[key][0].is_set
            or (hold and hold.forced and hold.state == "waiting")
            or any(rule.scope > SCOPE_ALL for rule in rules[key])
            or (file and (file.state in POLICY_STATES or file.payment_term_id))
        )

    def _rules_for(self, key, file, currency, checkpoint):
        """The rules that concern one customer, money in his limit's currency."""
        partner_id, company_id = key
        scoped = {"all": {False}, "customer": {partner_id}}
        company = self.env["res.company"].browse(company_id)
        found = []
        for scope, scoped_id, currency_id, rule in self.env["credit.rule"]._get_rules(
            company_id, checkpoint
        ):
            if scope not in scoped:
                scoped[scope] = self._scoped_ids(scope, partner_id, file)
            if scoped_id not in scoped[scope]:
                continue
            if currency_id and currency_id != currency.id:
                source = self.env["res.currency"].browse(currency_id)
                amount = self.env["credit.exposure"]._convert(
                    rule.threshold, source, currency, company
                )
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
        return {file.grade_id.id} if scope == "grade" else {file.group_id.id}

    # -- customers ------------------------------------------------------------
    def _collect_customers(self, orders, limits, files, rules):
        """``{key: Customer}`` with the exposure of each, groups included."""
        keys = {self._customer_key(order) for order in orders}
        members = self._group_members(keys, limits)
        currencies = {key: limits[key][1] for key in keys}
        exposures = self.env["credit.exposure"]._get_customer_exposures(currencies)
        group_used = self._group_exposures(members, limits, keys)
        confirmed = self._confirmed_orders(keys, rules)
        today = fields.Date.context_today(self)
        return {
            key: Customer(
                limit=limits[key][0],
                exposure=exposures.get(key) or Exposure(),
                today=today,
                group_used=group_used.get(key, 0.0),
                confirmed_orders=confirmed.get(key, 0),
                insured=limits[key][0].insured > 0,
                digits=limits[key][1].decimal_places,
                **self._file_facts(files.get(key), today),
            )
            for key in keys
        }

    def _file_facts(self, file, today):
        """What the file says about state, grade, terms and review."""
        if not file:
            return {}
        days, discount = self._granted_terms(file, today)
        return {
            "state": file.state,
            "grade_id": file.grade_id.id or None,
            "granted_days": days,
            "granted_discount_pct": discount,
            "next_review": file.next_review_date or None,
        }

    def _granted_terms(self, file, today):
        """(longest days, largest cash discount in %) granted; None = not said.

        Terms of the file come before those of its grade. Granted terms also grant
        their own cash discount, which may be none.
        """
        term, grade = file.payment_term_id, file.grade_id
        days, discount = term._credit_terms(today) if term else (None, None)
        if days is None and grade.max_terms_days:
            days = grade.max_terms_days
        if discount is None and grade.max_discount_pct:
            discount = grade.max_discount_pct
        return days, file.max_discount_pct or discount

    def _group_members(self, keys, limits):
        """``{group_id: member keys}`` of the shared ceilings in play."""
        group_ids = {limits[key][0].group_id for key in keys} - {None}
        ceilings = {
            limits[key][0].group_id
            for key in keys
            if limits[key][0].group_limit is not None
        }
        members = self.env["credit.group"]._get_members(group_ids & ceilings)
        return {
            group_id: [
                (file.partner_id.id, file.company_id.id)
                for file in files
                if not file.group_exempt
            ]
            for group_id, files in members.items()
        }

    def _group_exposures(self, members, limits, keys):
        """``{key: exposure of his whole group}`` in the customer's limit currency."""
        wanted = {
            member: self.env["res.company"].browse(member[1]).currency_id
            for group in members.values()
            for member in group
        }
        if not wanted:
            return {}
        Exposures = self.env["credit.exposure"]
        exposures = Exposures._get_customer_exposures(wanted)
        totals = {
            group_id: sum(exposures[key].total for key in group if key in exposures)
            for group_id, group in members.items()
        }
        found = {}
        for key in keys:
            facts, currency = limits[key]
            if facts.group_id not in totals:
                continue
            company = self.env["res.company"].browse(key[1])
            found[key] = currency.round(
                Exposures._convert(
                    totals[facts.group_id], company.currency_id, currency, company
                )
            )
        return found

    def _confirmed_orders(self, keys, rules):
        """``{key: confirmed orders}``, read only where a rule asks for first orders."""
        asked = [
            key for key in keys if any(r.type == "first_orders" for r in rules[key])
        ]
        if not asked:
            return {}
        self.env["sale.order"].flush_model(
            ["state", "partner_invoice_id", "company_id"]
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT payer.commercial_partner_id,
                       split_part(company.parent_path, '/', 1)::int,
                       count(*)
                  FROM sale_order o
                  JOIN res_partner payer ON payer.id = o.partner_invoice_id
                  JOIN res_company company ON company.id = o.company_id
                 WHERE o.state = 'sale'
                   AND payer.commercial_partner_id IN %(partners)s
                 GROUP BY 1, 2
                """,
                partners=tuple(partner_id for partner_id, _ in asked),
            )
        )
        return {(partner_id, root_id): count for partner_id, root_id, count in rows}

    # -- the order itself -----------------------------------------------------
    def _collect_orders(self, orders, holds, limits):
        """``{order.id: tools.facts.Order}`` of the batch."""
        demands = self.env["credit.exposure"]._get_order_demands(orders._origin)
        return {
            order.id: self._order_facts(
                order,
                demands.get(order._origin.id, (0.0, 0.0)),
                holds.get(order._origin.id),
                limits[self._customer_key(order)][1],
            )
            for order in orders
        }

    def _order_facts(self, order, demand, hold, limit_currency):
        unbilled, in_transit = demand
        company = (order.company_id or self.env.company).root_id
        waiting = bool(hold) and hold.state == "waiting"
        days, discount = order._credit_terms()
        return Order(
            amount=order.amount_total,
            settled=self._settled(order, unbilled, in_transit),
            in_transit=in_transit,
            rate=self.env["credit.exposure"]._convert(
                1.0, order.currency_id, limit_currency, company
            ),
            digits=order.currency_id.decimal_places,
            terms_days=days,
            discount_pct=discount,
            forced=waiting and hold.forced,
            release=self._release(hold),
        )

    def _settled(self, order, unbilled, in_transit):
        """The part of an order that needs no new credit.

        A confirmed order: what is billed already or on its way. A quotation: what
        was prepaid for it. What the customer takes against cash needs none at all.
        """
        total = order.amount_total
        if order.state == "sale":
            return total - max(0.0, unbilled - in_transit)
        if order._credit_is_cash_sale() or order._credit_is_prepaid():
            return total
        return min(total, in_transit)

    def _release(self, hold):
        if not hold or hold.state != "released":
            return None
        return Release(
            cap=hold.released_amount,
            valid_until=hold.valid_until or None,
            terms_days=hold.released_terms_days,
            discount_pct=hold.released_discount_pct,
        )

    def _without_own_part(self, customer, order, terms):
        """A confirmed order is in the exposure already: take it out once."""
        if order.state != "sale":
            return customer
        own = round(terms[order.id].demand * terms[order.id].rate, customer.digits)
        return replace(
            customer,
            reserved=customer.reserved - own,
            group_used=round(customer.group_used - own, customer.digits),
        )

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
