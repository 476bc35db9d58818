from odoo import fields, models

from .res_company import LIMIT_MODES


class CreditGroup(models.Model):
    """Several customers who share one ceiling, for example the firms of a holding.

    The ceiling holds *beside* each member's own limit: the smaller room wins
    (``tools.limits``). A file may be exempt from it.
    """

    _name = "credit.group"
    _description = "Credit Group"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "name, id"
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company.root_id,
        domain="[('parent_id', '=', False)]",
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.root_id.currency_id,
        tracking=True,
    )
    limit_mode = fields.Selection(
        LIMIT_MODES, default="inherit", required=True, tracking=True
    )
    credit_limit = fields.Monetary(tracking=True)
    limit_date_to = fields.Date(string="Limit Valid To", tracking=True)
    file_ids = fields.One2many("credit.file", "group_id", string="Members")
    note = fields.Text()

    _credit_limit_positive = models.Constraint(
        "CHECK (credit_limit >= 0)",
        "The limit of a credit group cannot be negative. Enter 0 or more, or choose "
        "'No credit'.",
    )

    def _get_members(self, group_ids):
        """The files that share each group's ceiling, ``{group_id: files}``.

        Files exempt from the group are left out. One query, all members whoever asks.
        """
        # sudo: the ceiling is shared by all members, not only by those the user reads
        files = (
            self.env["credit.file"]
            .sudo()
            .search([("group_id", "in", list(group_ids)), ("group_exempt", "=", False)])
        )
        members = files.grouped(lambda file: file.group_id.id)
        return {id_: members.get(id_, files.browse()) for id_ in group_ids}
