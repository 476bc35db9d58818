"""Open the worklist of reminders: who is due, first page of 80"""

import dunning
from targets import within

TARGETS = [within(50)]
COLUMNS = {
    name: {}
    for name in (
        "display_name",
        "priority",
        "amount",
        "amount_overdue",
        "oldest_days",
        "level_reached",
        "next_level_id",
        "next_date",
        "state",
        "reason",
        "last_notice",
        "collector_id",
    )
}


def ours(env):
    dunning.choose_strategy(env)
    Work = env["credit.dunning.work"]
    Work._refresh(env.company)
    env.cr.execute("ANALYZE credit_dunning_work")
    return lambda: Work.web_search_read([("state", "=", "due")], COLUMNS, limit=80)
