"""What is made ahead for a large pack of evidence, and the index of every pack."""

import io

from odoo import models

from .credit_collection_evidence import BATCH
from .credit_dunning_run_letters import REPORT
from .handing_out import Sheet, make_workbook

#: The field of the case that what is made ahead hangs on.
FIELD = "evidence_parts"


class CreditCollectionEvidence(models.AbstractModel):
    """Rendering takes about half a second per document. A job that makes a pack of
    hundreds renders a batch, keeps it, commits, and goes on the next time: no server's
    time limit stops it."""

    _inherit = "credit.collection.evidence"

    def _get_renderable(self, case):
        """[(report, records)]: what there is to render for a case."""
        moves = case.line_ids.move_id
        return [
            *self._get_invoices_to_render(moves).items(),
            ("sale.action_report_saleorder", self._get_orders(moves)),
            (REPORT, self._get_letters(self._get_notices(case))),
        ]

    def _render_ahead(self, case) -> bool:
        """Render and keep a batch; False when there is nothing left to render."""
        self = self.sudo()  # sudo: the job's, for a pack that its maker may have
        case = case.sudo()
        parts = self._read_parts(case)
        for report, records in self._get_renderable(case):
            waiting = records.filtered(lambda r: (r._name, r.id) not in parts)
            if batch := waiting[:BATCH]:
                self._store_parts(case, batch, self._render(report, batch))
                return True
        return False

    def _store_parts(self, case, records, found):
        self.env["ir.attachment"].create(
            [
                {
                    "name": f"{record._name},{record.id}",
                    "raw": found[record.id]
                    if isinstance(found[record.id], bytes)
                    else b"",
                    # why there is none
                    "description": False
                    if isinstance(found[record.id], bytes)
                    else str(found[record.id] or self.env._("no document")),
                    "mimetype": "application/pdf",
                    "res_model": case._name,
                    "res_id": case.id,
                    "res_field": FIELD,
                }
                for record in records
            ]
        )

    def _find_parts(self, case):
        return self.env["ir.attachment"].search(
            [
                ("res_model", "=", case._name),
                ("res_id", "=", case.id),
                ("res_field", "=", FIELD),
            ]
        )

    def _read_parts(self, case):
        """``{(model, id): attachment}`` of what was rendered ahead."""
        parts = {}
        for attachment in self._find_parts(case):
            model, _comma, res_id = attachment.name.partition(",")
            parts[model, int(res_id)] = attachment
        return parts

    # -- the index ------------------------------------------------------------------
    def _add_index(self, pack, case):
        """Every file, what it is, and its SHA-256; and what is missing, and why."""
        stream = io.BytesIO()
        book = make_workbook(stream)
        sheet = Sheet(book, self.env._("Index"))
        sheet.header(
            [
                self.env._("Folder"),
                self.env._("File"),
                self.env._("What It Is"),
                self.env._("Document"),
                self.env._("Date"),
                self.env._("Amount"),
                self.env._("Currency"),
                self.env._("Bytes"),
                "SHA-256",
                self.env._("Missing Because"),
            ]
        )
        for entry in pack.entries:
            sheet.row(
                [
                    entry.folder,
                    entry.path,
                    entry.what,
                    entry.document,
                    entry.date,
                    entry.amount,
                    entry.currency,
                    entry.size or None,
                    entry.sha256,
                    entry.remark,
                ],
                case.currency_id,
            )
        sheet.finish()
        book.close()
        pack.add("", "index.xlsx", stream.getvalue(), what="Index")
