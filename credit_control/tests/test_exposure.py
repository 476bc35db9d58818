"""What the books say a customer owes: receivables, credits, drafts, notes."""

from datetime import timedelta

from odoo import Command
from odoo.tests import tagged

from .common import TODAY
from .exposure_common import ExposureCommon


@tagged("post_install", "-at_install")
class TestExposureLedger(ExposureCommon):
    def test_invoice_is_not_due_until_its_due_date_has_passed(self):
        """Due today is not late yet."""
        self._invoice(100, due_in=0)
        self._overdue_invoice(40, days=1)
        exposure = self.assertExposure(not_due=100, overdue=40)
        self.assertEqual(exposure.overdue_days, 1)
        self.assertEqual(exposure.overdue_count, 1)
        self.assertEqual(exposure.total, 140)

    def test_grace_days_move_the_overdue_line_not_the_day_count(self):
        """Overdue when maturity + grace < today; days count from the due date."""
        self.company.credit_overdue_grace_days = 5
        self._overdue_invoice(100, days=5)
        self._overdue_invoice(40, days=6)
        exposure = self.assertExposure(not_due=100, overdue=40)
        self.assertEqual(exposure.overdue_days, 6)

    def test_each_instalment_has_its_own_due_date(self):
        """Half now, half in 30 days: only the first half can be late."""
        term = self.env["account.payment.term"].create(
            {
                "name": "Two halves",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": days}
                    )
                    for days in (0, 30)
                ],
            }
        )
        date = TODAY - timedelta(days=10)
        self._invoice(
            100, due_in=-10, invoice_payment_term_id=term.id, invoice_date=date
        )
        exposure = self.assertExposure(not_due=50, overdue=50)
        self.assertEqual(exposure.overdue_days, 10)

    def test_partial_payment_leaves_the_residual(self):
        """What is paid is not owed."""
        invoice = self._overdue_invoice(100, days=3)
        self._pay(invoice, 30)
        self.assertExposure(overdue=70)
        self._pay(invoice)
        self.assertExposure()

    def test_unapplied_payment_and_credit_note_are_deducted(self):
        """Money and credit notes that settle nothing yet take off the total."""
        self._invoice(100)
        self._unapplied_payment(30)
        self._invoice(-20)
        exposure = self.assertExposure(not_due=100, credits=50)
        self.assertEqual(exposure.total, 50)

    def test_posted_documents_only(self):
        """A cancelled invoice and a draft credit note change nothing."""
        self._invoice(100).button_cancel()
        self._invoice(-20, post=False)
        self.assertExposure()

    def test_non_trade_receivables_are_left_out(self):
        """Trade receivables only; several trade accounts add up."""
        second = self.receivable.copy({"code": "121999"})
        other = self.receivable.copy({"code": "121998", "non_trade": True})
        self._entry(self.customer, 10, account=second)
        self._entry(self.customer, 100, account=other)
        self.assertExposure(not_due=10)

    def test_blocked_invoice_is_still_owed(self):
        """Payment blocked (a dispute) does not make the debt go away."""
        self._invoice(100).action_toggle_block_payment()
        self.assertExposure(not_due=100)

    def test_contact_counts_for_its_commercial_partner(self):
        """Invoices to contacts and entries made by hand on contacts count."""
        contact = self._customer(
            "Buyer", parent_id=self.customer.id, is_company=False, type="invoice"
        )
        self._invoice(100, partner=contact)
        entry = self._entry(contact, 7)
        self.assertEqual(entry.line_ids.partner_id, contact)
        self.assertExposure(not_due=107)
        self.assertEqual(self._exposure(contact).total, 107)

    def test_branch_counts_for_its_root(self):
        """A branch shares the file of its root, hence the exposure."""
        self._entry(self.customer, 50, company=self.branch)
        self.assertExposure(not_due=50)

    def test_other_company_does_not_count(self):
        """Two companies, two exposures."""
        other = self.setup_other_company()["company"]
        self._invoice(100)
        key = (self.customer.id, other.id)
        service = self.env["credit.exposure"]
        found = service._get_customer_exposures({key: other.currency_id})
        self.assertEqual(found[key].total, 0)

    def test_foreign_invoice_counts_at_its_booked_amount(self):
        """200 of a currency at 2 : 1 are 100 in the books."""
        self._invoice(200, currency_id=self.other_currency.id)
        self.assertExposure(not_due=100)

    def test_limit_currency_is_converted_once_and_rounded(self):
        """Each part is converted as a sum, at today's rate, and rounded once."""
        rates = self.env["res.currency.rate"]
        rates.search([("currency_id", "=", self.other_currency.id)]).unlink()
        rates.create(
            {
                "currency_id": self.other_currency.id,
                "company_id": self.company.id,
                "name": TODAY,
                "rate": 1.3333,
            }
        )
        for _number in range(3):
            self._invoice(0.10)
        exposure = self._exposure(currency=self.other_currency)
        self.assertEqual(exposure.not_due, 0.40)  # 0.39999; one by one it is 0.39

    def test_rate_of_today_is_the_hosts(self):
        """Newest up to today; company's before shared; the first one before that."""
        Rate = self.env["res.currency.rate"]
        Rate.search([("currency_id", "=", self.other_currency.id)]).unlink()
        service = self.env["credit.exposure"]

        def rate():
            return service._get_rates(self.company).get(self.other_currency.id, 1.0)

        self.assertEqual(rate(), 1.0)
        shared = self.env["res.company"]
        for days, company, new_rate, expected in (
            (3, self.company, 3.0, 3.0),
            (1, self.company, 1.5, 1.5),
            (0, shared, 7.0, 7.0),
            (-2, shared, 9.0, 7.0),
            (-9, self.company, 4.0, 4.0),
        ):
            with self.subTest(days=days, company=company.name):
                Rate.create(
                    {
                        "currency_id": self.other_currency.id,
                        "company_id": company.id,
                        "name": TODAY + timedelta(days=days),
                        "rate": new_rate,
                    }
                )
                native = self.other_currency._get_rates(self.company, TODAY)
                self.assertAlmostEqual(rate(), expected)
                self.assertAlmostEqual(rate(), native[self.other_currency.id])

    def test_draft_invoice_without_order_counts_only_by_option(self):
        """Measured and shown always; in the total where the company says so."""
        self._invoice(100, post=False)
        self.assertEqual(self.assertExposure(drafts=100).total, 0)
        self.company.credit_count_drafts = True
        self.assertEqual(self.assertExposure(drafts=100).total, 100)

    def test_part_switched_off_is_shown_and_not_counted(self):
        """Every part can be left out of the total."""
        self._overdue_invoice(100, days=1)
        self._unapplied_payment(30)
        self._order(50, confirm=True)
        for setting, total in (
            ("credit_count_receivables", 20),
            ("credit_count_credits", 150),
            ("credit_count_orders", 70),
        ):
            with self.subTest(setting=setting):
                self.company[setting] = False
                exposure = self.assertExposure(overdue=100, credits=30, orders=50)
                self.assertEqual(exposure.total, total)
                self.company[setting] = True

    def test_notes_receivable_count_until_they_are_cash(self):
        """Residual where the account reconciles, else the balance; and never twice
        when the notes account is itself a receivable."""
        plain = self.env["account.account"].create(
            {"name": "Notes", "code": "112200", "account_type": "asset_current"}
        )
        open_item = self.receivable.copy({"code": "112201"})
        self.company.credit_note_account_ids = plain + open_item
        self._entry(self.customer, 100, account=plain)
        self._entry(self.customer, -40, account=plain)
        note = self._entry(self.customer, 70, account=open_item)
        cash = self._entry(self.customer, -20, account=open_item)
        self.assertExposure(notes=110)
        (note + cash).line_ids.filtered(
            lambda line: line.account_id == open_item
        ).reconcile()
        self.assertExposure(notes=110)
        self.company.credit_count_notes = False
        self.assertEqual(self.assertExposure(notes=110).total, 0)


