from odoo import api, fields, models, tools
from odoo.exceptions import AccessError, UserError, ValidationError


class CreditDelegation(models.Model):
    """Somebody acts within the authority of another one, from one day to another.

    The delegate decides within the delegator's ceiling, and the decision names both. A
    delegation is not passed on, gives nothing to somebody outside the credit team, and
    never lets a request come back to who made it: where the delegator may not decide
    (four eyes), nobody may for him.

    Delegations are written once. They end early by ``action_end``, and stay readable.
    """

    _name = "credit.delegation"
    _description = "Delegation of a Credit Authority"
    _inherit = ["mail.thread"]
    _order = "date_from desc, id desc"
    _rec_name = "delegator_id"

    delegator_id = fields.Many2one(
        "res.users",
        "Who Is Away",
        required=True,
        index=True,
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        ondelete="restrict",
    )
    delegate_id = fields.Many2one(
        "res.users",
        "Stands In",
        required=True,
        index=True,
        domain=[("share", "=", False)],
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company",
        index="btree_not_null",
        domain=[("parent_id", "=", False)],
        help="Empty: every company.",
    )
    date_from = fields.Date(
        "From", required=True, default=fields.Date.context_today, tracking=True
    )
    date_to = fields.Date("To", required=True, tracking=True)
    reason = fields.Char(required=True)
    ended_by = fields.Many2one("res.users", readonly=True)
    is_active = fields.Boolean(
        "In Force", compute="_compute_is_active", search="_search_is_active"
    )

    _dates_ordered = models.Constraint(
        "CHECK (date_to >= date_from)",
        "A delegation cannot end before it starts. Correct the dates.",
    )
    _two_people = models.Constraint(
        "CHECK (delegator_id <> delegate_id)",
        "Nobody stands in for himself. Choose somebody else.",
    )

    # -- computes -------------------------------------------------------------------
    @api.depends("date_from", "date_to", "ended_by")
    def _compute_is_active(self):
        active = self.filtered_domain(self._search_is_active("in", [True]))
        for delegation in self:
            delegation.is_active = delegation in active

    def _search_is_active(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.today()
        active = fields.Domain(
            [
                ("ended_by", "=", False),
                ("date_from", "<=", today),
                ("date_to", ">=", today),
            ]
        )
        return active if True in value else ~active

    @api.depends("delegator_id", "delegate_id")
    def _compute_display_name(self):
        for delegation in self:
            delegation.display_name = self.env._(
                "%(delegate)s for %(delegator)s",
                delegate=delegation.delegate_id.name,
                delegator=delegation.delegator_id.name,
            )

    # -- rights ---------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        """:raise AccessError: for the authority of others, unless by a manager; nobody
        takes one for himself"""
        delegations = super().create(vals_list)
        for delegation in delegations if not self.env.su else ():
            delegation._check_own()
            if delegation.delegate_id == self.env.user:
                raise AccessError(
                    self.env._(
                        "Nobody gives himself the authority of somebody else. Ask "
                        "%(delegator)s or another credit manager to enter it.",
                        delegator=delegation.delegator_id.name,
                    )
                )
        delegations._reset_cache()
        return delegations

    def write(self, vals):
        technical = ("message_", "website_message")
        if not self.env.su and any(not name.startswith(technical) for name in vals):
            raise AccessError(
                self.env._(
                    "A delegation stays as it was entered. End it, and enter another."
                )
            )
        result = super().write(vals)
        self._reset_cache()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A delegation stays readable. End it instead."))

    @api.constrains("delegate_id", "delegator_id", "company_id")
    def _check_people(self):
        for delegation in self:
            for user in delegation.delegate_id | delegation.delegator_id:
                # sudo: groups of colleagues
                if not user.sudo()._has_group("credit_control.group_credit_user"):
                    raise ValidationError(
                        self.env._(
                            "%(user)s is not of the credit team, so an authority means "
                            "nothing to him. Choose somebody of the team.",
                            user=user.name,
                        )
                    )
            if delegation.company_id.parent_id:
                raise ValidationError(
                    self.env._(
                        "Credit is kept at the main company: choose %(company)s "
                        "instead of the branch.",
                        company=delegation.company_id.root_id.name,
                    )
                )

    def _check_own(self):
        manager = self.env.user.has_group("credit_control.group_credit_manager")
        if not manager and self.delegator_id != self.env.user:
            raise AccessError(
                self.env._(
                    "You may delegate your own authority only. Ask %(user)s or a "
                    "credit manager.",
                    user=self.delegator_id.name,
                )
            )

    # -- business -------------------------------------------------------------------
    def action_end(self):
        """From now on the delegate decides nothing more for the delegator."""
        self.check_access("write")
        for delegation in self:
            delegation._check_own()
        # sudo: written by this method only
        self.filtered(lambda one: not one.ended_by).sudo().write(
            {"ended_by": self.env.uid}
        )

    def _reset_cache(self):
        """Every worker asks anew, and again after the commit."""
        self.env["credit.file"]._reset_credit_active()

    @api.model
    @tools.ormcache()
    def _get_all(self):
        """``((delegator, delegate, company or False, from, to), …)``: ids and days of
        those not ended; one query, then none."""
        # sudo: read for whoever decides
        return tuple(
            (
                one.delegator_id.id,
                one.delegate_id.id,
                one.company_id.id,
                one.date_from,
                one.date_to,
            )
            for one in self.sudo().search([("ended_by", "=", False)])
        )

    @api.model
    def _get_delegators(self, user, company):
        """For whom ``user`` stands in today."""
        today = fields.Date.today()
        ids = {
            delegator_id
            for delegator_id, delegate_id, company_id, first, last in self._get_all()
            if delegate_id == user.id
            and company_id in (False, company.id)
            and first <= today <= last
        }
        # sudo: colleagues of other companies; who left lends nothing
        users = self.env["res.users"].sudo().browse(sorted(ids))
        return users.filtered("active")

    @api.model
    def _get_delegates(self, users):
        """Who stands in for one of ``users`` today, in whatever company."""
        today, ids = fields.Date.today(), set(users.ids)
        found = {
            delegate_id
            for delegator_id, delegate_id, _company, first, last in self._get_all()
            if delegator_id in ids and first <= today <= last
        }
        return users.browse(sorted(found))
