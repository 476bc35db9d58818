"""Nobody grants more than his authority: not by dates, in parts, or by a grade."""

from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import TODAY
from .review_common import ReviewCommon

JULY = fields.Date.to_date("2026-07-01")
END_OF_JUNE = fields.Date.to_date("2026-06-30")


@tagged("post_install", "-at_install")
class TestGrant(ReviewCommon):
    """The approver decides up to 50,000, above it with the manager."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grade_a = cls.env.ref("credit_control.credit_grade_a")
        cls.grade_e = cls.env.ref("credit_control.credit_grade_e")

    def _set(self, mode="amount", amount=0.0, **values):
        """By a manager, whose authority is not the question."""
        self.file.sudo()._set_limit(mode, amount, reason="Manager", **values)

    def _assert_beyond(self, call, *args, text="beyond your own authority", **kwargs):
        with self.assertRaisesRegex(AccessError, text), self.env.cr.savepoint():
            call(*args, **kwargs)

    def _write(self, user=None, **values):
        if {"limit_mode", "credit_limit", "limit_date_to"} & values.keys():
            values["limit_reason"] = "Please"
        self.file.with_user(user or self.approver).write(values)

    def _grant(self, amount, user=None, **values):
        file = self.file.with_user(user or self.approver)
        return file._set_limit("amount", amount, reason="Please", **values)

    # -- dates ----------------------------------------------------------------------
    def test_longer_validity_is_a_grant_of_the_whole_amount(self):
        """900,000 until June are not the approver's to grant for good."""
        self._set(amount=900_000.0, date_to=END_OF_JUNE)
        self._assert_beyond(self._write, limit_date_to=False)
        self._assert_beyond(self._write, limit_date_to=JULY)
        self._assert_beyond(self._write, credit_limit=800_000.0, limit_date_to=False)
        self.assertEqual(self.file.limit_date_to, END_OF_JUNE)
        self._write(limit_date_to="2026-06-20")
        self._write(credit_limit=60_000.0)
        self._write(credit_limit=50_000.0, limit_date_to=False)
        self.assertEqual(self.file.credit_limit, 50_000.0)

    def test_planned_cut_stays(self):
        """Neither a later line at today's amount nor its end undoes it."""
        self._set(amount=900_000.0)
        self._set(amount=100_000.0, date_from=JULY)
        cut = self.file.limit_line_ids.filtered(lambda line: line.date_from == JULY)
        self._assert_beyond(
            self._grant, 900_000.0, date_from=fields.Date.add(JULY, days=1)
        )
        self._assert_beyond(cut.with_user(self.approver)._end, "Not needed")
        self._grant(900_000.0)  # today's, which holds until the cut all the same
        cut.with_user(self.env.user).sudo()._end("Manager")

    def test_planned_raise_is_weighed_and_may_be_ended(self):
        """What begins later is granted now."""
        self._assert_beyond(self._grant, 60_000.0, date_from=JULY)
        self._set(amount=60_000.0, date_from=JULY)
        line = self.file.limit_line_ids.filtered(lambda one: one.date_from == JULY)
        line.with_user(self.approver)._end("Careful")
        self.assertEqual(line.status, "ended")

    def test_temporary_limits_of_the_same_days_add_up(self):
        """Two of 30,000 on top of 1,000 are 61,000, unless on other days."""
        june = {"kind": "temporary", "date_to": END_OF_JUNE}
        self._grant(30_000.0, **june)
        self._assert_beyond(self._grant, 30_000.0, **june)
        self._assert_beyond(self._grant, 21_000.0)  # a permanent one adds as well
        later = {"date_from": JULY, "date_to": "2026-07-31"}
        self._grant(30_000.0, kind="temporary", **later)
        self._grant(20_000.0)
        review = self._submit(
            30_000.0, limit_kind="temporary", limit_date_to=END_OF_JUNE
        )
        self.assertEqual(review.step_ids.mapped("key"), [20, 30])

    def test_unchecked_customer_is_one_without_limit(self):
        """Who takes a limit away where nothing is inherited frees the customer."""
        text = "more than you may decide on"
        self._assert_beyond(self._write, limit_mode="inherit", text=text)
        self.grade_c.write({"limit_mode": "amount", "credit_limit": 500.0})
        self.file.sudo().grade_id = self.grade_c
        self._write(limit_mode="inherit")
        self.assertEqual(self.file.limit_mode, "inherit")

    def test_wizard_offers_a_request_for_longer_days(self):
        """What the wizard says is what the file refuses."""
        self._set(amount=900_000.0, date_to=END_OF_JUNE)
        wizard = self.env["credit.limit.wizard"].with_user(self.approver)
        wizard = wizard.create(
            {
                "file_id": self.file.id,
                "mode": "amount",
                "amount": 900_000.0,
                "currency_id": self.currency.id,
                "reason": "Longer",
                "date_to": END_OF_JUNE,
            }
        )
        self.assertFalse(wizard.needs_review)
        wizard.date_to = False
        self.assertTrue(wizard.needs_review)
        self._assert_beyond(wizard.action_confirm)

    def test_mass_change_of_dates_takes_the_same_authority(self):
        """A batch at today's amounts, but for good, is no request over nothing; and
        costs the same for one and many."""
        self._set(amount=60_000.0, date_to=END_OF_JUNE)
        Batch = self.env["credit.limit.batch"].with_user(self.clerk)
        batch = Batch._make(self.file, "percent", "Again", value=0.0)
        self.env["credit.authority"].search([]).joint = False
        batch.action_submit()
        self._assert_beyond(
            batch.with_user(self.approver).action_approve, text="takes authority over"
        )
        shorter = Batch._make(self.file, "percent", "Again", to=END_OF_JUNE)
        shorter.action_submit()
        shorter.with_user(self.approver).action_approve()
        self.assertEqual(shorter.state, "applied")
        files = self.file
        for name in "ABCDEFG":
            files |= self._file(limit=10.0, partner=self._customer(name))
        few, many = (
            Batch._make(some, "percent", "Again", value=5.0).line_ids.ids
            for some in (files[:2], files)
        )
        Line = self.env["credit.limit.batch.line"].sudo()
        self.assertEqual(
            self._count_queries(lambda: Line.browse(many)._get_line_requests()),
            self._count_queries(lambda: Line.browse(few)._get_line_requests()),
        )

    # -- grade, terms, group ----------------------------------------------------------
    def test_better_grade_takes_the_authority_over_the_limit(self):
        """By form, import and RPC; a worse one is the approver's."""
        self._set(amount=60_000.0)
        self.file.sudo().grade_id = self.grade_c
        self._assert_beyond(self._write, grade_id=self.grade_a.id)
        self._assert_beyond(self._write, grade_id=False)
        file = self.file.sudo()
        file.proposed_grade_id = self.grade_a
        self._assert_beyond(self.file.with_user(self.approver).action_take_grade)
        self._write(grade_id=self.grade_e.id)
        self.assertEqual(self.file.grade_id, self.grade_e)
        self._set(amount=50_000.0)
        self._write(grade_id=self.grade_a.id)
        self.assertEqual(self.file.grade_id, self.grade_a)

    def test_grade_that_gives_a_limit_is_weighed_by_it(self):
        """Where the file inherits from its grade: directly, at birth, by review."""
        self.grade_a.write({"limit_mode": "amount", "credit_limit": 60_000.0})
        self.grade_c.write({"limit_mode": "amount", "credit_limit": 500.0})
        self._set("inherit")
        self.file.sudo().grade_id = self.grade_c
        self._assert_beyond(self._write, grade_id=self.grade_a.id)
        review = self._review(kind="event", limit_mode="keep", grade_id=self.grade_a.id)
        review.action_submit()
        self.assertEqual(review.step_ids.mapped("key"), [20, 30])
        self.company.write(
            {"credit_limit_mode": "amount", "credit_default_limit": 100.0}
        )
        vals = {"company_id": self.company.id, "grade_id": self.grade_a.id}
        Files = self.env["credit.file"].with_user(self.approver)
        self._assert_beyond(
            Files.create, vals | {"partner_id": self._customer("Born").id}
        )
        self.grade_a.credit_limit = 40_000.0
        born = Files.create(vals | {"partner_id": self._customer("Born").id})
        self.assertEqual(born.grade_id, self.grade_a)

    def test_worst_grade_weighs(self):
        """Where only the manager decides on grade E, nobody else lifts it."""
        self._allow(
            self.manager, step=40, joint=True, grade_ids=[Command.set(self.grade_e.ids)]
        )
        self.file.sudo().grade_id = self.grade_e
        self._assert_beyond(self._write, grade_id=self.grade_c.id)

    def test_terms_deposit_and_group_take_it_as_well(self):
        """Easier ones only; stricter ones are the approver's."""
        group = self.env["credit.group"].create(
            {"name": "Group", "limit_mode": "amount", "credit_limit": 500.0}
        )
        self._set(amount=60_000.0)
        self.file.sudo().write(
            {
                "payment_term_id": self.term.id,
                "deposit_pct": 20.0,
                "max_discount_pct": 2.0,
                "group_id": group.id,
                "state": "stop",
            }
        )
        longer = self.env.ref("account.account_payment_term_45days")
        for easier in (
            {"payment_term_id": longer.id},
            {"payment_term_id": False},
            {"deposit_pct": 10.0},
            {"max_discount_pct": 3.0},
            {"group_exempt": True},
            {"group_id": False},
            {"state": "watch"},
        ):
            with self.subTest(easier):
                self._assert_beyond(self._write, **easier)
        self._write(
            payment_term_id=self.immediate.id, deposit_pct=30.0, max_discount_pct=1.0
        )
        self.assertEqual(self.file.deposit_pct, 30.0)

    def test_override_that_sets_the_grade_is_weighed(self):
        """Where the company lets scores set grades, an override does."""
        self._set(amount=60_000.0)
        self.file.sudo().grade_id = self.grade_c
        self.company.credit_score_sets_grade = True
        Override = self.env["credit.score.override"].with_user(self.approver)
        vals = {
            "file_id": self.file.id,
            "reason": "Known for years",
            "date_to": END_OF_JUNE,
        }
        self._assert_beyond(Override.create, vals | {"grade_id": self.grade_a.id})
        Override.create(vals | {"grade_id": self.grade_e.id})
        self.assertEqual(self.file.grade_id, self.grade_e)

    # -- whose review it is -----------------------------------------------------------
    def test_nobody_takes_the_review_of_a_colleague(self):
        """Owner, or approver, hands it over; an owner by name takes nothing back."""
        review = self._submit(2000.0)
        stolen = review.with_user(self.analyst)
        with self.assertRaisesRegex(AccessError, "in the hands of"):
            stolen.user_id = self.analyst
        review.with_user(self.approver).user_id = self.analyst
        for call in (stolen.action_take_back, stolen.action_withdraw):
            with self.assertRaisesRegex(AccessError, "is the work of"):
                call()
        stolen.user_id = self.clerk
        review.action_take_back()
        self.assertEqual(review.state, "in_review")
        review.user_id = self.analyst
        self.assertEqual(review.user_id, self.analyst)

    # -- signatures and the log -------------------------------------------------------
    def _log(self, event):
        return self.env["credit.log"].search(
            [("file_id", "=", self.file.id), ("event", "=", event)], limit=1
        )

    def _signed_by_the_approver(self):
        review = self._submit(60_000.0)
        self._sign(review, self.approver, reason="Good figures")
        self.assertEqual(review.state, "to_approve")
        self.env["credit.authority"].search([]).joint = False
        lines = self.env["credit.authority"].search(
            [("user_id", "=", self.approver.id), ("step", "=", 20)]
        )
        lines.write({"joint": True, "unlimited": True})
        return review

    def test_table_made_easier_finishes_what_is_signed(self):
        """By the job, in the name of who signed last."""
        review = self._signed_by_the_approver()
        self._run_job("ir_cron_review_remind")
        self.env.invalidate_all()
        self.assertRecordValues(
            review, [{"state": "approved", "decided_by": self.approver.id}]
        )
        self.assertEqual(self.file.credit_limit, 60_000.0)
        self.assertEqual(review.limit_line_id.approved_by, self.approver)

    def test_table_made_easier_is_finished_by_approving(self):
        """In the name of who signed; refusing is too late, auditors finish nothing."""
        review = self._signed_by_the_approver()
        with self.assertRaisesRegex(UserError, "all signatures"):
            self._sign(review, self.manager, "reject")
        with self.assertRaises(AccessError):
            self._sign(review, self.auditor)
        self._sign(review, self.manager)
        self.assertRecordValues(
            review, [{"state": "approved", "decided_by": self.approver.id}]
        )

    def test_table_made_easier_leaves_nothing_stuck(self):
        """What no longer fits goes back to work, and the log says why."""
        review = self._signed_by_the_approver()
        review.sudo().item_ids[0].write({"done": False, "mandatory": True})
        review.sudo()._remind()
        self.assertEqual(review.state, "in_review")
        self.assertEqual(self.file.credit_limit, 1000.0)
        self.assertIn("checklist is still open", self._log("review_returned").reason)

    def test_every_signature_is_logged(self):
        """Who, for whom, when and why; why a review went back; and the deposit."""
        self._delegate(self.approver, self.analyst)
        review = self._submit(60_000.0)
        self._sign(review, self.analyst, reason="Good figures")
        entry = self._log("review_signed")
        self.assertEqual(entry.reason, "Good figures")
        self.assertEqual(entry.after["decided_by"][0], self.analyst.id)
        self.assertEqual(entry.after["decided_for_id"][0], self.approver.id)
        self.assertEqual(entry.after["review_id"][0], review.id)
        self.assertIn("decided_on", entry.after)
        self.assertEqual(entry.user_id, self.analyst.id)
        self._sign(review, self.manager, "return", "Ask for the accounts")
        entry = self._log("review_returned")
        self.assertEqual(entry.reason, "Ask for the accounts")
        self.assertEqual(entry.before["signed"][0][1], self.analyst.display_name)
        self._delegate(self.manager, self.approver)
        self.env["credit.authority"].search(
            [("user_id", "=", self.approver.id)]
        ).unlink()
        review.action_submit()
        self._sign(review, self.approver, reason="Seen")
        entry = self._log("review_approved")
        self.assertEqual(entry.after["decided_for_id"][0], self.manager.id)
        self.file.deposit_pct = 12.0
        self.assertEqual(float(self._log("file_changed").after["deposit_pct"]), 12.0)
        self.assertEqual(review.decided_for_id, self.manager)

    def test_mass_change_is_rejected_with_a_reason(self):
        """The log has its values, and why."""
        Batch = self.env["credit.limit.batch"].with_user(self.clerk)
        batch = Batch._make(
            self.file, "percent", "Spring", value=15.0, cap_pct=20.0, to=JULY
        )
        batch.action_submit()
        mine = batch.with_user(self.analyst)
        with self.assertRaisesRegex(UserError, "Give the reason"):
            mine._reject(" ")
        action = mine.action_reject()
        dialog = self.env[action["res_model"]].with_user(self.analyst)
        dialog = dialog.with_context(**action["context"]).create({"reason": "Too much"})
        dialog.action_reject()
        self.assertRecordValues(
            batch, [{"state": "rejected", "decision_reason": "Too much"}]
        )
        entry = self.env["credit.log"].search(
            [("model", "=", batch._name), ("res_id", "=", batch.id)], limit=1
        )
        self.assertEqual(entry.reason, "Too much")
        self.assertEqual(entry.after["date_to"], "2026-07-01")
        self.assertEqual(float(entry.after["value"]), 15.0)
        self.assertEqual(float(entry.after["max_increase_pct"]), 20.0)

    # -- minor ------------------------------------------------------------------------
    def test_second_click_opens_the_same_request(self):
        """One draft for a held order, with what it needs by now."""
        hold = self._request(self.order)
        mine = hold.with_user(self.clerk)
        first, second = (mine.action_request_limit()["res_id"] for _ in range(2))
        self.assertEqual(first, second)
        plain = self.file.with_user(self.clerk).action_request_limit()["res_id"]
        self.assertNotEqual(plain, first)

    def test_review_made_at_that_moment_stops_no_job(self):
        """The one of a colleague stays, all others are made."""
        self.company.credit_review_auto = True
        self.file.next_review_date = TODAY
        Review = self.env.registry["credit.review"]
        make, calls = Review._make_periodic, []

        def overtaken(model, files):
            calls.append(files)
            if len(calls) == 1:
                raise UniqueViolation
            return make(model, files)

        with patch.object(Review, "_make_periodic", overtaken):
            self._run_job("ir_cron_review_make")
        self.assertEqual(len(calls), 2)
        self.assertEqual(self.file.review_ids.kind, "periodic")

    def test_prospect_stays_one_where_nothing_is_granted(self):
        """A look at him opens nothing; a limit does."""
        for values, state in (
            ({"kind": "event", "limit_mode": "keep"}, "prospect"),
            ({"kind": "event", "limit_mode": "none"}, "prospect"),
            ({"kind": "event", "limit_mode": "amount", "credit_limit": 9.0}, "open"),
            ({"kind": "application", "limit_mode": "keep"}, "open"),
        ):
            with self.subTest(values):
                self.file.sudo().state = "prospect"
                review = self._review(**values)
                review.action_submit()
                self._sign(review, self.analyst)
                self.assertEqual(self.file.state, state)
