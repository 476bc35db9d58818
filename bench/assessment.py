"""Scores, alerts and proposals of all customers of the ledger."""

from datetime import timedelta

from odoo import Command, fields
from odoo.tools import split_every

#: Files that the job scores and commits together.
BATCH = 1000
#: The figure from which on each indicator warns: what hits a part of the customers.
THRESHOLDS = {
    "overdue": 60,
    "utilisation": 90,
    "slower_payment": 10,
    "order_surge": 200,
    "partial_payments": 2,
    "broken_promise": 1,
    "insurer_cut": 10,
    "concentration": 1,
    "score_drop": 10,
    "rating_change": 10,
}


def everybody(env):
    """All credit files."""
    return env["credit.file"].sudo().search([], order="id")


def forget_scores(env):
    """As on the day before the first scoring."""
    env.cr.execute(
        "UPDATE credit_file SET score_id = NULL, score = NULL, score_date = NULL,"
        " score_checked_on = NULL, proposed_grade_id = NULL"
    )
    env.cr.execute("DELETE FROM credit_score")
    env.invalidate_all()


def score(files):
    """What the nightly job does, without its commits."""
    behaviours = files.env["credit.behaviour"]._get_behaviours(files)
    for batch in split_every(BATCH, files.ids, files.browse):
        batch._rescore({file.id: behaviours[file.id] for file in batch})
        files.env.cr.flush()
        files.env.invalidate_all()  # as its commit does
    return files


def make_alert_rules(env):
    """A rule for every indicator, and something to be found by those that read
    promises, covers, ratings and older scores."""
    files = everybody(env)
    _make_facts(env, files[::50])
    files.user_id = env["res.users"].create(
        {
            "name": "Bench owner",
            "login": "bench_owner",
            "group_ids": [Command.link(env.ref("credit_control.group_credit_user").id)],
        }
    )
    return env["credit.alert.rule"].create(
        [
            {"name": name, "indicator": name, "threshold": threshold, "days": 90}
            for name, threshold in THRESHOLDS.items()
        ]
    )


def _make_facts(env, files):
    today = fields.Date.today()
    before, now = today - timedelta(days=200), today - timedelta(days=20)
    agency = env["credit.agency"].create(
        {"name": "Bench", "code": "bench", "best": 100, "worst": 0}
    )
    env["credit.rating"].create(
        [
            {
                "file_id": file.id,
                "agency_id": agency.id,
                "value": value,
                "date_from": day,
            }
            for file in files
            for value, day in (("80", before), ("50", now))
        ]
    )
    insurer = env["res.partner"].create({"name": "Bench insurer"})
    covers = env["credit.insurance.cover"].create(
        [
            {
                "file_id": file.id,
                "insurer_id": insurer.id,
                "insured_limit": 10_000,
                "date_from": before,
            }
            for file in files
        ]
    )
    covers.write({"insured_limit": 5000})
    score(files)
