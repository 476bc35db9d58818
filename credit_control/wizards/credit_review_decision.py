from odoo import api, fields, models


class CreditReviewDecision(models.TransientModel):
    """The dialog in which a review is approved, rejected or returned; it checks all."""

    _name = "credit.review.decision"
    _description = "Decision on a Credit Review"

    review_id = fields.Many2one("credit.review", required=True, readonly=True)
    decision = fields.Selection(
        [
            ("approve", "Approve"),
            ("reject", "Reject"),
            ("return", "Return to work"),
        ],
        required=True,
        default="approve",
    )
    reason = fields.Text(required=True)
    comparison_html = fields.Html(
        related="review_id.comparison_html", sanitize=False, related_sudo=False
    )
    conditions = fields.Text(related="review_id.conditions", related_sudo=False)

    @api.constrains("review_id")
    def _check_review(self):
        """Reviews of other companies are not shown here either. Constraints run as
        superuser; the right is that of the user."""
        self.review_id.sudo(False).check_access("read")

    def action_decide(self):
        self.ensure_one()
        self.review_id._sign(self.decision, self.reason)
        return {"type": "ir.actions.act_window_close"}
