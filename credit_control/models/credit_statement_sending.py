"""Statements of account sent by e-mail: by hand, and once a month by grade."""

import logging

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import email_normalize

from .credit_statement import KINDS

_logger = logging.getLogger(__name__)
#: Who sends statements by hand.
SENDERS = ("account.group_account_invoice", "credit_control.group_credit_user")


class CreditStatementSending(models.Model):
    """One statement for one customer: what was sent, to whom, with which result.

    Only this service makes and changes them. ``month`` marks those of the schedule:
    a customer gets one a month, which the index below guarantees whatever runs twice.
    The mail is queued in the transaction that says *sent*: never lost, never doubled.
    """

    _name = "credit.statement.sending"
    _description = "Statement Sent"
    _order = "id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, index=True)
    kind = fields.Selection(KINDS, required=True)
    date_from = fields.Date("From")
    date_to = fields.Date("As Of", required=True)
    with_charges = fields.Boolean(
        "With Interest and Fees", help="That are not invoiced yet."
    )
    month = fields.Date("Schedule", readonly=True)
    state = fields.Selection(
        [("waiting", "Waiting"), ("sent", "Sent"), ("failed", "Not Sent")],
        default="waiting",
        required=True,
    )
    error = fields.Char("Reason")
    recipient_id = fields.Many2one("res.partner")
    email = fields.Char("E-mail")
    sent_at = fields.Datetime("Sent On")
    user_id = fields.Many2one("res.users", "Sent By")
    message_id = fields.Many2one("mail.message", ondelete="set null")
    bounced = fields.Boolean(compute="_compute_bounced")

    _month_unique = models.UniqueIndex(
        "(partner_id, company_id, month) WHERE month IS NOT NULL",
        "This customer has his statement of this month already.",
    )
    # Reader: the scheduled action, for what is still to be sent.
    _waiting_idx = models.Index("(id) WHERE state = 'waiting'")

    @api.depends("message_id.notification_ids.notification_status")
    def _compute_bounced(self):
        """The mail came back, or the mail server refused it."""
        # sudo: the state of our own mail, not its content
        for sending in self:
            statuses = sending.sudo().message_id.notification_ids.mapped(
                "notification_status"
            )
            sending.bounced = bool({"bounce", "exception"} & set(statuses))

    # -- by hand --------------------------------------------------------------
    @api.model
    def _check_sender(self):
        """:raise AccessError: when the user may not send statements"""
        if not self.env.su and not any(map(self.env.user.has_group, SENDERS)):
            raise AccessError(
                self.env._(
                    "Statements are sent by people of Invoicing and of credit control. "
                    "Print it, or ask one of them."
                )
            )

    @api.model
    def _create_by_hand(
        self, partners, company, kind, date_to, date_from=None, charges=None
    ):
        """Sendings for these customers, in the queue; rights are checked."""
        self._check_sender()
        self.env["credit.statement"]._check_viewer(partners, company)
        if charges is None:
            charges = company._shows_charges()
        # sudo: nobody makes one but this service
        return self.sudo().create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": company.root_id.id,
                    "kind": kind,
                    "date_to": date_to,
                    "date_from": date_from if kind == "movements" else False,
                    "with_charges": charges,
                    "user_id": self.env.uid,
                }
                for partner in partners.commercial_partner_id
            ]
        )

    def action_send(self):
        """Send what waits or failed, again as its date said."""
        self._check_sender()
        self.check_access("read")
        if self.filtered(lambda sending: sending.state == "sent"):
            raise UserError(
                self.env._(
                    "What was sent stays as it is. Make a new statement instead: "
                    "Statement of Account on the customer."
                )
            )
        self.sudo()._send()

    # -- sending --------------------------------------------------------------
    def _send(self):
        """Send these, each on its own: the failure of one is noted on it alone."""
        for sending in self:
            try:
                with self.env.cr.savepoint():
                    sending._send_one()
            except UserError as error:
                sending._note_failure(str(error))
            except Exception:
                # whatever a report or template of the company does: the others go on
                _logger.exception("Statement %s could not be sent", sending.id)
                sending._note_failure(
                    self.env._(
                        "The letter could not be made. The server's log says why."
                    )
                )

    def _note_failure(self, reason):
        self.write({"state": "failed", "error": reason})

    def _send_one(self):
        """:raise UserError: when there is no address to send to"""
        Statement = self.env["credit.statement"]
        recipient = Statement._get_recipient(self.partner_id)
        email = self._get_address(recipient)
        lang = Statement._get_recipient_lang(recipient, self.company_id)
        message = self._post(recipient, lang)
        self.write(
            {
                "state": "sent",
                "error": False,
                "recipient_id": recipient.id,
                "email": email,
                "sent_at": fields.Datetime.now(),
                "message_id": message.id,
            }
        )

    def _get_address(self, recipient):
        email = email_normalize(recipient.email)
        if not email:
            raise UserError(
                self.env._(
                    "%(recipient)s has no e-mail address. Enter one, or print the "
                    "statement.",
                    recipient=recipient.display_name,
                )
            )
        blacklist = self.env["mail.blacklist"].sudo()  # sudo: only whether he is on it
        if blacklist.search_count([("email", "=", email)], limit=1):
            raise UserError(
                self.env._(
                    "%(recipient)s does not want our e-mails (%(email)s is on the "
                    "blacklist). Print the statement.",
                    recipient=recipient.display_name,
                    email=email,
                )
            )
        return email

    def _post(self, recipient, lang):
        """Queue the mail and keep it in the chatter of the customer."""
        template = self.env.ref("credit_control.mail_template_statement").with_context(
            lang=lang
        )
        subject = template._render_field("subject", self.ids)[self.id]
        body = template._render_field("body_html", self.ids)[self.id]
        author = self.user_id.partner_id or self.company_id.partner_id
        pdf = self.env["credit.statement"]._get_pdf(
            self.partner_id,
            self.company_id,
            kind=self.kind,
            date_to=self.date_to,
            date_from=self.date_from,
            charges=self.with_charges,
        )
        words = self.env["credit.statement"].with_context(lang=lang)._get_words()
        return self.partner_id.with_context(
            lang=lang, mail_notify_author=True
        ).message_post(
            subject=subject,
            body=body,
            author_id=author.id,
            email_from=author.email_formatted or self.company_id.email_formatted,
            partner_ids=recipient.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_note",
            email_layout_xmlid="mail.mail_notification_light",
            force_send=False,
            attachments=[
                (f"{words['title']} {self.date_to}.pdf", pdf),
            ],
        )

    # -- the schedule -----------------------------------------------------------
    @api.model
    def _cron_send(self):
        """Queue the statements of the month once, then send what waits.

        Every sending is committed on its own. What is left when the time is up, or
        the server dies, is waiting still.
        """
        for company in self.env["res.company"].search([("parent_id", "=", False)]):
            self._queue_month(company)
        waiting = self.search([("state", "=", "waiting")], order="id")
        commit_progress = self.env["ir.cron"]._commit_progress
        commit_progress(remaining=len(waiting))
        for sending in waiting:
            if sending.try_lock_for_update().filtered_domain(
                [("state", "=", "waiting")]
            ):
                sending._send()
            if not commit_progress(1):
                break

    @api.model
    def _queue_month(self, company):
        """Sendings of this month for the customers of ``company`` whose grade asks
        for one and who owe or have moved something; once a month.

        :return: the new sendings
        """
        today = fields.Date.today()
        month = today.replace(day=1)
        nothing = self.browse()
        if company.credit_statement_month and company.credit_statement_month >= month:
            return nothing
        vals_list = self._prepare_month(company, today, month)
        company.credit_statement_month = month
        return self.create(vals_list)

    def _prepare_month(self, company, today, month):
        files = self._get_files_due(company, month)
        charges = company._shows_charges()
        vals_list = []
        for grade, batch in files.grouped("grade_id").items():
            since, until = None, today
            if grade.statement_kind == "movements":
                since = month - relativedelta(months=grade.statement_months)
                until = month - relativedelta(days=1)
            keys = {(file.partner_id.id, company.id) for file in batch}
            found = self.env["credit.statement"]._get_statements(
                keys, grade.statement_kind, until, since
            )
            vals_list += [
                {
                    "partner_id": partner_id,
                    "company_id": company.id,
                    "kind": grade.statement_kind,
                    "date_from": since,
                    "date_to": until,
                    "with_charges": charges,
                    "month": month,
                }
                for (partner_id, _company_id), blocks in sorted(found.items())
                if blocks
            ]
        return vals_list

    def _get_files_due(self, company, month):
        """Files whose grade wants statements and whose last one is long enough ago."""
        files = self.env["credit.file"].search(
            [
                ("company_id", "=", company.id),
                ("grade_id.statement_months", ">", 0),
                ("no_statement", "=", False),
                ("state", "!=", "closed"),
            ]
        )
        last = dict(
            self._read_group(
                [
                    ("company_id", "=", company.id),
                    ("partner_id", "in", files.partner_id.ids),
                    ("month", "!=", False),
                ],
                ["partner_id"],
                ["month:max"],
            )
        )
        return files.filtered(
            lambda file: (
                file.partner_id not in last
                or last[file.partner_id]
                <= month - relativedelta(months=file.grade_id.statement_months)
            )
        )
