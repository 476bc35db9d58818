"""What is logged of assessments: reviews, overrides, evidence, cards, delegations."""

from odoo import models


class CreditReview(models.Model):
    _name = "credit.review"
    _inherit = ["credit.review", "credit.logged"]

    _log_fields = ("state",)
    _log_details = (
        "kind",
        "grade_id",
        "limit_mode",
        "credit_limit",
        "currency_id",
        "payment_term_id",
        "deposit_pct",
        "conditions",
        "proposal_amount",
        "submitted_by",
        "decided_by",
    )

    def _get_log_event(self, before, after):
        if before is None:
            return "created"
        if after is None:
            return "deleted"
        events = {
            "to_approve": "review_submitted",
            "approved": "review_approved",
            "rejected": "review_rejected",
        }
        return events.get(after["state"], "review_changed")

    def _get_log_reason(self):
        return self.decision_reason or self.reason


class CreditScoreOverride(models.Model):
    _name = "credit.score.override"
    _inherit = ["credit.score.override", "credit.logged"]

    _log_fields = ("grade_id", "date_to", "ended_on")
    _log_details = ("score_id", "score_grade_id", "date_from")

    def _get_log_event(self, before, after):
        if before is None:
            return "score_overridden"
        if after is None:
            return "deleted"
        return "override_ended" if after.get("ended_on") else "changed"

    def _get_log_reason(self):
        return self.reason


class CreditLimitBatch(models.Model):
    _name = "credit.limit.batch"
    _inherit = ["credit.limit.batch", "credit.logged"]

    _log_fields = ("state",)
    _log_details = ("method", "submitted_by", "decided_by")

    def _get_log_reason(self):
        return self.reason


class CreditDelegation(models.Model):
    _name = "credit.delegation"
    _inherit = ["credit.delegation", "credit.logged"]

    def _get_log_reason(self):
        return self.reason


# -- evidence: entered, corrected, withdrawn -----------------------------------------
class CreditFinancialStatement(models.Model):
    _name = "credit.financial.statement"
    _inherit = ["credit.financial.statement", "credit.logged"]


class CreditRating(models.Model):
    _name = "credit.rating"
    _inherit = ["credit.rating", "credit.logged"]

    _log_skipped = ("reminded_on",)


class CreditRegistryCheck(models.Model):
    _name = "credit.registry.check"
    _inherit = ["credit.registry.check", "credit.logged"]


# -- what steers them ------------------------------------------------------------------
class CreditScorecard(models.Model):
    _name = "credit.scorecard"
    _inherit = ["credit.scorecard", "credit.logged"]


class CreditAlertRule(models.Model):
    _name = "credit.alert.rule"
    _inherit = ["credit.alert.rule", "credit.logged"]
