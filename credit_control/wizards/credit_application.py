from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.handing_out import notify


class CreditApplication(models.TransientModel):
    """Apply for credit for a customer: from the contact, by sales or credit team. What
    is applied for goes to the credit team; sales reads no reviews."""

    _name = "credit.application"
    _description = "Apply for Credit"

    partner_id = fields.Many2one("res.partner", "Customer", required=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.root_id.currency_id")
    amount = fields.Monetary("Credit Wanted", required=True)
    term_id = fields.Many2one("account.payment.term", "Payment Terms Wanted")
    note = fields.Text("Why", help="What the credit team should know.")

    @api.model
    def _get_action(self, partner):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Apply for Credit"),
            "res_model": self._name,
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_partner_id": partner.commercial_partner_id.id},
        }

    def action_apply(self):
        """Make the application; the credit team goes on with it at once."""
        self.ensure_one()
        self.partner_id.check_access("read")
        if self.company_id not in self.env.user.company_ids:
            raise UserError(self.env._("Company: choose one of your own companies."))
        if self.amount <= 0:
            raise UserError(self.env._("Enter the credit wanted: more than 0."))
        Review = self.env["credit.review"]
        review, made = Review._apply(
            self.partner_id,
            self.company_id,
            self.amount,
            "sales",
            term=self.term_id,
            note=self.note,
            user=self.env.user,
        )
        if Review.has_access("read"):
            return review.with_env(self.env)._get_records_action()
        text = (
            self.env._("The credit team was asked.")
            if made
            else self.env._("The credit team is looking at this customer already.")
        )
        return notify(
            text,
            "success" if made else "info",
            next={"type": "ir.actions.act_window_close"},
        )
