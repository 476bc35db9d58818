"""What an e-mail of dunning carries."""

from odoo.tests import tagged

from .dunning_common import DunningCommon


@tagged("post_install", "-at_install")
class TestDunningAttachments(DunningCommon):
    def test_statement_and_invoices_travel_with_the_mail(self):
        """As the level says: the statement of today, and invoices without a PDF of
        their own in one file; a level that says nothing sends nothing along."""
        first = self._overdue_invoice(100, days=30)
        second = self._overdue_invoice(200, days=20)
        self.policy.level_ids[0].write(
            {"attach_statement": True, "attach_invoices": True}
        )
        notice = self._send(self._propose())
        names = notice.mail_id.attachment_ids.mapped("name")
        self.assertEqual(len(names), 2)
        self.assertTrue(any("2026-06-15" in name for name in names), names)
        self.assertIn(f"{first.name}, {second.name}.pdf", names)
        self.assertEqual(notice.mail_id.attachment_ids.mapped("res_id"), notice.ids * 2)
        self.assertTrue(all(notice.mail_id.attachment_ids.mapped("raw")))
        other = self._customer("Plain", email="plain@x.example")
        self._overdue_invoice(50, days=30, partner=other)
        self.policy.level_ids[0].write(
            {"attach_statement": False, "attach_invoices": False}
        )
        notice = self._send(self._propose(other))
        self.assertFalse(notice.mail_id.attachment_ids)

    def test_the_invoice_that_was_sent_is_attached_as_it_was(self):
        """The PDF that the customer has got already, not another one."""
        move = self._overdue_invoice(100, days=30)
        pdf = self.env["ir.attachment"].create(
            {
                "name": "as sent.pdf",
                "raw": b"%PDF-1.4 sent",
                "res_model": "account.move",
                "res_id": move.id,
                "res_field": "invoice_pdf_report_file",
            }
        )
        move.invalidate_recordset(["invoice_pdf_report_id", "invoice_pdf_report_file"])
        self.policy.level_ids[0].attach_invoices = True
        notice = self._send(self._propose())
        self.assertEqual(notice.mail_id.attachment_ids, pdf)

    def test_batches_are_small_where_files_are_made(self):
        """Nobody who registers a payment waits until fifty PDFs are made."""
        for number in range(7):
            partner = self._customer(f"Many {number}", email=f"m{number}@x.example")
            self._overdue_invoice(100, days=30, partner=partner)
        run = self._propose()
        run.sudo().notice_ids.write({"state": "queued"})
        self.assertEqual(len(self.Notice._take_batch()), 7)
        self.policy.level_ids[0].attach_statement = True
        self.assertEqual(len(self.Notice._take_batch()), 5)
