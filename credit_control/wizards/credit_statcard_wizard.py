from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL

from ..models.credit_statcard import Plan


class CreditStatcardWizard(models.TransientModel):
    """Make a statistical scorecard from the own ledger: a draft with a report."""

    _name = "credit.statcard.wizard"
    _description = "Make a Statistical Scorecard"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company.root_id
    )
    late_days = fields.Integer(
        "Bad Is More Than (days late)",
        default=30,
        required=True,
        help="A customer is bad when one of his items becomes so late.",
    )
    months = fields.Integer(
        "Within (months)", default=6, required=True, help="After the day looked at."
    )
    first_date = fields.Date("Learn From", compute="_compute_first_date")
    last_date = fields.Date(
        "Known Up To", compute="_compute_dates", store=True, readonly=False
    )
    split_date = fields.Date(
        "Test From", compute="_compute_dates", store=True, readonly=False
    )

    _figures = models.Constraint(
        "CHECK (late_days >= 0 AND months BETWEEN 1 AND 36)",
        "Give 0 or more days, and 1 to 36 months.",
    )

    @api.depends("company_id")
    def _compute_first_date(self):
        for wizard in self:
            wizard.first_date = wizard._get_span()[0]

    @api.depends("company_id")
    def _compute_dates(self):
        """All that the ledger has: three quarters to learn from, the rest to test."""
        today = fields.Date.today()
        for wizard in self:
            first, last = wizard._get_span()
            wizard.last_date = last and min(last, today)
            if first and last:
                span = (wizard.last_date - first).days
                wizard.split_date = fields.Date.add(first, days=span * 3 // 4)
            else:
                wizard.split_date = False

    def _get_span(self):
        """First and last day of the company's trade receivables."""
        if not self.company_id:
            return None, None
        scope = self.env["credit.exposure"]._get_scope(self.company_id)
        [span] = self.env.execute_query(
            SQL(
                """
                SELECT min(date), max(date) FROM account_move_line
                 WHERE account_id = ANY(%s) AND company_id = ANY(%s)
                   AND parent_state = 'posted' AND date <= %s
                """,
                scope.receivable_ids,
                scope.company_ids,
                fields.Date.today(),
            )
        )
        return span

    @api.constrains("company_id")
    def _check_own_company(self):
        for wizard in self:
            if wizard.company_id.root_id not in self.env.user.company_ids.root_id:
                raise ValidationError(self.env._("Choose one of your own companies."))

    def action_build(self):
        """Make the draft and open it. Nobody is scored by it until it is activated."""
        self.ensure_one()
        if not self.env.user.has_group("credit_control.group_credit_manager"):
            raise AccessError(self.env._("Only a credit manager makes scorecards."))
        if not self.first_date or not self.split_date:
            raise UserError(
                self.env._(
                    "%(company)s has no customer invoices to learn from yet.",
                    company=self.company_id.name,
                )
            )
        card = self.env["credit.statcard"]._build(
            Plan(
                self.company_id.root_id,
                self.late_days,
                self.months,
                self.first_date,
                self.split_date,
                self.last_date,
            )
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "credit.scorecard",
            "res_id": card.id,
            "views": [(False, "form")],
        }
