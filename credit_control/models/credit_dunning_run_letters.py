"""Letters: one PDF of all that is to print, made after sending, in batches."""

import logging

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.pdf import merge_pdf

from .handing_out import notify

_logger = logging.getLogger(__name__)

#: Letters of one call of the PDF renderer, and of one transaction. More are printed by
#: the job in the background.
BATCH = 50
#: Tells the report that the letters were read again; nobody can send an object in a
#: context.
PRINTING = object()
REPORT = "credit_control.credit_dunning_letter_report"
LAYOUT = "credit_control.credit_dunning_letter_layout"


class CreditDunningNotice(models.Model):
    """A letter is printed when the PDF that has it is stored: both are one transaction,
    so that a kill prints nothing twice and loses none. Before it is printed for the
    first time it is read again (dunning_look_again.py); from then on texts and amounts
    stay: printing again prints the same."""

    _inherit = "credit.dunning.notice"

    def action_print(self):
        """Print the letters chosen as one PDF per run: a few now, many by the job."""
        self.check_access("write")
        letters = self.filtered(lambda n: n._is_printable())
        if not letters:
            raise UserError(self.env._("There are no letters to print."))
        # sudo: marks and files that only printing makes
        letters = letters.sudo().sorted("id")
        if len(letters) > BATCH:
            letters.delivery_state = "printing"
            letters.run_id.printed_by = self.env.user
            # sudo: the job is the system's
            self.env.ref("credit_control.ir_cron_dunning_print").sudo()._trigger()
            return letters.run_id._tell_later()
        letters = letters._get_still_right()
        if not letters:
            return self._tell_held_back()
        run = letters.run_id[:1]
        file = run._store_letters(letters._render_letters())
        letters._mark_printed()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{file.id}?download=true",
            "target": "new",
        }

    def _is_printable(self):
        return (
            self.state == "sent" and self._is_letter() and self.delivery_state != "held"
        )

    def _is_printed(self):
        return bool(self.printed_on) or self.delivery_state == "printed"

    def _get_still_right(self):
        """Letters to print: what was printed before, and of the others what is still
        right, some of it after having been sent anew."""
        again = self.filtered(lambda n: n._is_printed())
        first = (self - again)._look_again()
        return (again + first).filtered(lambda n: n._is_printable()).sorted("id")

    def _tell_held_back(self):
        return notify(
            self.env._(
                "Nothing is left to print: items were paid, promised or disputed "
                "since. The reminders say why."
            ),
            next={"type": "ir.actions.client", "tag": "soft_reload"},
        )

    def _mark_printed(self):
        self.write({"printed_on": fields.Datetime.now(), "delivery_state": "printed"})

    def _render_letters(self) -> bytes:
        """The PDF of these letters, by one call of the renderer.

        The host's own way takes the PDF apart again by its headings, and where a text
        has a heading of its own it calls the renderer for every letter.
        """
        report = self.env["ir.actions.report"]._get_report(REPORT)
        report._check_renderer()
        report = report.with_context(credit_dunning_print=PRINTING)
        html = report._render_qweb_html(REPORT, self.ids)[0]
        bodies, _ids, _header, footer, paper = report._prepare_html(
            html, report_model=self._name
        )
        return report._run_wkhtmltopdf(
            bodies, report_ref=REPORT, footer=footer, specific_paperformat_args=paper
        )

    # -- the job ----------------------------------------------------------------------
    @api.model
    def _cron_print(self):
        """Print what was asked for, in batches that commit; a run's parts become one
        file when its last letter is printed."""
        cron = self.env["ir.cron"]
        waiting = [("delivery_state", "=", "printing")]
        cron._commit_progress(remaining=self.search_count(waiting))
        seconds = 1
        while seconds and (batch := self._take_letters()):
            if letters := batch._get_still_right():
                letters._print_part()
            seconds = cron._commit_progress(len(batch))
        for run in self.env["credit.dunning.run"].search(
            [("letter_part_ids", "!=", False)]
        ):
            run._join_letters()
            cron._commit_progress()

    def _take_letters(self):
        """Letters of one run that no other worker prints; locked until the commit."""
        self.flush_model(["delivery_state", "run_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, run_id FROM credit_dunning_notice
                 WHERE delivery_state = 'printing'
                 ORDER BY run_id, id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
                """,
                BATCH,
            )
        )
        return self.browse([key for key, run_id in rows if run_id == rows[0][1]])

    def _print_part(self):
        """A part of the run's PDF. A letter that cannot be printed says why, and does
        not hold up the others."""
        try:
            with self.env.cr.savepoint():
                part = self.run_id._store_letters(self._render_letters(), part=True)
                self.run_id.letter_part_ids += part
                self._mark_printed()
        except OperationalError:
            raise  # somebody prints the same: the job begins anew
        except Exception as error:
            if len(self) > 1:
                for letter in self:
                    letter._print_part()
                return
            _logger.warning("Dunning: letter %s was not printed: %r", self.id, error)
            self.write({"delivery_state": "to_print", "delivery_error": str(error)})


class CreditDunningRun(models.Model):
    _inherit = "credit.dunning.run"

    printed_by = fields.Many2one("res.users", readonly=True)
    letter_part_ids = fields.Many2many(
        "ir.attachment",
        "credit_dunning_run_letter_part_rel",
        readonly=True,
        help="PDFs of a print job that is not through yet.",
    )
    letters_id = fields.Many2one(
        "ir.attachment", "Letters as PDF", readonly=True, ondelete="set null"
    )

    def action_print_letters(self):
        """All letters of the run that were not printed yet, as one PDF."""
        self.ensure_one()
        return self._search_notices(
            [("delivery_state", "=", "to_print")]
        ).action_print()

    def action_download_letters(self):
        """The PDF printed last, once more."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.letters_id.id}?download=true",
            "target": "new",
        }

    def _tell_later(self):
        return notify(
            self.env._(
                "The letters are being printed in the background. The PDF appears on "
                "the run."
            ),
            "info",
            next={"type": "ir.actions.client", "tag": "soft_reload"},
        )

    def _store_letters(self, content, part=False):
        """Keep a PDF on the run, so that it can be printed again.

        :param part: of a print job, to be joined with the others
        """
        file = self.env["ir.attachment"].create(
            {
                "name": self.env._("Letters %(run)s.pdf", run=self.name),
                "raw": content,
                "res_model": self._name,
                "res_id": self.id,
                "mimetype": "application/pdf",
            }
        )
        if not part:
            self.letters_id = file
        return file

    def _join_letters(self):
        """The print job of a run is through: its parts become one file."""
        if self._search_notices([("delivery_state", "=", "printing")]):
            return
        parts = self.letter_part_ids.sorted("id")
        contents = parts.mapped("raw")
        content = merge_pdf(contents) if len(contents) > 1 else contents[0]
        file = self._store_letters(content)
        parts.unlink()
        text = self.env._("The letters are printed: the PDF is ready.")
        self.message_post(body=text, attachment_ids=file.ids)
        self.printed_by._bus_send(
            "simple_notification",
            {"title": self.name, "message": text, "type": "success"},
        )


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    def _get_layout(self):
        """Letters have a layout of their own that needs no server for its styles."""
        if len(self) == 1 and self == self.env.ref(REPORT, raise_if_not_found=False):
            return self.env.ref(LAYOUT)
        return super()._get_layout()
