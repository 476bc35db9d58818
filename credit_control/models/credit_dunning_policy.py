from odoo import api, fields, models


class CreditDunningPolicy(models.Model):
    """A strategy of dunning: its levels, and from when on it is worth a letter.

    Which one holds for an invoice: the invoice's own, the customer's, that of his
    grade, the company's, else the shipped one: a new company needs no configuration.
    Amounts are in the currency of the strategy.
    """

    _name = "credit.dunning.policy"
    _description = "Dunning Strategy"
    _order = "sequence, id"
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char("Strategy", required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        index="btree_not_null",
        domain="[('parent_id', '=', False)]",
        help="Empty: the strategy is for every company.",
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.root_id.currency_id,
    )
    mode = fields.Selection(
        [
            ("customer", "One notice per customer and currency"),
            ("item", "One notice per invoice or instalment"),
        ],
        "Notices",
        default="customer",
        required=True,
        help="A notice for several items speaks in the tone of the highest level.",
    )
    level_ids = fields.One2many(
        "credit.dunning.level", "policy_id", string="Levels", copy=True
    )
    level_count = fields.Integer(compute="_compute_level_count")
    min_amount = fields.Monetary(
        "Minimum Amount", help="Customers who owe less get no notice."
    )
    tolerance = fields.Monetary(
        help="Items of which no more than this is left are not reminded of."
    )
    min_days = fields.Integer(
        "Days Between Notices",
        default=7,
        help="The same customer gets no further notice before.",
    )
    offset_credits = fields.Boolean(
        "Offset Open Credits",
        default=True,
        help="Credit notes and payments not yet applied pay the oldest items.",
    )
    skip_levels = fields.Boolean(
        "Levels May Be Skipped",
        help="An old item gets at once the highest level whose day has come. "
        "Otherwise every level is sent before the next one.",
    )
    approval = fields.Boolean(
        "Needs Approval", help="A credit approver approves a run before it is sent."
    )

    _figures_positive = models.Constraint(
        "CHECK (min_amount >= 0 AND tolerance >= 0 AND min_days >= 0)",
        "Minimum amount, tolerance and days between notices cannot be negative.",
    )

    @api.depends("level_ids")
    def _compute_level_count(self):
        for policy in self:
            policy.level_count = len(policy.level_ids)

    @api.ondelete(at_uninstall=False)
    def _unlink_levels(self):
        """Its levels go first, and say whether they may."""
        self.level_ids.unlink()

    def copy_data(self, default=None):
        return [
            vals | {"name": self.env._("%(name)s (copy)", name=policy.name)}
            if "name" not in (default or {})
            else vals
            for policy, vals in zip(self, super().copy_data(default), strict=True)
        ]

    @api.model
    def _get_default(self, company):
        """The strategy of customers for whom none is set: the company's, else the
        shipped one, else the first there is; empty when there is none at all."""
        # sudo: what holds for a customer does not depend on who asks
        company = company.sudo().root_id
        Policy = self.sudo()
        shipped = self.env.ref(
            "credit_control.credit_dunning_policy_soft", raise_if_not_found=False
        )
        for policy in (company.credit_dunning_policy_id, shipped):
            if policy and policy.active:
                return policy.sudo()
        return Policy.search([("company_id", "in", [False, company.id])], limit=1)
