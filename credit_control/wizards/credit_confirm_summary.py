from odoo import api, fields, models

RESULTS = [
    ("held", "Held"),
    ("failed", "Not confirmed"),
    ("skipped", "Skipped"),
]


class CreditConfirmSummary(models.TransientModel):
    """What became of many orders confirmed at once: those that went, and a line with
    the reason for each that did not."""

    _name = "credit.confirm.summary"
    _description = "Summary of a Confirmation With Credit Check"

    confirmed_ids = fields.Many2many("sale.order", string="Confirmed Orders")
    line_ids = fields.One2many("credit.confirm.summary.line", "summary_id")
    confirmed_count = fields.Integer(compute="_compute_counts")
    held_count = fields.Integer(compute="_compute_counts")
    other_count = fields.Integer(compute="_compute_counts")

    @api.depends("confirmed_ids", "line_ids.result")
    def _compute_counts(self):
        for summary in self:
            results = summary.line_ids.mapped("result")
            summary.confirmed_count = len(summary.confirmed_ids)
            summary.held_count = results.count("held")
            summary.other_count = results.count("failed") + results.count("skipped")


class CreditConfirmSummaryLine(models.TransientModel):
    _name = "credit.confirm.summary.line"
    _description = "Order in a Confirmation With Credit Check"
    _order = "id"

    summary_id = fields.Many2one(
        "credit.confirm.summary", required=True, ondelete="cascade"
    )
    order_id = fields.Many2one("sale.order", required=True, ondelete="cascade")
    partner_id = fields.Many2one(
        related="order_id.partner_id", related_sudo=False, string="Customer"
    )
    currency_id = fields.Many2one(related="order_id.currency_id", related_sudo=False)
    amount_total = fields.Monetary(related="order_id.amount_total", related_sudo=False)
    result = fields.Selection(RESULTS, required=True)
    reason = fields.Text()
