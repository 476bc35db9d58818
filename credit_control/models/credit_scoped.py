from odoo import api, models
from odoo.exceptions import ValidationError

#: Which field a scope names its customers by.
SCOPE_FIELDS = {
    "tag": "tag_id",
    "grade": "grade_id",
    "group": "group_id",
    "country": "country_id",
    "customer": "partner_id",
}


class CreditScoped(models.AbstractModel):
    """Settings for all companies (``company_id`` empty) or one of them, and, where the
    model has a field ``scope``, for all of its customers or some of them."""

    _name = "credit.scoped"
    _description = "Setting for Some Customers"

    @api.model
    def _get_scope_fields(self):
        """``{scope: field}`` of the scopes that the model knows."""
        if "scope" not in self._fields:
            return {}
        return {
            scope: name for scope, name in SCOPE_FIELDS.items() if name in self._fields
        }

    @api.constrains(lambda self: ("company_id",))
    def _check_root_company(self):
        """Files are kept at the root: a setting of a branch would reach no customer."""
        for record in self:
            root = record.company_id.root_id
            if record.company_id != root:
                raise ValidationError(
                    self.env._(
                        "Credit is decided for %(company)s with all its branches: "
                        "choose %(company)s instead of %(branch)s.",
                        company=root.name,
                        branch=record.company_id.name,
                    )
                )

    @api.constrains(
        lambda self: (
            ("scope", *names) if (names := self._get_scope_fields().values()) else ()
        )
    )
    def _check_scope(self):
        for record in self:
            name = self._get_scope_fields().get(record.scope)
            if not name:
                continue
            if not record[name]:
                raise ValidationError(
                    self.env._(
                        "Say for which %(field)s the rule is meant, or let it apply to "
                        "all customers.",
                        field=record._fields[name]._description_string(self.env),
                    )
                )
            if record.scope == "customer":
                record._check_customer()

    def _check_customer(self):
        """Files are the company's: a rule for its contact would reach nobody."""
        contact, company = self.partner_id, self.partner_id.commercial_partner_id
        if contact != company:
            raise ValidationError(
                self.env._(
                    "%(contact)s is a contact of %(company)s. Credit rules are made "
                    "for the company: choose %(company)s.",
                    contact=contact.display_name,
                    company=company.display_name,
                )
            )
