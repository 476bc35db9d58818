"""Letters: one PDF of all that is to print, made after sending, in batches."""

import base64

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools.pdf import merge_pdf

#: Letters of one call of the PDF renderer.
BATCH = 100
REPORT = "credit_control.credit_dunning_letter_report"


class CreditDunningNotice(models.Model):
    _inherit = "credit.dunning.notice"

    def _print_letters(self):
        """One PDF of these letters; they count as printed.

        Texts and amounts are those that were sent: printing again prints the same.
        """
        letters = self.filtered(lambda n: n.state == "sent" and n._is_letter())
        if not letters:
            raise UserError(self.env._("There are no letters to print."))
        # sudo: contacts and company of letters that the user may read
        Report = self.env["ir.actions.report"].sudo()
        parts = [
            Report._render_qweb_pdf(REPORT, letters[start : start + BATCH].ids)[0]
            for start in range(0, len(letters), BATCH)
        ]
        letters.sudo().write(  # sudo: a mark that only printing makes
            {"printed_on": fields.Datetime.now(), "delivery_state": "printed"}
        )
        return merge_pdf(parts) if len(parts) > 1 else parts[0]

    def action_print(self):
        """Print the letters chosen, as one PDF."""
        self.check_access("write")
        return self._download(self._print_letters(), self[:1].run_id)

    def _download(self, content, run):
        # sudo: the file hangs on the run, which the user may read
        attachment = (
            self.env["ir.attachment"]
            .sudo()
            .create(
                {
                    "name": self.env._("Letters %(run)s.pdf", run=run.name),
                    "datas": base64.b64encode(content),
                    "res_model": run._name,
                    "res_id": run.id,
                    "mimetype": "application/pdf",
                }
            )
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=true",
            "target": "new",
        }


class CreditDunningRun(models.Model):
    _inherit = "credit.dunning.run"

    def action_print_letters(self):
        """All letters of the run that were not printed yet, as one PDF."""
        self.ensure_one()
        waiting = self.notice_ids.filtered(lambda n: n.delivery_state == "to_print")
        return waiting.sorted("id").action_print()
