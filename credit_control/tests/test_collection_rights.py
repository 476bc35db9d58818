"""Who may see, make, change and close cases: by button, write and RPC alike."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .collection_common import CollectionCommon


@tagged("post_install", "-at_install")
class TestCollectionRights(CollectionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {role: cls._user(role) for role in cls.ROLES}
        cls.users["readonly"] = new_test_user(
            cls.env,
            login="credit_readonly",
            groups="base.group_user,account.group_account_readonly",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.users["portal"] = new_test_user(
            cls.env, login="credit_portal", groups="base.group_portal"
        )

    def _may(self, role, call):
        """Does ``call(env of that user)`` pass? It leaves no trace."""

        class Passed(Exception):
            pass

        try:
            with (
                self.env.cr.savepoint(),
                mute_logger("odoo.addons.base.models.ir_rule"),
            ):
                call(self.env(user=self.users[role]))
                self.env.flush_all()
                raise Passed
        except Passed:
            return True
        except AccessError:
            return False

    def test_role_matrix(self):
        case = self._case(self.old, hand_over=False)
        cost = self.env["credit.collection.cost"].create(
            {"case_id": case.id, "name": "Court", "amount": 10}
        )
        stage, line = case.stage_id, case.line_ids
        new = self._items(self.new)

        def on(record, act):
            return lambda env: act(record.with_env(env))

        acts = {
            "read": on(case, lambda r: r.read(["name", "state", "amount_open"])),
            "read lines": on(line, lambda r: r.read(["name", "recovered"])),
            "read money": on(case, lambda r: r.read(["fee", "net", "cost_amount"])),
            "read costs": on(cost, lambda r: r.read(["amount"])),
            "read pack": on(case, lambda r: r.read(["evidence_pack"])),
            "read grade": on(case, lambda r: r.read(["then_grade_id"])),
            "make": on(
                new, lambda r: r.env["credit.collection.case"]._create_cases(r, False)
            ),
            "note": on(case, lambda r: r.write({"note": "x"})),
            "hand over": on(
                case,
                lambda r: (r.write({"agent_id": self.agency.id}), r.action_hand_over()),
            ),
            "cost": on(
                case,
                lambda r: r.write(
                    {"cost_ids": [Command.create({"name": "x", "amount": 1})]}
                ),
            ),
            "add": on(case, lambda r: r._add_items(new.with_env(r.env))),
            "evidence": on(
                case, lambda r: r.env["credit.collection.evidence"]._check_maker(r)
            ),
            "delete": on(case, lambda r: r.unlink()),
            "stage": on(stage, lambda r: r.write({"deadline_days": 3})),
            "report": lambda env: env["credit.collection.report"].search([]),
        }
        reads = {"read", "read lines"}
        money = {"read money", "read costs", "read pack", "evidence", "report"}
        works = {"make", "note", "hand over", "cost", "add", "delete"}
        grade = {"read grade"}
        expected = {
            "sales": set(),  # not his customer
            "sales_all": reads,
            "invoicing": reads | money | works,
            "analyst": reads | money | works | grade,
            "approver": reads | money | works | grade,
            "manager": reads | money | works | grade | {"stage"},
            "auditor": reads | money | grade,
            "readonly": reads | money,
            "portal": set(),
        }
        for role, may in expected.items():
            found = {name for name, act in acts.items() if self._may(role, act)}
            with self.subTest(role):
                self.assertEqual(found, may)

    def test_salesperson_reads_the_cases_of_his_customers(self):
        """That a customer is with the lawyer, and how far; not what it costs."""
        sales = self.users["sales"]
        case = self._case(self.old).with_user(sales)
        with self.assertRaises(AccessError):
            case.read(["name"])
        self.assertEqual(self.customer.with_user(sales).credit_case_count, 0)
        self.customer.user_id = sales
        self.env.invalidate_all()
        self.assertEqual(self.customer.with_user(sales).credit_case_count, 1)
        self.assertEqual(case.state, "open")
        action = self.customer.with_user(sales).action_open_credit_cases()
        found = self.Case.with_user(sales).search(action["domain"])
        self.assertEqual(found, case)
        fields = self.Case.with_user(sales).fields_get()
        for name in ("fee", "net", "cost_ids", "evidence_pack", "then_grade_id"):
            self.assertNotIn(name, fields)
        view = self.Case.with_user(sales).get_view(
            self.env.ref("credit_control.credit_collection_case_view_form").id
        )
        self.assertNotIn("cost_ids", view["arch"])

    def test_nobody_types_what_is_measured(self):
        """Neither by write nor by create, whatever a client sends along."""
        accountant = self.users["invoicing"]
        case = self._case(self.old).with_user(accountant)
        for values in (
            {"state": "closed"},
            {"outcome": "paid"},
            {"amount": 1},
            {"handed_on": "2020-01-01"},
            {"partner_id": self.agency.id},
            {"company_rate": 2},
            {"ready": True},
            {"line_ids": [Command.clear()]},
            {"evidence_state": "ready"},
            {"name": "X"},
        ):
            with self.subTest(**values), self.assertRaises(AccessError):
                case.with_context(su=True, force=True).write(values)
        for line in (case.line_ids,):
            with self.assertRaises(AccessError):
                line.write({"amount": 1})
            with self.assertRaises(AccessError):
                line.unlink()
        with self.assertRaisesRegex(AccessError, "use the button"):
            self.Case.with_user(accountant).create(
                {
                    "partner_id": self.customer.id,
                    "company_id": self.company.id,
                    "currency_id": self.currency.id,
                    "name": "X",
                }
            )

    def test_other_company_sees_nothing(self):
        case = self._case(self.old)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            login="stranger",
            groups="account.group_account_invoice,credit_control.group_credit_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.assertFalse(self.Case.with_user(stranger).search([("id", "=", case.id)]))
        self.assertFalse(
            self.env["credit.collection.report"].with_user(stranger).search([])
        )
        branch = new_test_user(
            self.env,
            login="branch",
            groups="account.group_account_invoice",
            company_id=self.branch.id,
            company_ids=[Command.set(self.branch.ids)],
        )
        self.assertTrue(self.Case.with_user(branch).search([("id", "=", case.id)]))

    def test_claim_letter_is_for_readers_of_the_ledger(self):
        self.customer.user_id = self.users["sales"]
        case = self._case(self.old)
        report = "credit_control.report_collection_claim"
        for role, may in (("sales", False), ("invoicing", True), ("auditor", True)):
            with self.subTest(role):
                self.assertEqual(
                    self._may(
                        role,
                        lambda env: env["ir.actions.report"]._render_qweb_html(
                            report, case.ids
                        ),
                    ),
                    may,
                )


@tagged("post_install", "-at_install")
class TestCollectionHttp(HttpCase, CollectionCommon):
    def test_pack_is_downloaded_by_readers_of_the_ledger_only(self):
        sales = self._user("sales", login="seller_http", password="seller_http")
        clerk = self._user("invoicing", login="clerk_http", password="clerk_http")
        self.customer.user_id = sales
        case = self._case(self.old, user=clerk)
        action = case.with_user(clerk).action_make_evidence()
        attachment = (
            self.env["ir.attachment"]
            .sudo()
            .search([("res_model", "=", case._name), ("res_field", "!=", False)])
        )
        for login, status in (("seller_http", 404), ("clerk_http", 200)):
            self.authenticate(login, login)
            for url in (action["url"], f"/web/content/{attachment.id}?download=true"):
                with self.subTest(login, url=url):
                    response = self.url_open(url)
                    self.assertEqual(response.status_code, status)
        self.assertEqual(response.content[:2], b"PK")

    def test_rpc_does_not_reach_services(self):
        """No private method, and no button that the role has not."""
        sales = self._user("sales", login="seller_http", password="seller_http")
        self.customer.user_id = sales
        case = self._case(self.old)
        self.authenticate("seller_http", "seller_http")
        for method, args in (
            ("_close", [case.ids, "paid", "x"]),
            ("_make", [[]]),
            ("action_hand_over", [case.ids]),
            ("action_reopen", [case.ids]),
            ("action_make_evidence", [case.ids]),
            ("write", [case.ids, {"note": "x"}]),
            ("unlink", [case.ids]),
        ):
            with self.subTest(method), mute_logger("odoo.http"):
                response = self.url_open(
                    f"/web/dataset/call_kw/{case._name}/{method}",
                    json={
                        "jsonrpc": "2.0",
                        "params": {
                            "model": case._name,
                            "method": method,
                            "args": args,
                            "kwargs": {},
                        },
                    },
                )
                self.assertIn("error", response.json())
        self.assertEqual(case.state, "open")
