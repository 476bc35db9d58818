from odoo import fields, models
from odoo.tools import SQL

from .credit_collection_case import OUTCOMES, STATES
from .credit_collection_stage import KINDS


class CreditCollectionReport(models.Model):
    """Cases in the company's currency, for pivot and graph: what collecting brings and
    costs by lawyer or agency, kind, month and outcome.

    Figures are those of ``credit.collection.case._figures_sql``, at the rate of the
    hand-over. A rate of success is that of the sums, not the mean of the cases.
    """

    _name = "credit.collection.report"
    _description = "Collection Results"
    _auto = False
    _order = "handed_on desc, id desc"
    _rec_name = "case_id"
    _depends = {
        "credit.collection.case": [
            "agent_id",
            "closed_on",
            "company_id",
            "company_rate",
            "fee_pct",
            "handed_on",
            "kind",
            "outcome",
            "partner_id",
            "stage_id",
            "state",
            "user_id",
        ],
        "credit.collection.case.line": ["amount", "case_id", "handed_on", "mark"],
        "credit.collection.cost": ["amount_case", "is_fee", "move_id", "payer"],
        "account.move.line": [
            "amount_residual_currency",
            "balance",
            "date",
            "parent_state",
            "payment_id",
            "statement_line_id",
        ],
        "account.partial.reconcile": ["debit_amount_currency", "debit_move_id"],
    }

    case_id = fields.Many2one("credit.collection.case", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    agent_id = fields.Many2one("res.partner", "Handed To", readonly=True)
    user_id = fields.Many2one("res.users", "Owner", readonly=True)
    kind = fields.Selection(KINDS, readonly=True)
    state = fields.Selection(STATES, readonly=True)
    outcome = fields.Selection(OUTCOMES, readonly=True)
    stage_id = fields.Many2one("credit.collection.stage", readonly=True)
    handed_on = fields.Date("Handed Over On", readonly=True)
    closed_on = fields.Date(readonly=True)
    days = fields.Integer(
        "Days in Collection", readonly=True, aggregator="avg", help="Up to today."
    )
    amount = fields.Monetary("Handed Over", readonly=True)
    amount_open = fields.Monetary("Open Now", readonly=True)
    recovered = fields.Monetary(readonly=True)
    credited = fields.Monetary(readonly=True)
    written_off = fields.Monetary(readonly=True)
    fee = fields.Monetary("Success Fee", readonly=True)
    cost_amount = fields.Monetary("Costs We Bear", readonly=True)
    net = fields.Monetary("Net Recovered", readonly=True)
    success_pct = fields.Float("Success (%)", readonly=True, aggregator="avg")

    @property
    def _table_query(self) -> SQL:
        Case = self.env["credit.collection.case"]
        names = (
            "amount",
            "amount_open",
            "recovered",
            "credited",
            "written_off",
            "fee",
            "cost_amount",
            "net",
        )
        return SQL(
            """
            SELECT claim.id, claim.id AS case_id, claim.company_id,
                   company.currency_id, claim.partner_id, claim.agent_id,
                   claim.user_id, claim.kind, claim.state, claim.outcome,
                   claim.stage_id, claim.handed_on, claim.closed_on,
                   coalesce(claim.closed_on, %(today)s) - claim.handed_on AS days,
                   %(amounts)s, figures.success_pct
              FROM credit_collection_case claim
              JOIN res_company company ON company.id = claim.company_id
              JOIN (%(figures)s) AS figures ON figures.case_id = claim.id
             WHERE claim.handed_on IS NOT NULL
            """,
            today=fields.Date.today(),
            amounts=SQL(", ").join(
                SQL(
                    "figures.%(name)s * claim.company_rate::numeric AS %(name)s",
                    name=SQL.identifier(name),
                )
                for name in names
            ),
            figures=Case._figures_sql(SQL("TRUE")),
        )

    def _read_group_select(self, aggregate_spec, query):
        """Of many cases together: all that was recovered, of all handed over."""
        if aggregate_spec != "success_pct:avg":
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "coalesce(100.0 * sum(%s) / nullif(sum(%s), 0), 0)",
            self._field_to_sql(self._table, "recovered", query),
            self._field_to_sql(self._table, "amount", query),
        )

    def action_open_case(self):
        self.ensure_one()
        return self.case_id._get_records_action(name=self.env._("Collection Case"))
