"""Waiving fees and interest: with a reason, before sending and after charging."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .charge_common import TODAY, ChargeCommon


@tagged("post_install", "-at_install")
class TestChargeWaive(ChargeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls._user("invoicing")

    def _wizard(self, records, reason="Goodwill", user=None, **values):
        """The window of *Waive*, filled in."""
        action = records.with_user(user or self.clerk).action_waive()
        Wizard = self.env["credit.charge.waive"].with_user(user or self.clerk)
        return Wizard.with_context(**action["context"]).create(
            {"reason": reason} | values
        )

    def _waive(self, records, **values):
        return self._wizard(records, **values).action_apply()

    def test_waived_before_sending(self):
        """Fee and interest are zero, with the reason; the days are given up for good,
        those after them are not."""
        self.rate.fixed_sum = 40
        self._overdue_invoice(1000, days=30)
        run = self._propose()
        notice = run.notice_ids
        self.assertFigures(notice, 5.0, 40.0, 6.0)
        self._waive(notice)
        self.assertFigures(notice)
        self.assertEqual(notice.waive_reason, "Goodwill")
        self.assertEqual(set(notice.charge_ids.mapped("state")), {"waived"})
        self.assertEqual(sorted(notice.charge_ids.mapped("amount")), [5.0, 6.0, 40.0])
        self.assertIn("Goodwill", str(notice.message_ids[0].body))
        self._send(run)
        self.assertFigures(notice)
        with self.assertRaisesRegex(UserError, "Nothing is left"):
            notice.action_charge()
        with self._after(10):
            self.assertFigures(self._propose().notice_ids, interest=2.0)

    def test_waiver_is_logged(self):
        """What is given up, by whom and why; what is invoiced is in the books."""
        self.rate.fixed_sum = 40
        notice = self._sent()
        self._charged(notice)
        domain = [("model", "=", "credit.interest.charge")]
        self.assertFalse(self.env["credit.log"].search(domain))
        self._waive(notice.charge_ids)
        other = self._sent(partner=self._customer("Other", email="o@example.com"))
        self._waive(other)
        other.charge_ids.action_take_back()
        entries = self.env["credit.log"].search(domain, order="id")
        self.assertEqual(set(entries[:3].mapped("event")), {"charge_waived"})
        self.assertEqual(set(entries[:3].mapped("reason")), {"Goodwill"})
        self.assertEqual(set(entries[:3].mapped("user_name")), {self.clerk.name})
        amounts = sorted(float(entry.after["amount"]) for entry in entries[:3])
        self.assertEqual(amounts, sorted(notice.charge_ids.mapped("amount")))
        self.assertIn("waiver_ended", entries.mapped("event"))

    def test_only_the_fee_is_waived(self):
        self._overdue_invoice(1000, days=30)
        notice = self._propose().notice_ids
        self._waive(notice, interest=False)
        self.assertFigures(notice, interest=6.0)
        self.assertEqual(notice.charge_ids.mapped("kind"), ["fee"])

    def test_waived_after_sending(self):
        """The letter stays as the customer got it; nothing of it is charged."""
        notice = self._sent()
        self._waive(notice)
        self.assertFigures(notice, fee=7.0, interest=6.0)
        self.assertFalse(notice.is_chargeable)
        with self.assertRaisesRegex(UserError, "Nothing is left"):
            notice.action_charge()
        with self.assertRaisesRegex(UserError, "nothing is left to be waived"):
            self._waive(notice)

    def test_waiver_is_taken_back(self):
        """A mistake: the reminder asks for it again; so do those that follow."""
        self._overdue_invoice(1000, days=30)
        notice = self._propose().notice_ids
        self._waive(notice)
        charges = notice.charge_ids
        charges.with_user(self.clerk).action_take_back()
        self.assertEqual(set(charges.mapped("void_reason")), {"person"})
        self.assertFigures(notice, fee=7.0, interest=6.0)
        with self.assertRaisesRegex(UserError, "Only a waiver"):
            charges.action_take_back()

    def test_waived_on_a_draft_invoice(self):
        """The draft loses the line; with the last line it goes."""
        notice = self._sent()
        draft = self._charged(notice)
        fee = notice.charge_ids.filtered(lambda c: c.kind == "fee")
        self._waive(fee)
        self.assertEqual((fee.state, draft.amount_total), ("waived", 6.0))
        self._waive(notice.charge_ids - fee)
        self.assertFalse(draft.exists())
        self.assertEqual(set(notice.charge_ids.mapped("state")), {"waived"})
        with self.assertRaisesRegex(UserError, "Nothing is left"):
            notice.action_charge()

    def test_waived_on_a_posted_invoice(self):
        """A draft credit note over the line; posted or not the days stay waived; when
        it is deleted they are charged as before."""
        notice = self._sent()
        invoice = self._charged(notice)
        invoice.invoice_date = TODAY
        invoice.action_post()
        interest = notice.charge_ids.filtered(lambda c: c.kind == "interest")
        action = self._waive(interest)
        refund = self.env["account.move"].browse(action["res_id"])
        self.assertEqual(
            (refund.move_type, refund.state, refund.amount_total, refund.ref),
            ("out_refund", "draft", 6.0, "Goodwill"),
        )
        self.assertEqual((interest.state, interest.credit_move_id), ("waived", refund))
        self.assertEqual(invoice.amount_total, 13.0)
        refund.unlink()
        self.assertEqual(interest.state, "charged")
        refund = self.env["account.move"].browse(self._waive(interest)["res_id"])
        refund.invoice_date = TODAY
        refund.action_post()
        self.assertEqual((interest.state, invoice.amount_residual), ("waived", 7.0))
        dues = self.service._get_customer_dues(self.company, self.customer.ids)
        self.assertFalse(dues)
        with self.assertRaisesRegex(UserError, "without a credit note"):
            interest.action_take_back()
        fee = notice.charge_ids - interest
        rest = self.env["account.move"].browse(self._waive(fee)["res_id"])
        rest.action_post()
        self.assertEqual(set(notice.charge_ids.mapped("state")), {"waived"})

    def test_customer_is_never_charged_again(self):
        """Said on a reminder by an accountant, who sees no files: noted on the file,
        in its chatter, and other reminders that wait ask for nothing."""
        self.policy.mode = "item"
        self._overdue_invoice(1000, days=30)
        self._overdue_invoice(500, days=10)
        notices = self._propose().notice_ids
        self._waive(notices[0], customer=True, date_to=TODAY + timedelta(days=60))
        file = self._file()
        self.assertEqual(
            (file.no_charge, file.no_charge_until, file.no_charge_reason),
            (True, TODAY + timedelta(days=60), "Goodwill"),
        )
        self.assertFigures(notices[1])
        self.assertEqual(file.message_ids[0].author_id, self.clerk.partner_id)
        with self.assertRaises(ValidationError):
            file.no_charge_reason = " "

    def test_reason_and_choice_are_needed(self):
        self._overdue_invoice(1000, days=30)
        notice = self._propose().notice_ids
        with self.assertRaisesRegex(UserError, "Say why"):
            self._waive(notice, reason="  ")
        with self.assertRaisesRegex(UserError, "Choose what"):
            self._waive(notice, fee=False, interest=False)
        self.assertFigures(notice, fee=7.0, interest=6.0)

    def test_accountants_waive_others_do_not(self):
        """By button and over RPC; who decides on files spares a customer there."""
        self._overdue_invoice(1000, days=30)
        notice = self._propose().notice_ids
        for role in ("sales", "analyst", "approver", "manager", "auditor"):
            user = self._user(role)
            with self.subTest(role), self.assertRaises(AccessError):
                notice.with_user(user).action_waive()
            with self.subTest(role), self.assertRaises(AccessError):
                self.env["credit.charge.waive"].with_user(user).create({"reason": "x"})
        self.assertFigures(notice, fee=7.0, interest=6.0)
        values = {"no_charge": True, "no_charge_reason": "x"}
        users = self.env["res.users"]
        analyst = users.search([("login", "=", "credit_analyst")])
        approver = users.search([("login", "=", "credit_approver")])
        with self.assertRaises(AccessError):
            self._file().with_user(analyst).write(values)
        self._file().with_user(approver).write(values)
        self.assertFigures(self._propose().notice_ids)
