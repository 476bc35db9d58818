"""Dunning on all sides: the same strategy, the same customers, e-mail addresses.

The strategy is that of `account_credit_control` as it comes: 10 days after the due
date, then the end of the month 30 days after it, then 10 days after the notice before;
nothing below 0.10.
"""

import floor

from odoo import Command, fields
from odoo.tools import SQL

#: The levels: how the days are counted, and how many.
LEVELS = [("due", 10), ("due_eom", 30), ("previous", 10)]
TOLERANCE = 0.1
#: Notices of our batches.
BATCH = 50


def choose_strategy(env):
    """Our strategy for everybody."""
    template = env.ref("credit_control.credit_dunning_template_reminder")
    policy = env["credit.dunning.policy"].create(
        {
            "name": "Bench",
            "currency_id": env.company.currency_id.id,
            "tolerance": TOLERANCE,
            "min_days": 0,
            "level_ids": [
                Command.create(
                    {
                        "number": number,
                        "name": f"Level {number}",
                        "delay_mode": mode,
                        "delay_days": days,
                        "template_id": template.id,
                    }
                )
                for number, (mode, days) in enumerate(LEVELS, start=1)
            ],
        }
    )
    env["credit.grade"].search([]).dunning_policy_id = policy
    env.company.credit_dunning_policy_id = policy
    return policy


def choose_strategy_oca(env, partners=None):
    """Theirs, with the accounts of our scope, for everybody or for some customers;
    returns the run that generates."""
    policy = env.ref("account_credit_control.credit_control_3_time")
    policy.account_ids = env["account.account"].browse(floor.receivable_ids(env))
    if partners is None:
        env.company.credit_policy_id = policy
    else:
        partners.credit_policy_id = policy
    return env["credit.control.run"].create({"date": fields.Date.today()})


def give_addresses(env):
    """Everybody can be written to: without that, notices become letters."""
    env.cr.execute(
        """
        UPDATE res_partner SET email = 'c' || id || '@example.com',
               email_normalized = 'c' || id || '@example.com'
         WHERE commercial_partner_id IN (
               SELECT id FROM res_partner WHERE ref LIKE 'BENCH%')
        """
    )


def propose(env):
    """A run with its notices."""
    run = env["credit.dunning.run"].sudo().create({})
    env["credit.dunning"]._propose(run)
    env.cr.execute("ANALYZE credit_dunning_notice, credit_dunning_notice_line")
    return run


def queue(env, count, **values):
    """So many notices of a run that wait to be sent, of customers of every size."""
    choose_strategy(env)
    give_addresses(env)
    run = propose(env)
    found = env["credit.dunning.notice"].sudo().search([("run_id", "=", run.id)])
    notices = found.sorted("id")[:: max(1, len(found) // count)][:count]
    notices.write({"state": "queued", **values})
    return notices


def batches(records, size=BATCH):
    """Slices of the recordset."""
    return [records[at : at + size] for at in range(0, len(records), size)]


def plain_proposal(env):
    """Items and notices of the first proposal, by two plain statements into temporary
    tables: no credits, no history, no recipients."""
    items = SQL(
        """
        CREATE TEMPORARY TABLE bench_item ON COMMIT DROP AS
        SELECT line.id, partner.commercial_partner_id AS partner_id, line.currency_id,
               line.amount_residual_currency AS amount,
               CURRENT_DATE - line.date_maturity AS days
          FROM account_move_line line
          JOIN res_partner partner ON partner.id = line.partner_id
         WHERE line.account_id = ANY(%s) AND line.parent_state = 'posted'
           AND line.reconciled IS NOT TRUE AND line.amount_residual > %s
           AND line.date_maturity < CURRENT_DATE
        """,
        floor.receivable_ids(env),
        TOLERANCE,
    )
    notices = SQL(
        """
        CREATE TEMPORARY TABLE bench_notice ON COMMIT DROP AS
        SELECT partner_id, currency_id, sum(amount) AS amount, count(*) AS items,
               max(days) AS days
          FROM bench_item GROUP BY partner_id, currency_id HAVING max(days) >= %s
        """,
        LEVELS[0][1],
    )

    def todo():
        env.cr.execute(items)
        env.cr.execute(notices)
        return env.execute_query(SQL("SELECT partner_id FROM bench_notice"))

    return todo
