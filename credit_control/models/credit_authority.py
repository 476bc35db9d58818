from odoo import api, fields, models


class CreditAuthority(models.Model):
    """Who may decide a hold, up to which amount and for which grades.

    Amounts are in the company currency of the hold. For one hold the most specific
    line that fits a person counts: his own before his groups', one for the
    customer's grade before one for all, one of the company before one for all;
    among equals the highest amount.
    """

    _name = "credit.authority"
    _description = "Credit Authority"
    _order = "group_id, user_id, id"

    user_id = fields.Many2one("res.users", "Person", index=True, ondelete="cascade")
    group_id = fields.Many2one("res.groups", "Group", index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", index=True, help="Empty: all.")
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    unlimited = fields.Boolean()
    max_amount = fields.Monetary("Up to")
    grade_ids = fields.Many2many("credit.grade", string="Grades", help="Empty: all.")
    active = fields.Boolean(default=True)

    @api.depends("company_id")
    def _compute_currency_id(self):
        for authority in self:
            company = authority.company_id or self.env.company
            authority.currency_id = company.currency_id
