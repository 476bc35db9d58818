"""Cases on the customer, on his credit file, and on what is handed over."""

from odoo import api, fields, models

from .handing_out import in_lang_of


class CreditCollectionCase(models.Model):
    _inherit = "credit.collection.case"

    def _ask_whom(self):
        """An activity for the owner of a case that nobody has been chosen for."""
        today = fields.Date.today()
        self._make_activities(
            {
                case: (
                    in_lang_of(case, case._get_owner()).env._(
                        "Choose lawyer or agency, and hand over"
                    ),
                    today,
                    case.note,
                )
                for case in self
            }
        )

    @api.model
    def _open_of(self, partner, company=None):
        """The cases of a customer."""
        domain = [("partner_id", "=", partner.commercial_partner_id.id)]
        if company:
            domain.append(("company_id", "=", company.root_id.id))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Collection Cases"),
            "res_model": self._name,
            "domain": domain,
            "views": [(False, "list"), (False, "form")],
        }


class CreditFile(models.Model):
    _inherit = "credit.file"

    case_count = fields.Integer("Collection Cases", compute="_compute_case_count")

    def _compute_case_count(self):
        groups = self.env["credit.collection.case"]._read_group(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
            ],
            ["partner_id", "company_id"],
            ["__count"],
        )
        counts = {(partner.id, company.id): n for partner, company, n in groups}
        for file in self:
            file.case_count = counts.get((file.partner_id.id, file.company_id.id), 0)

    def action_open_cases(self):
        return self._action_open_customer(
            "credit.collection.case", self.env._("Collection Cases")
        )

    def action_collection_case(self):
        """Hand the customer's overdue items over to lawyer, agency or court."""
        self.ensure_one()
        wizard = self.env["credit.collection.wizard"]
        return wizard._open(self.partner_id, self.company_id)


class ResPartner(models.Model):
    _inherit = "res.partner"

    credit_case_count = fields.Integer(
        "Collection Cases", compute="_compute_credit_case_count"
    )

    def _compute_credit_case_count(self):
        """Cases of the customer that the viewer may read; 0 for who may read none."""
        Case = self.env["credit.collection.case"]
        counts = {}
        if Case.has_access("read"):
            groups = Case._read_group(
                [("partner_id", "in", self.commercial_partner_id.ids)],
                ["partner_id"],
                ["__count"],
            )
            counts = {partner.id: count for partner, count in groups}
        for partner in self:
            partner.credit_case_count = counts.get(partner.commercial_partner_id.id, 0)

    @api.readonly
    def action_open_credit_cases(self):
        self.ensure_one()
        return self.env["credit.collection.case"]._open_of(self)

    def action_collection_case(self):
        """The action *Hand Over to Collection* on a customer."""
        self.ensure_one()
        wizard = self.env["credit.collection.wizard"]
        return wizard._open(self, self.env.company)


class AccountMove(models.Model):
    _inherit = "account.move"

    def action_collection_case(self):
        """The list action *Hand Over to Collection*."""
        return self._get_open_items().action_collection_case()


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def action_collection_case(self):
        """The list action *Hand Over to Collection*."""
        wizard = self.env["credit.collection.wizard"]
        items = self._get_open_items()
        return wizard._open(
            items.partner_id.commercial_partner_id, items.company_id.root_id, items
        )
