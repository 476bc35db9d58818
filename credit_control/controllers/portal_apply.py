"""The customer applies for credit on the portal, where the company wants that."""

import math

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

FLASH = "credit_apply_flash"


class CreditApplyPortal(CustomerPortal):
    """Which customer it is, the session says; no address or form names one. The
    service checks what was typed again and answers in neutral words."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "credit_apply_count" in counters:
            review = request.env["credit.review"]
            values["credit_apply_count"] = len(
                review._get_portal_companies(request.env.user.partner_id)
            )
        return values

    @http.route(
        "/my/credit/apply",
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    def portal_my_credit_apply(self, **_kwargs):
        partner, review = request.env.user.partner_id, request.env["credit.review"]
        companies = review._get_portal_companies(partner)
        if not companies:
            raise request.not_found()
        values = self._prepare_portal_layout_values() | {
            "page_name": "credit_apply",
            "companies": companies,
            "open_applications": review._get_portal_open(partner, companies),
            "terms": {
                company.id: review._get_portal_terms(company) for company in companies
            },
            "flash": request.session.pop(FLASH, None),
        }
        return request.render("credit_control.portal_my_credit_apply", values)

    @http.route(
        "/my/credit/apply",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    def portal_my_credit_apply_post(self, **form):
        try:
            with request.env.cr.savepoint():
                request.env["credit.review"]._create_from_portal(
                    request.env.user.partner_id,
                    self._read_id(form.get("company_id")),
                    self._read_wanted(form.get("amount")),
                    self._read_id(form.get("term_id")),
                    form.get("note"),
                    self._read_files(),
                )
            text = request.env._("Thank you. We will look at it and answer you.")
            level = "success"
        except UserError as error:
            text, level = str(error), "warning"
        request.session[FLASH] = {"text": text, "level": level}
        return request.redirect("/my/credit/apply")

    def _read_files(self):
        """``[(name, content)]`` of the files that were chosen."""
        files = request.httprequest.files.getlist("attachment")
        return [(file.filename, file.read()) for file in files if file.filename]

    def _read_id(self, text):
        text = text or ""
        fits = text.isascii() and text.isdigit() and len(text) < 10
        return int(text) if fits else None

    def _read_wanted(self, text):
        """:raise UserError: when it is no number"""
        try:
            amount = float((text or "").strip() or "nan")
        except ValueError:
            amount = math.nan
        if not math.isfinite(amount):
            raise UserError(request.env._("Enter the amount as a number."))
        return amount
