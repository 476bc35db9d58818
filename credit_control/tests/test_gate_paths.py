"""Portal, online payment, cash sales: nothing raises, the order is held."""

from odoo.exceptions import RedirectWarning
from odoo.tests import HttpCase, tagged

from odoo.addons.account_payment.tests.common import AccountPaymentCommon

from .common import CreditCommon

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgYGAAAAAEAAH2FzhV"
    "AAAAAElFTkSuQmCC"
)


@tagged("post_install", "-at_install")
class TestGatePayment(AccountPaymentCommon, CreditCommon):
    """Money is never refused; what is fully prepaid needs no credit."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.currency = cls.company.currency_id
        cls.provider.available_currency_ids += cls.currency
        cls.provider.capture_manually = True
        cls._file(limit=100)

    def order_paid(self, amount, paid, state, **values):
        """A quotation over ``amount`` with a transaction of ``paid`` in ``state``."""
        order = self._order(amount, require_payment=True, **values)
        order.action_quotation_sent()
        self.provider.support_manual_capture = "full_only"  # computed anew at times
        transaction = self._create_transaction(
            "redirect",
            amount=paid,
            currency_id=self.currency.id,
            partner_id=self.customer.id,
            sale_order_ids=order.ids,
            reference=f"{order.name}-{state}",
            state=state,
        )
        return order, transaction

    def test_full_payment_confirms_over_the_limit(self):
        for state in ("done", "authorized"):
            with self.subTest(state):
                order, transaction = self.order_paid(500, 500, state)
                transaction._post_process()
                self.assertEqual(order.state, "sale")
                self.assertFalse(order.credit_hold_ids)

    def test_partial_payment_is_checked_for_the_rest(self):
        """500 ordered, 399 paid: 101 need credit where 100 are left. The money is in
        the books all the same, and the 400th frees the order."""
        order, transaction = self.order_paid(500, 399, "done", prepayment_percent=0.5)
        transaction._post_process()
        self.assertEqual(order.state, "sent")
        self.assertEqual(order.credit_hold_ids.origin, "payment")
        self.assertEqual(transaction.payment_id.amount, 399)
        self._unapplied_payment(1)
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_prepayment_of_a_quotation_pays_no_other_order(self):
        """500 are paid for one quotation; 600 of another need 600 of credit."""
        self._file(limit=400)
        paid, transaction = self.order_paid(500, 500, "done")
        paid.order_line.price_unit = 501  # not enough any more: it stays a quotation
        transaction._post_process()
        paid.order_line.price_unit = 500
        self.assertEqual(paid.state, "sent")
        self.assertTrue(transaction.payment_id.move_id)
        other = self._order(600)
        with self.assertRaises(RedirectWarning):
            other.action_confirm()
        fits = self._order(400, confirm=True)
        paid.action_confirm()
        self.assertEqual((fits.state, paid.state), ("sale", "sale"))

    def test_authorised_part_counts_as_prepaid(self):
        order, transaction = self.order_paid(
            500, 400, "authorized", prepayment_percent=0.5
        )
        transaction._post_process()
        self.assertEqual(order.state, "sale")

    def test_cash_on_delivery_is_exempt(self):
        """Goods against cash: no credit is given."""
        if "custom_mode" not in self.provider._fields:
            self.skipTest("payment_custom is not installed")
        self.provider.write({"code": "custom", "custom_mode": "cash_on_delivery"})
        order, _tx = self.order_paid(500, 500, "pending")
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_cash_on_delivery_covers_what_it_was_chosen_for(self):
        """An order that grew since is not paid in cash."""
        if "custom_mode" not in self.provider._fields:
            self.skipTest("payment_custom is not installed")
        self.provider.write({"code": "custom", "custom_mode": "cash_on_delivery"})
        order, _tx = self.order_paid(500, 10, "pending")
        with self.assertRaises(RedirectWarning):
            order.action_confirm()

    def test_refunded_and_voided_payments_are_no_prepayment(self):
        """Paid and given back, or authorised and only captured in part."""
        for child, operation in ((-500, "refund"), (500, "online_redirect")):
            with self.subTest(operation):
                order, paid = self.order_paid(
                    500, 500, "done", client_order_ref=operation
                )
                paid.operation = "online_redirect"
                self._create_transaction(
                    "redirect",
                    amount=child,
                    currency_id=self.currency.id,
                    partner_id=self.customer.id,
                    reference=f"{order.name}-{operation}-child",
                    operation=operation,
                    source_transaction_id=paid.id,
                    state="done" if operation == "refund" else "cancel",
                )
                with self.assertRaises(RedirectWarning):
                    order.action_confirm()

    def test_pending_transfer_is_no_payment(self):
        order, _tx = self.order_paid(500, 500, "pending")
        with self.assertRaises(RedirectWarning):
            order.action_confirm()


@tagged("post_install", "-at_install")
class TestGatePortal(HttpCase, CreditCommon):
    """A customer signs; he never sees our reasons."""

    def sign(self, order):
        return self.make_jsonrpc_request(
            f"/my/orders/{order.id}/accept",
            {
                "access_token": order._portal_ensure_token(),
                "name": "Norbert",
                "signature": PIXEL,
            },
        )

    def test_signature_over_the_limit_is_kept_and_held(self):
        self._file(limit=100)
        order = self._order(101, require_signature=True, require_payment=False)
        order.action_quotation_sent()
        self.env.flush_all()
        answer = self.sign(order)
        self.assertTrue(answer.get("force_refresh"), answer)
        order.invalidate_recordset()
        self.assertEqual((order.state, order.signed_by), ("sent", "Norbert"))
        self.assertEqual(order.credit_hold_ids.origin, "portal")
        self.assertEqual(order.credit_hold_ids.state, "waiting")

    def test_signature_within_the_limit_confirms(self):
        self._file(limit=100)
        order = self._order(100, require_signature=True, require_payment=False)
        order.action_quotation_sent()
        self.env.flush_all()
        self.sign(order)
        order.invalidate_recordset()
        self.assertEqual(order.state, "sale")
