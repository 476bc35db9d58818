"""What a statistical card is worth, beside the expert card: figures and words."""

from math import exp

from odoo import api, fields, models

from ..tools import statcard
from .credit_statcard import FEW_TEST, FEW_TRAIN

BANDS = 5


class CreditScorecard(models.Model):
    _inherit = "credit.scorecard"

    report = fields.Html(
        "Statistics",
        readonly=True,
        copy=False,
        sanitize_attributes=False,
        help="How the card was made, and how it does on days it was not made from.",
    )
    statistics = fields.Json("Statistical Figures", readonly=True, copy=False)


class CreditStatcardReport(models.AbstractModel):
    """The report of a statistical card: discrimination out of time, calibration with
    confidence intervals, drift, warnings. ``_measure`` gives the figures as plain
    values, a template the page."""

    _name = "credit.statcard.report"
    _description = "Report of a Statistical Scorecard"

    @api.model
    def _write_report(self, plan, card, expert, train, test, bins):
        figures = self._measure(plan, card, expert, train, test)
        values = {
            "card": card,
            "expert": expert,
            "figures": figures,
            "percent": self._percent,
            "verdict": self._get_verdict(figures),
            "definition": self.env._(
                "Bad is a customer one of whose items becomes more than %(days)s days "
                "late within %(months)s months. Made from what was known up to "
                "%(split)s, tested on the time after it.",
                days=plan.late_days,
                months=plan.months,
                split=plan.split,
            ),
            "warnings": self._get_warnings(figures),
            "strength": [
                (criterion.name, statcard.information_value(bins[criterion.code]))
                for criterion in card.criterion_ids
            ],
        }
        page = self.env["ir.qweb"]._render(
            "credit_control.credit_statcard_report", values
        )
        card.write({"report": page, "statistics": figures})

    def _measure(self, plan, card, expert, train, test) -> dict:
        """Plain figures: ``{"train": …, "test": …, "calibration": […], …}``."""
        service = self.env["credit.statcard"]
        ours = {"train": service._score_rows(card, train)}
        ours["test"] = service._score_rows(card, test)
        theirs = {"train": service._score_rows(expert, train)} if expert else {}
        if expert:
            theirs["test"] = service._score_rows(expert, test)
        bands = self._get_bands(ours)
        figures = {
            "late_days": plan.late_days,
            "months": plan.months,
            "split": str(plan.split),
            "train": self._get_period(train, ours["train"], theirs.get("train")),
            "test": self._get_period(test, ours["test"], theirs.get("test")),
            "calibration": self._get_calibration(train, test, ours),
            "drift": self._get_drift(test, ours, bands),
            "bands": bands,
        }
        if expert and test:
            figures["difference"] = self._get_difference(test, ours, theirs)
        return figures

    def _get_period(self, rows, ours, theirs) -> dict:
        targets = [row.bad for row in rows]
        days = sorted({row.day for row in rows})
        return {
            "count": len(rows),
            "customers": len({row.partner_id for row in rows}),
            "bads": sum(targets),
            "first": str(days[0]) if days else "",
            "last": str(days[-1]) if days else "",
            "card": self._get_discrimination(rows, ours),
            "expert": self._get_discrimination(rows, theirs) if theirs else None,
        }

    def _get_discrimination(self, rows, scores) -> dict:
        targets = [row.bad for row in rows]

        def measure(places):
            return statcard.gini(
                [scores[n] for n in places], [targets[n] for n in places]
            )

        return {
            "gini": statcard.gini(scores, targets),
            "interval": statcard.bootstrap([r.partner_id for r in rows], measure),
            "ks": statcard.ks(scores, targets),
        }

    def _get_difference(self, test, ours, theirs) -> dict:
        """Gini of this card less that of the expert card, with its interval."""
        targets = [row.bad for row in test]

        def measure(places):
            of = [targets[n] for n in places]
            mine = statcard.gini([ours["test"][n] for n in places], of)
            other = statcard.gini([theirs["test"][n] for n in places], of)
            return None if mine is None else mine - other

        everything = range(len(test))
        return {
            "gini": measure(everything),
            "interval": statcard.bootstrap([row.partner_id for row in test], measure),
        }

    def _get_calibration(self, train, test, ours) -> list[dict]:
        """Bands of the score: expected and observed share of bad ones on the test
        days, with 95 % intervals; the bands are those of the training."""
        factor, offset = statcard.scaling()
        floors = statcard.cuts(ours["train"], BANDS)
        found = []
        for number in range(len(floors) + 1):
            low = floors[number - 1] if number else None
            high = floors[number] if number < len(floors) else None
            places = [
                n
                for n, one in enumerate(ours["test"])
                if (low is None or one >= low) and (high is None or one < high)
            ]
            bads = sum(test[n].bad for n in places)
            chances = [
                1 / (1 + exp((ours["test"][n] - offset) / factor)) for n in places
            ]
            found.append(
                {
                    "low": low,
                    "high": high,
                    "count": len(places),
                    "bads": bads,
                    "expected_pct": 100 * sum(chances) / len(places)
                    if places
                    else None,
                    "observed_pct": 100 * bads / len(places) if places else None,
                    "interval_pct": [
                        100 * x for x in statcard.wilson(bads, len(places))
                    ],
                }
            )
        return found

    def _get_bands(self, ours) -> dict:
        """The bands of the training, which drift is measured against."""
        floors = statcard.cuts(ours["train"], BANDS)
        return {
            "floors": floors,
            "expected": statcard.band_counts(ours["train"], floors),
        }

    def _get_drift(self, test, ours, bands) -> list[dict]:
        """PSI of the scores of each test day against the training."""
        floors, expected = bands["floors"], bands["expected"]
        found = []
        for day in sorted({row.day for row in test}):
            scores = [
                one
                for one, row in zip(ours["test"], test, strict=True)
                if row.day == day
            ]
            found.append(
                {
                    "day": str(day),
                    "count": len(scores),
                    "psi": statcard.psi(expected, statcard.band_counts(scores, floors)),
                }
            )
        return found

    # -- words ------------------------------------------------------------------------
    def _get_verdict(self, figures) -> str:
        """Does it beat the expert card? Said plainly."""
        difference = figures.get("difference") or {}
        gain, interval = difference.get("gini"), difference.get("interval")
        if gain is None:
            return self.env._(
                "Whether it is better than the expert card cannot be said: the test "
                "days have no bad, or no good, customer."
            )
        names = {
            "mine": self._percent(figures["test"]["card"]["gini"]),
            "theirs": self._percent(figures["test"]["expert"]["gini"]),
        }
        if gain <= 0:
            return self.env._(
                "It does not beat the expert card on the test days: Gini %(mine)s "
                "against %(theirs)s. Stay with the expert card.",
                **names,
            )
        if not interval or interval[0] <= 0:
            return self.env._(
                "It is ahead of the expert card on the test days, Gini %(mine)s "
                "against %(theirs)s, but by no more than chance would do.",
                **names,
            )
        return self.env._(
            "It beats the expert card on the test days: Gini %(mine)s against "
            "%(theirs)s.",
            **names,
        )

    def _get_warnings(self, figures) -> list[str]:
        found = []
        for name, least in (("train", FEW_TRAIN), ("test", FEW_TEST)):
            bads = figures[name]["bads"]
            if bads < least:
                found.append(
                    self.env._(
                        "Small sample: only %(bads)s bad cases (%(period)s); with less "
                        "than %(least)s a card may be chance.",
                        bads=bads,
                        period=self.env._("training days")
                        if name == "train"
                        else self.env._("test days"),
                        least=least,
                    )
                )
        customers, rows = figures["train"]["customers"], figures["train"]["count"]
        if customers < rows:
            found.append(
                self.env._(
                    "%(rows)s rows are of %(customers)s customers on several days: "
                    "they are not independent. Intervals are drawn by customer.",
                    rows=rows,
                    customers=customers,
                )
            )
        if any(one["psi"] >= statcard.OTHER for one in figures["drift"]):
            found.append(
                self.env._(
                    "The customers of the test days score otherwise than those it was "
                    "made from (PSI of 0.25 or more): make the card anew."
                )
            )
        return found

    def _percent(self, value) -> str:
        return "–" if value is None else f"{100 * value:.1f} %"
