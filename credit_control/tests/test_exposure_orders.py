"""What confirmed orders add: goods, down payments, refunds, online payments."""

from datetime import datetime, timedelta

from odoo import Command
from odoo.tests import tagged

from .common import TODAY
from .exposure_common import ExposureCommon


@tagged("post_install", "-at_install")
class TestExposureOrders(ExposureCommon):
    def _demand(self, order):
        return self.env["credit.exposure"]._get_order_demands(order)[order.id]

    def test_only_confirmed_orders_count(self):
        """Quotations and cancelled orders are no debt."""
        self._order(100)
        self._order(100, confirm=True).action_cancel()
        self.assertExposure()
        self._order(100, confirm=True).action_lock()
        self.assertExposure(orders=100)

    def test_taxes_are_part_of_the_order(self):
        """The customer will owe the taxed amount."""
        order = self._order(100)
        order.order_line.tax_ids = self.tax
        order.action_confirm()
        self.assertExposure(orders=120)

    def test_order_counts_for_the_invoice_address(self):
        """Ordered by X, invoiced to Y's buyer: Y owes."""
        payer = self._customer("Payer")
        contact = self._customer(
            "Accounts", parent_id=payer.id, type="invoice", is_company=False
        )
        self._order(100, partner_invoice_id=contact.id, confirm=True)
        self.assertExposure()
        self.assertExposure(payer, orders=100)

    def test_order_of_a_branch_counts_for_its_root(self):
        order = self._order(100, company_id=self.branch.id)
        order.action_confirm()
        self.assertEqual(order.company_id, self.branch)
        self.assertExposure(orders=100)

    def test_billed_order_moves_to_receivables(self):
        """Never in both: the sum stays while the invoice is posted and paid."""
        order = self._order(100, confirm=True)
        invoice = self._bill(order)
        self.assertExposure(not_due=100)
        self._pay(invoice)
        self.assertExposure()

    def test_draft_invoice_changes_nothing(self):
        """The host calls an order billed as soon as a draft exists; it is not."""
        order = self._order(100, confirm=True)
        draft = self._bill(order, post=False)
        self.assertEqual(order.invoice_status, "invoiced")
        self.assertExposure(orders=100)
        draft.button_cancel()
        self.assertExposure(orders=100)

    def test_draft_credit_note_changes_nothing(self):
        order = self._order(100, confirm=True)
        invoice = self._bill(order)
        self._refund(invoice, post=False)
        self.assertExposure(not_due=100)

    def test_partly_billed_line_keeps_its_share(self):
        """Three for 100: after one, two thirds remain, not twice a rounded unit."""
        order = self._order(100, qty=3, confirm=True)
        order.order_line.price_unit = 100 / 3
        invoice = self._bill(order, post=False)
        invoice.invoice_line_ids.quantity = 1
        invoice.action_post()
        total = order.amount_total
        self.assertExposure(not_due=33.33, orders=round(total * 2 / 3, 2))

    def test_undelivered_goods_billed_on_delivery_count(self):
        """Reference 1.3, defect 1: the host counts 0 for them."""
        self.product.invoice_policy = "delivery"
        order = self._order(1000, qty=10, confirm=True)
        self.assertExposure(orders=1000)
        order.order_line.qty_delivered = 4
        self._bill(order)
        self.assertExposure(not_due=400, orders=600)
        order.order_line.qty_delivered = 12
        self.assertExposure(not_due=400, orders=800)

    def test_delivered_but_never_ordered_goods_count_with_their_taxes(self):
        """An expense or surplus line has no total; price, discount and taxes do."""
        fixed = self.env["account.tax"].create(
            {"name": "Fee", "amount_type": "fixed", "amount": 2}
        )
        group = self.env["account.tax"].create(
            {
                "name": "20 % and fee",
                "amount_type": "group",
                "children_tax_ids": [Command.set((self.tax + fixed).ids)],
            }
        )
        included = self.tax.copy(
            {"name": "incl.", "price_include_override": "tax_included"}
        )
        for taxes, unit in (
            (self.env["account.tax"], 90),
            (self.tax, 108),
            (group, 110),
            (included, 90),
            (self.tax + fixed, 110),
        ):
            with self.subTest(taxes=taxes.mapped("name")):
                order = self._order(100)
                order.order_line.write({"tax_ids": [Command.set(taxes.ids)]})
                order.action_confirm()
                order.order_line.product_uom_qty = 0
                order.order_line.write({"price_unit": 100, "discount": 10})
                order.order_line.qty_delivered = 3
                self.assertEqual(self._demand(order), (3 * unit, 0))
                edited = order.new(origin=order)
                self.assertEqual(self._demand(edited), (3 * unit, 0))
                order.action_cancel()

    def test_credit_note_does_not_reopen_the_order(self):
        """Reference 1.3, defect 5: what was credited is not delivered again."""
        order = self._order(100, confirm=True)
        invoice = self._bill(order)
        self._refund(invoice)
        self.assertEqual(order.invoice_status, "to invoice")
        self.assertExposure()

    def test_reissued_invoice_is_counted_once(self):
        """Half billed, credited and billed again: the other half is still open."""
        order = self._order(1000, qty=10, confirm=True)
        invoice = self._bill(order, post=False)
        invoice.invoice_line_ids.quantity = 5
        invoice.action_post()
        again = self._refund(invoice, reissue=True)
        again.invoice_date = TODAY
        self.assertExposure(orders=500)
        again.action_post()
        self.assertExposure(not_due=500, orders=500)

    def test_discount_line_is_deducted(self):
        """Negative lines reduce the order; an order below zero is worth nothing."""
        order = self._order(100)
        order.order_line = [
            Command.create(
                {"product_id": self.product.id, "price_unit": -30, "tax_ids": False}
            )
        ]
        order.action_confirm()
        self.assertExposure(orders=70)
        order.order_line[1].price_unit = -300
        self.assertExposure()

    def test_returned_goods_line_has_a_negative_quantity(self):
        """Minus three ordered, one of them credited: minus two remain."""
        order = self._order(100)
        order.order_line = [
            Command.create(
                {
                    "product_id": self.product.id,
                    "product_uom_qty": -3,
                    "price_unit": 10,
                    "tax_ids": False,
                }
            )
        ]
        order.action_confirm()
        self.assertExposure(orders=70)
        invoice = self._bill(order, post=False)
        invoice.invoice_line_ids[0].quantity = 0.5
        invoice.invoice_line_ids[1].quantity = -1
        invoice.action_post()
        self.assertExposure(not_due=40, orders=30)

    def test_billed_quantity_in_another_unit(self):
        """A dozen ordered, six pieces billed: half a dozen is left."""
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self._order(120)
        order.order_line.write({"product_uom_id": dozen.id, "price_unit": 120})
        order.action_confirm()
        invoice = self._bill(order, post=False)
        invoice.invoice_line_ids.write(
            {
                "product_uom_id": self.env.ref("uom.product_uom_unit").id,
                "quantity": 6,
                "price_unit": 10,
            }
        )
        invoice.action_post()
        self.assertExposure(not_due=60, orders=60)

    def test_order_in_foreign_currency_counts_at_todays_rate(self):
        """200 at 2 : 1 is 100; tomorrow's rate makes it 50."""
        pricelist = self.env["product.pricelist"].create(
            {"name": "Other", "currency_id": self.other_currency.id}
        )
        order = self._order(200, pricelist_id=pricelist.id, confirm=True)
        self.assertEqual(order.currency_id, self.other_currency)
        self.assertExposure(orders=100)
        self.assertEqual(self._demand(order), (200, 0))
        self.env["res.currency.rate"].create(
            {
                "currency_id": self.other_currency.id,
                "company_id": self.company.id,
                "name": TODAY,
                "rate": 4.0,
            }
        )
        self.assertExposure(orders=50)

    def test_horizon_leaves_out_what_is_delivered_later(self):
        """Option: only orders without a date or promised within N days count."""
        self._order(1, confirm=True)
        self._order(
            10, confirm=True, commitment_date=datetime(2026, 6, 25, 23, 0)
        )  # TODAY + 10
        self._order(100, confirm=True, commitment_date=datetime(2026, 6, 26, 1, 0))
        self.assertExposure(orders=111)
        self.company.credit_order_horizon_days = 10
        self.assertExposure(orders=11)


