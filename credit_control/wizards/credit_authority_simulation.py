from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..tools.approval import UNLIMITED, Request, increase_pct


class CreditAuthoritySimulation(models.TransientModel):
    """Who must approve this amount for this grade? Asks the table of authorities in
    the same way as a review does; nothing is kept."""

    _name = "credit.authority.simulation"
    _description = "Who Must Approve?"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company.root_id,
        domain="[('parent_id', '=', False)]",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary("Limit", default=10_000.0)
    unlimited = fields.Boolean()
    grade_id = fields.Many2one("credit.grade")
    current = fields.Monetary("Limit Now", help="0: there is none.")
    deal = fields.Monetary("Order That Asks")
    requester_id = fields.Many2one(
        "res.users",
        "Prepared By",
        domain=[("share", "=", False)],
        help="Does not approve what he prepared.",
    )
    result_html = fields.Html(compute="_compute_result_html", sanitize=False)

    @api.depends(
        "company_id",
        "amount",
        "unlimited",
        "grade_id",
        "current",
        "deal",
        "requester_id",
    )
    @api.depends_context("lang", "uid")
    def _compute_result_html(self):
        for wizard in self:
            plan = wizard._get_plan() if wizard.company_id else []
            wizard.result_html = self.env["ir.qweb"]._render(
                "credit_control.authority_plan", {"plan": plan}
            )

    def _get_plan(self):
        """``[{"label", "people": [text]}]``; names of colleagues for the credit team
        and the auditors."""
        self.ensure_one()
        user = self.env.user
        team = ("group_credit_user", "group_credit_auditor")
        if not any(user.has_group(f"credit_control.{group}") for group in team):
            raise AccessError(self.env._("Only the credit team looks at authorities."))
        if self.company_id not in user.company_ids.root_id:
            raise AccessError(self.env._("Company: choose one of your own companies."))
        amount = UNLIMITED if self.unlimited else self.amount
        request = Request(amount, increase_pct(self.current, amount), self.deal)
        plan = self.env["credit.authority"]._get_plan(
            self.company_id, self.grade_id, request, self.requester_id
        )
        return [
            {"label": one.label, "people": self._describe_people(one.people)}
            for one in plan
        ]

    def _describe_people(self, people):
        return [
            self.env._(
                "%(delegate)s for %(delegator)s",
                delegate=user.name,
                delegator=delegator.name,
            )
            if delegator
            else user.name
            for user, delegator in people.items()
        ]
