"""The pack of evidence on the case: made at once or by the job, and downloaded."""

import hashlib
import logging
import tempfile

from odoo import api, fields, models

from .credit_collection_case import MONEY_GROUPS
from .handing_out import notify

_logger = logging.getLogger(__name__)

#: A pack of no more documents is made while the user waits.
AT_ONCE = 20


class CreditCollectionCase(models.Model):
    """The ZIP is kept on the case as it was made, until the next one: what was given
    to the lawyer can be shown again. It is a field with groups of its own, so that who
    may see the case, but not the ledger, cannot download it."""

    _inherit = "credit.collection.case"

    evidence_pack = fields.Binary(
        attachment=True, readonly=True, copy=False, groups=MONEY_GROUPS
    )
    evidence_parts = fields.Binary(
        attachment=True, readonly=True, copy=False, groups=MONEY_GROUPS
    )
    evidence_name = fields.Char(readonly=True, groups=MONEY_GROUPS)
    evidence_state = fields.Selection(
        [
            ("queued", "Waits to be made"),
            ("making", "Being made"),
            ("ready", "Ready"),
            ("failed", "Failed"),
        ],
        "Evidence",
        readonly=True,
        groups=MONEY_GROUPS,
    )
    evidence_on = fields.Datetime("Evidence Of", readonly=True, groups=MONEY_GROUPS)
    evidence_by = fields.Many2one("res.users", readonly=True, groups=MONEY_GROUPS)
    evidence_note = fields.Char("What Is in It", readonly=True, groups=MONEY_GROUPS)

    # Reader: the job that makes packs (_cron_packs).
    _evidence_idx = models.Index("(id) WHERE evidence_state IN ('queued', 'making')")

    def action_make_evidence(self):
        """Put the evidence together: at once when it is little, else by the job."""
        self.ensure_one()
        service = self.env["credit.collection.evidence"]
        service._check_maker(self)
        case = self.sudo()  # sudo: written by this button only
        case.evidence_by = self.env.user
        case._drop_parts()
        if service._count_documents(self) <= AT_ONCE:
            self._make_pack()
            return self.action_download_evidence()
        case.evidence_state = "queued"
        # sudo: the job is the system's
        self.env.ref("credit_control.ir_cron_collection_packs").sudo()._trigger()
        return notify(
            self.env._("The pack is being made. You get a message when it is ready."),
            "info",
            next={"type": "ir.actions.client", "tag": "soft_reload"},
        )

    @api.readonly
    def action_download_evidence(self):
        """The pack as it was made last."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/evidence_pack"
            "?filename_field=evidence_name&download=true",
            "target": "download",
        }

    def _make_pack(self):
        """Build and keep the pack; the user's rights are checked by the service."""
        self.ensure_one()
        service = self.env["credit.collection.evidence"]
        with tempfile.TemporaryFile() as stream:
            pack = service._build(self, stream)
            stream.seek(0)
            content = stream.read()
        files, missing = pack.count()
        case = self.sudo()  # sudo: written by this method only
        note = self.env._(
            "%(files)s files, %(missing)s missing", files=files, missing=missing
        )
        case._store_pack(content)
        case._drop_parts()
        case.write(
            {
                "evidence_state": "ready",
                "evidence_on": fields.Datetime.now(),
                "evidence_note": note,
            }
        )
        case._message_log(
            body=self.env._(
                "Evidence put together: %(note)s. SHA-256 of the pack: %(sha)s",
                note=note,
                sha=hashlib.sha256(content).hexdigest(),
            )
        )

    def _drop_parts(self):
        # sudo: files that only the job makes
        self.env["credit.collection.evidence"].sudo()._find_parts(self).unlink()

    def _store_pack(self, content):
        """Let ``content`` be the pack: as bytes, where the field would take base64."""
        domain = [
            ("res_model", "=", self._name),
            ("res_id", "=", self.id),
            ("res_field", "=", "evidence_pack"),
        ]
        Attachment = self.env["ir.attachment"]
        Attachment.search(domain).unlink()
        day = fields.Date.context_today(self)
        self.evidence_name = f"{self.name.replace('/', '-')} {day}.zip"
        Attachment.create(
            {
                "name": self.evidence_name,
                "raw": content,
                "mimetype": "application/zip",
                "res_model": self._name,
                "res_id": self.id,
                "res_field": "evidence_pack",
            }
        )
        self.invalidate_recordset(["evidence_pack"])

    # -- the job --------------------------------------------------------------------
    @api.model
    def _cron_packs(self):
        """Make the packs that wait and tell who asked: a batch of documents per
        transaction, then the pack. The job resumes where its time was over.

        A pack that the server was stopped over is not tried for ever.
        """
        cron = self.env["ir.cron"]
        service = self.env["credit.collection.evidence"]
        for case in self.search([("evidence_state", "=", "making")]):
            case._fail_pack(
                self.env._(
                    "It took longer than the server allows a job to run. Ask your "
                    "administrator for a higher limit_time_real_cron."
                )
            )
        queued = self.search([("evidence_state", "=", "queued")], order="id")
        for at, case in enumerate(queued):
            while service._render_ahead(case):
                if not cron._commit_progress(1, remaining=len(queued) - at):
                    return
            case._make_queued()
            if not cron._commit_progress(1, remaining=len(queued) - at - 1):
                return

    def _make_queued(self):
        """The pack of what was rendered ahead; whoever asked is told."""
        self.evidence_state = "making"
        self.env["ir.cron"]._commit_progress()
        maker = self.evidence_by
        try:
            with self.env.cr.savepoint():
                self.with_user(maker).with_context(lang=maker.lang)._make_pack()
        except Exception as error:
            _logger.warning("Evidence of case %s: %r", self.name, error)
            self._fail_pack(str(error))
        else:
            self._tell_maker(self.env._("Evidence is ready: %s", self.display_name))

    def _fail_pack(self, reason):
        self.write({"evidence_state": "failed", "evidence_note": reason})
        self._drop_parts()
        self._tell_maker(
            self.env._("Evidence could not be put together: %s", self.display_name),
            reason,
        )

    def _tell_maker(self, subject, body=None):
        if self.evidence_by:
            self.message_notify(
                partner_ids=self.evidence_by.partner_id.ids,
                subject=subject,
                body=body or subject,
            )
