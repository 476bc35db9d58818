"""Who reads and changes what of dunning: every model, every role, as RPC does it."""

from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import TODAY
from .dunning_common import DunningCommon

READ, WRITE, CREATE, UNLINK = "read", "write", "create", "unlink"
EVERYTHING = {READ, WRITE, CREATE, UNLINK}
MANAGED = {"manager": EVERYTHING, "sales": set(), "sales_all": set(), "portal": set()}
SEEN = {"portal": set()}
#: model -> what roles may do where it is more or less than reading.
RIGHTS = {
    "credit.dunning.policy": MANAGED,
    "credit.dunning.level": MANAGED,
    "credit.dunning.run": {
        "invoicing": EVERYTHING,
        "sales": set(),
        "sales_all": set(),
        "portal": set(),
    },
    "credit.dunning.notice": SEEN | {"invoicing": {READ, WRITE}},
    "credit.dunning.notice.line": SEEN | {"invoicing": {READ, WRITE}},
    "credit.dunning.work": SEEN,
    "credit.promise": SEEN
    | {
        role: {READ, WRITE, CREATE}
        for role in ("invoicing", "analyst", "approver", "manager")
    },
    "credit.promise.line": SEEN,
    "credit.dispute": SEEN
    | {
        role: {READ, WRITE, CREATE}
        for role in ("invoicing", "analyst", "approver", "manager")
    },
}


