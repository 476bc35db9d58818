"""What was marked as sent and has not left yet: read again before it goes after all.

A mail that failed on Monday is sent again on Wednesday, a letter is printed days after
its run: what was paid, promised or disputed meanwhile must not go out.
"""

from odoo import models

from .credit_dunning_level import LETTER_CHANNELS
from .credit_dunning_notice import TAKE_BACK
from .credit_dunning_sending_job import BATCH

#: Failures before the mail server got anything: surely nothing has gone out. No type:
#: there was no connection.
NEVER_LEFT = (False, "mail_smtp", "mail_from_missing", "mail_from_invalid")


class CreditDunningNotice(models.Model):
    """``_look_again`` is asked before a retry and before the first print. What stands
    as it was goes as it is. What has moved is taken back when surely nothing of it has
    reached the customer: it is sent anew, or dropped with the reason, as at the moment
    of sending. Otherwise it is *held back*, and says why.
    """

    _inherit = "credit.dunning.notice"

    def _look_again(self):
        """Read these once more; returns those that may go now."""
        moved = self._read_moved()
        changed = self.filtered(lambda notice: notice.id in moved)
        if not changed:
            return self
        back = changed.filtered(lambda notice: notice._has_never_left())
        (changed - back)._hold_back(moved)
        back._take_back(moved)
        if len(back) > BATCH:
            # sudo: the job is the system's
            self.env.ref("credit_control.ir_cron_dunning_send").sudo()._trigger()
        elif back._send_batch():
            back._wake_mail_queue()
        back.run_id._close_if_done()
        return (self - changed) + back.filtered(lambda notice: notice.state == "sent")

    def _read_moved(self):
        """``{notice id: what moved since it was sent}``, in words; a fixed number of
        queries per company. Items are locked as for sending."""
        self._lock_items()
        labels = dict(self.env["credit.dunning.reason"]._get_selection())
        moved = {}
        for company, notices in self.grouped("company_id").items():
            # as if chosen by a person: thresholds held when it was sent
            rows = self.env["credit.dunning"]._read_items(
                company, notices.partner_id.ids, manual=True
            )
            self._read_states(notices)
            for line in notices.line_ids.filtered(lambda line: not line.removed):
                reason = line.notice_id._why_moved(line, rows.get(line.move_line_id.id))
                if reason:
                    said = moved.setdefault(line.notice_id.id, [])
                    said.append(f"{line.name}: {labels[reason]}")
        return {key: "; ".join(said) for key, said in moved.items()}

    def _why_moved(self, line, row):
        """Why what was sent about an item is not right any more, else None."""
        if row is None:
            return self._why_gone(line.move_line_id)
        # the case that this very notice has made is no change
        cased = row.status == "case" and line.level_id.consequence == "case"
        if row.status != "open" and not cased:
            return row.status
        if row.due > line.due:
            return "not_due"
        if row.policy_id == self.policy_id.id and row.reached > line.level_number > 0:
            return "level"
        now, then = (row.residual, line.residual) if cased else (row.net, line.amount)
        return "amount" if self.currency_id.compare_amounts(now, then) else None

    def _has_never_left(self):
        """Has surely nothing of it reached the customer, and nothing followed?"""
        self.ensure_one()
        # sudo: whoever prints may not read cases and charges
        notice = self.sudo()
        charged = notice.charge_ids.filtered(lambda charge: charge.state != "void")
        if notice.letter_too or notice.printed_on or notice.case_ids or charged:
            return False
        if notice.delivery_state in ("to_print", "printing"):
            return notice.channel in LETTER_CHANNELS
        mail = notice.mail_id
        return mail.state == "exception" and mail.failure_type in NEVER_LEFT

    def _hold_back(self, moved):
        """Do not send what has changed; ``moved``: ``{notice id: why}``."""
        self.mail_id.filtered(lambda mail: mail.state != "sent").write(
            {"state": "cancel"}
        )
        for notice in self:
            notice.write({"delivery_state": "held", "delivery_error": moved[notice.id]})

    def _take_back(self, moved):
        """Never sent after all: items and customer are where they were before."""
        if not self:
            return
        self.mail_id.write({"state": "cancel"})
        for notice in self:
            notice._message_log(
                body=self.env._(
                    "Nothing of it had gone out. Read again, because: %s",
                    moved[notice.id],
                )
            )
        self.with_context(credit_dunning_back=TAKE_BACK).write(
            {
                "state": "queued",
                "sent_at": False,
                "ready_on": False,
                "mail_id": False,
                "delivery_state": False,
                "delivery_error": False,
                "charge_state": False,
            }
        )
        self.line_ids.filtered("sent").write({"sent": False, "sent_on": False})
        self._reach_files()
