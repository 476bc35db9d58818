"""Which models guard their defaults, and what people type in them.

The mixins of evidence, of promises and disputes, and of what is logged (with it all
settings) do so by themselves.
"""

from odoo import models

from . import (
    credit_contact,
    credit_file_rights,
    credit_review_item,
    credit_review_rights,
)

GUARD = "credit.own.defaults"
MADE = "credit.made.by.methods"


# -- of which people type some fields ------------------------------------------------
class CreditFile(models.Model):
    _name = "credit.file"
    _inherit = ["credit.file", GUARD]

    _guarded = credit_file_rights.DECISIONS | credit_file_rights.MEASURED | {"state"}


class CreditReview(models.Model):
    _name = "credit.review"
    _inherit = ["credit.review", GUARD]

    _typed = credit_review_rights.TYPED


class CreditReviewItem(models.Model):
    _name = "credit.review.item"
    _inherit = ["credit.review.item", GUARD]

    _typed = credit_review_item.TYPED | {"review_id", "name", "mandatory"}


class CreditContact(models.Model):
    _name = "credit.contact"
    _inherit = ["credit.contact", GUARD]

    _typed = credit_contact.TYPED


class CreditScoreOverride(models.Model):
    _name = "credit.score.override"
    _inherit = ["credit.score.override", GUARD]

    _typed = frozenset({"file_id", "grade_id", "reason", "date_to"})


class CreditCollectionCost(models.Model):
    _name = "credit.collection.cost"
    _inherit = ["credit.collection.cost", GUARD]


class CreditQuestionnaireAnswerLine(models.Model):
    _name = "credit.questionnaire.answer.line"
    _inherit = ["credit.questionnaire.answer.line", GUARD]


class CreditAgencyNumber(models.Model):
    _name = "credit.agency.number"
    _inherit = ["credit.agency.number", GUARD]


class CreditDunningPriority(models.Model):
    _name = "credit.dunning.priority"
    _inherit = ["credit.dunning.priority", GUARD]


class CreditReviewTemplateItem(models.Model):
    _name = "credit.review.template.item"
    _inherit = ["credit.review.template.item", GUARD]


# -- that methods make ---------------------------------------------------------------
class CreditPromiseLine(models.Model):
    _name = "credit.promise.line"
    _inherit = ["credit.promise.line", MADE]


class CreditHold(models.Model):
    _name = "credit.hold"
    _inherit = ["credit.hold", MADE]


class CreditLimitLine(models.Model):
    _name = "credit.limit.line"
    _inherit = ["credit.limit.line", MADE]


class CreditLimitBatch(models.Model):
    _name = "credit.limit.batch"
    _inherit = ["credit.limit.batch", MADE]


class CreditLimitBatchLine(models.Model):
    _name = "credit.limit.batch.line"
    _inherit = ["credit.limit.batch.line", MADE]


class CreditReviewStep(models.Model):
    _name = "credit.review.step"
    _inherit = ["credit.review.step", MADE]


class CreditAlert(models.Model):
    _name = "credit.alert"
    _inherit = ["credit.alert", MADE]


class CreditScore(models.Model):
    _name = "credit.score"
    _inherit = ["credit.score", MADE]


class CreditScoreLine(models.Model):
    _name = "credit.score.line"
    _inherit = ["credit.score.line", MADE]


class CreditDunningRun(models.Model):
    _name = "credit.dunning.run"
    _inherit = ["credit.dunning.run", MADE]


class CreditDunningNotice(models.Model):
    _name = "credit.dunning.notice"
    _inherit = ["credit.dunning.notice", MADE]


class CreditDunningNoticeLine(models.Model):
    _name = "credit.dunning.notice.line"
    _inherit = ["credit.dunning.notice.line", MADE]


class CreditStatementSending(models.Model):
    _name = "credit.statement.sending"
    _inherit = ["credit.statement.sending", MADE]


class CreditInterestCharge(models.Model):
    _name = "credit.interest.charge"
    _inherit = ["credit.interest.charge", MADE]


class CreditCollectionCase(models.Model):
    _name = "credit.collection.case"
    _inherit = ["credit.collection.case", MADE]


class CreditCollectionCaseLine(models.Model):
    _name = "credit.collection.case.line"
    _inherit = ["credit.collection.case.line", MADE]


class CreditDunningWork(models.Model):
    _name = "credit.dunning.work"
    _inherit = ["credit.dunning.work", MADE]


class CreditRecheck(models.Model):
    _name = "credit.recheck"
    _inherit = ["credit.recheck", MADE]


class CreditGateTicket(models.Model):
    _name = "credit.gate.ticket"
    _inherit = ["credit.gate.ticket", MADE]
