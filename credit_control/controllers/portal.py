"""The customer's account on the portal: statement, files, promises, disputes."""

import math

from werkzeug.exceptions import TooManyRequests

from odoo import fields, http
from odoo.exceptions import UserError
from odoo.http import content_disposition, request

from odoo.addons.portal.controllers.portal import CustomerPortal

from ..tools.rate import Rate

#: Statements as files that one customer fetches in ten minutes: each is rendered.
FILES = Rate(20, 600)
#: More items than this nobody ticks by hand.
MOST_ITEMS = 50
FLASH = "credit_portal_flash"


class CreditPortal(CustomerPortal):
    """Every page is about the commercial partner of the user who is logged in: no
    address or form names a customer. What is typed goes to services that check it
    again; they answer in neutral words, which are shown on the page."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "credit_account_count" in counters:
            # sudo: whether he has an account at all
            service = request.env["credit.statement"].sudo()
            values["credit_account_count"] = len(
                service._get_portal_companies(request.env.user.partner_id)
            )
        return values

    # -- pages ------------------------------------------------------------------
    @http.route("/my/credit", type="http", auth="user", website=True, sitemap=False)
    def portal_my_credit(self, **kwargs):
        options = self._read_options(kwargs)
        accounts = request.env["credit.statement"]._get_portal_accounts(
            request.env.user.partner_id, **options
        )
        return request.render(
            "credit_control.portal_my_credit",
            self._prepare_portal_layout_values()
            | {
                "page_name": "credit",
                "accounts": accounts,
                "today": fields.Date.today(),
                # sudo: portal users have no right to the reasons
                "reasons": request.env["credit.dispute.reason"]
                .sudo()
                .search([("online", "=", True)]),
                "options": options,
                "flash": request.session.pop(FLASH, None),
            },
        )

    @http.route(
        "/my/credit/<int:company_id>/<any(pdf,xlsx):form>",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
    )
    def portal_my_credit_file(self, company_id, form, **kwargs):
        """The same as a file; a company he has no account with is not found."""
        partner = request.env.user.partner_id.sudo().commercial_partner_id
        # sudo: his own documents, the customer is that of the session
        service = request.env["credit.statement"].sudo()
        company = service._get_portal_companies(partner).filtered(
            lambda company: company.id == company_id
        )
        if not company:
            raise request.not_found()
        if not FILES.allows((request.db, partner.id)):
            raise TooManyRequests()
        make, mimetype = {
            "pdf": (service._get_pdf, "application/pdf"),
            "xlsx": (
                service._get_xlsx,
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            ),
        }[form]
        charges = company.sudo().credit_portal_charges  # sudo: a setting
        options = self._read_options(kwargs) | {"charges": charges}
        content = make(partner, company, **options)
        name = f"{service._get_words()['title']} {fields.Date.today()}.{form}"
        return request.make_response(
            content,
            headers=[
                ("Content-Type", mimetype),
                ("Content-Length", len(content)),
                ("Content-Disposition", content_disposition(name)),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )

    # -- what the customer says ---------------------------------------------------
    @http.route(
        "/my/credit/promise",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    def portal_my_credit_promise(self, **form):
        """A day on which he pays the items he ticked."""
        return self._act(self._promise, form)

    def _promise(self, items, form):
        request.env["credit.promise"]._create_from_portal(
            request.env.user.partner_id,
            items,
            self._read_amount(form.get("amount")),
            self._read_date(form.get("date")),
            form.get("note"),
        )
        return request.env._("Thank you. We have noted the day on which you pay.")

    @http.route(
        "/my/credit/dispute",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    def portal_my_credit_dispute(self, **form):
        """What he does not agree with, and why."""
        return self._act(self._dispute, form)

    def _dispute(self, items, form):
        reason = form.get("reason") or ""
        request.env["credit.dispute"]._create_from_portal(
            request.env.user.partner_id,
            items,
            self._read_amount(form.get("amount")),
            request.env["credit.dispute.reason"].browse(self._read_ids([reason])),
            form.get("note"),
        )
        return request.env._("Thank you. We are looking into it and will answer you.")

    def _act(self, action, form):
        """Run one action and show its answer on the page; the service's own errors
        are for the customer, everything else is not."""
        try:
            with request.env.cr.savepoint():
                text, level = action(self._read_items(), form), "success"
        except UserError as error:
            text, level = str(error), "warning"
        request.session[FLASH] = {"text": text, "level": level}
        return request.redirect("/my/credit")

    # -- what comes from the browser ----------------------------------------------
    def _read_items(self):
        """The journal items ticked; the services check whose they are."""
        ids = self._read_ids(request.httprequest.form.getlist("item"))
        if len(ids) > MOST_ITEMS:
            raise UserError(
                request.env._(
                    "Please choose at most %(count)s items at once.", count=MOST_ITEMS
                )
            )
        return request.env["account.move.line"].browse(ids)

    def _read_ids(self, texts):
        """Ids that fit into the database's integers; everything else is left out."""
        return [
            int(text)
            for text in texts
            if text.isascii() and text.isdigit() and len(text) < 10
        ]

    def _read_amount(self, text):
        """None when empty: all that is open.

        :raise UserError: when it is no number
        """
        if not (text or "").strip():
            return None
        try:
            amount = float(text)
        except ValueError:
            amount = math.nan
        if not math.isfinite(amount):
            raise UserError(request.env._("Enter the amount as a number."))
        return amount

    def _read_date(self, text):
        """:raise UserError: when it is no day"""
        try:
            return fields.Date.to_date((text or "").strip()[:10]) or None
        except ValueError as error:
            raise UserError(request.env._("Enter the day as a date.")) from error

    def _read_options(self, values):
        """Kind and days of a statement; what makes no sense is left out."""
        kind = "movements" if values.get("kind") == "movements" else "open"
        days = {}
        for name in ("date_to", "date_from"):
            try:
                days[name] = self._read_date(values.get(name))
            except UserError:
                days[name] = None
        if kind == "open":
            # as of now: agreed days and payments are of now as well
            return {"kind": kind, "date_to": None, "date_from": None}
        until = days["date_to"] or fields.Date.today()
        since = days["date_from"] or until.replace(day=1)
        return {"kind": kind, "date_to": until, "date_from": min(since, until)}
