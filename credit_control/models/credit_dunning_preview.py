"""A dry run: what a proposal would make, fees and interest included."""

from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL


class CreditDunning(models.AbstractModel):
    _inherit = "credit.dunning"

    @api.model
    def _preview(self, company, partner_ids=None, move_ids=None, manual=True):
        """What ``_propose`` would make, as a list of dicts, one per notice; nothing is
        written. Keys: partner_id, currency_id, policy_id, level_id, item_count,
        oldest_days, amount, fee, fixed_sum, interest, total."""
        scope = self._get_dunning_scope(company, partner_ids)
        taken = self._taken_sql(scope, manual, move_ids)
        query = SQL("%s %s", taken, self._head_sql(SQL("taken")))
        told = self.env.execute_query_dict(query)
        items = defaultdict(list)
        query = SQL(
            """
            %s SELECT partner_id, currency_id, policy_id, item_id, line_id,
                      net::float8, steps, days > 0 AND rested = 0
                 FROM taken
            """,
            taken,
        )
        for *key, line_id, net, steps, bears in self.env.execute_query(query):
            items[tuple(key)].append((line_id, net, steps, bears))
        return self._preview_charges(scope, told, items)

    def _preview_charges(self, scope, told, items):
        """Fees, interest and totals of the notices ``told``; one measurement."""
        # sudo: the same figures for whoever asks
        Level = self.env["credit.dunning.level"].sudo()
        key_of = {
            id(notice): tuple(
                notice[name]
                for name in ("partner_id", "currency_id", "policy_id", "item_id")
            )
            for notice in told
        }
        asked = [
            (line_id, line_id, net, scope.today)
            for notice in told
            if Level.browse(notice["level_id"]).with_interest
            for line_id, net, _steps, bears in items[key_of[id(notice)]]
            if bears
        ]
        asked = self.env["credit.interest"]._asked_sql(asked)
        found = self.env["credit.interest"]._measure_items(scope.company, asked)
        owed = {item.key: figure for item, figure in found}
        exempt = self._read_exempt(scope)
        names = ("partner_id", "currency_id", "policy_id", "level_id")
        names += ("item_count", "oldest_days", "amount")
        result = []
        for notice in told:
            rows = items[key_of[id(notice)]]
            figures = self._preview_one(scope, notice, rows, owed)
            if notice["partner_id"] in exempt:
                figures["fee"] = 0.0
            figures = {name: notice[name] for name in names} | figures
            figures["total"] = float(notice["amount"]) + sum(
                figures[name] for name in ("fee", "fixed_sum", "interest")
            )
            result.append(figures)
        return result

    def _preview_one(self, scope, notice, rows, owed):
        level = self.env["credit.dunning.level"].sudo().browse(notice["level_id"])
        currency = self.env["res.currency"].browse(notice["currency_id"])
        mine = {row[0]: owed[row[0]] for row in rows if row[0] in owed}
        plain = [
            line_id
            for line_id, _net, steps, _bears in rows
            if steps and not (line_id in mine and mine[line_id].statutory)
        ]
        fee = self.env["credit.exposure"]._convert(
            level.fee_amount + level.fee_item * len(plain),
            level.currency_id,
            currency,
            scope.company,
        )
        return {
            "fee": currency.round(fee),
            "fixed_sum": sum(figure.fixed_sum for figure in mine.values()),
            "interest": sum(figure.interest for figure in mine.values()),
        }

    def _read_exempt(self, scope) -> set[int]:
        """Customers who are not charged today."""
        query = SQL(
            "SELECT partner_id FROM credit_file file WHERE company_id = %s AND %s",
            scope.company.id,
            self.env["credit.interest"]._exempt_sql(SQL("%s", scope.today)),
        )
        return {partner_id for (partner_id,) in self.env.execute_query(query)}
