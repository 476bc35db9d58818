"""The job that applies a mass change: batches that commit, nothing twice."""

import base64
import io

import xlsxwriter
from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.tools import SQL

from .handing_out import Sheet

#: Limits of one transaction.
BATCH = 200
#: So many are applied while the approver waits.
AT_ONCE = 50
#: Batches that lose against somebody at work on a file, one after the other.
MOST_RETRIES = 5


class CreditLimitBatch(models.Model):
    """What is left to do is what the lines say: a line and the limit that it grants are
    committed together, so that the job goes on where it was killed, and two workers
    take different lines. A constant number of queries for each batch."""

    _inherit = "credit.limit.batch"

    xlsx_file = fields.Binary("Workbook", compute="_compute_xlsx_file")

    def _start(self):
        if len(self.line_ids) <= AT_ONCE:
            self.line_ids._apply()
            self._close_if_done()
        else:
            # sudo: the job is the system's
            self.env.ref("credit_control.ir_cron_limit_batch").sudo()._trigger()

    @api.model
    def _cron_apply(self):
        """Apply what was approved, in batches that commit."""
        Line, cron = self.env["credit.limit.batch.line"], self.env["ir.cron"]
        failures = 0
        while True:
            try:
                lines = Line._take()
                if not lines:
                    break
                lines._apply()
                self.env.flush_all()
            except OperationalError:
                # somebody changes one of the files at this very moment: read again
                self.env.cr.rollback()
                self.env.invalidate_all()
                failures += 1
                if failures > MOST_RETRIES:
                    raise
                continue
            failures = 0
            if not cron._commit_progress(len(lines)):
                break
        self.search([("state", "=", "applying")])._close_if_done()
        cron._commit_progress()

    def _close_if_done(self):
        left = self.env["credit.limit.batch.line"]._read_group(
            [("batch_id", "in", self.ids), ("state", "=", "waiting")], ["batch_id"]
        )
        done = self - self.browse([batch.id for (batch,) in left])
        done.write({"state": "applied"})

    # -- workbook -------------------------------------------------------------------
    def _compute_xlsx_file(self):
        for batch in self:
            batch.xlsx_file = base64.b64encode(batch._get_xlsx())

    def action_xlsx(self):
        """The lines as a workbook, downloaded."""
        self.ensure_one()
        name = self.name.replace("/", "-")
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/xlsx_file/{name}.xlsx"
            "?download=1",
            "target": "download",
        }

    def _get_xlsx(self) -> bytes:
        stream = io.BytesIO()
        options = {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        }
        book = xlsxwriter.Workbook(stream, options)
        sheet = Sheet(book, self.env._("Lines"))
        sheet.header(
            [
                self.env._("Customer"),
                self.env._("Customer Code"),
                self.env._("Grade"),
                self.env._("Currency"),
                self.env._("Limit Now"),
                self.env._("New Limit"),
                self.env._("Change"),
                self.env._("Change (%)"),
                self.env._("State"),
                self.env._("What Is Wrong"),
            ]
        )
        states = dict(self.line_ids._fields["state"]._description_selection(self.env))
        for line in self.line_ids:
            sheet.row(
                [
                    line.partner_id.name or "",
                    line.partner_id.ref or "",
                    line.grade_id.code or "",
                    line.currency_id.name,
                    line.now_limit if line.had_limit else None,
                    None if line.state == "error" else line.new_limit,
                    line.change,
                    line.change_pct,
                    states[line.state],
                    line.error or "",
                ],
                line.currency_id,
            )
        sheet.finish()
        book.close()
        return stream.getvalue()


