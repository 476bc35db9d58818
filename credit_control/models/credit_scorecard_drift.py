"""Is an active statistical card still made for the customers it scores?"""

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import statcard
from ..tools.behaviour import months_before


class CreditScorecard(models.Model):
    """The nightly job measures the drift of statistical cards once a month. It changes
    no card: a person makes a new one."""

    _inherit = "credit.scorecard"

    drift_psi = fields.Float(
        "Drift (PSI)",
        digits=(16, 3),
        readonly=True,
        copy=False,
        aggregator=None,
        help="How far the customers' last scores are from those that the card was made "
        "from: below 0.1 they are alike, from 0.25 on make the card anew.",
    )
    drift_on = fields.Date("Drift Measured On", readonly=True, copy=False)

    @api.model
    def _watch_drift(self):
        """Measure what was not measured for a month; tells who answers for credit."""
        due = months_before(fields.Date.today(), 1)
        # sudo: measured by the job
        cards = self.sudo().search(
            [
                ("state", "=", "active"),
                ("kind", "=", "statistical"),
                "|",
                ("drift_on", "=", False),
                ("drift_on", "<=", due),
            ]
        )
        for card in cards:
            bands = (card.statistics or {}).get("bands")
            scores = card._get_last_scores()
            if not bands or not scores:
                continue
            counts = statcard.band_counts(scores, bands["floors"])
            drift = statcard.psi(bands["expected"], counts)
            card.write({"drift_psi": drift, "drift_on": fields.Date.today()})
            card._tell_drift(len(scores))

    def _get_last_scores(self) -> list[float]:
        """The last score of each customer whom this card scores."""
        self.env["credit.file"].flush_model(["score_id"])
        self.env["credit.score"].flush_model(["scorecard_id", "total"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT score.total FROM credit_file file
                  JOIN credit_score score ON score.id = file.score_id
                 WHERE score.scorecard_id = %s AND file.state <> 'closed'
                """,
                self.id,
            )
        )
        return [total for (total,) in rows]

    def _tell_drift(self, count):
        """A line of the card's history; of other customers a person is told."""
        text = self.env._(
            "Drift against the training: PSI %(psi)s over %(count)s customers.",
            psi=f"{self.drift_psi:.3f}",
            count=count,
        )
        reader = self.env["res.users"]
        if self.drift_psi >= statcard.OTHER:
            text += " " + self.env._(
                "They are others than those the card was made from: make it anew."
            )
            company = self.company_id or self.env.company.root_id
            reader = self.env["credit.alerting"]._get_head(company)
        self.message_post(body=text, partner_ids=reader.partner_id.ids)
