from odoo import models


class ResConfigSettings(models.TransientModel):
    """The credit settings of the root company, in Invoicing's own settings page."""

    _name = "res.config.settings"
    _inherit = ["res.config.settings", "credit.settings.mixin"]

    def _inverse_account_default_credit_limit(self):
        """Odoo's own default follows ours where we have one (see res.company)."""
        own = self.filtered(
            lambda setting: setting.credit_root_company_id.credit_limit_mode == "amount"
        )
        return super(
            ResConfigSettings, self - own
        )._inverse_account_default_credit_limit()
