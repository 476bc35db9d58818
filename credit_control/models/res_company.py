"""What a company decides once about credit: kept on the root company."""

from odoo import api, fields, models

LIMIT_MODES = [
    ("inherit", "Inherited"),
    ("amount", "Amount"),
    ("unlimited", "Unlimited"),
    ("none", "No credit"),
]


class ResCompany(models.Model):
    """The credit settings of a company.

    Everything about credit is kept at the root of a company tree: branches share the
    files, limits and settings of their root, so always read ``company.root_id``.
    """

    _inherit = "res.company"

    credit_limit_mode = fields.Selection(
        [
            ("inherit", "Not checked"),
            ("amount", "Amount"),
            ("unlimited", "Unlimited"),
            ("none", "No credit"),
        ],
        string="Customers Without Own Limit",
        default="inherit",
        required=True,
    )
    credit_default_limit = fields.Monetary(
        string="Default Customer Limit", currency_field="currency_id"
    )
    credit_overdue_grace_days = fields.Integer(string="Overdue After (days)")
    credit_order_horizon_days = fields.Integer(string="Order Horizon (days)")
    credit_count_receivables = fields.Boolean(
        string="Count Open Receivables", default=True
    )
    credit_count_credits = fields.Boolean(
        string="Deduct Unapplied Credits", default=True
    )
    credit_count_orders = fields.Boolean(string="Count Confirmed Orders", default=True)
    credit_count_in_transit = fields.Boolean(
        string="Deduct Payments in Transit", default=True
    )
    credit_count_drafts = fields.Boolean(string="Count Draft Invoices")
    credit_count_notes = fields.Boolean(string="Count Notes Receivable", default=True)
    credit_note_account_ids = fields.Many2many(
        "account.account",
        "credit_company_note_account_rel",
        string="Notes Receivable Accounts",
    )
    credit_cover_mode = fields.Selection(
        [
            ("add", "Adds to the limit"),
            ("inside", "Inside the limit"),
            ("show", "Shown only"),
        ],
        string="Credit Insurance",
        default="show",
        required=True,
    )
    credit_watch_pct = fields.Float(string="Watch From (%)", default=90.0)
    credit_check_grace_days = fields.Integer(string="Check Grace (days)")
    credit_auto_release = fields.Boolean(string="Release Holds by Itself")
    credit_allow_self_decision = fields.Boolean(string="Own Requests May Be Decided")
    credit_release_days = fields.Integer(string="Release Valid For (days)", default=30)
    credit_snapshot_at = fields.Datetime(string="Credit Figures As Of", readonly=True)
    credit_snapshot_horizon = fields.Char(
        readonly=True,
        copy=False,
        help="From which database transaction on changes are looked for. Empty: the "
        "figures of all credit files are measured again.",
    )

    _credit_default_limit_positive = models.Constraint(
        "CHECK (credit_default_limit >= 0)",
        "The default credit limit cannot be negative. Enter 0 or more, or choose "
        "'No credit'.",
    )
    _credit_days_positive = models.Constraint(
        """CHECK (credit_overdue_grace_days >= 0 AND credit_order_horizon_days >= 0
           AND credit_check_grace_days >= 0 AND credit_release_days >= 0)""",
        "The days of the credit settings cannot be negative. Enter 0 or more.",
    )
    _credit_watch_pct_range = models.Constraint(
        "CHECK (credit_watch_pct > 0 AND credit_watch_pct <= 100)",
        "The watch line must lie above 0 % and not above 100 %.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        # not only what was passed: a default may say so, and a branch has its root's
        checked = companies.root_id.filtered(
            lambda company: company.credit_limit_mode != "inherit"
        )
        if checked:
            checked._push_default_limit(self.browse())
            self.env["credit.file"]._reset_credit_active()
        return companies

    def write(self, vals):
        """The default limit is written through to Odoo's own default."""
        if not {"credit_limit_mode", "credit_default_limit"} & vals.keys():
            return super().write(vals)
        had_amount = self.filtered(
            lambda company: company.credit_limit_mode == "amount"
        )
        result = super().write(vals)
        self._push_default_limit(had_amount)
        self.env["credit.file"]._reset_credit_active()
        return result

    def _push_default_limit(self, had_amount):
        """Show the default limit in Odoo's own settings and contacts.

        0 there means unlimited; it is only written where our amount stood before, so
        that a default kept in Odoo's settings alone is left as it is.
        """
        # sudo: only this default, for those who may write the company
        Default = self.env["ir.default"].sudo()
        for root in self.filtered(lambda company: not company.parent_id):
            if root.credit_limit_mode == "amount":
                amount = root.credit_default_limit
            elif root in had_amount:
                amount = 0.0
            else:
                continue
            for company in root.sudo().search([("id", "child_of", root.id)]):
                Default.set(
                    "res.partner", "credit_limit", amount, company_id=company.id
                )

    def _get_credit_managers(self):
        """The credit managers of this root company or one of its branches, the first
        one made first."""
        self.ensure_one()
        # sudo: who is in the group, whoever asks
        group = self.env.ref("credit_control.group_credit_manager").sudo()
        return group.all_user_ids.filtered(
            lambda user: (
                user.active and not user.share and self in user.company_ids.root_id
            )
        ).sorted("id")