class CreditLimitBatchLine(models.Model):
    _inherit = "credit.limit.batch.line"

    @api.model
    def _take(self):
        """Lines that wait and that no other worker has taken."""
        self.flush_model(["state", "batch_id"])
        self.env["credit.limit.batch"].flush_model(["state"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.id FROM credit_limit_batch_line line
                  JOIN credit_limit_batch batch ON batch.id = line.batch_id
                 WHERE line.state = 'waiting' AND batch.state = 'applying'
                 ORDER BY line.batch_id, line.id LIMIT %s
                   FOR NO KEY UPDATE OF line SKIP LOCKED
                """,
                BATCH,
            )
        )
        return self.browse([line_id for (line_id,) in rows])

    def _apply(self):
        """Grant the limits of these lines; what changed meanwhile is an error of its
        line."""
        waiting = self.filtered(lambda line: line.state == "waiting")
        fit = waiting.filtered(lambda line: not line._note_change())
        for batch, lines in fit.grouped("batch_id").items():
            lines._grant(batch)

    def _note_change(self):
        """Is the limit no longer the one that was decided on?"""
        file = self.file_id
        same = (
            file.limit_mode == self.now_mode
            and file.currency_id == self.currency_id
            and not self.currency_id.compare_amounts(file.credit_limit, self.now_limit)
        )
        if same and file.state != "closed":
            return False
        self.write(
            {
                "state": "error",
                "error": self.env._(
                    "The limit was changed, or the file closed, after the line was "
                    "made. Look at it again."
                ),
            }
        )
        return True

    def _grant(self, batch):
        """Journal, files, contacts, notes and figures: each in one go."""
        files, today = self.file_id, fields.Date.today()
        granted = self.env["credit.limit.line"].create(
            [
                {
                    "file_id": line.file_id.id,
                    "kind": "permanent",
                    "mode": "amount",
                    "amount": line.new_limit,
                    "currency_id": line.currency_id.id,
                    "date_from": today,
                    "date_to": batch.date_to,
                    "reason": f"{batch.name}: {batch.reason}",
                    "source": "review",
                    "approved_by": batch.decided_by.id,
                }
                for line in self
            ]
        )
        for line, journal in zip(self, granted, strict=True):
            line.write({"state": "applied", "limit_line_id": journal.id})
        files._show_many(
            {line.file_id.id: line.new_limit for line in self}, batch.date_to
        )
        files._message_log_batch(
            bodies={
                line.file_id.id: f"{journal._describe()}: {journal.reason}"
                for line, journal in zip(self, granted, strict=True)
            }
        )
        files._refresh_snapshot(files)


class CreditFile(models.Model):
    _inherit = "credit.file"

    def _show_many(self, amounts, date_to):
        """The image of new permanent limits on files and contacts, in two statements.

        :param amounts: ``{file_id: amount}`` in each file's limit currency
        """
        self.flush_recordset()
        values = SQL(", ").join(
            SQL("(%s, %s)", file_id, amount) for file_id, amount in amounts.items()
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE credit_file file
                   SET limit_mode = 'amount', credit_limit = new.amount,
                       limit_date_to = %(date_to)s,
                       write_uid = %(uid)s, write_date = %(now)s
                  FROM (VALUES %(values)s) AS new (id, amount)
                 WHERE file.id = new.id
                """,
                values=values,
                date_to=date_to or None,
                uid=self.env.uid,
                now=fields.Datetime.now(),
            )
        )
        self.invalidate_recordset()
        for files in self.grouped("company_id").values():
            files._push_native_many()

    def _push_native_many(self):
        """Odoo's own limit of these customers and their contacts, in all companies of
        the tree: what ``_push_native`` does, in one statement."""
        companies = self._get_tree_companies()
        partners = self.partner_id
        partners.flush_model(["credit_limit", "commercial_partner_id"])
        values = SQL(", ").join(
            SQL("(%s, %s)", file.partner_id.id, file._get_native_limit())
            for file in self
        )
        own = SQL(" || ").join(
            SQL("jsonb_build_object(%s, new.amount)", str(company_id))
            for company_id in companies.ids
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE res_partner partner
                   SET credit_limit = COALESCE(partner.credit_limit, '{}') || %(own)s
                  FROM (VALUES %(values)s) AS new (id, amount)
                 WHERE partner.commercial_partner_id = new.id
                """,
                own=own,
                values=values,
            )
        )
        partners.invalidate_model(["credit_limit"])
