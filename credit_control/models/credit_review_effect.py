"""What an approved review does to the file, with the last signature."""

from odoo import fields, models


class CreditReview(models.Model):
    _inherit = "credit.review"

    def _apply_decision(self, reason):
        """Grade, terms, deposit, limit, state and the next review, all or nothing. The
        gate reads the file, so that it follows at once."""
        self.ensure_one()
        # sudo: the signatures are the right to do this
        file, today = self.file_id.sudo(), fields.Date.today()
        if vals := self._prepare_file_vals(today):
            file.write(vals)
        if vals.get("payment_term_id"):
            self._write_contact_terms(file)
        if self.limit_mode == "keep":
            return
        first = self.date_from if self.date_from and self.date_from > today else today
        self.limit_line_id = file._set_limit(
            self.limit_mode,
            self.credit_limit,
            kind=self.limit_kind,
            currency=self.currency_id,
            date_from=first,
            date_to=self.limit_date_to,
            reason=f"{self.name}: {reason}",
            source="review",
            review=self,
        )

    def _write_contact_terms(self, file):
        """Quotations and invoices start from the terms of the contact: what was
        granted becomes theirs, in the company and its branches."""
        companies = self.env["res.company"].sudo()  # sudo: branches of whomever
        for company in companies.search([("id", "child_of", file.company_id.id)]):
            partner = file.partner_id.with_company(company)
            partner.property_payment_term_id = file.payment_term_id

    def _prepare_file_vals(self, today):
        """What the review proposes to change: what it left as it was follows nobody
        back who changed it meanwhile. A limit request is no full review, so that it
        puts none off."""
        file = self.file_id
        vals = {
            name: self._fields[name].convert_to_write(self[name], self)
            for name in ("grade_id", "payment_term_id", "deposit_pct")
            if self[name] != self[f"now_{name}"]
        }
        if file.state == "prospect" and self._opens_prospect():
            vals["state"] = "open"
        if self.kind != "limit":
            vals["last_review_date"] = today
            vals["next_review_date"] = self.next_review_date or self._get_next(today)
        elif self.next_review_date:
            vals["next_review_date"] = self.next_review_date
        return vals

    def _opens_prospect(self):
        """A prospect becomes a customer by his application, by a full review, or by a
        limit that he is granted; not because somebody looked at him."""
        granted = self.limit_mode == "unlimited" or (
            self.limit_mode == "amount" and self.credit_limit > 0
        )
        return granted or self.kind in ("application", "periodic")

    def _get_next(self, today):
        company = self.company_id
        figures = self.figures or {}
        currency = self.env["res.currency"].browse(
            figures.get("currency_id") or company.currency_id.id
        )
        owed = currency._convert(
            figures.get("used") or 0.0, company.currency_id, company, today
        )
        return self.file_id._get_next_review(self.grade_id, today, owed)
