"""Customers, orders and people for the scenarios; runs inside Odoo.

``in_odoo.py DB worlds.py WORLDS ANSWER``: calls the functions that the JSON object
WORLDS names, with their parameters, and writes what they return to the file ANSWER.
"""

import json
import random
import time
from datetime import timedelta
from pathlib import Path

from reminders_world import letters, read_letters, reminders  # noqa: F401 - worlds

from odoo import Command, fields

AMOUNT = 10.0
SELLERS = 6
PEOPLE = {
    "approver": ["credit_control.group_credit_approver"],
    "manager": ["credit_control.group_credit_manager"],
    "boss": ["sales_team.group_sale_manager"],
    "accountant": [
        "account.group_account_invoice",
        "sales_team.group_sale_salesman_all_leads",
    ],
}


def _user(env, login, groups):
    groups = ["base.group_user", *groups]
    return env["res.users"].create(
        {
            "name": login.title(),
            "login": login,
            "password": login,
            "email": f"{login}@example.com",
            # no mail server is spoken to
            "notification_type": "inbox",
            "group_ids": [Command.set([env.ref(name).id for name in groups])],
        }
    )


def _seller(env, number):
    login = f"seller{number % SELLERS}"
    found = env["res.users"].search([("login", "=", login)])
    return found or _user(env, login, ["sales_team.group_sale_salesman"])


def _customers(env, names):
    return env["res.partner"].create(
        [{"name": name, "is_company": True} for name in names]
    )


def _products(env):
    """One that needs no delivery and one that makes a picking."""
    found = env["product.product"].search([("name", "=like", "Stress %")], order="id")
    return found or env["product.product"].create(
        [
            {"name": f"Stress {kind}", "type": kind, "invoice_policy": "order"}
            for kind in ("service", "consu")
        ]
    )


def _order_vals(partner, product, seller, amount=AMOUNT):
    return {
        "partner_id": partner.id,
        "user_id": seller.id,
        "order_line": [
            Command.create(
                {
                    "product_id": product.id,
                    "price_unit": amount,
                    "product_uom_qty": 1,
                    "tax_ids": [Command.clear()],
                }
            )
        ],
    }


def _limit(env, partner, amount):
    file = env["credit.file"]._ensure(partner, env.company)
    file._set_limit("amount", amount, reason="Stress")
    return file


def people(env):
    """Everybody but the sellers; ``{login: id}``."""
    return {login: _user(env, login, groups).id for login, groups in PEOPLE.items()}


def crowd(env, rounds, clients, seed):
    """Per round: orders with the seller of each, and how many there is room for."""
    dice, products = random.Random(seed), _products(env)
    made = []
    for number in range(rounds):
        kind = ("own", "group", "both")[number % 3]
        room = dice.randint(1, clients - 1)
        count = 1 if kind == "own" else 5
        partners = _customers(env, [f"Crowd {number}/{n}" for n in range(count)])
        own = None
        if kind == "own":
            _limit(env, partners, room * AMOUNT)
        else:
            own = _make_group(env, partners, room, kind == "both")
        vals = [
            _order_vals(partners[at % count], products[number % 2], _seller(env, at))
            for at in range(clients)
        ]
        orders = env["sale.order"].create(vals)
        if own is not None:
            first = len(orders.filtered(lambda o, p=partners[0]: o.partner_id == p))
            room = min(room, min(own, first) + clients - first)
        made.append(
            {
                "kind": kind,
                "room": room,
                "orders": [[order.id, order.user_id.login] for order in orders],
            }
        )
    return made


