"""What is looked at within the hour: broken promises, cover, ratings, scores that fall,
and rules."""

from odoo import api, models

from .credit_scoped import SCOPE_FIELDS


class CreditAlertRule(models.Model):
    _inherit = "credit.alert.rule"

    def _credit_have_changed(self):
        result = super()._credit_have_changed()
        if self:
            self.flush_model(["active", "indicator", *SCOPE_FIELDS.values()])
            self.env["credit.alerting"]._wake()
        return result


class CreditPromise(models.Model):
    _inherit = "credit.promise"

    def write(self, vals):
        result = super().write(vals)
        if vals.get("state") == "broken":
            self.env["credit.alerting"]._wake()
        return result


class CreditInsuranceCover(models.Model):
    _inherit = "credit.insurance.cover"

    @api.model_create_multi
    def create(self, vals_list):
        covers = super().create(vals_list)
        self.env["credit.alerting"]._wake()
        return covers

    def write(self, vals):
        result = super().write(vals)
        self.env["credit.alerting"]._wake()
        return result


class CreditInsurancePolicy(models.Model):
    _inherit = "credit.insurance.policy"

    def write(self, vals):
        result = super().write(vals)
        self.env["credit.alerting"]._wake()
        return result


class CreditRating(models.Model):
    _inherit = "credit.rating"

    @api.model_create_multi
    def create(self, vals_list):
        ratings = super().create(vals_list)
        self.env["credit.alerting"]._wake()
        return ratings


class CreditScore(models.Model):
    _inherit = "credit.score"

    @api.model
    def _insert(self, fresh, found):
        """Scores that fell are looked at, once for a batch."""
        made = super()._insert(fresh, found)
        if any(vals["change"] < 0 for vals in fresh.values()):
            self.env["credit.alerting"]._wake()
        return made
