"""Whole ledger: measure the worklist of reminders again, one row in ten has changed"""

import dunning
from targets import within

TARGETS = [within(3000)]


def ours(env):
    dunning.choose_strategy(env)
    Work = env["credit.dunning.work"]
    Work._refresh(env.company)
    env.cr.execute("UPDATE credit_dunning_work SET amount = -1 WHERE id % 10 = 0")
    env.cr.execute("ANALYZE credit_dunning_work")
    return lambda: Work._refresh(env.company)


def floor(env):
    """Items and their groups, stored nowhere."""
    return dunning.plain_proposal(env)
