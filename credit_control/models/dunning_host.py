"""Where the host meets dunning: money that moves, mails that fare ill, buttons."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import email_normalize, email_normalize_all

from .handing_out import in_lang_of

#: Failures of an address, not of the mail server: trying again would not help.
ADDRESS_FAILURES = ("mail_email_invalid", "mail_email_missing")


class AccountPartialReconcile(models.Model):
    """A payment, credit note or its cancellation: the level of who was dunned follows
    in the same transaction. Without anybody ever reminded it costs no query."""

    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        lines = partials.debit_move_id | partials.credit_move_id
        self.env["credit.file"]._follow_money(lines.partner_id)
        return partials

    def unlink(self):
        partners = (self.debit_move_id | self.credit_move_id).partner_id
        result = super().unlink()
        self.env["credit.file"]._follow_money(partners)
        return result


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _postprocess_sent_message(self, success_pids, success_emails, *args, **kwargs):
        """A reminder knows whether its mail went out."""
        ours = self.filtered(lambda mail: mail.model == "credit.dunning.notice")
        if ours:
            ours._tell_notices(
                kwargs.get("failure_type") or (args[1] if len(args) > 1 else None),
                kwargs.get("failure_reason") or (args[0] if args else None),
            )
        return super()._postprocess_sent_message(
            success_pids, success_emails, *args, **kwargs
        )

    def _tell_notices(self, failure_type, failure_reason):
        # sudo: the mail queue runs as the system, a retry as anybody
        notices = self.env["credit.dunning.notice"].sudo().browse(self.mapped("res_id"))
        notices = notices.exists()
        if failure_type in ADDRESS_FAILURES:
            notices._take_next_channel(failure_reason or failure_type)
            return
        notices.write(
            {
                "delivery_state": "failed" if failure_type else "delivered",
                "delivery_error": failure_reason or failure_type or False,
            }
        )


class CreditDunningNotice(models.Model):
    _inherit = "credit.dunning.notice"

    def _message_receive_bounce(self, email, partner):
        """The mail came back. That of a salesperson who got a copy does not matter."""
        result = super()._message_receive_bounce(email, partner)
        # sudo: what the mail gateway tells
        for notice in self.sudo().filtered(lambda n: n.state == "sent"):
            copies = set(email_normalize_all(notice.mail_id.email_cc))
            if email_normalize(email) in copies - {
                notice.recipient_id.email_normalized
            }:
                continue
            reader = in_lang_of(notice, notice._get_doer())
            notice._take_next_channel(reader.env._("Came back from %s", email))
        return result

    def _take_next_channel(self, why):
        """No mail reaches the customer: the notice is printed instead, and somebody
        looks for a better address."""
        for notice in self.filtered(lambda n: n.state == "sent" and not n.letter_too):
            notice.write(
                {
                    "delivery_state": "to_print",
                    "delivery_error": why,
                    "letter_too": True,
                }
            )
            doer = notice._get_doer()
            notice.activity_schedule(
                "credit_control.mail_activity_type_dunning",
                user_id=doer.id,
                summary=in_lang_of(notice, doer).env._(
                    "E-mail came back: find the right address"
                ),
            )

    def action_retry(self):
        """Send the mail of this notice again, as it is, unless something has moved
        since: see dunning_look_again.py."""
        self.check_access("write")
        # sudo: the mail of a notice that the user may send
        failed = self.sudo().filtered(lambda n: n.delivery_state == "failed")
        failed = failed.filtered("mail_id")._look_again()
        failed = failed.filtered(lambda n: n.delivery_state == "failed")
        if unusable := failed.filtered(lambda n: not n._is_address_usable()):
            unusable.mail_id.write({"state": "cancel"})
            unusable._take_next_channel(
                self.env._("There is no address any more, or it refuses mails.")
            )
            failed -= unusable
        if failed:
            failed.mail_id.write({"state": "outgoing", "scheduled_date": False})
            failed.write({"delivery_state": "waiting", "delivery_error": False})
            failed._wake_mail_queue()

    def _is_address_usable(self):
        """See `_usable_sql`, which asks the same of many."""
        email = self.recipient_id.email_normalized
        return email and not self.env["mail.blacklist"].search_count(
            [("email", "=", email)], limit=1
        )


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    # for a time, and with a reason; for good it is the host's no_followup
    credit_no_dunning_until = fields.Date(
        "No Reminders Until",
        copy=False,
        tracking=True,
        help="The item is not reminded of up to and including this day.",
    )
    credit_no_dunning_reason = fields.Char(
        "Why No Reminders", copy=False, tracking=True
    )

    @api.constrains("credit_no_dunning_until", "credit_no_dunning_reason")
    def _check_no_dunning_reason(self):
        for item in self:
            if item.credit_no_dunning_until and not item.credit_no_dunning_reason:
                raise ValidationError(
                    self.env._(
                        "%(item)s: say why it is not reminded of (field Why No "
                        "Reminders), then until when.",
                        item=item.move_name or item.display_name,
                    )
                )

    def unlink(self):
        """Items that were posted once may be named by a reminder."""
        moves = self.move_id.filtered("posted_before")
        gone = self.filtered(lambda line: line.move_id in moves).ids
        result = super().unlink()
        self.env["credit.dunning.notice.line"]._forget_items(moves.ids, gone)
        return result

    def action_credit_no_followup(self):
        """The list action *(No) Reminders*: take items out of dunning, or in again
        when all of them are out. Opening balances are out by the host's default."""
        self.check_access("write")
        items = self.filtered(lambda item: item.account_type == "asset_receivable")
        if not items:
            raise UserError(
                self.env._("Choose items on receivable accounts: only they are due.")
            )
        items.no_followup = not all(items.mapped("no_followup"))


