"""What may neither be read nor decided by detours: dialogs, searches, handing over."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .hold_common import HoldCommon


@tagged("post_install", "-at_install")
class TestSecurityTricks(HoldCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["credit.authority"].create(
            {
                "group_id": cls.env.ref("credit_control.group_credit_user").id,
                "unlimited": True,
            }
        )

    def refuse(self, action, *args):
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            action(*args)
        self.env.invalidate_all()

    # -- dialogs read with the rights of their user -----------------------------------
    def test_limit_of_another_company_is_not_set(self):
        """A credit approver of one company decides nothing in another."""
        other = self._other_company()
        customer = self._customer("Abroad")
        file = self.env["credit.file"]._ensure(customer, other).with_env(self.env)
        file._set_limit("amount", 5.0, reason="Test")
        wizard = self.env["credit.limit.wizard"].create(
            {"file_id": file.id, "mode": "amount", "amount": 1e6, "reason": "Mine"}
        )
        mine = wizard.with_user(self.approver).sudo(False)
        theirs = file.with_user(self.approver).sudo(False)
        self.refuse(lambda: theirs._set_limit("amount", 1e6, reason="Mine"))
        self.refuse(
            self.env["credit.limit.wizard"].with_user(self.approver).onchange,
            {"file_id": file.id},
            ["file_id"],
            {"file_id": {}, "live_panel": {}},
        )
        self.refuse(mine.action_confirm)
        self.assertEqual(file.credit_limit, 5.0)

    def test_hold_of_another_company_is_not_shown(self):
        hold = self._request(self.order, "Secret")
        hold.sudo().company_id = self._other_company()
        dialog = self.env["credit.hold.decision"].with_user(self.analyst)
        self.refuse(dialog.create, {"hold_id": hold.id, "reason": "Curious"})
        names = ("summary_html", "summary_now_html", "request_note")
        for name in names:
            with self.subTest(name):
                spec = {"hold_id": {}, name: {}}
                self.refuse(dialog.onchange, {"hold_id": hold.id}, ["hold_id"], spec)

    def test_orders_of_colleagues_are_not_shown(self):
        """A salesperson who sees his own orders only."""
        self.order.user_id = self.analyst
        request = self.env["credit.release.request"].with_user(self.seller)
        values = {"order_ids": [Command.set(self.order.ids)]}
        spec = {"order_ids": {}, "summary_html": {}}
        self.refuse(request.onchange, values, ["order_ids"], spec)
        summary = self.env["credit.confirm.summary"].with_user(self.seller)
        line = {"order_id": self.order.id, "result": "held"}
        line = summary.create({"line_ids": [Command.create(line)]}).line_ids
        self.refuse(line.read, ["amount_total"])

    def test_customer_cannot_search_for_holds(self):
        """Not even whether his own order is held."""
        customer = new_test_user(self.env, "hold_portal", groups="base.group_portal")
        customer.partner_id.parent_id = self.customer
        self.order.message_subscribe(customer.partner_id.ids)
        self._request(self.order)
        orders = self.env["sale.order"]
        held = [("credit_hold_state", "in", ["waiting"])]
        self.assertIn(self.order, orders.with_user(self.seller).search(held))
        for domain in (held, [("credit_hold_ready", "in", [True])]):
            with self.subTest(domain):
                self.refuse(orders.with_user(customer).search, domain)

    # -- four eyes --------------------------------------------------------------------
    def test_order_handed_over_is_still_his(self):
        """An approver who sells asks through a colleague and gives the order away."""
        self.order.user_id = self.approver
        hold = self._request(self.order, user=self.env.user)
        self.order.user_id = self.seller
        self.refuse(hold.with_user(self.approver)._decide, "release", "Mine")
        self.assertFalse(hold.with_user(self.approver).can_decide)

    def test_second_requester_does_not_decide(self):
        self.approver.group_ids += self.env.ref(
            "sales_team.group_sale_salesman_all_leads"
        )
        hold = self._request(self.order)
        self.assertEqual(self._request(self.order, user=self.approver), hold)
        self.refuse(hold.with_user(self.approver)._decide, "release", "Mine")

    def test_maker_of_the_order_does_not_decide(self):
        self.approver.group_ids += self.env.ref(
            "sales_team.group_sale_salesman_all_leads"
        )
        values = {"partner_id": self.customer.id, "user_id": self.seller.id}
        line = {"product_id": self.product.id, "price_unit": 1500, "tax_ids": []}
        orders = self.env["sale.order"].with_user(self.approver)
        order = orders.create(values | {"order_line": [Command.create(line)]})
        hold = self._request(order)
        self.refuse(hold.with_user(self.approver)._decide, "release", "Mine")
        self.company.credit_allow_self_decision = True
        hold.with_user(self.approver)._decide("release", "Allowed")
