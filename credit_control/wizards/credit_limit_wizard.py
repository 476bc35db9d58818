from odoo import api, fields, models

from ..models.res_company import LIMIT_MODES


class CreditLimitWizard(models.TransientModel):
    """Set a new limit, or end one early: the figures are shown, the file decides."""

    _name = "credit.limit.wizard"
    _description = "Change Credit Limit"

    file_id = fields.Many2one("credit.file", required=True, ondelete="cascade")
    kind = fields.Selection(
        [
            ("permanent", "Permanent: replaces the limit"),
            ("temporary", "Temporary: adds to the limit"),
        ],
        default="permanent",
        required=True,
    )
    ends_line_id = fields.Many2one("credit.limit.line", "Limit to End")
    mode = fields.Selection(
        LIMIT_MODES, compute="_compute_values", store=True, readonly=False
    )
    amount = fields.Monetary(compute="_compute_values", store=True, readonly=False)
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_values", store=True, readonly=False
    )
    date_from = fields.Date("Valid From", help="Empty: from today.")
    date_to = fields.Date("Valid To", help="The last day. Empty: until changed.")
    reason = fields.Text(required=True)
    # as the user: a file of another company is not shown
    live_panel = fields.Json(related="file_id.live_panel", related_sudo=False)
    exposure_hint = fields.Char(compute="_compute_exposure_hint")
    needs_review = fields.Boolean(
        compute="_compute_needs_review",
        help="More than the user may grant by his own signature.",
    )

    @api.depends("file_id", "kind")
    def _compute_values(self):
        """Start from the limit in force; a temporary one starts empty."""
        for wizard in self:
            file, temporary = wizard.file_id, wizard.kind == "temporary"
            unset = file.limit_mode == "inherit"
            wizard.mode = "amount" if temporary or unset else file.limit_mode
            wizard.amount = 0.0 if temporary else file.credit_limit
            wizard.currency_id = file.currency_id

    @api.depends("kind", "mode", "amount", "currency_id")
    def _compute_exposure_hint(self):
        """A limit below what the customer owes is allowed, but said."""
        for wizard in self:
            panel = wizard.live_panel or {}
            used = panel.get("used", 0.0)
            lower = (
                wizard.kind == "permanent"
                and not wizard.ends_line_id
                and wizard.currency_id.id == panel.get("currency_id")
                and wizard.mode in ("amount", "none")
                and (wizard.amount if wizard.mode == "amount" else 0.0) < used
            )
            wizard.exposure_hint = lower and self.env._(
                "The customer owes %(used)s now, more than this limit: new orders "
                "will be held until he has paid.",
                used=wizard.currency_id.format(used),
            )

    @api.depends(
        "file_id",
        "kind",
        "mode",
        "amount",
        "currency_id",
        "date_from",
        "date_to",
        "ends_line_id",
    )
    @api.depends_context("uid")
    def _compute_needs_review(self):
        for wizard in self:
            complete = wizard.file_id and wizard.currency_id and wizard.mode
            # no review ends a line, or takes a limit away
            if not complete or wizard.ends_line_id or wizard.mode == "inherit":
                wizard.needs_review = False
            else:
                vals = wizard._prepare_limit_vals()
                wizard.needs_review = not wizard.file_id._may_grant(vals)

    def _prepare_limit_vals(self):
        """The line of the journal that is asked for."""
        return {
            "kind": self.kind,
            "mode": self.mode,
            "amount": self.amount,
            "currency_id": self.currency_id.id,
            "date_from": self.date_from or fields.Date.today(),
            "date_to": self.date_to or None,
        }

    def action_request(self):
        """Ask those who may: the same limit as a review, to complete and submit."""
        self.ensure_one()
        return self.file_id._start_review(
            "limit",
            origin="limit",
            reason=self.reason,
            limit_mode=self.mode,
            limit_kind=self.kind,
            credit_limit=self.amount if self.mode == "amount" else 0.0,
            requested_amount=self.amount if self.mode == "amount" else 0.0,
            currency_id=self.currency_id.id,
            date_from=self.date_from,
            limit_date_to=self.date_to,
        )

    def action_confirm(self):
        """Hand the decision to the file, which checks rights and values."""
        self.ensure_one()
        if self.ends_line_id:
            self.ends_line_id._end(self.reason)
        else:
            self.file_id._set_limit(
                self.mode,
                self.amount,
                kind=self.kind,
                currency=self.currency_id,
                date_from=self.date_from,
                date_to=self.date_to,
                reason=self.reason,
            )
        return {"type": "ir.actions.act_window_close"}
