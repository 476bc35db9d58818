from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import RedirectWarning, UserError

#: Portal customers can read their deliveries by RPC: nothing of ours is for them.
INTERNAL = "base.group_user"


class StockPicking(models.Model):
    """What people see of the checkpoint: banner, filter, refusal, request.

    The warehouse reads neither amounts nor reasons, only that the goods stay and whom
    to ask. Who may read the hold of an order reads what it says.
    """

    _inherit = "stock.picking"

    credit_hold = fields.Boolean(
        "On Credit Hold",
        compute="_compute_credit_hold",
        search="_search_credit_hold",
        compute_sudo=True,
        groups=INTERNAL,
        help="An order of this delivery waits for a decision of the credit team.",
    )
    credit_notice = fields.Text(
        "Credit Check",
        compute="_compute_credit_notice",
        compute_sudo=False,
        groups=INTERNAL,
        help="Why this delivery may not leave now, as far as it concerns the reader.",
    )

    # -- computes and searches ------------------------------------------------------
    @api.depends("state", "sale_id.credit_hold_ids.state")
    def _compute_credit_hold(self):
        """One query for a whole list; none where credit is not used."""
        orders = self._get_open_credit_orders()
        waiting = self._get_waiting_credit_orders(
            self.env["sale.order"].union(*orders.values())
        )
        for picking in self:
            own = orders.get(picking._origin, waiting.browse())
            picking.credit_hold = bool(own & waiting)

    def _search_credit_hold(self, operator, value):
        if operator != "in":
            return NotImplemented
        # what waits is few: the definition of a delivery is read from its one place
        waiting = self._get_waiting_credit_orders()
        held = fields.Domain("id", "in", waiting._get_credit_moves().picking_id.ids)
        domains = {True: held, False: ~held}
        return fields.Domain.OR(domains[bool(item)] for item in value)

    @api.model
    def _get_waiting_credit_orders(self, orders=None):
        """Orders with a hold that waits, all of them or these."""
        domain = [("state", "=", "waiting")]
        if orders is not None:
            if not orders:
                return orders
            domain.append(("order_id", "in", orders.ids))
        # sudo: the warehouse may know that an order is held
        holds = self.env["credit.hold"].sudo().search(domain)
        return holds.filtered(lambda hold: not hold._is_wish()).order_id

    @api.depends("state", "sale_id.credit_hold_ids.state")
    @api.depends_context("uid", "lang")
    def _compute_credit_notice(self):
        """The gate is asked as at validation; a constant number of queries."""
        orders = self._get_open_credit_orders()
        checks = self.env["sale.order"].union(*orders.values())._credit_check_delivery()
        stops = {order: check for order, check in checks.items() if check.verdict.held}
        for picking in self:
            texts = picking._describe_credit_stops(orders, stops)
            picking.credit_notice = "\n".join(texts) or False

    def _get_open_credit_orders(self):
        pickings = self._origin.filtered(lambda p: p.state not in ("done", "cancel"))
        return pickings._get_credit_orders()

    # -- refusal --------------------------------------------------------------------
    def _describe_credit_stops(self, orders, stops):
        """One text per held order of this transfer, for the viewer.

        :param orders: ``{picking: orders}``
        :param stops: ``{order: DeliveryCheck}``
        """
        gate = self.env["credit.gate"]
        return [
            gate._describe_delivery_stop(
                order.sudo(), stops[order], self._credit_sees(order, stops[order].hold)
            )
            for order in orders.get(self._origin, ())
            if order in stops
        ]

    def _credit_sees(self, order, hold):
        """May the viewer read the reasons? Asked as the viewer, not as superuser."""
        if hold:
            return hold.with_env(self.env).has_access("read")
        readable = self.env["credit.hold"].has_access("read")
        return readable and order.with_env(self.env).has_access("read")

    def _get_credit_refusal(self, orders, stops, others):
        """The error for somebody who validates: why, and a button for the next step.

        :param others: transfers of the same call that could go
        """
        lines = []
        for picking in self:
            lines.append(
                self.env._("%(picking)s has to stay here.", picking=picking.name)
            )
            lines += picking._describe_credit_stops(orders, stops)
        if others:
            lines.append(
                self.env._(
                    "The other transfers can go: validate them without %(pickings)s.",
                    pickings=", ".join(self.mapped("name")),
                )
            )
        message = "\n".join(lines)
        if not self._credit_to_ask(stops):
            return self._get_credit_waiting_error(message, stops)
        if self._credit_asks_by_dialog(stops):
            return RedirectWarning(
                message,
                self.env.ref("credit_control.credit_release_request_action").id,
                self.env._("Request release"),
                {
                    "active_model": "sale.order",
                    "active_ids": [order.id for order in self._credit_to_ask(stops)],
                },
            )
        return RedirectWarning(
            message,
            self.env.ref("credit_control_stock.stock_picking_action_ask_release").id,
            self.env._("Tell the credit team"),
            {"active_model": "stock.picking", "active_ids": self.ids},
        )

    def _get_credit_waiting_error(self, message, stops):
        """There is nothing to ask for: the way to the holds, for who may look."""
        holds = self.env["credit.hold"].union(*(check.hold for check in stops.values()))
        holds = holds.with_env(self.env)
        if not holds or not holds.has_access("read"):
            return UserError(message)
        action = holds._get_records_action(name=self.env._("Credit Holds"))
        return RedirectWarning(message, action, self.env._("Show the hold"))

    @api.model
    def _credit_to_ask(self, stops):
        """The held orders that need a decision, and nobody has asked for it yet."""
        return {
            order: check
            for order, check in stops.items()
            if check.hold.state != "waiting" and not check.surplus
        }

    def _credit_asks_by_dialog(self, stops):
        """The dialog shows figures: for who may ask and may read them."""
        return self.env["credit.release.request"].has_access("create") and all(
            self._credit_sees(order, check.hold) for order, check in stops.items()
        )

    # -- request --------------------------------------------------------------------
    def action_ask_credit_release(self):
        """Ask the credit team to let these deliveries go.

        Salespeople get the dialog of the order. The warehouse asks with one click and
        stays out of it: the salesperson is told of the decision, with its amounts.
        """
        self.check_access("write")
        orders = self._get_open_credit_orders()
        checks = self.env["sale.order"].union(*orders.values())._credit_check_delivery()
        stops = {order: check for order, check in checks.items() if check.verdict.held}
        if not stops:
            raise UserError(
                self.env._("Nothing keeps these goods here: validate the transfer.")
            )
        asked = self._credit_to_ask(stops)
        if asked and self._credit_asks_by_dialog(asked):
            return self.env["sale.order"].union(*asked).action_request_credit_release()
        self._credit_ask(asked)
        holds = (
            self.env["credit.hold"]
            .sudo()
            ._get_standing(self.env["sale.order"].union(*stops))
        )
        return self._notify_credit_asked(self.env["credit.hold"].union(*holds.values()))

    def _credit_ask(self, asked):
        """Open holds in the name of the transfer, without a requester who would be
        told amounts; somebody of the credit team stays the requester (four eyes)."""
        note = self.env._(
            "%(user)s wants to deliver %(pickings)s.",
            user=self.env.user.name,
            pickings=", ".join(self.mapped("name")),
        )
        reads = self.env["credit.hold"].has_access("read")
        self.env["credit.hold"].with_user(SUPERUSER_ID)._open_at_delivery(
            asked,
            origin="request",
            note=note,
            requested_by=self.env.user if reads else None,
        )

    def _notify_credit_asked(self, holds):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "The credit team will decide: %(holds)s.",
                    holds=", ".join(holds.mapped("name")),
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # -- decision -------------------------------------------------------------------
    def _tell_credit_decision(self, hold):
        """A note on the transfers, for their responsible: may the goods go?"""
        texts = {
            "released": self.env._("Credit released (%(hold)s): the goods may go."),
            "rejected": self.env._("Credit refused (%(hold)s): the goods stay here."),
        }
        for picking in self.filtered(lambda p: p.state not in ("done", "cancel")):
            picking.message_post(
                body=texts[hold.state] % {"hold": hold.name},
                subtype_xmlid="mail.mt_note",
                partner_ids=picking.user_id.partner_id.ids,
            )
