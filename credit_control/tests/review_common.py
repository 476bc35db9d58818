"""Builders for reviews: who prepares, who signs, and the table of authorities."""

from odoo import Command, fields

from .hold_common import HoldCommon


class ReviewCommon(HoldCommon):
    """The table of the brief: an analyst decides up to 50,000 alone, above it an
    approver signs, then a manager. A second analyst prepares."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Review = cls.env["credit.review"]
        cls.clerk = cls._user("analyst", login="credit_clerk")
        cls.auditor = cls._user("auditor")
        cls.env["credit.authority"].search([]).unlink()
        cls._allow(cls.analyst, 50_000, step=10)
        cls._allow(cls.approver, 50_000, step=20, joint=True, joint_above=50_000)
        cls._allow(cls.env.user, 50_000)
        cls._allow(cls.manager, step=30, joint=True, joint_above=50_000)
        cls.grade_c = cls.env.ref("credit_control.credit_grade_c")
        cls.term = cls.env.ref("account.account_payment_term_30days")

    @classmethod
    def _allow(cls, user, amount=None, **values):
        return cls.env["credit.authority"].create(
            {
                "user_id": user.id,
                "unlimited": amount is None,
                "max_amount": amount or 0.0,
                "decides": "limit",
                **values,
            }
        )

    def _review(self, user=None, done=True, start=True, **values):
        """A review that ``user`` (the clerk) prepares."""
        user = user or self.clerk
        review = self.Review.with_user(user).create(
            {"file_id": self.file.id, "kind": "limit", **values}
        )
        if done:
            review.item_ids.write({"done": True})
        if start:
            review.action_start()
        return review

    def _submit(self, amount, user=None, **values):
        values = {"limit_mode": "amount", "credit_limit": amount} | values
        review = self._review(user, **values)
        review.action_submit()
        return review

    def _sign(self, review, user, decision="approve", reason="Good figures"):
        review.with_user(user)._sign(decision, reason)

    def _delegate(self, delegator, delegate, days=(0, 5), by=None, **values):
        today = fields.Date.today()
        return (
            self.env["credit.delegation"]
            .with_user(by or delegator)
            .create(
                {
                    "delegator_id": delegator.id,
                    "delegate_id": delegate.id,
                    "date_from": fields.Date.add(today, days=days[0]),
                    "date_to": fields.Date.add(today, days=days[1]),
                    "reason": "Holiday",
                    **values,
                }
            )
        )

    def _second_company(self):
        """Another company, its customer's file, and its analyst."""
        company = self._other_company()
        partner = self._customer("Far Away Ltd")
        file = self.env["credit.file"]._ensure(partner, company)
        stranger = self._user("analyst", login="credit_stranger")
        stranger.write(
            {"company_ids": [Command.set(company.ids)], "company_id": company.id}
        )
        return company, file, stranger
