from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..models.credit_contact import DIRECTIONS, KINDS


class CreditContactWizard(models.TransientModel):
    """What came of a contact, and when to go on: two fields, the rest is proposed."""

    _name = "credit.contact.wizard"
    _description = "Log a Contact"

    partner_ids = fields.Many2many("res.partner", string="Customers")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company.root_id
    )
    customer_id = fields.Many2one("res.partner", compute="_compute_customer_id")
    phone = fields.Char(related="customer_id.phone")
    result_id = fields.Many2one("credit.contact.result", required=True)
    next_date = fields.Date(
        "Next Contact",
        compute="_compute_next_date",
        store=True,
        readonly=False,
        precompute=True,
    )
    next_action = fields.Char("What Next")
    kind = fields.Selection(KINDS, required=True, default="call")
    direction = fields.Selection(DIRECTIONS, required=True, default="out")
    date = fields.Datetime("When", required=True, default=fields.Datetime.now)
    contact_id = fields.Many2one(
        "res.partner", "Spoken To", domain="[('id', 'child_of', customer_id)]"
    )
    note = fields.Text()
    notice_id = fields.Many2one("credit.dunning.notice", "Reminder")
    dispute_id = fields.Many2one("credit.dispute")
    attachment_ids = fields.Many2many("ir.attachment", string="Attachments")

    @api.model
    def _get_action(self, context):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Log Contact"),
            "res_model": self._name,
            "views": [(False, "form")],
            "target": "new",
            "context": context,
        }

    @api.depends("partner_ids")
    def _compute_customer_id(self):
        """The one customer it is about, if it is one."""
        for wizard in self:
            customers = wizard.partner_ids.commercial_partner_id
            wizard.customer_id = customers if len(customers) == 1 else False

    @api.depends("result_id", "partner_ids")
    def _compute_next_date(self):
        """As the result proposes, else by the rhythm of the customer's grade."""
        for wizard in self:
            today = fields.Date.context_today(wizard)
            wizard.next_date = wizard.result_id._get_next_date(
                today
            ) or wizard._get_rhythm_date(today)

    def _get_rhythm_date(self, today):
        """When the grade wants the customer to be spoken to again."""
        if not self.result_id or not self.customer_id:
            return False
        key = (self.customer_id._origin.id, self.company_id._origin.root_id.id)
        # sudo: whoever logs a contact; the date says no more than the log does
        file = self.env["credit.file"].sudo()._for_customers([key]).get(key)
        return bool(file) and file._get_next_contact(today)

    def action_log(self):
        """Note it for every customer; a promise or a dispute is entered next."""
        self.ensure_one()
        if not self.partner_ids:
            raise UserError(self.env._("Choose the customer you had contact with."))
        one = bool(self.customer_id)
        contacts = self.env["credit.contact"]._log(
            self.partner_ids.commercial_partner_id,
            self.company_id,
            self.result_id,
            kind=self.kind,
            direction=self.direction,
            date=self.date,
            contact_id=one and self._get_person().id,
            note=self.note,
            next_date=self.next_date,
            next_action=self.next_action,
            notice_id=one and self.notice_id.id,
            dispute_id=one and self.dispute_id.id,
            attachment_ids=[Command.set(self.attachment_ids.ids)],
        )
        opens = one and self.result_id.opens
        if opens == "promise":
            return self.env["credit.promise.wizard"]._open_for(contacts)
        if opens == "dispute":
            return self.env["credit.dispute.wizard"]._open_for(contacts)
        return {"type": "ir.actions.act_window_close"}

    def _get_person(self):
        return self.contact_id or (
            self.partner_ids - self.partner_ids.commercial_partner_id
        )
