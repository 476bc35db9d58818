"""Odoo's own credit limit and trust follow the credit file."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, float_compare


class CreditFile(models.Model):
    """Write-through to ``res.partner.credit_limit`` and ``trust``.

    Odoo's screens keep a limit per contact and company: 0 means unlimited there, an
    empty value means the company's default. The file writes its limit through, so
    that no screen ever shows another number: an amount in company currency at
    today's rate; 0 for *unlimited* and, for want of anything better, for *no
    credit*; nothing for *inherited*. Branches get the same value as their root. The
    other direction is in ``res.partner.write``.
    """

    _inherit = "credit.file"

    def write(self, vals):
        result = super().write(vals)
        if "grade_id" in vals:
            self._push_trust()
        return result

    def _take_over_native(self):
        """Start a new file with the limit and trust that the contact carried."""
        self.ensure_one()
        partner = self._get_native_partner(self.company_id)
        fallback = partner._fields["credit_limit"].get_company_dependent_fallback(
            partner
        )
        if partner.credit_limit > 0 and partner.credit_limit != fallback:
            # sudo: the limit was granted before, it only changes its place
            self.sudo()._set_limit(
                "amount",
                partner.credit_limit,
                currency=self.company_id.currency_id,
                reason=self.env._("Taken over from the contact"),
                source="native",
            )
        self._push_trust()

    def _get_native_partner(self, company):
        """The customer in one company, with the right to keep his figures in line."""
        # sudo: decisions on the file hold for the contact whoever may edit contacts
        return self.partner_id.sudo().with_company(company)

    def _get_tree_companies(self):
        """The root company and its branches."""
        # sudo: branches the user has not switched on are kept in line as well
        Company = self.env["res.company"].sudo()
        return Company.search([("id", "child_of", self.company_id.ids)])

    def _get_native_limit(self):
        """The limit as Odoo's own field says it; None for the company's default."""
        self.ensure_one()
        if self.limit_mode == "inherit":
            return None
        if self.limit_mode != "amount":
            return 0.0
        currency, company = self.currency_id, self.company_id
        return currency._convert(
            self.credit_limit, company.currency_id, company, fields.Date.today()
        )

    def _push_native(self):
        """Write the limit through to the contacts; only where it differs."""
        for root, files in self.grouped("company_id").items():
            companies = files._get_tree_companies()
            inheriting = files.filtered(lambda file: file.limit_mode == "inherit")
            inheriting._clear_native(companies)
            digits = root.currency_id.rounding
            for file in files - inheriting:
                limit = file._get_native_limit()
                for company in companies:
                    partner = file._get_native_partner(company)
                    if float_compare(
                        partner.credit_limit, limit, precision_rounding=digits
                    ):
                        partner._write_native_credit({"credit_limit": limit})

    def _clear_native(self, companies):
        """Back to the company's default: take the own values off the contacts.

        In SQL, for the ORM can only write a value over a value, and a copy of the
        default would not follow when the default changes.
        """
        if not self:
            return
        partners = self.partner_id
        partners.flush_model(["credit_limit", "commercial_partner_id"])
        self.env.cr.execute(
            SQL(
                """
                UPDATE res_partner SET credit_limit = credit_limit - %(companies)s
                 WHERE commercial_partner_id IN %(partners)s
                   AND credit_limit ?| %(companies)s
                """,
                companies=[str(id_) for id_ in companies.ids],
                partners=tuple(partners.ids),
            )
        )
        partners.invalidate_model(["credit_limit"])

    def _push_trust(self):
        """Trust follows the grade, where the grade says one."""
        for file in self.filtered("grade_id.trust"):
            for company in file._get_tree_companies():
                partner = file._get_native_partner(company)
                if partner.trust != file.grade_id.trust:
                    partner._write_native_credit({"trust": file.grade_id.trust})

    def _refresh_native_rates(self):
        """Today's exchange rate for limits in a foreign currency."""
        self.flush_model(["limit_mode", "currency_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT file.id FROM credit_file file
                  JOIN res_company company ON company.id = file.company_id
                 WHERE file.limit_mode = 'amount'
                   AND file.currency_id <> company.currency_id
                """
            )
        )
        self.browse(file_id for (file_id,) in rows)._push_native()

    def _accept_native(self, vals):
        """Values of Odoo's own fields that somebody sets on the contact.

        :raise AccessError: when he may not set limits; it says where they are kept
        """
        if "credit_limit" in vals:
            self._accept_native_limit(vals["credit_limit"] or 0.0)
        partner = self._get_native_partner(self.env.company)
        trust = vals.get("trust", partner.trust)
        if trust == partner.trust:
            return
        self._check_may_set_limit()
        if self.grade_id.trust:
            raise UserError(
                self.env._(
                    "The trust in %(customer)s follows the grade %(grade)s. Change the "
                    "grade on the credit file.",
                    customer=self.display_name,
                    grade=self.grade_id.display_name,
                )
            )
        partner._write_native_credit({"trust": trust})

    def _accept_native_limit(self, amount):
        """A limit typed into Odoo's own field, in company currency: make it a line.

        :param amount: what ``partner.credit_limit`` is being set to
        """
        self.ensure_one()
        partner = self._get_native_partner(self.env.company)
        digits = self.company_id.currency_id.rounding
        if not float_compare(partner.credit_limit, amount, precision_rounding=digits):
            return
        fallback = partner._fields["credit_limit"].get_company_dependent_fallback(
            partner
        )
        if not float_compare(amount, fallback, precision_rounding=digits):
            mode = "inherit"
        else:
            mode = "amount" if amount else "unlimited"
        self._set_limit(
            mode,
            amount,
            currency=self.company_id.currency_id,
            reason=self.env._("Changed on the contact form"),
            source="native",
        )

    @api.model
    def _take_over_all_native(self):
        """Make a file for every customer who carries a limit of his own in Odoo's
        field: at installation, in one statement per company.

        A value equal to the company's default is no own limit. The root company's
        value counts; where only branches have one, that of the oldest branch.

        :return: how many files were made
        """
        Partner = self.env["res.partner"].sudo()  # sudo: all customers, all companies
        Partner.flush_model(["credit_limit", "commercial_partner_id", "company_id"])
        made = 0
        for root in self.env["res.company"].sudo().search([("parent_id", "=", False)]):
            field, partner = Partner._fields["credit_limit"], Partner.with_company(root)
            self.env.cr.execute(
                SQL(
                    """
                    WITH %(files)s
                    INSERT INTO credit_limit_line (file_id, company_id, currency_id,
                           kind, mode, amount, date_from, reason, source,
                           approved_by, create_uid, create_date, write_uid, write_date)
                    SELECT id, company_id, currency_id, 'permanent', 'amount',
                           credit_limit, %(today)s, %(reason)s, 'native',
                           %(uid)s, %(uid)s, %(now)s, %(uid)s, %(now)s
                      FROM made
                    """,
                    files=self._native_files_sql(
                        root, field.get_company_dependent_fallback(partner)
                    ),
                    today=fields.Date.today(),
                    now=fields.Datetime.now(),
                    uid=self.env.uid,
                    reason=self.env._("Taken over from the contact"),
                )
            )
            made += self.env.cr.rowcount
        self.invalidate_model()
        self._reset_credit_active()
        return made

    def _native_files_sql(self, root, fallback) -> SQL:
        """The files to be made in one company, as ``native`` and ``made``."""
        return SQL(
            """
            native AS (
                SELECT DISTINCT ON (partner.id) partner.id, entry.value::numeric
                  FROM res_partner partner
                 CROSS JOIN jsonb_each_text(partner.credit_limit) entry
                  JOIN res_company company ON company.id = entry.key::int
                  LEFT JOIN res_company home ON home.id = partner.company_id
                 WHERE partner.commercial_partner_id = partner.id
                   AND company.parent_path LIKE %(path)s
                   AND (home.id IS NULL OR home.parent_path LIKE %(path)s)
                   AND entry.value::numeric > 0
                   AND entry.value::numeric <> %(fallback)s
                   AND NOT EXISTS (SELECT FROM credit_file
                                    WHERE partner_id = partner.id
                                      AND company_id = %(company)s)
                 ORDER BY partner.id, company.id <> %(company)s, company.id),
            made AS (
                INSERT INTO credit_file (partner_id, company_id, currency_id, state,
                       limit_mode, credit_limit, limit_status,
                       create_uid, create_date, write_uid, write_date)
                SELECT id, %(company)s, %(currency)s, 'open', 'amount', value, 'unset',
                       %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM native
             RETURNING id, company_id, currency_id, credit_limit)
            """,
            path=f"{root.id}/%",
            company=root.id,
            currency=root.currency_id.id,
            fallback=fallback,
            uid=self.env.uid,
            now=fields.Datetime.now(),
        )