@tagged("post_install", "-at_install")
class TestExposureDownPayments(ExposureCommon):
    """An order of 1,000 with a posted down payment of 300 is 1,000; paid, 700."""

    def setUp(self):
        super().setUp()
        self.order = self._order(1000, confirm=True)

    def test_down_payment_moves_from_order_to_receivables(self):
        draft = self._down_payment(self.order, 300, post=False)
        self.assertExposure(orders=1000)
        draft.action_post()
        self.assertExposure(orders=700, not_due=300)
        self._pay(draft)
        self.assertExposure(orders=700)
        final = self._bill(self.order, post=False)
        self.assertEqual(final.amount_total, 700)
        self.assertExposure(orders=700)
        final.action_post()
        self.assertExposure(not_due=700)
        self._pay(final)
        self.assertExposure()

    def test_refunded_down_payment_reopens_its_amount(self):
        advance = self._down_payment(self.order, 300)
        self._refund(advance)
        self.assertExposure(orders=1000)

    def test_several_down_payments_add_up(self):
        self._down_payment(self.order, 300)
        self._down_payment(self.order, 200)
        self.assertExposure(orders=500, not_due=500)

    def test_down_payment_above_a_partial_delivery_becomes_a_credit_note(self):
        """200 delivered of 1,000, 300 paid in advance: the host turns the final
        invoice into a credit note of 100, with the goods on it as billed."""
        self.product.invoice_policy = "delivery"
        order = self._order(1000, qty=10, confirm=True)
        self.order.action_cancel()
        self._down_payment(order, 300)
        order.order_line.filtered(lambda line: not line.is_downpayment)[
            0
        ].qty_delivered = 2
        final = self._bill(order)
        self.assertEqual(final.move_type, "out_refund")
        self.assertEqual(final.amount_total, 100)
        self.assertExposure(orders=800, not_due=300, credits=100)

    def test_down_payment_deducted_while_still_a_draft(self):
        """The final invoice already deducts it: its 300 are still to come."""
        draft = self._down_payment(self.order, 300, post=False)
        self._bill(self.order)
        self.assertExposure(orders=300, not_due=700)
        draft.action_post()
        self.assertExposure(not_due=1000)

    def test_down_payment_in_another_currency(self):
        """Billed in the company's currency for an order in another one: it takes
        off what it is in the books."""
        pricelist = self.env["product.pricelist"].create(
            {"name": "Other", "currency_id": self.other_currency.id}
        )
        self.order.action_cancel()
        order = self._order(2000, pricelist_id=pricelist.id, confirm=True)
        self.assertExposure(orders=1000)
        advance = self._down_payment(order, 600, post=False)
        advance.currency_id = self.currency
        advance.invoice_line_ids.price_unit = 300
        advance.action_post()
        self.assertExposure(orders=700, not_due=300)

    def test_taxed_down_payment(self):
        """Taxed amounts on both sides."""
        self.order.action_cancel()
        order = self._order(1000)
        order.order_line.tax_ids = self.tax
        order.action_confirm()
        self._down_payment(order, 300)
        self.assertExposure(orders=900, not_due=300)


