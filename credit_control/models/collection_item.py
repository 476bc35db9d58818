"""What promises and disputes share: whose items they are, and who may name them."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

#: So many promises, and so many disputes, may one customer enter online in a day.
PORTAL_A_DAY = 10


class CreditItemMixin(models.AbstractModel):
    """Somebody says something about open items of one customer.

    The records are made by services, for people by the wizards and for the portal by
    ``_create_from_portal``: values that came from a client are never trusted. They are
    kept per commercial partner and root company, as credit files are.
    """

    _name = "credit.item.mixin"
    _description = "Statement of a Customer About Open Items"
    _inherit = ["mail.thread", "mail.activity.mixin", "credit.made.by.methods"]
    _mail_post_access = "read"

    #: What people may write directly; everything else goes by buttons.
    _EDITABLE = frozenset({"user_id", "note"})

    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    contact_id = fields.Many2one(
        "res.partner", "Said By", readonly=True, ondelete="set null"
    )
    user_id = fields.Many2one(
        "res.users", "Owner", index="btree_not_null", tracking=True
    )
    source = fields.Selection(
        [("user", "Our people"), ("portal", "Customer online")],
        "Entered By",
        default="user",
        required=True,
        readonly=True,
    )
    note = fields.Text()

    # -- rights -----------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(
                self.env._("Choose the invoices and use the button for it.")
            )
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            technical = ("message_", "activity_", "my_activity_", "website_message")
            forbidden = [
                name
                for name in vals
                if name not in self._EDITABLE and not name.startswith(technical)
            ]
            if forbidden:
                labels = self.fields_get(forbidden, ["string"])
                raise AccessError(
                    self.env._(
                        "%(fields)s cannot be changed by hand: what was said stays as "
                        "it is. Withdraw it and enter a new one.",
                        fields=", ".join(sorted(f["string"] for f in labels.values())),
                    )
                )
        return super().write(vals)

    # -- items ------------------------------------------------------------------------
    @api.model
    def _check_open_items(self, items):
        """The (commercial partner, root company, currency) of open items.

        :raise UserError: when they are not open trade receivables of one customer,
            company and currency; names what is wrong
        """
        items = items.sudo()  # sudo: whose they are; the caller has checked the reader
        if not items:
            raise UserError(self.env._("Choose at least one open item."))
        partner = items.partner_id.commercial_partner_id
        company, currency = items.company_id.root_id, items.currency_id
        if len(partner) != 1 or not all(item.partner_id for item in items):
            raise UserError(self.env._("Choose items of one customer."))
        if len(company) != 1:
            raise UserError(self.env._("Choose items of one company."))
        if len(currency) != 1:
            raise UserError(self.env._("Choose items of one currency."))
        _companies, receivable_ids, _notes = self.env["credit.exposure"]._read_books(
            company.id
        )
        for item in items:
            if (
                item.parent_state != "posted"
                or item.account_id.id not in receivable_ids
                or item.amount_residual <= 0
                or item.amount_residual_currency <= 0
            ):
                raise UserError(
                    self.env._(
                        "%(item)s is not open any more, or nothing to be paid by the "
                        "customer.",
                        item=item.move_name or item.display_name,
                    )
                )
        return partner, company, currency

    @api.model
    def _check_maker(self, items):
        """Whoever enters it may do so, and reads the items."""
        self.browse().check_access("create")
        items.check_access("read")

    @api.model
    def _check_portal(self, partner, items):
        """A customer online reaches his own items only, and not too often.

        :raise UserError: neutral, it says nothing about documents of others
        """
        # sudo: portal users have no right to any of these models
        items = items.sudo().exists()
        mine = partner.sudo().commercial_partner_id
        if not items or items.partner_id.commercial_partner_id != mine:
            raise UserError(self.env._("These documents cannot be chosen."))
        since = fields.Datetime.now() - timedelta(days=1)
        count = self.sudo().search_count(
            [
                ("partner_id", "=", mine.id),
                ("source", "=", "portal"),
                ("create_date", ">=", since),
            ]
        )
        if count >= PORTAL_A_DAY:
            raise UserError(
                self.env._("That is enough for today. Please write or call us.")
            )
        return items

    @api.model
    def _get_owner(self, partner, company):
        """Who looks after what a customer says online: his collector, his salesperson,
        else somebody of the credit team; may be nobody."""
        # sudo: the customer's people, whoever asks
        partner = partner.sudo()
        key, File = (partner.id, company.id), self.env["credit.file"]
        file = File._for_customers([key]).get(key, File)
        people = File._get_collectors([key])[key] | file.user_id | partner.user_id
        if not people:
            group = self.env.ref("credit_control.group_credit_user")
            people = (
                self.env["res.users"]
                .sudo()
                .search(
                    [
                        ("all_group_ids", "in", group.ids),
                        ("share", "=", False),
                        ("company_ids", "in", company.ids),
                    ],
                    order="id desc",
                    limit=1,
                )
            )
        return people.filtered(lambda user: user.active and not user.share)[:1]
