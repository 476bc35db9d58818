from collections import Counter

from odoo import Command, api, fields, models

#: Notices shown one by one; those beyond are in the totals.
MOST_SHOWN = 200


class CreditDunningPreview(models.TransientModel):
    """Who would get which reminder now: a dry run that leaves no trace.

    The dialogue shows the defaults of a record that is never saved; it reads the
    ledger as a proposal does, and keeps nothing of it.
    """

    _name = "credit.dunning.preview"
    _description = "Preview of Payment Reminders"

    partner_ids = fields.Many2many("res.partner", string="Customers")
    company_ids = fields.Many2many("res.company", string="Companies")
    content = fields.Html(readonly=True, sanitize=False)

    @api.model
    def _open(self, partners, companies):
        """:param partners: the customers chosen; none means everybody who is due
        :param companies: where; none means those at the screen"""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Preview of Payment Reminders"),
            "res_model": self._name,
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_partner_ids": [Command.set(partners.ids)],
                "default_company_ids": [Command.set(companies.ids)],
            },
        }

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if "content" in fields:
            wizard = self.new(values)
            values["content"] = self._render(
                wizard.partner_ids._origin.ids, wizard._get_companies()
            )
        return values

    def _get_companies(self):
        """The companies chosen, among those of the user, else all at the screen."""
        allowed = self.env.companies.root_id
        return self.company_ids._origin & allowed or allowed

    @api.model
    def _render(self, partner_ids, companies=None):
        """The dry run as HTML, for whoever may see all customers' reminders."""
        self.browse().check_access("create")
        rows = []
        for company in companies or self._get_companies():
            rows += self.env["credit.dunning"]._preview(
                company, partner_ids or None, manual=bool(partner_ids)
            )
        return self.env["ir.qweb"]._render(
            "credit_control.credit_dunning_preview", self._prepare_values(rows)
        )

    def _prepare_values(self, rows):
        """Totals per level and currency, then the largest notices one by one."""
        rows.sort(key=lambda row: -row["amount"])
        totals = {}
        for row in rows:
            key = (row["level_id"], row["currency_id"])
            total = totals.setdefault(key, Counter())
            total.update({"count": 1} | self._get_amounts(row))
        shown = rows[:MOST_SHOWN]
        partners = self._by_id("res.partner", [row["partner_id"] for row in shown])
        levels = self._by_id("credit.dunning.level", [level for level, _ in totals])
        currencies = self._by_id("res.currency", [currency for _, currency in totals])
        return {
            "headline": self.env._(
                "%(count)s reminders to %(customers)s customers. Nothing of this is "
                "saved; everything is read again at the moment of sending.",
                count=len(rows),
                customers=len({row["partner_id"] for row in rows}),
            ),
            "rest": rows[MOST_SHOWN:]
            and self.env._(
                "… and %(count)s more, of smaller amounts.",
                count=len(rows) - MOST_SHOWN,
            ),
            "totals": sorted(
                (
                    {
                        "level": levels[level_id],
                        "currency": currencies[currency_id],
                        **total,
                    }
                    for (level_id, currency_id), total in totals.items()
                ),
                key=lambda total: (
                    total["level"].policy_id.id,
                    total["level"].number,
                    total["currency"].id,
                ),
            ),
            "rows": [
                {
                    "partner": partners[row["partner_id"]],
                    "level": levels[row["level_id"]],
                    "currency": currencies[row["currency_id"]],
                    **self._get_amounts(row),
                    "item_count": row["item_count"],
                    "oldest_days": row["oldest_days"],
                }
                for row in shown
            ],
        }

    def _get_amounts(self, row):
        """Items, what comes on top of them, and both, in the currency of the row."""
        return {
            "amount": float(row["amount"]),
            "fees": row["fee"] + row["fixed_sum"],
            "interest": row["interest"],
            "total": row["total"],
        }

    def _by_id(self, model, ids):
        """``{id: record}``, read together."""
        # sudo: names of customers whose reminders the user may see
        return {record.id: record for record in self.env[model].sudo().browse(ids)}

    def action_propose(self):
        """Make what was previewed, one run per company: what is due by now."""
        Run, companies = self.env["credit.dunning.run"], self._get_companies()
        if not self.partner_ids:
            return Run._propose_all(companies)
        return Run._remind_each([(company, self.partner_ids) for company in companies])
