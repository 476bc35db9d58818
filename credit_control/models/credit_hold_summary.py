from odoo import api, fields, models


class CreditHold(models.Model):
    """What a hold shows: the figures as they were, and as they are now."""

    _inherit = "credit.hold"

    summary_html = fields.Html(
        "As Measured", compute="_compute_summary_html", sanitize=False
    )
    summary_now_html = fields.Html(
        "Now", compute="_compute_summary_now_html", sanitize=False
    )
    is_same_now = fields.Boolean(compute="_compute_summary_now_html")
    reason_labels = fields.Char("Reasons in Short", compute="_compute_reason_labels")

    @api.depends("reasons")
    @api.depends_context("lang")
    def _compute_reason_labels(self):
        """The kinds of reasons, for lists."""
        labels = dict(self._fields["main_reason"]._description_selection(self.env))
        for hold in self:
            codes = dict.fromkeys(reason["code"] for reason in hold.reasons or ())
            hold.reason_labels = ", ".join(labels.get(code, code) for code in codes)

    @api.depends("reasons", "figures", "ways")
    @api.depends_context("lang")
    def _compute_summary_html(self):
        # what is read with sudo below is for those only who may read the hold
        self.check_access("read")
        gate = self.env["credit.gate"]
        for hold in self.sudo():  # sudo: names of invoices among the ways out
            currency = hold.limit_currency_id or hold.currency_id
            values = {name: hold[name] for name in ("reasons", "figures", "ways")}
            block = gate._prepare_summary_block(hold.order_id, currency, values)
            hold.summary_html = gate._render_blocks([block])

    @api.depends_context("lang")
    def _compute_summary_now_html(self):
        """The same order at the gate at this moment; empty once it is decided."""
        for hold in self:
            if hold.state != "waiting":
                hold.summary_now_html = False
                hold.is_same_now = True
                continue
            order = hold.order_id.sudo()  # sudo: as _compute_summary_html
            verdicts = order._get_credit_verdicts(
                hold.wanted_amount, hold._get_wanted_terms()
            )
            hold.summary_now_html = self.env["credit.gate"]._render_verdicts(
                {order: verdicts[order.id]}
            )
            hold.is_same_now = hold.summary_now_html == hold.summary_html
