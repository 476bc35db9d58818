"""Applications that customers make online."""

import base64
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.mimetypes import guess_mimetype

#: Applications of one customer within a day, decided ones included.
MOST_A_DAY = 3
MOST_FILES = 5
MOST_BYTES = 10 * 1024 * 1024
#: What is read from the content, not from the name.
MIMETYPES = ("application/pdf", "image/png", "image/jpeg")


class CreditReview(models.Model):
    """The customer is the commercial partner of who is logged in, never one that a form
    names; everything that his browser sends is checked here. The texts are neutral:
    they say that we look at it, never what we think of him."""

    _inherit = "credit.review"

    @api.model
    def _get_portal_companies(self, partner):
        """Where the customer may apply: root companies that want it."""
        # sudo: settings, and the company that the contact belongs to
        customer = partner.sudo().commercial_partner_id
        companies = (
            self.env["res.company"]
            .sudo()
            .search([("parent_id", "=", False), ("credit_portal_apply", "=", True)])
        )
        if customer.company_id:
            companies &= customer.company_id.root_id
        return companies

    @api.model
    def _get_portal_open(self, partner, companies):
        """``{company id: day}`` of the applications that we are looking at."""
        # sudo: the customer reads no reviews; he is told that there is one
        reviews = self.sudo().search(
            [
                ("partner_id", "=", partner.sudo().commercial_partner_id.id),
                ("company_id", "in", companies.ids),
                ("kind", "=", "application"),
                ("state", "in", ("draft", "in_review", "to_approve")),
            ]
        )
        return {review.company_id.id: review.create_date for review in reviews}

    @api.model
    def _create_from_portal(self, partner, company_id, amount, term_id, note, files):
        """An application from the portal.

        :param partner: the contact that is logged in
        :param files: ``[(name, content)]``
        :raise UserError: to be shown to the customer
        """
        companies = self._get_portal_companies(partner)
        company = companies.filtered(lambda company: company.id == company_id)
        if not company:
            raise UserError(self.env._("Please choose the company from the list."))
        if not amount or amount <= 0:
            raise UserError(self.env._("Please enter the amount you would like."))
        self._check_portal_files(files)
        customer = partner.sudo().commercial_partner_id
        self._check_portal_rate(customer, company)
        # sudo: terms are chosen from a list, and checked against it
        term = self._get_portal_terms(company).filtered(lambda one: one.id == term_id)
        portal = self.sudo().with_company(company)
        review, made = portal._apply(
            customer, company, amount, "portal", term=term, note=(note or "")[:2000]
        )
        if not made:
            raise UserError(
                self.env._("We are looking at your application already. Thank you.")
            )
        review._attach(files)
        return review

    @api.model
    def _get_portal_terms(self, company):
        # sudo: names of payment terms, for customers to choose from
        return (
            self.env["account.payment.term"]
            .sudo()
            .search([("company_id", "in", (False, company.id))])
        )

    def _check_portal_files(self, files):
        if len(files) > MOST_FILES:
            raise UserError(
                self.env._("Please attach at most %(count)s files.", count=MOST_FILES)
            )
        for name, content in files:
            if len(content) > MOST_BYTES or guess_mimetype(content) not in MIMETYPES:
                raise UserError(
                    self.env._(
                        "%(name)s: please attach PDF, PNG or JPEG files of up to "
                        "10 MB.",
                        name=name[:80],
                    )
                )

    def _check_portal_rate(self, customer, company):
        """Nobody floods the credit team."""
        since = fields.Datetime.now() - timedelta(days=1)
        # sudo: the customer reads no reviews
        recent = self.sudo().search_count(
            [
                ("partner_id", "=", customer.id),
                ("company_id", "=", company.id),
                ("origin", "=", "portal"),
                ("create_date", ">=", since),
            ]
        )
        if recent >= MOST_A_DAY:
            raise UserError(
                self.env._(
                    "You have applied several times today. Please try again tomorrow, "
                    "or call us."
                )
            )

    def _attach(self, files):
        """Evidence of the customer hangs on the review, for the credit team only."""
        self.env["ir.attachment"].create(
            [
                {
                    "name": name[:200],
                    "datas": base64.b64encode(content),
                    "res_model": self._name,
                    "res_id": self.id,
                }
                for name, content in files
            ]
        )
