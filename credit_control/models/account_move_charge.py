"""Invoices of charges and their credit notes: deleting, cancelling or crediting one
gives its days back."""

from odoo import api, fields, models

from .credit_statement import READERS


class AccountMove(models.Model):
    _inherit = "account.move"

    credit_charge_ids = fields.One2many(
        "credit.interest.charge",
        "charge_move_id",
        "Charges",
        groups=",".join(READERS),
    )
    credit_charge_count = fields.Integer(
        "Number of Charges",
        compute="_compute_credit_charge_count",
        groups=",".join(READERS),
    )

    def _compute_credit_charge_count(self):
        Charge = self.env["credit.interest.charge"]
        counted = {}
        if Charge._is_in_use():
            counted = dict(
                Charge._read_group(
                    [("charge_move_id", "in", self.ids)],
                    ["charge_move_id"],
                    ["__count"],
                )
            )
        for move in self:
            move.credit_charge_count = counted.get(move._origin, 0)

    @api.readonly
    def action_open_credit_charges(self):
        """What is charged by this invoice, item by item."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_control.credit_interest_charge_action"
        )
        return action | {"domain": [("charge_move_id", "=", self.id)], "context": {}}

    def write(self, vals):
        result = super().write(vals)
        if "state" in vals:
            self.env["credit.interest.charge"]._follow_moves(self)
        return result

    def unlink(self):
        """A credit note that is deleted credits nothing; the lines of an invoice tell
        by themselves (see below)."""
        self.env["credit.interest.charge"]._follow_credits(self, gone=True)
        return super().unlink()


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def unlink(self):
        self.env["credit.interest.charge"]._forget_lines(self)
        return super().unlink()
