from odoo import Command, api, fields, models


class CreditLogVerify(models.TransientModel):
    """Is the log as it was written? Shows the first broken entry of each chain."""

    _name = "credit.log.verify"
    _description = "Verify the Credit Log"

    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company.root_id,
        domain="[('parent_id', '=', False)]",
        help="Of which company the number was noted.",
    )
    number = fields.Integer("Number Noted Earlier")
    hash = fields.Char("Its Hash")
    line_ids = fields.One2many("credit.log.verify.line", "wizard_id", readonly=True)
    verified_at = fields.Datetime(readonly=True)

    def action_verify(self):
        """Walk along every chain of the user's companies."""
        self.ensure_one()
        Log, anchors = self.env["credit.log"], {}
        if self.number and self.hash:
            anchors[self.company_id.id] = {self.number: self.hash.strip().lower()}
        reports = Log._verify(Log._get_verifiable_chains(), anchors)
        self.verified_at = fields.Datetime.now()
        self.line_ids = [
            Command.clear(),
            *(
                Command.create(
                    {
                        "name": report.name,
                        "sealed": report.sealed,
                        "unsealed": report.unsealed,
                        "hash": report.hash,
                        "sound": not report.problem,
                        "text": report.text,
                    }
                )
                for report in reports
            ),
        ]
        return self._get_records_action(
            name=self.env._("Verify the Credit Log"), target="new"
        )

    @api.readonly
    def action_export(self):
        return {"type": "ir.actions.act_url", "url": "/credit_control/log/export"}


class CreditLogVerifyLine(models.TransientModel):
    _name = "credit.log.verify.line"
    _description = "What Was Found in a Chain of the Log"

    wizard_id = fields.Many2one("credit.log.verify", required=True, ondelete="cascade")
    name = fields.Char("Log Of")
    sealed = fields.Integer("Entries")
    unsealed = fields.Integer("Not Yet Numbered")
    hash = fields.Char("Last Hash")
    sound = fields.Boolean("As It Was Written")
    text = fields.Char("Finding")
