"""The behaviour by hand: documents read through the ORM, reckoned by the tools."""

from datetime import timedelta

from ..tools.behaviour import Debt, Entry, Settlement, measure
from .common import TODAY
from .exposure_common import ExposureCommon

INVOICES = ("out_invoice", "out_receipt")


class BehaviourCommon(ExposureCommon):
    """ExposureCommon with invoices and payments on any day of the past."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Behaviour = cls.env["credit.behaviour"]

    # -- documents --------------------------------------------------------------------
    @classmethod
    def _billed(cls, amount, days_ago, terms=30, **values):
        """An invoice (or credit note) of so many days ago, due ``terms`` days later."""
        day = TODAY - timedelta(days=days_ago)
        dates = {
            "invoice_date": day,
            "invoice_date_due": day + timedelta(days=terms),
        }
        return cls._invoice(amount, **dates | values)

    @classmethod
    def _paid(cls, invoices, days_ago, amount=None):
        """A payment of so many days ago on ``invoices``."""
        values = {"payment_date": TODAY - timedelta(days=days_ago)}
        if amount is not None:
            values["amount"] = amount
        return (
            cls.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoices.ids)
            .create(values)
            ._create_payments()
        )

    @classmethod
    def _credited(cls, invoice, days_ago):
        """The whole invoice credited so many days ago."""
        wizard = (
            cls.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create(
                {
                    "journal_id": invoice.journal_id.id,
                    "date": TODAY - timedelta(days=days_ago),
                }
            )
        )
        refund = cls.env["account.move"].browse(wizard.refund_moves()["res_id"])
        refund.action_post()
        lines = (invoice + refund).line_ids.filtered(
            lambda line: line.account_id == cls.receivable and not line.reconciled
        )
        lines.reconcile()
        return refund

    @classmethod
    def _bounced(cls, payment, days_ago):
        """The bank took the payment back so many days ago: its entry is reversed."""
        payment.move_id.line_ids.remove_move_reconcile()
        return payment.move_id._reverse_moves(
            [{"date": TODAY - timedelta(days=days_ago)}], cancel=True
        )

    # -- figures ----------------------------------------------------------------------
    def _measured(self, partner=None, days_ago=0):
        partner = partner or self.customer
        key = (partner.id, self.company.id)
        day = TODAY - timedelta(days=days_ago)
        return self.Behaviour._get_customer_behaviours([key], day)[key]

    def _by_hand(self, partner, day):
        """What ``tools.behaviour.measure`` makes of the customer's documents."""
        lines = self.env["account.move.line"].search(
            [
                ("account_id.account_type", "=", "asset_receivable"),
                ("account_id.non_trade", "=", False),
                ("company_id", "child_of", self.company.id),
                ("partner_id", "child_of", partner.id),
                ("parent_state", "=", "posted"),
            ]
        )
        payments = self.env["account.payment"].search(
            [("partner_id", "child_of", partner.id), ("payment_type", "=", "inbound")]
        )
        promises = self.env["credit.promise"].search(
            [("partner_id", "=", partner.id), ("state", "=", "broken")]
        )
        return measure(
            [self._debt(line) for line in lines if self._is_debt(line)],
            [self._behaviour_entry(line) for line in lines],
            day,
            self.company.credit_overdue_grace_days,
            [when for one in payments if (when := self._returned_on(one))],
            promises.mapped("closed_on"),
        )

    def _is_debt(self, line):
        move = line.move_id
        by_hand = (
            move.move_type == "entry"
            and not move.reversed_entry_id
            and not move.origin_payment_id
            and not move.statement_line_id
        )
        is_debit = line.balance > 0 and line.amount_currency > 0
        return is_debit and (move.move_type in INVOICES or by_hand)

    def _debt(self, line):
        return Debt(
            line.date,
            line.date_maturity or line.date,
            line.balance,
            tuple(
                Settlement(
                    max(line.date, one.credit_move_id.date),
                    one.debit_amount_currency * line.balance / line.amount_currency,
                    one.credit_move_id.move_id.move_type == "out_refund",
                )
                for one in line.matched_credit_ids
                if one.debit_amount_currency
            ),
        )

    def _behaviour_entry(self, line):
        kind = {"out_refund": "credit_note"} | dict.fromkeys(INVOICES, "invoice")
        return Entry(line.date, line.balance, kind.get(line.move_id.move_type, "other"))

    def _returned_on(self, payment):
        if payment.state == "rejected":
            return payment.date
        back = payment.move_id.reversal_move_ids.filtered(lambda m: m.state == "posted")
        return min(back.mapped("date"), default=None)
