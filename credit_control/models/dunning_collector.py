"""Who collects from a customer: the file's collector, else the company's."""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class CreditFile(models.Model):
    _inherit = "credit.file"

    def _get_collector(self):
        """Who collects from this customer; may be nobody."""
        mine = self.collector_id.filtered("active")
        return mine or self.company_id.credit_collector_id.filtered("active")

    @api.model
    def _get_collectors(self, keys):
        """``{(partner id, company id): user}``, empty where there is nobody."""
        # sudo: who collects does not depend on who asks
        files = self.sudo()._for_customers(keys)
        Company = self.env["res.company"].sudo()
        return {
            key: files[key]._get_collector().sudo()
            if key in files
            else Company.browse(key[1]).credit_collector_id.filtered("active")
            for key in keys
        }

    @api.model
    def _set_collector(self, keys, user):
        """Let ``user`` (empty: nobody) collect from customers, whose files are opened
        where there are none.

        :param keys: pairs of commercial partner and root company
        :raise UserError: for somebody who could not see them
        """
        if user and user.share:
            raise UserError(
                self.env._("%s is no user of our own. Choose a colleague.", user.name)
            )
        # sudo: who runs dunning may say this much on a file he cannot open
        File = self.sudo()
        known = File._for_customers(
            [(partner.id, company.id) for partner, company in keys]
        )
        files = File.browse([file.id for file in known.values()])
        if missing := [
            (partner, company)
            for partner, company in keys
            if (partner.id, company.id) not in known
        ]:
            files += File.create(
                [
                    {
                        "partner_id": partner.id,
                        "company_id": company.id,
                        "currency_id": company.currency_id.id,
                    }
                    for partner, company in missing
                ]
            )
        files.write({"collector_id": user.id})


class CreditDunning(models.AbstractModel):
    _inherit = "credit.dunning"

    @api.model
    def _propose(self, run, partner_ids=None, move_ids=None):
        """The company's collector has the notices that nobody else has."""
        count = super()._propose(run, partner_ids, move_ids)
        if user := run.sudo().company_id.credit_collector_id:
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE credit_dunning_notice SET collector_id = %s
                     WHERE run_id = %s AND collector_id IS NULL
                    """,
                    user.id,
                    run.id,
                )
            )
            self.env["credit.dunning.notice"].invalidate_model(["collector_id"])
        return count
