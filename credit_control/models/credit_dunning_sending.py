"""Sending: everything is looked at again, then sent exactly once."""

import logging
from collections import defaultdict

from psycopg2 import OperationalError
from psycopg2.errors import UniqueViolation

from odoo import fields, models
from odoo.tools import SQL

from .credit_dunning_level import LETTER_CHANNELS

_logger = logging.getLogger(__name__)


class CreditDunningNotice(models.Model):
    """``_send_batch`` sends what ``_queue`` asked for: the state *sent*, the items'
    ladder and the ``mail.mail`` are one transaction, so that after a crash a notice is
    either sent with its mail in the queue, or still waiting (see
    credit_dunning_sending_job.py).
    """

    _inherit = "credit.dunning.notice"

    def action_send(self):
        """Send these notices now."""
        self._check_open()
        waiting = self.filtered(lambda notice: notice.state in ("draft", "error"))
        waiting.run_id._check_approved()
        waiting._queue()
        return True

    def action_cancel(self):
        """Do not send these."""
        self._check_open()
        self.check_access("write")
        # sudo: the state is written by methods only
        self.sudo().write({"state": "cancelled", "reason": "person"})
        self.sudo().run_id._close_if_done()

    # -- one batch ---------------------------------------------------------------------
    def _send_batch(self):
        """Look again, then send; returns the mails. A fixed number of queries per
        company, channel and template, whatever the number of notices.

        The items are locked against payments that are registered at this moment: they
        wait for us, and we fail and read again when they were first.
        """
        # sudo: sends what its owner may send, and nothing else
        notices = self.sudo().filtered(lambda notice: notice.state == "queued")
        notices._lock_items()
        going = notices._reread()
        if not going:
            return self.env["mail.mail"]
        try:
            with self.env.cr.savepoint():
                return going._hand_over()
        except OperationalError:
            raise
        except Exception as error:
            if len(going) > 1:
                _logger.info("Dunning: one of %s fails, each alone: %r", going, error)
                mails = self.env["mail.mail"]
                for notice in going:
                    mails += notice._send_batch()
                return mails
            going._note_failure(error)
        return self.env["mail.mail"]

    def _note_failure(self, error):
        """One notice could not be sent: say why; nothing of it was."""
        if isinstance(error, UniqueViolation):
            # sent by somebody else meanwhile: the constraint has the last word
            self.write({"state": "dropped", "reason": "level"})
        else:
            _logger.error("Dunning: notice %s was not sent: %r", self.id, error)
            self.write({"state": "error", "error": str(error)})

    def _lock_items(self):
        self.env["credit.dunning.notice.line"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT FROM account_move_line WHERE id IN (
                    SELECT move_line_id FROM credit_dunning_notice_line
                     WHERE notice_id = ANY(%s)) ORDER BY id FOR SHARE
                """,
                self.ids,
            )
        )

    def _reread(self):
        """Measure the notices again and store what became of them.

        Items that were paid, credited, promised, disputed, blocked or moved meanwhile
        are taken off with the reason; amounts become those of now. A notice without
        an item that takes a step is not sent.

        :return: the notices that go
        """
        self._set_recipients()
        going = self.browse()
        for company, of_company in self.grouped("company_id").items():
            for manual, notices in of_company.grouped("manual").items():
                rows = self.env["credit.dunning"]._read_items(
                    company, notices.partner_id.ids, manual, notices.run_id.ids
                )
                self._read_states(notices)
                for notice in notices:
                    if notice._measure_again(rows):
                        going += notice
        going._update_totals()
        return going

    def _read_states(self, notices):
        """What `_gone_reason` asks, for all at once."""
        items = notices.line_ids.move_line_id
        items.fetch(["parent_state", "reconciled", "move_id"])
        items.move_id.fetch(["payment_state"])

    def _measure_again(self, rows):
        """Correct the items of one notice; is anything left to send?"""
        kept = self.line_ids.browse()
        soon = moved = False
        for line in self.line_ids.filtered(lambda line: not line.removed):
            row = rows.get(line.move_line_id.id)
            reason = self._why_not(line, row)
            if reason:
                line.write({"removed": True, "reason": reason})
                moved = True
                continue
            soon = soon or (row.ready_on and row.ready_on > fields.Date.today())
            kept += line
            values = {
                "residual": row.residual,
                "rested": row.rested,
                "amount": row.net,
                "days": row.days,
                "due": row.due,
                "reached": row.reached,
            }
            if self.currency_id.compare_amounts(row.net, line.amount):
                values["reason"] = "amount"
                moved = True
            if changed := {k: v for k, v in values.items() if line[k] != v}:
                line.write(changed)
        return self._decide(kept, rows, soon, moved)

    def _why_not(self, line, row):
        """Why an item is not sent, None when it is; ``row``: the open item now."""
        if row is None:
            return self._why_gone(line.move_line_id)
        if row.status != "open":
            return row.status
        if not line.level_id:
            return None if row.days > 0 else "not_due"
        if row.policy_id != self.policy_id.id:
            # a level that a person chose: the constraint sees to it that it is new
            return None if self.level_fixed else "policy"
        if row.reached >= line.level_number:
            return "level"
        if not self.level_fixed and (
            not row.steps or (row.number or 0) < line.level_number
        ):
            return "not_due"
        return None

    def _why_gone(self, item):
        """Why an item is not among the open ones any more."""
        if not item or item.parent_state != "posted":
            return "cancelled"
        if not item.reconciled:
            return "not_due"
        return "credit" if item.move_id.payment_state == "reversed" else "paid"

    def _decide(self, kept, rows, soon, moved):
        """Send, or not, and why: set level and state of one notice."""
        steps = kept.filtered("level_id")
        whole = sum(
            rows[line.move_line_id.id].net * rows[line.move_line_id.id].rate
            for line in kept
        )
        minimum = 0 if self.manual else self.policy_id.min_amount
        if not steps:
            gone = self.line_ids.filtered(lambda line: line.level_id and line.removed)
            reason = gone.filtered(lambda line: line.reason != "person")[:1].reason
            return self._drop(reason or "person")
        if soon:
            return self._drop("soon")
        if whole < minimum:
            return self._drop("small")
        level = max(steps.level_id, key=lambda level: level.number)
        if level != self.level_id:
            moved = True
            self.write(
                {
                    "level_id": level.id,
                    "level_number": level.number,
                    "channel": self.channel if self.recipient_fixed else level.channel,
                }
            )
            self._set_recipients()
        if self.text_fixed and moved:
            # a person's text may name amounts and items: he looks at it once more
            self.write({"state": "error", "error": self._tell_text_is_old()})
            return False
        return True

    def _tell_text_is_old(self):
        return self.env._(
            "Items, amounts or the level have changed since the text was written. Read "
            "it, then send again."
        )

    def _drop(self, reason):
        self.write({"state": "dropped", "reason": reason})
        return False

    # -- handing over ----------------------------------------------------------------
    def _hand_over(self):
        """Mark as sent and make mails, letters and activities, in this transaction."""
        # asked before: after it the answer would be yes, and other workers, who have
        # noted a no, would never be told
        is_first = not self.env["credit.file"]._is_dunning_in_use()
        texts = self._get_texts()
        now, today = fields.Datetime.now(), fields.Date.today()
        for notice in self:
            level = notice.level_id
            subject, body = texts[notice.id]
            notice.write(
                {
                    "state": "sent",
                    "sent_at": now,
                    "sent_by": notice.sent_by.id or self.env.uid,
                    "subject": subject,
                    "body": body,
                    "deadline": level.deadline_days
                    and fields.Date.add(today, days=level.deadline_days),
                    "ready_on": fields.Date.add(
                        today, days=max(notice.policy_id.min_days, level.wait_days)
                    ),
                    "delivery_state": notice._first_delivery_state(),
                    "error": False,
                    "reason": False,
                }
            )
        self.flush_recordset()
        self._mark_items(today)
        mails = self.filtered(lambda n: n.channel == "email")._make_mails(texts)
        self.filtered(lambda n: n.delivery_state == "todo")._make_activities()
        self._reach_files()
        if is_first:
            self.env["credit.file"]._reset_credit_active()
        return mails

    def _first_delivery_state(self):
        if self.channel == "email":
            return "waiting"
        return "to_print" if self.channel in LETTER_CHANNELS else "todo"

    def _mark_items(self, today):
        """The items' ladder, guarded by the constraint: one level once."""
        Line = self.env["credit.dunning.notice.line"]
        Line.flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE credit_dunning_notice_line SET sent = TRUE, sent_on = %s
                 WHERE notice_id = ANY(%s) AND level_id IS NOT NULL
                   AND removed IS NOT TRUE
                """,
                today,
                self.ids,
            )
        )
        Line.invalidate_model(["sent", "sent_on"])
        # for all at once what rendering would read notice by notice
        self.line_ids.mapped("sent")

    def _make_mails(self, texts):
        """One mail each, in the queue of the host."""
        attachments = self._get_attachments()
        copies = self._get_copies()
        values = [
            {
                "model": self._name,
                "res_id": notice.id,
                "subject": texts[notice.id][0],
                "body_html": notice._render_document(texts[notice.id], "email"),
                "email_from": notice._get_sender(),
                "reply_to": notice._get_sender(),
                "recipient_ids": [fields.Command.set(notice.recipient_id.ids)],
                "email_cc": ",".join(copies[notice.id]),
                "attachment_ids": [fields.Command.set(attachments[notice.id])],
                "message_type": "email_outgoing",
                "auto_delete": False,
            }
            for notice in self
        ]
        mails = self.env["mail.mail"].create(values)
        for notice, mail in zip(self, mails, strict=True):
            notice.mail_id = mail
        return mails

    def _get_sender(self):
        return (
            self.collector_id.email_formatted
            or self.company_id.email_formatted
            or self.sent_by.email_formatted
        )

    def _get_copies(self):
        """``{notice id: addresses}``: salesperson and followers, as the level says."""
        copies = defaultdict(list)
        for notice in self:
            if notice.level_id.copy_salesperson and notice.user_id.email:
                copies[notice.id].append(notice.user_id.email_formatted)
            if notice.level_id.copy_followers:
                people = notice.partner_id.message_partner_ids - notice.recipient_id
                copies[notice.id] += [p.email_formatted for p in people if p.email]
        return copies

    def _make_activities(self):
        """What a person does: call, visit, text message, lawyer, agency, court."""
        kind = self.env.ref("credit_control.mail_activity_type_dunning")
        model_id = self.env["ir.model"]._get_id(self._name)
        today = fields.Date.today()
        values = []
        for notice in self:
            who = notice._get_doer()
            level = notice.level_id.with_context(lang=who.lang)
            values.append(
                {
                    "activity_type_id": kind.id,
                    "res_model_id": model_id,
                    "res_id": notice.id,
                    "user_id": who.id,
                    "summary": f"{level.name}: {notice.partner_id.name}",
                    "note": level.script or False,
                    "date_deadline": today,
                }
            )
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            values
        )

    def _get_doer(self):
        """Who makes the call: the level's, the collector, who sent, the run's user."""
        return (
            self.level_id.user_id
            or self.collector_id
            or self.sent_by.filtered(lambda user: not user.share)
            or self.run_id.user_id
        )

    def _reach_files(self):
        """The level reaches file and gate now, in this transaction."""
        File = self.env["credit.file"].sudo()
        for company, notices in self.grouped("company_id").items():
            partners = notices.partner_id
            keys = [(partner.id, company.id) for partner in partners]
            found = File._for_customers(keys)
            missing = [key for key in keys if key not in found]
            files = File.browse([file.id for file in found.values()])
            if missing:
                files += File.create(
                    [
                        {
                            "partner_id": partner_id,
                            "company_id": company_id,
                            "currency_id": company.currency_id.id,
                        }
                        for partner_id, company_id in missing
                    ]
                )
            files._refresh_dunning()
