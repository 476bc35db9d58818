"""Proof of delivery in a pack of evidence: slips, signatures, what drivers attached."""

import base64

from odoo import fields, models

from odoo.addons.credit_control.models.credit_collection_evidence import DELIVERIES


class CreditCollectionEvidence(models.AbstractModel):
    _inherit = "credit.collection.evidence"

    def _count_documents(self, case) -> int:
        orders = self._get_orders(case.sudo().line_ids.move_id)  # sudo: how many
        return super()._count_documents(case) + len(self._get_deliveries(orders))

    def _get_deliveries(self, orders):
        """What has left for these orders, and what came back."""
        moves = orders.picking_ids.move_ids.filtered(
            lambda move: (
                move.state == "done"
                and "customer" in (move.location_id.usage, move.location_dest_id.usage)
            )
        )
        return moves.picking_id.sorted("id")

    def _get_renderable(self, case):
        orders = self._get_orders(case.line_ids.move_id)
        return [
            *super()._get_renderable(case),
            ("stock.action_report_delivery", self._get_deliveries(orders)),
        ]

    def _add_deliveries(self, pack, case):
        """The slips of the invoices' orders, as they were signed, and their files."""
        result = super()._add_deliveries(pack, case)
        orders = self._get_orders(case.line_ids.move_id)
        pickings = self._get_deliveries(orders)
        self._add_rendered(
            pack,
            DELIVERIES,
            "stock.action_report_delivery",
            pickings,
            self._describe_picking,
        )
        for picking in pickings.filtered("signature"):
            about = self._describe_picking(picking)
            about["what"] = self.env._("Signature")
            content = base64.b64decode(picking.signature)
            pack.add(DELIVERIES, f"{picking.name} signature.png", content, **about)
            picking.invalidate_recordset(["signature"])
        self._add_attachments(pack, DELIVERIES, pickings)
        for order in orders - pickings.sale_id:
            pack.missing(
                DELIVERIES,
                self.env._("Nothing was delivered for this order by the warehouse."),
                what=self.env._("Delivery slip"),
                document=order.name,
            )
        return result

    def _describe_picking(self, picking):
        back = picking.picking_type_code == "incoming"
        return {
            "what": self.env._("Return") if back else self.env._("Delivery slip"),
            "document": picking.name,
            "date": fields.Date.to_date(picking.date_done),
        }
