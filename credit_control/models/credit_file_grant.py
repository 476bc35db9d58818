"""Who may set a limit by his own signature, without a review."""

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..tools import approval, granting


class CreditFile(models.Model):
    """A limit above the own authority, or one that needs several signatures, is asked
    for by a review; that holds for form, import and RPC alike (``_set_limit``).

    What a limit asks for is what it gives beyond the journal, on whatever day from
    today on (``tools.granting``): a longer validity counts as a grant of the whole
    amount, and so does the end of a cut that was planned; what is granted for a time
    is added to everything else of its days.
    """

    _inherit = "credit.file"

    # -- what holds -----------------------------------------------------------------
    def _get_own_limit(self):
        """What the customer was granted himself, in company currency: infinity when
        unlimited, None when nobody has said anything. Temporary limits are left out."""
        self.ensure_one()
        key = (self.partner_id.id, self.company_id.id)
        return self._to_granted(*self._get_limit_facts([key])[key])

    @api.model
    def _to_granted(self, facts, currency):
        """``LimitFacts`` as an authority is measured by them."""
        if facts.mode == "unset":
            return None
        if facts.expired or facts.mode == "none":
            return 0.0
        if facts.mode == "unlimited":
            return approval.UNLIMITED
        return self._to_company(facts.permanent, currency)

    @api.model
    def _to_company(self, amount, currency):
        """At today's rate, in the currency of the company of this file."""
        company = self.company_id
        return currency._convert(
            amount, company.currency_id, company, fields.Date.today()
        )

    def _to_grant_line(self, vals):
        """Values of a line of the journal for ``tools.granting``."""
        amounts = {"inherit": None, "none": 0.0, "unlimited": approval.UNLIMITED}
        if vals["mode"] == "amount":
            currency = self.env["res.currency"].browse(vals["currency_id"])
            amount = self._to_company(vals["amount"], currency)
        else:
            amount = amounts[vals["mode"]]
        return granting.Line(vals["kind"], amount, vals["date_from"], vals["date_to"])

    def _get_journals(self):
        """``{file: {line: granting.Line}}`` of what was granted and not ended, oldest
        first; one query."""
        # sudo: part of the limit, which whoever asks may know
        lines = self.env["credit.limit.line"].sudo()
        lines = lines.search(
            [
                ("file_id", "in", self.ids),
                ("kind", "in", ("permanent", "temporary")),
                ("ending_ids", "=", False),
            ],
            order="id",
        )
        found = {file.id: {} for file in self}
        for line in lines:
            vals = {
                "kind": line.kind,
                "mode": line.mode,
                "amount": line.amount,
                "currency_id": line.currency_id.id,
                "date_from": line.date_from,
                "date_to": line.date_to or None,
            }
            found[line.file_id.id][line] = line.file_id._to_grant_line(vals)
        return found

    # -- what is asked for ------------------------------------------------------------
    def _get_grants(self, vals_by_file=None, ended=None):
        """``{file_id: how much, in company currency}`` that a change of the journal
        gives at most; None where it gives nothing more than now. Two queries for any
        number of files.

        :param vals_by_file: ``{file_id: values of a new line}``
        :param ended: a line that is ended
        """
        journals, inherited = self._get_journals(), self._get_inherited_limits()
        found, today = {}, fields.Date.today()
        for file in self.sudo():  # sudo: company and currency of the file
            journal = journals[file.id]
            before = list(journal.values())
            after = [known for line, known in journal.items() if line != ended]
            if vals_by_file:
                after.append(file._to_grant_line(vals_by_file[file.id]))
            found[file.id] = granting.granted(before, after, today, inherited[file.id])
        return found

    def _get_limit_request(self, vals=None, ended=None):
        """What a change of the limit asks for, or None when it grants nothing more
        than now: being stricter needs no authority."""
        self.ensure_one()
        vals_by_file = {self.id: vals} if vals else None
        then = self._get_grants(vals_by_file, ended)[self.id]
        if then is None:
            return None
        return approval.Request(
            then, approval.increase_pct(self._get_own_limit(), then)
        )

    def _may_grant(self, vals=None, ended=None):
        """May the user change the limit so by his own signature?

        :param vals: of a line: kind, mode, amount, currency_id, date_from, date_to
        :param ended: a line to be ended
        """
        request = self._get_limit_request(vals, ended)
        return request is None or self._may_sign_alone(request)

    def _may_sign_alone(self, request, grade=None):
        # sudo: the table of authorities is asked, not the rights on the file
        file = self.sudo()
        return self.env["credit.authority"]._may_set_alone(
            self.env.user, file.company_id, grade or file.grade_id, request
        )

    def _check_limit_authority(self, vals=None, ended=None):
        """:raise AccessError: for a limit that one signature of the user's is not
        enough for"""
        if self.env.su or not self._may_decide():
            return  # services; and who may set no limit at all is told so
        if self._may_grant(vals, ended):
            return
        if vals and vals["mode"] == "inherit":
            raise AccessError(
                self.env._(
                    "%(customer)s: without a limit of his own he may owe more than you "
                    "may decide on. Ask somebody of higher authority, or set a limit.",
                    customer=self.display_name,
                )
            )
        raise AccessError(
            self.env._(
                "%(customer)s: this limit is beyond your own authority. Make a limit "
                "request on the credit file (Request Limit): those who may approve it "
                "are asked.",
                customer=self.display_name,
            )
        )
