"""What empties the cache of the process: changed accounts, companies, rates, rules."""

from odoo import api, models


class CreditBooksTrigger(models.AbstractModel):
    """For records that exposure, gate or early warning keep in the cache of the
    process."""

    _name = "credit.books.trigger"
    _description = "Empties the Cache of the Exposure"

    #: The fields that are cached; None: all of them.
    _credit_cached_fields = None

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._credit_have_changed()
        return records

    def write(self, vals):
        result = super().write(vals)
        cached = self._credit_cached_fields
        if cached is None or not cached.isdisjoint(vals):
            self._credit_have_changed()
        return result

    def unlink(self):
        result = super().unlink()
        self._credit_have_changed()
        return result

    def _credit_have_changed(self):
        """Nothing has where there is no record: a cache of all workers is not emptied
        for that."""
        if self:
            self.env["credit.file"]._reset_credit_active()


class ResCurrencyRate(models.Model):
    _name = "res.currency.rate"
    _inherit = ["res.currency.rate", "credit.books.trigger"]


class AccountAccount(models.Model):
    _name = "account.account"
    _inherit = ["account.account", "credit.books.trigger"]

    _credit_cached_fields = frozenset({"account_type", "non_trade", "company_ids"})


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = ["res.company", "credit.books.trigger"]

    _credit_cached_fields = frozenset({"credit_note_account_ids"})
