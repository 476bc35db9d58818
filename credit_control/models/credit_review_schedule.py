"""The jobs of reviews: making those that are due, reminding those who approve."""

from psycopg2 import OperationalError
from psycopg2.errors import UniqueViolation

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

from ..tools.rhythm import add_months, spread
from .credit_review import OPEN
from .handing_out import choose_lang

#: Reviews made and committed together.
BATCH = 200


class CreditReview(models.Model):
    """``_cron_make`` makes periodic reviews for the companies that want them: each file
    once (a unique index guards it), some weeks before it is due, its work spread over
    these weeks, owned by who looks after the customer. What is left to do is what the
    files say, so that the job goes on where it was killed. A fixed number of queries
    for each batch."""

    _inherit = "credit.review"

    @api.model
    def _cron_make(self):
        """Plan first reviews, then make what is due within the lead time."""
        companies = self.env["res.company"].search(
            [("parent_id", "=", False), ("credit_review_auto", "=", True)]
        )
        commit_progress = self.env["ir.cron"]._commit_progress
        for company in companies:
            # the checklist is written down for good, in the company's language
            lang = choose_lang(self.env, company.partner_id.lang)
            Review = self.with_context(lang=lang)
            Review._plan_first(company)
            commit_progress()
            while batch := Review._get_due_files(company):
                try:
                    with self.env.cr.savepoint():
                        Review._make_periodic(batch)
                except UniqueViolation:
                    # somebody made one of them this very moment: read what is left
                    self.env.cr.rollback()
                    self.env.invalidate_all()
                    continue
                except OperationalError:
                    # a file is being changed right now: next night
                    self.env.cr.rollback()
                    self.env.invalidate_all()
                    break
                if not commit_progress(len(batch)):
                    return

    @api.model
    def _plan_first(self, company):
        """Files that follow a rhythm and have no date yet: their first review is due
        so many months after the last one; what is long past is spread over the lead
        time from today. Prospects wait for their application."""
        today = fields.Date.today()
        files = self.env["credit.file"].search(
            [
                ("company_id", "=", company.id),
                ("state", "not in", ("prospect", "closed")),
                ("next_review_date", "=", False),
                ("grade_id.review_months", ">", 0),
            ]
        )
        lead = max(1, company.credit_review_lead_days)
        by_date = {}
        for file in files:
            since = file.last_review_date or file.create_date.date()
            owed = file.currency_id._convert(
                file.exposure, company.currency_id, company, today
            )
            due = add_months(since, file._get_review_months(owed))
            first = fields.Date.add(today, days=1 + file.id % lead)
            by_date.setdefault(max(due, first), []).append(file.id)
        for day, ids in by_date.items():
            # planned by the system: no tracking of each
            planned = files.browse(ids).with_context(tracking_disable=True)
            planned.write({"next_review_date": day})

    @api.model
    def _get_due_files(self, company):
        """Files to be reviewed within the lead time that nobody reviews yet."""
        self.flush_model(["file_id", "kind", "state"])
        self.env["credit.file"].flush_model(
            ["company_id", "state", "next_review_date", "exposure"]
        )
        today = fields.Date.today()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT file.id FROM credit_file file
                 WHERE file.company_id = %(company)s
                   AND file.state NOT IN ('prospect', 'closed')
                   AND file.next_review_date <= %(last)s
                   AND NOT EXISTS (SELECT FROM credit_review review
                                    WHERE review.file_id = file.id
                                      AND review.kind IN ('periodic', 'application')
                                      AND review.state IN %(open)s)
                 ORDER BY file.next_review_date, file.id
                 LIMIT %(limit)s
                """,
                company=company.id,
                last=fields.Date.add(today, days=company.credit_review_lead_days),
                open=OPEN,
                limit=BATCH,
            )
        )
        return self.env["credit.file"].browse([file_id for (file_id,) in rows])

    @api.model
    def _make_periodic(self, files):
        """One periodic review for each file; a constant number of queries."""
        today = fields.Date.today()
        vals_list = []
        for file in files:
            lead = file.company_id.credit_review_lead_days
            due = spread(file.next_review_date, today, file.id, lead)
            vals_list.append(
                {
                    "file_id": file.id,
                    "kind": "periodic",
                    "origin": "job",
                    "date_due": due,
                    "user_id": file._get_reviewer().id,
                }
            )
        return self.create(vals_list)

    # -- those who approve ----------------------------------------------------------
    @api.model
    def _cron_remind(self):
        """Who may approve changes with every delegation; who lets a review wait is
        reminded, and after some more days the credit managers are told."""
        waiting = self.search([("state", "=", "to_approve")], order="id")
        commit_progress = self.env["ir.cron"]._commit_progress
        commit_progress(remaining=len(waiting))
        for review in waiting:
            try:
                with self.env.cr.savepoint():
                    review._remind()
            except OperationalError:
                self.env.cr.rollback()  # somebody signs it at this very moment
                self.env.invalidate_all()
            if not commit_progress(1):
                return

    def _remind(self):
        plan = self._sync_steps()
        company, today = self.company_id, fields.Date.today()
        if not plan:  # the table became easier: what was signed is enough
            return self._finish()
        if not self.asked_on:
            return
        days = (today - self.asked_on).days
        escalate, remind = (
            company.credit_review_escalate_days,
            company.credit_review_remind_days,
        )
        if remind and days >= remind and not self.reminded_on:
            self.reminded_on = today
            self._notify_people(plan[0].people)
        if escalate and days >= escalate and not self.escalated_on:
            self.escalated_on = today
            self._escalate(plan[0].people)

    def _notify_people(self, people):
        """One message to those whose turn it is."""
        for user in people:
            record = self.with_context(lang=user.lang).with_user(SUPERUSER_ID)
            record.message_notify(
                partner_ids=user.partner_id.ids,
                subject=record._get_activity_summary(user, escalated=True),
                body=record.env._(
                    "%(review)s waits for your approval since %(day)s.",
                    review=record.display_name,
                    day=record.asked_on,
                ),
            )

    def _escalate(self, people):
        """The credit managers, and those of higher authority, see to it."""
        managers = self.company_id._get_credit_managers()
        told = managers - self.env["res.users"].union(*people)
        self._ask_people(told, escalated=True)
        self._message_log(
            body=self.env._(
                "Waits since %(day)s: the credit managers were told.", day=self.asked_on
            )
        )
