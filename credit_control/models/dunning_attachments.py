"""What an e-mail of dunning carries: the statement of account, the open invoices."""

import base64
from collections import defaultdict

from odoo import fields, models

#: The host's report of invoices that have no PDF of their own yet.
INVOICES = "account.account_invoices"


class CreditDunningNotice(models.Model):
    """Made at the moment of sending, in the recipient's language, and kept with the
    notice. A PDF takes about a second: the job sends such notices a few at a time
    (``_renders``), so that nobody who registers a payment waits for long.
    """

    _inherit = "credit.dunning.notice"

    def _renders(self):
        """Are PDFs made when these are sent?"""
        return any(
            notice.channel == "email"
            and (notice.level_id.attach_statement or notice.level_id.attach_invoices)
            for notice in self
        )

    def _get_attachments(self):
        """``{notice id: ids}``: statement and invoices, where the level says so."""
        found = defaultdict(list)
        files = []
        for notice in self:
            if notice.level_id.attach_statement:
                files.append((notice, *notice._make_statement()))
            if notice.level_id.attach_invoices:
                moves = notice._get_rows().move_id.filtered(
                    lambda move: move.is_invoice()
                )
                found[notice.id] += moves.invoice_pdf_report_id.ids
                if missing := moves.filtered(lambda m: not m.invoice_pdf_report_id):
                    files.append((notice, *notice._make_invoices(missing)))
        attachments = self.env["ir.attachment"].create(
            [
                {
                    "name": name,
                    "datas": base64.b64encode(content),
                    "res_model": self._name,
                    "res_id": notice.id,
                    "mimetype": "application/pdf",
                }
                for notice, name, content in files
            ]
        )
        for (notice, _name, _content), attachment in zip(
            files, attachments, strict=True
        ):
            found[notice.id].append(attachment.id)
        return found

    def _make_statement(self):
        """Name and content of the customer's open items as of today."""
        today = fields.Date.today()
        Statement = self.env["credit.statement"].with_context(lang=self._get_lang())
        content = Statement._get_pdf(
            self.partner_id, self.company_id, kind="open", date_to=today
        )
        return f"{Statement._get_words()['title']} {today}.pdf", content

    def _make_invoices(self, moves):
        """Name and content of one PDF of invoices that were never printed."""
        report = self.env["ir.actions.report"].with_context(lang=self._get_lang())
        content, _type = report._render_qweb_pdf(INVOICES, moves.ids)
        return f"{', '.join(moves.mapped('name'))[:120]}.pdf", content
