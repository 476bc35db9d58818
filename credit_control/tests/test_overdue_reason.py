"""Why items are overdue: recorded where people are, read in one place."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .dunning_common import DunningCommon


@tagged("post_install", "-at_install")
class TestOverdueReason(DunningCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.run_reason = cls.env.ref("credit_control.credit_overdue_reason_run")
        cls.cash = cls.env.ref("credit_control.credit_overdue_reason_cash")
        cls.accountant = cls._user("invoicing")
        cls.moves = cls._overdue_invoice(100, days=30) + cls._overdue_invoice(
            50, days=10
        )

    def _record(self, records, reason, user=None):
        action = records.with_user(
            user or self.accountant
        ).action_credit_overdue_reason()
        wizard = self.env["credit.overdue.reason.wizard"]
        wizard = wizard.with_user(user or self.accountant)
        wizard = wizard.with_context(**action["context"])
        return wizard.create({"reason_id": reason.id}).action_record()

    def test_recorded_for_many_invoices_at_once(self):
        """By accounting, and by the credit team that changes nothing else of them."""
        self._record(self.moves, self.cash)
        self.assertEqual(self.moves.mapped("credit_overdue_reason_id"), self.cash)
        self._record(self.moves[0], self.run_reason, self._user("analyst"))
        self.assertEqual(
            [move.credit_overdue_reason_id for move in self.moves],
            [self.run_reason, self.cash],
        )

    def test_typed_on_the_invoice_and_found_by_it(self):
        self.moves[0].with_user(self.accountant).credit_overdue_reason_id = self.cash
        item = self.moves[0]._get_open_items()
        self.assertEqual(item.credit_overdue_reason_id, self.cash)
        Move = self.env["account.move"]
        ours = [("id", "in", self.moves.ids)]
        field = "credit_overdue_reason_id"
        for domain, found in (
            ([(field, "=", self.cash.id)], self.moves[0]),
            ([(field, "=", False)], self.moves[1]),
            ([(field, "!=", False)], self.moves[0]),
            ([(field, "in", [False, self.cash.id])], self.moves),
        ):
            with self.subTest(domain):
                self.assertEqual(Move.search(ours + domain, order="id"), found)

    def test_recorded_from_a_reminder(self):
        notice = self._propose().notice_ids
        line = notice.line_ids[0].with_user(self.accountant)
        action = line.action_overdue_reason()
        wizard = self.env["credit.overdue.reason.wizard"].with_user(self.accountant)
        wizard.with_context(**action["context"]).create(
            {"reason_id": self.cash.id}
        ).action_record()
        self.assertEqual(line.overdue_reason_id, self.cash)

    def test_sellers_and_auditors_record_nothing(self):
        items = self.moves._get_open_items()
        for role in ("sales", "auditor"):
            with self.subTest(role), self.assertRaises(AccessError):
                items.with_user(self._user(role))._set_overdue_reason(self.cash)

    def test_nothing_open_says_so(self):
        self._pay(self.moves)
        with self.assertRaisesRegex(UserError, "None of these"):
            self.moves.action_credit_overdue_reason()

    def test_worklist_opens_the_items_with_their_reasons(self):
        self.Work._refresh(self.company)
        row = self.Work.search([("partner_id", "=", self.customer.id)])
        action = row.with_user(self.accountant).action_open_items()
        view = self.env.ref("credit_control.account_move_line_view_list_overdue")
        self.assertEqual(action["views"], [(view.id, "list")])
        found = self.env["account.move.line"].search(action["domain"])
        self.assertEqual(found, self.moves._get_open_items())
