"""Reviews: what is prepared, who signs, and what follows from the last signature."""

from lxml import html

from odoo import Command, fields
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import Form, tagged

from .common import TODAY
from .review_common import ReviewCommon


@tagged("post_install", "-at_install")
class TestReview(ReviewCommon):
    # -- the way through ------------------------------------------------------------
    def test_approved_limit_works_at_the_gate(self):
        """Order held before, confirmed after; file, journal and review agree."""
        self.file.write({"state": "prospect", "next_review_date": False})
        with self.assertRaises(RedirectWarning):
            self.order.with_user(self.seller).action_confirm()
        hold = self._request(self.order)
        review = self._submit(
            2000.0,
            kind="application",
            grade_id=self.grade_c.id,
            payment_term_id=self.term.id,
            deposit_pct=20.0,
        )
        self.assertEqual(review.state, "to_approve")
        self.assertEqual(self.file.credit_limit, 1000.0)
        self._sign(review, self.analyst, reason="Balance sheet is fine")
        self.assertEqual(review.state, "approved")
        self.assertRecordValues(
            self.file,
            [
                {
                    "state": "open",
                    "credit_limit": 2000.0,
                    "grade_id": self.grade_c.id,
                    "payment_term_id": self.term.id,
                    "deposit_pct": 20.0,
                    "last_review_date": TODAY,
                    "next_review_date": fields.Date.to_date("2026-12-15"),
                }
            ],
        )
        self.assertEqual(self.customer.property_payment_term_id, self.term)
        line = self.file.limit_line_ids[0]
        self.assertRecordValues(
            line,
            [
                {
                    "source": "review",
                    "review_id": review.id,
                    "approved_by": self.analyst.id,
                    "amount": 2000.0,
                }
            ],
        )
        self.assertEqual(review.limit_line_id, line)
        self.assertIn("Balance sheet is fine", line.reason)
        log = self.env["credit.log"].search([("file_id", "=", self.file.id)])
        events = log.mapped("event")
        self.assertIn("review_submitted", events)
        entry = log.filtered(lambda entry: entry.event == "review_approved")
        self.assertEqual(
            (entry.after["state"], entry.reason), ("approved", "Balance sheet is fine")
        )
        self.assertIn("limit_set", events)
        self.assertEqual(hold.state, "waiting")
        self.order.with_user(self.seller).action_confirm()
        self.assertEqual(self.order.state, "sale")

    def test_granted_terms_reach_quotations_of_company_and_branches(self):
        """Terms that the review left alone stay those of the contact."""
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        at_branch = self.customer.with_company(branch)
        self.customer.property_payment_term_id = self.immediate
        self._sign(self._submit(2000.0), self.analyst)
        self.assertEqual(self.customer.property_payment_term_id, self.immediate)
        self._sign(self._submit(3000.0, payment_term_id=self.term.id), self.manager)
        for partner in (self.customer, at_branch):
            self.assertEqual(partner.property_payment_term_id, self.term)
        self.assertEqual(self._order(10.0).payment_term_id, self.term)

    def test_checklist_comes_from_the_most_specific_template(self):
        """Kind and grade before kind alone; mandatory points hold the review up."""
        self.file.grade_id = self.env.ref("credit_control.credit_grade_d")
        review = self._review(kind="periodic", done=False)
        weak = self.env.ref("credit_control.credit_review_template_periodic_weak")
        self.assertEqual(review.template_id, weak)
        self.assertEqual(review.item_ids.mapped("name"), weak.item_ids.mapped("name"))
        self.assertEqual(review.open_item_count, 3)
        with self.assertRaisesRegex(UserError, "checklist is still open: Payment"):
            review.action_submit()
        first = review.item_ids[0]
        first.done = True
        self.assertRecordValues(
            first,
            [{"done_by": self.clerk.id, "done_on": fields.Datetime.now()}],
        )

    def test_point_opened_again_cannot_be_approved(self):
        """The checklist is asked again at the last signature."""
        review = self._submit(2000.0)
        review.sudo().item_ids[0].write({"done": False, "mandatory": True})
        with self.assertRaisesRegex(UserError, "checklist is still open"):
            self._sign(review, self.analyst)
        self.assertEqual(review.state, "to_approve")
        self.assertEqual(self.file.credit_limit, 1000.0)

    def test_activity_plan_of_the_template_begins_with_the_review(self):
        """An application schedules what its template's plan asks for."""
        review = self._review(kind="application")
        summaries = review.activity_ids.mapped("summary")
        self.assertIn("Call two trade references", summaries)
        self.assertIn(self.clerk, review.activity_ids.user_id)

    def test_rejected_and_withdrawn_change_nothing(self):
        """A refusal leaves the file as it is, and closes the activities."""
        review = self._submit(2000.0)
        self._sign(review, self.analyst, "reject", "Too risky")
        self.assertEqual(review.state, "rejected")
        self.assertEqual(self.file.credit_limit, 1000.0)
        self.assertFalse(review.activity_ids)
        with self.assertRaisesRegex(UserError, "Rejected"):
            self._sign(review, self.analyst)
        other = self._submit(3000.0)
        other.action_withdraw()
        self.assertEqual(other.state, "withdrawn")
        self.assertEqual(self.file.credit_limit, 1000.0)

    def test_returned_review_needs_all_signatures_anew(self):
        """Back to work: what was signed counts no more."""
        review = self._submit(250_000.0)
        self._sign(review, self.approver)
        self._sign(review, self.manager, "return", "Ask for the accounts")
        self.assertEqual(review.state, "in_review")
        self.assertFalse(review.step_ids)
        review.action_submit()
        self.assertEqual(len(review.step_ids), 2)
        self.assertFalse(review.step_ids.decided_by)

    def test_what_was_not_proposed_is_not_reverted(self):
        """A deposit agreed meanwhile stays, though the review was made before."""
        review = self._submit(2000.0)
        self.file.deposit_pct = 30.0
        self._sign(review, self.analyst)
        self.assertEqual(self.file.deposit_pct, 30.0)

    def test_temporary_limit_is_granted_on_top(self):
        """A request for a time leaves the permanent limit alone."""
        review = self._submit(500.0, limit_kind="temporary", limit_date_to="2026-07-15")
        self._sign(review, self.analyst)
        self.assertEqual(self.file.credit_limit, 1000.0)
        self.assertRecordValues(
            review.limit_line_id,
            [
                {
                    "kind": "temporary",
                    "amount": 500.0,
                    "date_to": fields.Date.to_date("2026-07-15"),
                }
            ],
        )

    def test_foreign_currency_is_weighed_in_company_currency(self):
        """Of a currency of half the value 100,000 are 50,000: an analyst's."""
        review = self._submit(100_000.0, currency_id=self.gold.id)
        self.assertEqual(review.step_ids.mapped("key"), [0])
        self._sign(review, self.analyst)
        self.assertEqual(self.file.currency_id, self.gold)
        more = self._submit(100_002.0, currency_id=self.gold.id)
        self.assertEqual(more.step_ids.mapped("key"), [20, 30])

    def test_all_or_nothing(self):
        """A limit that cannot be granted undoes the grade of the same decision."""
        review = self._submit(2000.0, grade_id=self.grade_c.id)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            review.sudo().limit_date_to = TODAY
            with self.at(days=3):
                self._sign(review, self.analyst)
        self.env.invalidate_all()
        self.assertFalse(self.file.grade_id)
        self.assertEqual(review.state, "to_approve")

    # -- signatures -----------------------------------------------------------------
    def test_analyst_alone_up_to_his_amount(self):
        """Up to 50,000 one signature; above it the approver's, then the manager's."""
        small = self._submit(50_000.0)
        self.assertEqual(small.step_ids.mapped("key"), [0])
        self.assertIn(self.analyst, small.approver_ids)
        small.action_withdraw()
        large = self._submit(250_000.0)
        self.assertEqual(large.step_ids.mapped("key"), [20, 30])
        self.assertEqual(large.approver_ids, self.approver)
        with self.assertRaisesRegex(AccessError, "not yours to give.*credit_approver"):
            self._sign(large, self.manager)
        self._sign(large, self.approver)
        self.assertEqual(large.state, "to_approve")
        self.assertEqual(self.file.credit_limit, 1000.0)
        self.assertEqual(large.approver_ids, self.manager)
        self._sign(large, self.manager)
        self.assertEqual(large.state, "approved")
        self.assertEqual(self.file.credit_limit, 250_000.0)

    def test_large_deal_counts_like_a_large_limit(self):
        """A held order of 60,000 asks for the higher signatures."""
        order = self._order(60_000.0, user_id=self.seller.id)
        hold = self._request(order)
        action = hold.with_user(self.clerk).action_request_limit()
        review = self.Review.browse(action["res_id"]).with_user(self.clerk)
        self.assertRecordValues(
            review,
            [{"origin": "hold", "hold_id": hold.id, "deal_amount": 60_000.0}],
        )
        review.credit_limit = 10_000.0
        review.item_ids.write({"done": True})
        review.action_start()
        review.action_submit()
        self.assertEqual(review.step_ids.mapped("key"), [20, 30])

    def test_better_grade_makes_no_request_easier(self):
        """Weighed is the worse of the grade now and the one proposed."""
        worst = self.env.ref("credit_control.credit_grade_e")
        best = self.env.ref("credit_control.credit_grade_a")
        self.file.grade_id = worst
        self._allow(
            self.manager, step=40, joint=True, grade_ids=[Command.set(worst.ids)]
        )
        review = self._submit(2000.0, grade_id=best.id)
        self.assertEqual(review.step_ids.mapped("key"), [40])

    def test_increase_beyond_the_authority_goes_higher(self):
        """A line may bound the increase; beyond it somebody else decides."""
        self.env["credit.authority"].search([]).unlink()
        self._allow(self.analyst, 50_000, max_increase_pct=50)
        self._allow(self.manager)
        self.assertIn(self.analyst, self._submit(1500.0).approver_ids)
        more = self._submit(1501.0)
        self.assertEqual(more.approver_ids, self.manager)

    def test_four_eyes(self):
        """Who asked, prepared or submitted does not sign, unless allowed."""
        review = self._review(self.analyst, limit_mode="amount", credit_limit=2000.0)
        review.with_user(self.clerk).action_submit()
        self.assertNotIn(self.analyst, review.approver_ids)
        with self.assertRaisesRegex(AccessError, "somebody else has to decide"):
            self._sign(review, self.analyst)
        self.company.credit_allow_self_decision = True
        self._sign(review, self.analyst)
        self.assertEqual(review.state, "approved")

    def test_one_person_signs_once(self):
        """Two signatures are those of two people, even where one could give both."""
        self._allow(self.manager, step=20, joint=True, joint_above=50_000)
        review = self._submit(250_000.0)
        with self.assertRaisesRegex(UserError, "Nobody may give"):
            self._sign(review, self.manager)

    def test_nobody_to_sign_is_said_at_once(self):
        """A review that nobody may approve is not submitted into the void."""
        self.env["credit.authority"].search([]).unlink()
        review = self._review(limit_mode="amount", credit_limit=2000.0)
        with self.assertRaisesText("Ask a credit manager"):
            review.action_submit()
        self.env["credit.authority"].create(
            {"user_id": self.clerk.id, "unlimited": True}
        )
        with self.assertRaisesRegex(UserError, "whoever prepared it"):
            review.action_submit()

    def test_table_changed_meanwhile_counts(self):
        """What is asked for is read anew at each signature."""
        review = self._submit(2000.0)
        self.env["credit.authority"].search(
            [("user_id", "=", self.analyst.id)]
        ).unlink()
        with self.assertRaises(AccessError):
            self._sign(review, self.analyst)
        self.assertEqual(review.state, "to_approve")

    def test_unchanged_limit_is_weighed_as_it_is(self):
        """A grade for a customer with 60,000 needs the signatures over 60,000."""
        self.file.sudo().write({"credit_limit": 60_000.0, "limit_reason": "Test"})
        review = self._review(kind="event", limit_mode="keep", grade_id=self.grade_c.id)
        review.action_submit()
        self.assertEqual(review.step_ids.mapped("key"), [20, 30])

    # -- what is shown --------------------------------------------------------------
    def test_comparison_and_proposal_are_shown_with_figures(self):
        """Now beside proposed; formula, result and what is left out."""
        self.env["credit.insurance.cover"].create(
            {
                "file_id": self.file.id,
                "insurer_id": self._customer("Insurer").id,
                "insured_limit": 1234.0,
            }
        )
        review = self._review(limit_mode="amount", credit_limit=2000.0)
        self.assertEqual(review.proposal_amount, 1200.0)
        table = html.fromstring(str(review.proposal_html))
        insurer = table.xpath("//tr[@data-code='insurer']")[0].text_content()
        self.assertIn("1,234.00", insurer)
        self.assertIn("Insurer", insurer)
        worth = table.xpath("//tr[@data-code='net_worth']")[0].text_content()
        self.assertIn("No figure is known", worth)
        comparison = html.fromstring(str(review.comparison_html)).text_content()
        self.assertIn("1,000.00", comparison)
        self.assertIn("2,000.00", comparison)
        review.action_take_proposal()
        self.assertEqual(review.credit_limit, 1200.0)

    def test_proposal_from_the_ledger(self):
        """Invoices of 12 months, credit notes off, by terms and grade; contacts count
        for their customer, other companies do not."""
        contact = self.env["res.partner"].create(
            {"name": "Shop", "parent_id": self.customer.id}
        )
        self._invoice(9000.0, due_in=10)
        self._invoice(4000.0, due_in=-100, partner=contact)
        self._invoice(-1000.0)
        self._invoice(50_000.0, due_in=-400)
        self._invoice(70_000.0, post=False)
        self.company.credit_proposal_max_increase_pct = 0
        self.file.write({"grade_id": self.env.ref("credit_control.credit_grade_a").id})
        self.file.payment_term_id = self.term
        proposal = self.env["credit.proposal"]._get_proposals(self.file)[self.file.id]
        [sales] = [term for term in proposal.terms if term.code == "monthly_sales"]
        self.assertEqual(sales.formula, "1,000.00 × 30 ÷ 30 × 1.5 = 1,500.00")
        self.assertEqual(proposal.amount, 1500.0)
        self.company.credit_proposal_turnover_source = "ledger"
        proposal = self.env["credit.proposal"]._get_proposals(self.file)[self.file.id]
        self.assertEqual((proposal.decided_by, proposal.amount), ("turnover", 600.0))
        # 600 are 1,200 of the other currency, the step of 500 is one of 1,000
        self.company.credit_proposal_step = 500.0
        other = self.setup_other_currency("EUR", rates=[("2020-01-01", 2.0)])
        self.file.write({"currency_id": other.id, "limit_reason": "Moved"})
        proposal = self.env["credit.proposal"]._get_proposals(self.file)[self.file.id]
        self.assertEqual(proposal.amount, 1000.0)

    def test_reviews_cost_the_same_for_one_and_fifty(self):
        """Snapshot, proposal, checklist, number and activity are made in batches."""
        files = self.env["credit.file"].union(
            *(
                self._file(
                    limit=5.0, partner=self._customer(f"N {n}"), user_id=self.analyst.id
                )
                for n in range(50)
            )
        )

        def make(some):
            return self.Review.create(
                [
                    {"file_id": file.id, "kind": "event", "user_id": file.user_id.id}
                    for file in some
                ]
            )

        few = self._count_queries(lambda: make(files[:1]))
        many = self._count_queries(lambda: make(files))
        self.assertLessEqual(many, few + 2)

    def test_form_makes_a_review(self):
        """The form asks for the customer; number and checklist come by themselves."""
        form = Form(self.Review.with_user(self.clerk))
        form.file_id = self.file
        form.kind = "periodic"
        review = form.save()
        self.assertRegex(review.name, r"CR/2026/\d{5}")
        self.assertTrue(review.item_ids)
        with Form(review) as form:
            form.limit_mode = "amount"
            form.credit_limit = 1500.0
        self.assertEqual(review.credit_limit, 1500.0)

    def test_simulation_names_the_people(self):
        """Who must approve 250,000 for grade C? The same answer as the review's."""
        self._delegate(self.manager, self.clerk)
        wizard = self.env["credit.authority.simulation"].with_user(self.auditor)
        wizard = wizard.create({"amount": 250_000.0, "grade_id": self.grade_c.id})
        plan = wizard._get_plan()
        self.assertEqual(plan[0]["people"], [self.approver.name])
        self.assertIn(self.manager.name, plan[1]["people"])
        self.assertIn(f"{self.clerk.name} for {self.manager.name}", plan[1]["people"])
        self.assertIn(self.approver.name, str(wizard.result_html))
        other = self._other_company()
        with self.assertRaisesRegex(AccessError, "your own companies"):
            self.env["credit.authority.simulation"].with_user(self.clerk).create(
                {"amount": 1.0, "company_id": other.id}
            )._get_plan()

    def _assess(self):
        """A score, a statement, a rating and an alert."""
        self.env["credit.financial.statement"].create(
            {
                "file_id": self.file.id,
                "period_end": "2025-12-31",
                "total_assets": 1000.0,
                "total_liabilities": 600.0,
            }
        )
        agency = self.env["credit.agency"].search([], limit=1)
        self.env["credit.rating"].create(
            {"file_id": self.file.id, "agency_id": agency.id, "value": "250"}
        )
        self.file._rescore()
        rule = self.env["credit.alert.rule"].create(
            {"name": "Late", "indicator": "overdue", "threshold": 30.0}
        )
        self.env["credit.alerting"].sudo()._evaluate_now(rule)

    def test_review_keeps_the_score_that_it_saw(self):
        """A later score does not change what was decided on."""
        self._overdue_invoice(300.0, 40)
        self.file._rescore()
        review = self._review()
        before = self.file.score_id
        self.assertEqual(review.score_id, before)
        self.assertEqual(review.score_line_ids, before.line_ids)
        self.assertTrue(
            review.with_user(self.clerk).score_line_ids.mapped("value_text")
        )
        self._overdue_invoice(3000.0, 200)
        self.file._rescore()
        self.assertNotEqual(self.file.score_id, before)
        self.assertEqual(review.score_id, before)

    def test_another_grade_proposes_its_terms_and_deposit(self):
        """No longer terms than the grade allows, and its deposit; the same grade
        leaves what was agreed."""
        grade = self.env["credit.grade"].create(
            {"code": "T", "name": "T", "max_terms_days": 15, "deposit_pct": 30.0}
        )
        short = self.env.ref("account.account_payment_term_15days")
        self.file.write({"payment_term_id": self.term.id, "deposit_pct": 5.0})
        review = self._review()
        self.assertEqual((review.payment_term_id, review.deposit_pct), (self.term, 5.0))
        review.grade_id = grade
        self.assertEqual((review.payment_term_id, review.deposit_pct), (short, 30.0))
        grade.max_terms_days = 60
        review.grade_id = self.grade_c
        review.grade_id = grade
        self.assertEqual(review.payment_term_id, self.term)

    def test_credit_report_renders_every_chapter(self):
        """One click on the file: basics, limits, exposure, ageing, reviews, holds."""
        self._overdue_invoice(300.0, 40)
        self._request(self.order)
        self._submit(2000.0)
        self._assess()
        report = self.env["ir.actions.report"].with_user(self.clerk)
        content, _kind = report._render_qweb_html(
            "credit_control.report_credit_file", self.file.ids
        )
        text = html.fromstring(content).text_content()
        for part in (
            "Bright Tools",
            "Limit and its History",
            "Ageing of Open Items",
            "Held Orders",
            "Reviews",
            "Limit by the Figures",
            "Payment Behaviour",
            "Largest Delay",
            "Financial Statements",
            "Debt Ratio (%)",
            "Ratings of Agencies",
            "Early Warnings",
            "40 days past due",
        ):
            self.assertIn(part, text)
        self.assertIn(self.file.score_id.scorecard_id.name, text)
        self.assertIn(f"{self.file.score:.1f}", text)
        with self.assertRaises(AccessError):
            report.with_user(self.seller)._render_qweb_html(
                "credit_control.report_credit_file", self.file.ids
            )

    def test_merged_customers_keep_one_open_review(self):
        """The kept customer's review goes on, the other's history comes along."""
        other = self._customer("Bright Twin")
        twin = self._file(limit=10.0, partner=other)
        kept = self._review(kind="periodic")
        double = self._review(kind="periodic", file_id=twin.id)
        self.file._absorb(twin)
        self.assertEqual(double.state, "withdrawn")
        self.assertEqual(double.file_id, self.file)
        self.assertEqual(kept.state, "in_review")
