"""The job that sends: batches that commit, mails handed over, what a fault leaves."""

from datetime import timedelta
from smtplib import SMTPException

from psycopg2 import OperationalError

from odoo import api, fields, models, modules
from odoo.tools import SQL

from .credit_dunning_run import AT_ONCE
from .handing_out import in_lang_of

#: Notices of one transaction. What is sent and its mails are committed together.
BATCH = 50
#: The same where PDFs are attached, see dunning_attachments.py.
RENDER_BATCH = 5
#: Batches that lose against somebody who pays or posts, one after the other.
MOST_RETRIES = 5
#: So long the host's mail queue leaves to us the mails that we hand over ourselves;
#: what a kill leaves behind, it sends afterwards.
LEASE = timedelta(minutes=15)
#: Failures of the mail server, not of one address: the run stops.
SERVER_FAILURES = ("mail_smtp", "mail_from_missing", "mail_from_invalid", "unknown")
OUR_JOB = object()


class CreditDunningNotice(models.Model):
    """``_queue`` asks for sending; ``_cron_send`` sends in batches of one transaction
    each. What is left to do is what the notices say, so that the job goes on where it
    stood after a kill, and any number of workers may send at the same time: each takes
    what no other has locked.
    """

    _inherit = "credit.dunning.notice"

    def _queue(self):
        """Send these: a few at once, many by the job, which is woken."""
        if not self:
            return
        self.check_access("write")
        # sudo: the state is written by methods only
        notices = self.sudo()
        notices.write(
            {
                "state": "queued",
                "error": False,
                "sent_by": self.env.uid,
                "reason": False,
            }
        )
        runs = notices.run_id
        runs.write({"state": "sending", "error": False})
        if len(notices) <= (RENDER_BATCH if notices._renders() else AT_ONCE):
            if notices._send_batch():
                self._wake_mail_queue()
            runs._close_if_done()
        else:
            # sudo: the job is the system's
            self.env.ref("credit_control.ir_cron_dunning_send").sudo()._trigger()

    def _wake_mail_queue(self):
        """The host sends what is outgoing, in the background."""
        # sudo: the job is the system's
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()

    # -- the job ----------------------------------------------------------------------
    @api.model
    def _cron_send(self):
        """Send what waits, in batches that commit; what is left goes on next time."""
        cron = self.env["ir.cron"]
        self._tell_interrupted()
        cron._commit_progress(remaining=self.search_count([("state", "=", "queued")]))
        failures = 0
        while True:
            try:
                batch = self._take_batch()
                if not batch:
                    break
                mails = batch._send_batch()
                mails.scheduled_date = fields.Datetime.now() + LEASE
                self.env.flush_all()
            except OperationalError:
                # somebody pays or posts at this very moment: read again
                self.env.cr.rollback()
                self.env.invalidate_all()
                failures += 1
                if failures > MOST_RETRIES:
                    raise
                continue
            failures = 0
            seconds = cron._commit_progress(len(batch))
            if not batch._deliver(mails) or not seconds:
                break
        self._close_runs()
        cron._commit_progress()

    def _take_batch(self):
        """Notices that wait and that no other worker has taken; the lock lasts until
        the commit."""
        self.flush_model(["state", "company_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM credit_dunning_notice WHERE state = 'queued'
                 ORDER BY company_id, id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
                """,
                BATCH,
            )
        )
        batch = self.browse([notice_id for (notice_id,) in rows])
        return batch[:RENDER_BATCH] if batch._renders() else batch

    def _close_runs(self):
        """Runs of which nothing waits any more; asked when the job is through, since
        two workers with the last two batches do not see each other."""
        self.env["credit.dunning.run"].search(
            [("state", "=", "sending")]
        )._close_if_done()

    # -- handing over -----------------------------------------------------------------
    def _deliver(self, mails):
        """Hand the mails to the server. False when it takes none: the run stops with
        the reason, what waits stays waiting until somebody sends it again."""
        reason = mails._hand_to_server()
        if not reason:
            return True
        runs = self.run_id
        left = self.search([("run_id", "in", runs.ids), ("state", "=", "queued")])
        left.write({"state": "draft"})
        runs.write({"state": "stopped", "error": reason})
        self.env["ir.cron"]._commit_progress()
        return False

    def _tell_interrupted(self):
        """Mails whose handing over was cut off: they may have gone out, so that they
        are not sent again by themselves. A person sees them as failed."""
        cut = self.search(
            [
                ("delivery_state", "=", "waiting"),
                ("mail_id.state", "=", "exception"),
                ("mail_id.scheduled_date", "<", fields.Datetime.now()),
            ]
        )
        for notice in cut:
            reader = in_lang_of(notice, notice._get_doer())
            notice.write(
                {
                    "delivery_state": "failed",
                    "delivery_error": reader.env._(
                        "The server stopped while this mail was handed over. It may "
                        "have gone out: ask the customer before you send it again."
                    ),
                }
            )


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _hand_to_server(self):
        """Send these now; returns why the server takes none, else None."""
        if not self:
            return None
        reason = None
        commits = not modules.module.current_test
        try:
            self.send(auto_commit=commits)
        except (SMTPException, OSError) as error:
            # the connection broke: what was not tried yet stays in the host's queue
            reason = str(error) or type(error).__name__
            self._tell_broken(reason)
        failed = self.exists().filtered(lambda mail: mail.state == "exception")
        types = set(failed.mapped("failure_type"))
        # no connection: no type; one mail alone tells nothing about the server
        if failed == self and (
            types == {False} or len(self) > 1 and types <= {False, *SERVER_FAILURES}
        ):
            reason = failed[0].failure_reason
        return reason

    def _tell_broken(self, reason):
        """The mail at which the connection broke."""
        tried = self.filtered(
            lambda mail: mail.state == "exception" and mail.failure_type == "unknown"
        )
        notices = self.env["credit.dunning.notice"].browse(tried.mapped("res_id"))
        broken = notices.filtered(lambda n: n.delivery_state == "waiting").mail_id
        if broken:
            broken.failure_reason = reason
            broken._tell_notices("unknown", reason)

    def _send(
        self,
        auto_commit=False,
        raise_exception=False,
        smtp_session=None,
        alias_domain_id=False,
        mail_server=False,
        post_send_callback=None,
    ):
        """Where the host commits mail by mail, ours are committed as *tried* before
        the server gets them: killed in between, a reminder is never sent twice."""
        mails = self.with_context(credit_dunning_tried=auto_commit and OUR_JOB)
        return super(MailMail, mails)._send(
            auto_commit=auto_commit,
            raise_exception=raise_exception,
            smtp_session=smtp_session,
            alias_domain_id=alias_domain_id,
            mail_server=mail_server,
            post_send_callback=post_send_callback,
        )

    def _prepare_outgoing_list(self, *args, **kwargs):
        ours = self.model == "credit.dunning.notice"
        if ours and self.env.context.get("credit_dunning_tried") is OUR_JOB:
            self.env.cr.commit()  # pylint: disable=invalid-commit
        return super()._prepare_outgoing_list(*args, **kwargs)
