"""How all customers have paid, from the ledger"""

import assessment
from targets import within

TARGETS = [within(60_000)]


def ours(env):
    files = assessment.everybody(env)
    return lambda: env["credit.behaviour"]._get_behaviours(files)
