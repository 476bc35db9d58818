from contextlib import contextmanager

from odoo import api, fields, models

#: What makes an order larger or its credit longer when it changes.
GROWTH_FIELDS = {
    "order_line",
    "payment_term_id",
    "partner_id",
    "partner_invoice_id",
    "pricelist_id",
    "currency_id",
    "fiscal_position_id",
}


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
        # a portal customer reads his orders by RPC: nothing of ours is for him
        groups="base.group_user",
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
    @api.model_create_multi
    def create(self, vals_list):
        confirmed = [vals for vals in vals_list if vals.get("state") == "sale"]
        if not confirmed:
            return super().create(vals_list)
        if self._credit_must_not_raise():
            return self._credit_create_quietly(vals_list)
        orders = super().create(vals_list)
        orders.filtered(lambda order: order.state == "sale")._credit_admit()
        return orders

    def _credit_create_quietly(self, vals_list):
        """Orders made as confirmed by a job: made as quotations, then admitted."""
        drafts = [
            dict(vals, state="draft") if vals.get("state") == "sale" else vals
            for vals in vals_list
        ]
        orders = super().create(drafts)
        wanted = [vals.get("state") == "sale" for vals in vals_list]
        self.browse().union(
            *(order for order, sale in zip(orders, wanted, strict=True) if sale)
        ).action_confirm()
        return orders

    def write(self, vals):
        if vals.get("state") == "sale":
            return self._credit_write_confirmation(vals)
        if GROWTH_FIELDS.isdisjoint(vals):
            return super().write(vals)
        with self._credit_watch_growth():
            return super().write(vals)

    def _credit_write_confirmation(self, vals):
        """The one door to a confirmed order, whoever opens it."""
        if not GROWTH_FIELDS.isdisjoint(vals):
            # what the order becomes is checked, not what it was
            rest = {name: vals[name] for name in vals if name in GROWTH_FIELDS}
            self.write(rest)
            vals = {name: vals[name] for name in vals if name not in GROWTH_FIELDS}
        entering = self.filtered(lambda order: order.state != "sale")
        admitted = entering._credit_admit()
        if any(self.env["credit.gate"]._is_active(order) for order in admitted):
            vals = dict(vals, credit_passed_on=fields.Date.today())
        return super(SaleOrder, self - (entering - admitted)).write(vals)

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
        if admitted:
            super(SaleOrder, admitted)._validate_order()

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
        if held and not origin and not self._credit_must_not_raise():
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
        return self.filtered(lambda order: memory.get(order.id) == order._credit_size())

    def _credit_remember_admitted(self):
        memory = self.env.cr.cache.setdefault(self._CREDIT_MEMORY, {})
        for order in self:
            memory[order.id] = order._credit_size()

    def _credit_forget_admitted(self):
        memory = self.env.cr.cache.get(self._CREDIT_MEMORY, {})
        for order in self:
            memory.pop(order.id, None)

    # -- growth of a confirmed order ------------------------------------------
    @contextmanager
    def _credit_watch_growth(self, quiet=False):
        """Check confirmed orders again when what happens inside makes them grow.

        Only the outermost change of a transaction is looked at, when it is complete.

        :param quiet: hold a grown order instead of refusing the change
        """
        gate, cache = self.env["credit.gate"], self.env.cr.cache
        watched = self.filtered(gate._is_active)
        watched = watched.filtered(lambda order: order.state == "sale")
        if not watched or cache.get("credit_control.watching"):
            yield
            return
        before = {order: order._credit_extent() for order in watched}
        cache["credit_control.watching"] = True
        try:
            yield
        finally:
            cache.pop("credit_control.watching", None)
        grown = watched.exists().filtered(
            lambda order: order._credit_has_grown(before[order])
        )
        if grown:
            quiet = quiet or self.env.su
            grown._credit_admit("growth", origin="growth" if quiet else None)
            grown._credit_forget_admitted()

    def _credit_extent(self):
        """(who owes it, currency, amount, days, discount) of a confirmed order."""
        self.ensure_one()
        payer = self.partner_invoice_id.commercial_partner_id
        return (payer, self.currency_id, self.amount_total, *self._credit_terms())

    def _credit_has_grown(self, before):
        payer, currency, *figures = self._credit_extent()
        if (payer, currency) != before[:2]:
            return True
        return any(
            now > then and not currency.is_zero(now - then)
            for now, then in zip(figures, before[2:], strict=True)
        )

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
        paid = self.amount_paid
        return (
            bool(paid)
            and self.currency_id.compare_amounts(paid, self.amount_total) >= 0
        )

    def _credit_is_cash_sale(self):
        """Paid against the goods: at the point of sale, on delivery, on collection."""
        self.ensure_one()
        lines = self.order_line
        if "pos_order_line_ids" in lines._fields and lines.pos_order_line_ids:
            return True
        pending = self.transaction_ids.filtered(lambda tx: tx.state == "pending")
        providers = pending.provider_id
        return "custom_mode" in providers._fields and any(
            provider.custom_mode in ("cash_on_delivery", "on_site")
            for provider in providers
        )
