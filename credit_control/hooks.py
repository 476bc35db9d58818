"""What happens once, at installation and when the add-on goes."""

import logging

from odoo.tools import SQL

from .models.credit_append_only import REFUSING
from .models.credit_logged import UNINSTALLING

_logger = logging.getLogger(__name__)

#: What people have entered or decided, in the order in which the log names it.
DOCUMENTS = (
    "credit.file",
    "credit.limit.line",
    "credit.group",
    "credit.insurance.policy",
    "credit.insurance.cover",
    "credit.hold",
    "credit.rule",
    "credit.grade",
    "credit.authority",
    "credit.interest.charge",
    "credit.dunning.policy",
    "credit.dunning.run",
    "credit.dunning.notice",
    "credit.promise",
    "credit.dispute",
    "credit.interest.rate",
    "credit.collection.case",
    "credit.contact",
    "credit.financial.statement",
    "credit.rating",
    "credit.agency",
    "credit.registry.check",
    "credit.reference",
    "credit.visit",
    "credit.questionnaire",
    "credit.questionnaire.answer",
    "credit.scorecard",
    "credit.score",
    "credit.score.override",
    "credit.review",
    "credit.delegation",
    "credit.limit.batch",
    "credit.alert",
    "credit.alert.rule",
    "credit.log",
)
ACTIVITY_TYPES = (
    "credit_control.mail_activity_type_release",
    "credit_control.mail_activity_type_decided",
)


def post_init_hook(env):
    """Every customer who carries a limit of Odoo's own gets his credit file."""
    env["credit.file"]._take_over_all_native()


def uninstall_hook(env):
    """Note in the log what goes; the dialogue *Uninstall* shows the same before.

    Our activities on orders go too: Odoo would turn them into to-dos of nobody's.
    """
    everything = env(context=dict(env.context, active_test=False))
    counts = {model: everything[model].search_count([]) for model in DOCUMENTS}
    types = [env.ref(name, raise_if_not_found=False) for name in ACTIVITY_TYPES]
    activities = everything["mail.activity"].search(
        [("activity_type_id", "in", [kind.id for kind in types if kind])]
    )
    env.cr.postcommit.data[UNINSTALLING] = True
    activities.unlink()
    _drop_links(env)
    _drop_triggers(env)
    _logger.info(
        "Credit Control goes, and with it: %s. Orders, deliveries, invoices, payments "
        "and Odoo's own credit limits stay.",
        ", ".join(f"{env[model]._description} {n}" for model, n in counts.items()),
    )


def _drop_links(env):
    """No record of ours holds back another one any more.

    Odoo first deletes the records that came with the add-on, such as strategies and
    their levels, then our tables. A notice that was sent restricts the deletion of its
    level: Odoo would log an error for each such record. So the foreign keys go first,
    with what Odoo has noted about them; the tables follow a moment later anyway. Nor
    need Odoo then look for each level through all invoices of the company.
    """
    env.flush_all()
    env["ir.model.constraint"].search(
        [("module.name", "=", "credit_control"), ("type", "=", "f")]
    ).unlink()


def _drop_triggers(env):
    """The log goes with its table; the function behind its triggers is ours, too."""
    env.cr.execute(SQL("DROP FUNCTION IF EXISTS %s() CASCADE", REFUSING))
