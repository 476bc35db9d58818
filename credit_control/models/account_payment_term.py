from odoo import fields, models


class AccountPaymentTerm(models.Model):
    _inherit = "account.payment.term"

    def _get_by_length(self, companies):
        """The terms that these companies may use, the shortest first."""
        # sudo: terms of a company, whoever proposes them
        terms = self.sudo().search([("company_id", "in", [False, *companies.ids])])
        return terms.sorted(lambda term: term._credit_terms()[0])

    def _credit_terms(self, start=None):
        """How long and how cheap these terms are.

        :param start: the day from which days are counted; today by default. Terms to
            the end of the month depend on it, so compare terms from the same day.
        :return: (days until the last instalment, cash discount in %)
        """
        self.ensure_one()
        start = start or fields.Date.today()
        days = [(line._get_due_date(start) - start).days for line in self.line_ids]
        discount = self.discount_percentage if self.early_discount else 0.0
        return max(days, default=0), discount
