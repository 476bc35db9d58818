"""What letters are made of: the notices, and the statements behind them."""

from odoo import api, fields, models


class CreditDunningLetterReport(models.AbstractModel):
    """A level that sends the statement of account prints it behind its letters, as of
    the day of sending: printing again prints the same."""

    _name = "report.credit_control.report_dunning_letter"
    _description = "Reminder Letter (PDF)"

    @api.model
    def _get_report_values(self, docids, data=None):
        notices = self.env["credit.dunning.notice"].browse(docids)
        return {
            "doc_ids": notices.ids,
            "doc_model": notices._name,
            "docs": notices,
            "statements": self._get_statements(notices),
        }

    def _get_statements(self, notices):
        """``{notice id: Letter}``; one measurement per company and day of sending."""
        found, Statement = {}, self.env["credit.statement"]
        wanted = notices.filtered(lambda n: n.sudo().level_id.attach_statement)
        for (company, day), batch in wanted.grouped(
            lambda n: (n.company_id, (n.sent_at or fields.Datetime.now()).date())
        ).items():
            letters = Statement._get_letters(
                batch.partner_id, company, kind="open", date_to=day
            )
            by_partner = {letter.partner.id: letter for letter in letters}
            for notice in batch:
                lang = notice._get_lang()
                words = Statement.with_context(lang=lang)._get_words()
                found[notice.id] = by_partner[notice.partner_id.id]._replace(
                    lang=lang, words=words
                )
        return found
