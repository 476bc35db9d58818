"""Who may decide, up to which amount and for which grades."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .hold_common import HoldCommon


@tagged("post_install", "-at_install")
class TestAuthority(HoldCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Authority = cls.env["credit.authority"]
        cls.Authority.search([]).unlink()
        cls.grade_a, cls.grade_e = cls.env["credit.grade"].create(
            [{"code": "TA", "name": "Best"}, {"code": "TE", "name": "Worst"}]
        )
        cls.hold = (
            cls.order.with_user(cls.seller)._credit_request_release().with_env(cls.env)
        )

    def _allow(self, amount=None, group=None, **values):
        values.setdefault("unlimited", amount is None)
        if group:
            values["group_id"] = self.env.ref(f"credit_control.group_credit_{group}").id
        return self.Authority.create(values | {"max_amount": amount or 0.0})

    def _ceiling(self, user=None):
        return self.Authority._get_ceiling(user or self.approver, self.hold)

    def test_without_authority_nobody_decides(self):
        """Group membership alone gives no authority."""
        with self.assertRaisesRegex(AccessError, "nobody yet"):
            self._release(self.hold)

    def test_authority_ends_at_its_amount(self):
        """Up to his amount, inclusive; beyond it he is told who may."""
        self._allow(1500.0, user_id=self.approver.id)
        self._allow(group="manager")
        self.assertTrue(self.Authority._may_decide(self.approver, self.hold, 1500.0))
        self.assertFalse(self.Authority._may_decide(self.approver, self.hold, 1500.01))
        with self.assertRaisesRegex(AccessError, "Ask: .*credit_manager") as refusal:
            self._release(self.hold, cap=1500.01)
        self.assertNotIn("credit_approver", str(refusal.exception))
        self._release(self.hold, cap=1500.0)
        self.assertEqual(self.hold.state, "released")

    def test_rejecting_needs_authority_over_the_order(self):
        """A small authority neither releases nor rejects a large order."""
        self._allow(100.0, user_id=self.approver.id)
        with self.assertRaises(AccessError):
            self._reject(self.hold)

    def test_authority_gives_nothing_outside_the_credit_team(self):
        """A line for a salesperson or all employees opens nothing."""
        self._allow(user_id=self.seller.id)
        self._allow(group_id=self.env.ref("base.group_user").id)
        self.assertEqual(self._ceiling(self.seller), 0.0)
        with self.assertRaisesRegex(AccessError, "Only the credit team"):
            self._release(self.hold, user=self.seller)

    def test_most_specific_line_counts(self):
        """Person before group, grade before all, company before all; then the most."""
        self.file.grade_id = self.grade_e
        steps = [
            ({"amount": 50.0, "group": "approver"}, 50.0),
            ({"amount": 70.0, "group": "user"}, 70.0),
            (
                {"amount": 30.0, "group": "approver", "company_id": self.company.id},
                30.0,
            ),
            (
                {
                    "amount": 20.0,
                    "group": "approver",
                    "grade_ids": [Command.set(self.grade_e.ids)],
                },
                20.0,
            ),
            (
                {
                    "amount": 900.0,
                    "group": "approver",
                    "grade_ids": [Command.set(self.grade_a.ids)],
                },
                20.0,
            ),
            ({"amount": 10.0, "user_id": self.approver.id}, 10.0),
        ]
        for values, expected in steps:
            with self.subTest(**values):
                self._allow(**values)
                self.assertEqual(self._ceiling(), expected)

    def test_grade_line_does_not_fit_customers_without_grade(self):
        """Authority for a grade says nothing about customers without one."""
        self._allow(grade_ids=[Command.set(self.grade_a.ids)], group="approver")
        self.assertEqual(self._ceiling(), 0.0)
        self.file.grade_id = self.grade_a
        self.assertEqual(self._ceiling(), float("inf"))

    def test_amount_is_compared_in_company_currency(self):
        """3,000 in a currency of half the value needs authority over 1,500."""
        hold = self._request(self._gold_order(3000.0))
        self._allow(1500.0, user_id=self.approver.id)
        with self.assertRaises(AccessError):
            self._release(hold, cap=3000.02)
        self._release(hold, cap=3000.0)
        self.assertEqual(hold.state, "released")

    def test_other_company_line_does_not_count(self):
        """Authority in one company is none in another."""
        other = self.env["res.company"].create({"name": "Other"})
        self._allow(group="approver", company_id=other.id)
        self.assertEqual(self._ceiling(), 0.0)

    def test_deciders_responsible_first_then_just_enough(self):
        """Asked are at most ten: the responsible, then the smallest authorities."""
        group = self.env.ref("credit_control.group_credit_approver")
        others = self.env["res.users"].union(
            *(self._user("approver", login=f"approver_{n}") for n in range(12))
        )
        for number, user in enumerate(others):
            self._allow(10_000.0 - number, user_id=user.id)
        self._allow(10.0, group_id=group.id)
        self._allow(group="manager")
        self.file.user_id = others[0]
        deciders = self.Authority._get_deciders(self.hold)[self.hold.id]
        self.assertEqual(len(deciders), 10)
        self.assertEqual(deciders[0], others[0])
        self.assertEqual(deciders[1], others[11])
        self.assertNotIn(self.approver, deciders)
        self.assertNotIn(self.manager, deciders)

    def test_deciders_must_work_in_the_order_company(self):
        """Who cannot open the order's company is not asked."""
        branch = self.env["res.company"].create(
            {"name": "Far", "parent_id": self.company.id}
        )
        self._allow(group="approver")
        self.hold.sudo().order_company_id = branch
        deciders = self.Authority._get_deciders(self.hold)[self.hold.id]
        self.assertNotIn(self.approver, deciders)

    def test_archived_people_are_not_asked(self):
        """An archived approver gets no activity."""
        self._allow(group="approver")
        self.approver.active = False
        self.assertNotIn(
            self.approver, self.Authority._get_deciders(self.hold)[self.hold.id]
        )

    def test_deciders_cost_does_not_grow_with_holds(self):
        """One or many holds: the same number of queries."""
        self._allow(group="approver")
        many = self.hold | self.env["credit.hold"].union(
            *(
                self._request(self._order(2000.0, user_id=self.seller.id))
                for _ in range(5)
            )
        )

        def count(holds):
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self.Authority._get_deciders(holds)
            return self.env.cr.sql_log_count - start

        count(many)
        self.assertEqual(count(self.hold), count(many))

    def test_bad_lines_are_refused(self):
        """Negative amounts, nobody or two holders, a branch: a clear error."""
        group = self.env.ref("credit_control.group_credit_approver")
        branch = self.env["res.company"].create(
            {"name": "B", "parent_id": self.company.id}
        )
        other = self.env["res.company"].create({"name": "Other"})
        foreign = self.grade_a.copy({"code": "TO", "company_id": other.id})
        cases = [
            ({"user_id": self.approver.id, "max_amount": -1.0}, "cannot be negative"),
            ({}, "either Person or Group"),
            ({"user_id": self.approver.id, "group_id": group.id}, "either Person"),
            ({"group_id": group.id, "company_id": branch.id}, self.company.name),
            (
                {
                    "group_id": group.id,
                    "company_id": self.company.id,
                    "grade_ids": [Command.set(foreign.ids)],
                },
                "Remove the grades of another company",
            ),
        ]
        for values, text in cases:
            with self.subTest(**values), self.assertRaisesText(text):
                self.Authority.create(values)
                self.env.flush_all()


@tagged("post_install", "-at_install")
class TestShippedAuthority(HoldCommon):
    def test_managers_all_approvers_some_analysts_none(self):
        """Shipped: managers unlimited, approvers up to 50,000, analysts none."""
        hold = self._request(self.order)
        for user, expected in [
            (self.manager, float("inf")),
            (self.approver, 50_000.0),
            (self.analyst, 0.0),
        ]:
            with self.subTest(user=user.login):
                ceiling = self.env["credit.authority"]._get_ceiling(user, hold)
                self.assertEqual(ceiling, expected)
