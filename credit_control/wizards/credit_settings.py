from odoo import api, fields, models
from odoo.exceptions import AccessError


class CreditSettings(models.TransientModel):
    """The credit settings for the credit manager, who is no administrator.

    Odoo's settings page asks for the rights of an administrator; the figures that
    steer credit belong to the credit manager. He reaches these fields only.
    """

    _name = "credit.settings"
    _description = "Credit Settings"
    _inherit = ["credit.settings.mixin"]

    company_id = fields.Many2one(
        default=lambda self: self.env.company.root_id, required=True
    )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_manager()
        # sudo: the fields write through to the company; the right was checked
        settings = super(CreditSettings, self.sudo()).create(vals_list)
        settings.with_env(self.env)._check_own_company()
        return settings.with_env(self.env)

    def write(self, vals):
        self._check_manager()
        # sudo: the fields write through to the company; the right was checked
        result = super(CreditSettings, self.sudo()).write(vals)
        self._check_own_company()
        return result

    def _check_manager(self):
        if not self.env.user.has_group("credit_control.group_credit_manager"):
            raise AccessError(
                self.env._("Only a credit manager may change the credit settings.")
            )

    def _check_own_company(self):
        """:raise AccessError: for a company the manager does not belong to"""
        allowed = self.env.user.company_ids.root_id
        for settings in self:
            if settings.company_id not in allowed:
                raise AccessError(
                    self.env._("Company: choose one of your own companies.")
                )

    def action_save(self):
        """The form has written the values already: close it."""
        return {"type": "ir.actions.act_window_close"}
