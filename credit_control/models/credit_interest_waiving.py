"""Giving up fees and interest, with the reason: before they are charged, and after."""

from odoo import Command, fields, models
from odoo.exceptions import UserError

from .credit_interest_due import Due


class CreditDunningNotice(models.Model):
    _inherit = "credit.dunning.notice"

    def _waive(self, fee, interest, reason):
        """Give up what these reminders ask for beside the items, and what it was is
        kept. What a customer got already stays as it is; it is not charged any more.

        :raise UserError: when of a reminder that was sent nothing is left to waive
        """
        service = self.env["credit.interest"]
        Charge = self.env["credit.interest.charge"].sudo()  # sudo: services write it
        for notice in self.sudo():
            charges = Charge.create(
                [
                    service._prepare_charge(due, "waived") | {"reason": reason}
                    for due in notice._get_waivable(fee, interest)
                ]
            )
            if notice.is_open:
                notice._mark_waived(fee, interest, reason)
            elif not charges:
                raise UserError(
                    self.env._(
                        "%(notice)s: nothing is left to be waived. What is on an "
                        "invoice is waived there, by a credit note.",
                        notice=notice.display_name,
                    )
                )
            charges._note(self.env._("Waived"), reason)

    def _mark_waived(self, fee, interest, reason):
        """A reminder that is not sent yet asks for nothing beside the items."""
        self.write(
            {
                "fee_waived": fee or self.fee_waived,
                "interest_waived": interest or self.interest_waived,
                "waive_reason": reason,
            }
        )
        self._update_totals()

    def _get_waivable(self, fee, interest):
        """What this reminder asks for, or would, as dues."""
        self.ensure_one()
        service = self.env["credit.interest"]
        if self.state == "sent":
            dues = service._get_notice_dues(self)
        elif self.is_open:
            dues = self._get_draft_dues()
        else:
            dues = []
        kinds = {"fee"} if fee else set()
        if interest:
            kinds |= {"interest", "fixed"}
        return [due._replace(notice_id=self.id) for due in dues if due.kind in kinds]

    def _get_draft_dues(self):
        """What this reminder would ask for if it were sent today."""
        self._update_totals()
        service, today = self.env["credit.interest"], fields.Date.today()
        asked = [
            (line.move_line_id.id, line.move_line_id.id, line.amount, today)
            for line in self.line_ids
            if line.interest or line.fixed_sum
        ]
        dues = service._measure_dues(self.company_id, asked)
        if self.fee:
            dues.append(
                Due(
                    partner_id=self.partner_id.id,
                    company_id=self.company_id.id,
                    book_id=self.company_id.id,
                    currency_id=self.currency_id.id,
                    kind="fee",
                    amount=self.fee,
                    name=self.level_id.name,
                    first=today,
                    last=today,
                    level_id=self.level_id.id,
                )
            )
        return dues


class CreditInterestCharge(models.Model):
    _inherit = "credit.interest.charge"

    def _waive(self, reason):
        """Give up what is on invoices: a draft loses the lines, for a posted invoice
        a draft credit note is made. With the rights of the user.

        :return: the credit notes
        :raise UserError: for what is not on an invoice
        """
        refunds = self.env["account.move"]
        if not self:
            return refunds
        if self.filtered(lambda charge: charge.state != "charged"):
            raise UserError(
                self.env._(
                    "Choose what is on an invoice: the rest was waived or given back "
                    "already."
                )
            )
        # sudo: services write it
        self.sudo().write(
            {"state": "waived", "reason": reason, "user_id": self.env.uid}
        )
        self._note(self.env._("Waived"), reason)
        for invoice, charges in self.grouped("charge_move_id").items():
            lines = charges.charge_line_id
            if invoice.state == "posted":
                refund = self.env["account.move"].create(
                    charges._prepare_refund(invoice, lines, reason)
                )
                # sudo: services write it
                charges.sudo().write({"credit_move_id": refund.id})
                refunds += refund
            elif invoice.invoice_line_ids <= lines:
                invoice.unlink()
            else:
                invoice.write(
                    {"invoice_line_ids": [Command.delete(line.id) for line in lines]}
                )
        return refunds

    def _prepare_refund(self, invoice, lines, reason):
        return {
            "move_type": "out_refund",
            "company_id": invoice.company_id.id,
            "journal_id": invoice.journal_id.id,
            "partner_id": invoice.partner_id.id,
            "currency_id": invoice.currency_id.id,
            "reversed_entry_id": invoice.id,
            "invoice_origin": invoice.name,
            "ref": reason,
            "invoice_line_ids": [
                Command.create(
                    {
                        "product_id": line.product_id.id,
                        "account_id": line.account_id.id,
                        "name": line.name,
                        "quantity": line.quantity,
                        "price_unit": line.price_unit,
                        "discount": line.discount,
                        "tax_ids": [Command.set(line.tax_ids.ids)],
                        "sequence": line.sequence,
                    }
                )
                for line in lines
            ],
        }
