"""May this order go? The gate on confirmation, by button, RPC, write and create."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import RedirectWarning, ValidationError
from odoo.tests import Form, tagged

from .common import TODAY, CreditCommon


@tagged("post_install", "-at_install")
class TestGate(CreditCommon):
    """Orders over the limit are held wherever they come from."""

    def verdict(self, order, checkpoint="confirm"):
        return self.env["credit.gate"]._evaluate(order, checkpoint)[order.id]

    def assertHeld(self, order):
        with self.assertRaises(RedirectWarning) as error:
            order.action_confirm()
        order.invalidate_recordset()
        self.assertEqual(order.state, "draft")
        return error.exception.args

    def test_customer_without_file_is_not_checked(self):
        """Installing changes nothing until something is set for the customer."""
        order = self._order(1e6)
        self.assertEqual(self.verdict(order).outcome, "unchecked")
        self.assertFalse(order.credit_panel)
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_empty_file_is_not_checked(self):
        """A file that inherits from nobody says nothing."""
        self._file()
        self.assertEqual(self.verdict(self._order(1e6)).outcome, "unchecked")

    def test_confirm_passes_up_to_the_last_cent(self):
        self._file(limit=1000)
        order = self._order(1000)
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.credit_passed_on, TODAY)

    def test_confirm_holds_when_limit_exceeded(self):
        """The refusal names customer, figures, next step and ways out."""
        self._file(limit=1000)
        self._invoice(800)
        message, action, button, context = self.assertHeld(self._order(200.01))
        for part in ("Bright Tools", "1,000.00", "800.00", "200.01", "0.01", "200.00"):
            self.assertIn(part, message)
        self.assertEqual(button, "Request release")
        self.assertEqual(
            action, self.env.ref("credit_control.credit_release_request_action").id
        )
        self.assertEqual(context["active_model"], "sale.order")

    def test_no_credit_and_unlimited(self):
        self._file(limit_mode="none")
        self.assertHeld(self._order(1))
        self._file(limit_mode="unlimited")
        self._order(1e6, confirm=True)

    def test_company_default_applies_without_a_file(self):
        """A customer nobody wrote a file for stands under the company's default."""
        self.company.write({"credit_limit_mode": "amount", "credit_default_limit": 50})
        self.assertHeld(self._order(51))
        self._order(50, confirm=True)

    def test_write_and_create_of_a_confirmed_order_are_gated(self):
        """Import, RPC and automations meet the same door as the button."""
        self._file(limit=100)
        order = self._order(101)
        with self.assertRaises(RedirectWarning):
            order.write({"state": "sale"})
        with self.assertRaises(RedirectWarning):
            self._order(101, state="sale")
        self.assertEqual(self._order(100, state="sale").state, "sale")

    def test_write_checks_what_the_order_becomes(self):
        """Lines written together with the state count."""
        self._file(limit=100)
        order = self._order(50)
        with self.assertRaises(RedirectWarning):
            order.write(
                {
                    "state": "sale",
                    "order_line": [
                        Command.update(order.order_line.id, {"price_unit": 101})
                    ],
                }
            )

    def test_context_opens_nothing(self):
        """No key that a client can send lets an order pass."""
        self._file(limit=100)
        for key in ("bypass_risk", "credit_bypass", "credit_admitted", "force"):
            with self.assertRaises(RedirectWarning):
                self._order(101).with_context(**{key: True}).action_confirm()

    def test_job_holds_without_raising(self):
        """A scheduled action goes on; the order waits with a hold."""
        self._file(limit=100)
        held, good = self._order(101), self._order(60)
        (held | good).with_context(cron_id=1).action_confirm()
        self.assertEqual((held.state, good.state), ("draft", "sale"))
        self.assertEqual(held.credit_hold_ids.mapped("state"), ["waiting"])
        self.assertEqual(held.credit_hold_ids.origin, "job")

    def test_job_creating_a_confirmed_order_holds_it(self):
        self._file(limit=100)
        job = self.env["sale.order"].with_context(cron_id=1)
        values = {"partner_id": self.customer.id, "state": "sale"}
        lines = {
            amount: [
                Command.create(
                    {"product_id": self.product.id, "price_unit": amount, "tax_ids": []}
                )
            ]
            for amount in (101, 99)
        }
        orders = job.create([values | {"order_line": line} for line in lines.values()])
        self.assertEqual(orders.mapped("state"), ["draft", "sale"])

    def test_zero_order_needs_no_credit(self):
        self._file(limit_mode="none")
        self._order(0, confirm=True)

    def test_invoice_address_pays(self):
        """The customer of the invoice address owes, not the one who orders."""
        payer = self._customer("Head Office")
        self._file(limit=10, partner=payer)
        order = self._order(11, partner_invoice_id=payer.id)
        self.assertHeld(order)

    def test_contact_stands_under_its_company(self):
        contact = self._customer("Buyer", parent_id=self.customer.id, is_company=False)
        self._file(limit=10)
        self.assertHeld(self._order(11, partner=contact))

    def test_cancel_reset_and_duplicate_are_checked_again(self):
        self._file(limit=100)
        order = self._order(60, confirm=True)
        order._action_cancel()
        other = self._order(60, confirm=True)
        order.action_draft()
        self.assertFalse(order.credit_passed_on)
        self.assertHeld(order)
        copy = other.copy()
        self.assertFalse(copy.credit_passed_on)
        self.assertHeld(copy)

    def test_orders_of_one_call_add_up(self):
        """Room for one: the second of the batch is held, and nothing is done."""
        self._file(limit=100)
        orders = self._order(60) | self._order(50)
        verdicts = self.env["credit.gate"]._evaluate(orders)
        self.assertEqual([verdicts[o.id].held for o in orders], [False, True])
        with self.assertRaises(RedirectWarning) as error:
            orders.action_confirm()
        self.assertIn(orders[1].name, error.exception.args[0])
        self.assertNotIn(orders[0].name, error.exception.args[0])
        self.assertEqual(orders.mapped("state"), ["draft", "draft"])

    def test_orders_of_one_transaction_add_up(self):
        self._file(limit=100)
        self._order(60, confirm=True)
        self.assertHeld(self._order(50))
        self._order(40, confirm=True)

    def test_group_members_share_one_limit(self):
        """Two customers of one group in one call draw on the same room."""
        group = self.env["credit.group"].create(
            {"name": "Bright", "limit_mode": "amount", "credit_limit": 100}
        )
        sister = self._customer("Bright Sister")
        self._file(limit=1000, group_id=group.id)
        self._file(partner=sister, group_id=group.id)
        first, second = self._order(60), self._order(50, partner=sister)
        verdicts = self.env["credit.gate"]._evaluate(first | second)
        self.assertFalse(verdicts[first.id].held)
        self.assertTrue(verdicts[second.id].held)
        first.action_confirm()
        self.assertHeld(second)

    def test_foreign_currency_order_is_converted_once(self):
        """An order in another currency is measured at today's rate."""
        other = self.setup_other_currency("EUR", rates=[("2020-01-01", 2.0)])
        self._file(limit=100)
        pricelist = self.env["product.pricelist"].create(
            {"name": "EUR", "currency_id": other.id}
        )
        order = self._order(200, pricelist_id=pricelist.id)
        self.assertEqual(order.currency_id, other)
        self.assertEqual(self.verdict(order).figures.order, 100.0)
        over = self._order(200.02, pricelist_id=pricelist.id)
        ways = self.verdict(over).ways
        self.assertEqual(self.verdict(over).outcome, "hold")
        self.assertEqual((ways.deposit, ways.largest_order), (0.01, 200.01))

    def test_ways_out_hold_in_the_books(self):
        """The named payment really frees the order; a cent less does not."""
        self._file(limit=1000)
        old, new = self._invoice(300, due_in=5), self._invoice(600, due_in=20)
        order = self._order(250.5)
        ways = self.verdict(order).ways
        self.assertEqual((ways.payment, ways.deposit), (150.5, 150.5))
        self.assertEqual(ways.largest_order, 100.0)
        self.assertEqual(
            ways.invoice_ids,
            tuple(old.line_ids.filtered("date_maturity").ids),
        )
        self._pay(old, 150.49)
        self.assertHeld(order)
        self._pay(old, 0.01)
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        self.assertEqual(new.amount_residual, 600)

    def test_deposit_recorded_as_payment_frees_the_order(self):
        self._file(limit=100)
        order = self._order(130)
        deposit = self.verdict(order).ways.deposit
        self._unapplied_payment(deposit - 0.01)
        self.assertHeld(order)
        self._unapplied_payment(0.01)
        order.action_confirm()

    def test_panel_says_what_confirmation_does(self):
        """Same verdict in the panel, before saving and after."""
        self._file(limit=100)
        with Form(self.env["sale.order"]) as form:
            form.partner_id = self.customer
            with form.order_line.new() as line:
                line.product_id = self.product
                line.price_unit = 90
            order = form.save()
        self.assertEqual(order.credit_panel["outcome"], "warn")
        virtual = self.env["sale.order"].new(origin=order)
        virtual.order_line.price_unit = 150
        panel = virtual.credit_panel
        self.assertEqual(panel["outcome"], "hold")
        self.assertEqual((panel["order"], panel["available"]), (150, 100))
        self.assertEqual(panel["after"], -50)
        codes = [way["code"] for way in panel["ways"]]
        self.assertEqual(codes, ["deposit", "order"])
        order.order_line.price_unit = 150
        self.assertEqual(order.credit_panel["outcome"], "hold")
        self.assertHeld(order)

    def test_salesperson_sees_the_panel_without_any_right(self):
        self._file(limit=100)
        seller = self._user("sales")
        order = self._order(150, user_id=seller.id)
        panel = order.with_user(seller).credit_panel
        self.assertEqual(panel["limit"], 100)
        self.assertFalse(panel["can_open_file"])
        self.assertFalse(seller.has_group("account.group_account_readonly"))

    def test_same_verdict_for_every_viewer_and_company(self):
        other = self.setup_other_company()["company"]
        self._file(limit=100)
        self._invoice(80)
        order = self._order(21)
        seller = self._user("sales")
        for viewer in (
            order.with_user(seller),
            order.with_company(other),
            order.with_context(allowed_company_ids=other.ids, lang="zh_CN"),
        ):
            self.assertTrue(self.verdict(viewer).held)

    def test_query_count_does_not_grow_with_the_batch(self):
        """The checks of 50 orders cost as many queries as those of one."""
        customers = [self._customer(f"C{n}") for n in range(50)]
        for partner in customers:
            self._file(limit=100, partner=partner)
        orders = self.env["sale.order"].union(
            *(self._order(60, partner=partner) for partner in customers)
        )
        gate = self.env["credit.gate"]
        one = self._count_queries(lambda: gate._evaluate(orders[:1]))
        self.assertEqual(one, self._count_queries(lambda: gate._evaluate(orders)))
        self.assertLess(one, 25)

    def test_passing_order_costs_four_queries(self):
        """Payer, holds and rare documents; limit; exposure; ticket. Everything else
        is what the confirmation reads anyway."""
        self._file(limit=1000)
        self._invoice(100)
        order = self._order(60)

        def warm():
            self.assertTrue(order.currency_id.name and order.company_id.root_id.name)
            order._credit_must_not_raise()  # the till, where it is installed

        gate = self.env["credit.gate"]
        self.assertEqual(self._count_queries(lambda: gate._check(order), warm), 4)

    def test_saved_and_unsaved_orders_are_judged_alike(self):
        """One call may mix orders that are looked at ahead with those that are not."""
        contact = self._customer("Buyer", parent_id=self.customer.id, is_company=False)
        other = self._customer("Other")
        for partner in (self.customer, other):
            self._file(limit=1000, partner=partner)
            self._invoice(950, partner=partner)
        saved = self._order(60, partner=contact)
        draft = self.env["sale.order"].new(origin=self._order(60, partner=other))
        self.env.flush_all()
        self.env.invalidate_all()
        verdicts = self.env["credit.gate"]._evaluate(saved + draft)
        self.assertEqual(
            [(v.held, v.figures.excess) for v in verdicts.values()], [(True, 10)] * 2
        )

    def test_rule_refuses_bad_input(self):
        """Each error names the field and the remedy; nothing is saved."""
        contact = self._customer("Buyer", parent_id=self.customer.id, is_company=False)
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        cases = [
            ({"rule_type": "state"}, "at least one state"),
            ({"rule_type": "grade"}, "at least one grade"),
            ({"scope": "customer"}, "Customer"),
            ({"scope": "customer", "partner_id": contact.id}, "Bright Tools"),
            ({"rule_type": "order_amount", "currency_id": False}, "currency"),
            ({"company_id": branch.id}, "instead of Branch"),
        ]
        Rule = self.env["credit.rule"]
        for values, text in cases:
            with self.subTest(values), self.assertRaisesRegex(ValidationError, text):
                Rule.create({"threshold": 1} | values)

    def test_rules_of_the_customer_and_his_segment(self):
        """A tag rule and a rule for one customer reach the right ones."""
        tag = self.env["res.partner.category"].create({"name": "Export"})
        self.customer.category_id = tag
        Rule = self.env["credit.rule"]
        Rule.create(
            {"rule_type": "order_amount", "threshold": 50, "scope": "tag",
             "tag_id": tag.id}
        )  # fmt: skip
        self._file()
        self.assertHeld(self._order(51))
        self._order(51, partner=self._customer("Other"), confirm=True)
        Rule.create(
            {"rule_type": "order_amount", "threshold": 80, "scope": "customer",
             "partner_id": self.customer.id}
        )  # fmt: skip
        self._order(79, confirm=True)
        self.assertHeld(self._order(81))

    def test_granted_terms_are_enforced(self):
        """The file's terms come before the grade's."""
        terms = self.env.ref("account.account_payment_term_30days")
        long = self.env["account.payment.term"].create(
            {
                "name": "60 days",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 100, "nb_days": 60}
                    )
                ],
            }
        )
        self._file(payment_term_id=terms.id)
        self._order(10, payment_term_id=terms.id, confirm=True)
        message = self.assertHeld(self._order(10, payment_term_id=long.id))[0]
        self.assertIn("60", message)
        self.assertIn("30", message)

    def test_cash_discount_above_granted_is_held(self):
        terms = self.env["account.payment.term"].create(
            {"name": "3 % in 10 days", "early_discount": True, "discount_days": 10,
             "discount_percentage": 3}
        )  # fmt: skip
        self._file(limit=1000, max_discount_pct=2)
        message = self.assertHeld(self._order(10, payment_term_id=terms.id))[0]
        self.assertIn("3 %", message)

    def test_overdue_items_hold_with_their_age(self):
        self._file(limit=10000)
        self._overdue_invoice(100, 59)
        self.assertEqual(self.verdict(self._order(1)).outcome, "warn")
        self._overdue_invoice(100, 60)
        message = self.assertHeld(self._order(1))[0]
        self.assertIn("60 days", message)

    def test_stopped_customer_and_expired_limit(self):
        self._file(limit=100, state="stop")
        self.assertIn("stopped", self.assertHeld(self._order(1))[0])
        partner = self._customer("Lapsed")
        self._file(limit=100, partner=partner, limit_date_to=TODAY)
        order = self._order(1, partner=partner)
        self.assertEqual(self.verdict(order).outcome, "pass")
        with freeze_time(TODAY + timedelta(days=1)):
            reasons = self.verdict(order).reasons
        self.assertEqual(
            {reason.code for reason in reasons}, {"limit_used", "limit_expired"}
        )
