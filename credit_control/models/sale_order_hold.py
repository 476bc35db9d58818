"""The order's side of credit holds: what it shows, and what ends a hold."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from .credit_hold import STATES

#: Portal customers can read their orders by RPC: nothing of ours is for them.
INTERNAL = "base.group_user"
#: As the access rights of credit.hold: whoever reads orders reads all their fields.
HOLD_READERS = (
    "sales_team.group_sale_salesman,credit_control.group_credit_user,"
    "credit_control.group_credit_auditor"
)
#: What may change who owes the order, and in which money.
IDENTITY_FIELDS = {
    "partner_id",
    "partner_invoice_id",
    "company_id",
    "pricelist_id",
    "currency_id",
}


class SaleOrder(models.Model):
    _inherit = "sale.order"

    credit_hold_ids = fields.One2many(
        "credit.hold",
        "order_id",
        string="Credit Holds",
        copy=False,
        readonly=True,
        groups=HOLD_READERS,
    )
    credit_hold_state = fields.Selection(
        STATES,
        string="Credit Hold",
        compute="_compute_credit_hold",
        search="_search_credit_hold_state",
        compute_sudo=True,
        groups=INTERNAL,
        help="State of the last hold that was not cancelled and has not expired.",
    )
    credit_hold_ready = fields.Boolean(
        "Ready to Release",
        compute="_compute_credit_hold",
        search="_search_credit_hold_ready",
        compute_sudo=True,
        groups=INTERNAL,
    )
    credit_hold_count = fields.Integer(
        compute="_compute_credit_hold", compute_sudo=True, groups=INTERNAL
    )

    # -- computes and searches ------------------------------------------------------
    @api.depends("credit_hold_ids.state", "credit_hold_ids.ready")
    def _compute_credit_hold(self):
        """State, readiness and number of holds; one query for a whole list."""
        holds = self.env["credit.hold"].search_fetch(
            [("order_id", "in", self.ids)], ["order_id", "state", "ready"], order="id"
        )
        by_order = holds.grouped("order_id")
        for order in self:
            own = by_order.get(order._origin, holds.browse())
            last = own.filtered(lambda hold: hold.state not in ("cancelled", "expired"))
            order.credit_hold_state = last[-1:].state
            order.credit_hold_ready = last[-1:].ready
            order.credit_hold_count = len(own)

    def _search_credit_hold_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        # a search method is asked without: a customer must not find out by RPC
        self._check_field_access(self._fields["credit_hold_state"], "read")
        states = [state for state in value if state]
        found = [("id", "in", self._last_hold_sql(states))]
        if len(states) == len(value):
            return found
        every = [state for state, _label in STATES]
        return ["|", ("id", "not in", self._last_hold_sql(every)), *found]

    @api.model
    def _last_hold_sql(self, states) -> SQL:
        """Orders whose last hold, cancelled and expired ones apart, is in states."""
        self.env["credit.hold"].flush_model(["order_id", "state"])
        return SQL(
            """(
            SELECT order_id FROM (
                SELECT DISTINCT ON (order_id) order_id, state FROM credit_hold
                 WHERE state NOT IN ('cancelled', 'expired')
                 ORDER BY order_id, id DESC) last
             WHERE state IN %s)""",
            tuple(states) or (None,),
        )

    def _search_credit_hold_ready(self, operator, value):
        if operator != "in" or len(value) != 1:
            return NotImplemented
        self._check_field_access(self._fields["credit_hold_ready"], "read")
        # sudo: whoever reads the order may know that it is ready
        ready = (
            self.env["credit.hold"]
            .sudo()
            ._search([("state", "=", "waiting"), ("ready", "=", True)])
        )
        operator = "in" if True in value else "not in"
        return [("id", operator, ready.subselect("order_id"))]

    # -- what ends a hold -----------------------------------------------------------
    def write(self, vals):
        """A cancelled or reset order needs no decision; a confirmed one got its own;
        and what was decided for one customer says nothing about another.

        Hooked here, below every button, so that RPC and automation act alike.
        """
        before = {}
        if not IDENTITY_FIELDS.isdisjoint(vals):
            before = {order: order._get_credit_identity() for order in self}
        result = super().write(vals)
        if before:
            changed = self.filtered(
                lambda order: order._get_credit_identity() != before[order]
            )
            changed._end_credit_holds_of_changed()
            changed._forget_credit_figures(before)
        if "state" in vals:
            self._end_credit_holds(vals["state"])
        return result

    def _get_credit_identity(self):
        """Who owes the order, to whom, and in which money."""
        self.ensure_one()
        payer = self.partner_invoice_id or self.partner_id
        return payer.commercial_partner_id, self.company_id, self.currency_id

    def _forget_credit_figures(self, before):
        """A confirmed order that gets another payer frees the one before, whom no row
        names any more."""
        gate = self.env["credit.gate"]
        confirmed = self.filtered(
            lambda order: order.state == "sale" and gate._is_active(order)
        )
        self.env["credit.file"]._forget_figures(
            {
                (partner.id, company.root_id.id)
                for partner, company, _currency in map(before.get, confirmed)
            }
        )

    def _end_credit_holds_of_changed(self):
        """A release of 1,500 for one customer, or in one currency, is none for
        another; what a person holds stays held, for the new customer."""
        gate, File = self.env["credit.gate"], self.env["credit.file"]
        for hold in self._get_open_credit_holds():
            order = hold.order_id
            if not (hold.forced and hold.state == "waiting"):
                hold._close(
                    "cancelled",
                    self.env._("The customer or the currency of the order changed."),
                )
                continue
            partner_id, company_id = gate._customer_key(order)
            payer = order.partner_invoice_id or order.partner_id
            hold.write(
                {
                    "partner_id": partner_id,
                    "company_id": company_id,
                    "file_id": File._ensure(payer, order.company_id).id,
                    "currency_id": order.currency_id.id,
                    "amount": order.amount_total,
                }
            )

    def _end_credit_holds(self, state):
        """No query where credit is not used."""
        File = self.env["credit.file"]
        orders = self.filtered(
            # an order that the gate held keeps its state, and its hold
            lambda o: o.state == state and File._credit_company_active(o.company_id)
        )
        if not orders:
            return
        holds = orders._get_open_credit_holds()
        if state == "sale":
            # a release goes on covering the order; what a person holds stays held
            waiting = holds.filtered(lambda h: h.state == "waiting" and not h.forced)
            waiting._close("cancelled", self.env._("The order passed the check."))
            holds.filtered(lambda h: h.state == "released")._end_activities()
        elif state == "cancel":
            holds._close("cancelled", self.env._("The order was cancelled."))
            self.env["credit.recheck"]._queue(orders.partner_invoice_id)
        elif state == "draft":
            # what a person holds stays held
            holds = holds.filtered(lambda h: h.state == "released" or not h.forced)
            holds._close("cancelled", self.env._("The order is a quotation again."))

    def _get_open_credit_holds(self):
        # sudo: whoever cancels an order ends its holds, though he may not read them
        return self.sudo().credit_hold_ids.filtered(
            lambda hold: hold.state in ("waiting", "released")
        )

    def unlink(self):
        """Holds go with their order, together with their messages and activities."""
        # sudo: nobody may delete holds but by deleting the order
        self.env["credit.hold"].sudo().search([("order_id", "in", self.ids)]).unlink()
        return super().unlink()

    # -- requests -------------------------------------------------------------------
    def _credit_request_release(
        self, note="", wanted_amount=0.0, wanted_terms=(0, 0.0)
    ):
        """Ask the credit team to let these orders go; returns their holds.

        :param wanted_amount: up to which total one confirmed order is to grow
        :param wanted_terms: (days, cash discount in %) that it is to get
        :raise AccessError: the user may not write one of the orders
        :raise UserError: the credit check of all of them passes

        The verdict is asked for here and now, never taken from the client.
        """
        self.check_access("write")
        verdicts = self._get_credit_verdicts(wanted_amount, wanted_terms)
        held = {order: verdicts[order.id] for order in self if verdicts[order.id].held}
        if not held:
            raise UserError(
                self.env._(
                    "%(orders)s: the credit check passes, so no release is needed.",
                    orders=", ".join(self.mapped("name")),
                )
            )
        return self._credit_open_holds(
            held,
            "request",
            note=note,
            wanted_amount=wanted_amount,
            wanted_terms=wanted_terms,
        )

    def _credit_open_holds(self, verdicts, origin, **values):
        """Hold the orders of ``{order: Verdict}`` at the checkpoint of each: of a
        confirmed one it is its growth that waits."""
        holds = self.env["credit.hold"]
        for checkpoint in ("confirm", "growth"):
            batch = {
                order: verdict
                for order, verdict in verdicts.items()
                if (order.state == "sale") == (checkpoint == "growth")
            }
            if batch:
                holds += holds._open(batch, origin, checkpoint=checkpoint, **values)
        return holds

    def _get_credit_verdicts(self, wanted_amount=0.0, wanted_terms=(0, 0.0)):
        """``{order.id: Verdict}`` at each order's own checkpoint.

        :param wanted_amount: judge one confirmed order as if it had grown to this
        :param wanted_terms: and as if it had these (days, cash discount in %)
        """
        gate = self.env["credit.gate"]
        confirmed = self.filtered(lambda order: order.state == "sale")
        is_wish = wanted_amount > 0 or any(wanted_terms)
        if is_wish and len(self) == len(confirmed) == 1:
            verdict = gate._evaluate_wanted(self, wanted_amount, wanted_terms)
            return {self.id: verdict}
        return gate._evaluate(confirmed, "growth") | gate._evaluate(self - confirmed)

    def _credit_force_hold(self, reason):
        """Hold orders by hand, until a person releases them.

        :raise AccessError: the user is not of the credit team
        :raise UserError: no reason, or a cancelled order
        """
        self.check_access("read")
        if not self.env.user.has_group("credit_control.group_credit_user"):
            raise AccessError(
                self.env._("Only the credit team may put an order on hold.")
            )
        if not (reason or "").strip():
            raise UserError(self.env._("Give the reason why the order is held."))
        if cancelled := self.filtered(lambda order: order.state == "cancel"):
            raise UserError(
                self.env._(
                    "%(orders)s cannot be held: it is cancelled.",
                    orders=", ".join(cancelled.mapped("name")),
                )
            )
        verdicts = self._get_credit_verdicts()
        return self._credit_open_holds(
            {order: verdicts[order.id] for order in self},
            "forced",
            note=reason.strip(),
            forced=True,
        )

    # -- buttons --------------------------------------------------------------------
    @api.readonly
    def action_request_credit_release(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_control.credit_release_request_action"
        )
        return action | {
            "context": {"active_model": "sale.order", "active_ids": self.ids}
        }

    @api.readonly
    def action_put_on_credit_hold(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_control.credit_force_hold_action"
        )
        return action | {
            "context": {"active_model": "sale.order", "active_ids": self.ids}
        }

    @api.readonly
    def action_view_credit_holds(self):
        self.ensure_one()
        holds = self.credit_hold_ids
        return holds._get_records_action(name=self.env._("Credit Holds")) | {
            "context": {"create": False}
        }
