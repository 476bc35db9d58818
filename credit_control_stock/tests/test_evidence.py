"""Proof of delivery in the pack of evidence of a collection case."""

import base64
import io
import zipfile

from openpyxl import load_workbook

from odoo.tests import tagged

from odoo.addons.credit_control.tests.common import TODAY

from .delivery_common import DeliveryCommon

PIXEL = base64.b64encode(
    base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
        "AABJRU5ErkJggg=="
    )
)


@tagged("post_install", "-at_install")
class TestEvidenceOfDelivery(DeliveryCommon):
    def _pack(self, *orders):
        """(names in the ZIP, rows of its index) of a case over the orders' invoices."""
        moves = self.env["account.move"].union(*(self._bill(order) for order in orders))
        case = self.env["credit.collection.case"]._create_cases(
            moves._get_open_items(),
            kind="lawyer",
            agent_id=self._customer("Lex").id,
        )
        stream = io.BytesIO()
        self.env["credit.collection.evidence"]._build(case, stream)
        archive = zipfile.ZipFile(stream)
        book = load_workbook(io.BytesIO(archive.read("index.xlsx")))
        return archive.namelist(), list(book.active.iter_rows(values_only=True))

    def test_slips_signatures_and_files_of_what_was_delivered(self):
        order = self._confirmed(300)
        picking = order.picking_ids
        picking.signature = PIXEL
        self.env["ir.attachment"].create(
            {
                "name": "签收单.jpg",
                "raw": b"signed",
                "res_model": picking._name,
                "res_id": picking.id,
            }
        )
        self.assertDelivered(picking)
        names, rows = self._pack(order)
        stem = picking.name.replace("/", "_")
        for name in (f"{stem}.pdf", f"{stem} signature.png", "签收单.jpg"):
            self.assertIn(f"04_deliveries/{name}", names)
        [slip] = [row for row in rows if row[1] == f"04_deliveries/{stem}.pdf"]
        self.assertEqual(slip[2:5:2], ("Delivery slip", slip[4]))
        self.assertEqual(slip[4].date(), TODAY)

    def test_order_without_delivery_is_listed(self):
        order = self._confirmed(300)
        names, rows = self._pack(order)
        self.assertFalse([name for name in names if name.startswith("04_")])
        missing = [row for row in rows if row[0] == "04_deliveries"]
        self.assertEqual([row[3] for row in missing], [order.name])
        self.assertIn("Nothing was delivered", missing[0][9])
