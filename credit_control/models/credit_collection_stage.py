from odoo import api, fields, models
from odoo.exceptions import UserError

#: Who collects for us.
KINDS = [
    ("lawyer", "Lawyer"),
    ("agency", "Collection agency"),
    ("court", "Court"),
]


class CreditCollectionStage(models.Model):
    """A step of collection by a lawyer, an agency or a court, with its own deadline."""

    _name = "credit.collection.stage"
    _description = "Stage of Collection"
    _order = "kind, sequence, id"

    name = fields.Char(required=True, translate=True)
    kind = fields.Selection(KINDS, required=True, default="lawyer", index=True)
    sequence = fields.Integer(default=10)
    deadline_days = fields.Integer(
        "Deadline (days)",
        default=14,
        help="By when the next thing has to happen, from the day the case gets here. "
        "0: no deadline.",
    )
    script = fields.Text(
        "What to Do", translate=True, help="Shown in the activity of this stage."
    )
    fold = fields.Boolean("Folded in Kanban")
    active = fields.Boolean(default=True)

    _days_positive = models.Constraint(
        "CHECK (deadline_days >= 0)", "A deadline cannot be below zero days."
    )

    @api.model
    def _get_first(self, kind):
        """The stage a case of this kind begins with; may be none."""
        return self.search([("kind", "=", kind)], limit=1)

    def write(self, vals):
        """:raise UserError: a stage that cases stand in changes its kind"""
        if "kind" in vals:
            moved = self.filtered(lambda stage: stage.kind != vals["kind"])
            # sudo: cases of companies the user does not see count as well
            if (
                self.env["credit.collection.case"]
                .sudo()
                .search_count([("stage_id", "in", moved.ids)], limit=1)
            ):
                raise UserError(
                    self.env._(
                        "Cases stand in this stage. Make a new stage for the other "
                        "kind, and archive this one."
                    )
                )
        return super().write(vals)
