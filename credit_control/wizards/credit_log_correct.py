from odoo import fields, models

from ..models.loose_reference import LooseMany2one


class CreditLogCorrect(models.TransientModel):
    """What is right about an entry of the log, and why the entry is not."""

    _name = "credit.log.correct"
    _description = "Correct an Entry of the Log"

    # an entry never goes; nothing is to hang on the table of the log
    entry_id = LooseMany2one("credit.log", required=True, readonly=True)
    change_text = fields.Text(related="entry_id.change_text")
    correction = fields.Text("What Is Right", required=True)
    reason = fields.Text("Why the Entry Is Wrong", required=True)

    def action_correct(self):
        self.ensure_one()
        entry = self.entry_id._correct(self.correction, self.reason)
        return entry._get_records_action(name=self.env._("Correction"))
