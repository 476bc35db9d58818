"""The service that scores: inputs, cards and grades of a batch of files."""

from datetime import date
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import float_round

from ..tools.behaviour import months_before
from ..tools.scoring import Score, propose, score
from .credit_scorecard_criterion import AUTOMATIC

#: A score that does not change is kept again after so many months.
KEEP_MONTHS = 1


class Evaluation(NamedTuple):
    """What a card says of a customer on a day."""

    card: models.BaseModel
    score: Score
    grade_id: int | None
    score_grade_id: int | None  # without the caps
    inputs: dict  # {code: (value, source text, date)}


class CreditScoring(models.AbstractModel):
    """Scores of any number of files: ``_evaluate`` reckons, ``_keep`` records.

    Inputs are ``{file_id: {code: (value, source text, date)}}``; other add-ons extend
    ``_get_inputs`` with theirs. The arithmetic is ``tools.scoring.score``.

    Cost: what the inputs cost (payment behaviour: four queries), and a constant number
    for cards, grades and scores. Example::

        found = env["credit.scoring"]._evaluate(files)[file.id]
        found.score.total, found.grade_id
    """

    _name = "credit.scoring"
    _description = "Credit Scoring"

    # -- inputs -------------------------------------------------------------------
    @api.model
    def _get_inputs(self, files, date: date | None = None, behaviours=None):
        """``{file_id: {code: (value, source text, date)}}``; unknown is left out."""
        found = self._get_behaviour_inputs(files, date, behaviours)
        for file_id, values in self._get_evidence_inputs(files, date).items():
            found[file_id] |= values
        return found

    def _get_behaviour_inputs(self, files, date, behaviours):
        """The figures of the source *automatic*, from the ledger."""
        if behaviours is None:
            behaviours = self.env["credit.behaviour"]._get_behaviours(files, date)
        source, found = self.env._("Ledger"), {}
        for file in files:
            paid, values = behaviours[file.id], {}
            # who never bought anything has sent back no payment either: not known
            for code, _label in AUTOMATIC if paid.first_day or paid.part_count else ():
                value = getattr(paid, code)
                if value is not None:
                    values[code] = (float(value), source, paid.day)
            found[file.id] = values
        return found

    def _get_evidence_inputs(self, files, date):
        """Statements, ratings, questionnaires, visits: see ``credit.file``."""
        return files._get_evidence_inputs(date)

    # -- scores -------------------------------------------------------------------
    @api.model
    def _evaluate(
        self, files, card=None, date: date | None = None, behaviours=None
    ) -> dict[int, Evaluation]:
        """``{file_id: Evaluation}``; writes nothing.

        :param card: this card for everybody, a draft too; else each file's own card,
            and files that no card is meant for are left out
        """
        # sudo: scored alike for every viewer
        files = files.sudo()
        if card:
            cards = dict.fromkeys(files.ids, card.sudo())
        else:
            cards = files.env["credit.scorecard"]._get_cards(files, date)
        files = files.filtered(lambda file: file.id in cards)
        if not files:
            return {}
        inputs = self._get_inputs(files, date, behaviours)
        plain, floors, found = {}, {}, {}
        for file in files:
            one = cards[file.id]
            key = one, file.company_id
            if key not in plain:
                plain[key] = one._get_card(file.company_id)
                floors[key] = one._get_floors(file.company_id)
            values = inputs[file.id]
            result = score(plain[key], {code: v[0] for code, v in values.items()})
            grades = floors[key]
            found[file.id] = Evaluation(
                one,
                result,
                propose(result, grades),
                propose(Score(result.total, ()), grades),
                values,
            )
        return found

    @api.model
    def _keep(self, files, found):
        """Record the evaluations that say something new, or the first in a month.

        Scores and their lines are rows that nobody has typed and nothing follows from:
        two INSERTs for any number of files. With the ORM the first scoring of 50,000
        customers took seven minutes, most of it for lines.

        :return: ``{file_id: the file's last credit.score}``
        """
        today = fields.Date.today()
        files = files.sudo().filtered(lambda file: file.id in found)
        latest = {file.id: file.score_id for file in files}
        fresh = {}
        for file in files:
            before, now = latest[file.id], found[file.id]
            stale = not before or before.date <= months_before(today, KEEP_MONTHS)
            if stale or before.fingerprint != self._get_fingerprint(now):
                fresh[file.id] = self._prepare_score_vals(file, now, before, today)
        # sudo: scores are made here and nowhere else
        Score = self.env["credit.score"].sudo()
        return latest | Score._insert(fresh, {id_: found[id_] for id_ in fresh})

    def _get_fingerprint(self, found: Evaluation) -> str:
        bands = ",".join(str(line.band.id) for line in found.score.lines)
        return f"{found.card.id}:{found.grade_id or 0}:{bands}"

    def _prepare_score_vals(self, file, found: Evaluation, before, today):
        """The columns of one score, in the same order for all."""
        comparable = before and before.scorecard_id == found.card
        change = found.score.total - before.total if comparable else 0.0
        return {
            "file_id": file.id,
            "company_id": file.company_id.id,
            "date": today,
            "scorecard_id": found.card.id,
            "total": float_round(found.score.total, precision_digits=1),
            "change": float_round(change, precision_digits=1),
            "grade_id": found.grade_id or None,
            "is_capped": found.grade_id != found.score_grade_id,
            "fingerprint": self._get_fingerprint(found),
        }
