"""Rules of the gate on the dunning level and on broken promises."""

from odoo import Command
from odoo.exceptions import RedirectWarning, ValidationError
from odoo.tests import tagged

from .dunning_common import DunningGateCommon


@tagged("post_install", "-at_install")
class TestDunningRules(DunningGateCommon):
    def test_dunning_level_rule(self):
        """From level n on, until the item is paid; figures and next step are told."""
        self._consequence()
        self._rule("dunning_level", 2)
        order = self._order(10)
        self._reach(1)
        self.assertNotIn("dunning_level", self._codes(order)[1])
        with self._after(10):
            self._send(self._propose())
        outcome, codes = self._codes(order)
        self.assertEqual((outcome, "dunning_level" in codes), ("hold", True))
        for checkpoint in ("growth", "delivery"):
            self.assertEqual(self._verdict(order, checkpoint).outcome, "hold")
        ways = self._verdict(order).ways
        self.assertEqual((ways.payment, ways.pay_first), (100, True))
        with self.assertRaises(RedirectWarning) as refusal:
            order.action_confirm()
        for piece in (
            "reached dunning level 2",
            "from level 2 on",
            "100.00 is overdue",
        ):
            self.assertIn(piece, refusal.exception.args[0])
        self._pay(self.invoice)
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_broken_promises_rule(self):
        """Broken within the past year count, older ones and those of others do not."""
        self._rule("broken_promises", 2)
        order = self._order(10)
        other = self._customer("Other")
        self._break_promises(1, days_ago=400)
        self._break_promises(1)
        self._break_promises(3, partner=other)
        self.assertNotIn("broken_promises", self._codes(order)[1])
        self._break_promises(1)
        self.assertEqual(self._codes(order)[0], "hold")
        self.assertIn("broken_promises", self._codes(order)[1])
        with self.assertRaises(RedirectWarning) as refusal:
            order.action_confirm()
        self.assertIn("broken 2 promises to pay", refusal.exception.args[0])
        with self._after(370):
            self.assertNotIn("broken_promises", self._codes(order)[1])

    def test_exclusion_bounds_the_figure(self):
        """A customer may be let go up to a level, or up to a number of promises."""
        order = self._order(10)
        self._break_promises(2)
        self._consequence()
        self._reach(2)
        for kind in ("dunning_level", "broken_promises"):
            rule = self._rule(kind, 1)
            self.assertEqual(self._codes(order)[0], "hold")
            exclusion = self._rule(
                kind,
                3,
                kind="exclude",
                scope="customer",
                partner_id=self.customer.id,
            )
            self.assertEqual(self._codes(order)[0], "warn")
            exclusion.threshold = 2
            self.assertEqual(self._codes(order)[0], "hold")
            (rule | exclusion).unlink()

    def test_shipped_rules_only_warn(self):
        """From level 3 and from two broken promises on; who has no policy at all is
        not checked."""
        self._consequence()
        order = self._order(10)
        self._reach(2)
        self._break_promises(1)
        self.assertEqual(self._codes(order), ("warn", {"overdue_days"}))
        with self._after(10):
            self._send(self._propose())
        self._break_promises(1)
        self.assertEqual(
            self._codes(order),
            ("warn", {"overdue_days", "dunning_level", "broken_promises"}),
        )
        self.file.write({"limit_mode": "inherit", "limit_reason": "Test"})
        self.assertEqual(self._codes(order)[0], "unchecked")

    def test_sentences(self):
        """A rule reads as a sentence; a figure that makes no sense is refused."""
        cases = [
            (("dunning_level", 2), "an open item has reached dunning level 2"),
            (("broken_promises", 2), "2 promises to pay were broken within a year"),
            (("broken_promises", 1), "a promise to pay was broken within a year"),
        ]
        for values, sentence in cases:
            self.assertIn(sentence, self._rule(*values).name)
        exclusion = self._rule("dunning_level", 3, kind="exclude")
        self.assertIn("while “Dunning level” is below 3", exclusion.name)
        with self.assertRaises(ValidationError):
            self._rule("dunning_level", 2, scope="customer")

    def test_broken_promise_wakes_the_recheck(self):
        """A promise that is broken after all, or no more, concerns who waits."""
        rule = self._rule("broken_promises", 1)
        self._break_promises(1)
        seller = self._user("sales")
        order = self._order(10, user_id=seller.id)
        order.with_user(seller)._credit_request_release("Please")
        self.env["credit.recheck"].sudo().search([]).unlink()
        promise = self.env["credit.promise"].search(
            [("partner_id", "=", self.customer.id)], limit=1
        )
        promise.sudo().write({"state": "kept"})
        queued = self.env["credit.recheck"].sudo().search([])
        self.assertEqual(queued.partner_id, self.customer)
        self.assertTrue(rule.active)

    def test_facts_cost_no_query_unless_asked(self):
        """The level comes with the file; promises are counted in one query, and only
        where a rule asks for them and somebody has promised."""
        self.env["credit.rule"].search(
            [("rule_type", "=", "broken_promises")]
        ).active = False
        orders = self.env["sale.order"]
        for number in range(10):
            partner = self._customer(f"Q{number}")
            self._file(1000, partner=partner)
            orders += self._order(10, partner=partner)

        def count(some):
            gate = self.env["credit.gate"]
            return self._count_queries(
                lambda: gate._evaluate(some), lambda: some.mapped("amount_total")
            )

        before = count(orders)
        rule = self._rule("broken_promises", 1)
        self.env.registry.clear_cache()
        self.assertEqual(count(orders), before)
        self._break_promises(1)
        self.env.registry.clear_cache()
        self.assertEqual(count(orders), before + 1)
        self.assertEqual(count(orders[:1]), count(orders))
        rule.active = False
        self.env.registry.clear_cache()
        self.assertEqual(count(orders), before)

    def test_ways_of_dunned_customers_in_constant_queries(self):
        """Levels of the open items are read for all held orders at once."""
        self._consequence("stop_orders")
        orders = self.env["sale.order"]
        for number in range(6):
            partner = self._customer(f"D{number}", email=f"d{number}@example.com")
            self._overdue_invoice(50, days=30, partner=partner)
            orders += self._order(10, partner=partner)
        self._propose(orders.partner_id).sudo().notice_ids._queue()
        counts = {
            self._count_queries(
                lambda some=some: self.env["credit.gate"]._evaluate(some),
                lambda some=some: some.mapped("amount_total"),
            )
            for some in (orders[:1], orders)
        }
        self.assertEqual(len(counts), 1, counts)
        verdicts = self.env["credit.gate"]._evaluate(orders)
        self.assertEqual({v.ways.payment for v in verdicts.values()}, {50})

    def test_tagged_scope_and_growth(self):
        """The rule may be for some customers only, and for growth only."""
        tag = self.env["res.partner.category"].create({"name": "Dealers"})
        self._consequence()
        self._rule("dunning_level", 1, scope="tag", tag_id=tag.id, on_confirm=False)
        order = self._order(10)
        self._reach(1)
        self.assertEqual(self._verdict(order, "growth").outcome, "warn")
        self.customer.category_id = [Command.link(tag.id)]
        self.assertEqual(self._verdict(order, "growth").outcome, "hold")
        self.assertEqual(self._verdict(order).outcome, "warn")
