from odoo import fields, models


class CreditSettingsMixin(models.AbstractModel):
    """The credit settings of a root company, for whatever page shows them."""

    _name = "credit.settings.mixin"
    _description = "Credit Settings of a Company"

    company_id = fields.Many2one("res.company")
    credit_root_company_id = fields.Many2one(related="company_id.root_id")
    credit_currency_id = fields.Many2one(
        related="credit_root_company_id.currency_id", string="Limit Currency"
    )
    credit_limit_mode = fields.Selection(
        related="credit_root_company_id.credit_limit_mode", readonly=False
    )
    credit_default_limit = fields.Monetary(
        related="credit_root_company_id.credit_default_limit",
        currency_field="credit_currency_id",
        readonly=False,
    )
    credit_overdue_grace_days = fields.Integer(
        related="credit_root_company_id.credit_overdue_grace_days", readonly=False
    )
    credit_order_horizon_days = fields.Integer(
        related="credit_root_company_id.credit_order_horizon_days", readonly=False
    )
    credit_count_receivables = fields.Boolean(
        related="credit_root_company_id.credit_count_receivables", readonly=False
    )
    credit_count_credits = fields.Boolean(
        related="credit_root_company_id.credit_count_credits", readonly=False
    )
    credit_count_orders = fields.Boolean(
        related="credit_root_company_id.credit_count_orders", readonly=False
    )
    credit_count_in_transit = fields.Boolean(
        related="credit_root_company_id.credit_count_in_transit", readonly=False
    )
    credit_count_drafts = fields.Boolean(
        related="credit_root_company_id.credit_count_drafts", readonly=False
    )
    credit_count_notes = fields.Boolean(
        related="credit_root_company_id.credit_count_notes", readonly=False
    )
    credit_note_account_ids = fields.Many2many(
        related="credit_root_company_id.credit_note_account_ids", readonly=False
    )
    credit_cover_mode = fields.Selection(
        related="credit_root_company_id.credit_cover_mode", readonly=False
    )
    credit_watch_pct = fields.Float(
        related="credit_root_company_id.credit_watch_pct", readonly=False
    )
    credit_check_grace_days = fields.Integer(
        related="credit_root_company_id.credit_check_grace_days", readonly=False
    )
    credit_auto_release = fields.Boolean(
        related="credit_root_company_id.credit_auto_release", readonly=False
    )
    credit_allow_self_decision = fields.Boolean(
        related="credit_root_company_id.credit_allow_self_decision", readonly=False
    )
    credit_release_days = fields.Integer(
        related="credit_root_company_id.credit_release_days", readonly=False
    )
