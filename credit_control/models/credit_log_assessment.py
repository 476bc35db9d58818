"""What is logged of assessments: reviews, overrides, evidence, cards, delegations."""

from odoo import api, models
from odoo.tools import SQL


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
        "decided_for_id",
    )

    def _get_log_event(self, before, after):
        if before is None:
            return "created"
        if after is None:
            return "deleted"
        if before["state"] == "to_approve" and after["state"] == "in_review":
            return None  # logged with its own reason (credit.review._return)
        events = {
            "to_approve": "review_submitted",
            "approved": "review_approved",
            "rejected": "review_rejected",
        }
        return events.get(after["state"], "review_changed")

    def _get_log_reason(self):
        return self.decision_reason or self.reason


class CreditReviewStep(models.Model):
    """Each signature as it is given; what it led to is an entry of the review."""

    _name = "credit.review.step"
    _inherit = ["credit.review.step", "credit.logged"]

    _log_fields = ("decision",)
    _log_details = ("review_id", "name", "decided_by", "decided_for_id", "decided_on")

    def _get_log_event(self, before, after):
        given = before and after and after["decision"]
        return "review_signed" if given else None

    def _get_log_reason(self):
        return self.note


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
    _log_details = (
        "method",
        "value",
        "step",
        "max_increase_pct",
        "date_to",
        "line_count",
        "total_new",
        "submitted_by",
        "decided_by",
        "decided_for_id",
    )

    def _get_log_reason(self):
        return self.decision_reason if self.state == "rejected" else self.reason


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
    """What a card says is logged once, whole, when it comes into force: a draft binds
    nobody, and from then on it never changes (``credit.scorecard.part``). The entry
    alone tells by what customers were scored, when the card is long gone."""

    _name = "credit.scorecard"
    _inherit = ["credit.scorecard", "credit.logged"]

    _log_skipped = ("drift_psi", "drift_on")

    def _log_entries(self, ids, before, after):
        for card in self.browse(ids):
            values = after.get(card.id) or {}
            if values.get("state") == "active":
                values |= card._get_log_content()
        return super()._log_entries(ids, before, after)

    def _get_log_content(self):
        """All that the card says: for whom, how it adds up, criteria with weights and
        bands, knock-outs, points for missing data, and from which score on a grade is
        proposed."""
        self.ensure_one()
        names = [name for name in self._get_log_fields() if name != "state"]
        values = self._read_log_values(names)[self.id]
        # sudo: the log tells more than the user sees
        card = self.sudo()
        return card._drop_blanks(values) | {
            "criterion_ids": [one._get_log_content() for one in card.criterion_ids],
            "floor_ids": [
                {"grade": grade, "from": floor}
                for grade, floor in card._get_log_floors()
            ],
        }

    @api.model
    def _log_in_force(self):
        """At an update: cards that came into force before the log told what they say
        are told now, once."""
        cards = self.sudo().search([("state", "=", "active")])  # sudo: the system's
        self.env["credit.log"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT res_id FROM credit_log
                 WHERE model = %s AND after->'criterion_ids' IS NOT NULL
                """,
                self._name,
            )
        )
        untold = cards - cards.browse(id_ for (id_,) in rows)
        self.env["credit.log"]._add(
            "changed",
            untold,
            after={
                card.id: {"state": card.state} | card._get_log_content()
                for card in untold
            },
            reason=self.env._("In force already; told by the log from now on."),
        )

    def _get_log_floors(self):
        """``[(grade, score from)]``; without own floors those that the grades have at
        this moment, whose later changes are entries of their own."""
        if self.floor_ids:
            return [(one.grade_id, one.floor) for one in self.floor_ids]
        company = self.company_id
        grades = self.env["credit.grade"].search(
            [("company_id", "in", (False, company.id))] if company else []
        )
        return [(grade, grade.score_floor) for grade in grades]


class CreditScorecardCriterion(models.Model):
    _inherit = "credit.scorecard.criterion"

    def _get_log_content(self):
        bands = [
            {"points": band.points}
            | ({"missing": True} if band.missing else {"from": band.floor})
            | ({"at_most": band.cap_grade_id} if band.cap_grade_id else {})
            for band in self.band_ids
        ]
        return {
            "name": self.name,
            "source": self.source,
            "code": self.code,
            "weight": self.weight,
            "bands": bands,
        }


class CreditAlertRule(models.Model):
    _name = "credit.alert.rule"
    _inherit = ["credit.alert.rule", "credit.logged"]
