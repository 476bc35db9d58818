"""How a review comes into being: number, checklist, what holds now, who does it."""

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .credit_review import OPEN

REVIEW_ACTIVITY = "credit_control.mail_activity_type_review"


class CreditReview(models.Model):
    """Reviews are made in batches: a constant number of queries for any number."""

    _inherit = "credit.review"

    @api.model_create_multi
    def create(self, vals_list):
        self.browse().check_access("create")  # before anything is measured
        vals_list = [dict(vals) for vals in vals_list]
        self._complete(vals_list)
        reviews = super(CreditReview, self.with_context(mail_create_nolog=True)).create(
            vals_list
        )
        reviews = reviews.with_env(self.env)
        reviews._make_checklist()
        if self.env.uid != SUPERUSER_ID:
            # who makes one prepares it; what a job makes in his name he did not
            reviews.filtered(
                lambda review: (
                    not self.env.su or review.origin in ("manual", "limit", "hold")
                )
            )._remember_involved(self.env.user)
        reviews.sudo()._ask_owners()  # sudo: activities of colleagues
        return reviews

    def _complete(self, vals_list):
        """What every review has: number, checklist, snapshot, proposal."""
        # sudo: what is noted is the same whoever makes the review
        files = self.env["credit.file"].sudo()
        files = files.browse([vals["file_id"] for vals in vals_list]).exists()
        if missing := {vals["file_id"] for vals in vals_list} - set(files.ids):
            raise UserError(
                self.env._(
                    "The credit file %(id)s does not exist. Choose a customer.",
                    id=min(missing),
                )
            )
        snapshots = self._get_snapshots(files)
        proposals = self._get_proposal_values(files)
        numbers = self._next_numbers(len(vals_list))
        for vals, number in zip(vals_list, numbers, strict=True):
            file_id = vals["file_id"]
            vals |= snapshots[file_id] | proposals[file_id] | {"name": number}

    def _make_checklist(self):
        """The points of the templates, which are nobody's own."""
        # sudo: made by the system
        reviews = self.sudo()
        templates = reviews.template_id._get_templates(reviews.company_id)
        chosen = {
            review.id: templates._get_for(
                review.kind, review.grade_id, review.company_id
            )
            for review in reviews
        }
        for template, some in reviews.grouped(lambda one: chosen[one.id]).items():
            if template:
                some.write({"template_id": template.id})
        reviews.item_ids.create(
            [
                point | {"review_id": review.id}
                for review in reviews
                for point in review.template_id._prepare_items()
            ]
        )

    @api.model
    def _get_snapshots(self, files):
        """``{file_id: vals}``: what holds and what is owed now."""
        keys = {file.id: (file.partner_id.id, file.company_id.id) for file in files}
        positions = self.env["credit.file"]._get_positions(keys.values())
        now, found = fields.Datetime.now(), {}
        states = dict(files._fields["state"]._description_selection(self.env))
        for file in files:
            position = positions[keys[file.id]]
            figures, exposure = position.figures, position.exposure
            found[file.id] = {
                "now_grade_id": file.grade_id.id,
                "now_limit_mode": file.limit_mode,
                "now_limit": file.credit_limit,
                "now_currency_id": file.currency_id.id,
                "now_payment_term_id": file.payment_term_id.id,
                "now_deposit_pct": file.deposit_pct,
                "now_state": states[file.state],
                "score_id": file.score_id.id,
                "score": file.score,
                "score_date": file.score_date,
                "measured_at": now,
                "figures": {
                    "currency_id": position.currency.id,
                    "limit": figures.limit,
                    "used": figures.used,
                    "available": figures.available,
                    "used_pct": figures.used_pct,
                    "overdue": exposure.overdue,
                    "overdue_days": exposure.overdue_days,
                },
            }
        return found

    @api.model
    def _get_proposal_values(self, files, grades=None, terms=None):
        """``{file_id: vals}`` of the limit that the figures propose."""
        proposals = self.env["credit.proposal"]._get_proposals(files, grades, terms)
        return {
            file.id: {
                "proposal": proposals[file.id].to_json(),
                "proposal_amount": proposals[file.id].amount,
                "proposal_currency_id": file.currency_id.id,
            }
            for file in files
        }

    def _measure(self):
        """Snapshot and proposal anew, with the grade and terms proposed."""
        # sudo: measured by methods only
        reviews = self.sudo()
        files = reviews.file_id
        snapshots = self._get_snapshots(files)
        for review in reviews:
            proposal = self._get_proposal_values(
                review.file_id,
                {review.file_id.id: review.grade_id},
                {review.file_id.id: review.payment_term_id},
            )
            vals = snapshots[review.file_id.id] | proposal[review.file_id.id]
            review.write(vals)

    @api.model
    def _next_numbers(self, count):
        """So many numbers at once: one query, unless somebody wants them without
        gaps."""
        # sudo: numbers are given by the system
        sequence = self.env.ref("credit_control.sequence_credit_review").sudo()
        if sequence.implementation != "standard" or sequence.use_date_range:
            return [sequence.next_by_id() for _number in range(count)]
        rows = self.env.execute_query(
            SQL(
                "SELECT nextval(%s) FROM generate_series(1, %s)",
                f"ir_sequence_{sequence.id:03d}",
                count,
            )
        )
        return [sequence.get_next_char(number) for (number,) in rows]

    def _ask_owners(self):
        """One activity for each owner, due when the review is."""
        kind = self.env.ref(REVIEW_ACTIVITY)
        model_id = self.env["ir.model"]._get_id(self._name)
        self.env["mail.activity"].with_user(SUPERUSER_ID).with_context(
            mail_activity_quick_update=True
        ).create(
            [
                {
                    "activity_type_id": kind.id,
                    "res_model_id": model_id,
                    "res_id": review.id,
                    "user_id": review.user_id.id,
                    "date_deadline": review.date_due,
                    "summary": review.display_name,
                    "automated": True,
                }
                for review in self
                if review.user_id
            ]
        )

    # -- from elsewhere -------------------------------------------------------------
    @api.model
    def _find_open(self, file, kinds=("application",)):
        """The open review of a customer, whoever made it."""
        # sudo: who applies need not read reviews
        return self.sudo().search(
            [
                ("file_id", "=", file.id),
                ("kind", "in", list(kinds)),
                ("state", "in", OPEN),
            ],
            limit=1,
        )

    @api.model
    def _buys_already(self, partner_id, company_id):
        """Has the customer ordered or been invoiced before?"""
        in_tree = ("company_id", "child_of", company_id)
        # sudo: whatever the one who applies may see of the customer
        env = self.sudo().env
        invoiced = [
            ("commercial_partner_id", "=", partner_id),
            ("move_type", "in", ("out_invoice", "out_receipt")),
            ("state", "=", "posted"),
            in_tree,
        ]
        ordered = [
            ("partner_invoice_id", "child_of", partner_id),
            ("state", "=", "sale"),
            in_tree,
        ]
        return bool(
            env["account.move"].search_count(invoiced, limit=1)
            or env["sale.order"].search_count(ordered, limit=1)
        )

    @api.model
    def _apply(
        self, partner, company, amount, origin, *, term=None, note="", user=None
    ):
        """A customer's application, or the open one he has already, completed.

        He has no credit until it is approved: a file made by the application is one of
        a prospect. Who buys already keeps what he has.

        :param origin: sales | portal
        :return: ``(review, made)``, as superuser: who applies reads no reviews
        """
        File = self.env["credit.file"]
        key = (partner.commercial_partner_id.id, company.root_id.id)
        file = File._for_customers([key]).get(key)
        if not file:
            file = File._ensure(partner, company)
            if not self._buys_already(*key):
                file.state = "prospect"
        if review := self._find_open(file):
            return review, False
        vals = {
            "file_id": file.id,
            "kind": "application",
            "origin": origin,
            "requested_by": user.id if user else False,
            "requested_amount": amount,
            "credit_limit": amount,
            "requested_term_id": term.id if term else False,
            "payment_term_id": (term or file.payment_term_id).id,
            "reason": note,
            "user_id": file._get_reviewer().id,
        }
        # sudo: see the return value
        review = self.sudo().create(vals)
        if user:
            review._remember_involved(user)
        return review, True
