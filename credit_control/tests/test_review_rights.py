"""Signatures by delegation, and who may do what with a review."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import TODAY
from .review_common import ReviewCommon


@tagged("post_install", "-at_install")
class TestReviewRights(ReviewCommon):
    # -- delegation -----------------------------------------------------------------
    def test_delegate_signs_within_the_delegators_ceiling(self):
        """He acts for who is away, and the decision names both."""
        self._delegate(self.manager, self.clerk)
        review = self._submit(250_000.0, user=self.analyst)
        self._sign(review, self.approver)
        self._sign(review, self.clerk)
        self.assertRecordValues(
            review.step_ids.filtered(lambda step: step.key == 30),
            [{"decided_by": self.clerk.id, "decided_for_id": self.manager.id}],
        )
        told = "".join(review.message_ids.mapped("body"))
        self.assertIn("credit_clerk", told)
        self.assertIn("credit_manager", told)

    def test_delegation_counts_on_its_days_only(self):
        """Before and after it, and when it was ended, it gives nothing."""
        delegation = self._delegate(self.approver, self.clerk, days=(1, 2))
        authority = self.env["credit.authority"]
        self._allow(self.approver, 50_000, decides="hold")
        hold = self._request(self.order)
        for days, ceiling in [(0, 0.0), (1, 50_000.0), (2, 50_000.0), (3, 0.0)]:
            with self.subTest(days=days), self.at(days=days):
                self.assertEqual(authority._get_ceiling(self.clerk, hold), ceiling)
        delegation.with_user(self.approver).action_end()
        with self.at(days=1):
            self.assertEqual(authority._get_ceiling(self.clerk, hold), 0.0)

    def test_delegate_releases_a_hold_and_both_are_named(self):
        """Holds know delegations, too."""
        self._allow(self.approver, 50_000, decides="hold")
        self._delegate(self.approver, self.clerk)
        hold = self._request(self.order)
        self._release(hold, user=self.clerk)
        self.assertRecordValues(
            hold,
            [
                {
                    "state": "released",
                    "decided_by": self.clerk.id,
                    "decided_for_id": self.approver.id,
                }
            ],
        )

    def test_delegation_is_not_passed_on(self):
        """Who stands in for somebody gives nobody that authority."""
        self._allow(self.manager, decides="hold")
        self._delegate(self.manager, self.approver)
        self._delegate(self.approver, self.clerk)
        hold = self._request(self.order)
        ceiling = self.env["credit.authority"]._get_ceiling
        self.assertEqual(ceiling(self.approver, hold), float("inf"))
        self.assertEqual(ceiling(self.clerk, hold), 0.0)

    def test_nobody_approves_his_own_request_through_a_delegate(self):
        """Where the delegator may not decide, nobody may for him."""
        self._allow(self.approver, 50_000, decides="hold")
        self._delegate(self.approver, self.clerk)
        hold = self._request(self.order, user=self.seller)
        hold.sudo().involved_ids |= self.approver
        with self.assertRaises(AccessError):
            self._release(hold, user=self.clerk)

    def test_nobody_approves_his_own_review_through_a_delegate(self):
        """The analyst prepared it: who stands in for him does not sign it."""
        review = self._review(self.analyst, limit_mode="amount", credit_limit=2000.0)
        self._delegate(self.analyst, self.clerk)
        review.action_submit()
        self.assertIn(self.approver, review.approver_ids)
        self.assertNotIn(self.clerk, review.approver_ids)

    def test_delegating_is_for_the_own_authority(self):
        """Not for others', not to oneself, not outside the team, and not changed."""
        with self.assertRaisesRegex(AccessError, "your own authority only"):
            self._delegate(self.manager, self.clerk, by=self.analyst)
        with self.assertRaisesRegex(AccessError, "Nobody gives himself"):
            self._delegate(self.approver, self.manager, by=self.manager)
        with self.assertRaisesText("not of the credit team"):
            self._delegate(self.approver, self.seller)
        with self.assertRaisesText("Nobody stands in for himself"):
            self._delegate(self.approver, self.approver, by=self.env.user)
            self.env.flush_all()
        delegation = self._delegate(self.approver, self.clerk, by=self.manager)
        with self.assertRaises(AccessError):
            delegation.with_user(self.manager).date_to = "2030-01-01"
        with self.assertRaises(AccessError):
            delegation.with_user(self.clerk).action_end()
        with self.assertRaises(AccessError):
            delegation.with_user(self.auditor).action_end()

    # -- rights ---------------------------------------------------------------------
    def test_state_and_decision_are_written_by_methods_only(self):
        """No role writes them by RPC, in whatever state; no context opens them."""
        review = self._submit(2000.0)
        forged = [
            {"state": "approved"},
            {"decided_by": self.analyst.id},
            {"approver_ids": [Command.link(self.clerk.id)]},
            {"involved_ids": [Command.clear()]},
            {"submitted_by": False},
            {"proposal": {}},
            {"now_limit": 9.0},
            {"requested_by": False},
        ]
        for user in (self.clerk, self.analyst, self.approver, self.manager):
            for values in forged:
                with self.subTest(user=user.login, values=values):
                    context = dict(install_mode=True, import_file=True)
                    with self.assertRaises(AccessError):
                        review.with_user(user).with_context(**context).write(values)
        for values in forged:
            with self.subTest(created=values), self.assertRaises(AccessError):
                self.Review.with_user(self.manager).create(
                    {"file_id": self.file.id, **values}
                )
        with self.assertRaises(AccessError):
            review.step_ids.with_user(self.manager).write(
                {"decided_by": self.manager.id}
            )

    def test_submitted_proposal_does_not_change(self):
        """What the signers saw is what is granted; owner and date stay free."""
        review = self._submit(2000.0)
        with self.assertRaisesRegex(UserError, "what was submitted does not change"):
            review.credit_limit = 9000.0
        with self.assertRaisesRegex(UserError, "checklist does not change"):
            review.item_ids[0].done = False
        review.date_due = "2026-07-01"
        review.action_take_back()
        review.credit_limit = 9000.0
        self.assertEqual(review.credit_limit, 9000.0)

    def test_who_touches_the_proposal_has_prepared_it(self):
        """Changing the amount keeps one from signing it."""
        review = self._review(limit_mode="amount", credit_limit=1.0)
        review.with_user(self.analyst).credit_limit = 2000.0
        review.action_submit()
        with self.assertRaises(AccessError):
            self._sign(review, self.analyst)

    def test_checklist_of_the_template_stays(self):
        """Points of the template are ticked, not rewritten or removed; own ones are."""
        review = self._review(done=False)
        point = review.item_ids[0]
        with self.assertRaises(AccessError):
            point.mandatory = False
        with self.assertRaises(AccessError):
            point.done_by = self.manager
        with self.assertRaisesRegex(UserError, "stays"):
            point.unlink()
        own = self.env["credit.review.item"].with_user(self.clerk)
        own = own.create({"review_id": review.id, "name": "Seen the shop"})
        own.name = "Seen the works"
        own.unlink()
        self.assertEqual(len(review.item_ids), 2)

    def test_roles(self):
        """Sales and accountants see nothing, auditors read, the team prepares."""
        review = self._submit(2000.0)
        models = (
            "credit.review",
            "credit.review.item",
            "credit.review.step",
            "credit.review.template",
            "credit.delegation",
            "credit.limit.batch",
        )
        outsiders = (self.seller, self._user("invoicing"))
        for user in outsiders:
            for model in models:
                with self.subTest(user=user.login, model=model):
                    with self.assertRaises(AccessError):
                        self.env[model].with_user(user).search([])
            with self.assertRaises(AccessError):
                self._sign(review, user)
        seen = review.with_user(self.auditor)
        self.assertEqual(seen.credit_limit, 2000.0)
        for call in (
            lambda: seen.write({"date_due": TODAY}),
            lambda: seen.action_withdraw(),
            lambda: seen.action_take_back(),
            lambda: seen._sign("approve", "Yes"),
            lambda: seen.item_ids.write({"done": False}),
            lambda: seen.unlink(),
            lambda: self.Review.with_user(self.auditor).create(
                {"file_id": self.file.id}
            ),
        ):
            with self.assertRaises(AccessError):
                call()

    def test_other_companies_reviews_are_hidden(self):
        """Each company keeps its own reviews; its people sign no others."""
        review = self._submit(2000.0)
        company, file, stranger = self._second_company()
        self._allow(stranger)
        theirs = self.Review.with_user(stranger).create({"file_id": file.id})
        self.assertEqual(theirs.company_id, company)
        self.assertFalse(
            self.Review.with_user(self.clerk).search([("id", "=", theirs.id)])
        )
        with self.assertRaises(AccessError):
            self._sign(review, stranger)
        with self.assertRaises(AccessError):
            self.Review.with_user(self.clerk).create({"file_id": file.id})

    def test_worked_on_reviews_stay(self):
        """A draft may be thrown away, the rest is history; so is the file then."""
        self._review(start=False).unlink()
        review = self._submit(2000.0)
        with self.assertRaisesRegex(UserError, "Withdraw it instead"):
            review.unlink()
        partner = self._customer("Seen once")
        file = self._file(partner=partner)
        self._review(file_id=file.id)
        with self.assertRaisesRegex(UserError, "has been reviewed"):
            file.unlink()

    # -- limits set directly --------------------------------------------------------
    def test_approver_sets_limits_within_his_authority(self):
        """As before; being stricter needs no authority."""
        wizard = self.env["credit.limit.wizard"].with_user(self.approver)
        wizard = wizard.create(
            {
                "file_id": self.file.id,
                "mode": "amount",
                "amount": 50_000.0,
                "currency_id": self.currency.id,
                "reason": "Good",
            }
        )
        self.assertFalse(wizard.needs_review)
        wizard.action_confirm()
        self.assertEqual(self.file.credit_limit, 50_000.0)
        self.file.sudo().write({"credit_limit": 900_000.0, "limit_reason": "Manager"})
        lower = self.file.with_user(self.approver)
        lower.write({"credit_limit": 800_000.0, "limit_reason": "Careful"})
        self.assertEqual(self.file.credit_limit, 800_000.0)

    def test_limit_above_the_authority_becomes_a_request(self):
        """The wizard offers a way out; form, import and RPC refuse it alike."""
        with self.assertRaisesRegex(AccessError, "Make a limit request"):
            self.file.with_user(self.approver).write(
                {"credit_limit": 50_001.0, "limit_reason": "Please"}
            )
        with self.assertRaisesRegex(AccessError, "Make a limit request"):
            self.file.with_user(self.approver)._set_limit("unlimited", reason="Please")
        wizard = self.env["credit.limit.wizard"].with_user(self.approver)
        wizard = wizard.create(
            {
                "file_id": self.file.id,
                "mode": "amount",
                "amount": 50_001.0,
                "currency_id": self.currency.id,
                "reason": "Big deal",
            }
        )
        self.assertTrue(wizard.needs_review)
        with self.assertRaises(AccessError):
            wizard.action_confirm()
        review = self.Review.browse(wizard.action_request()["res_id"])
        self.assertRecordValues(
            review,
            [
                {
                    "kind": "limit",
                    "limit_mode": "amount",
                    "credit_limit": 50_001.0,
                    "reason": "Big deal",
                    "requested_by": self.approver.id,
                    "state": "draft",
                }
            ],
        )
        self.assertIn(self.approver, review.involved_ids)

    # -- applications ---------------------------------------------------------------
    def test_salesperson_applies_for_a_new_customer(self):
        """He gets no credit until it is approved; sales reads no review."""
        partner = self._customer("New Ltd", user_id=self.seller.id)
        contact = self.env["res.partner"].create(
            {"name": "Ann", "parent_id": partner.id}
        )
        action = contact.with_user(self.seller).action_apply_for_credit()
        wizard = (
            self.env["credit.application"]
            .with_user(self.seller)
            .with_context(**action["context"])
            .create({"amount": 5000.0, "term_id": self.term.id, "note": "Pumps"})
        )
        told = wizard.action_apply()
        self.assertEqual(told["tag"], "display_notification")
        file = partner.credit_file_ids
        self.assertEqual(file.state, "prospect")
        self.assertRecordValues(
            file.review_ids,
            [
                {
                    "kind": "application",
                    "origin": "sales",
                    "requested_by": self.seller.id,
                    "requested_amount": 5000.0,
                    "payment_term_id": self.term.id,
                    "limit_mode": "amount",
                }
            ],
        )
        wizard.action_apply()
        self.assertEqual(len(file.review_ids), 1)

    def test_who_buys_already_keeps_what_he_has(self):
        """An application of a customer without file, who was never checked, stops
        nothing."""
        partner = self._customer("Old friend")
        self._invoice(100.0, partner=partner)
        review, made = self.Review._apply(partner, self.company, 500.0, "portal")
        self.assertTrue(made)
        self.assertEqual(review.file_id.state, "open")
        self._order(50.0, partner=partner).action_confirm()

    def test_one_open_application_per_customer(self):
        """Also for two who click at the same moment."""
        self._review(kind="application")
        with self.assertRaisesText("has an open review of this kind"):
            self._review(kind="application")
