"""Reviews made by schedule, approvers reminded, limits changed by the hundred."""

import io
from unittest.mock import patch

from openpyxl import load_workbook

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import TODAY
from .review_common import ReviewCommon

MAKE, REMIND, APPLY = (
    "ir_cron_review_make",
    "ir_cron_review_remind",
    "ir_cron_limit_batch",
)


@tagged("post_install", "-at_install")
class TestReviewJobs(ReviewCommon):
    def _many(self, count, **values):
        """So many files with a limit of 1,000 each."""
        partners = self.env["res.partner"].create(
            [{"name": f"Many {n:02}", "is_company": True} for n in range(count)]
        )
        return (
            self.env["credit.file"]
            .sudo()
            .create(
                [
                    {
                        "partner_id": partner.id,
                        "company_id": self.company.id,
                        "limit_mode": "amount",
                        "credit_limit": 1000.0,
                        **values,
                    }
                    for partner in partners
                ]
            )
        )

    def _made(self, files):
        return self.Review.search(
            [("file_id", "in", files.ids), ("kind", "=", "periodic")]
        )

    # -- periodic reviews -----------------------------------------------------------
    def test_nothing_is_made_before_the_company_says_so(self):
        """Installing makes no work for anybody."""
        self.file.next_review_date = TODAY
        self._run_job(MAKE)
        self.assertFalse(self._made(self.file))

    def test_due_files_get_one_review_each(self):
        """Within the lead time, owned by who looks after the customer, once."""
        self.company.write(
            {"credit_review_auto": True, "credit_review_user_id": self.analyst.id}
        )
        self.file.write({"next_review_date": TODAY, "user_id": self.clerk.id})
        later, closed, ours = self._many(3)
        later.next_review_date = fields.Date.add(TODAY, days=31)
        closed.write({"next_review_date": TODAY, "state": "closed"})
        ours.next_review_date = fields.Date.add(TODAY, days=10)
        self._run_job(MAKE)
        self._run_job(MAKE)
        made = self._made(self.file | later | closed | ours)
        self.assertEqual(made.file_id, self.file | ours)
        self.assertEqual(len(made), 2)
        own = made.filtered(lambda review: review.file_id == self.file)
        self.assertRecordValues(
            own, [{"user_id": self.clerk.id, "date_due": TODAY, "origin": "job"}]
        )
        self.assertEqual(own.activity_ids.user_id, self.clerk)
        self.assertEqual((made - own).user_id, self.analyst)

    def test_work_is_spread_and_never_late(self):
        """Files due on one day are done on different days, none after it."""
        self.company.credit_review_auto = True
        due = fields.Date.add(TODAY, days=30)
        files = self._many(30, next_review_date=due)
        self._run_job(MAKE)
        days = self._made(files).mapped("date_due")
        self.assertEqual(len(days), 30)
        self.assertGreater(len(set(days)), 15)
        self.assertTrue(all(TODAY <= day <= due for day in days))

    def test_first_review_by_the_rhythm_of_the_grade(self):
        """A graded file without date is planned; a large exposure is looked at more
        often; without rhythm nothing is planned."""
        self.company.write(
            {
                "credit_review_auto": True,
                "credit_review_large_exposure": 500.0,
                "credit_review_large_months": 2,
            }
        )
        calm, large, free = self._many(3, last_review_date=TODAY)
        (calm | large).grade_id = self.grade_c
        large.sudo().exposure = 500.0
        # 1,000 of the other currency are 500 of the company's
        other = self.setup_other_currency("EUR", rates=[("2020-01-01", 2.0)])
        moved = {"currency_id": other.id, "limit_reason": "Moved"}
        (large | calm).sudo().write(moved)
        large.sudo().exposure = 1000.0
        calm.sudo().exposure = 998.0
        self._run_job(MAKE)
        self.assertEqual(calm.next_review_date, fields.Date.to_date("2026-12-15"))
        self.assertEqual(large.next_review_date, fields.Date.to_date("2026-08-15"))
        self.assertFalse(free.next_review_date)

    def test_making_costs_the_same_for_one_and_fifty(self):
        """A batch is a constant number of queries."""
        self.company.credit_review_auto = True
        files = self._many(101, next_review_date=TODAY, user_id=self.clerk.id)
        make = self.Review.sudo()._make_periodic
        batches = iter([files[:1], files[1:2], files[2:51], files[51:]])

        def run():
            make(next(batches))

        few, many = self._count_queries(run), self._count_queries(run)
        self.assertLessEqual(many, few + 2)

    def test_overdue_review_stops_orders_by_rule(self):
        """The gate reads the next review; an approved review moves it and frees."""
        self.file.write({"next_review_date": "2026-05-01", "user_id": self.clerk.id})
        self.env["credit.rule"].create(
            {"rule_type": "review_overdue", "threshold": 30, "scope": "all"}
        )
        order = self._order(100.0, user_id=self.seller.id)
        verdict = order._get_credit_verdicts()[order.id]
        self.assertIn("review_overdue", [reason.code for reason in verdict.reasons])
        review = self._review(kind="periodic")
        review.action_submit()
        self._sign(review, self.analyst)
        verdict = order._get_credit_verdicts()[order.id]
        self.assertNotIn("review_overdue", [reason.code for reason in verdict.reasons])

    def test_late_and_own_reviews_are_found(self):
        """Late, mine, and to approve by me: what the filters ask."""
        late = self._review(kind="event", date_due="2026-06-01", user_id=self.clerk.id)
        asked = self._submit(2000.0)
        Review = self.Review.with_user(self.analyst)
        self.assertEqual(Review.search([("is_late", "=", True)]), late)
        self.assertTrue(late.is_late)
        self.assertNotIn(asked, Review.search([("is_late", "=", True)]))
        mine = [("state", "=", "to_approve"), ("approver_ids", "in", self.analyst.id)]
        self.assertEqual(Review.search(mine), asked)

    # -- reminders ------------------------------------------------------------------
    def test_approvers_are_reminded_then_managers_told(self):
        """After three days a reminder, after seven the managers, each once."""
        review = self._submit(250_000.0)
        self.assertEqual(review.activity_ids.user_id, self.approver)
        for days, reminded, escalated in [(2, 0, 0), (3, 1, 0), (5, 1, 0), (8, 1, 1)]:
            with self.subTest(days=days), self.at(days=days):
                self._run_job(REMIND)
                self.assertEqual(bool(review.reminded_on), bool(reminded))
                self.assertEqual(bool(review.escalated_on), bool(escalated))
        self.assertIn(self.manager, review.activity_ids.user_id)
        with self.at(days=9):
            before = len(review.activity_ids)
            self._run_job(REMIND)
            self.assertEqual(len(review.activity_ids), before)

    def test_new_delegate_may_sign_from_his_first_day(self):
        """The job lets who stands in find the review among his."""
        review = self._submit(250_000.0)
        self._delegate(self.approver, self.analyst, days=(1, 3))
        with self.at(days=1):
            self._run_job(REMIND)
            self.assertIn(self.analyst, review.approver_ids)
        with self.at(days=4):
            self._run_job(REMIND)
            self.assertNotIn(self.analyst, review.approver_ids)

    # -- contact rhythm ---------------------------------------------------------------
    def test_contact_is_due_by_the_rhythm_of_the_grade(self):
        """The last valid contact and the grade's days; list and field agree."""
        self.grade_c.contact_days = 30
        never, spoken, silent = self._many(3, grade_id=self.grade_c.id)
        free = self._many(1)
        result = self.env.ref("credit_control.credit_contact_result_no_answer")
        log = self.env["credit.contact"]._log
        log(spoken.partner_id, self.company, result, date="2026-06-10 08:00:00")
        log(silent.partner_id, self.company, result, date="2026-05-10 08:00:00")
        due = self.env["credit.file"].search([("contact_due", "=", True)])
        self.assertEqual(due & (never | spoken | silent | free), never | silent)
        self.assertEqual(spoken.next_contact_date, fields.Date.to_date("2026-07-10"))
        for file in never | spoken | silent | free:
            self.assertEqual(file.contact_due, file in due)
        # 9 June is a Tuesday, 13 June a Saturday: Monday, today
        self.grade_c.contact_days = 34
        due = self.env["credit.file"].search([("contact_due", "=", True)])
        self.assertIn(silent, due)
        self.assertEqual(silent.next_contact_date, TODAY)
        not_due = self.env["credit.file"].search([("contact_due", "=", False)])
        self.assertIn(spoken, not_due)
        self.assertNotIn(silent, not_due)

    def test_next_contact_is_proposed_by_the_rhythm(self):
        """Where the result of a contact proposes no date, the grade does."""
        self.grade_c.contact_days = 30
        self.file.grade_id = self.grade_c
        result = self.env["credit.contact.result"].create({"name": "Spoken to"})
        wizard = self.env["credit.contact.wizard"].with_user(self.clerk)
        wizard = wizard.create(
            {
                "partner_ids": [Command.set(self.customer.ids)],
                "result_id": result.id,
            }
        )
        self.assertEqual(wizard.next_date, fields.Date.to_date("2026-07-15"))

    # -- mass change ------------------------------------------------------------------
    def _batch(self, files, method="percent", user=None, **values):
        values = {"value": 10.0, "reason": "Good year"} | values
        batch = self.env["credit.limit.batch"].with_user(user or self.clerk)
        return batch._make(files, method, **values)

    def test_one_approval_changes_all_limits(self):
        """Ten percent more, rounded; journal, files, contacts and notes follow."""
        files = self._many(3)
        batch = self._batch(files, value=15.5, step=100.0)
        self.assertEqual(batch.line_ids.mapped("new_limit"), [1100.0] * 3)
        batch.action_submit()
        with self.assertRaisesRegex(AccessError, "did not make it"):
            batch.action_approve()
        batch.with_user(self.analyst).action_approve()
        self.assertRecordValues(
            batch, [{"state": "applied", "decided_by": self.analyst.id}]
        )
        for file in files:
            self.assertEqual(file.credit_limit, 1100.0)
            self.assertEqual(file.effective_limit, 1100.0)
            self.assertEqual(file.partner_id.credit_limit, 1100.0)
            line = file._get_line_in_force()
            self.assertEqual(line.approved_by, self.analyst)
            self.assertIn("Good year", line.reason)
            self.assertIn("Good year", "".join(file.message_ids.mapped("body")))

    def test_methods_cap_and_errors(self):
        """Absolute, percent, by formula; an increase is capped; what cannot be said is
        an error of its line, which may be taken out."""
        file, free = self._many(2)
        free.sudo()._set_limit("inherit", reason="Test")
        self.env["credit.insurance.cover"].create(
            {
                "file_id": file.id,
                "insurer_id": self._customer("Insurer").id,
                "insured_limit": 1234.0,
            }
        )
        both = file | free
        absolute = self._batch(both, "amount", value=5000.0, cap_pct=20.0)
        new = {line.file_id: line.new_limit for line in absolute.line_ids}
        self.assertEqual(new, {file: 1200.0, free: 5000.0})
        percent = self._batch(both, value=-50.0)
        wrong = percent.line_ids.filtered(lambda line: line.state == "error")
        self.assertEqual(wrong.file_id, free)
        self.assertIn("no limit to take a percentage of", wrong.error)
        wrong.unlink()
        self.assertEqual(percent.line_ids.new_limit, 500.0)
        formula = self._batch(both, "formula")
        found = {
            line.file_id: (line.new_limit, line.state) for line in formula.line_ids
        }
        self.assertEqual(found[file], (1200.0, "waiting"))
        self.assertEqual(found[free][1], "error")

    def test_rounding_makes_no_cut_of_an_increase(self):
        """10 % more than 150 is 165: with a step of 100 it stays 150."""
        [file] = self._many(1)
        for now, value, new in (
            (150.0, 10.0, 150.0),
            (90.0, 10.0, 90.0),
            (150.0, 50.0, 200.0),
            (150.0, -10.0, 100.0),
        ):
            file.sudo()._set_limit("amount", now, reason="Test")
            batch = self._batch(file, value=value, step=100.0)
            self.assertEqual(batch.line_ids.new_limit, new)

    def test_checklist_is_in_the_language_of_the_company(self):
        """The job has no language of its own; what it writes stays."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.company.write({"credit_review_auto": True})
        self.company.partner_id.lang = "fr_FR"
        template = self.env["credit.review.template"].create(
            {
                "name": "Ours",
                "kind": "periodic",
                "company_id": self.company.id,
                "item_ids": [Command.create({"name": "Balance"})],
            }
        )
        template.item_ids.with_context(lang="fr_FR").name = "Bilan"
        file = self._many(1, next_review_date=TODAY)
        self._run_job(MAKE)
        self.assertEqual(self._made(file).item_ids.mapped("name"), ["Bilan"])

    def test_bad_input_of_a_mass_change(self):
        """Each with what to do about it."""
        files = self._many(1)
        _company, foreign, _stranger = self._second_company()
        both = files | foreign.sudo()
        cases = [
            (lambda: self._batch(files, value=-100.0), "cannot fall by 100"),
            (lambda: self._batch(files, "amount", value=-1.0), "cannot be negative"),
            (lambda: self._batch(files, to=fields.Date.to_date("2026-01-01")), "past"),
            (lambda: self._batch(both, user=self.env.user), "one company"),
            (lambda: self._batch(files, reason=" "), "Say why"),
        ]
        for call, text in cases:
            with self.subTest(text), self.assertRaisesRegex(UserError, text):
                call()

    def test_approver_needs_authority_for_the_largest_line(self):
        """One line above his amount, and the batch is not his."""
        self.env["credit.authority"].search([]).unlink()
        self._allow(self.analyst, 50_000)
        self._allow(self.manager)
        small, large = self._many(2)
        large.sudo().write({"credit_limit": 60_000.0, "limit_reason": "Test"})
        batch = self._batch(small | large)
        batch.action_submit()
        with self.assertRaisesRegex(AccessError, "66,000.00.*Ask: .*manager"):
            batch.with_user(self.analyst).action_approve()
        batch.with_user(self.manager).action_approve()
        self.assertEqual(large.credit_limit, 66_000.0)

    def test_lines_that_need_several_signatures_are_no_mass_change(self):
        """No way round the second signature."""
        [file] = self._many(1)
        batch = self._batch(file, "amount", value=250_000.0)
        with self.assertRaisesRegex(UserError, "needs 2 signatures"):
            batch.action_submit()

    def test_limit_changed_meanwhile_is_not_overwritten(self):
        """The line says so; the others are applied."""
        one, other = self._many(2)
        batch = self._batch(one | other)
        batch.action_submit()
        one.sudo().write({"credit_limit": 7.0, "limit_reason": "Meanwhile"})
        batch.with_user(self.analyst).action_approve()
        self.assertEqual(one.credit_limit, 7.0)
        self.assertEqual(other.credit_limit, 1100.0)
        line = batch.line_ids.filtered(lambda line: line.file_id == one)
        self.assertEqual(line.state, "error")
        self.assertIn("Look at it again", line.error)

    def test_killed_job_goes_on_and_does_nothing_twice(self):
        """Batches commit; what was applied stays, what was not comes next."""
        files = self._many(60)
        batch = self._batch(files)
        batch.action_submit()
        batch.with_user(self.analyst).action_approve()
        self.assertEqual(batch.state, "applying")
        Line = self.env.registry["credit.limit.batch.line"]
        path = "odoo.addons.credit_control.models.credit_limit_batch_applying.BATCH"
        apply, calls = Line._apply, []

        def killed(lines):
            calls.append(lines)
            if len(calls) == 3:
                raise KeyboardInterrupt
            return apply(lines)

        todo = self.env["credit.limit.batch.line"].sudo()
        with patch(path, 20), patch.object(Line, "_apply", killed):
            todo._take()._apply()
            todo._take()._apply()
            with self.assertRaises(KeyboardInterrupt):
                todo._take()._apply()
        self.assertEqual(batch.applied_count, 40)
        with patch(path, 20):
            self._run_job(APPLY)
        self.assertEqual(batch.state, "applied")
        for file in files:
            granted = file.limit_line_ids.filtered(
                lambda line: batch.name in line.reason
            )
            self.assertEqual(len(granted), 1)

    def test_applying_costs_the_same_for_one_and_fifty(self):
        """Journal, files, contacts, notes and figures in one go each."""
        files = self._many(102)
        batch = self._batch(files).sudo()
        batch.state = "applying"
        batch.decided_by = self.analyst
        lines = batch.line_ids.sorted("id")
        parts = iter([lines[:1], lines[1:2], lines[2:52], lines[52:]])

        def run():
            next(parts)._apply()
            self.env.flush_all()

        few, many = self._count_queries(run), self._count_queries(run)
        self.assertLessEqual(many, few + 3)

    def test_nobody_writes_a_mass_change_by_hand(self):
        """Neither state nor lines, by whatever role."""
        [file] = self._many(1)
        batch = self._batch(file)
        for user in (self.clerk, self.manager, self.auditor):
            for record, values in [
                (batch, {"state": "applying"}),
                (batch, {"value": 900.0}),
                (batch.line_ids, {"new_limit": 1e6}),
                (batch.line_ids, {"state": "applied"}),
            ]:
                with self.subTest(user=user.login, values=values):
                    with self.assertRaises(AccessError):
                        record.with_user(user).write(values)
        with self.assertRaises(AccessError):
            batch.copy()
        batch.action_submit()
        with self.assertRaisesRegex(UserError, "stay once it is submitted"):
            batch.line_ids.unlink()

    def test_workbook_is_safe_and_complete(self):
        """Read back: a row for each line; what looks like a formula is text."""
        files = self._many(2)
        files[0].partner_id.name = "=HYPERLINK(1)"
        batch = self._batch(files)
        sheet = load_workbook(io.BytesIO(batch._get_xlsx())).active
        rows = list(sheet.values)
        self.assertEqual(len(rows), 3)
        self.assertIn("=HYPERLINK(1)", [row[0] for row in rows])
        cells = [cell for row in sheet.iter_rows() for cell in row]
        self.assertNotIn("f", {cell.data_type for cell in cells})
        self.assertEqual({row[5] for row in rows[1:]}, {1100.0})
