"""Early warning: all ten indicators over all customers, figures refreshed before"""

import assessment
from targets import each

TARGETS = [each(2.4)]  # two minutes for 50,000


def ours(env):
    files = assessment.everybody(env)
    rules = assessment.make_alert_rules(env)

    def todo():
        env["credit.alerting"].sudo()._evaluate_now(rules)
        return files

    return todo
