"""Print 100 reminder letters as one PDF"""

import dunning
from targets import Target

from odoo.tools.pdf import merge_pdf

COUNT = 100


def _each(row, _smaller):
    return row["ours"].ms / row["ours"].items if "ours" in row else None


TARGETS = [Target("{:.0f} ms each", 200, _each)]


def ours(env):
    notices = dunning.queue(env, COUNT, channel="letter", recipient_fixed=True)
    for batch in dunning.batches(notices):
        batch._send_batch()

    def todo():
        parts = [batch._render_letters() for batch in dunning.batches(notices)]
        merge_pdf(parts)
        return notices

    return todo
