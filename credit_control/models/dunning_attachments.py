"""What an e-mail of dunning carries: the statement of account, the open invoices."""

from collections import defaultdict

from odoo import fields, models
from odoo.tools.pdf import merge_pdf

#: The host's report of invoices that have no PDF of their own yet.
INVOICES = "account.account_invoices"


class CreditDunningNotice(models.Model):
    """Made at the moment of sending, in the recipient's language, and kept with the
    notice: a batch's statements by one call of the renderer, its invoices by another
    (pdf_apart.py). The job sends such notices a few at a time (``_renders``), so that
    nobody who registers a payment waits for long.
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
        files = self.filtered("level_id.attach_statement")._make_statements()
        moves = {
            notice: notice._get_rows().move_id.filtered(lambda move: move.is_invoice())
            for notice in self.filtered("level_id.attach_invoices")
        }
        for notice, own in moves.items():
            found[notice.id] += own.invoice_pdf_report_id.ids
        files += self._make_invoices(moves)
        attachments = self.env["ir.attachment"].create(
            [
                {
                    "name": name,
                    "raw": content,
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

    def _make_statements(self):
        """``[(notice, name, content)]``: the customers' open items as of today.

        A customer has one statement, however many reminders he gets; those of one
        company and language are made by one call of the renderer.
        """
        today, files = fields.Date.today(), []
        for (company, lang), notices in self.grouped(
            lambda notice: (notice.company_id, notice._get_lang())
        ).items():
            Statement = self.env["credit.statement"].with_context(lang=lang)
            name = f"{Statement._get_words()['title']} {today}.pdf"
            contents = Statement._get_pdfs(
                notices.partner_id, company, kind="open", date_to=today, lang=lang
            )
            files += [
                (notice, name, contents[notice.partner_id.id]) for notice in notices
            ]
        return files

    def _make_invoices(self, moves):
        """``[(notice, name, content)]``: one PDF of the invoices that have none.

        :param moves: ``{notice: invoices}``
        """
        missing = {
            notice: own.filtered(lambda move: not move.invoice_pdf_report_id)
            for notice, own in moves.items()
        }
        notices = self.filtered(missing.get)
        files = []
        for lang, group in notices.grouped(lambda notice: notice._get_lang()).items():
            report = self.env["ir.actions.report"].with_context(lang=lang)
            every = self.env["account.move"].union(*map(missing.get, group))
            contents = report._render_apart(INVOICES, every.ids)
            for notice in group:
                own = missing[notice]
                name = f"{', '.join(own.mapped('name'))[:120]}.pdf"
                parts = [contents[id_] for id_ in own.ids]
                content = merge_pdf(parts) if len(parts) > 1 else parts[0]
                files.append((notice, name, content))
        return files
