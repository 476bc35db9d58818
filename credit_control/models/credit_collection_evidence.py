"""The evidence of a claim as one ZIP: what a lawyer, an agency or a court asks for."""

import logging
from contextlib import closing

from odoo import api, fields, models

from ..tools.evidence import Pack, read_pieces

_logger = logging.getLogger(__name__)

#: Documents of one call of the PDF renderer.
BATCH = 20
STATEMENT, INVOICES, ORDERS = "01_statement", "02_invoices", "03_orders"
DELIVERIES, NOTICES, LETTERS = "04_deliveries", "05_notices", "06_correspondence"
CASE = "07_case"


class CreditCollectionEvidence(models.AbstractModel):
    """``_build`` writes the pack of one case into a stream.

    Every document of the case's items gets a file or, where it cannot be had, a line
    in the index that says why: nothing is left out silently. Files that exist are
    copied in pieces, the others rendered ``BATCH`` at a time, so that the memory
    needed does not grow with the number of invoices.

    Other add-ons add what they know with ``_add_deliveries`` and ``_add_more``.
    ``_check_maker`` says who may have it. Example::

        with tempfile.TemporaryFile() as stream:
            pack = env["credit.collection.evidence"]._build(case, stream)
            pack.count()  # (files, missing)
    """

    _name = "credit.collection.evidence"
    _description = "Evidence of a Claim"

    @api.model
    def _check_maker(self, case):
        """Whoever reads the case and the ledger of the customer.

        :raise AccessError: otherwise
        """
        case.check_access("read")
        self.env["credit.statement"]._check_viewer(case.partner_id, case.company_id)

    @api.model
    def _build(self, case, stream) -> Pack:
        """Write the ZIP to ``stream`` (seekable).

        :raise AccessError: see ``_check_maker``
        """
        self._check_maker(case)
        # sudo: orders, deliveries, reminders of this claim, which the maker need not
        # be able to open one by one
        case = case.sudo()
        self = self.sudo()
        with closing(Pack(stream, fields.Datetime.now())) as pack:
            pack.parts = self._read_parts(case)
            for add in (
                self._add_statement,
                self._add_invoices,
                self._add_orders,
                self._add_deliveries,
                self._add_notices,
                self._add_correspondence,
                self._add_more,
                self._add_index,
            ):
                add(pack, case)
        return pack

    @api.model
    def _count_documents(self, case) -> int:
        """How many documents are to be rendered or copied, roughly."""
        moves = case.sudo().line_ids.move_id  # sudo: how many there are
        return len(moves) + len(self._get_orders(moves))

    # -- sections -------------------------------------------------------------------
    def _add_statement(self, pack, case):
        """Our claim in one page, and the account of the customer as it is today."""
        about = {"what": self.env._("Claim"), "document": case.name}
        self._add_rendered(
            pack,
            STATEMENT,
            "credit_control.credit_collection_claim_report",
            case,
            lambda record: about,
        )
        Statement = self.env["credit.statement"]
        about = {
            "what": self.env._("Statement of account"),
            "document": case.partner_id.display_name,
            "date": fields.Date.today(),
        }
        title = f"{about['what']} {case.partner_id.name}"
        for ending, make in (
            ("pdf", Statement._get_pdf),
            ("xlsx", Statement._get_xlsx),
        ):
            try:
                with self.env.cr.savepoint():
                    content = make(case.partner_id, case.company_id)
                pack.add(STATEMENT, f"{title}.{ending}", content, **about)
            except Exception as error:
                self._note_missing(pack, STATEMENT, error, **about)

    def _add_invoices(self, pack, case):
        """The PDF that the customer got, else rendered now; what is attached to it."""
        for line in case.line_ids.filtered(lambda line: not line.move_id):
            pack.missing(
                INVOICES,
                self.env._("The invoice was deleted."),
                what=self.env._("Invoice"),
                document=line.name or "",
                amount=line.amount,
                currency=case.currency_id.name,
            )
        moves = case.line_ids.move_id.sorted(lambda move: (move.date, move.id))
        entries = moves.filtered(lambda move: not move.is_invoice(True))
        for move in entries:
            pack.missing(
                INVOICES,
                self.env._("A journal entry: there is no invoice."),
                **self._describe_move(move),
            )
        invoices = moves - entries
        for move in invoices.filtered("invoice_pdf_report_id"):
            self._add_attachment(
                pack, INVOICES, move.invoice_pdf_report_id, **self._describe_move(move)
            )
        for report, of_report in self._get_invoices_to_render(moves).items():
            self._add_rendered(pack, INVOICES, report, of_report, self._describe_move)
        self._add_attachments(
            pack, INVOICES, moves, moves.invoice_pdf_report_id.mapped("checksum")
        )

    def _add_orders(self, pack, case):
        """The sales orders of the invoices."""
        moves = case.line_ids.move_id
        orders = self._get_orders(moves)
        self._add_rendered(
            pack, ORDERS, "sale.action_report_saleorder", orders, self._describe_order
        )
        for move in moves.filtered(lambda move: not self._get_orders(move)):
            pack.missing(
                ORDERS,
                self.env._("The invoice was made without a sales order."),
                what=self.env._("Sales order"),
                document=move.name or "",
            )
        self._add_attachments(pack, ORDERS, orders)

    def _add_deliveries(self, pack, case):
        """Proof of delivery; credit_control_stock knows the delivery slips."""

    def _add_more(self, pack, case):
        """What people have attached to the case itself."""
        self._add_attachments(pack, CASE, case)

    # -- documents ------------------------------------------------------------------
    def _get_orders(self, moves):
        return moves.invoice_line_ids.sale_line_ids.order_id.sorted("id")

    def _get_invoices_to_render(self, moves):
        """``{report: invoices}`` of which no PDF is stored."""
        invoices = moves.filtered(
            lambda move: move.is_invoice(True) and not move.invoice_pdf_report_id
        )
        return invoices.grouped(self._get_invoice_report)

    def _get_invoice_report(self, move):
        return self.env["account.move.send"]._get_default_pdf_report_id(move)

    def _describe_move(self, move):
        return {
            "what": dict(move._fields["move_type"]._description_selection(self.env))[
                move.move_type
            ],
            "document": move.name or "",
            "date": move.invoice_date or move.date,
            "amount": move.amount_total,
            "currency": move.currency_id.name,
        }

    def _describe_order(self, order):
        return {
            "what": self.env._("Sales order"),
            "document": order.name,
            "date": fields.Date.to_date(order.date_order),
            "amount": order.amount_total,
            "currency": order.currency_id.name,
        }

    # -- files ----------------------------------------------------------------------
    def _add_rendered(self, pack, folder, report, records, describe):
        """Render ``records`` with a report; what fails is listed with the reason.

        :param describe: gives the fields of an Entry for a record
        """
        for start in range(0, len(records), BATCH):
            batch = records[start : start + BATCH]
            fresh = batch.filtered(lambda r: (r._name, r.id) not in pack.parts)
            found = self._render(report, fresh) if fresh else {}
            for record in batch:
                about = describe(record)
                name = f"{about['document'] or record.id}.pdf"
                part = pack.parts.get((record._name, record.id))
                content = found.pop(record.id, part and part.description)
                if isinstance(content, bytes):
                    pack.add(folder, name, content, **about)
                elif part and not content:
                    self._add_attachment(pack, folder, part, name=name, **about)
                else:
                    self._note_missing(pack, folder, content, **about)
            # the next batch needs none of what this one has read
            batch.invalidate_recordset()

    def _render(self, report, records):
        """``{id: PDF, or the error}``: all in one run of the renderer, one by one when
        that fails, so that one bad document does not take the others along."""
        Report = self.env["ir.actions.report"]
        found, error = {}, None
        try:
            with self.env.cr.savepoint():
                content, kind = Report._pre_render_qweb_pdf(report, records.ids)
                found = Report._get_splitted_report(report, content, kind)
        except Exception as failure:
            error = failure
        if len(records) == 1:
            [record_id] = records.ids
            found.setdefault(record_id, error)
            return found
        for record in records:
            if record.id not in found:
                found |= self._render(report, record)
        return found

    def _note_missing(self, pack, folder, error, **about):
        _logger.info("Evidence: %s in %s is missing: %r", about, folder, error)
        reason = str(error) if error else self.env._("no document")
        pack.missing(folder, self.env._("Cannot be made: %s", reason), **about)

    def _add_attachments(self, pack, folder, records, known=()):
        """What people have attached to ``records``; copies of what is in are left out.

        :param known: checksums of files that are in the pack already
        """
        seen = set(known)
        attachments = (
            self.env["ir.attachment"].search(
                [
                    ("res_model", "=", records._name),
                    ("res_id", "in", records.ids),
                    ("res_field", "=", False),
                ],
                order="res_id, id",
            )
            if records
            else ()
        )
        for attachment in attachments:
            if attachment.checksum and attachment.checksum in seen:
                continue
            seen.add(attachment.checksum)
            self._add_attachment(
                pack,
                folder,
                attachment,
                what=self.env._("Attachment"),
                document=attachment.res_name or "",
                date=attachment.create_date.date(),
            )

    def _add_attachment(self, pack, folder, attachment, name=None, **about):
        """Copy a stored file, in pieces where it lies on the disk."""
        name = name or attachment.name
        try:
            if attachment.type != "binary":
                raise FileNotFoundError(
                    self.env._("only a link is stored: %s", attachment.url)
                )
            if attachment.store_fname:
                path = attachment._full_path(attachment.store_fname)
                with open(path, "rb") as source:
                    pack.add(folder, name, read_pieces(source), **about)
            else:
                pack.add(folder, name, attachment.db_datas or b"", **about)
                attachment.invalidate_recordset(["db_datas"])
        except OSError as error:
            self._note_missing(pack, folder, error, **about)
