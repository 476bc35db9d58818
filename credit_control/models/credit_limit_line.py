from odoo import fields, models

from .res_company import LIMIT_MODES


class CreditLimitLine(models.Model):
    """The journal of limits: one line for every limit ever granted to a file.

    A line is never changed or deleted. What a later decision replaces, stays; a
    temporary limit or a planned change that ends early is ended by another line
    (``kind = ending``) which names it.
    """

    _name = "credit.limit.line"
    _description = "Credit Limit Line"
    _order = "date_from desc, id desc"

    file_id = fields.Many2one(
        "credit.file", required=True, index=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(related="file_id.partner_id")
    company_id = fields.Many2one(related="file_id.company_id", store=True, index=True)
    kind = fields.Selection(
        [
            ("permanent", "Permanent"),
            ("temporary", "Temporary"),
            ("ending", "Ends a line"),
        ],
        default="permanent",
        required=True,
    )
    mode = fields.Selection(LIMIT_MODES, default="amount", required=True)
    amount = fields.Monetary()
    currency_id = fields.Many2one("res.currency", required=True, ondelete="restrict")
    date_from = fields.Date(required=True, default=fields.Date.context_today)
    date_to = fields.Date()
    ends_line_id = fields.Many2one("credit.limit.line", index="btree_not_null")
    reason = fields.Text(required=True)
    source = fields.Selection(
        [
            ("manual", "Manual"),
            ("native", "Contact form"),
            ("import", "Import"),
            ("review", "Review"),
            ("merge", "Merged customers"),
        ],
        default="manual",
        required=True,
    )
    approved_by = fields.Many2one("res.users", default=lambda self: self.env.user)

    _amount_positive = models.Constraint(
        "CHECK (amount >= 0)",
        "A credit limit cannot be negative. Enter 0 or more, or choose 'No credit'.",
    )
    _dates_ordered = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "A limit cannot end before it starts. Correct the dates.",
    )