def _make_group(env, partners, room, with_own):
    """One ceiling for all; ``with_own``: the first one has his own below it as well.

    Returns how many orders fit below that, or None.
    """
    group = env["credit.group"].create(
        {
            "name": partners[0].name,
            "limit_mode": "amount",
            "credit_limit": room * AMOUNT,
        }
    )
    for partner in partners:
        env["credit.file"]._ensure(partner, env.company).group_id = group
    if not with_own:
        return None
    own = max(1, room // 8)
    _limit(env, partners[0], own * AMOUNT)
    return own


def duel(env, tries):
    """Per try: two orders of a customer whose limit takes one; then single orders
    of customers with room, for comparison."""
    products, made = _products(env), []
    for kind, count in (("pairs", 2), ("singles", 1)):
        partners = _customers(
            env, [f"Duel {kind} {n}" for n in range(tries if count == 2 else 30)]
        )
        vals = []
        for partner in partners:
            _limit(env, partner, AMOUNT)
            vals += [
                _order_vals(partner, products[0], _seller(env, n)) for n in range(count)
            ]
        ids = env["sale.order"].create(vals).ids
        made.append([ids[n : n + count] for n in range(0, len(ids), count)])
    return {"pairs": made[0], "singles": made[1]}


def turmoil(env):
    """One customer with a limit of his own, three that share one."""
    partners = _customers(env, ["Turmoil", "Turmoil A", "Turmoil B", "Turmoil C"])
    file = _limit(env, partners[0], 1000.0)
    group = env["credit.group"].create(
        {"name": "Turmoil", "limit_mode": "amount", "credit_limit": 1500.0}
    )
    for partner in partners[1:]:
        env["credit.file"]._ensure(partner, env.company).group_id = group
    product = _products(env)[0]
    return {
        "partners": partners.ids,
        "file": file.id,
        "group": group.id,
        "product": product.id,
        "sellers": [_seller(env, number).login for number in range(SELLERS)],
    }


def exposures(env, partners):
    """What the add-on says these customers owe: ``{partner id: amount}``."""
    currency, company = env.company.currency_id, env.company.root_id
    keys = {(partner, company.id): currency for partner in partners}
    found = env["credit.exposure"]._get_customer_exposures(keys)
    return {partner: found[partner, company.id].total for partner in partners}


def jobs(env, customers):
    """Files whose figures are old, holds to look at again, releases to end; nobody is
    scored, reviews are due, and rules of early warning hit some of the customers."""
    product, today = _products(env)[0], fields.Date.today()
    partners = _customers(env, [f"Job {number}" for number in range(customers)])
    Order, Hold = env["sale.order"], env["credit.hold"]
    waiting, released = Order, Order
    for number, partner in enumerate(partners):
        _limit(env, partner, 100.0)
        seller = _seller(env, number)
        orders = Order.create(
            [_order_vals(partner, product, seller, amount) for amount in (60, 50, 45)]
        )
        orders[0].action_confirm()
        if number % 3 == 0:
            orders[0]._create_invoices().action_post()
        waiting += orders[1]
        released += orders[2]
    for order in waiting | released:
        order.with_user(order.user_id)._credit_request_release("Please")
    holds = Hold.search([("order_id", "in", released.ids)])
    for hold in holds:
        hold._decide("release", "Good customer", valid_until=today)
    env.cr.execute(
        "UPDATE credit_hold SET valid_until = %s WHERE id = ANY(%s)",
        [today - timedelta(days=1), holds.ids],
    )
    # two of three have room for the waiting order by now
    for number, partner in enumerate(partners):
        if number % 3:
            _limit(env, partner, 500.0)
    _assess(env, partners)
    return {"files": len(partners), "holds": len(waiting), "releases": len(holds)}


def _assess(env, partners):
    """Something to do for the jobs of assessment."""
    owner = env["res.users"].search([("login", "=", "manager")], limit=1)
    files = env["credit.file"].search([("partner_id", "in", partners.ids)], order="id")
    files.write({"state": "open", "user_id": owner.id})
    for number, file in enumerate(files):
        if number % 2:
            file.next_review_date = fields.Date.add(fields.Date.today(), days=number)
    env.company.write({"credit_review_auto": True, "credit_review_user_id": owner.id})
    rules = (("utilisation", 10, "notify"), ("concentration", 0, "watch"))
    env["credit.alert.rule"].create(
        [
            {
                "name": f"Stress {indicator}",
                "indicator": indicator,
                "threshold": threshold,
                "action": action,
                "user_id": owner.id,
            }
            for indicator, threshold, action in rules
        ]
    )


def main(env, argv):
    """Call the functions named, save what they return."""
    worlds, answer = argv
    env = env(context=dict(env.context, tracking_disable=True))
    made = {}
    for name, params in json.loads(worlds).items():
        began = time.monotonic()
        made[name] = globals()[name](env, **params)
        print(f"{name}: {time.monotonic() - began:.1f} s")
    Path(answer).write_text(json.dumps(made))
