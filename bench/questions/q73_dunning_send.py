"""Send 1,000 reminders by e-mail, without PDF and without handing them to a server"""

import dunning
import sides
from targets import Target

COUNT = 1000


def _each(row, side):
    return row[side].ms / row[side].items if side in row else None


def _queries(row, _smaller):
    return row["ours"].queries / row["ours"].items if "ours" in row else None


def _of_oca(row, _smaller):
    return (
        _each(row, "ours") / _each(row, "oca") if {"ours", "oca"} <= set(row) else None
    )


TARGETS = [
    Target("{:.1f} ms each", 15, lambda row, _: _each(row, "ours")),
    Target("{:.1f} queries each", 3, _queries),
    Target("{:.3f} × oca, each", 0.25, _of_oca),
]


def ours(env):
    notices = dunning.queue(env, COUNT)

    def todo():
        for batch in dunning.batches(notices):
            batch._send_batch()
            env.cr.flush()  # as the commit of the batch does
            env.invalidate_all()
        return notices

    return todo


def oca(env):
    """From communications that are ready, to mails that wait. About a hundred: they
    take a tenth of a second each to make, before anything is sent."""
    partners = sides.everybody(env)[::500]
    run = dunning.choose_strategy_oca(env, partners)
    dunning.give_addresses(env)
    lines = run._generate_credit_lines()
    lines.write({"state": "to_be_sent", "channel": "email"})
    notices = env["credit.control.communication"]._generate_comm_from_credit_lines(
        lines
    )
    notices.policy_level_id.email_template_id.report_template_ids = False

    def todo():
        notices._generate_emails()
        return notices

    return todo
