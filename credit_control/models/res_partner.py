from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    credit_file_ids = fields.One2many(
        "credit.file",
        "partner_id",
        string="Credit Files",
        groups="credit_control.group_credit_user,credit_control.group_credit_auditor",
    )
