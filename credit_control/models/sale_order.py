from odoo import api, fields, models
from odoo.exceptions import AccessError

from .sale_order_growth import GROWTH_FIELDS

#: Computed figures that the exposure reads. Who types them gets them computed anew.
COMPUTED_FIGURES = {"amount_total", "invoice_status"}


#: Who may know limits and amounts; others may come to read orders as well. A portal
#: customer reads his by RPC: nothing of ours is for him. The view names the same.
PANEL_READERS = (
    "sales_team.group_sale_salesman",
    "account.group_account_invoice",
    "account.group_account_readonly",
    "credit_control.group_credit_user",
    "credit_control.group_credit_auditor",
)


class SaleOrder(models.Model):
    """Where an order meets the gate.

    Every way to a confirmed order ends in ``write`` (or ``create``) with state
    *sale*, so that is where orders are admitted; ``action_confirm`` asks earlier
    only because nothing has been written yet then, which keeps two confirmations at
    once quick (see credit_gate_turn.py). An order admitted once is not checked twice
    in a transaction as long as it stays the same.
    """

    _inherit = "sale.order"

    credit_panel = fields.Json(
        compute="_compute_credit_panel",
        compute_sudo=False,
        groups=",".join(PANEL_READERS),
        help="Limit, use, verdict and ways out, as the live panel shows them.",
    )
    credit_passed_on = fields.Date(
        "Credit Check Passed On",
        copy=False,
        readonly=True,
        groups="base.group_user",
        help="Later checkpoints are skipped for the days of grace from this day.",
    )

    @api.depends(
        "state",
        "partner_id",
        "partner_invoice_id",
        "company_id",
        "currency_id",
        "payment_term_id",
        "amount_total",
    )
    @api.depends_context("lang", "uid")
    def _compute_credit_panel(self):
        panels = self.env["credit.gate"]._get_panels(self)
        for order in self:
            order.credit_panel = panels[order.id]

    # -- CRUD -----------------------------------------------------------------
    @api.model
    def default_get(self, fields):
        """No default of a client says that the gate let an order pass."""
        values = super().default_get(fields)
        values.pop("credit_passed_on", None)
        return values

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._credit_check_protected(vals)
        wanted = [vals.get("state") == "sale" for vals in vals_list]
        quiet = any(wanted) and self._credit_must_not_raise()
        if quiet:  # a job's orders are made as quotations, then admitted
            vals_list = [
                dict(vals, state="draft") if sale else vals
                for vals, sale in zip(vals_list, wanted, strict=True)
            ]
        orders = super().create(vals_list)
        orders._credit_compute_figures(set().union(*vals_list))
        # the state may come from a default as well
        if confirmed := orders.filtered(lambda order: order.state == "sale"):
            confirmed._credit_admit()
            confirmed._credit_forget_admitted()
        if quiet:
            pairs = zip(orders, wanted, strict=True)
            self.browse().union(*(o for o, sale in pairs if sale)).action_confirm()
        return orders

    def write(self, vals):
        self._credit_check_protected(vals)
        if vals.get("state") == "sale":
            # the one door to a confirmed order, whoever opens it
            vals = self._credit_write_rest_first(vals)
            entering = self.filtered(lambda order: order.state != "sale")
            admitted = entering._credit_admit()
            try:
                if any(self.env["credit.gate"]._is_active(order) for order in admitted):
                    vals = dict(vals, credit_passed_on=fields.Date.today())
                result = super(SaleOrder, self - (entering - admitted)).write(vals)
            finally:
                # for this confirmation only: not after a rollback, nor once cancelled
                admitted._credit_forget_admitted()
        elif GROWTH_FIELDS.isdisjoint(vals):
            result = super().write(vals)
        else:
            with self._credit_watch_growth(self._credit_get_entrants(vals)):
                result = super().write(vals)
        self._credit_compute_figures(vals)
        return result

    def _credit_write_rest_first(self, vals):
        """What the order becomes is checked, not what it was: write what changes its
        size before its state. Returns what is left to write."""
        if not GROWTH_FIELDS.isdisjoint(vals):
            self.write({name: vals[name] for name in vals if name in GROWTH_FIELDS})
            vals = {name: vals[name] for name in vals if name not in GROWTH_FIELDS}
        self._credit_compute_figures(vals)
        return vals

    def _credit_check_protected(self, vals):
        """:raise AccessError: for what the gate alone notes"""
        if vals.get("credit_passed_on") and not self.env.su:
            raise AccessError(
                self.env._(
                    "%(field)s is noted by the credit check and cannot be set.",
                    field=self._fields["credit_passed_on"]._description_string(
                        self.env
                    ),
                )
            )

    def _credit_compute_figures(self, names):
        """Totals and invoice status are computed, not typed: the ORM would keep what
        a client sends until the next change. Only where credit is used."""
        typed = COMPUTED_FIGURES.intersection(names)
        if not typed or self.env.su:
            return
        orders = self.filtered(self.env["credit.gate"]._is_active)
        for name in typed:
            self.env.add_to_compute(self._fields[name], orders)

    # -- business -------------------------------------------------------------
    def action_confirm(self):
        entering = self.filtered(lambda order: order.state in ("draft", "sent"))
        held = entering - entering._credit_admit()
        try:
            return (
                super(SaleOrder, self - held).action_confirm() if self - held else True
            )
        finally:
            self._credit_forget_admitted()

    def _validate_order(self):
        """A customer signed, or the amount is zero: hold quietly, never raise."""
        admitted = self._credit_admit(origin="portal")
        if not admitted:
            return None
        try:
            return super(SaleOrder, admitted)._validate_order()
        finally:
            admitted._credit_forget_admitted()

    def action_draft(self):
        self.filtered("credit_passed_on").credit_passed_on = False
        return super().action_draft()

    # -- the gate -------------------------------------------------------------
    def _credit_admit(self, checkpoint="confirm", origin=None):
        """Ask the gate which of these orders may go now.

        :param origin: set by callers that must not raise (portal, payment)
        :return: the orders that may go; the others got a hold
        :raise RedirectWarning: an interactive user, and at least one order is held;
            nothing has been written then
        """
        asked = self - self._credit_admitted()
        if not asked:
            return self
        gate = self.env["credit.gate"]
        if not any(gate._is_active(order) for order in asked):
            return self
        verdicts = gate._check(asked, checkpoint)
        held = {order: verdicts[order.id] for order in asked if verdicts[order.id].held}
        quiet = origin or (checkpoint != "growth" and self._credit_must_not_raise())
        if held and not quiet:
            raise gate._refusal(held)
        if held:
            self.env["credit.hold"]._open(held, origin or "job", checkpoint=checkpoint)
        admitted = self - self.browse().union(*held)
        admitted._credit_remember_admitted()
        return admitted

    def _credit_must_not_raise(self):
        """Jobs and customers get no error from us (rule 3 of the design): the order
        is held instead. A forged context key changes only how a refusal is told."""
        return bool(self.env.context.get("cron_id")) or not self.env.user._is_internal()

    # What was admitted is remembered on the cursor: it lasts as long as the
    # transaction, and no client can put anything there.
    _CREDIT_MEMORY = "credit_control.admitted"

    def _credit_size(self):
        """What a verdict depends on in the order itself."""
        self.ensure_one()
        return (
            self.currency_id.id,
            self.currency_id.round(self.amount_total),
            self.payment_term_id.id,
            (self.partner_invoice_id or self.partner_id).commercial_partner_id.id,
            self.company_id.id,
        )

    def _credit_admitted(self):
        memory = self.env.cr.cache.get(self._CREDIT_MEMORY, {})
        return self.filtered(
            lambda order: (
                order.id in memory and memory[order.id] == order._credit_size()
            )
        )

    def _credit_remember_admitted(self):
        memory = self.env.cr.cache.setdefault(self._CREDIT_MEMORY, {})
        for order in self:
            memory[order.id] = order._credit_size()

    def _credit_forget_admitted(self):
        memory = self.env.cr.cache.get(self._CREDIT_MEMORY, {})
        for order in self:
            memory.pop(order.id, None)

    # -- what the gate asks of an order ---------------------------------------
    def _credit_terms(self):
        """(days until the last instalment, cash discount in %) of this order."""
        self.ensure_one()
        if not self.payment_term_id:
            return 0, 0.0
        return self.payment_term_id._credit_terms()

    def _credit_is_prepaid(self):
        """Paid in full before delivery, captured or authorised: needs no credit."""
        self.ensure_one()
        if not self.env["payment.transaction"]._credit_is_used():
            return False
        paid = self.amount_paid
        if paid:
            paid -= self._credit_amount_given_back()
        return (
            bool(paid)
            and self.currency_id.compare_amounts(paid, self.amount_total) >= 0
        )

    def _credit_amount_given_back(self):
        """What was refunded, or authorised and never captured, of the payments that
        ``amount_paid`` counts in full."""
        # sudo: sellers may not read transactions
        paid = self.sudo().transaction_ids.filtered(
            lambda tx: tx.state in ("authorized", "done")
        )
        children = paid.child_transaction_ids
        refunds = children.filtered(
            lambda tx: tx.operation == "refund" and tx.state == "done"
        )
        voids = children.filtered(
            lambda tx: tx.operation != "refund" and tx.state == "cancel"
        )
        return sum(voids.mapped("amount")) - sum(refunds.mapped("amount"))

    def _credit_is_cash_sale(self):
        """Paid against the goods: on delivery, on collection, at the point of sale
        (sale_order_till.py)."""
        self.ensure_one()
        if not self.env["payment.transaction"]._credit_is_used():
            return False
        pending = self.transaction_ids.filtered(lambda tx: tx.state == "pending")
        if "custom_mode" not in pending.provider_id._fields:
            return False
        cash = pending.filtered(
            lambda tx: tx.provider_id.custom_mode in ("cash_on_delivery", "on_site")
        )
        # what was added after the customer chose to pay in cash is not paid in cash
        paid = sum(cash.mapped("amount"))
        return (
            bool(cash)
            and self.currency_id.compare_amounts(paid, self.amount_total) >= 0
        )
