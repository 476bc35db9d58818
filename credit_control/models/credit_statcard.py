"""A statistical scorecard from the company's own ledger, never activated by itself."""

from datetime import date
from typing import NamedTuple

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools import statcard
from ..tools.behaviour import months_before
from ..tools.scoring import score
from .credit_scorecard_criterion import AUTOMATIC

#: Figures that tell too little, or what another figure tells already.
LEAST_INFORMATION, MOST_CORRELATION, MOST_FIGURES = 0.02, 0.8, 8
#: Figures that say how large a customer is, not how he pays: bands would not travel.
LEFT_OUT = frozenset({"part_count"})
#: Fewer bad ones than this make a card that may be chance.
FEW_TRAIN, FEW_TEST = 50, 20


class Plan(NamedTuple):
    """What a bad customer is, and which days are looked at.

    A customer is bad on a day when one of his items becomes more than ``late_days``
    late within the ``months`` after it. Days to train on end that much before
    ``split``: nothing that was learned from is tested on.
    """

    company: models.BaseModel
    late_days: int
    months: int
    first: date
    split: date
    last: date

    def days(self) -> tuple[list[date], list[date]]:
        """``(train, test)``: one day a month, counted back from split and last."""

        def back(end, first):
            count, found = self.months, []
            while (day := months_before(end, count)) >= first:
                found.append(day)
                count += 1
            return found[::-1]

        return back(self.split, self.first), back(self.last, self.split)


class Row(NamedTuple):
    """A customer on a day: what was known of him then, and what came of it."""

    partner_id: int
    day: date
    values: dict  # {code: value}
    bad: int


