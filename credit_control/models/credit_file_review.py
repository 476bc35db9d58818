"""Reviews of a credit file, and who may set its limit without one."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.rhythm import add_months, months_between_reviews
from .credit_review import KINDS, OPEN


class CreditLimitLine(models.Model):
    _inherit = "credit.limit.line"

    review_id = fields.Many2one(
        "credit.review", index="btree_not_null", ondelete="set null"
    )


class CreditFile(models.Model):
    _inherit = "credit.file"

    deposit_pct = fields.Float(
        "Deposit Agreed (%)",
        tracking=True,
        help="Of each order, before it is delivered; agreed in a review.",
    )
    review_ids = fields.One2many(
        "credit.review", "file_id", string="Reviews", readonly=True
    )
    open_review_count = fields.Integer(
        "Open Reviews", compute="_compute_open_review_count"
    )

    _deposit_range = models.Constraint(
        "CHECK (deposit_pct BETWEEN 0 AND 100)",
        "The deposit agreed is a percentage from 0 to 100.",
    )

    @api.depends("review_ids.state")
    def _compute_open_review_count(self):
        counts = dict(
            self.env["credit.review"]._read_group(
                [("file_id", "in", self.ids), ("state", "in", OPEN)],
                ["file_id"],
                ["__count"],
            )
        )
        for file in self:
            file.open_review_count = counts.get(file._origin, 0)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_reviewed(self):
        """What was assessed stays readable."""
        # sudo: reviews of whomever
        if used := self.filtered(lambda file: file.sudo().review_ids):
            raise UserError(
                self.env._(
                    "The credit file of %(customer)s has been reviewed and cannot be "
                    "deleted. Set its state to Closed instead.",
                    customer=used[0].display_name,
                )
            )

    def _take_references(self, merged):
        """Where both customers are being reviewed, the kept one's review goes on."""
        # sudo: merging ends what would be there twice
        kinds = self.sudo().review_ids.filtered(lambda r: r.state in OPEN)
        double = merged.sudo().review_ids.filtered(
            lambda r: r.state in OPEN and r.kind in kinds.mapped("kind")
        )
        for review in double:
            review._close("withdrawn", self.env._("The customers were merged."))
        return super()._take_references(merged)

    # -- buttons --------------------------------------------------------------------
    @api.readonly
    def action_open_reviews(self):
        """Every review of this customer, decided ones included."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_control.credit_review_action"
        )
        return action | {
            "domain": [("file_id", "=", self.id)],
            "context": {"default_file_id": self.id},
        }

    def action_review(self):
        """A review on occasion, to fill in at once."""
        return self._start_review("event")

    def action_request_limit(self):
        """A limit request, to fill in at once."""
        return self._start_review("limit", origin="limit")

    def _start_review(self, kind, origin="manual", **values):
        """Make a review in the user's name and open it; the one of this kind and
        occasion that he is at work on already, with these values, where there is
        one."""
        self.ensure_one()
        Review = self.env["credit.review"]
        Review.check_access("create")
        self.check_access("read")
        review = Review.search(
            [
                ("file_id", "=", self.id),
                ("kind", "=", kind),
                ("state", "=", "draft"),
                ("user_id", "=", self.env.uid),
                ("origin", "=", origin),
                ("hold_id", "=", values.get("hold_id", False)),
            ],
            limit=1,
        )
        if review:
            review.sudo().write(values)  # sudo: as below
        if not review:
            # sudo: origin and request are no fields that people type
            review = Review.sudo().create(
                {
                    "file_id": self.id,
                    "kind": kind,
                    "origin": origin,
                    "user_id": self.env.uid,
                    "requested_by": self.env.uid,
                    **values,
                }
            )
        return review.with_env(self.env)._get_records_action(
            name=dict(KINDS).get(kind), target="current"
        )

    # -- rhythm ---------------------------------------------------------------------
    def _get_reviewer(self):
        """Who looks after the customer, else the company's default."""
        self.ensure_one()
        return (self.user_id or self.company_id.credit_review_user_id).filtered(
            "active"
        )

    def _get_review_months(self, exposure, grade=None):
        """The rhythm of this customer; ``exposure`` in company currency."""
        company = self.company_id
        return months_between_reviews(
            (grade or self.grade_id).review_months,
            exposure,
            company.credit_review_large_exposure,
            company.credit_review_large_months,
        )

    def _get_next_review(self, grade, day, exposure):
        """When to look again after ``day``; False where there is no rhythm."""
        months = self._get_review_months(exposure, grade)
        return add_months(day, months) if months else False


class CreditHold(models.Model):
    _inherit = "credit.hold"

    def action_request_limit(self):
        """A higher limit instead of a single release: the order says how much."""
        self.ensure_one()
        self.check_access("read")
        hold = self.sudo()  # sudo: figures as measured, for who may read the hold
        asked = hold._get_asked_amount()
        needed = (hold.figures or {}).get("used", 0.0) + hold.credit_amount
        return self.file_id._start_review(
            "limit",
            origin="hold",
            hold_id=self.id,
            deal_amount=hold._get_company_amount(asked),
            reason=hold.reason_text,
            requested_amount=needed,
            credit_limit=needed,
            currency_id=(hold.limit_currency_id or hold.currency_id).id,
        )


class ResPartner(models.Model):
    _inherit = "res.partner"

    @api.readonly
    def action_apply_for_credit(self):
        """Ask the credit team for a limit for this customer."""
        self.ensure_one()
        self.check_access("read")
        return self.env["credit.application"]._get_action(self)
