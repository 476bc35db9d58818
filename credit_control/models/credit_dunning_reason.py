"""Why an item or a notice was not sent, in words."""

from odoo import api, models


class CreditDunningReason(models.AbstractModel):
    """The catalogue of reasons of dunning; other add-ons add theirs to it."""

    _name = "credit.dunning.reason"
    _description = "Reasons of Dunning"

    @api.model
    def _get_selection(self):
        return [
            ("paid", self.env._("Paid")),
            ("cancelled", self.env._("Invoice cancelled or reset to draft")),
            ("credit", self.env._("Covered by credit notes or payments")),
            ("in_payment", self.env._("Payment under way")),
            ("blocked", self.env._("Invoice blocked for payment")),
            ("no_followup", self.env._("Invoice is not followed up")),
            ("item_paused", self.env._("Invoice is not reminded of until a date")),
            ("never", self.env._("Customer is never reminded")),
            ("paused", self.env._("Customer is not reminded until a date")),
            ("promise", self.env._("Promised")),
            ("dispute", self.env._("Disputed")),
            ("case", self.env._("Handed over to collection")),
            ("small", self.env._("Too small an amount")),
            ("not_due", self.env._("Not due any more: the due date changed")),
            ("level", self.env._("Has this level already")),
            ("soon", self.env._("Reminded only just now")),
            ("policy", self.env._("The strategy changed")),
            ("no_policy", self.env._("No strategy")),
            ("person", self.env._("Removed by a person")),
            ("replaced", self.env._("Replaced by a newer proposal")),
            ("amount", self.env._("Amount changed")),
        ]
