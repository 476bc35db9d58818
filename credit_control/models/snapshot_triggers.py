"""What changes the figures of credit files, apart from documents: the next run of the
refresh measures everybody, or the files concerned are measured at once.

People make these changes, rarely. See credit_file_changed.py.
"""

from odoo import api, models


class CreditInsuranceCover(models.Model):
    """Cover counts at once in the figures of its file."""

    _inherit = "credit.insurance.cover"

    @api.model_create_multi
    def create(self, vals_list):
        covers = super().create(vals_list)
        covers.file_id._refresh_snapshot(covers.file_id)
        return covers

    def write(self, vals):
        files = self.file_id
        result = super().write(vals)
        files |= self.file_id
        files._refresh_snapshot(files)
        return result

    def unlink(self):
        files = self.file_id
        result = super().unlink()
        files._refresh_snapshot(files)
        return result


class CreditSnapshotTrigger(models.AbstractModel):
    """For what concerns the figures of many customers at once."""

    _name = "credit.snapshot.trigger"
    _description = "Has All Figures Measured Again"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self.env["credit.file"]._forget_snapshots()
        return records

    def write(self, vals):
        result = super().write(vals)
        self.env["credit.file"]._forget_snapshots()
        return result

    def unlink(self):
        result = super().unlink()
        self.env["credit.file"]._forget_snapshots()
        return result


class CreditGroup(models.Model):
    _name = "credit.group"
    _inherit = ["credit.group", "credit.snapshot.trigger"]


class CreditGrade(models.Model):
    _name = "credit.grade"
    _inherit = ["credit.grade", "credit.snapshot.trigger"]


class CreditInsurancePolicy(models.Model):
    _name = "credit.insurance.policy"
    _inherit = ["credit.insurance.policy", "credit.snapshot.trigger"]


class ResCurrencyRate(models.Model):
    _name = "res.currency.rate"
    _inherit = ["res.currency.rate", "credit.snapshot.trigger"]


class ResCompany(models.Model):
    _inherit = "res.company"

    def write(self, vals):
        result = super().write(vals)
        if any(name.startswith("credit_") for name in vals):
            self.env["credit.file"]._forget_snapshots()
        return result


class SaleOrder(models.Model):
    """Deleted, it names its customer no more (another payer: sale_order_hold.py)."""

    _inherit = "sale.order"

    def unlink(self):
        gate = self.env["credit.gate"]
        # sudo: the payer may be one the seller does not read
        keys = {
            gate._customer_key(order) for order in self.sudo().filtered(gate._is_active)
        }
        result = super().unlink()
        self.env["credit.file"]._forget_figures(keys)
        return result


class AccountPayment(models.Model):
    _inherit = "account.payment"

    def unlink(self):
        """A payment deleted was perhaps the customer's last one."""
        keys = {
            (payment.partner_id.commercial_partner_id.id, payment.company_id.root_id.id)
            for payment in self
        }
        result = super().unlink()
        self.env["credit.file"]._forget_figures(keys)
        return result


class ResPartner(models.Model):
    _inherit = "res.partner"

    def write(self, vals):
        """A contact that moves to another customer takes its orders along."""
        if "parent_id" not in vals and "is_company" not in vals:
            return super().write(vals)
        before = self.commercial_partner_id
        result = super().write(vals)
        if moved := (before | self.commercial_partner_id).sorted("id"):
            companies = self.env["credit.file"]._credit_active_company_ids()
            self.env["credit.file"]._forget_figures(
                {(partner.id, company) for partner in moved for company in companies}
            )
        return result
