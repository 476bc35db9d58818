"""Builders for tests about interest and fees: 1,000 bear 0.20 a day."""

from odoo.tests import freeze_time

from .common import TODAY
from .dunning_common import DunningCommon


class ChargeCommon(DunningCommon):
    """DunningCommon with a rate of 7.3 % (for every customer, days ÷ 365) from 2026
    on. Every level asks for interest, the first for fees as well: 5 per reminder and 2
    per item."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Charge = cls.env["credit.interest.charge"]
        cls.service = cls.env["credit.interest"]
        cls.rate = cls._rate()
        cls.policy.level_ids.with_interest = True
        cls.policy.level_ids[0].write({"fee_amount": 5, "fee_item": 2})

    @classmethod
    def _rate(cls, pct=7.3, **values):
        return cls.env["credit.interest.rate"].create(
            {
                "date_from": "2026-01-01",
                "reference_pct": pct,
                "currency_id": cls.currency.id,
            }
            | values
        )

    def _pay_on(self, day, invoice, amount=None):
        with freeze_time(day):
            return self._pay(invoice, amount)

    def _sent(self, amount=1000.0, days=30, **values):
        """A reminder that was sent today, of one invoice."""
        self._overdue_invoice(amount, days=days, **values)
        return self._send(self._propose(values.get("partner") or self.customer))

    def _charged(self, notice):
        """The draft invoices of what a reminder asked for."""
        notice.action_charge()
        return notice.charge_ids.charge_move_id

    def assertFigures(self, notice, fee=0.0, fixed=0.0, interest=0.0):
        found = (notice.fee, notice.fixed_sum, notice.interest)
        self.assertEqual(found, (fee, fixed, interest))
        self.assertAlmostEqual(notice.total, notice.amount + fee + fixed + interest, 2)

    def _item(self, invoice):
        return invoice.line_ids.filtered("date_maturity")


__all__ = ["TODAY", "ChargeCommon"]
