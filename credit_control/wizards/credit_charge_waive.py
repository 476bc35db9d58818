from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class CreditChargeWaive(models.TransientModel):
    """Give up fees or interest, with the reason.

    Of reminders: what they ask for beside the items, before they are sent or after.
    Of charges: what is on an invoice; a draft loses the lines, of a posted one a
    credit note is made. Or for good: the customer is not charged any more.
    """

    _name = "credit.charge.waive"
    _description = "Waive Interest and Fees"

    notice_ids = fields.Many2many("credit.dunning.notice", string="Reminders")
    charge_ids = fields.Many2many("credit.interest.charge", string="Charges")
    fee = fields.Boolean("Fees", default=True)
    interest = fields.Boolean("Interest and Fixed Sums", default=True)
    customer = fields.Boolean(
        "Never Charge This Customer",
        help="Noted on the credit file: no interest and no fees any more.",
    )
    date_to = fields.Date("Until", help="Empty: for good.")
    reason = fields.Char(required=True)

    @api.model
    def _open(self, notices=None, charges=None):
        self.env["credit.interest.charge"]._check_charger()
        values = {}
        if notices:
            values["default_notice_ids"] = [Command.set(notices.ids)]
        if charges:
            values["default_charge_ids"] = [Command.set(charges.ids)]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Waive"),
            "res_model": self._name,
            "views": [(False, "form")],
            "target": "new",
            "context": values,
        }

    def action_apply(self):
        self.ensure_one()
        Charge = self.env["credit.interest.charge"]
        Charge._check_charger()
        reason = (self.reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why it is waived."))
        if not (self.fee or self.interest or self.customer):
            raise UserError(self.env._("Choose what is waived: fees, interest, both."))
        self.notice_ids.check_access("write")
        self.charge_ids.check_access("read")
        if self.fee or self.interest:
            self.notice_ids._waive(self.fee, self.interest, reason)
        refunds = self.charge_ids._waive(reason)
        if self.customer:
            self._exempt(reason)
        if refunds:
            return refunds._get_records_action(name=self.env._("Credit Note"))
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _get_customers(self):
        return {
            (record.partner_id, record.company_id)
            for records in (self.notice_ids, self.charge_ids)
            for record in records
        }

    def _exempt(self, reason):
        """The customers are not charged until the day; their other reminders that
        are not sent yet are measured again."""
        Notice = self.env["credit.dunning.notice"].sudo()
        for partner, company in self._get_customers():
            # sudo: an accountant may say this much on a file he cannot open
            file = self.env["credit.file"]._ensure(partner, company).sudo()
            file.write(
                {
                    "no_charge": True,
                    "no_charge_until": self.date_to,
                    "no_charge_reason": reason,
                }
            )
            file.message_post(
                body=self.env._("No interest or fees any more: %s", reason)
            )
            Notice.search(
                [
                    ("partner_id", "=", partner.id),
                    ("company_id", "=", company.id),
                    ("state", "in", ("draft", "error")),
                ]
            )._update_totals()
