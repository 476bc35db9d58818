"""When a customer is due for a contact: the last one and the rhythm of his grade."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

#: Saturday; contacts are proposed for working days.
SATURDAY = 5


class CreditFile(models.Model):
    """``last_contact_date`` is read from the log of contacts, ``next_contact_date``
    follows by the grade's days; both for many files in one query. A customer without
    any contact is due at once."""

    _inherit = "credit.file"

    last_contact_date = fields.Date("Last Contact", compute="_compute_contact_dates")
    next_contact_date = fields.Date(
        "Next Contact by Rhythm",
        compute="_compute_contact_dates",
        help="The last contact and the days of the grade. Empty: no rhythm.",
    )
    contact_due = fields.Boolean(
        compute="_compute_contact_dates", search="_search_contact_due"
    )

    @api.depends("grade_id.contact_days", "partner_id", "company_id")
    def _compute_contact_dates(self):
        # sudo: the day of a contact, not what was said
        Contact, today = self.env["credit.contact"].sudo(), fields.Date.today()
        groups = Contact._read_group(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("state", "=", "valid"),
            ],
            ["partner_id", "company_id"],
            ["day:max"],
        )
        last = {(partner.id, company.id): day for partner, company, day in groups}
        for file in self:
            day = last.get((file.partner_id.id, file.company_id.id), False)
            file.last_contact_date = day
            file.next_contact_date = file._get_next_contact(day)
            due = file.next_contact_date
            file.contact_due = bool(due) and due <= today and file.state != "closed"

    def _get_next_contact(self, last):
        days = self.grade_id.contact_days
        if not days:
            return False
        if not last:
            return fields.Date.today()
        day = last + timedelta(days=days)
        while day.weekday() >= SATURDAY:
            day += timedelta(days=1)
        return day

    def _search_contact_due(self, operator, value):
        """In SQL: the days since the last contact against the rhythm of the grade."""
        if operator != "in":
            return NotImplemented
        self.flush_model(["grade_id", "partner_id", "company_id", "state"])
        self.env["credit.grade"].flush_model(["contact_days"])
        self.env["credit.contact"].flush_model(
            ["partner_id", "company_id", "day", "state"]
        )
        query = SQL(
            """
            SELECT file.id
              FROM credit_file file
              JOIN credit_grade grade ON grade.id = file.grade_id
              LEFT JOIN LATERAL (
                   SELECT contact.day FROM credit_contact contact
                    WHERE contact.partner_id = file.partner_id
                      AND contact.company_id = file.company_id
                      AND contact.state = 'valid'
                    ORDER BY contact.day DESC LIMIT 1) last ON TRUE
             WHERE grade.contact_days > 0 AND file.state <> 'closed'
               AND (last.day IS NULL OR %(today)s >= %(next)s)
            """,
            today=fields.Date.today(),
            # moved from a weekend to Monday, as _get_next_contact does
            next=SQL(
                """last.day + grade.contact_days + CASE
                   EXTRACT(isodow FROM last.day + grade.contact_days)
                   WHEN 6 THEN 2 WHEN 7 THEN 1 ELSE 0 END"""
            ),
        )
        return [("id", "in" if True in value else "not in", query)]
