"""What the credit report of a customer is made of."""

from odoo import api, fields, models

#: Rows of each history; the rest is in the lists.
MOST_ROWS = 20


class CreditFileReport(models.AbstractModel):
    """One customer per chapter, in the reader's language: everything that the credit
    team knows, for the reader's rights on the credit file.

    Other parts of the add-on put their chapters into the template
    ``credit_control.credit_report_sections`` and what these need into
    ``_get_chapter``, both by inheritance.
    """

    _name = "report.credit_control.report_credit_file"
    _description = "Credit Report (PDF)"

    @api.model
    def _get_report_values(self, docids, data=None):
        files = self.env["credit.file"].browse(docids or []).exists()
        files.check_access("read")
        return {
            "doc_ids": files.ids,
            "doc_model": "credit.file",
            "docs": files,
            "chapters": [self._get_chapter(file) for file in files],
        }

    @api.model
    def _get_chapter(self, file) -> dict:
        """The values of one customer's pages; ``file`` was checked to be readable."""
        key = (file.partner_id.id, file.company_id.id)
        # sudo: who reads the file reads this report of it, as the file's form shows
        own = file.sudo()
        panel = own._get_panels([key])[key]
        return {
            "file": own,
            "company": own.company_id,
            "today": fields.Date.context_today(self),
            "panel": panel,
            "currency": self.env["res.currency"].browse(panel["currency_id"]),
            "labels": self._get_labels(),
            "limits": own.limit_line_ids.sorted("id", reverse=True)[:MOST_ROWS],
            "holds": own.hold_ids[:MOST_ROWS],
            "reviews": own.review_ids.sorted("id", reverse=True)[:MOST_ROWS],
            **self._get_account(own, key),
        }

    def _get_account(self, own, key):
        """Ageing, promises, disputes and contacts."""
        env = own.env
        about = [("partner_id", "=", key[0]), ("company_id", "=", key[1])]
        found = env["credit.statement"]._get_statements([key], "open")
        return {
            "blocks": found[key],
            "words": self.env["credit.statement"]._get_words(),
            "promises": env["credit.promise"].search(about, limit=MOST_ROWS),
            "disputes": env["credit.dispute"].search(about, limit=MOST_ROWS),
            "contacts": env["credit.contact"].search(about, limit=MOST_ROWS),
        }

    def _get_labels(self):
        """``{model: {field: {value: text}}}`` of what the tables show."""
        shown = {
            "credit.file": ("state", "company_size"),
            "credit.limit.line": ("kind", "mode", "source", "status"),
            "credit.hold": ("state", "main_reason"),
            "credit.review": ("kind", "state"),
            "credit.promise": ("state",),
            "credit.dispute": ("state",),
            "credit.contact": ("kind",),
        }
        return {
            model: {
                name: dict(
                    self.env[model]._fields[name]._description_selection(self.env)
                )
                for name in names
            }
            for model, names in shown.items()
        }
