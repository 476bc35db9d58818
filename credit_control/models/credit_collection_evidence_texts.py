"""Reminders, promises and disputes of a claim, as files to read."""

from odoo import fields, models

from .credit_collection_evidence import LETTERS, NOTICES
from .credit_dunning_level import LETTER_CHANNELS
from .credit_dunning_run_letters import REPORT


class CreditCollectionEvidence(models.AbstractModel):
    """Letters are the PDF that was printed; whatever else was sent or said becomes a
    page with who, when, how, what came of it, and the text itself."""

    _inherit = "credit.collection.evidence"

    def _add_notices(self, pack, case):
        """Each reminder that was sent about the items, the oldest first."""
        notices = self._get_notices(case)
        letters = self._get_letters(notices)
        self._add_rendered(pack, NOTICES, REPORT, letters, self._describe_notice)
        for notice in notices - letters:
            about = self._describe_notice(notice)
            page = self._render_page(
                "credit_control.evidence_notice",
                notice=notice,
                labels=self._get_labels(notice, "channel", "delivery_state"),
                body=notice.mail_id.body_html or notice._render_document(kind="email"),
            )
            pack.add(NOTICES, f"{about['document']}.html", page, **about)
        for notice in notices:
            for attachment in notice.mail_id.attachment_ids:
                self._add_attachment(
                    pack,
                    NOTICES,
                    attachment,
                    what=self.env._("Sent with the reminder"),
                    document=self._describe_notice(notice)["document"],
                    date=fields.Date.to_date(notice.sent_at),
                )
        self._add_attachments(pack, NOTICES, notices)

    def _get_notices(self, case):
        """What was sent; a letter that nobody has printed proves nothing."""
        return (
            self.env["credit.dunning.notice.line"]
            .search([("move_line_id", "in", case.line_ids.move_line_id.ids)])
            .notice_id.filtered(
                lambda notice: (
                    notice.state == "sent"
                    and (notice._is_printed() or notice.channel not in LETTER_CHANNELS)
                )
            )
            .sorted(lambda notice: (notice.sent_at, notice.id))
        )

    def _get_letters(self, notices):
        """Those of which the customer has got a letter."""
        return notices.filtered(lambda n: n._is_letter() and n._is_printed())

    def _describe_notice(self, notice):
        day = fields.Date.to_date(notice.sent_at)
        return {
            "what": self.env._("Reminder"),
            "document": f"{day} {notice.level_id.name}",
            "date": day,
            "amount": notice.total,
            "currency": notice.currency_id.name,
        }

    def _add_correspondence(self, pack, case):
        """What the customer has promised and disputed of the items, and who spoke to
        him since the oldest of them."""
        items = case.line_ids.move_line_id
        promises = (
            self.env["credit.promise.line"]
            .search([("move_line_id", "in", items.ids)])
            .promise_id.sorted("id")
        )
        disputes = self.env["credit.dispute"].search(
            [("move_line_id", "in", items.ids)], order="id"
        )
        dates = [line.date for line in case.line_ids if line.date]
        contacts = self.env["credit.contact"].search(
            [
                ("partner_id", "=", case.partner_id.id),
                ("company_id", "=", case.company_id.id),
                ("state", "=", "valid"),
                ("day", ">=", min(dates, default=case.handed_on)),
            ],
            order="day, id",
        )
        for name, records, what in (
            ("promises", promises, self.env._("Promises to pay")),
            ("disputes", disputes, self.env._("Disputes")),
            ("contacts", contacts, self.env._("Contacts")),
        ):
            if records:
                page = self._render_page(
                    f"credit_control.evidence_{name}",
                    records=records,
                    labels=self._get_labels(records, "state", "kind", "direction"),
                    title=f"{what}: {case.partner_id.name}",
                )
                pack.add(LETTERS, f"{name}.html", page, what=what)
                self._add_attachments(pack, LETTERS, records)

    def _get_labels(self, records, *names):
        """``{field: {value: label}}`` of those names that the records have."""
        return {
            name: dict(records._fields[name]._description_selection(self.env))
            for name in names
            if name in records._fields
        }

    def _render_page(self, template, **values):
        """A page of its own, readable without the system."""
        page = self.env["ir.qweb"]._render(template, values)
        return b"<!DOCTYPE html>\n" + str(page).encode()
