"""What an e-mail of dunning carries."""

import io
from unittest.mock import patch

from odoo.tests import HttpCase, tagged
from odoo.tools.pdf import PdfFileReader

from ..models import pdf_apart
from .dunning_common import DunningCommon


@tagged("post_install", "-at_install")
class TestDunningAttachments(DunningCommon, HttpCase):
    def test_statement_and_invoices_travel_with_the_mail(self):
        """As the level says: the statement of today, and invoices without a PDF of
        their own in one file; a level that says nothing sends nothing along."""
        first = self._overdue_invoice(100, days=30)
        second = self._overdue_invoice(200, days=20)
        self.policy.level_ids[0].write(
            {"attach_statement": True, "attach_invoices": True}
        )
        run = self._propose().with_context(force_report_rendering=True)
        notice = self._send(run)
        names = notice.mail_id.attachment_ids.mapped("name")
        self.assertEqual(len(names), 2)
        self.assertTrue(any("2026-06-15" in name for name in names), names)
        self.assertIn(f"{first.name}, {second.name}.pdf", names)
        self.assertEqual(notice.mail_id.attachment_ids.mapped("res_id"), notice.ids * 2)
        for file in notice.mail_id.attachment_ids:
            text = "".join(self._texts(file.raw))
            self.assertIn(first.name, text)
            self.assertIn(second.name, text)
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

    # -- statements -------------------------------------------------------------------
    def _report_calls(self):
        """Counts the documents that the renderer is asked for; [n, n, …] per call."""
        Report, calls = type(self.env["ir.actions.report"]), []
        run = Report._run_wkhtmltopdf

        def spy(report, bodies, **how):
            calls.append(len(bodies))
            return run(report, bodies, **how)

        return patch.object(Report, "_run_wkhtmltopdf", spy), calls

    def _pdfs(self, partners, **options):
        Statement = self.env["credit.statement"].with_context(
            force_report_rendering=True
        )
        spy, calls = self._report_calls()
        with spy:
            found = Statement._get_pdfs(partners, self.company, kind="open", **options)
        return found, calls

    def _texts(self, content):
        """The words of each page."""
        reader = PdfFileReader(io.BytesIO(content))
        return ["".join(page.extract_text().split()) for page in reader.pages]

    def _owing(self, code, items, **values):
        """A customer whose statement has his code on it and so many items."""
        partner = self._customer(f"Customer {code}", ref=code, **values)
        for number in range(items):
            self._overdue_invoice(
                100, days=30, partner=partner, ref=f"{code}-{number:02}"
            )
        return partner

    def test_no_page_of_a_statement_reaches_another_customer(self):
        """One call of the renderer; every page has its own customer's items only, all
        of them, and pages are counted by themselves. Headings that the company's
        layout has move no border."""
        layout = self.env.ref("credit_control.report_statement_letter")
        layout.arch = layout.arch.replace("<p ", "<h1>Ours</h1><p ", 1)
        partners = self._owing("AAA", 2) + self._owing("BBB", 45)
        partners += self._customer("Customer CCC", ref="CCC")
        partners += self._owing("DDD", 1)
        found, calls = self._pdfs(partners)
        self.assertEqual(calls, [4])
        self.assertEqual(list(found), partners.ids)
        items = {"AAA": 2, "BBB": 45, "CCC": 0, "DDD": 1}
        for partner in partners:
            pages = self._texts(found[partner.id])
            text, code = "".join(pages), partner.ref
            self.assertEqual(len(pages), 1 if items[code] < 45 else 2, code)
            for other in items:
                own = other == code
                self.assertEqual(f"Customercode:{other}" in text, own, (code, other))
                for number in range(items[other]):
                    self.assertEqual(f"{other}-{number:02}" in text, own)
            for number, page in enumerate(pages, start=1):
                self.assertIn(f"Page{number}/{len(pages)}", page)
            # nothing of the others is left in the file, where no page shows it
            self.assertEqual(found[partner.id].count(b"/Type /Page\n"), len(pages))

    def test_documents_that_cannot_be_told_apart_are_rendered_one_by_one(self):
        """Where a mark is missing, or is not where it must be, nothing is cut: a call
        for each customer."""
        partners = self._owing("AAA", 1) + self._owing("BBB", 45)
        late = '<div style="height: 2000px"></div><h1>%s</h1>'
        for mark in ("<p>%s</p>", late):
            with patch.object(pdf_apart, "MARK", mark):
                found, calls = self._pdfs(partners)
            self.assertEqual(calls, [2, 1, 1])
            for partner, other in zip(partners, reversed(partners), strict=True):
                text = "".join(self._texts(found[partner.id]))
                self.assertIn(f"Customercode:{partner.ref}", text)
                self.assertNotIn(other.ref, text)

    def test_documents_in_another_order_are_rendered_one_by_one(self):
        """A report that sorts its records as it likes gives nobody another's page."""
        partners = self._owing("AAA", 1) + self._owing("BBB", 1)
        Report = type(self.env["report.credit_control.report_statement"])
        read = Report._get_report_values

        def reverse(report, docids, data=None):
            values = read(report, docids, data)
            return values | {"letters": values["letters"][::-1]}

        with patch.object(Report, "_get_report_values", reverse):
            found, calls = self._pdfs(partners)
        self.assertEqual(calls, [1, 1], "seen before anything was rendered")
        for partner in partners:
            self.assertIn(partner.ref, "".join(self._texts(found[partner.id])))

    def test_no_invoice_reaches_another_customer(self):
        """Invoices of several reminders by one call; each gets its own, in order."""
        self.policy.level_ids[0].attach_invoices = True
        partners = self.customer + self._customer("Two", email="two@x.example")
        moves = {
            partner: self._overdue_invoice(100, days=30, partner=partner)
            + self._overdue_invoice(200, days=20, partner=partner)
            for partner in partners
        }
        spy, calls = self._report_calls()
        with spy:
            run = self._propose().with_context(force_report_rendering=True)
            notices = self._send(run)
        self.assertEqual(calls, [4])
        for notice in notices:
            pages = self._texts(notice.mail_id.attachment_ids.raw)
            self.assertEqual(len(pages), 2)
            for page, move in zip(pages, moves[notice.partner_id], strict=True):
                self.assertIn(move.name, page)

    def test_statement_is_rendered_once_for_several_reminders(self):
        """A customer with two reminders (two currencies) gets one statement, attached
        to both; other languages are other statements."""
        self.policy.level_ids[0].attach_statement = True
        self.env["res.lang"]._activate_lang("zh_CN")
        euro = self.other_currency
        chinese = self._customer("Zhong", email="z@x.example", lang="zh_CN")
        for partner in (self.customer, chinese):
            self._overdue_invoice(100, days=30, partner=partner)
            self._overdue_invoice(50, days=30, partner=partner, currency_id=euro.id)
        run = self._propose()
        self.assertEqual(len(run.notice_ids), 4)
        Report, asked = type(self.env["report.credit_control.report_statement"]), []
        read = Report._get_report_values

        def spy(report, docids, data=None):
            asked.append((report.env["res.partner"].browse(docids), data["lang"]))
            return read(report, docids, data)

        with patch.object(Report, "_get_report_values", spy):
            notices = self._send(run)
        self.assertEqual(len(asked), 2)
        self.assertEqual(set(asked), {(self.customer, "en_US"), (chinese, "zh_CN")})
        for partner in (self.customer, chinese):
            own = notices.filtered(lambda n, p=partner: n.partner_id == p)
            files = own.mail_id.attachment_ids
            self.assertEqual(sorted(files.mapped("res_id")), sorted(own.ids))
            self.assertEqual(len(set(files.mapped("checksum"))), 1)
        self.assertEqual(len(set(notices.mail_id.attachment_ids.mapped("checksum"))), 2)

    def test_statement_is_in_the_language_of_the_reminder(self):
        """As the mail that it comes with, whatever the invoice contact speaks."""
        self.env["res.lang"]._activate_lang("zh_CN")
        partner = self._owing("AAA", 1)
        for lang in ("en_US", "zh_CN"):
            [letter] = self.env["credit.statement"]._get_letters(
                partner, self.company, lang=lang
            )
            self.assertEqual(letter.lang, lang)
        [letter] = self.env["credit.statement"]._get_letters(
            partner, self.company, lang="xx_XX"
        )
        self.assertEqual(letter.lang, "en_US", "not installed")
