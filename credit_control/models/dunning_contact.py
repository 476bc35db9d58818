"""Where contacts are logged and read: customer, credit file, reminder."""

from odoo import api, fields, models

#: So many of the newest entries are shown on other documents.
SHOWN = 20


class ResPartner(models.Model):
    _inherit = "res.partner"

    credit_contact_count = fields.Integer(
        "Contacts Logged",
        compute="_compute_credit_contact_count",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_credit_contact_count(self):
        """Entries that the user may read; none for whoever may not read the log."""
        Contact = self.env["credit.contact"]
        found = {}
        if Contact.has_access("read"):
            groups = Contact._read_group(
                [
                    ("partner_id", "in", self.commercial_partner_id.ids),
                    ("state", "=", "valid"),
                ],
                ["partner_id"],
                ["__count"],
            )
            found = {partner.id: count for partner, count in groups}
        for partner in self:
            partner.credit_contact_count = found.get(
                partner.commercial_partner_id.id, 0
            )

    @api.readonly
    def action_open_credit_contacts(self):
        """The log about this customer; *Log Contact* adds to it."""
        self.ensure_one()
        customer = self.commercial_partner_id
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Contacts of %s", customer.display_name),
            "res_model": "credit.contact",
            "domain": [("partner_id", "=", customer.id)],
            "context": {"default_partner_ids": [fields.Command.set(self.ids)]},
            "views": [(False, "list"), (False, "form")],
        }


class CreditFile(models.Model):
    _inherit = "credit.file"

    contact_log_count = fields.Integer(
        "Contact Log", compute="_compute_contact_log_count"
    )
    contact_log_ids = fields.Many2many(
        "credit.contact", compute="_compute_contact_log_ids", string="Last Contacts"
    )

    def _compute_contact_log_count(self):
        groups = self.env["credit.contact"]._read_group(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("state", "=", "valid"),
            ],
            ["partner_id", "company_id"],
            ["__count"],
        )
        counts = {(partner.id, company.id): n for partner, company, n in groups}
        for file in self:
            file.contact_log_count = counts.get(
                (file.partner_id.id, file.company_id.id), 0
            )

    def _compute_contact_log_ids(self):
        for file in self:
            file.contact_log_ids = self.env["credit.contact"].search(
                [
                    ("partner_id", "=", file.partner_id.id),
                    ("company_id", "=", file.company_id.id),
                ],
                limit=SHOWN,
            )

    @api.readonly
    def action_open_contacts(self):
        action = self._action_open_customer("credit.contact", self.env._("Contact Log"))
        return action | {"context": self._prepare_contact_context()}

    @api.readonly
    def action_log_contact(self):
        """Log a contact with this customer."""
        self.ensure_one()
        return self.env["credit.contact.wizard"]._get_action(
            self._prepare_contact_context()
        )

    def _prepare_contact_context(self):
        return {
            "default_partner_ids": [fields.Command.set(self.partner_id.ids)],
            "default_company_id": self.company_id.id,
        }


class CreditDunningNotice(models.Model):
    _inherit = "credit.dunning.notice"

    contact_log_ids = fields.One2many("credit.contact", "notice_id")

    @api.readonly
    def action_log_contact(self):
        """Log a contact about this reminder."""
        self.ensure_one()
        kind = self.channel if self.channel in ("call", "visit") else "call"
        return self.env["credit.contact.wizard"]._get_action(
            {
                "default_partner_ids": [fields.Command.set(self.partner_id.ids)],
                "default_company_id": self.company_id.id,
                "default_notice_id": self.id,
                "default_kind": kind,
            }
        )


class CreditPromise(models.Model):
    _inherit = "credit.promise"

    contact_log_ids = fields.One2many("credit.contact", "promise_id")

    @api.model
    def _create_from_portal(self, partner, items, amount, date, note=None):
        """What a customer enters online is a contact, too."""
        promise = super()._create_from_portal(partner, items, amount, date, note)
        promise._log_online("promise_id", "credit_contact_result_promised", partner)
        return promise


class CreditDispute(models.Model):
    _inherit = "credit.dispute"

    contact_log_ids = fields.One2many("credit.contact", "dispute_id")

    @api.model
    def _create_from_portal(self, partner, items, amount, reason, note=None):
        """What a customer enters online is a contact, too."""
        disputes = super()._create_from_portal(partner, items, amount, reason, note)
        disputes[:1]._log_online(
            "dispute_id", "credit_contact_result_disputed", partner
        )
        return disputes


class CreditItemMixin(models.AbstractModel):
    _inherit = "credit.item.mixin"

    def _log_online(self, link, result, contact):
        # sudo: the customer may not read what is noted about him
        result = self.env.ref(f"credit_control.{result}", raise_if_not_found=False)
        if self and result:
            self.env["credit.contact"].sudo()._log(
                self.sudo().partner_id,
                self.sudo().company_id,
                result.sudo(),
                **{link: self.id},
                contact_id=contact.sudo().id,
                kind="portal",
                direction="in",
                user_id=False,
                note=self.sudo().note,
            )
