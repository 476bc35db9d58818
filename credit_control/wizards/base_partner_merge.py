from odoo import api, models

from ..models.res_partner import MERGING


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Merging customers merges their credit files before the host would drop one."""

    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        # sudo: whoever may merge contacts must not lose a credit file
        files = (
            self.env["credit.file"]
            .sudo()
            .search([("partner_id", "in", src_partners.ids)])
        )
        files._move_to_customer(dst_partner.commercial_partner_id)
        return super()._update_foreign_keys(src_partners, dst_partner)

    @api.model
    def _update_values(self, src_partners, dst_partner):
        """The merged contact's native limit is not a decision: the file's is."""
        result = super()._update_values(
            src_partners, dst_partner.with_context(credit_merging=MERGING)
        )
        dst_partner._rehome_credit_files()
        customer = dst_partner.commercial_partner_id
        # sudo: see above
        files = (
            self.env["credit.file"].sudo().search([("partner_id", "=", customer.id)])
        )
        files._refresh_dunning()
        files._push_native()
        files._push_trust()
        return result
