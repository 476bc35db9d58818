"""Each role at the holds and authorities, by RPC: what it may and may not."""

import json

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .hold_common import HoldCommon


@tagged("post_install", "-at_install")
class TestSecurityHold(HoldCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.auditor = cls._user("auditor")
        cls.sales_all = cls._user("sales_all")
        cls.invoicing = cls._user("invoicing")
        cls.colleague = cls._user("sales", login="credit_colleague")
        cls.portal = new_test_user(cls.env, "credit_portal", groups="base.group_portal")
        cls.hold = (
            cls.order.with_user(cls.seller)._credit_request_release().with_env(cls.env)
        )
        cls.authority = cls.env["credit.authority"].search([], limit=1)

    def test_who_reads_holds(self):
        """Credit people and auditors all, salespeople those of their orders."""
        expected = {
            self.seller: True,
            self.colleague: False,
            self.sales_all: True,
            self.analyst: True,
            self.approver: True,
            self.manager: True,
            self.auditor: True,
            self.invoicing: False,
            self.portal: False,
        }
        for user, may in expected.items():
            with self.subTest(user=user.login):
                hold = self.hold.with_user(user)
                self.assertEqual(hold.has_access("read"), may)
                if may:
                    self.assertTrue(hold.reason_text)
                    self.assertIn("exceeded", hold.summary_html)

    def test_orders_without_salesperson_are_read_as_orders_are(self):
        """A salesperson reads the holds of exactly the orders that he reads."""
        self.order.user_id = False
        self.env.flush_all()
        self.assertTrue(self.hold.with_user(self.colleague).has_access("read"))

    def test_nobody_writes_holds(self):
        """No role may create, write or delete a hold, the administrator included."""
        everybody = (
            self.seller
            | self.sales_all
            | self.analyst
            | self.approver
            | self.manager
            | self.auditor
            | self.invoicing
            | self.portal
            | self.env.ref("base.user_admin")
        )
        values = {"order_id": self.order.id, "partner_id": self.customer.id}
        for user in everybody:
            hold = self.hold.with_user(user)
            attempts = {
                "release": lambda hold=hold: hold.write({"state": "released"}),
                "reasons": lambda hold=hold: hold.write({"reasons": []}),
                "cap": lambda hold=hold: hold.write({"released_amount": 9e9}),
                "create": lambda hold=hold: hold.create(values),
                "copy": hold.copy,
                "delete": hold.unlink,
            }
            for name, attempt in attempts.items():
                with self.subTest(user=user.login, attempt=name):
                    with self.assertRaises(AccessError):
                        attempt()

    def test_order_fields_give_no_way_round(self):
        """Writing the order's hold fields changes no hold."""
        order = self.order.with_user(self.seller)
        for command in (
            Command.update(self.hold.id, {"state": "released"}),
            Command.delete(self.hold.id),
            Command.create({"partner_id": self.customer.id}),
        ):
            with self.subTest(command=command), self.assertRaises(AccessError):
                order.write({"credit_hold_ids": [command]})
                self.env.flush_all()
        self.assertEqual(self.hold.state, "waiting")

    def test_who_decides(self):
        """Release and reject: only credit people with authority."""
        for user in (
            self.seller | self.sales_all | self.analyst | self.auditor | self.invoicing
        ):
            for decide in (self._release, self._reject):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    decide(self.hold, user=user)
        self.assertEqual(self.hold.state, "waiting")
        self._release(self.hold, user=self.manager)

    def test_wizards_are_for_those_who_may(self):
        """The decision dialog is closed to salespeople, the request to portal users."""
        Decision = self.env["credit.hold.decision"]
        with self.assertRaises(AccessError):
            Decision.with_user(self.seller).create(
                {"hold_id": self.hold.id, "reason": "Mine"}
            )
        with self.assertRaises(AccessError):
            self.env["credit.force.hold"].with_user(self.seller).create(
                {"order_ids": self.order.ids, "reason": "Mine"}
            )
        Request = self.env["credit.release.request"]
        with self.assertRaises(AccessError):
            Request.with_user(self.portal).create({"order_ids": self.order.ids})
        with self.assertRaises(AccessError):
            Request.with_user(self.colleague).create(
                {"order_ids": self.order.ids}
            ).action_request()

    def test_who_keeps_authorities(self):
        """Only the credit manager gives authority; approvers cannot raise theirs."""
        for user in (
            self.seller | self.sales_all | self.analyst | self.approver | self.auditor
        ):
            authority = self.authority.with_user(user)
            with self.subTest(user=user.login):
                for attempt in (
                    lambda line=authority: line.write({"unlimited": True}),
                    lambda line=authority, user=user: line.create({"user_id": user.id}),
                    authority.unlink,
                ):
                    with self.assertRaises(AccessError):
                        attempt()
        self.authority.with_user(self.manager).max_amount = 5.0
        self.assertFalse(self.authority.with_user(self.seller).has_access("read"))
        self.assertTrue(self.authority.with_user(self.auditor).has_access("read"))

    def test_salesperson_closes_his_activity_and_writes_notes(self):
        """Readers may post on a hold and mark their activity as done."""
        hold = self.hold.with_user(self.seller)
        hold.message_post(body="He paid today")
        activity = self.hold.sudo().activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.seller.id
        )
        activity.with_user(self.seller).action_feedback(feedback="Done")
        self.assertFalse(activity.active)

    def test_nobody_removes_the_activity_of_another(self):
        """Who asked for a release does not take it off the approver's list."""
        activity = self.hold.activity_ids.filtered(
            lambda activity: activity.user_id == self.approver
        )
        for user in self.seller | self.sales_all | self.analyst | self.auditor:
            theirs = activity.with_user(user)
            for name, attempt in {
                "remove": theirs.unlink,
                "hand over": lambda a=theirs, u=user: a.write({"user_id": u.id}),
                "mark as done": theirs.action_done,
            }.items():
                with self.subTest(user=user.login, attempt=name):
                    with self.assertRaises(AccessError):
                        attempt()
        activity.with_user(self.approver).action_done()
        self.assertFalse(activity.active)

    def test_context_keys_open_nothing(self):
        """Neither a decision nor a confirmation is opened by a context key."""
        keys = dict.fromkeys(
            (
                "bypass_risk",
                "force",
                "credit_release",
                "skip_credit",
                "su",
                "install_mode",
            ),
            True,
        )
        with self.assertRaises(AccessError):
            self._release(self.hold.with_context(**keys), user=self.seller)
        hold = self.hold.with_user(self.seller).with_context(**keys)
        with self.assertRaises(AccessError):
            hold.write({"state": "released"})

    def test_portal_sees_no_field_of_ours_on_his_order(self):
        """A customer reading his order by RPC gets nothing about credit."""
        self.portal.partner_id.parent_id = self.customer
        order = self.order.with_user(self.portal)
        self.assertTrue(order.has_access("read"))
        ours = [name for name in order._fields if name.startswith("credit_")]
        self.assertTrue(ours)
        visible = order.fields_get(ours)
        self.assertFalse(visible)
        for name in ours:
            with self.subTest(field=name), self.assertRaises(AccessError):
                order.read([name])

    def test_order_figures_are_for_sales_invoicing_and_credit(self):
        """Others who come to see an order learn neither limits nor amounts."""
        outsider = new_test_user(self.env, "credit_outsider", groups="base.group_user")
        self.env["ir.model.access"].create(
            {
                "name": "Others see orders",
                "model_id": self.env["ir.model"]._get_id("sale.order"),
                "group_id": self.env.ref("base.group_user").id,
                "perm_read": True,
            }
        )
        fields_ = ("credit_panel", "credit_hold_ids")
        for user, sees in {
            self.sales_all: fields_,
            self.analyst: fields_,
            self.auditor: fields_,
            self.invoicing: fields_[:1],
            outsider: (),
        }.items():
            order = self.order.with_user(user)
            self.assertEqual(order.credit_hold_state, "waiting")
            arch = order.get_view(self.env.ref("sale.view_order_form").id)["arch"]
            for name in fields_:
                with self.subTest(user=user.login, field=name):
                    if name in sees:
                        self.assertTrue(order.read([name])[0][name])
                        continue
                    with self.assertRaises(AccessError):
                        order.read([name])
            with self.subTest(user=user.login):
                self.assertEqual('name="credit_panel"' in arch, "credit_panel" in sees)
                self.assertIn('name="partner_credit_warning"', arch)

    def test_invoicing_user_opens_the_order(self):
        """Who bills an order reads all of it that is meant for him."""
        order = self.order.with_user(self.invoicing)
        self.assertEqual(order.read()[0]["credit_hold_state"], "waiting")
        with Form(order) as form:
            self.assertEqual(form.credit_hold_count, 1)
        domain = [("id", "in", self.order.ids)]
        for name, value in [("credit_hold_state", "waiting"), ("credit_hold_ready", 0)]:
            with self.subTest(field=name):
                self.assertEqual(order.search([*domain, (name, "=", value)]), order)

    def test_messages_on_the_order_are_internal(self):
        """Nothing that we write on an order is shown in the portal."""
        self._release(self.hold)
        notes = self.order.message_ids.filtered(lambda m: "CH/" in (m.body or ""))
        self.assertGreaterEqual(len(notes), 2)
        for note in notes:
            self.assertTrue(note.subtype_id.internal)

    def test_other_company_is_closed(self):
        """Holds of a company that a person may not open are invisible to him."""
        other = self._other_company()
        hold = self.hold.sudo()
        hold.company_id = other
        hold.order_company_id = other
        for user in self.approver | self.seller | self.sales_all | self.auditor:
            with self.subTest(user=user.login):
                self.assertFalse(self.hold.with_user(user).has_access("read"))
        with self.assertRaises(AccessError):
            self._release(self.hold)

    def test_branch_people_read_their_holds(self):
        """The hold is kept at the root; a person of the branch alone reads his."""
        branch = self._other_company(parent_id=self.company.id)
        seller = new_test_user(
            self.env,
            "credit_branch",
            groups="base.group_user,sales_team.group_sale_salesman",
            company_id=branch.id,
            company_ids=[Command.set(branch.ids)],
        )
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "company_id": branch.id,
                "user_id": seller.id,
                "order_line": [
                    Command.create(
                        {"product_id": self.product.id, "price_unit": 5000.0}
                    )
                ],
            }
        )
        hold = self._request(order, user=seller)
        self.assertEqual(hold.company_id, self.company)
        self.assertEqual(hold.with_user(seller).order_company_id, branch)
        self.assertNotIn(self.approver.id, hold.activity_ids.user_id.ids)


