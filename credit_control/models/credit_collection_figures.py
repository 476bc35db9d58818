"""What cases brought and cost: read from the ledger, one SQL for any number of them."""

from odoo import api, fields, models
from odoo.tools import SQL

from .credit_collection_case import MONEY_GROUPS

FIGURES = (
    "amount_open",
    "recovered",
    "earlier",
    "credited",
    "written_off",
    "other_amount",
    "cost_amount",
    "fee_billed",
    "fee",
    "net",
    "success_pct",
)


class CreditCollectionCase(models.Model):
    """Form, list, report and letter show the same figures: those of ``_figures_sql``.

    The terms: *recovered* is money that came in on the items since they were handed
    over; *credited* is what our credit notes took off; *written off* what went to
    expenses; *other entries* anything else that settled an item.
    """

    _inherit = "credit.collection.case"

    amount_open = fields.Monetary("Open Now", compute="_compute_figures")
    recovered = fields.Monetary(
        compute="_compute_figures",
        help="Money that came in on the items since the hand-over.",
    )
    earlier = fields.Monetary(
        "Paid Before",
        compute="_compute_figures",
        help="Paid before the hand-over, booked since: no fee is due for it.",
    )
    credited = fields.Monetary(compute="_compute_figures", help="By credit notes.")
    written_off = fields.Monetary(compute="_compute_figures")
    other_amount = fields.Monetary(
        "Other Entries",
        compute="_compute_figures",
        help="Set off against other accounts: neither money nor a loss.",
    )
    success_pct = fields.Float(
        "Success (%)",
        compute="_compute_figures",
        help="Recovered, of what was handed over.",
    )
    cost_amount = fields.Monetary(
        "Costs We Bear", compute="_compute_figures", groups=MONEY_GROUPS
    )
    fee_billed = fields.Monetary(compute="_compute_figures", groups=MONEY_GROUPS)
    fee = fields.Monetary(
        "Success Fee",
        compute="_compute_figures",
        groups=MONEY_GROUPS,
        help="The percentage of what was recovered, or what was billed of it already "
        "when that is more.",
    )
    net = fields.Monetary(
        "Net Recovered",
        compute="_compute_figures",
        groups=MONEY_GROUPS,
        help="Recovered, less the success fee and the costs that we bear.",
    )

    def _compute_figures(self):
        """One query for any number of cases."""
        # sudo: the figures are the same for whoever may read the case; those that
        # are not for everybody are fields with groups
        figures = self.sudo()._read_figures()
        for case in self.sudo():
            found = figures.get(case._origin.id, {})
            for name in FIGURES:
                case[name] = found.get(name, 0.0)

    # -- figures --------------------------------------------------------------------
    def _read_figures(self):
        """``{case id: {name: amount}}`` with the names of ``FIGURES``."""
        if not self.ids:
            return {}
        self.env["credit.collection.case.line"]._flush_figures()
        self.env["credit.collection.cost"].flush_model()
        self.env["account.move"].flush_model(["state"])
        query = self._figures_sql(SQL("line.case_id = ANY(%s)", self.ids))
        return {row["case_id"]: row for row in self.env.execute_query_dict(query)}

    @api.model
    def _figures_sql(self, which: SQL) -> SQL:
        """One row per case: case_id, amount, ``FIGURES``; in the case's currency.

        ``which`` is a condition on ``line`` (credit.collection.case.line). The fee is
        due for money only. A fee that was billed is among the costs as well: the
        larger of the two counts, once.
        """
        return SQL(
            """
            SELECT measured.*, recovered - fee - cost_amount AS net
              FROM (SELECT summed.*, coalesce(cost.amount, 0) AS cost_amount,
                           coalesce(cost.fee, 0) AS fee_billed,
                           greatest(
                               round((summed.recovered * coalesce(claim.fee_pct, 0)
                                      / 100)::numeric, currency.decimal_places),
                               coalesce(cost.fee, 0)) AS fee,
                           CASE WHEN summed.amount > 0
                                THEN 100.0 * summed.recovered / summed.amount
                                ELSE 0 END AS success_pct
                      FROM (%(summed)s) AS summed
                      JOIN credit_collection_case claim ON claim.id = summed.case_id
                      JOIN res_currency currency ON currency.id = claim.currency_id
                      LEFT JOIN (%(costs)s) AS cost
                             ON cost.case_id = summed.case_id) AS measured
            """,
            summed=self._summed_sql(which),
            costs=self.env["credit.collection.cost"]._costs_sql(),
        )

    @api.model
    def _summed_sql(self, which: SQL) -> SQL:
        """The items of each case, rounded to its currency."""
        names = (
            "amount",
            "amount_open",
            "recovered",
            "earlier",
            "credited",
            "written_off",
            "other_amount",
        )
        return SQL(
            """
            SELECT item.case_id, %s
              FROM (%s) AS item
              JOIN credit_collection_case claim ON claim.id = item.case_id
              JOIN res_currency currency ON currency.id = claim.currency_id
             GROUP BY item.case_id, currency.decimal_places
            """,
            SQL(", ").join(
                SQL(
                    "round(sum(item.%(name)s)::numeric, currency.decimal_places) "
                    "AS %(name)s",
                    name=SQL.identifier(name),
                )
                for name in names
            ),
            self.env["credit.collection.case.line"]._figures_sql(which),
        )
