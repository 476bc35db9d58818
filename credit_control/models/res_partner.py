from odoo import fields, models

#: Fields of Odoo's own that the credit file keeps.
NATIVE = frozenset({"credit_limit", "trust"})
#: Passed in the context while two customers are merged. An object: no client can
#: send it.
MERGING = object()


class ResPartner(models.Model):
    """A customer's way to his credit file, and Odoo's own limit fields.

    A customer without a file is left alone altogether: the overrides below stop
    before their first query where no file exists.
    """

    _inherit = "res.partner"

    credit_file_ids = fields.One2many(
        "credit.file",
        "partner_id",
        string="Credit Files",
        groups="credit_control.group_credit_user,credit_control.group_credit_auditor",
    )

    def write(self, vals):
        """Odoo's own limit and trust go to the file where there is one; a customer
        who becomes the contact of another takes his file along."""
        if self.env.context.get("credit_merging") is MERGING:
            return super().write(vals)
        if not self.env["credit.file"]._credit_active_company_ids():
            return super().write(vals)
        native = {name: vals[name] for name in NATIVE & vals.keys()}
        kept = self._get_kept_files() if native else {}
        if not kept:
            result = super().write(vals)
        else:
            others = self.browse(id_ for id_ in self._ids if id_ not in kept)
            result = super(ResPartner, others).write(vals) if others else True
            filed = self - others
            filed.check_access("write")
            for file in kept.values():
                file._accept_native(native)
            if rest := {k: v for k, v in vals.items() if k not in NATIVE}:
                super(ResPartner, filed).write(rest)
        if {"parent_id", "is_company"} & vals.keys():
            self._rehome_credit_files()
        return result

    def _write_native_credit(self, vals):
        """Write Odoo's own credit fields without asking the file: for the file."""
        return super().write(vals)

    def _get_kept_files(self):
        """``{partner id: file}`` of the customers among these whose native limit is
        kept by a file of the current company; one query at most.

        A contact is left out: what he gets is a copy of his customer's value.
        """
        company = self.env.company.root_id
        customers = self.filtered(lambda p: p.commercial_partner_id == p)
        files = self.env["credit.file"]._for_customers(
            [(id_, company.id) for id_ in customers.ids]
        )
        return {key[0]: file.with_env(self.env) for key, file in files.items()}

    def _rehome_credit_files(self):
        """The file of a customer who has become the contact of another goes to the
        other; nothing about his credit is lost."""
        contacts = self.filtered(lambda p: p.commercial_partner_id != p)
        # sudo: whoever may edit contacts must not leave a file behind
        files = (
            self.env["credit.file"].sudo().search([("partner_id", "in", contacts.ids)])
        )
        for partner, moved in files.grouped("partner_id").items():
            moved._move_to_customer(partner.commercial_partner_id)
