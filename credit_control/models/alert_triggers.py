"""What is looked at within the hour: broken promises, cover, ratings, scores that fall,
and rules."""

from odoo import api, models

from .credit_scoped import SCOPE_FIELDS


class CreditAlertRule(models.Model):
    _inherit = "credit.alert.rule"

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules._have_changed()
        return rules

    def write(self, vals):
        result = super().write(vals)
        self._have_changed()
        return result

    def unlink(self):
        result = super().unlink()
        self._have_changed()
        return result

    def _have_changed(self):
        if not self:
            return
        self.env["credit.file"]._reset_credit_active()
        self.flush_model(["active", "indicator", *SCOPE_FIELDS.values()])
        self.env["credit.alerting"]._wake()


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


class CreditScoring(models.AbstractModel):
    _inherit = "credit.scoring"

    @api.model
    def _keep(self, files, found):
        """A score that fell is looked at, once for a batch."""
        latest = super()._keep(files, found)
        if any(score.change < 0 for score in latest.values()):
            self.env["credit.alerting"]._wake()
        return latest
