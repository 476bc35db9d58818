"""The deposit agreed with a customer, at the quotation and when goods leave."""

from odoo.tests import tagged

from .exposure_common import ExposureCommon


@tagged("post_install", "-at_install")
class TestGateDeposit(ExposureCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.file = cls._file(100000.0, deposit_pct=30.0)
        cls.order = cls._order(1000.0, qty=10)

    def _verdict(self, checkpoint, order=None):
        order = order or self.order
        return self.env["credit.gate"]._evaluate(order, checkpoint)[order.id]

    def _missing(self, checkpoint="delivery", order=None):
        """What is lacking of the deposit; None where nothing is."""
        for reason in self._verdict(checkpoint, order).reasons:
            if reason.code == "deposit":
                return reason.values["missing"]
        return None

    def test_quotation_is_told_and_may_be_confirmed(self):
        """Odoo bills a down payment of confirmed orders only: the seller is told at
        the quotation, and goods wait."""
        verdict = self._verdict("confirm")
        self.assertEqual(verdict.outcome, "warn")
        text = self.env["credit.reason"]._describe(
            {"code": "deposit", "severity": "warn"}
            | {"values": verdict.reasons[0].values},
            self.currency,
        )["text"]
        self.assertIn("30 %", text)
        self.assertIn("300.00", text)
        self.order.action_confirm()
        self.assertEqual(self.order.state, "sale")
        held = self._verdict("delivery")
        self.assertTrue(held.held)
        self.assertEqual(held.ways.deposit, 300.0)

    def test_down_payment_invoice_counts_once_its_money_is_there(self):
        """Posted is not paid; a part counts as a part; given back, it is gone."""
        self.order.action_confirm()
        invoice = self._down_payment(self.order, 300.0)
        self.assertEqual(self._missing(), 300.0)
        self._pay(invoice, 120.0)
        self.assertEqual(self._missing(), 180.0)
        self._pay(invoice, 180.0)
        self.assertIsNone(self._missing())
        self._refund(invoice)
        self.assertEqual(self._missing(), 300.0)

    def test_larger_order_asks_for_a_larger_deposit(self):
        self.order.action_confirm()
        self._pay(self._down_payment(self.order, 300.0))
        self.order.order_line[0].product_uom_qty = 12
        self.assertEqual(self._missing(), 60.0)

    def test_online_payment_counts_from_the_quotation_on(self):
        """Authorised, or done with its payment in the books, and once on an invoice no
        second time; a payment for two orders is shared out by their totals."""
        transaction = self._transaction(self.order, 100.0)
        self.assertEqual(self._missing("confirm"), 200.0)
        payment = self._unapplied_payment(100.0)
        transaction.write({"state": "done", "payment_id": payment.id})
        self.assertEqual(self._missing("confirm"), 200.0)
        self.order.action_confirm()
        invoice = self._down_payment(self.order, 300.0)
        self.assertEqual(self._missing(), 200.0)
        lines = (invoice | payment.move_id).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        lines.reconcile()
        self.assertEqual(invoice.amount_residual, 200.0)
        self.assertEqual(self._missing(), 200.0)

    def test_online_payment_for_two_orders_is_shared_out(self):
        other = self._order(3000.0)
        self._transaction(self.order | other, 400.0)
        self.assertEqual(self._missing("confirm"), 200.0)
        self.assertEqual(self._missing("confirm", other), 600.0)

    def test_refunded_online_payment_is_gone(self):
        source = self._transaction(self.order, 300.0, state="done")
        self.assertIsNone(self._missing("confirm"))
        self._transaction(
            self.env["sale.order"],
            -300.0,
            state="done",
            operation="refund",
            source_transaction_id=source.id,
        )
        self.assertEqual(self._missing("confirm"), 300.0)

    def test_deposit_of_the_grade_holds_where_the_file_says_none(self):
        grade = self.env["credit.grade"].create(
            {"code": "DEP", "name": "Deposit", "deposit_pct": 50.0}
        )
        self.file.write({"grade_id": grade.id, "deposit_pct": 0.0})
        self.assertEqual(self._missing("confirm"), 500.0)
        self.file.deposit_pct = 10.0
        self.assertEqual(self._missing("confirm"), 100.0)

    def test_nobody_without_a_deposit_costs_a_query(self):
        """What was received is only read where a deposit is agreed."""
        evaluate = self.env["credit.gate"]._evaluate
        self.file.deposit_pct = 0.0
        without = self._count_queries(lambda: evaluate(self.order, "delivery"))
        self.file.deposit_pct = 30.0
        with_one = self._count_queries(lambda: evaluate(self.order, "delivery"))
        self.assertGreater(with_one, without)
        self.env["credit.rule"].search([("rule_type", "=", "deposit")]).active = False
        unasked = self._count_queries(lambda: evaluate(self.order, "delivery"))
        self.assertEqual(unasked, without)

    def test_batch_reads_what_was_received_at_once(self):
        evaluate = self.env["credit.gate"]._evaluate
        orders = self.order
        orders |= self._order(1000.0, qty=10)
        two = self._count_queries(lambda: evaluate(orders, "confirm"))
        for _number in range(8):
            orders |= self._order(1000.0, qty=10)
        ten = self._count_queries(lambda: evaluate(orders, "confirm"))
        self.assertEqual(two, ten)
