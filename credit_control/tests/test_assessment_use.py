"""Evidence in use: scored by the full card, and a term of the limit proposal."""

from odoo.tests import tagged

from .evidence_common import EvidenceCommon


@tagged("post_install", "-at_install")
class TestEvidenceUse(EvidenceCommon):
    def _full_card(self):
        """The only card that is active."""
        self.env["credit.scorecard"].search([("state", "=", "active")]).action_retire()
        card = self.env.ref("credit_control.credit_scorecard_full")
        card.action_activate()
        return card

    def test_full_card_scores_what_evidence_says(self):
        """Each line names where its figure comes from; what is unknown says so."""
        card = self._full_card()
        statement = self._statement()
        self._rating("250")
        self.file.action_score_now()
        lines = self.file.score_id.line_ids.grouped(lambda line: line.criterion_id.code)
        self.assertEqual(self.file.score_id.scorecard_id, card)
        debt = lines["debt_ratio"]
        self.assertEqual(
            (debt.value, debt.evidence, debt.missing),
            (statement.debt_ratio_pct, statement._describe_source(), False),
        )
        self.assertFalse(lines["rating_worst_pct"].missing)
        self.assertTrue(lines["visit_points"].missing)

    def test_knock_out_of_the_registry_caps_the_grade(self):
        self._full_card()
        self._check("serious_violation")
        self.file.action_score_now()
        self.assertEqual(
            self.file.proposed_grade_id, self.env.ref("credit_control.credit_grade_e")
        )

    def test_proposal_takes_net_worth_revenue_and_the_smallest_rating(self):
        self.company.write(
            {
                "credit_proposal_net_worth_pct": 35,
                "credit_proposal_turnover_pct": 5,
                "credit_proposal_turnover_source": "statement",
            }
        )
        self._statement(
            intangible_assets=0, net_worth=80_000, revenue=700_000, is_audited=True
        )
        service = self.env["credit.proposal"]
        proposal = service._get_proposals(self.file)[self.file.id]
        self.assertEqual(proposal.amount, 28_000, "35 % of 80,000 and 5 % of 700,000")
        self._rating(recommended_limit=20_000)
        other = self.agency.copy({"code": "other", "name": "Other"})
        self._rating(agency_id=other.id, recommended_limit=25_000)
        proposal = service._get_proposals(self.file)[self.file.id]
        self.assertEqual((proposal.amount, proposal.decided_by), (20_000, "agency"))

    def test_worse_ratio_proposes_less(self):
        """28,000 by the net worth, 10 % less because the debt ratio rose; which one
        and from where to where stands beside it."""
        self.company.credit_proposal_net_worth_pct = 35
        self.company.credit_proposal_turnover_pct = 0
        figures = {"total_assets": 200_000, "current_assets": 0}
        figures |= {"current_liabilities": 0, "intangible_assets": 0}
        self._statement(
            "2024-12-31", **figures, total_liabilities=100_000, net_worth=100_000
        )
        self._statement(
            "2025-12-31", **figures, total_liabilities=120_000, net_worth=80_000
        )
        service = self.env["credit.proposal"]
        proposal = service._get_proposals(self.file)[self.file.id]
        self.assertEqual((proposal.amount, proposal.decided_by), (25_200, "worsening"))
        [term] = [term for term in proposal.terms if term.code == "worsening"]
        self.assertIn("Debt Ratio (%): 50 → 60", term.source)
        self.company.credit_proposal_worsening_pct = 0
        proposal = service._get_proposals(self.file)[self.file.id]
        self.assertEqual((proposal.amount, proposal.decided_by), (28_000, "net_worth"))