@tagged("post_install", "-at_install")
class TestSecurityHoldRpc(HttpCase, HoldCommon):
    """The same from outside, as a client would try it."""

    def _rpc(self, model, method, *args, **kwargs):
        response = self.url_open(
            f"/web/dataset/call_kw/{model}/{method}",
            data=json.dumps(
                {
                    "jsonrpc": "2.0",
                    "params": {
                        "model": model,
                        "method": method,
                        "args": args,
                        "kwargs": kwargs,
                    },
                }
            ),
            headers={"Content-Type": "application/json"},
        ).json()
        return response.get("error", {}).get("data", {}).get("name"), response

    @mute_logger("odoo.http")
    def test_salesperson_by_rpc_cannot_release(self):
        """Neither private methods, nor writes, nor the dialog release an order."""
        hold = self._request(self.order)
        self.env.flush_all()
        self.authenticate(self.seller.login, self.seller.login)
        forbidden = [
            ("credit.hold", "_decide", hold.ids, "release", "Mine"),
            ("credit.hold", "_open", []),
            ("credit.hold", "_release_by_itself", hold.ids),
            ("credit.hold", "_cron_recheck"),
            ("credit.hold", "write", hold.ids, {"state": "released"}),
            ("credit.hold", "write", hold.ids, {"reasons": []}),
            ("credit.hold", "create", {"order_id": self.order.id}),
            ("credit.hold", "unlink", hold.ids),
            ("credit.authority", "create", {"user_id": self.seller.id}),
            ("credit.hold.decision", "create", {"hold_id": hold.id, "reason": "Mine"}),
            ("sale.order", "_credit_force_hold", self.order.ids, "Mine"),
            ("sale.order", "action_confirm", self.order.ids),
        ]
        for model, method, *args in forbidden:
            with self.subTest(model=model, method=method, args=args):
                error, response = self._rpc(model, method, *args)
                self.assertIn(
                    error,
                    (
                        "odoo.exceptions.AccessError",
                        "odoo.exceptions.RedirectWarning",
                    ),
                    response,
                )
        self.env.invalidate_all()
        self.assertEqual(hold.state, "waiting")
        self.assertEqual(self.order.state, "draft")
