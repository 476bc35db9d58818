"""The steps of the uninstall check, each run by itself: `uninstall_steps.py STEP FILE`.

Run by devtools/uninstall.py through in_odoo.py. What a step finds goes to FILE as JSON.
"""

import json
from pathlib import Path

from odoo import Command, fields

ADDON = "credit_control"

# What the database is made of: a line for each thing, with its definition.
SCHEMA = """
SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type ||
       ' nullable: ' || is_nullable
  FROM information_schema.columns WHERE table_schema = 'public'
 UNION ALL
SELECT concat('relation ', relkind, ' ', relname) FROM pg_class
 WHERE relnamespace = 'public'::regnamespace
 UNION ALL
SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
 UNION ALL
SELECT concat('constraint ', conrelid::regclass, ' ', conname, ' ',
              pg_get_constraintdef(oid))
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
 UNION ALL
SELECT concat('trigger ', tgrelid::regclass, ' ', tgname) FROM pg_trigger
 WHERE NOT tgisinternal
 UNION ALL
SELECT concat('function ', oid::regprocedure) FROM pg_proc
 WHERE pronamespace = 'public'::regnamespace
 UNION ALL
SELECT 'extension ' || extname FROM pg_extension
"""
# What Odoo keeps about itself, as SQL that names a row of the table.
RECORDS = {
    "ir_act_report_xml": "name->>'en_US'",
    "ir_act_server": "name->>'en_US'",
    "ir_act_url": "name->>'en_US'",
    "ir_act_window": "name->>'en_US'",
    "ir_asset": "path",
    "ir_config_parameter": "key",
    "ir_cron": "cron_name",
    "ir_default": "(SELECT model || '.' || name FROM ir_model_fields f"
    " WHERE f.id = field_id), ' ', json_value",
    "ir_filters": "name",
    "ir_model": "model",
    "ir_model_access": "name",
    "ir_model_constraint": "name",
    "ir_model_data": "module || '.' || name",
    "ir_model_fields": "model || '.' || name",
    "ir_model_fields_selection": "value",
    "ir_model_inherit": "concat(model_id, ' ', parent_id)",
    "ir_model_relation": "name",
    "ir_rule": "name",
    "ir_sequence": "name",
    "ir_ui_menu": "name->>'en_US'",
    "ir_ui_view": "name",
    "mail_activity": "res_model || ' ' || COALESCE(summary, '')",
    "mail_activity_type": "name->>'en_US'",
    "mail_followers": "res_model",
    "mail_message_subtype": "name->>'en_US'",
    "mail_template": "name->>'en_US'",
    "report_paperformat": "name",
    "res_groups": "name->>'en_US'",
    "res_groups_privilege": "name->>'en_US'",
}
# Rows that say something about records, wherever they stand.
ABOUT = {"mail_message": "model", "ir_attachment": "res_model"}


def _rows(env, query: str) -> list[tuple]:
    env.cr.execute(query)  # the queries are the constants above
    return env.cr.fetchall()


def snapshot(env) -> list[str]:
    """The structure of the database and what Odoo keeps about itself."""
    env.flush_all()
    found = [line for (line,) in _rows(env, SCHEMA)]
    for table, label in RECORDS.items():
        query = f"SELECT concat(id, ' ', {label}) FROM {table}"
        found += [f"{table} {line}" for (line,) in _rows(env, query)]
    for table, label in ABOUT.items():
        query = f"SELECT DISTINCT {label} FROM {table} WHERE {label} IS NOT NULL"
        found += [f"{table} about {line}" for (line,) in _rows(env, query)]
    return sorted(found)


# -- what people do ---------------------------------------------------------------
def _order(env, partner, amount: float, **values):
    product = env["product.product"].search([("name", "=", "Uninstall pump")])
    line = {
        "product_id": product.id,
        "price_unit": amount,
        "tax_ids": [Command.clear()],
    }
    return env["sale.order"].create(
        {"partner_id": partner.id, "order_line": [Command.create(line)], **values}
    )


def _seller(env):
    """A salesperson of the credit team."""
    Users, login = env["res.users"], "uninstall_seller"
    groups = ["sales_team.group_sale_salesman", f"{ADDON}.group_credit_user"]
    user = Users.search([("login", "=", login)])
    user = user or Users.create({"name": "Uninstall seller", "login": login})
    user.group_ids += user.group_ids.union(*map(env.ref, groups))
    return user


def _invoice(order):
    move = order._create_invoices()
    move.action_post()
    return move


def _customer(env, name: str):
    return env["res.partner"].search([("name", "=", name)])


def fill(env) -> dict:
    """Customers with and without a native limit, an order, an invoice."""
    env["product.product"].create(
        {
            "name": "Uninstall pump",
            "type": "consu",
            "invoice_policy": "order",
            "list_price": 1.0,
        }
    )
    limited, free = env["res.partner"].create(
        [
            {"name": "Limited before", "is_company": True},
            {"name": "Never limited", "is_company": True},
        ]
    )
    limited.credit_limit = 2500.0
    for partner in (limited, free):
        order = _order(env, partner, 1000.0)
        order.action_confirm()
        _invoice(order)
    _order(env, free, 5000.0)
    return {"found": snapshot(env), "native": limited.credit_limit}


