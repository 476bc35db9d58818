from odoo import Command, api, fields, models

from ..models.handing_out import notify


class CreditReleaseRequest(models.TransientModel):
    """A salesperson asks the credit team to let orders go.

    Opened by the refusal at confirmation and by the button on the order, for the
    orders of the context. It only carries the note: what holds the orders is
    measured again when the request is sent.
    """

    _name = "credit.release.request"
    _description = "Credit Release Request"

    order_ids = fields.Many2many(
        "sale.order",
        string="Orders",
        required=True,
        default=lambda self: self._default_order_ids(),
    )
    order_id = fields.Many2one("sale.order", compute="_compute_order_id")
    order_count = fields.Integer(compute="_compute_order_id")
    order_state = fields.Selection(
        related="order_id.state", string="Order Status", related_sudo=False
    )
    currency_id = fields.Many2one(related="order_id.currency_id", related_sudo=False)
    summary_html = fields.Html(
        "What Holds It", compute="_compute_summary_html", sanitize=False
    )
    wanted_amount = fields.Monetary(
        "Allow up to",
        help="Up to which total the confirmed order is to be allowed to grow.",
    )
    wanted_terms_days = fields.Integer("Payment Terms up to (days)")
    wanted_discount_pct = fields.Float("Cash Discount up to (%)")
    note = fields.Text(
        help="What those who decide should know: why this order, when money comes."
    )

    @api.model
    def _default_order_ids(self):
        context = self.env.context
        if context.get("active_model") != "sale.order":
            return False
        return [Command.set(context.get("active_ids") or [])]

    @api.depends("order_ids")
    def _compute_order_id(self):
        for request in self:
            request.order_id = request.order_ids[:1]
            request.order_count = len(request.order_ids)

    @api.depends(
        "order_ids", "wanted_amount", "wanted_terms_days", "wanted_discount_pct"
    )
    @api.depends_context("lang")
    def _compute_summary_html(self):
        """Figures and reasons of each order, as they are now."""
        for request in self:
            orders = request.order_ids._origin
            # the gate tells everybody: only orders that the user may read
            orders.check_access("read")
            verdicts = orders._get_credit_verdicts(
                request.wanted_amount, request._get_wanted_terms()
            )
            request.summary_html = self.env["credit.gate"]._render_verdicts(
                {order: verdicts[order.id] for order in orders}
            )

    def _get_wanted_terms(self):
        return self.wanted_terms_days, self.wanted_discount_pct

    def action_request(self):
        self.ensure_one()
        holds = self.order_ids._credit_request_release(
            self.note, self.wanted_amount, self._get_wanted_terms()
        )
        return notify(
            self.env._(
                "Requested: %(holds)s. You will be told of the decision.",
                holds=", ".join(holds.mapped("name")),
            ),
            "success",
            # Opened by the refusal, the order behind does not reload by itself
            next={"type": "ir.actions.client", "tag": "soft_reload"},
        )