class AccountMove(models.Model):
    _inherit = "account.move"

    def unlink(self):
        """See the items."""
        gone = self.filtered("posted_before").ids
        result = super().unlink()
        self.env["credit.dunning.notice.line"]._forget_moves(gone)
        return result

    def write(self, vals):
        """An invoice reset or cancelled takes its level along."""
        result = super().write(vals)
        File = self.env["credit.file"]
        if "state" in vals and File._is_dunning_in_use():
            # an opening balance names its customers in its lines only
            File._follow_money(self.partner_id | self.line_ids.partner_id)
        return result

    def action_credit_remind(self):
        """The list action *Send Payment Reminder*: propose for these invoices."""
        return self.env["credit.dunning.run"]._remind(
            self.company_id, self.commercial_partner_id, self
        )


class ResPartner(models.Model):
    _inherit = "res.partner"

    credit_dunning_text = fields.Char(
        "Reminders", compute="_compute_credit_dunning_text"
    )

    def _compute_credit_dunning_text(self):
        """Level reached and last reminder, for whoever sees the customer."""
        # sudo: a salesperson sees the state of his customers, not the file
        Notice = self.env["credit.dunning.notice"].sudo()
        found = {}
        for partner, company, level, day in Notice._read_group(
            [
                ("partner_id", "in", self.commercial_partner_id.ids),
                ("company_id", "=", self.env.company.root_id.id),
                ("state", "=", "sent"),
            ],
            ["partner_id", "company_id"],
            ["level_number:max", "sent_at:max"],
        ):
            found[partner.id] = (company, level, day)
        files = self.env["credit.file"]._for_customers(
            [(key, company.id) for key, (company, _level, _day) in found.items()]
        )
        for partner in self:
            key = partner.commercial_partner_id.id
            if key not in found:
                partner.credit_dunning_text = False
                continue
            company, _level, day = found[key]
            file = files.get((key, company.id))
            partner.credit_dunning_text = self.env._(
                "Level %(level)s, last reminder on %(day)s",
                level=file.dunning_level if file else 0,
                day=fields.Date.to_string(day),
            )

    def action_credit_remind(self):
        """The list action *Send Payment Reminder*: propose for these customers."""
        return self.env["credit.dunning.run"]._remind(
            self.env.company, self.commercial_partner_id
        )
