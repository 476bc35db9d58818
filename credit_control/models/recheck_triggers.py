"""What may free a waiting hold, apart from money: limits, files, covers, rules.

Money is hooked where it moves: see account_partial_reconcile.py and account_move.
These changes are rare and made by people, so each of them may look at everybody; with
no waiting hold they cost nothing.
"""

from odoo import api, models

#: What a file says that the gate listens to.
FILE_FIELDS = {
    "currency_id",
    "state",
    "grade_id",
    "group_id",
    "group_exempt",
    "limit_mode",
    "credit_limit",
    "limit_date_to",
    "payment_term_id",
    "max_discount_pct",
    "next_review_date",
    "dunning_level",
    "dunning_consequence",
    "dunning_state_before",
}


class CreditLimitLine(models.Model):
    _inherit = "credit.limit.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        self.env["credit.recheck"]._queue(lines.partner_id)
        return lines


class CreditInsuranceCover(models.Model):
    _inherit = "credit.insurance.cover"

    @api.model_create_multi
    def create(self, vals_list):
        covers = super().create(vals_list)
        self.env["credit.recheck"]._queue(covers.file_id.partner_id)
        return covers

    def write(self, vals):
        result = super().write(vals)
        self.env["credit.recheck"]._queue(self.file_id.partner_id)
        return result


class CreditFile(models.Model):
    _inherit = "credit.file"

    def write(self, vals):
        result = super().write(vals)
        if FILE_FIELDS.isdisjoint(vals):
            return result
        if "group_id" in vals and self.env["credit.hold"]._get_waiting_partners():
            # other customers' payments may free a hold from now on
            self.env.registry.clear_cache()
        self.env["credit.recheck"]._queue(self.partner_id)
        return result


class CreditPromise(models.Model):
    _inherit = "credit.promise"

    def write(self, vals):
        """A promise that was broken after all, or kept: rules may count them."""
        result = super().write(vals)
        if "state" in vals:
            self.env["credit.recheck"]._queue(self.partner_id)
        return result


class CreditRecheckTrigger(models.AbstractModel):
    """For what concerns many customers at once: everybody is looked at again."""

    _name = "credit.recheck.trigger"
    _description = "Wakes the Re-check of Credit Holds"

    def write(self, vals):
        result = super().write(vals)
        self.env["credit.recheck"]._queue_everybody()
        return result

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self.env["credit.recheck"]._queue_everybody()
        return records

    def unlink(self):
        result = super().unlink()
        self.env["credit.recheck"]._queue_everybody()
        return result


class CreditGroup(models.Model):
    _name = "credit.group"
    _inherit = ["credit.group", "credit.recheck.trigger"]


class CreditGrade(models.Model):
    _name = "credit.grade"
    _inherit = ["credit.grade", "credit.recheck.trigger"]


class CreditRule(models.Model):
    _name = "credit.rule"
    _inherit = ["credit.rule", "credit.recheck.trigger"]


class ResCompany(models.Model):
    _inherit = "res.company"

    def write(self, vals):
        result = super().write(vals)
        if any(name.startswith("credit_") for name in vals):
            self.env["credit.recheck"]._queue_everybody()
        return result
