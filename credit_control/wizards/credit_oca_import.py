from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.handing_out import notify


class CreditOcaImportWizard(models.TransientModel):
    """Import from the OCA add-on: choose the levels, see what would come, import."""

    _name = "credit.oca.import.wizard"
    _description = "Import from the OCA Credit Control"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company.root_id,
    )
    line_ids = fields.One2many(
        "credit.oca.import.wizard.line",
        "wizard_id",
        "Levels",
        default=lambda self: self._default_lines(),
    )
    summary = fields.Text("What Would Come", compute="_compute_summary")

    @api.model
    def _default_lines(self):
        """Their levels with open items; proposed is the level of the company's
        strategy of the same rank, courtesies before the due date apart."""
        Import = self.env["credit.oca.import"]
        if not Import._is_possible():
            raise UserError(
                self.env._(
                    "There is nothing to import: the tables of the OCA add-on "
                    "account_credit_control are not in this database. Import before "
                    "you uninstall it."
                )
            )
        company = self.env.company.root_id
        policy = self.env["credit.dunning.policy"]._get_default(company)
        ours = policy.level_ids.filtered(
            lambda level: level.delay_mode != "due" or level.delay_days >= 0
        ).sorted("number")
        return [
            fields.Command.create(
                {
                    "oca_level": found.id,
                    "policy": found.policy,
                    "name": f"{found.number} {found.name}",
                    "item_count": found.item_count,
                    "level_id": ours[min(found.number, len(ours)) - 1].id
                    if ours and found.number > 0
                    else False,
                }
            )
            for found in Import._read_levels(company)
        ]

    def _get_mapping(self):
        return {
            line.oca_level: line.level_id for line in self.line_ids if line.level_id
        }

    @api.depends("line_ids.level_id")
    def _compute_summary(self):
        """A dry run in words."""
        for wizard in self:
            counts = self.env["credit.oca.import"]._preview(
                wizard.company_id, wizard._get_mapping()
            )
            wizard.summary = "\n".join(wizard._describe(counts))

    def _describe(self, counts):
        said = [
            self.env._(
                "%(items)s levels of items become %(notices)s sent notices of "
                "%(customers)s customers.",
                items=counts["items"],
                notices=counts["notices"],
                customers=counts["customers"],
            )
        ]
        for level_id, number in counts["levels"].items():
            level = self.env["credit.dunning.level"].browse(level_id)
            effect = dict(level._fields["consequence"]._description_selection(self.env))
            said.append(
                self.env._(
                    "%(number)s customers stand at %(level)s. Effect: %(effect)s.",
                    number=number,
                    level=level.display_name,
                    effect=effect[level.consequence],
                )
            )
        left_out = {
            "known": self.env._("items have reached these levels here already"),
            "unmapped": self.env._("items were sent at levels you left empty"),
            "not_sent": self.env._("open items were proposed there and not sent"),
            "closed": self.env._("items are paid or closed"),
        }
        said += [
            f"{counts[name]} {text}" for name, text in left_out.items() if counts[name]
        ]
        if counts["never"] or counts["blocked"]:
            said.append(
                self.env._(
                    "Never reminded from now on: %(customers)s customers and "
                    "%(invoices)s invoices without follow-up there.",
                    customers=counts["never"],
                    invoices=counts["blocked"],
                )
            )
        return said

    def action_import(self):
        """Import; open what came."""
        self.ensure_one()
        self.check_access("write")
        run = self.env["credit.oca.import"]._import(
            self.company_id, self._get_mapping()
        )
        if not run:
            return notify(self.env._("There was nothing new to import."), "success")
        return run.with_env(self.env).action_open_notices()


class CreditOcaImportWizardLine(models.TransientModel):
    """A level of theirs, and the level of ours that it is."""

    _name = "credit.oca.import.wizard.line"
    _description = "Level to Import"

    wizard_id = fields.Many2one(
        "credit.oca.import.wizard", required=True, ondelete="cascade"
    )
    oca_level = fields.Integer("Id of the OCA Level", required=True)
    policy = fields.Char("OCA Policy", readonly=True)
    name = fields.Char("OCA Level", readonly=True)
    item_count = fields.Integer("Open Items Sent", readonly=True)
    level_id = fields.Many2one(
        "credit.dunning.level",
        "Becomes",
        ondelete="cascade",
        domain="['|', ('company_id', '=', False),"
        " ('company_id', '=', parent.company_id)]",
        help="Empty: not imported.",
    )
