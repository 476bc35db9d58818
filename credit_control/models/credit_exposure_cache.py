"""What empties the cache of `credit.exposure`: changed accounts, companies, rates."""

from odoo import api, models


class CreditExposure(models.AbstractModel):
    _inherit = "credit.exposure"

    @api.model
    def _reset_books(self):
        """Forget rates, companies and accounts, now and once others can see the change:
        in between, another thread may have read again what is not true any more."""
        self.env.registry.clear_cache()
        self.env.cr.postcommit.add(self.env.registry.clear_cache)


class ResCurrencyRate(models.Model):
    _inherit = "res.currency.rate"

    @api.model_create_multi
    def create(self, vals_list):
        result = super().create(vals_list)
        self.env["credit.exposure"]._reset_books()
        return result

    def write(self, vals):
        result = super().write(vals)
        self.env["credit.exposure"]._reset_books()
        return result

    def unlink(self):
        result = super().unlink()
        self.env["credit.exposure"]._reset_books()
        return result


class AccountAccount(models.Model):
    _inherit = "account.account"

    @api.model_create_multi
    def create(self, vals_list):
        result = super().create(vals_list)
        self.env["credit.exposure"]._reset_books()
        return result

    def write(self, vals):
        result = super().write(vals)
        if {"account_type", "non_trade", "company_ids"} & vals.keys():
            self.env["credit.exposure"]._reset_books()
        return result

    def unlink(self):
        result = super().unlink()
        self.env["credit.exposure"]._reset_books()
        return result


class ResCompany(models.Model):
    _inherit = "res.company"

    @api.model_create_multi
    def create(self, vals_list):
        result = super().create(vals_list)
        self.env["credit.exposure"]._reset_books()
        return result

    def write(self, vals):
        result = super().write(vals)
        if "credit_note_account_ids" in vals:
            self.env["credit.exposure"]._reset_books()
        return result
