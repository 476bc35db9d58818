from odoo import api, fields, models

from ..models.credit_contact import DIRECTIONS, KINDS
from ..models.credit_contact_correction import CORRECTABLE


class CreditContactCorrect(models.TransientModel):
    """What is right about a contact, and why it was wrong."""

    _name = "credit.contact.correct"
    _description = "Correct a Contact"

    entry_id = fields.Many2one("credit.contact", required=True)
    partner_id = fields.Many2one(related="entry_id.partner_id")
    withdraw = fields.Boolean(
        "Never Took Place", help="The entry is withdrawn and nothing takes its place."
    )
    reason = fields.Char("Why", required=True)
    result_id = fields.Many2one("credit.contact.result", required=True)
    kind = fields.Selection(KINDS, required=True)
    direction = fields.Selection(DIRECTIONS, required=True)
    date = fields.Datetime("When", required=True)
    contact_id = fields.Many2one(
        "res.partner", "Spoken To", domain="[('id', 'child_of', partner_id)]"
    )
    note = fields.Text()
    next_date = fields.Date("Next Contact")
    next_action = fields.Char("What Next")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        entry = self.env["credit.contact"].browse(values.get("entry_id"))
        for name in CORRECTABLE if entry else ():
            values[name] = entry._fields[name].convert_to_write(entry[name], entry)
        return values

    def action_correct(self):
        self.ensure_one()
        values = {
            name: self._fields[name].convert_to_write(self[name], self)
            for name in CORRECTABLE
        }
        new = self.entry_id._correct(self.reason, None if self.withdraw else values)
        shown = new or self.entry_id
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Contact"),
            "res_model": "credit.contact",
            "res_id": shown.id,
            "views": [(False, "form")],
        }
