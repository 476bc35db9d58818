"""Who may do what with credit files: one test per role, in every client."""

import json

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import CreditCommon

OURS = [
    "credit.file",
    "credit.limit.line",
    "credit.grade",
    "credit.group",
    "credit.insurance.policy",
    "credit.insurance.cover",
]


class SecurityCase(CreditCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.file = cls._file(1000, state="stop")
        cls.group = cls.env["credit.group"].create({"name": "Holding"})
        cls.grade = cls.env.ref("credit_control.credit_grade_a")
        cls.cover = cls.env["credit.insurance.cover"].create(
            {
                "file_id": cls.file.id,
                "insurer_id": cls._customer("Insurer").id,
                "insured_limit": 5,
            }
        )
        cls.records = {
            "credit.file": cls.file,
            "credit.limit.line": cls.file.limit_line_ids,
            "credit.grade": cls.grade,
            "credit.group": cls.group,
            "credit.insurance.cover": cls.cover,
        }

    DECISIONS = [
        {"credit_limit": 5, "limit_reason": "Test"},
        {"limit_mode": "unlimited", "limit_reason": "Test"},
        {"limit_date_to": "2027-01-01", "limit_reason": "Test"},
        {"state": "open"},
        {"state": "watch"},
        {"max_discount_pct": 9},
        {"group_exempt": True},
    ]

    def _decisions(self):
        term = self.env.ref("account.account_payment_term_30days")
        return [
            *self.DECISIONS,
            {"grade_id": self.grade.id},
            {"group_id": self.group.id},
            {"payment_term_id": term.id},
        ]

    def assertDenied(self, call, *args, **kwargs):
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            call(*args, **kwargs)
            self.env.flush_all()


@tagged("post_install", "-at_install")
class TestSecurityFile(SecurityCase):
    def test_salesperson_reads_nothing(self):
        """Scores, limits and reasons are not for the seller's eyes by RPC."""
        for role in ("sales_all", "invoicing"):
            user = self._user(role)
            for model in OURS:
                with self.subTest(role=role, model=model):
                    self.assertDenied(self.env[model].with_user(user).search_read, [])
            file = self.file.with_user(user)
            self.assertDenied(file.write, {"remarks": "Hello"})
            self.assertDenied(file._set_limit, "unlimited", reason="Please")
            self.assertDenied(
                file.env["credit.file"].create, {"partner_id": self._customer("N").id}
            )
            self.assertDenied(self.customer.with_user(user).read, ["credit_panel"])
            self.assertDenied(file.action_open_exposure)

    def test_portal_user_sees_nothing(self):
        """Nothing of ours is shown to customers."""
        portal = new_test_user(self.env, "credit_portal", groups="base.group_portal")
        for model in OURS:
            with self.subTest(model):
                self.assertDenied(self.env[model].with_user(portal).search_read, [])

    def test_auditor_reads_everything_and_changes_nothing(self):
        """The auditor verifies; he is no actor."""
        auditor = self._user("auditor")
        for model in OURS:
            self.env[model].with_user(auditor).search_read([])
        self.assertTrue(self.customer.with_user(auditor).credit_panel["file_id"])
        for model, record in self.records.items():
            with self.subTest(model):
                record = record.with_user(auditor)
                self.assertFalse(record.has_access("write"))
                self.assertFalse(record.has_access("create"))
                self.assertDenied(record.unlink)
        file = self.file.with_user(auditor)
        self.assertDenied(file._set_limit, "none", reason="Test")
        self.assertDenied(file.action_refresh_snapshot)
        self.assertDenied(
            self.env["credit.limit.wizard"].with_user(auditor).create,
            {"file_id": self.file.id, "reason": "Test"},
        )

    def test_analyst_prepares_but_does_not_decide(self):
        """Remarks, responsible, review: yes. Limit, terms, grade, easing: no."""
        analyst = self._user("analyst")
        file = self.file.with_user(analyst)
        file.write(
            {
                "remarks": "Visited them",
                "user_id": analyst.id,
                "next_review_date": "2026-09-01",
                "registered_address": "Main Street 1",
            }
        )
        for values in self._decisions():
            with self.subTest(values):
                self.assertDenied(file.write, values)
        self.assertDenied(file._set_limit, "none", reason="Test")
        self.assertDenied(file.limit_line_ids.create, {"file_id": file.id})
        self.assertDenied(
            file.write, {"limit_line_ids": [Command.create({"reason": "Test"})]}
        )
        self.assertDenied(
            self.env["credit.limit.wizard"].with_user(analyst).create,
            {"file_id": self.file.id, "reason": "Test"},
        )
        self.assertDenied(self.cover.with_user(analyst).write, {"insured_limit": 9})
        for record in (self.grade, self.group):
            self.assertDenied(record.with_user(analyst).write, {"credit_limit": 9})
        self.assertDenied(self.customer.with_user(analyst).write, {"credit_limit": 9})
        self.assertEqual((self.file.credit_limit, self.file.state), (1000, "stop"))

    def test_analyst_may_be_stricter(self):
        """He stops a customer at once and leaves the opening to an approver."""
        file = self._file(5, partner=self._customer("Other"))
        file = file.with_user(self._user("analyst"))
        for state in ("watch", "stop"):
            file.state = state
        self.assertDenied(file.write, {"state": "watch"})

    def test_analyst_opens_files_without_decisions(self):
        """By hand, for a customer without one."""
        File = self.env["credit.file"].with_user(self._user("analyst"))
        partner = self._customer("New")
        for values in (
            {"limit_mode": "unlimited"},
            {"credit_limit": 10},
            {"grade_id": self.grade.id},
        ):
            with self.subTest(values):
                self.assertDenied(File.create, {"partner_id": partner.id} | values)
        file = File.create(
            {
                "partner_id": partner.id,
                "limit_mode": "inherit",
                "credit_limit": 0.0,
                "limit_reason": False,
                "currency_id": self.currency.id,
                "state": "open",
                "grade_id": False,
            }
        )
        self.assertEqual(file.create_uid.login, "credit_analyst")

    def test_nobody_types_measured_figures(self):
        """Not even the manager: the figures would be worth nothing."""
        file = self.file.with_user(self._user("manager"))
        for values in ({"available": 5}, {"limit_status": "over"}, {"score": 99}):
            with self.subTest(values):
                self.assertDenied(file.write, values)

    def test_approver_decides(self):
        """Limit, terms, grade and state; not the grades themselves."""
        approver = self._user("approver")
        self.env["credit.authority"].create(
            {"user_id": approver.id, "unlimited": True, "decides": "limit"}
        )
        file = self.file.with_user(approver)
        for values in self._decisions():
            file.write(values)
        self.assertEqual(file.limit_line_ids[0].approved_by, approver)
        self.cover.with_user(approver).insured_limit = 9
        wizard = self.env["credit.limit.wizard"].with_user(approver)
        wizard = wizard.create({"file_id": self.file.id, "reason": "T", "mode": "none"})
        wizard.action_confirm()
        self.assertEqual(self.file.limit_mode, "none")
        self.assertDenied(self.grade.with_user(approver).write, {"name": "X"})
        self.assertDenied(self.group.with_user(approver).write, {"credit_limit": 9})
        self.assertDenied(file.unlink)
        self.assertDenied(
            self.env["credit.settings"].with_user(approver).create,
            {"credit_limit_mode": "unlimited"},
        )

    def test_manager_sets_grades_groups_and_settings(self):
        """Without being an administrator of the system."""
        manager = self._user("manager")
        self.grade.with_user(manager).write({"max_terms_days": 90})
        self.group.with_user(manager).write({"limit_mode": "none"})
        self.assertDenied(self.company.with_user(manager).write, {"name": "Mine"})
        settings = self.env["credit.settings"].with_user(manager)
        settings.create({"credit_limit_mode": "amount", "credit_default_limit": 12})
        self.assertEqual(self.company.credit_default_limit, 12)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.assertDenied(
            settings.create, {"company_id": other.id, "credit_limit_mode": "none"}
        )
        self.assertEqual(other.credit_limit_mode, "inherit")

    def test_other_companies_files_are_hidden(self):
        """Each company keeps its customers' credit to itself; branches share."""
        other = self.env["res.company"].create({"name": "Elsewhere"})
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        theirs = self.env["credit.file"]._ensure(self.customer, other)
        theirs._set_limit("amount", 5, reason="Test")
        analyst = self._user("analyst")
        File = self.env["credit.file"].with_user(analyst)
        every = [("id", "in", (self.file | theirs).ids)]
        self.assertEqual(File.search(every), self.file)
        self.assertFalse(
            File.env["credit.limit.line"].search([("file_id", "=", theirs.id)])
        )
        self.assertDenied(theirs.with_user(analyst).read, ["credit_limit"])
        approver = self._user("approver")
        self.assertDenied(theirs.with_user(approver)._set_limit, "none", reason="T")
        wizard = self.env["credit.limit.wizard"].with_user(approver)
        self.assertDenied(
            lambda: wizard.create(
                {"file_id": theirs.id, "reason": "T", "mode": "unlimited"}
            ).action_confirm()
        )
        self.assertEqual(theirs.credit_limit, 5)
        analyst.write(
            {"company_ids": [Command.set(branch.ids)], "company_id": branch.id}
        )
        self.assertEqual(File.search(every), self.file)


@tagged("post_install", "-at_install")
class TestSecurityFileRpc(SecurityCase, HttpCase):
    def _call(self, login, model, method, args, **context):
        self.authenticate(login, login)
        params = {
            "model": model,
            "method": method,
            "args": args,
            "kwargs": {"context": context},
        }
        with mute_logger("odoo.http"):
            response = self.url_open(
                f"/web/dataset/call_kw/{model}/{method}",
                data=json.dumps({"params": params}),
                headers={"Content-Type": "application/json"},
            )
        return response.json()

    def test_no_context_key_opens_anything(self):
        """The limit of a customer cannot be set around the approver."""
        seller = self._user("sales_all")
        seller.group_ids += self.env.ref("base.group_partner_manager")
        seller.group_ids += self.env.ref("account.group_account_invoice")
        self._user("analyst")
        keys = {
            "credit_merging": True,
            "import_file": True,
            "su": True,
            "bypass_risk": True,
            "install_mode": True,
        }
        tries = [
            ("credit_sales_all", "res.partner", "write", {"credit_limit": 9}),
            ("credit_sales_all", "credit.file", "write", {"remarks": "Hello"}),
            ("credit_analyst", "credit.file", "write", self.DECISIONS[0]),
            ("credit_analyst", "credit.file", "write", {"state": "open"}),
        ]
        ids = {"res.partner": self.customer.ids, "credit.file": self.file.ids}
        for login, model, method, values in tries:
            with self.subTest(login=login, values=values):
                answer = self._call(login, model, method, [ids[model], values], **keys)
                self.assertEqual(
                    answer["error"]["data"]["name"], "odoo.exceptions.AccessError"
                )
        self.assertEqual((self.file.credit_limit, self.file.state), (1000, "stop"))

    def test_private_methods_are_no_doors(self):
        """The services behind the buttons cannot be called from outside."""
        self._user("manager")
        for method in ("_set_limit", "_write_image", "_absorb", "_ensure"):
            with self.subTest(method):
                answer = self._call("credit_manager", "credit.file", method, [[1]])
                self.assertIn("error", answer)
