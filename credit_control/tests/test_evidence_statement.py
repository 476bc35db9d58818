from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .evidence_common import EvidenceCommon


@tagged("post_install", "-at_install")
class TestEvidenceStatement(EvidenceCommon):
    """Figures of a year: what is missing is not zero, what is wrong is said."""

    def test_ratios_of_a_year(self):
        """Formulas as in tools/statements.py, stored for lists."""
        statement = self._statement()
        self.assertEqual(
            [
                statement.debt_ratio_pct,
                statement.current_ratio,
                statement.receivables_turnover,
                statement.receivables_days,
                statement.net_margin_pct,
                statement.cash_cover,
                statement.tangible_net_worth,
                statement.fiscal_year,
            ],
            [40.0, 2.0, 12.0, 30.4, 5.0, 0.5, 550.0, "2025"],
        )

    def test_missing_figure_is_not_zero(self):
        """It stays empty through form, database and RPC, and so do its ratios."""
        statement = self._statement(receivables=False, operating_cash_flow=0.0)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertIsNone(statement.receivables)
        self.assertIsNone(statement.receivables_days)
        self.assertEqual((statement.operating_cash_flow, statement.cash_cover), (0, 0))
        read = statement.read(["receivables", "receivables_days", "cash_cover"])[0]
        self.assertIs(read["receivables"], False)
        self.assertIs(read["receivables_days"], False)
        self.assertEqual(read["cash_cover"], 0.0)
        Statement = self.env["credit.financial.statement"]
        empty = Statement.search([("receivables", "=", False)])
        self.assertIn(statement, empty)
        self.assertNotIn(statement, Statement.search([("cash_cover", "=", False)]))

    def test_form_keeps_empty_fields_empty(self):
        """What nobody typed is not zero after saving."""
        form = Form(self.env["credit.financial.statement"])
        form.file_id = self.file
        form.period_end = "2025-12-31"
        form.revenue = 500
        statement = form.save()
        self.assertIsNone(statement.profit)
        self.assertIsNone(statement.net_margin_pct)
        self.assertEqual(statement.revenue, 500)

    def test_trend_against_the_year_before(self):
        """Less debt is better, less margin is worse; without a year before, none."""
        before = self._statement("2024-12-31", total_liabilities=500, net_worth=500)
        now = self._statement(profit=60)
        self.assertEqual(now.previous_id, before)
        self.assertEqual(
            (now.debt_ratio_trend, now.net_margin_trend, now.current_ratio_trend),
            ("better", "worse", "same"),
        )
        self.assertFalse(before.debt_ratio_trend)

    def test_half_year_is_made_a_year(self):
        """Turnover of six months is doubled before it is compared."""
        half = self._statement(months=6)
        self.assertEqual((half.receivables_turnover, half.net_margin_pct), (24.0, 5.0))

    def test_sheet_that_does_not_balance_is_said(self):
        """With the figures, and marked in lists and wherever the figures are used."""
        statement = self._statement(net_worth=500)
        self.assertTrue(statement.is_implausible)
        self.assertIn("differ by", statement.check_text)
        self.assertIn("100", statement.check_text)
        inputs = self.file._get_evidence_inputs()[self.file.id]
        self.assertIn("to be checked", inputs["debt_ratio"][1])

    def test_wrong_sign_of_net_worth_is_said(self):
        """Over-indebted companies have a negative net worth."""
        statement = self._statement(total_liabilities=1200, net_worth=200)
        self.assertIn("other sign", statement.check_text)
        right = self._statement("2024-12-31", total_liabilities=1200, net_worth=-200)
        self.assertFalse(right.check_text)

    def test_negative_liabilities_are_refused(self):
        """A sign error never makes a good ratio."""
        with self.assertRaisesRegex(ValidationError, "without its sign"):
            self._statement(total_liabilities=-400)

    def test_part_greater_than_whole_and_units_are_said(self):
        self._statement("2024-12-31", revenue=2_400_000)
        text = self._statement(current_assets=1100).check_text
        self.assertIn("Were the two mixed up", text)
        self.assertIn("in thousands", text)

    def test_same_period_twice_is_refused(self):
        """By the database, so that two people at once make one."""
        self._statement()
        with (
            self.assertRaises(UniqueViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self._statement()
            self.env.flush_all()

    def test_future_period_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "in the future"):
            self._statement("2026-12-31")

    def test_latest_that_counts(self):
        """Older than the setting is missing; 0 months never expires."""
        Statement = self.env["credit.financial.statement"]
        old = self._statement("2024-06-14")
        self.assertEqual(Statement._get_latest(self.file), {})
        self.assertFalse(old.is_valid)
        edge = self._statement("2024-06-15")
        self.assertEqual(Statement._get_latest(self.file), {self.file.id: edge})
        self.assertTrue(edge.is_valid)
        self.company.credit_statement_months = 0
        self.env.invalidate_all()
        self.assertTrue(old.is_valid)
        self.assertIn(old, Statement.search([("is_valid", "=", True)]))
        # as of a day: no look-ahead
        found = Statement._get_latest(self.file, old.period_end)
        self.assertEqual(found[self.file.id], old)

    # -- correcting ---------------------------------------------------------------
    def test_correction_replaces_and_keeps_the_old(self):
        """R22: with a reason, the old value readable, in the chatter of both."""
        approver = self._user("approver")
        old = self._statement()
        action = old.with_user(approver).action_correct()
        Statement = old.with_user(approver).with_context(**action["context"])
        with Form(Statement.browse()) as form:
            form.correction_reason = "Typed a wrong digit"
            form.revenue = 4200
        new = self.env["credit.financial.statement"].search(
            [("file_id", "=", self.file.id)]
        )
        self.assertEqual((new.revenue, new.profit, new.corrects_id), (4200, 120, old))
        self.assertEqual((old.active, old.revenue), (False, 2400))
        for record in (new, old):
            body = record.message_ids[0].body
            self.assertIn("Typed a wrong digit", body)
            self.assertIn("Revenue: 2400.0 → 4200.0", body)

    def test_correction_needs_reason_and_same_customer(self):
        old = self._statement()
        with self.assertRaisesRegex(UserError, "Say why"):
            self._statement(corrects_id=old.id)
        other = self._file(self._customer("Other"))
        with self.assertRaisesRegex(UserError, "stays with its customer"):
            self._statement(file=other, corrects_id=old.id, correction_reason="X")
        self.assertTrue(old.active)

    def test_entered_figures_are_never_overwritten(self):
        """Not by the approver either; notes and files may be added."""
        statement = self._statement().with_user(self._user("approver"))
        with self.assertRaisesRegex(AccessError, "Revenue"):
            statement.revenue = 1
        self.assertDenied(statement.write, {"active": False})
        statement.write({"note": "Seen", "revenue": 2400})  # an unchanged export
        with self.assertRaisesRegex(UserError, "Evidence stays"):
            statement.sudo().unlink()

    def test_withdrawn_counts_no_more(self):
        statement = self._statement()
        Wizard = self.env["credit.evidence.withdraw"].with_user(self._user("approver"))
        context = statement.action_withdraw()["context"]
        wizard = Wizard.with_context(**context).create({"reason": "Other company"})
        wizard.action_confirm()
        self.assertFalse(statement.active)
        self.assertIn("Other company", statement.message_ids[0].body)
        self.assertEqual(statement._get_latest(self.file), {})
        wrong = Wizard.create(
            {"model": "res.partner", "entry_ids": self.customer.ids, "reason": "X"}
        )
        with self.assertRaisesRegex(UserError, "no evidence"):
            wrong.action_confirm()

    def test_merged_customers_keep_all_evidence(self):
        """What both have of one day stays, that of the merged file archived."""
        twin = self._file(self._customer("Twin"))
        mine = self._statement()
        same, other = self._statement(file=twin), self._statement("2024-12-31", twin)
        rating = self._rating(file=twin)
        numbers = [
            {"file_id": file.id, "agency_id": self.agency.id, "number": number}
            for file, number in ((self.file, "1"), (twin, "2"))
        ]
        self.env["credit.agency.number"].create(numbers)
        self.file._absorb(twin)
        everything = self.file.with_context(active_test=False)
        self.assertEqual(everything.statement_ids, mine + same + other)
        self.assertEqual(self.file.statement_ids, mine + other)
        self.assertEqual(self.file.credit_rating_ids, rating)
        self.assertEqual(self.file.agency_number_ids.number, "1")

    def test_file_with_evidence_is_not_deleted(self):
        self._statement()
        with self.assertRaisesRegex(UserError, "has evidence"):
            self.file.unlink()
