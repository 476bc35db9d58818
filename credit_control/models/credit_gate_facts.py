"""What the rules are told about the customers and the orders of a batch."""

from dataclasses import replace
from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from ..tools.exposure import Exposure
from ..tools.facts import Customer, Order, Release
from .credit_exposure_scope import FEW


class CreditGate(models.AbstractModel):
    """Records become the plain values of ``tools.facts``: no rule is decided here."""

    _inherit = "credit.gate"

    # -- one query before all others --------------------------------------------
    def _look_ahead(self, orders):
        """Who pays each order, which orders have a hold, and which rare documents the
        payers have: a query in place of three.

        What it finds about payers and holds goes into the ORM's cache. Orders that
        are not saved, and batches for which a look costs more than it saves, are read
        by the ORM as ever.

        :return: ``{root company id: credit_exposure_scope.Scope}``
        """
        service, seen = self.env["credit.exposure"], {}
        self.env["credit.hold"].flush_model(["order_id"])
        saved = orders.filtered(lambda order: order == order._origin)
        for company, batch in saved.grouped(lambda o: o.company_id.root_id).items():
            if len(batch) > FEW:
                continue
            payers = [order.partner_invoice_id or order.partner_id for order in batch]
            scope, (held_ids,) = service._look_closer(
                service._get_scope(company)._replace(is_small=True),
                SQL(
                    "ARRAY(SELECT order_id FROM credit_hold WHERE order_id = ANY(%s))",
                    batch.ids,
                ),
                payer_ids={payer.id for payer in payers},
            )
            seen[company.id] = scope
            for payer in payers:
                payer._fields["commercial_partner_id"]._insert_cache(
                    payer, [scope.contacts.get(payer.id)]
                )
            free = batch - batch.browse(held_ids)
            free._fields["credit_hold_ids"]._insert_cache(free, [()] * len(free))
        return seen

    # -- customers ------------------------------------------------------------
    def _collect_customers(self, orders, limits, rules, rates, checkpoint, seen):
        """``{key: Customer}`` with the exposure of each, groups included.

        :param limits: ``{key: credit_file_facts.CustomerFacts}``
        :param seen: what ``_look_ahead`` found
        """
        keys = {self._customer_key(order) for order in orders}
        members = self._group_members(keys, limits)
        currencies = {key: limits[key].currency for key in keys}
        exposures = self.env["credit.exposure"]._get_customer_exposures(
            currencies, seen
        )
        group_used = self._group_exposures(members, limits, keys, rates)
        confirmed = self._confirmed_orders(keys, rules)
        broken = self._broken_promises(keys, rules)
        today = fields.Date.today()
        return {
            key: Customer(
                limit=limits[key].limit,
                exposure=exposures.get(key) or Exposure(),
                today=today,
                group_used=group_used.get(key, 0.0),
                confirmed_orders=confirmed.get(key, 0),
                broken_promises=broken.get(key, 0),
                at_delivery=checkpoint == "delivery",
                insured=limits[key].limit.insured > 0,
                digits=limits[key].currency.decimal_places,
                **self._file_facts(limits[key].file, today, checkpoint),
            )
            for key in keys
        }

    def _file_facts(self, file, today, checkpoint):
        """What the file says about state, dunning, grade, terms and review."""
        if not file:
            return {}
        days, discount = self._granted_terms(file, today)
        return {
            "state": file.state_at(checkpoint),
            "state_before": file.dunning_state_before,
            "dunning_level": file.dunning_level or 0,
            "grade_id": file.grade_id,
            "granted_days": days,
            "granted_discount_pct": discount,
            "next_review": file.next_review_date,
            "days_late": file.days_late,
            "deposit_pct": file.deposit_pct or 0.0,
        }

    def _granted_terms(self, file, today):
        """(longest days, largest cash discount in %) granted; None = not said.

        Terms of the file come before those of its grade. Granted terms also grant
        their own cash discount, which may be none.
        """
        if file.payment_term_id:
            term = self.env["account.payment.term"].browse(file.payment_term_id)
            days, discount = term._credit_terms(today)
        else:
            days, discount = file.grade_days or None, file.grade_discount_pct or None
        return days, file.max_discount_pct or discount

    def _group_members(self, keys, limits):
        """``{group_id: member keys}`` of the shared ceilings in play."""
        group_ids = {limits[key].limit.group_id for key in keys} - {None}
        ceilings = {
            limits[key].limit.group_id
            for key in keys
            if limits[key].limit.group_limit is not None
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

    def _group_exposures(self, members, limits, keys, rates):
        """``{key: exposure of his whole group}`` in the customer's limit currency."""
        wanted = {
            member: self.env["res.company"].browse(member[1]).currency_id
            for group in members.values()
            for member in group
        }
        if not wanted:
            return {}
        exposures = self.env["credit.exposure"]._get_customer_exposures(wanted)
        totals = {
            group_id: sum(exposures[key].total for key in group if key in exposures)
            for group_id, group in members.items()
        }
        found = {}
        for key in keys:
            facts, currency = limits[key].limit, limits[key].currency
            if facts.group_id not in totals:
                continue
            company = self.env["res.company"].browse(key[1])
            rate = rates.get(company.currency_id, currency, company)
            found[key] = currency.round(totals[facts.group_id] * rate)
        return found

    def _prepayments(self, customers):
        """``{key: {order_id: amount}}``: what was paid online for quotations and sits
        in the books as an unapplied credit, in company currency.

        It belongs to its quotation: another order must not be paid with it, else the
        quotation, prepaid in full, would later go without credit as well.
        """
        keys = [
            key
            for key, customer in customers.items()
            if customer.exposure.credits > 0 and "credits" in customer.exposure.included
        ]
        if not keys:
            return {}
        self.env["account.payment"].flush_model(["is_reconciled"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT payer.commercial_partner_id,
                       split_part(company.parent_path, '/', 1)::int, o.id,
                       sum(payment.amount_company_currency_signed)
                  FROM sale_order o
                  JOIN res_partner payer ON payer.id = o.partner_invoice_id
                  JOIN res_company company ON company.id = o.company_id
                  JOIN sale_order_transaction_rel rel ON rel.sale_order_id = o.id
                  JOIN payment_transaction tx ON tx.id = rel.transaction_id
                  JOIN account_payment payment ON payment.id = tx.payment_id
                 WHERE o.state IN ('draft', 'sent') AND tx.state = 'done'
                   AND payment.move_id IS NOT NULL
                   AND payment.state IN ('in_process', 'paid')
                   AND payment.is_reconciled IS NOT TRUE
                   AND payer.commercial_partner_id = ANY(%(partners)s)
                 GROUP BY 1, 2, 3
                """,
                partners=[partner_id for partner_id, _ in keys],
            )
        )
        found = {}
        for partner_id, root_id, order_id, amount in rows:
            found.setdefault((partner_id, root_id), {})[order_id] = float(amount)
        return found

    def _with_prepayments(self, customer, order, paid, rate):
        """The customer without the credits that belong to his other quotations.

        :param paid: ``{order_id: amount}`` of the customer, company currency
        :param rate: from the company's currency to the limit's
        """
        others = sum(amount for key, amount in paid.items() if key != order._origin.id)
        taken = round(others * rate, customer.digits)
        taken = min(max(0.0, taken), customer.exposure.credits)
        if not taken:
            return customer
        return replace(
            customer,
            reserved=customer.reserved + taken,
            group_used=round(customer.group_used + taken, customer.digits),
        )

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

    def _broken_promises(self, keys, rules):
        """``{key: promises broken within a year}``, read only where a rule asks for
        them and somebody has promised something."""
        asked = [
            key for key in keys if any(r.type == "broken_promises" for r in rules[key])
        ]
        Promise = self.env["credit.promise"]
        if not asked or not Promise._is_in_use():
            return {}
        return Promise._count_broken(asked)

    def _with_levels(self, items, keys):
        """Open items with the dunning levels that those of ``keys`` have reached; one
        query where one of these customers is dunned, none else."""
        if not keys:
            return items
        ids = [item.id for key in keys for item in items.get(key, ())]
        reached = self.env["credit.file"]._read_reached_levels(ids)
        return items | {
            key: [
                replace(
                    item, level=reached[item.id][0], consequence=reached[item.id][1]
                )
                if item.id in reached
                else item
                for item in items.get(key, ())
            ]
            for key in keys
        }

    # -- the order itself -----------------------------------------------------
    def _collect_orders(self, orders, holds, limits, rates):
        """``{order.id: tools.facts.Order}`` of the batch."""
        # a plain quotation has nothing billed and nothing paid: no need to look
        paid_online = self.env["payment.transaction"]._credit_is_used()
        measured = orders.filtered(
            lambda order: (
                order.state == "sale" or (paid_online and order._origin.transaction_ids)
            )
        )
        demands = self.env["credit.exposure"]._get_order_demands(measured)
        return {
            order.id: self._order_facts(
                order,
                demands.get(order.id, (0.0, 0.0)),
                holds.get(order._origin.id),
                limits[self._customer_key(order)].currency,
                rates,
            )
            for order in orders
        }

    def _order_facts(self, order, demand, hold, limit_currency, rates):
        unbilled, in_transit = demand
        company = (order.company_id or self.env.company).root_id
        days, discount = order._credit_terms()
        return Order(
            amount=order.amount_total,
            settled=self._settled(order, unbilled, in_transit),
            in_transit=in_transit,
            rate=rates.get(order.currency_id, limit_currency, company),
            digits=order.currency_id.decimal_places,
            terms_days=days,
            discount_pct=discount,
            forced=bool(hold) and hold._is_in_force(),
            release=self._release(hold, order),
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

    def _release(self, hold, order):
        """The release that stands for the order: of the customer, company and
        currency that were decided on. Another payer was never looked at."""
        if not hold or hold.state != "released":
            return None
        decided = (hold.partner_id.id, hold.company_id.id, hold.currency_id.id)
        if decided != (*self._customer_key(order), order.currency_id._origin.id):
            return None
        return Release(
            cap=hold.released_amount,
            valid_until=hold.valid_until or None,
            terms_days=hold.released_terms_days,
            discount_pct=hold.released_discount_pct,
        )

    def _is_counted(self, order):
        """Would the exposure count this order when it is confirmed?"""
        company = (order.company_id or self.env.company).root_id
        if not company.credit_count_orders:
            return False
        days, promised = company.credit_order_horizon_days, order.commitment_date
        last_day = fields.Date.today() + timedelta(days=days)
        return days <= 0 or not promised or promised.date() <= last_day

    def _saved_parts(self, orders, terms):
        """``{order.id: what a confirmed order has in the exposure}``, in the order's
        currency: as saved, which on the screen may be another amount."""
        confirmed = orders.filtered(
            lambda order: order.state == "sale" and self._is_counted(order._origin)
        )
        edited = confirmed.filtered(lambda order: order._origin.id != order.id)
        demands = self.env["credit.exposure"]._get_order_demands(edited._origin)
        parts = {order.id: terms[order.id].demand for order in confirmed - edited}
        for order in edited:
            unbilled, in_transit = demands.get(order._origin.id, (0.0, 0.0))
            parts[order.id] = max(0.0, unbilled - in_transit)
        return parts

    def _without_itself(self, customer, order):
        """A confirmed order is no order before itself."""
        saved = order._origin
        if (
            not customer.confirmed_orders
            or saved.state != "sale"
            or self._customer_key(saved) != self._customer_key(order)
        ):
            return customer
        return replace(customer, confirmed_orders=customer.confirmed_orders - 1)

    def _without_own_part(self, customer, own, terms):
        """A confirmed order is in the exposure already: take it out once."""
        if not own:
            return customer
        own = round(own * terms.rate, customer.digits)
        return replace(
            customer,
            reserved=customer.reserved - own,
            group_used=round(customer.group_used - own, customer.digits),
        )
