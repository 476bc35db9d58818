"""The link in a reminder: what of it is still open, and where each item is paid."""

from werkzeug.exceptions import TooManyRequests

from odoo import http
from odoo.http import request
from odoo.tools import consteq

from ..tools.rate import Rate

#: Calls of one reminder's page in a minute.
PAGES = Rate(30, 60)


class CreditReminder(http.Controller):
    """Who has the e-mail has the link, and sees no more than the e-mail says: no
    log-in, since most of those who pay have none. The token belongs to one reminder
    and cannot be guessed; paying is the host's own page of each invoice."""

    @http.route(
        "/reminder/<int:notice_id>/<token>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
    )
    def pay_reminder(self, notice_id, token, **_kwargs):
        # sudo: the token is the right to see this one
        notice = request.env["credit.dunning.notice"].sudo().browse(notice_id)
        if not consteq(notice._get_payment_token(), token) or not notice.exists():
            raise request.not_found()
        if not PAGES.allows((request.db, notice.id)):
            raise TooManyRequests()
        moves = notice._get_payable_moves()
        urls = {move: move.get_portal_url() for move in moves}
        if len(urls) == 1:
            return request.redirect(urls[moves])
        return request.render(
            "credit_control.portal_reminder",
            {"notice": notice, "urls": urls, "page_name": "reminder"},
        )
