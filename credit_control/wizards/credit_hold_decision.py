from odoo import api, fields, models


class CreditHoldDecision(models.TransientModel):
    """The dialog in which a hold is released or rejected; the hold checks all."""

    _name = "credit.hold.decision"
    _description = "Credit Hold Decision"

    hold_id = fields.Many2one("credit.hold", required=True, readonly=True)
    decision = fields.Selection(
        [("release", "Release"), ("reject", "Reject")],
        required=True,
        default="release",
    )
    reason = fields.Text(required=True)
    currency_id = fields.Many2one(related="hold_id.currency_id", related_sudo=False)
    cap = fields.Monetary(
        "Release up to",
        compute="_compute_terms",
        store=True,
        readonly=False,
        help="The order is held again when its total grows beyond this.",
    )
    valid_until = fields.Date(
        compute="_compute_terms",
        store=True,
        readonly=False,
        help="The last day on which the order may be confirmed.",
    )
    terms_days = fields.Integer(
        "Payment Terms up to (days)",
        compute="_compute_terms",
        store=True,
        readonly=False,
        help="The order is held again when its payment terms get longer.",
    )
    discount_pct = fields.Float(
        "Cash Discount up to (%)", compute="_compute_terms", store=True, readonly=False
    )
    condition = fields.Text(help="What the salesperson has to see to.")
    confirm_order = fields.Boolean(
        "Confirm the order now", compute="_compute_terms", store=True, readonly=False
    )
    order_state = fields.Selection(
        related="hold_id.order_id.state", string="Order Status"
    )
    order_id = fields.Many2one(related="hold_id.order_id")
    partner_id = fields.Many2one(related="hold_id.partner_id", related_sudo=False)
    request_note = fields.Text(related="hold_id.request_note", related_sudo=False)
    forced_reason = fields.Text(related="hold_id.forced_reason", related_sudo=False)
    summary_html = fields.Html(
        related="hold_id.summary_html", sanitize=False, related_sudo=False
    )
    summary_now_html = fields.Html(
        "Now",
        related="hold_id.summary_now_html",
        sanitize=False,
        related_sudo=False,
    )
    is_same_now = fields.Boolean(related="hold_id.is_same_now", related_sudo=False)

    @api.depends("hold_id")
    def _compute_terms(self):
        """What is asked for."""
        for wizard in self:
            # sudo: who decides need not be a salesperson who reads the order
            hold = wizard.hold_id.sudo()
            order = hold.order_id
            wizard.cap = max(hold.wanted_amount, order.amount_total)
            wizard.valid_until = hold and hold._get_default_valid_until()
            wizard.terms_days, wizard.discount_pct = (
                hold._get_asked_terms() if order else (0, 0.0)
            )
            wizard.confirm_order = order.state in ("draft", "sent")

    @api.constrains("hold_id")
    def _check_hold(self):
        """Holds of other companies are not shown here either. Constraints run as
        superuser; the right is that of the user."""
        self.hold_id.sudo(False).check_access("read")

    def action_decide(self):
        self.ensure_one()
        self.hold_id._decide(
            self.decision,
            self.reason,
            cap=self.cap,
            valid_until=self.valid_until,
            condition=self.condition,
            confirm=self.confirm_order,
            terms_days=self.terms_days,
            discount_pct=self.discount_pct,
        )
        return {"type": "ir.actions.act_window_close"}