@tagged("post_install", "-at_install")
class TestExposureTransit(ExposureCommon):
    """Payments that have no journal entry (yet)."""

    def test_payment_in_process_is_deducted(self):
        """The invoice stands open in the books although the money is on its way."""
        invoice = self._invoice(100)
        self._bare_payment(60, invoice)
        exposure = self.assertExposure(not_due=100, in_transit=60)
        self.assertEqual(exposure.total, 40)

    def test_prepayment_in_process_is_deducted(self):
        """Without an invoice as well: the money is on its way."""
        self._bare_payment(60)
        self.assertExposure(in_transit=60)

    def test_payment_settled_by_the_bank_is_not_deducted_twice(self):
        """Once the bank's entry has closed the invoice, nothing is in transit, even
        if the payment still says so."""
        invoice = self._invoice(100)
        payment = self._bare_payment(100, invoice)
        entry = self._entry(self.customer, -100)
        (invoice + entry).line_ids.filtered(
            lambda line: line.account_id == self.receivable
        ).reconcile()
        self.assertExposure()
        payment.state = "in_process"
        self.assertExposure()

    def test_paid_payment_counts_only_while_its_invoice_stands_open(self):
        """Marked paid by hand: in transit until the bank's entry reaches the invoice;
        a paid prepayment has its entry in the books as an unapplied credit."""
        invoice = self._invoice(100)
        self._bare_payment(100, invoice, state="paid")
        self.assertExposure(not_due=100, in_transit=100)
        self._bare_payment(30, state="paid")
        self.assertExposure(not_due=100, in_transit=100)
        entry = self._entry(self.customer, -60)
        (invoice + entry).line_ids.filtered(
            lambda line: line.account_id == self.receivable
        ).reconcile()
        self.assertExposure(not_due=40)

    def test_refund_in_process_adds_up(self):
        """Money paid back without entry: the credit it consumes is gone."""
        self._invoice(-50)
        self._bare_payment(20, payment_type="outbound")
        exposure = self._exposure()
        self.assertEqual((exposure.credits, exposure.in_transit), (50, -20))
        self.assertEqual(exposure.total, -30)

    def test_cancelled_draft_and_supplier_payments_do_not_count(self):
        for state in ("draft", "canceled", "rejected"):
            self._bare_payment(60, state=state)
        self._bare_payment(60, partner_type="supplier")
        self.assertExposure()
