from datetime import date

from odoo import Command
from odoo.tests import tagged

from .evidence_common import EvidenceCommon


@tagged("post_install", "-at_install")
class TestEvidenceInputs(EvidenceCommon):
    """What scorecards read: values with source and day, only what counts."""

    def _inputs(self, file=None, date=None):
        file = file or self.file
        return file._get_evidence_inputs(date)[file.id]

    def test_without_evidence_nothing(self):
        """Missing is missing, never zero."""
        self.assertEqual(self._inputs(), {})

    def test_values_with_source_and_day(self):
        self._statement("2024-12-31", total_liabilities=500, net_worth=500)
        self._statement(is_audited=True, source="Annual report")
        self._rating(pd_pct=1.2, recommended_limit=5000)
        letters = self.env.ref("credit_control.credit_agency_letters")
        self._rating("C", agency_id=letters.id, recommended_limit=3000)
        inputs = self._inputs()
        value, source, day = inputs["debt_ratio"]
        self.assertEqual((value, str(day)), (40.0, "2025-12-31"))
        self.assertEqual(source, "Statement 2025 (Customer, audited)")
        wanted = {
            "current_ratio": 2.0,
            "net_margin": 5.0,
            "receivables_turnover": 12.0,
            "receivables_days": 30.4,
            "cash_cover": 0.5,
            "debt_ratio_trend": 1.0,
            "net_margin_trend": 0.0,
            "net_worth": 600.0,
            "tangible_net_worth": 550.0,
            "revenue": 2400.0,
            "rating_creditreform_pct": 70.0,
            "rating_creditreform_pd": 1.2,
            "rating_letters_pct": 33.3,
            "rating_worst_pct": 33.3,
            "rating_limit": 3000.0,
        }
        self.assertEqual({code: inputs[code][0] for code in wanted}, wanted)
        self.assertNotIn("bank_credit_line", inputs)
        self.assertEqual(inputs["rating_creditreform_pct"][1], "Creditreform 250")

    def test_amounts_in_the_currency_of_the_limit(self):
        """Kept as stated, converted when compared; 2 of the other are 1 of ours."""
        statement = self._statement(currency_id=self.other_currency.id, months=6)
        self._rating(currency_id=self.other_currency.id, recommended_limit=500)
        inputs = self._inputs()
        self.assertEqual(statement.net_worth, 600)
        self.assertEqual(inputs["net_worth"][0], 300)
        self.assertEqual(inputs["revenue"][0], 2400)
        self.assertEqual(inputs["rating_limit"][0], 250)
        self.assertEqual(inputs["debt_ratio"][0], 40)

    def test_expired_evidence_is_missing(self):
        """Statements after 24 months, ratings at their end, the rest after 12."""
        self._statement("2024-05-31")
        self._rating(day="2025-01-01")
        visit = {"file_id": self.file.id, "premises": "100", "date": "2025-06-14"}
        self.env["credit.visit"].create(visit)
        self.env["credit.reference"].create(
            {
                "file_id": self.file.id,
                "referee": "Steel Ltd",
                "habit": "early",
                "date": "2025-06-14",
            }
        )
        self._answer("2025-06-14")
        self._check("normal", day="2025-06-14")
        self.assertEqual(self._inputs(), {})
        self.company.credit_evidence_months = 0
        self.assertEqual(
            {"visit_points", "reference_points", "registry_knockout"}
            - self._inputs().keys(),
            set(),
        )

    def test_registry_clean_or_knocked_out(self):
        """0 is checked and clean; a knock-out never lapses by age."""
        self._check("normal")
        self.assertEqual(self._inputs()["registry_knockout"][0], 0.0)
        self._check("serious_violation", registry="creditchina", day="2020-01-01")
        value, source, day = self._inputs()["registry_knockout"]
        self.assertEqual(
            (value, source, str(day)),
            (1.0, "Serious violation (2020-01-01)", "2020-01-01"),
        )

    def test_newest_visit_mean_of_references_newest_answers(self):
        Visit, Reference = self.env["credit.visit"], self.env["credit.reference"]
        for day, seen in (("2026-01-10", "0"), ("2026-02-10", "75")):
            Visit.create({"file_id": self.file.id, "date": day, "stock": seen})
        for referee, habit in (("A", "early"), ("B", "late_30")):
            Reference.create(
                {"file_id": self.file.id, "referee": referee, "habit": habit}
            )
        self._answer("2026-03-01")
        newer = self._answer("2026-04-01")
        inputs = self._inputs()
        self.assertEqual(inputs["visit_points"][0], 75)
        self.assertEqual(inputs["reference_points"][0], 75)
        self.assertEqual(set(inputs["reference_points"][1].split(", ")), {"A", "B"})
        points = inputs["questionnaire_basic_points"]
        self.assertEqual((points[0], str(points[2])), (newer.points, "2026-04-01"))
        self.assertEqual(inputs["question_reputation_trade"][0], 100)

    def test_as_of_a_day_there_is_no_look_ahead(self):
        self._statement("2024-12-31", total_liabilities=500, net_worth=500)
        self._statement()
        self._rating("500", "2026-05-01")
        inputs = self._inputs(date=date(2025, 6, 30))
        self.assertEqual(inputs["debt_ratio"][0], 50)
        self.assertNotIn("rating_worst_pct", inputs)

    def test_other_companies_keep_theirs(self):
        """The same customer has a file and evidence per company; branches share."""
        other = self.env["res.company"].create({"name": "Elsewhere"})
        theirs = self._file(self.customer, other)
        self._statement(file=theirs)
        self.assertEqual(self._inputs(), {})
        self.assertIn("debt_ratio", self._inputs(theirs))
        analyst = self._user("analyst")
        Statement = self.env["credit.financial.statement"].with_user(analyst)
        Entry = self.env["credit.evidence.entry"].with_user(analyst)
        self.assertFalse(Statement.search([("file_id", "=", theirs.id)]))
        self.assertFalse(Entry.search([("file_id", "=", theirs.id)]))
        self.assertDenied(
            Statement.create, {"file_id": theirs.id, "period_end": "2024-12-31"}
        )
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        analyst.write(
            {"company_ids": [Command.set(branch.ids)], "company_id": branch.id}
        )
        mine = self._statement()
        Statement = Statement.with_context(allowed_company_ids=branch.ids)
        self.assertEqual(Statement.search([("file_id", "=", self.file.id)]), mine)

    def test_same_queries_for_1_and_50_files(self):
        """Constant cost, with every kind of evidence on every file."""
        files = self.file
        for number in range(49):
            files += self._file(self._customer(f"Many {number}"))
        for file in files:
            self._statement(file=file)
            self._statement("2024-12-31", file=file)
            self._rating(file=file)
            self._check("normal", file=file)
            self._answer(file=file)
            self.env["credit.visit"].create({"file_id": file.id, "stock": "50"})
            self.env["credit.reference"].create(
                {"file_id": file.id, "referee": "A", "habit": "early"}
            )
        one = self._count_queries(lambda: self.file._get_evidence_inputs())
        many = self._count_queries(lambda: files._get_evidence_inputs())
        self.assertEqual(many, one)
        self.assertLess(one, 60)
        found = files._get_evidence_inputs()
        self.assertEqual(
            {len(inputs) for inputs in found.values()}, {len(found[self.file.id])}
        )

        def read(records):
            records.read(
                [
                    "statement_count",
                    "credit_rating_count",
                    "evidence_count",
                    "registry_text",
                ]
            )

        one = self._count_queries(lambda: read(self.file))
        self.assertEqual(self._count_queries(lambda: read(files)), one)