@tagged("post_install", "-at_install")
class TestDunningRights(DunningCommon):
    ROLES = DunningCommon.ROLES | {"readonly": "account.group_account_readonly"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {role: cls._user(role, login=f"d_{role}") for role in cls.ROLES}
        cls.users["portal"] = new_test_user(
            cls.env, "d_portal", groups="base.group_portal"
        )
        cls.customer.user_id = cls.users["sales"]
        cls.users["portal"].partner_id.parent_id = cls.customer
        cls.invoice = cls._overdue_invoice(100, days=30)
        promised = cls._overdue_invoice(40, days=3)
        disputed = cls._overdue_invoice(50, days=3)
        cls.proposal = cls.Run._create_run(cls.company)
        cls.notice = cls.proposal.notice_ids
        cls.env["credit.promise"]._create_promise(
            promised._get_open_items(), TODAY + timedelta(days=5)
        )
        cls.env["credit.dispute"]._create_disputes(
            disputed._get_open_items(),
            cls.env.ref("credit_control.credit_dispute_reason_goods"),
        )
        cls.Work._refresh(cls.company)

    def test_matrix(self):
        """Accountants run dunning, policies belong to managers, salespeople see the
        state on their customers, auditors read, customers see nothing of it."""
        for model, special in RIGHTS.items():
            for role, user in self.users.items():
                allowed = special.get(role, {READ})
                records = self.env[model].with_user(user)
                found = {
                    operation
                    for operation in EVERYTHING
                    if records.has_access(operation)
                }
                with self.subTest(model, role=role):
                    self.assertEqual(found, allowed)
                    if READ in allowed:
                        self.assertTrue(records.search([]).read())

    @mute_logger("odoo.models")
    def test_salesperson_sees_his_customers_only(self):
        """Also of the items of notices, and of the worklist."""
        other = self._customer("Not mine", email="other@example.com")
        self._overdue_invoice(60, days=30, partner=other)
        self._send(self._propose())
        self.Work._refresh(self.company)
        seller = self.users["sales"]
        for model in ("credit.dunning.notice", "credit.dunning.work"):
            found = self.env[model].with_user(seller).search([])
            self.assertEqual(found.partner_id, self.customer, model)
        Line = self.env["credit.dunning.notice.line"]
        self.assertEqual(Line.with_user(seller).search([]).partner_id, self.customer)
        foreign = self.Notice.search([("partner_id", "=", other.id)])
        with self.assertRaises(AccessError):
            foreign.with_user(seller).read(["total"])
        everything = self.Notice.with_user(self.users["sales_all"]).search([])
        self.assertEqual(everything.partner_id, self.customer | other)

    def test_accountant_forges_nothing(self):
        """No value that was measured, no state, no approval, no item that was sent."""
        user = self.users["invoicing"]
        notice, line = self.notice.with_user(user), self.notice.line_ids.with_user(user)
        run = self.proposal.with_user(user)
        forged = {
            "state of a notice": lambda: notice.write({"state": "sent"}),
            "amount": lambda: notice.write({"amount": 1.0}),
            "fee": lambda: notice.write({"fee": 99.0, "total": 199.0}),
            "item": lambda: line[:1].write({"sent": True, "sent_on": "2026-06-01"}),
            "amount of an item": lambda: line[:1].write({"amount": 1.0}),
            "item by way of the notice": lambda: notice.write(
                {"line_ids": [Command.update(line[:1].id, {"sent": True})]}
            ),
            "new item": lambda: notice.write(
                {"line_ids": [Command.create({"name": "X", "sent": True})]}
            ),
            "item thrown away": lambda: notice.write(
                {"line_ids": [Command.delete(line[:1].id)]}
            ),
            "new notice": lambda: self.Notice.with_user(user).create(
                notice.copy_data()[0]
            ),
            "own approval": lambda: run.write({"approved_by": user.id}),
            "run with approval": lambda: self.Run.with_user(user).create(
                {"approved_by": user.id}
            ),
            "state of a run": lambda: run.write({"state": "done"}),
            "policy": lambda: self.policy.with_user(user).write({"min_days": 0}),
            "level": lambda: self.policy.level_ids.with_user(user).write(
                {"consequence": "none"}
            ),
            "worklist": lambda: (
                self.Work.with_user(user).search([], limit=1).write({"priority": 1})
            ),
            "level of the file": lambda: (
                self._file().with_user(user).write({"dunning_level": 0})
            ),
        }
        for name, attempt in forged.items():
            with self.subTest(name), self.assertRaises(AccessError):
                attempt()
        self.assertEqual((notice.state, self.proposal.state), ("draft", "draft"))
        self.assertFalse(any(self.notice.line_ids.mapped("sent")))

    def test_only_accountants_act(self):
        """Propose, remind, send, undo, print, pause: nobody else, button or RPC."""
        row = self.Work.search([("partner_id", "=", self.customer.id)])
        for role, user in self.users.items():
            if role == "invoicing":
                continue
            acts = {
                "propose": lambda u: self.Run.with_user(u).action_propose(),
                "remind": lambda u: row.with_user(u).action_remind(),
                "remind invoices": lambda u: self.invoice.with_user(
                    u
                ).action_credit_remind(),
                "send": lambda u: self.proposal.with_user(u).action_send(),
                "send one": lambda u: self.notice.with_user(u).action_send(),
                "undo": lambda u: self.proposal.with_user(u).action_undo(),
                "cancel": lambda u: self.notice.with_user(u).action_cancel(),
                "edit": lambda u: self.notice.with_user(u).action_edit_text(),
                "leave out": lambda u: (
                    self.notice.line_ids[:1].with_user(u).action_remove()
                ),
                "print": lambda u: self.notice.with_user(u).action_print(),
                "retry": lambda u: self.notice.with_user(u).action_retry(),
                "pause": lambda u: (
                    self.env["credit.dunning.pause"].with_user(u).create({})
                ),
            }
            for name, act in acts.items():
                with self.subTest(role, act=name), self.assertRaises(AccessError):
                    act(user)
        self.assertEqual((self.notice.state, self.proposal.state), ("draft", "draft"))

    def test_accountant_runs_dunning(self):
        """From the worklist to the letter box, with no other right."""
        user = self.users["invoicing"]
        line = self.notice.line_ids.with_user(user)
        line[:1].action_remove()
        self.assertEqual((line[:1].removed, line[:1].reason), (True, "person"))
        line[:1].action_restore()
        self.assertFalse(line[:1].removed)
        self.proposal.with_user(user).action_send()
        self.assertEqual(self.notice.state, "sent")
        with self.assertRaises(UserError):
            line[:1].action_remove()

    def test_two_companies(self):
        """Who works for another company reads nothing of ours."""
        other = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "d_stranger",
            groups="base.group_user,account.group_account_invoice",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for model in RIGHTS:
            found = self.env[model].with_user(stranger).search([])
            shared = model in ("credit.dunning.policy", "credit.dunning.level")
            with self.subTest(model):
                self.assertFalse(found.company_id if shared else found)
