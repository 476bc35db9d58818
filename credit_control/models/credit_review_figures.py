"""What a review shows: now beside proposed, and how the figures propose a limit."""

from odoo import api, fields, models
from odoo.tools import format_date


class CreditReview(models.Model):
    _inherit = "credit.review"

    comparison_html = fields.Html(
        "Now and Proposed", compute="_compute_comparison_html", sanitize=False
    )
    proposal_html = fields.Html(
        "How It Comes About", compute="_compute_proposal_html", sanitize=False
    )

    @api.depends(
        "grade_id",
        "limit_mode",
        "limit_kind",
        "credit_limit",
        "currency_id",
        "limit_date_to",
        "payment_term_id",
        "deposit_pct",
        "figures",
    )
    @api.depends_context("lang")
    def _compute_comparison_html(self):
        for review in self:
            review.comparison_html = self.env["ir.qweb"]._render(
                "credit_control.review_comparison",
                {"rows": review._get_comparison(), "figures": review._get_figures()},
            )

    @api.depends("proposal", "proposal_currency_id")
    @api.depends_context("lang")
    def _compute_proposal_html(self):
        service = self.env["credit.proposal"]
        for review in self:
            currency = review.proposal_currency_id
            amount = (review.proposal or {}).get("amount")
            review.proposal_html = self.env["ir.qweb"]._render(
                "credit_control.proposal_table",
                {
                    "terms": service._describe(review.proposal, currency),
                    "amount": None if amount is None else currency.format(amount),
                },
            )

    def _get_comparison(self):
        """``[{"label", "now", "then", "changed"}]`` in the reader's language."""
        self.ensure_one()
        none = self.env._("none")

        def name(record):
            return record.display_name or none

        rows = [
            (self.env._("Grade"), name(self.now_grade_id), name(self.grade_id)),
            (
                self.env._("Limit"),
                self._describe_limit(
                    self.now_limit_mode, self.now_limit, self.now_currency_id
                ),
                self._describe_proposed(),
            ),
            (
                self.env._("Payment terms"),
                name(self.now_payment_term_id),
                name(self.payment_term_id),
            ),
            (
                self.env._("Deposit"),
                f"{self.now_deposit_pct:g} %",
                f"{self.deposit_pct:g} %",
            ),
        ]
        return [
            {"label": label, "now": now, "then": then, "changed": now != then}
            for label, now, then in rows
        ]

    def _describe_proposed(self):
        """The proposed limit in words; unchanged reads as what holds now."""
        if self.limit_mode == "keep":
            return self._describe_limit(
                self.now_limit_mode, self.now_limit, self.now_currency_id
            )
        text = self._describe_limit(
            self.limit_mode, self.credit_limit, self.currency_id
        )
        if self.limit_kind == "temporary":
            text = self.env._("%(amount)s on top, for a time", amount=text)
        if self.limit_date_to:
            day = format_date(self.env, self.limit_date_to)
            text = self.env._("%(limit)s until %(day)s", limit=text, day=day)
        return text

    def _describe_limit(self, mode, amount, currency):
        if mode == "amount":
            return currency.format(amount)
        labels = self.file_id._fields["limit_mode"]._description_selection(self.env)
        return dict(labels).get(mode, "")

    def _get_figures(self):
        """``[(label, text)]`` of what was measured."""
        self.ensure_one()
        figures = self.figures
        if not figures:
            return []
        currency = self.env["res.currency"].browse(figures["currency_id"])
        rows = [(self.env._("Owed"), currency.format(figures["used"] or 0.0))]
        if figures["limit"] is not None:
            rows.append((self.env._("Limit"), currency.format(figures["limit"])))
        if figures["available"] is not None:
            rows.append(
                (self.env._("Available"), currency.format(figures["available"]))
            )
        if figures["overdue"]:
            rows.append(
                (
                    self.env._("Overdue"),
                    self.env._(
                        "%(amount)s, up to %(days)s days",
                        amount=currency.format(figures["overdue"]),
                        days=figures["overdue_days"],
                    ),
                )
            )
        if self.score_date:
            rows.append((self.env._("Score"), f"{self.score:g}"))
        return rows