def use(env) -> dict:
    """Files and limits, a group, holds in every state, a company's default."""
    File, company = env["credit.file"], env.company
    limited, free = _customer(env, "Limited before"), _customer(env, "Never limited")
    taken_over = File._for_customers([(limited.id, company.id)])
    group = env["credit.group"].create({"name": "Brothers", "company_id": company.id})
    file = File._ensure(free, company)
    file.write(
        {
            "limit_mode": "amount",
            "credit_limit": 1500.0,
            "limit_reason": "For the uninstall check",
            "group_id": group.id,
        }
    )
    company.write({"credit_limit_mode": "amount", "credit_default_limit": 9000.0})
    seller = _seller(env)
    holds = env["credit.hold"]
    for _number in range(3):
        order = _order(env, free, 5000.0, user_id=seller.id)
        holds += order.with_user(seller)._credit_request_release("Please").sudo()
    holds[0]._decide("release", "A good customer")
    holds[1]._decide("reject", "Not now")
    holds[0].order_id.action_confirm()
    env["credit.file"]._cron_refresh_snapshot()
    return {
        "taken_over": bool(taken_over),
        "states": holds.mapped("state"),
        "confirmed": holds[0].order_id.state,
        "native": limited.credit_limit,
        "activities": env["mail.activity"].search_count(
            [("activity_type_id.name", "ilike", "credit")]
        ),
    }


def collect(env) -> dict:
    """Overdue invoices that were reminded of, promised and disputed; a file with a
    grade and a level, an item with a reason: all that links to what we ship."""
    limited, free = _customer(env, "Limited before"), _customer(env, "Never limited")
    (limited | free).email = "pay@uninstall.example"
    today = fields.Date.today()
    policy = env.ref(f"{ADDON}.credit_dunning_policy_firm")
    File, items = env["credit.file"], env["account.move.line"]
    for partner in (limited, free):
        file = File._ensure(partner, env.company)
        grade = env["credit.grade"].search([], limit=1)
        file.write({"dunning_policy_id": policy.id, "grade_id": grade.id})
        move = _direct_invoice(env, partner, 50.0)
        lines = move.line_ids.filtered(lambda x: x.account_type == "asset_receivable")
        lines.date_maturity = fields.Date.subtract(today, days=20)
        items |= lines
    env["credit.dunning.run"]._create_run(env.company).action_send()
    items.credit_overdue_reason_id = env["credit.overdue.reason"].search([], limit=1)
    env["credit.promise"]._create_promise(
        items[0], fields.Date.add(today, days=7), 10.0
    )
    env["credit.dispute"]._create_disputes(
        items[1], env["credit.dispute.reason"].search([], limit=1), 5.0
    )
    _watch_and_seal(env)
    notices = env["credit.dunning.notice"].search([("state", "=", "sent")])
    return {
        "sent": sorted(notices.partner_id.mapped("name")),
        "alerts": env["credit.alert"].search_count([]),
        "seals": env["credit.log.seal"].search_count([]),
        "level": File._for_customers([(free.id, env.company.id)])[
            free.id, env.company.id
        ].dunning_level,
    }


def _watch_and_seal(env) -> None:
    """Alerts of a shipped rule; and a log that refuses every change."""
    rule = env.ref(f"{ADDON}.credit_alert_rule_overdue")
    rule.write({"active": True, "threshold": 1})
    env["credit.alerting"]._evaluate_now(rule)
    seals = env["credit.log.seal"]
    seals._seal(seals._read_unsealed_ids())


def _direct_invoice(env, partner, amount: float):
    line = {"name": "Pump", "price_unit": amount, "tax_ids": [Command.clear()]}
    move = env["account.move"].create(
        {
            "move_type": "out_invoice",
            "partner_id": partner.id,
            "invoice_line_ids": [Command.create(line)],
        }
    )
    move.action_post()
    return move


def warn(env) -> dict:
    """What the uninstall wizard shows to whoever is about to press the button."""
    module = env["ir.module.module"].search([("name", "=", ADDON)])
    wizard = env["base.module.uninstall"].create({"module_ids": module.ids})
    wizard.show_all = True
    return {
        "modules": wizard.impacted_module_ids.mapped("name"),
        "documents": {model.name: model.count for model in wizard.model_ids},
    }


def uninstall(env) -> list[str]:
    """Press the button."""
    env["ir.module.module"].search([("name", "=", ADDON)]).button_immediate_uninstall()
    return []


def after(env) -> dict:
    """Is Odoo as it was? Confirm, invoice, open the pages that we had extended."""
    limited = _customer(env, "Limited before")
    waiting = env["sale.order"].search([("state", "=", "draft")])
    waiting.action_confirm()
    invoice = _invoice(_confirmed(_order(env, limited, 100.0)))
    for model, kinds in {
        "res.partner": ("form", "list", "search"),
        "sale.order": ("form", "list", "search"),
        "account.move": ("form", "list"),
        "stock.picking": ("form", "list"),
        "res.config.settings": ("form",),
    }.items():
        env[model].get_views([(False, kind) for kind in kinds])
    env["ir.ui.menu"].load_menus(False)
    return {
        "found": snapshot(env),
        "confirmed": waiting.mapped("state"),
        "invoice": invoice.state,
        "native": limited.credit_limit,
    }


def _confirmed(order):
    order.action_confirm()
    return order


STEPS = {
    "fill": fill,
    "use": use,
    "collect": collect,
    "warn": warn,
    "uninstall": uninstall,
    "after": after,
}


def main(env, args: list[str]) -> int:
    """Run one step."""
    step, file = args
    found = STEPS[step](env)
    env.flush_all()
    Path(file).write_text(json.dumps(found))
    return 0
