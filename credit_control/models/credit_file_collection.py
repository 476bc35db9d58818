"""Promises, disputes and contacts on the credit file and on the customer."""

from odoo import fields, models


class CreditFile(models.Model):
    _inherit = "credit.file"

    promise_count = fields.Integer("Promises", compute="_compute_promise_counts")
    broken_promise_count = fields.Integer(
        "Broken Promises",
        compute="_compute_promise_counts",
        help="Promises to pay that were broken within the past year.",
    )
    dispute_count = fields.Integer("Open Disputes", compute="_compute_dispute_count")

    def _compute_promise_counts(self):
        """Two queries for any number of files."""
        keys = [(file.partner_id.id, file.company_id.id) for file in self]
        groups = self.env["credit.promise"]._read_group(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
            ],
            ["partner_id", "company_id"],
            ["__count"],
        )
        counts = {(partner.id, company.id): n for partner, company, n in groups}
        broken = self.env["credit.promise"]._count_broken(keys)
        for file, key in zip(self, keys, strict=True):
            file.promise_count = counts.get(key, 0)
            file.broken_promise_count = broken.get(key, 0)

    def _compute_dispute_count(self):
        groups = self.env["credit.dispute"]._read_group(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("state", "=", "open"),
            ],
            ["partner_id", "company_id"],
            ["__count"],
        )
        counts = {(partner.id, company.id): n for partner, company, n in groups}
        for file in self:
            key = (file.partner_id.id, file.company_id.id)
            file.dispute_count = counts.get(key, 0)

    def _action_open_customer(self, model, name):
        """The records of ``model`` about this customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "domain": [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
            ],
            "views": [(False, "list"), (False, "form")],
        }

    def action_open_promises(self):
        return self._action_open_customer("credit.promise", self.env._("Promises"))

    def action_open_disputes(self):
        return self._action_open_customer("credit.dispute", self.env._("Disputes"))

    def action_promise(self):
        """Enter what the customer has just promised."""
        self.ensure_one()
        wizard = self.env["credit.promise.wizard"]
        return wizard._open(self.partner_id, self.company_id)
