"""What is logged: decisions about customers, and the settings that steer them."""

from odoo import api, models

#: Why, where the record itself has no field for it; only a text beside an entry.
REASON = "credit_log_reason"


# -- limits and files --------------------------------------------------------------
class CreditLimitLine(models.Model):
    _name = "credit.limit.line"
    _inherit = ["credit.limit.line", "credit.logged"]

    _log_fields = (
        "kind",
        "mode",
        "amount",
        "currency_id",
        "date_from",
        "date_to",
        "ends_line_id",
        "source",
        "approved_by",
    )

    def _get_log_event(self, before, after):
        events = {"temporary": "limit_temporary", "ending": "limit_ended"}
        return events.get(self.kind, "limit_set")

    def _get_log_reason(self):
        return self.reason


class CreditFile(models.Model):
    _name = "credit.file"
    _inherit = ["credit.file", "credit.logged"]

    _log_fields = (
        "partner_id",
        "state",
        "grade_id",
        "group_id",
        "group_exempt",
        "limit_mode",
        "payment_term_id",
        "max_discount_pct",
        "deposit_pct",
        "user_id",
        "collector_id",
        "last_review_date",
        "next_review_date",
        "dunning_policy_id",
        "never_dun",
        "no_dunning_until",
        "no_dunning_reason",
        "no_charge",
        "no_charge_until",
        "no_charge_reason",
    )

    def _get_log_event(self, before, after):
        if before is None:
            return "file_opened"
        return "file_deleted" if after is None else "file_changed"

    def _absorb(self, merged):
        """Both files in one entry, while the merged one can still be read."""
        names = ["partner_id", "limit_mode", "credit_limit", "state"]
        values = merged._read_log_values(names)[merged.id]
        before = {"file_id": merged.id} | values
        result = super()._absorb(merged)
        self.env["credit.log"]._add(
            "file_merged",
            self,
            before=before,
            after=self._read_log_values(names)[self.id],
        )
        return result

    @api.model
    def _take_over_all_native(self):
        """At installation files and limits are made in SQL; they are logged here."""
        Line = self.env["credit.limit.line"].sudo()  # sudo: of all companies
        last = Line.search([], order="id desc", limit=1)
        made = super()._take_over_all_native()
        lines = Line.search([("id", ">", last.id or 0)], order="id")
        for start in range(0, len(lines), 1000):
            batch = lines[start : start + 1000]
            batch.file_id._log_created()
            batch._log_created()
            self.env.invalidate_all()
        return made


# -- holds -------------------------------------------------------------------------
class CreditHold(models.Model):
    _name = "credit.hold"
    _inherit = ["credit.hold", "credit.logged"]

    _log_fields = (
        "state",
        "forced",
        "released_amount",
        "valid_until",
        "condition",
        "released_terms_days",
        "released_discount_pct",
        "wanted_amount",
    )
    _log_details = (
        "order_id",
        "amount",
        "currency_id",
        "excess",
        "limit_currency_id",
        "terms_days",
        "discount_pct",
        "origin",
        "requested_by",
        "main_reason",
    )

    def _get_log_event(self, before, after):
        if before is None:
            return "hold_forced" if self.forced else "hold_opened"
        if after is None:
            return "deleted"
        if "state" in after:
            return f"hold_{after['state']}"
        return "hold_forced" if after.get("forced") else "hold_changed"

    def _get_log_reason(self):
        if self.state == "waiting":
            return self.forced_reason if self.forced else self.request_note
        if self.state in ("released", "rejected"):
            return self.decision_reason
        return self.env.context.get(REASON)  # given by _close, whoever calls it


# -- charges and cases -------------------------------------------------------------
class CreditInterestCharge(models.Model):
    """What was given up; what is invoiced is in the books already."""

    _name = "credit.interest.charge"
    _inherit = ["credit.interest.charge", "credit.logged"]

    _log_fields = ("state",)
    _log_details = ("kind", "name", "amount", "currency_id", "date_from", "date_to")

    def _get_log_event(self, before, after):
        if after and after.get("state") == "waived":
            return "charge_waived"
        if before and before.get("state") == "waived":
            return "waiver_ended"
        return None

    def _get_log_reason(self):
        return self.reason


class CreditCollectionCase(models.Model):
    _name = "credit.collection.case"
    _inherit = ["credit.collection.case", "credit.logged"]

    _log_fields = ("state", "outcome")
    _log_details = ("kind", "agent_id", "amount", "currency_id", "user_id")

    def _get_log_event(self, before, after):
        if before is None:
            return "case_opened"
        if after is None:
            return "deleted"
        if after.get("state") == "open":
            return (
                "case_reopened" if before["state"] == "closed" else "case_handed_over"
            )
        return "case_recalled" if self.outcome == "recalled" else "case_closed"

    def _get_log_reason(self):
        return self.close_note if self.state == "closed" else None


# -- settings: all their fields ----------------------------------------------------
class CreditRule(models.Model):
    _name = "credit.rule"
    _inherit = ["credit.rule", "credit.logged"]


class CreditAuthority(models.Model):
    _name = "credit.authority"
    _inherit = ["credit.authority", "credit.logged"]


class CreditGrade(models.Model):
    _name = "credit.grade"
    _inherit = ["credit.grade", "credit.logged"]


class CreditGroup(models.Model):
    _name = "credit.group"
    _inherit = ["credit.group", "credit.logged"]


class CreditDunningPolicy(models.Model):
    _name = "credit.dunning.policy"
    _inherit = ["credit.dunning.policy", "credit.logged"]


class CreditDunningLevel(models.Model):
    _name = "credit.dunning.level"
    _inherit = ["credit.dunning.level", "credit.logged"]


class CreditInterestRate(models.Model):
    _name = "credit.interest.rate"
    _inherit = ["credit.interest.rate", "credit.logged"]


class CreditInsurancePolicy(models.Model):
    _name = "credit.insurance.policy"
    _inherit = ["credit.insurance.policy", "credit.logged"]


class CreditInsuranceCover(models.Model):
    _name = "credit.insurance.cover"
    _inherit = ["credit.insurance.cover", "credit.logged"]
