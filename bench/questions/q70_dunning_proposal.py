"""Whole ledger: propose the first reminders"""

import dunning
from targets import faster, within

TARGETS = [within(5000), faster(10, "oca")]


def ours(env):
    dunning.choose_strategy(env)
    run = env["credit.dunning.run"].sudo().create({})
    return lambda: range(env["credit.dunning"]._propose(run))


def floor(env):
    return dunning.plain_proposal(env)


def oca(env):
    """Without grouping the items into notices, which they do afterwards."""
    run = dunning.choose_strategy_oca(env)
    return run._generate_credit_lines
