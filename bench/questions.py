"""The questions of the bench. One function each: name, what it does, how often.

A question returns nothing; the runner times it, counts its queries and rolls back.
Add one by writing a function and naming it in ``QUESTIONS``.
"""

from odoo import Command


def _partners(env, count=None):
    return env["res.partner"].search([("ref", "=like", "BENCH%")], limit=count)


def _keys(env, partners):
    currency = env.company.currency_id
    return {(partner.id, env.company.id): currency for partner in partners}


def exposure_one(env):
    """exposure of one customer"""
    keys = _keys(env, _partners(env, 1))
    return lambda: env["credit.exposure"]._get_customer_exposures(keys)


def native_one(env):
    """… Odoo's credit + credit_to_invoice"""
    partner = _partners(env, 1)
    return lambda: (partner.credit, partner.credit_to_invoice)


def exposure_page(env):
    """exposure of a page of 80"""
    keys = _keys(env, _partners(env, 80))
    return lambda: env["credit.exposure"]._get_customer_exposures(keys)


def native_page(env):
    """… Odoo's credit + credit_to_invoice"""
    partners = _partners(env, 80)
    return lambda: (partners.mapped("credit"), partners.mapped("credit_to_invoice"))


def exposure_all(env):
    """exposure of all customers"""
    keys = _keys(env, _partners(env))
    return lambda: env["credit.exposure"]._get_customer_exposures(keys)


def native_all(env):
    """… Odoo's credit + credit_to_invoice"""
    partners = _partners(env)
    return lambda: (partners.mapped("credit"), partners.mapped("credit_to_invoice"))


def refresh_all(env):
    """snapshot of all files, refreshed"""
    return env["credit.file"]._refresh_snapshot


def over_limit(env):
    """who is over the limit: first page"""
    env["credit.file"]._refresh_snapshot()
    return lambda: env["credit.file"].search_fetch(
        [("limit_status", "=", "over")], ["partner_id"], limit=80, order="exposure desc"
    )


def _order(env, partner):
    product = env["product.product"].search([("name", "=", "Bench product")], limit=1)
    line = {"product_id": product.id, "price_unit": 1, "tax_ids": []}
    return env["sale.order"].create(
        {"partner_id": partner.id, "order_line": [Command.create(line)]}
    )


def _without_overdue_rules(env):
    """The generated customers are late; what is timed is an order that passes."""
    env["credit.rule"].search([("rule_type", "=", "overdue_days")]).active = False


def confirm_gated(env):
    """confirm one order, gate on"""
    env.company.credit_default_limit = 1e9
    _without_overdue_rules(env)
    order = _order(env, _partners(env, 1))
    return order.action_confirm


def confirm_plain(env):
    """… gate off"""
    env["credit.file"].search([]).unlink()
    env.company.credit_limit_mode = "inherit"
    order = _order(env, _partners(env, 1))
    return order.action_confirm


def panel(env):
    """the live panel of one quotation"""
    order = _order(env, _partners(env, 1))
    return lambda: order.credit_panel


def batch_of_100(env):
    """verdicts on 100 orders that pass"""
    env.company.credit_default_limit = 1e9
    _without_overdue_rules(env)
    orders = env["sale.order"].union(
        *(_order(env, partner) for partner in _partners(env, 100))
    )
    return lambda: env["credit.gate"]._evaluate(orders)


QUESTIONS = [
    exposure_one,
    native_one,
    exposure_page,
    native_page,
    exposure_all,
    native_all,
    refresh_all,
    over_limit,
    panel,
    batch_of_100,
    confirm_gated,
    confirm_plain,
]
