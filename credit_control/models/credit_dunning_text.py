"""What a notice says: the level's text around the table of items, in one language."""

from markupsafe import Markup

from odoo import models
from odoo.tools.mail import is_html_empty

from .handing_out import choose_lang

#: Where the text of a level has the table of items.
ITEMS_MARK = "{items}"


class CreditDunningNotice(models.Model):
    """E-mail, letter and preview show the same text and the same table: that of the
    level, unless a person has changed it. Everything is in the recipient's language.

    Cost: texts are rendered once per template and language for any number of notices.
    """

    _inherit = "credit.dunning.notice"

    def _get_lang(self):
        """The recipient's language where it is installed, else the company's."""
        self.ensure_one()
        return choose_lang(self.env, self.lang, self.company_id.partner_id.lang)

    def _get_texts(self):
        """``{notice id: (subject, body)}``, as they stand or from the level."""
        texts = {
            notice.id: (notice.subject, notice.body)
            for notice in self
            if notice.text_fixed or notice.state == "sent"
        }
        # sudo: the texts of the levels, for whoever may read the notice
        rest = self.sudo().filtered(lambda notice: notice.id not in texts)
        for template, notices in rest.grouped(
            lambda notice: notice.level_id._get_template()
        ).items():
            langs = {notice.id: notice._get_lang() for notice in notices}
            rendered = {
                name: template._render_field(name, notices.ids, res_ids_lang=langs)
                if template
                else {}
                for name in ("subject", "body_html")
            }
            for notice in notices:
                texts[notice.id] = (
                    rendered["subject"].get(notice.id) or notice._get_level_name(),
                    rendered["body_html"].get(notice.id) or "",
                )
        return texts

    def _get_level_name(self):
        return self.level_id.with_context(lang=self._get_lang()).name

    def _get_rows(self):
        """The items shown: what takes a step first, then what is only listed."""
        return self.line_ids.filtered(lambda line: not line.removed).sorted(
            lambda line: (not line.level_id, line.due, line.id)
        )

    def _render_document(self, text=None, kind="preview"):
        """Text and table as HTML, for a mail, a letter or the preview."""
        self.ensure_one()
        if not self.ids and not self._origin:
            return False
        # sudo: the document is the same for whoever may read the notice
        notice = self._origin.sudo().with_context(lang=self._get_lang())
        subject, body = text or (self | self._origin)._origin._get_texts()[notice.id]
        before, _mark, after = str(body or "").partition(f"<p>{ITEMS_MARK}</p>")
        if not _mark:
            before, _mark, after = str(body or "").partition(ITEMS_MARK)
        level = notice.level_id
        return (
            self.env["ir.qweb"]
            .with_context(lang=notice.env.lang)
            ._render(
                "credit_control.credit_dunning_document",
                {
                    "notice": notice,
                    "company": notice.company_id,
                    "subject": subject,
                    "before": Markup(before),
                    "after": "" if is_html_empty(after) else Markup(after),
                    "rows": notice._get_rows(),
                    "payment_url": level.payment_link
                    and kind != "letter"
                    and self.env["credit.dunning"]._get_payment_url(notice),
                    "kind": kind,
                },
            )
        )

    def action_edit_text(self):
        """Take over the level's text, to change it for this customer."""
        self.ensure_one()
        self.check_access("write")
        subject, body = self._get_texts()[self.id]
        self.write({"subject": subject, "body": body})

    def action_reset_text(self):
        """Back to the text of the level."""
        self.check_access("write")
        self._check_open()
        self._withdraw_approval()
        # sudo: a mark of the notice, which nobody types
        self.sudo().write({"subject": False, "body": False, "text_fixed": False})
