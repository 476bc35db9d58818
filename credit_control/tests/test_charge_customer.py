"""Charging a customer from his file, branches, rights, and what it costs."""

from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .charge_common import TODAY, ChargeCommon


@tagged("post_install", "-at_install")
class TestChargeCustomer(ChargeCommon):
    def test_file_charges_what_is_owed(self):
        """All open items and the fees of reminders; with what was paid late since a
        day where that is asked for."""
        self._sent()
        paid = self._overdue_invoice(500, days=50)
        self._pay_on(TODAY - timedelta(days=40), paid)
        action = self._file().action_charge()
        wizard = Form.from_action(self.env, action)
        self.assertEqual(
            [(row["kind"], row["amount"]) for row in wizard.line_ids._records],
            [("interest", 6.0), ("fee", 7.0)],
        )
        wizard.paid_since = TODAY - timedelta(days=60)
        record = wizard.save()
        self.assertEqual(sorted(record.line_ids.mapped("amount")), [1.0, 6.0, 7.0])
        move = self.env["account.move"].browse(record.action_charge()["res_id"])
        self.assertEqual(move.amount_total, 14.0)
        self.assertEqual(self._file().charge_count, 3)
        with self.assertRaisesRegex(UserError, "Nothing is left"):
            record.action_charge()

    def test_branch_writes_its_own_invoice(self):
        """An item of a branch is charged by the branch; the file is the root's."""
        self._entry(
            self.customer, 1000, due=TODAY - timedelta(days=30), company=self.branch
        )
        item = self.env["account.move.line"].search(
            [("company_id", "=", self.branch.id), ("balance", "=", 1000)]
        )
        item.no_followup = False
        notice = self._send(self._propose())
        draft = self._charged(notice)
        self.assertEqual((draft.company_id, draft.amount_total), (self.branch, 13.0))
        self.assertEqual(notice.charge_ids.company_id, self.company)

    # -- rights -----------------------------------------------------------------------
    def test_accountants_charge_and_nobody_types(self):
        """Over RPC: everybody who reads the ledger reads charges; accountants charge;
        nobody writes one by hand."""
        notice = self._sent()
        for role in ("sales", "analyst", "approver", "manager", "auditor"):
            user = self._user(role)
            with self.subTest(role), self.assertRaises(AccessError):
                notice.with_user(user).action_charge()
            with self.subTest(role), self.assertRaises(AccessError):
                notice.run_id.with_user(user).action_charge()
        clerk = self._user("invoicing")
        notice.with_user(clerk).action_charge()
        charge = notice.charge_ids[0]
        self.assertEqual(charge.user_id, clerk)
        for role in ("analyst", "manager", "auditor"):
            user = self.env["res.users"].search([("login", "=", f"credit_{role}")])
            self.assertTrue(charge.with_user(user).amount)
            for act in (
                lambda mine: mine.write({"state": "void"}),
                lambda mine: mine.unlink(),
                lambda mine: mine.copy(),
                lambda mine: mine.action_take_back(),
            ):
                with self.subTest(role), self.assertRaises(AccessError):
                    act(charge.with_user(user))
        with self.assertRaises(AccessError):
            charge.with_user(clerk).write({"amount": 0})
        with self.assertRaises(UserError):
            notice.with_user(clerk).write({"fee_waived": True})
        seller = self.env["res.users"].search([("login", "=", "credit_sales")])
        with self.assertRaises(AccessError):
            charge.with_user(seller).read(["amount"])

    def test_queries_do_not_grow_with_the_reminders(self):
        """What one and 20 reminders are owed is measured in as many queries."""
        partners = self.customer
        for number in range(19):
            partners += self._customer(f"C{number}", email=f"c{number}@example.com")
        for partner in partners:
            self._overdue_invoice(1000, days=30, partner=partner)
        notices = self._send(self._propose())
        ids = notices.ids
        counts = {
            self._count_queries(
                lambda some=some: self.service._get_notice_dues(
                    self.Notice.browse(some)
                )
            )
            for some in (ids[:1], ids)
        }
        self.assertEqual(len(counts), 1, counts)

    def test_untouched_where_nothing_was_ever_charged(self):
        """Posting, cancelling and deleting invoices asks nothing more there."""
        self.assertFalse(self.Charge._is_in_use())
        move = self._invoice(100.0, post=False)
        queries = []
        execute = type(self.env.cr).execute

        def spy(cr, query, *args, **kwargs):
            queries.append(getattr(query, "code", str(query)))
            return execute(cr, query, *args, **kwargs)

        with patch.object(type(self.env.cr), "execute", spy):
            move.action_post()
            move.button_draft()
            move.button_cancel()
        self.assertFalse([q for q in queries if "credit_interest_charge" in q])
