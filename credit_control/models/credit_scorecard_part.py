"""What belongs to a scorecard changes only while the card is a draft."""

from odoo import api, models


class CreditScorecardPart(models.AbstractModel):
    """For criteria, bands and floors; ``_get_scorecards`` says whose they are."""

    _name = "credit.scorecard.part"
    _description = "Part of a Scorecard"

    def _get_scorecards(self):
        return self.scorecard_id

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        parts._get_scorecards()._check_draft()
        return parts

    def write(self, vals):
        self._get_scorecards()._check_draft()
        result = super().write(vals)
        self._get_scorecards()._check_draft()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_draft(self):
        self._get_scorecards()._check_draft()