class CreditStatcard(models.AbstractModel):
    """Fits a card to the past: ``_build(plan)`` returns a draft scorecard with a
    report that compares it with the card in force.

    Inputs are the payment behaviour as of past days, outcomes what happened after
    them. The coefficients are fitted by scikit-learn or statsmodels, whichever is
    installed; everything else is ``tools.statcard``. Cost: five queries per day.
    """

    _name = "credit.statcard"
    _description = "Statistical Scorecard"

    @api.model
    def _build(self, plan: Plan):
        """The draft scorecard.

        :raise UserError: no library is installed, or the past says too little
        """
        self._get_library()
        train_days, test_days = plan.days()
        if not train_days or not test_days:
            raise UserError(
                self.env._(
                    "There is no day to learn from or to test on: the ledger reaches "
                    "from %(first)s to %(last)s. Choose a shorter time to look ahead, "
                    "or another day to split at.",
                    first=plan.first,
                    last=plan.last,
                )
            )
        train, test = self._get_rows(plan, train_days), self._get_rows(plan, test_days)
        self._check_rows(train, plan)
        bins = self._choose_figures(train)
        intercept, weights = self._fit_positive(bins, train)
        bins = {code: bins[code] for code in weights}
        card = self._create_card(plan, bins, intercept, weights)
        expert = self._get_expert(plan.company)
        self._set_floors(card, expert, train, plan.company)
        self.env["credit.statcard.report"]._write_report(
            plan, card, expert, train, test, bins
        )
        return card

    # -- the library ----------------------------------------------------------------
    def _get_library(self) -> str:
        """Which library fits the coefficients.

        :raise UserError: neither is installed; says how to install one
        """
        for name in ("sklearn", "statsmodels"):
            if self._is_installed(name):
                return name
        raise UserError(
            self.env._(
                "A statistical scorecard needs the Python library scikit-learn (or "
                "statsmodels), which is not installed on the server. Install it with "
                "“pip install scikit-learn” and restart Odoo. Everything else works "
                "without it."
            )
        )

    def _is_installed(self, name) -> bool:
        try:
            __import__(name)
        except ImportError:
            return False
        return True

    def _fit(self, matrix, targets) -> tuple[float, list[float]]:
        """``(intercept, coefficients)`` of ln(odds of a good customer).

        :param matrix: WoE per row and figure
        :param targets: 1 is bad
        """
        goods = [1 - target for target in targets]
        if self._get_library() == "sklearn":
            from sklearn.linear_model import LogisticRegression

            fitted = LogisticRegression(C=1.0, max_iter=1000).fit(matrix, goods)
            return float(fitted.intercept_[0]), [float(c) for c in fitted.coef_[0]]
        from statsmodels.api import Logit, add_constant

        design = add_constant(matrix, has_constant="add")
        # a little ridge, as above: separable data would have no finite answer
        fitted = Logit(goods, design).fit_regularized(
            alpha=[0.0] + [1.0] * len(matrix[0]), disp=0
        )
        first, *others = (float(value) for value in fitted.params)
        return first, others

    # -- the past -------------------------------------------------------------------
    def _get_rows(self, plan: Plan, days) -> list[Row]:
        """Customers with an outcome, on each day: behaviour as of it, no later."""
        rows = []
        for day in days:
            outcomes = self._get_outcomes(plan, day)
            keys = [(partner_id, plan.company.id) for partner_id in outcomes]
            found = self.env["credit.behaviour"]._get_customer_behaviours(keys, day)
            for (partner_id, _company), paid in found.items():
                if paid.part_count:
                    values = {code: getattr(paid, code) for code, _label in AUTOMATIC}
                    rows.append(Row(partner_id, day, values, outcomes[partner_id]))
        return rows

    def _get_outcomes(self, plan: Plan, day) -> dict[int, int]:
        """``{partner_id: 1 bad, 0 good}`` of the customers who had an item that could
        become so late in the months after ``day``; of the others nothing is known."""
        end = months_before(day, -plan.months)
        Behaviour = self.env["credit.behaviour"]
        Behaviour._flush_read()
        scope = self.env["credit.exposure"]._get_scope(plan.company)
        due = SQL("coalesce(part.day, %s) - part.late + %s + 1", end, plan.late_days)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT contact.commercial_partner_id, bool_or(part.late > %(late)s)
                  FROM (%(paid)s UNION ALL %(open)s) AS part
                  JOIN %(contact)s ON contact.id = part.partner_id
                 WHERE %(due)s > %(day)s AND %(due)s <= %(end)s
                 GROUP BY 1 ORDER BY 1
                """,
                late=plan.late_days,
                paid=Behaviour._paid_sql(scope, end),
                open=Behaviour._open_sql(scope, end),
                contact=scope.contact_sql(),
                due=due,
                day=day,
                end=end,
            )
        )
        return {partner_id: int(bad) for partner_id, bad in rows}

    def _check_rows(self, train, plan):
        bads = sum(row.bad for row in train)
        if not bads or bads == len(train):
            raise UserError(
                self.env._(
                    "Of %(count)s customers on past days, %(bads)s were more than "
                    "%(days)s days late afterwards: there is nothing to tell apart. "
                    "Choose other days.",
                    count=len(train),
                    bads=bads,
                    days=plan.late_days,
                )
            )

    # -- the model --------------------------------------------------------------------
    def _choose_figures(self, train):
        """``{code: bins}`` of the figures that tell something, the most telling first,
        without those that repeat a better one."""
        targets, found = [row.bad for row in train], {}
        for code, _label in AUTOMATIC:
            if code not in LEFT_OUT:
                values = [row.values[code] for row in train]
                least = max(20, len(train) // 20)
                found[code] = statcard.monotone_bins(values, targets, least=least)
        strength = {code: statcard.information_value(b) for code, b in found.items()}
        chosen, columns = {}, []
        for code in sorted(found, key=lambda code: -strength[code]):
            valued = [b for b in found[code] if b.floor is not None]
            if strength[code] < LEAST_INFORMATION or len(valued) < 2:
                continue
            column = [statcard.to_woe(found[code], row.values[code]) for row in train]
            if all(
                abs(statcard.correlation(column, other)) < MOST_CORRELATION
                for other in columns
            ):
                chosen[code] = found[code]
                columns.append(column)
            if len(chosen) == MOST_FIGURES:
                break
        if not chosen:
            raise UserError(
                self.env._(
                    "No figure of the payment behaviour tells good from bad customers "
                    "in this past. Choose other days, or stay with the expert card."
                )
            )
        return chosen

    def _fit_positive(self, bins, train):
        """``(intercept, {code: coefficient})``; a figure that would count against its
        own evidence is dropped, so that every band explains itself."""
        targets, codes = [row.bad for row in train], list(bins)
        while True:
            matrix = [
                [statcard.to_woe(bins[code], row.values[code]) for code in codes]
                for row in train
            ]
            intercept, coefficients = self._fit(matrix, targets)
            weights = dict(zip(codes, coefficients, strict=True))
            worst = min(codes, key=weights.__getitem__)
            if weights[worst] > 0 or len(codes) == 1:
                return intercept, weights
            codes.remove(worst)

    # -- the card ---------------------------------------------------------------------
    def _create_card(self, plan, bins, intercept, weights):
        """The draft: points = factor × coefficient × WoE of the band."""
        factor, offset = statcard.scaling()
        return self.env["credit.scorecard"].create(
            {
                "name": self.env._("Statistical card, split at %s", plan.split),
                "kind": "statistical",
                "scale": "sum",
                "base_points": offset + factor * intercept,
                "company_id": plan.company.id,
                "criterion_ids": [
                    (0, 0, self._prepare_criterion(code, bins[code], factor * weight))
                    for code, weight in weights.items()
                ],
            }
        )

    def _prepare_criterion(self, code, bins, factor):
        goods, bads = sum(b.goods for b in bins), sum(b.bads for b in bins)
        field = self.env["credit.scorecard.criterion"]._fields["automatic_code"]
        return {
            "name": dict(field._description_selection(self.env))[code],
            "code": code,
            "weight": 1.0,
            "band_ids": [
                (
                    0,
                    0,
                    {
                        "missing": b.floor is None,
                        "floor": b.floor or 0.0,
                        "points": factor * statcard.woe(b, goods, bads),
                    },
                )
                for b in bins
            ],
        }

    def _get_expert(self, company):
        """The card to compare with: in force for everybody of the company, else the
        one that is shipped."""
        cards = self.env["credit.scorecard"].search(
            [
                ("state", "=", "active"),
                ("kind", "=", "expert"),
                ("company_id", "in", (False, company.id)),
            ],
            order="valid_from desc, id desc",
        )
        general = cards.filtered(lambda card: not card._get_rank() // 2)
        shipped = self.env.ref(
            "credit_control.credit_scorecard_behaviour", raise_if_not_found=False
        )
        return general[:1] or cards[:1] or shipped

    @api.model
    def _score_rows(self, card, rows) -> list[float]:
        plain = card._get_card()
        return [score(plain, row.values).total for row in rows]

    def _set_floors(self, card, expert, train, company):
        """Grades of the new card: as many customers in each as by the expert card, so
        that both are compared at the same strictness. A person may change them."""
        if not expert:
            return
        floors = sorted(expert._get_floors(company), key=lambda one: one[1])
        theirs = sorted(self._score_rows(expert, train))
        ours = sorted(self._score_rows(card, train))
        values = []
        for grade_id, floor in floors:
            below = sum(one < floor for one in theirs)
            if below < len(ours):
                value = ours[below] if below else min(300.0, ours[0])
            else:
                value = ours[-1] + 20.0 * (below - len(ours) + 1 + len(values))
            if values and value <= values[-1][1]:
                value = values[-1][1] + 0.01
            values.append((grade_id, value))
        card.floor_ids = [
            (0, 0, {"grade_id": grade_id, "floor": value}) for grade_id, value in values
        ]
