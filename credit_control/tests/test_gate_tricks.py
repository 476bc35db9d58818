"""Ways around the gate that were tried and are closed: each of them by a salesperson
with plain RPC rights, none of them by a button."""

from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, RedirectWarning
from odoo.tests import JsonRpcException, tagged
from odoo.tests.common import HttpCase
from odoo.tools import mute_logger

from .common import CreditCommon


@tagged("post_install", "-at_install")
class TestGateTricks(CreditCommon):
    """A limit of 100, and a salesperson who wants 500."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls._user("sales")
        cls.file = cls._file(limit=100)

    def mine(self, amount, **values):
        """A quotation of the salesperson, in his environment."""
        order = self._order(amount, user_id=self.seller.id, **values)
        return order.with_user(self.seller)

    def confirmed(self, amount, **values):
        order = self.mine(amount, **values)
        order.action_confirm()
        return order

    def assertRefused(self, action, *args, error=RedirectWarning, **kwargs):
        with self.assertRaises(error), self.env.cr.savepoint():
            action(*args, **kwargs)
            self.env.flush_all()
        self.env.invalidate_all()

    def line_vals(self, amount, **values):
        return {
            "product_id": self.product.id,
            "price_unit": amount,
            "tax_ids": [Command.clear()],
        } | values

    # -- into state sale --------------------------------------------------------
    def test_cancelled_order_is_not_confirmed_by_writing_its_state(self):
        order = self.mine(500)
        order.action_cancel()
        self.assertRefused(order.write, {"state": "sale"})
        self.assertEqual(order.state, "cancel")

    def test_state_and_company_written_together(self):
        """The company that the order comes to is asked, not the one it leaves."""
        self.assertRefused(self.foreign_order().write, self.move_home("sale"))

    def test_confirmed_order_comes_from_another_company(self):
        order = self.foreign_order()
        order.action_confirm()
        self.assertRefused(order.write, self.move_home())
        self.assertNotEqual(order.company_id, self.company)

    def foreign_order(self):
        """An order of a company that does not use credit control."""
        other = self.env["res.company"].create({"name": "Free"})
        self.seller.company_ids += other
        both = [other.id, self.company.id]
        values = {"partner_id": self.customer.id, "company_id": other.id}
        lines = [Command.create(self.line_vals(500))]
        if "warehouse_id" in self.env["sale.order"]._fields:
            Warehouse = self.env["stock.warehouse"]
            if not Warehouse.search([("company_id", "=", other.id)]):
                Warehouse.create({"name": "F", "code": "F", "company_id": other.id})
        orders = self.env["sale.order"].with_user(self.seller)
        orders = orders.with_context(allowed_company_ids=both)
        return orders.create(values | {"order_line": lines})

    def move_home(self, state=None):
        values = {"company_id": self.company.id}
        if "warehouse_id" in self.env["sale.order"]._fields:
            warehouse = self.env["stock.warehouse"].search(
                [("company_id", "=", self.company.id)], limit=1
            )
            values["warehouse_id"] = warehouse.id
        return values | ({"state": state} if state else {})

    def test_an_order_let_go_is_asked_again_when_it_comes_back(self):
        """What passed once in a transaction has not passed for good."""
        first, second = self.mine(60), self.mine(60)
        first.write({"state": "sale"})
        first._action_cancel()
        second.write({"state": "sale"})
        self.assertRefused(first.write, {"state": "sale"})

    def test_admission_does_not_outlive_a_rollback(self):
        """Odoo runs a transaction again on the same cursor after a collision."""
        order = self.mine(60)
        self.env.flush_all()
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            order.write({"state": "sale"})
            raise ZeroDivisionError
        self.env.invalidate_all()
        self._order(60, confirm=True)
        self.assertRefused(order.write, {"state": "sale"})

    # -- figures that are computed ----------------------------------------------
    def test_typed_total_is_computed_again(self):
        order = self.mine(500)
        order.write({"amount_total": 1.0})
        self.assertEqual(order.amount_total, 500)
        order.order_line.write({"price_total": 1.0})
        self.assertEqual(order.order_line.price_total, 500)
        self.assertRefused(order.write, {"amount_total": 1.0, "state": "sale"})

    def test_typed_invoice_status_does_not_hide_an_order(self):
        order = self.confirmed(100)
        order.write({"invoice_status": "invoiced"})
        self.assertRefused(self.mine(1).action_confirm)

    def test_foreign_invoice_does_not_bill_an_order(self):
        other = self._order(500, partner=self._customer("Other"), confirm=True)
        invoice = other._create_invoices()
        line = self.confirmed(100).order_line
        link = [Command.link(invoice.invoice_line_ids[0].id)]
        self.assertRefused(line.write, {"invoice_lines": link}, error=AccessError)

    def test_day_of_the_last_check_is_not_typed(self):
        order = self.mine(10)
        vals = {"credit_passed_on": "2030-01-01"}
        self.assertRefused(order.write, vals, error=AccessError)
        vals = vals | {"partner_id": self.customer.id}
        self.assertRefused(order.create, vals, error=AccessError)

    # -- growth -------------------------------------------------------------------
    def test_line_moved_from_a_quotation_is_growth(self):
        order, quotation = self.confirmed(50), self.mine(500)
        self.assertRefused(quotation.order_line.write, {"order_id": order.id})

    def test_line_with_the_order_as_a_default_is_growth(self):
        """By context, or by a default that a user keeps for himself."""
        order = self.confirmed(50)
        lines = order.order_line.with_context(default_order_id=order.id)
        self.assertRefused(lines.create, self.line_vals(500))
        defaults = self.env["ir.default"].with_user(self.seller)
        defaults.set("sale.order.line", "order_id", order.id, user_id=True)
        self.assertRefused(order.order_line.create, self.line_vals(500))

    def test_line_of_another_order_within_the_change_of_one(self):
        order, other = self.confirmed(50), self.confirmed(20)
        update = Command.update(other.order_line.id, {"price_unit": 500})
        self.assertRefused(order.write, {"order_line": [update]})

    def test_marks_of_automatic_lines_open_nothing(self):
        order = self.confirmed(50)
        vals = self.line_vals(500, is_expense=True, order_id=order.id)
        self.assertRefused(order.order_line.create, vals)
        if "is_delivery" in order.order_line._fields:
            order.order_line.write({"is_delivery": True})
            self.assertRefused(order.order_line.write, {"price_unit": 500})

    def test_vendor_bill_charged_on_holds_the_order(self):
        """Posting a vendor bill does not fail on the credit of a customer."""
        order = self.confirmed(50)
        values = self.line_vals(500, is_expense=True, order_id=order.id)
        bill_line = self.env["account.move.line"]
        parent = "odoo.addons.sale.models.account_move_line.AccountMoveLine."
        with patch(
            parent + "_sale_create_reinvoice_sale_line",
            lambda lines: lines.env["sale.order.line"].create(values),
        ):
            bill_line.with_user(self.seller)._sale_create_reinvoice_sale_line()
        self.assertEqual(order.amount_total, 550)
        self.assertEqual(order.sudo().credit_hold_ids.origin, "growth")

    def test_removing_a_line_that_takes_off_is_growth(self):
        discount = self.line_vals(-450, is_downpayment=True)
        order = self.mine(500)
        order.write({"order_line": [Command.create(discount)]})
        order.action_confirm()
        self.assertRefused(order.order_line[1].unlink)

    def test_new_goods_for_a_billed_line_are_growth(self):
        """Same total, but what is billed stays owed and the new line comes on top."""
        order = self.confirmed(80)
        order.sudo()._create_invoices().action_post()
        swap = [
            Command.update(order.order_line.id, {"price_unit": 0}),
            Command.create(self.line_vals(80)),
        ]
        self.assertRefused(order.write, {"order_line": swap})
        swap[1] = Command.create(self.line_vals(20))
        order.write({"order_line": swap})

    def test_growth_beyond_the_horizon_is_measured(self):
        """What the exposure does not count cannot be taken out of it."""
        self.company.credit_order_horizon_days = 10
        order = self.confirmed(80, commitment_date="2040-01-01")
        self.assertRefused(order.order_line.write, {"price_unit": 101})
        order.order_line.write({"price_unit": 100})
        self._order(70, confirm=True)
        self.assertRefused(order.write, {"commitment_date": "2026-06-20"})

    def test_growth_where_orders_are_not_counted(self):
        self.company.credit_count_orders = False
        order = self.confirmed(80)
        self.assertRefused(order.order_line.write, {"price_unit": 101})
        orders = self.mine(60) | self.mine(60)
        verdicts = self.env["credit.gate"]._evaluate(orders)
        self.assertFalse(any(verdict.held for verdict in verdicts.values()))

    def test_small_discount_in_a_currency_without_cents_is_growth(self):
        """Percentages and days are not rounded like money."""
        order = self.confirmed(80)
        extent = order._credit_extent()
        more = (*extent[:3], (*extent[3][:2], extent[3][2] - 0.4))
        with patch.object(type(self.currency), "is_zero", lambda *args: True):
            self.assertTrue(order._credit_has_grown(more))
            self.assertFalse(order._credit_has_grown(extent))

    def test_panel_shows_growth_before_it_is_saved(self):
        order = self.confirmed(80)
        virtual = self.env["sale.order"].new(origin=order.with_env(self.env))
        virtual.order_line.price_unit = 100
        panel = virtual.credit_panel
        self.assertEqual((panel["outcome"], panel["after"]), ("warn", 0))
        virtual = self.env["sale.order"].new(origin=order.with_env(self.env))
        virtual.order_line.price_unit = 101
        panel = virtual.credit_panel
        self.assertEqual((panel["outcome"], panel["after"]), ("hold", -1))

    # -- terms ----------------------------------------------------------------------
    def test_terms_of_the_grade_are_a_policy_of_their_own(self):
        """Without any limit, terms granted by the grade are enforced all the same."""
        customer = self._customer("Graded")
        grade = self.env["credit.grade"].create(
            {"code": "X", "name": "Short terms", "max_terms_days": 10}
        )
        self._file(partner=customer, grade_id=grade.id)
        terms = self.env.ref("account.account_payment_term_30days")
        order = self.mine(1, partner=customer, payment_term_id=terms.id)
        self.assertRefused(order.action_confirm)

    # -- releases -----------------------------------------------------------------
    def released(self, amount, **values):
        order = self.mine(amount, **values)
        hold = order._credit_request_release("Please")
        hold.with_user(self._user("manager", f"m{order.id}"))._decide("release", "Yes")
        return order

    def test_release_is_for_the_customer_decided_on(self):
        other = self._customer("Other")
        self._file(limit=100, partner=other)
        order = self.released(500)
        order.write({"partner_invoice_id": other.id})
        self.assertRefused(order.action_confirm)

    def test_release_is_for_the_currency_decided_on(self):
        """Released 500 of one currency are not 500 of another."""
        rich = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.01)])
        pricelist = self.env["product.pricelist"].create(
            {"name": "EUR", "currency_id": rich.id}
        )
        order = self.released(500)
        order.write({"pricelist_id": pricelist.id})
        order.order_line.price_unit = 400
        self.assertRefused(order.action_confirm)


@tagged("post_install", "-at_install")
class TestGateTricksRpc(HttpCase, CreditCommon):
    def test_no_context_key_makes_a_salesperson_a_job(self):
        """Jobs hold instead of failing; growth asked for by RPC is refused."""
        self._file(limit=100)
        seller = self._user("sales", password="credit_sales")
        order = self._order(50, user_id=seller.id, confirm=True)
        self.env.flush_all()
        self.authenticate(seller.login, "credit_sales")
        params = {
            "model": "sale.order.line",
            "method": "write",
            "args": [order.order_line.ids, {"price_unit": 500}],
            "kwargs": {"context": {"cron_id": 1}},
        }
        with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
            self.make_jsonrpc_request("/web/dataset/call_kw", params)
        order.invalidate_recordset()
        self.assertEqual(order.amount_total, 50)
