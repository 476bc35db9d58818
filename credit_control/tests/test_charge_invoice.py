"""Interest and fees on invoices: once, given back when the invoice goes."""

from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import ExclusionViolation, UniqueViolation

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .charge_common import TODAY, ChargeCommon


@tagged("post_install", "-at_install")
class TestChargeInvoice(ChargeCommon):
    def test_draft_invoice_beside_the_late_one(self):
        """A line for the fee and one for interest, without tax, linked to reminder and
        item; the late invoice is not touched."""
        notice = self._sent()
        late = notice.line_ids.move_id
        before = (late.amount_total, late.amount_residual, late.write_date)
        self.product.taxes_id = self.tax
        draft = self._charged(notice)
        self.assertEqual(
            (draft.state, draft.move_type, draft.partner_id, draft.amount_total),
            ("draft", "out_invoice", self.customer, 13.0),
        )
        self.assertFalse(draft.invoice_line_ids.tax_ids)
        self.assertEqual(draft.invoice_origin, late.name)
        interest = notice.charge_ids.filtered(lambda c: c.kind == "interest")
        self.assertEqual(interest.move_line_id, self._item(late))
        self.assertEqual(interest.date_from, TODAY - timedelta(days=29))
        self.assertEqual((interest.date_to, interest.amount), (TODAY, 6.0))
        self.assertEqual(interest.charge_line_id.price_subtotal, 6.0)
        self.assertIn("30 days at 7.3 %", interest.charge_line_id.name)
        self.assertIn("30 days at 7.3 %", interest.detail_text)
        late.invalidate_recordset()
        self.assertEqual(
            before, (late.amount_total, late.amount_residual, late.write_date)
        )
        self.assertEqual((notice.is_chargeable, notice.charge_count), (False, 2))
        self.assertEqual(draft.credit_charge_count, 2)

    def test_charged_days_are_not_asked_for_again(self):
        """The next reminder has the days since; its charge, too; the fixed sum and
        the fee never again."""
        self.rate.fixed_sum = 40
        notice = self._sent()
        self.assertEqual(self._charged(notice).amount_total, 51.0)
        with self.assertRaisesRegex(UserError, "Nothing is left"):
            notice.action_charge()
        with self._after(10):
            second = self._send(self._propose())
            self.assertFigures(second, interest=2.0)
            self.assertEqual(self._charged(second).amount_total, 2.0)

    def test_two_reminders_charged_together(self):
        """The days that both show are charged once, up to the later one."""
        first = self._sent()
        with self._after(10):
            second = self._send(self._propose())
            (first + second).action_charge()
        charges = (first + second).charge_ids
        self.assertEqual(sorted(charges.mapped("amount")), [7.0, 8.0])
        self.assertEqual(len(charges.charge_move_id), 1)

    def test_payments_after_the_reminder_change_nothing(self):
        """What the reminder asked for is charged, though the item is paid since."""
        notice = self._sent()
        with self._after(5):
            self._pay(notice.line_ids.move_id)
            self.assertEqual(self._charged(notice).amount_total, 13.0)

    def test_only_what_was_sent_is_charged(self):
        self._overdue_invoice(1000, days=30)
        with self.assertRaisesRegex(UserError, "was not sent"):
            self._propose().notice_ids.action_charge()

    def test_one_invoice_per_customer_and_currency(self):
        """A run with two customers, one of them in two currencies: three drafts."""
        other = self._customer("Other", email="o@example.com")
        foreign = {"currency_id": self.other_currency.id}
        self._overdue_invoice(1000, days=30)
        self._overdue_invoice(1000, days=30, **foreign)
        self._overdue_invoice(1000, days=30, partner=other)
        run = self._propose()
        self._send(run)
        self.assertEqual(run.chargeable_count, 3)
        run.action_charge()
        drafts = run.notice_ids.charge_ids.charge_move_id
        self.assertEqual(len(drafts), 3)
        self.assertEqual(
            sorted((move.currency_id.name, move.amount_total) for move in drafts),
            sorted(
                [
                    (self.currency.name, 13.0),
                    (self.currency.name, 13.0),
                    (self.other_currency.name, 20.0),
                ]
            ),
        )
        self.assertFalse(run.chargeable_count)

    def test_company_chooses_products_journal_and_tax(self):
        """The settings of the company decide, not those of the product."""
        journal = self.company_data["default_journal_sale"].copy({"code": "INT"})
        self.company.credit_charge_interest_product_id = self.product
        self.company.credit_charge_journal_id = journal
        self.company.credit_charge_tax_ids = self.tax
        draft = self._charged(self._sent())
        self.assertEqual(draft.journal_id, journal)
        self.assertIn(self.product, draft.invoice_line_ids.product_id)
        self.assertEqual(draft.amount_total, 15.6)

    # -- giving back ----------------------------------------------------------------
    def test_draft_deleted_gives_the_days_back(self):
        notice = self._sent()
        self._charged(notice).unlink()
        self.assertEqual(set(notice.charge_ids.mapped("state")), {"void"})
        self.assertTrue(notice.is_chargeable)
        notice.action_charge()
        drafts = notice.charge_ids.filtered(lambda c: c.state == "charged")
        self.assertEqual(drafts.charge_move_id.amount_total, 13.0)

    def test_line_taken_off_the_draft_is_given_back(self):
        """A person removes the fee: the fee is open again, the interest is charged."""
        notice = self._sent()
        draft = self._charged(notice)
        fee = notice.charge_ids.filtered(lambda c: c.kind == "fee")
        draft.write({"invoice_line_ids": [Command.delete(fee.charge_line_id.id)]})
        self.assertEqual((fee.state, fee.void_reason), ("void", "deleted"))
        self.assertEqual((notice.charge_ids - fee).mapped("state"), ["charged"])

    def test_cancelled_and_back_to_draft(self):
        """Cancelled: given back. Reset to draft: charged again, unless somebody has
        charged the days meanwhile; then it says where."""
        notice = self._sent()
        draft = self._charged(notice)
        first = notice.charge_ids
        draft.button_cancel()
        self.assertEqual(set(first.mapped("state")), {"void"})
        draft.button_draft()
        self.assertEqual(set(first.mapped("state")), {"charged"})
        draft.button_cancel()
        notice.action_charge()
        with self.assertRaisesRegex(UserError, "was charged again meanwhile"):
            draft.button_draft()

    def test_credit_note_gives_the_days_back(self):
        """Once it is posted and credits all of it; cancelled, it credits nothing."""
        notice = self._sent()
        invoice = self._charged(notice)
        invoice.invoice_date = TODAY
        invoice.action_post()
        self.assertEqual(set(notice.charge_ids.mapped("state")), {"charged"})
        refund = self._refund(invoice, post=False)
        self.assertEqual(set(notice.charge_ids.mapped("state")), {"charged"})
        if refund.state == "draft":
            refund.action_post()
        self.assertEqual(set(notice.charge_ids.mapped("void_reason")), {"credited"})
        refund.button_draft()
        refund.button_cancel()
        self.assertEqual(set(notice.charge_ids.mapped("state")), {"charged"})

    def test_days_in_the_middle_are_given_back(self):
        """Of two invoices the older one is deleted: its days are charged, those of
        the newer one are not charged again."""
        notice = self._sent()
        draft = self._charged(notice)
        with self._after(10):
            second = self._send(self._propose())
            self._charged(second)
            draft.unlink()
            third = self.service._get_customer_dues(self.company, self.customer.ids)
            days = [(d.kind, d.first, d.last, d.amount) for d in third]
        self.assertIn(("interest", TODAY - timedelta(days=29), TODAY, 6.0), days)
        self.assertEqual([d[0] for d in days].count("interest"), 1)

    def test_item_that_was_made_anew_is_not_charged_twice(self):
        """An invoice reset to draft with other terms has new items: what was charged
        for the old ones still counts."""
        notice = self._sent()
        self._charged(notice)
        late = notice.line_ids.move_id
        late.button_draft()
        self.env.cr.execute(
            "UPDATE credit_interest_charge SET move_line_id = NULL WHERE move_id = %s",
            [late.id],
        )
        self.Charge.invalidate_model()
        late.action_post()
        dues = self.service._get_customer_dues(self.company, self.customer.ids)
        self.assertFalse(dues)

    # -- once ---------------------------------------------------------------------
    def test_database_refuses_the_same_days_twice(self):
        """Whoever writes: days, fixed sum and fee of a reminder are charged once."""
        notice = self._sent()
        values = {
            "partner_id": self.customer.id,
            "company_id": self.company.id,
            "currency_id": self.currency.id,
            "state": "charged",
            "amount": 1.0,
            "move_line_id": notice.line_ids.move_line_id.id,
            "notice_id": notice.id,
            "date_from": "2026-06-01",
            "date_to": "2026-06-10",
        }
        for kind, error in (
            ("interest", ExclusionViolation),
            ("fixed", UniqueViolation),
            ("fee", UniqueViolation),
        ):
            self.Charge.sudo().create(values | {"kind": kind})
            again = values | {
                "kind": kind,
                "date_from": "2026-06-10",
                "state": "waived",
            }
            again["date_to"] = "2026-06-20"
            with (
                self.subTest(kind),
                mute_logger("odoo.sql_db"),
                self.assertRaises(error),
                self.cr.savepoint(),
            ):
                self.Charge.sudo().create(again)
        self.Charge.sudo().create(
            values
            | {"kind": "interest", "date_from": "2026-06-11", "date_to": "2026-06-12"}
        )

    def test_charging_at_the_same_moment_fails_whole(self):
        """What another one charged while we measured: no invoice of ours stays."""
        notice = self._sent()
        dues = self.service._get_notice_dues(notice)
        self.service._make_invoices(dues)
        moves = self.env["account.move"].search_count([("state", "=", "draft")])
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaisesRegex(UserError, "at the same moment"),
        ):
            self.service._make_invoices(dues)
        after = self.env["account.move"].search_count([("state", "=", "draft")])
        self.assertEqual(moves, after)

    def test_invoice_of_charges_bears_no_interest(self):
        """No interest on interest, unless the company says so; the reminder itself
        lists it as any invoice."""
        notice = self._sent()
        invoice = self._charged(notice)
        invoice.write({"invoice_date": TODAY, "invoice_date_due": TODAY})
        invoice.action_post()
        self.assertExposure(overdue=1000.0, not_due=13.0)
        with self._after(100):
            run = self._propose()
            line = run.notice_ids.line_ids.filtered(lambda x: x.move_id == invoice)
            self.assertEqual((line.amount, line.interest), (13.0, 0.0))
            self.company.credit_charge_compound = True
            run.notice_ids._update_totals()
            self.assertEqual(line.interest, 0.26)

    # -- by themselves ------------------------------------------------------------
    def test_strategy_charges_what_it_has_sent(self):
        """Sent by a button: the draft is there. By the job: the job makes it."""
        self.policy.auto_charge = True
        self._overdue_invoice(1000, days=30)
        run = self._propose()
        run.with_user(self._user("invoicing")).action_send()
        self.assertEqual(run.notice_ids.charge_ids.charge_move_id.amount_total, 13.0)
        other = self._customer("Other", email="o@example.com")
        notice = self._sent(partner=other)
        self.assertEqual(notice.charge_state, "waiting")
        with patch.object(
            type(self.env["ir.cron"]), "_commit_progress", lambda *_a, **_k: 60.0
        ):
            self.Notice._cron_charge()
        self.assertFalse(notice.charge_state)
        self.assertEqual(notice.charge_ids.charge_move_id.amount_total, 13.0)

    def test_failure_is_told_and_stops_nobody(self):
        """A product that is archived: the reminder is sent, says what is wrong, and
        is charged once that is mended."""
        self.policy.auto_charge = True
        self.company.credit_charge_fee_product_id = self.product
        self.product.active = False
        self._overdue_invoice(1000, days=30)
        run = self._propose()
        run.action_send()
        notice = run.notice_ids
        self.assertEqual((notice.state, notice.charge_state), ("sent", "failed"))
        self.assertIn("is archived", notice.charge_error)
        self.product.active = True
        self.assertEqual(self._charged(notice).amount_total, 13.0)

    def test_many_are_charged_in_the_background(self):
        """More than a person waits for: marked, and the job is woken."""
        notice = self._sent()
        with patch("odoo.addons.credit_control.models.dunning_charging.AT_ONCE", 0):
            told = notice.action_charge()
        self.assertEqual(told["tag"], "display_notification")
        self.assertEqual(notice.charge_state, "waiting")
        notice._charge_waiting()
        self.assertEqual(notice.charge_ids.charge_move_id.amount_total, 13.0)
