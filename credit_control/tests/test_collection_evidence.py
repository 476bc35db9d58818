"""The pack of evidence: complete, safe names, nothing left out silently."""

import base64
import hashlib
import io
import zipfile
from unittest.mock import patch

from openpyxl import load_workbook

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.credit_control.models import (
    credit_collection_evidence_parts,
    credit_collection_pack,
)

from .collection_common import CollectionCommon
from .common import TODAY


@tagged("post_install", "-at_install")
class TestCollectionEvidence(CollectionCommon):
    """Without a renderer (the host's test mode) what is rendered is HTML; one test
    renders for real."""

    def _zip(self, case):
        stream = io.BytesIO()
        self.env["credit.collection.evidence"]._build(case, stream)
        return zipfile.ZipFile(stream)

    def _index(self, archive):
        """[{title: cell}] of the index."""
        book = load_workbook(io.BytesIO(archive.read("index.xlsx")))
        head, *rows = book.active.iter_rows(values_only=True)
        return [dict(zip(head, row, strict=True)) for row in rows]

    def _attach(self, record, name, content=b"proof"):
        return self.env["ir.attachment"].create(
            {
                "name": name,
                "raw": content,
                "res_model": record._name,
                "res_id": record.id,
            }
        )

    def _billed(self, amount, days):
        """An order, and its invoice due ``days`` ago."""
        order = self._order(amount, confirm=True)
        move = order._create_invoices()
        due = fields.Date.subtract(TODAY, days=days)
        move.write(
            {
                "invoice_date": due,
                "invoice_date_due": due,
                "invoice_payment_term_id": False,
            }
        )
        move.action_post()
        return move, order

    def test_everything_of_the_claim_is_in_it(self):
        move, order = self._billed(500, 30)
        self._attach(move, "cmr.jpg", b"jpg")
        self._attach(order, "contract.pdf", b"contract")
        self._send(self._propose())
        promise = self.env["credit.promise"]._create_promise(
            self._items(move), TODAY, 200, note="Called at noon"
        )
        self._attach(promise, "mail.eml", b"eml")
        reason = self.env.ref("credit_control.credit_dispute_reason_goods")
        dispute = self.env["credit.dispute"]._create_disputes(
            self._items(self.old), reason, 50
        )
        dispute._settle("rejected", 0, "Delivery was complete")
        self.env["credit.contact"]._log(
            self.customer,
            self.company,
            self.env["credit.contact.result"].search([], limit=1),
            note="Spoke to the bookkeeper",
        )
        case = self._case(move, self.old)
        self._attach(case, "power of attorney.pdf", b"poa")
        with self._zip(case) as archive:
            names = archive.namelist()
            index = self._index(archive)
            for row in index:
                if row["File"]:
                    content = archive.read(row["File"])
                    self.assertEqual(
                        hashlib.sha256(content).hexdigest(), row["SHA-256"]
                    )
            promises = archive.read("06_correspondence/promises.html").decode()
            contacts = archive.read("06_correspondence/contacts.html").decode()
            disputes = archive.read("06_correspondence/disputes.html").decode()
            [notice] = [name for name in names if name.startswith("05_notices")]
            reminder = archive.read(notice).decode()
        self.assertEqual(
            {row["File"] for row in index if row["File"]} | {"index.xlsx"}, set(names)
        )
        stem = move.name.replace("/", "_")
        for name in (
            f"02_invoices/{stem}.pdf",
            "02_invoices/cmr.jpg",
            f"03_orders/{order.name}.pdf",
            "03_orders/contract.pdf",
            "06_correspondence/mail.eml",
            "07_case/power of attorney.pdf",
            f"01_statement/Statement of account {self.customer.name}.xlsx",
        ):
            self.assertIn(name, names)
        self.assertIn("Called at noon", promises)
        self.assertIn("Delivery was complete", disputes)
        self.assertIn("Spoke to the bookkeeper", contacts)
        for text in ("pay@bright.example", "Waiting", move.name, "Payment reminder"):
            self.assertIn(text, reminder)
        missing = [
            row for row in index if not row["File"] and row["Folder"] == "03_orders"
        ]
        self.assertEqual([row["Document"] for row in missing], [self.old.name])
        self.assertIn("without a sales order", missing[0]["Missing Because"])

    def test_stored_pdf_is_the_one_the_customer_got(self):
        self.env["ir.attachment"].create(
            {
                "name": "sent.pdf",
                "raw": b"%PDF as sent",
                "res_model": "account.move",
                "res_id": self.old.id,
                "res_field": "invoice_pdf_report_file",
            }
        )
        self.old.invalidate_recordset()
        with self._zip(self._case(self.old)) as archive:
            self.assertEqual(archive.read("02_invoices/sent.pdf"), b"%PDF as sent")
            names = [n for n in archive.namelist() if n.startswith("02_")]
        self.assertEqual(len(names), 1)

    def test_what_cannot_be_had_is_listed(self):
        """A report that fails, a file that is gone, a link, a journal entry."""
        entry = self._entry(self.customer, 70, due=TODAY)
        gone = self._attach(self.new, "gone.pdf")
        self.env["ir.attachment"].create(
            {
                "name": "link",
                "type": "url",
                "url": "https://example.com/x",
                "res_model": "account.move",
                "res_id": self.new.id,
            }
        )
        case = self._case(self.old, self.new, entry)
        Report = type(self.env["ir.actions.report"])
        render = Report._pre_render_qweb_pdf

        def broken(report, ref, res_ids=None, data=None):
            if self.old.id in (res_ids or ()) and "account_invoices" in str(
                getattr(ref, "report_name", "")
            ).replace("report_invoice_with_payments", "account_invoices"):
                raise UserError("Broken")  # pylint: disable=translation-required
            return render(report, ref, res_ids=res_ids, data=data)

        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ir_attachment SET store_fname = 'no/such' WHERE id = %s", gone.ids
        )
        gone.invalidate_recordset()
        with patch.object(Report, "_pre_render_qweb_pdf", broken):
            with self._zip(case) as archive:
                index = self._index(archive)
        missing = {
            row["Document"]: row["Missing Because"]
            for row in index
            if row["Folder"] == "02_invoices" and not row["File"]
        }
        self.assertIn("Broken", missing[self.old.name])
        self.assertIn("journal entry", missing[entry.name])
        found = [row["File"] for row in index if row["File"]]
        self.assertIn(f"02_invoices/{self.new.name.replace('/', '_')}.pdf", found)
        remarks = " ".join(row["Missing Because"] or "" for row in index)
        self.assertIn("https://example.com/x", remarks)
        self.assertIn("No such file", remarks)

    def test_names_are_safe_and_unique(self):
        """What a document is called is nobody's way out of the folder."""
        for name in (
            "../../../etc/passwd",
            "..\\..\\win.ini",
            "送货单 签收.jpg",
            "送货单 签收.JPG",
            "/abs/olute",
            "a\x07b\r\n.txt",
            "CON",
            "x" * 300 + ".pdf",
        ):
            self._attach(self.old, name, name.encode())
        self.customer.name = "../=Evil/客户"
        with self._zip(self._case(self.old)) as archive:
            names = archive.namelist()
        self.assertEqual(len({name.lower() for name in names}), len(names))
        for name in names:
            parts = name.split("/")
            self.assertNotIn("..", parts)
            self.assertLessEqual(len(parts), 2)
            self.assertFalse(set(name) & set('\\:*?"<>|\x07\n'))
            self.assertLess(len(parts[-1]), 110)
        self.assertIn("02_invoices/送货单 签收.jpg", names)
        self.assertIn("02_invoices/送货单 签收 (2).JPG", names)

    def test_index_computes_nothing(self):
        """A file name or a customer that begins with = stays a text."""
        self._attach(self.old, '=HYPERLINK("http://evil","x").pdf')
        self.customer.name = "=1+1"
        with self._zip(self._case(self.old)) as archive:
            book = load_workbook(io.BytesIO(archive.read("index.xlsx")))
        cells = [cell for row in book.active.iter_rows() for cell in row]
        self.assertTrue(any("HYPERLINK" in str(cell.value) for cell in cells))
        self.assertFalse([cell for cell in cells if cell.data_type == "f"])

    def test_notes_of_people_are_no_markup(self):
        self.env["credit.promise"]._create_promise(
            self._items(self.old), TODAY, note="<script>alert(1)</script>"
        )
        with self._zip(self._case(self.old)) as archive:
            page = archive.read("06_correspondence/promises.html").decode()
        self.assertNotIn("<script>", page)
        self.assertIn("&lt;script&gt;", page)

    def test_pack_is_kept_with_its_hash(self):
        clerk = self._user("invoicing")
        case = self._case(self.old)
        action = case.with_user(clerk).action_make_evidence()
        self.assertEqual(action["type"], "ir.actions.act_url")
        self.assertEqual((case.evidence_state, case.evidence_by), ("ready", clerk))
        stored = (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", case._name),
                    ("res_id", "=", case.id),
                    ("res_field", "=", "evidence_pack"),
                ]
            )
        )
        log = " ".join(case.message_ids.mapped("body"))
        self.assertIn(hashlib.sha256(stored.raw).hexdigest(), log)
        case.with_user(clerk).action_make_evidence()
        self.assertFalse(stored.exists(), "one pack at a time")

    def test_large_pack_is_made_by_the_job(self):
        clerk = self._user("invoicing")
        moves = [self._billed(50, 9)[0] for _number in range(3)]
        case = self._case(self.old, self.new, *moves)
        self.patch(credit_collection_pack, "AT_ONCE", 1)
        self.patch(credit_collection_evidence_parts, "BATCH", 2)
        action = case.with_user(clerk).action_make_evidence()
        self.assertEqual(
            (action["tag"], case.evidence_state), ("display_notification", "queued")
        )
        self._cron("ir_cron_collection_packs")
        self.assertEqual(case.evidence_state, "ready")
        pack = io.BytesIO(base64.b64decode(case.evidence_pack))
        with zipfile.ZipFile(pack) as archive:
            names = archive.namelist()
            stem = moves[0].name.replace("/", "_")
            page = archive.read(f"02_invoices/{stem}.pdf").decode()
            self.assertIn(moves[0].name, page)
        self.assertEqual(len([n for n in names if n.startswith("02_")]), 5)
        self.assertEqual(len([n for n in names if n.startswith("03_")]), 3)
        self.assertFalse(
            self.env["credit.collection.evidence"].sudo()._find_parts(case)
        )
        told = (
            self.env["mail.message"]
            .sudo()
            .search(
                [("model", "=", case._name), ("subject", "ilike", "Evidence is ready")]
            )
        )
        self.assertEqual(told.partner_ids, clerk.partner_id)

    def test_job_goes_on_where_its_time_was_over(self):
        """Each batch is kept: a server that stops jobs early only takes more runs."""
        moves = [self._billed(50, 9)[0] for _number in range(3)]
        case = self._case(*moves)
        clerk = self._user("invoicing")
        self.patch(credit_collection_pack, "AT_ONCE", 1)
        self.patch(credit_collection_evidence_parts, "BATCH", 2)
        case.with_user(clerk).action_make_evidence()
        cron = type(self.env["ir.cron"])
        states = []
        with patch.object(cron, "_commit_progress", lambda *_a, **_k: 0):
            for _run in range(5):
                self.Case.sudo()._cron_packs()
                states.append(case.evidence_state)
        self.assertEqual(states[0], "queued")
        self.assertEqual(states[-1], "ready")

    def test_job_that_fails_says_so_and_does_not_try_for_ever(self):
        clerk = self._user("invoicing")
        case = self._case(self.old, self.new)
        self.patch(credit_collection_pack, "AT_ONCE", 1)
        case.with_user(clerk).action_make_evidence()
        service = type(self.env["credit.collection.evidence"])

        def fail(*_args):
            raise UserError("Disk full")  # pylint: disable=translation-required

        with (
            patch.object(service, "_add_invoices", fail),
            mute_logger("odoo.addons.credit_control.models.credit_collection_pack"),
        ):
            self._cron("ir_cron_collection_packs")
        self.assertEqual(
            (case.evidence_state, case.evidence_note), ("failed", "Disk full")
        )
        case.sudo().evidence_state = "making"  # the server was stopped meanwhile
        self._cron("ir_cron_collection_packs")
        self.assertEqual(case.evidence_state, "failed")
        self.assertIn("limit_time_real_cron", case.evidence_note)

    def test_claim_names_items_notices_and_total(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self._send(self._propose())
        case = self._case(self.old, self.new, fee_pct=12, reference="AZ 77/26")
        self._pay(self.new, 150)
        case.cost_ids = [
            Command.create({"name": "Court", "amount": 30, "payer": "customer"}),
            Command.create({"name": "Own", "amount": 888.77}),
        ]
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "credit_control.report_collection_claim", case.ids
        )
        html = html.decode()
        for text in (
            self.old.name,
            case.name,
            "AZ 77/26",
            "Fast Collect",
            "Level 1",
            "850.00",
            "880.00",
        ):
            self.assertIn(text, html)
        self.assertNotIn("888.77", html)

    # without a server the renderer does without the style sheets, and says so
    @mute_logger("odoo.addons.base.models.ir_actions_report")
    def test_claim_of_many_items_is_one_page(self):
        """Rendered for real: more items than fit are summed up."""
        moves = self.env["account.move"].union(
            *(self._overdue_invoice(10 + n, 5 + n) for n in range(40))
        )
        case = self._case(*moves)
        pdf, _kind = (
            self.env["ir.actions.report"]
            .with_context(force_report_rendering=True)
            ._render_qweb_pdf("credit_control.report_collection_claim", case.ids)
        )
        self.assertEqual(pdf[:4], b"%PDF")
        self.assertEqual(pdf.count(b"/Type /Page\n"), 1)
