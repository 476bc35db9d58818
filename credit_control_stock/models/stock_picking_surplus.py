from odoo import models


class StockPicking(models.Model):
    """More goods than were ordered make an order grow, without anybody changing it."""

    _inherit = "stock.picking"

    def _get_credit_surplus(self):
        """``{order: taxed value}`` of what these transfers take beyond the order.

        Priced as the line is. Parts of kits have no price of their own and are left
        out. Costs no query but what validating reads anyway.
        """
        going = {}
        # sudo: the warehouse need not be able to read order lines
        for picking in self.sudo():
            for move in picking._get_credit_leaving_moves():
                line = move.sale_line_id
                if line.product_id == move.product_id:
                    quantity = move.product_uom._compute_quantity(
                        move.quantity, line.product_uom_id
                    )
                    going[line] = going.get(line, 0.0) + quantity
        found = {}
        for line, quantity in going.items():
            done = line.qty_delivered
            surplus = done + quantity - max(done, line.product_uom_qty)
            if line.product_uom_id.compare(surplus, 0.0) > 0:
                order = self.env["sale.order"].browse(line.order_id.id)
                ordered = line.product_uom_qty
                price = line.price_total / ordered if ordered else line.price_unit
                found[order] = found.get(order, 0.0) + surplus * price
        return found

    def _get_credit_leaving_moves(self):
        """The open moves of this delivery that would be done by validating it: the
        picked ones, or all where none is."""
        self.ensure_one()
        if not self._is_credit_checked():
            return self.move_ids.browse()
        moves = self.move_ids.filtered(
            lambda move: (
                move.state not in ("done", "cancel") and move._is_credit_delivery()
            )
        )
        return moves.filtered("picked") or moves