@tagged("post_install", "-at_install")
class TestExposureOrderPayments(ExposureCommon):
    """Online payments attached to an order, as far as the books lack them."""

    def setUp(self):
        super().setUp()
        self.order = self._order(1000, confirm=True)

    def test_authorised_or_done_without_payment_is_deducted(self):
        for state, expected in (
            ("draft", 0),
            ("pending", 0),
            ("authorized", 300),
            ("done", 300),
            ("cancel", 0),
            ("error", 0),
        ):
            with self.subTest(state=state):
                transaction = self._transaction(self.order, 300, state=state)
                self.assertEqual(self._exposure().in_transit, expected)
                self.assertEqual(self._exposure().total, 1000 - expected)
                transaction.unlink()

    def test_done_transaction_with_posted_payment_is_in_the_books(self):
        """As an unapplied credit, not in transit as well."""
        payment = self._unapplied_payment(300)
        self._transaction(self.order, 300, state="done", payment_id=payment.id)
        self.assertExposure(orders=1000, credits=300)

    def test_done_transaction_whose_payment_is_a_draft(self):
        """The money came, its payment is not in the books: deducted once."""
        payment = self._unapplied_payment(300)
        payment.action_draft()
        self._transaction(self.order, 300, state="done", payment_id=payment.id)
        self.assertExposure(orders=1000, in_transit=300)

    def test_done_transaction_whose_payment_has_no_entry(self):
        """Counted as a payment in transit, not as a transaction as well."""
        payment = self._bare_payment(300)
        self._transaction(self.order, 300, state="done", payment_id=payment.id)
        self.assertExposure(orders=1000, in_transit=300)

    def test_never_more_than_the_order(self):
        self._transaction(self.order, 1500)
        self.assertExposure(orders=1000, in_transit=1000)
        demands = self.env["credit.exposure"]._get_order_demands(self.order)
        self.assertEqual(demands[self.order.id], (1000, 1500))

    def test_not_deducted_where_orders_do_not_count(self):
        """It pays the order: without the order there is nothing to pay."""
        self._transaction(self.order, 300)
        self.company.credit_count_orders = False
        self.assertEqual(self._exposure().total, 0)

    def test_partial_capture_is_not_deducted_twice(self):
        """400 of 1,000 captured, its payment posted: 600 are still authorised."""
        source = self._transaction(self.order, 1000)
        self._transaction(
            self.env["sale.order"],
            400,
            state="done",
            source_transaction_id=source.id,
            payment_id=self._unapplied_payment(400).id,
        )
        self.assertExposure(orders=1000, credits=400, in_transit=600)
        self._transaction(
            self.env["sale.order"], 600, state="cancel", source_transaction_id=source.id
        )
        source.state = "done"
        self.assertExposure(orders=1000, credits=400)

    def test_refunded_transaction(self):
        """Done and given back before either reached the books."""
        source = self._transaction(self.order, 1000, state="done")
        self._transaction(
            self.env["sale.order"],
            -250,
            state="done",
            operation="refund",
            source_transaction_id=source.id,
        )
        self.assertExposure(orders=1000, in_transit=750)

    def test_transaction_for_two_orders_is_shared_out(self):
        """By the totals of the orders, each part once."""
        second = self._order(500, confirm=True)
        transaction = self._transaction(self.order + second, 600)
        demands = self.env["credit.exposure"]._get_order_demands(self.order + second)
        self.assertEqual(demands[self.order.id], (1000, 400))
        self.assertEqual(demands[second.id], (500, 200))
        transaction.currency_id = self.other_currency
        self.assertExposure(orders=1500, in_transit=300)

    def test_validation_of_a_card_is_no_payment(self):
        self._transaction(self.order, 300, operation="validation", state="done")
        self.assertExposure(orders=1000)


