"""What letters are made of: the notices, and the statements behind them."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.credit_dunning_run_letters import PRINTING


class CreditDunningLetterReport(models.AbstractModel):
    """A level that sends the statement of account prints it behind its letters, as of
    the day of sending: printing again prints the same."""

    _name = "report.credit_control.report_dunning_letter"
    _description = "Reminder Letter (PDF)"

    @api.model
    def _get_report_values(self, docids, data=None):
        notices = self.env["credit.dunning.notice"].browse(docids)
        if self.env.context.get("credit_dunning_print") is not PRINTING:
            self._check_printable(notices)
        return {
            "doc_ids": notices.ids,
            "doc_model": notices._name,
            "docs": notices,
            "statements": self._get_statements(notices),
        }

    def _check_printable(self, notices):
        """The menu *Print* prints what the customer has got, once more.

        :raise UserError: for what was never sent, or was not looked at again
        """
        for notice in notices:
            if notice.state != "sent" or notice.delivery_state == "held":
                raise UserError(
                    self.env._(
                        "%(notice)s was not sent: there is no letter of it. Its text "
                        "is on its page, under Preview.",
                        notice=notice.display_name,
                    )
                )
            if (
                notice.delivery_state in ("to_print", "printing")
                and not notice._is_printed()
            ):
                raise UserError(
                    self.env._(
                        "%(notice)s was not printed yet. Use the button Print Letter: "
                        "it looks first whether the customer has paid meanwhile.",
                        notice=notice.display_name,
                    )
                )

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
