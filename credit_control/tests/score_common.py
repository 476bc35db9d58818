"""Builders for tests about scorecards and scores."""

from unittest.mock import patch

from odoo import Command

from .behaviour_common import BehaviourCommon


class ScoreCommon(BehaviourCommon):
    """One customer who pays 10 days late, scored by a card of one criterion."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Card = cls.env["credit.scorecard"]
        cls.Score = cls.env["credit.score"]
        cls.File = cls.env["credit.file"]
        cls.grades = {
            code: cls.env.ref(f"credit_control.credit_grade_{code.lower()}")
            for code in "ABCDE"
        }
        cls.shipped = cls.env.ref("credit_control.credit_scorecard_behaviour")
        cls.full = cls.env.ref("credit_control.credit_scorecard_full")
        cls.file = cls._file(1000)
        cls._paid(cls._billed(100, days_ago=60), days_ago=20)  # 10 late
        cls.card = cls._card([(0, 100), (5, 65), (20, 10)], missing=45)

    @classmethod
    def _card(cls, bands, missing=None, code="days_late", weight=10, **values):
        """A draft with one criterion; bands are (from, points[, best grade])."""
        commands = [
            Command.create(
                {
                    "floor": floor,
                    "points": points,
                    "cap_grade_id": cap and cls.grades[cap[0]].id,
                }
            )
            for floor, points, *cap in bands
        ]
        if missing is not None:
            commands.append(Command.create({"missing": True, "points": missing}))
        criterion = {
            "name": "Days late",
            "code": code,
            "weight": weight,
            "band_ids": commands,
        }
        return cls.Card.create(
            {"name": "Test", "criterion_ids": [Command.create(criterion)]} | values
        )

    def _job(self):
        cron = type(self.env["ir.cron"])
        with patch.object(cron, "_commit_progress", lambda *_a, **_k: 60.0):
            self.File._cron_refresh_behaviour()

    def _only(self, card):
        """The card in force for everybody."""
        self.Card.search([("state", "=", "active")]).action_retire()
        card.action_activate()
        return card