@tagged("post_install", "-at_install")
class TestExposureDemands(ExposureCommon):
    """What a single order adds, saved or on the screen."""

    def _demand(self, order):
        return self.env["credit.exposure"]._get_order_demands(order)[order.id]

    def test_quotation_asks_for_its_total(self):
        order = self._order(100)
        order.order_line.tax_ids = self.tax
        self.assertEqual(self._demand(order), (120, 0))
        self._transaction(order, 50)
        self.assertEqual(self._demand(order), (120, 50))

    def test_untouched_order_is_worth_its_total_to_the_cent(self):
        """Taxes rounded per order: the lines add up to another cent."""
        self.company.tax_calculation_rounding_method = "round_globally"
        order = self._order(0.33)
        for _number in range(3):
            order.order_line[0].copy({"order_id": order.id})
        order.order_line.write({"price_unit": 0.33, "tax_ids": self.tax.ids})
        self.assertNotEqual(
            round(sum(order.order_line.mapped("price_total")), 2), order.amount_total
        )
        self.assertEqual(self._demand(order)[0], order.amount_total)
        order.action_confirm()
        self.assertExposure(orders=order.amount_total)

    def test_new_order_on_the_screen(self):
        """Before the first save there is nothing in the database to read."""
        line = {"product_id": self.product.id, "price_unit": 50, "product_uom_qty": 2}
        order = self.env["sale.order"].new(
            {
                "partner_id": self.customer.id,
                "order_line": [Command.create(line)],
            }
        )
        self.assertEqual(self._demand(order), (100, 0))

    def test_changed_line_on_the_screen(self):
        """A confirmed, partly billed order grows on the screen: 4 of 10 are billed,
        of 12 that leaves 8; its down payment and payments count as saved."""
        order = self._order(1000, qty=10, confirm=True)
        self._down_payment(order, 100)
        invoice = self._bill(order, post=False, final=False)
        goods = invoice.invoice_line_ids.filtered("product_id")
        goods.quantity = 4
        invoice.action_post()
        self._transaction(order, 60)
        self.assertEqual(self._demand(order), (500, 60))
        edited = order.new(origin=order)
        self.assertEqual(self._demand(edited), (500, 60))
        edited.order_line[0].product_uom_qty = 12
        self.assertEqual(self._demand(edited), (700, 60))
        self.assertEqual(self._demand(order), (500, 60))

    def test_confirmed_order_adds_its_demand_less_transit(self):
        """The contract of the gate: exposure = unbilled - min(in transit, unbilled)."""
        order = self._order(1000, confirm=True)
        self._down_payment(order, 300)
        self._transaction(order, 200)
        amount, paid = self._demand(order)
        self.assertEqual(self._exposure().orders, amount)
        self.assertEqual(self._exposure().in_transit, min(amount, paid))

    def test_demand_of_a_due_order_beyond_the_horizon(self):
        """The horizon is about the customer's exposure, not about this order."""
        self.company.credit_order_horizon_days = 5
        later = datetime.combine(TODAY, datetime.min.time()) + timedelta(days=30)
        order = self._order(100, confirm=True, commitment_date=later)
        self.assertEqual(self._demand(order), (100, 0))
