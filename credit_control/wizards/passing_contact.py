"""Whoever enters a promise or a dispute has had a contact: it is logged as well."""

from odoo import fields, models

from ..models.credit_contact import KINDS


class CreditContactInPassing(models.AbstractModel):
    """For windows that enter what a customer said."""

    _name = "credit.contact.in.passing"
    _description = "Contact Logged In Passing"

    contact_kind = fields.Selection(
        KINDS, "Log Contact As", default="call", help="Empty: no contact is logged."
    )

    entry_id = fields.Many2one(
        "credit.contact",
        "Contact",
        help="Logged already: what was said is added to it.",
    )

    def _log_contact(self, result, link, record, contact):
        """Log what was said; the customer reacted, whoever began."""
        # not where the result was deleted: what was said is entered all the same
        result = self.env.ref(f"credit_control.{result}", raise_if_not_found=False)
        if self.contact_kind and result:
            self.env["credit.contact"]._log(
                record.partner_id,
                record.company_id,
                result,
                kind=self.contact_kind,
                contact_id=contact.id,
                note=record.note,
                **{link: record.id},
            )

    def _add_to_entry(self, record, link):
        """Name what came of a contact that is logged already; False if there is none
        that the user may add to."""
        entry = self.entry_id
        if entry.user_id != self.env.user or entry.partner_id != record.partner_id:
            return False
        # sudo: the log itself notes what came of the contact
        entry.sudo()[link] = record
        return True


class CreditPromiseWizard(models.TransientModel):
    _name = "credit.promise.wizard"
    _inherit = ["credit.promise.wizard", "credit.contact.in.passing"]

    def _open_for(self, entry):
        """The window for what was promised in a contact that is logged already."""
        action = self._open(entry.partner_id, entry.company_id)
        self.browse(action["res_id"]).write(
            {
                "entry_id": entry.id,
                "contact_kind": False,
                "contact_id": entry.contact_id.id,
            }
        )
        return action

    def _promise(self):
        promise = super()._promise()
        if not self._add_to_entry(promise, "promise_id"):
            self._log_contact(
                "credit_contact_result_promised",
                "promise_id",
                promise,
                self.contact_id,
            )
        return promise


class CreditDisputeWizard(models.TransientModel):
    _name = "credit.dispute.wizard"
    _inherit = ["credit.dispute.wizard", "credit.contact.in.passing"]

    def _open_for(self, entry):
        """The window for what was disputed in a contact that is logged already: the
        items are chosen there."""
        action = self._open(self.env["account.move.line"])
        action["context"] = {
            "default_customer_id": entry.partner_id.id,
            "default_company_id": entry.company_id.id,
            "default_contact_id": entry.contact_id.id,
            "default_entry_id": entry.id,
            "default_contact_kind": False,
            "default_note": entry.note,
        }
        return action

    def _dispute(self):
        disputes = super()._dispute()
        if not self._add_to_entry(disputes[:1], "dispute_id"):
            self._log_contact(
                "credit_contact_result_disputed",
                "dispute_id",
                disputes[:1],
                self.contact_id,
            )
        return disputes
