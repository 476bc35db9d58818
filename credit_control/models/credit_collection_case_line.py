from odoo import fields, models
from odoo.tools import SQL


class CreditCollectionCaseLine(models.Model):
    """An item handed over, with what was open of it then.

    ``mark`` is the last matching of the item at the hand-over: what came later has a
    larger id, so that nothing paid before is ever counted as recovered.
    """

    _name = "credit.collection.case.line"
    _description = "Item in Collection"
    _order = "case_id, due, id"

    case_id = fields.Many2one(
        "credit.collection.case", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="case_id.company_id")
    partner_id = fields.Many2one(related="case_id.partner_id")
    currency_id = fields.Many2one(related="case_id.currency_id")
    # an invoice reset to draft may lose its lines: what was handed over stays readable
    move_line_id = fields.Many2one(
        "account.move.line", "Item", index="btree_not_null", ondelete="set null"
    )
    move_id = fields.Many2one(
        "account.move", "Invoice", index="btree_not_null", ondelete="set null"
    )
    name = fields.Char("Number")
    date = fields.Date()
    due = fields.Date("Due Date")
    amount = fields.Monetary("Handed Over", help="What was open at the hand-over.")
    handed_on = fields.Date("Handed Over On")
    mark = fields.Integer()
    is_open = fields.Boolean("In an Open Case")
    rests = fields.Boolean("Not Reminded Of")
    amount_open = fields.Monetary("Open Now", compute="_compute_amounts")
    recovered = fields.Monetary(compute="_compute_amounts")
    credited = fields.Monetary(compute="_compute_amounts")

    # An item is in one open case at most: of two at the same moment the second fails.
    _open_once = models.UniqueIndex(
        "(move_line_id) WHERE is_open",
        "One of the items is in collection already. Look at the customer's cases.",
    )
    # Reader: what dunning leaves alone (_resting_sql).
    _rests_idx = models.Index("(move_line_id) WHERE rests")

    def _take_over(self):
        """From now on these lines decide whether their items rest, and not those of
        a case that was closed before."""
        self.search(
            [
                ("move_line_id", "in", self.move_line_id.ids),
                ("rests", "=", True),
                ("id", "not in", self.ids),
            ]
        ).write({"rests": False})

    # -- measuring ------------------------------------------------------------------
    def _measure(self):
        """What is open of the items at this moment is what is handed over.

        The items are locked against payments that are registered right now: they wait
        for us, and we fail and read again when they were first.
        """
        self.flush_model()
        self.env["account.move.line"].flush_model(
            ["amount_residual_currency", "parent_state"]
        )
        self.env["account.partial.reconcile"].flush_model(["debit_move_id"])
        self.env.cr.execute(
            SQL(
                """
                SELECT FROM account_move_line WHERE id IN (
                    SELECT move_line_id FROM credit_collection_case_line
                     WHERE id = ANY(%s)) ORDER BY id FOR SHARE
                """,
                self.ids,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE credit_collection_case_line line
                   SET handed_on = %(today)s,
                       amount = CASE WHEN item.parent_state = 'posted'
                                     THEN item.amount_residual_currency ELSE 0 END,
                       mark = coalesce((
                           SELECT max(part.id) FROM account_partial_reconcile part
                            WHERE part.debit_move_id = item.id), 0)
                  FROM credit_collection_case_line same
                  LEFT JOIN account_move_line item ON item.id = same.move_line_id
                 WHERE line.id = same.id AND same.id = ANY(%(ids)s)
                """,
                today=fields.Date.today(),
                ids=self.ids,
            )
        )
        names = ["handed_on", "amount", "mark"]
        self.invalidate_recordset(names, flush=False)
        self.modified(names)

    def _compute_amounts(self):
        """One query for any number of items."""
        figures = self._read_figures()
        for line in self:
            found = figures.get(line._origin.id, {})
            for name in ("amount_open", "recovered", "credited"):
                line[name] = found.get(name, 0.0)

    def _read_figures(self):
        """``{id: {name: amount}}`` of stored lines, see ``_figures_sql``."""
        if not self.ids:
            return {}
        self._flush_figures()
        query = self._figures_sql(SQL("line.id = ANY(%s)", self.ids))
        return {row["line_id"]: row for row in self.env.execute_query_dict(query)}

    # -- the ledger since the hand-over ---------------------------------------------
    def _flush_figures(self):
        for model, names in {
            "account.move": ["move_type", "origin_payment_id"],
            "account.move.line": [
                "account_id",
                "amount_residual_currency",
                "balance",
                "date",
                "parent_state",
                "payment_id",
                "statement_line_id",
            ],
            "account.account": ["account_type"],
            "account.partial.reconcile": [
                "credit_move_id",
                "debit_amount_currency",
                "debit_move_id",
            ],
        }.items():
            self.env[model].flush_model(names)
        self.env["credit.collection.case"].flush_model()
        self.env["credit.collection.case.line"].flush_model()

    def _figures_sql(self, which: SQL) -> SQL:
        """One row per line, in the case's currency.

        line_id, case_id, amount, amount_open, and of what was matched since the
        hand-over and up to the closing: recovered (money), credited (credit notes),
        written_off (went to expenses, also the part of a payment that did), offset
        (other entries). Money that was paid before the hand-over and booked later is
        ``earlier``: nobody collected it for us.
        """
        return SQL(
            """
            SELECT line.id AS line_id, line.case_id, line.amount,
                   CASE WHEN item.parent_state = 'posted'
                        THEN item.amount_residual_currency ELSE 0 END AS amount_open,
                   coalesce(sum(part.amount * (1 - part.lost)) FILTER (
                       WHERE part.money AND NOT part.early), 0) AS recovered,
                   coalesce(sum(part.amount * (1 - part.lost)) FILTER (
                       WHERE part.money AND part.early), 0) AS earlier,
                   coalesce(sum(part.amount) FILTER (WHERE part.credit), 0)
                       AS credited,
                   coalesce(sum(part.amount * part.lost) FILTER (
                       WHERE NOT part.credit), 0) AS written_off,
                   coalesce(sum(part.amount * (1 - part.lost)) FILTER (
                       WHERE NOT part.credit AND NOT part.money), 0) AS other_amount
              FROM credit_collection_case_line line
              JOIN credit_collection_case claim ON claim.id = line.case_id
              LEFT JOIN account_move_line item ON item.id = line.move_line_id
              LEFT JOIN LATERAL (%(parts)s) AS part ON TRUE
             WHERE %(which)s
             GROUP BY line.id, item.id
            """,
            parts=self._parts_sql(),
            which=which,
        )

    def _parts_sql(self) -> SQL:
        """What was matched with ``line`` while its case was open: amount, is it a
        credit note, is it money, was it paid before, which share went to expenses."""
        return SQL(
            """
            SELECT part.debit_amount_currency AS amount,
                   move.move_type = 'out_refund' AS credit,
                   move.move_type <> 'out_refund'
                       AND coalesce(other.payment_id, other.statement_line_id,
                                    move.origin_payment_id) IS NOT NULL AS money,
                   other.date < line.handed_on AS early,
                   CASE WHEN move.move_type = 'entry'
                        THEN coalesce(least(1, entry.lost), 0) ELSE 0 END AS lost
              FROM account_partial_reconcile part
              JOIN account_move_line other ON other.id = part.credit_move_id
              JOIN account_move move ON move.id = other.move_id
              LEFT JOIN LATERAL (
                    SELECT greatest(0, sum(leg.balance) FILTER (
                               WHERE account.account_type LIKE 'expense%%'
                                  OR account.account_type LIKE 'income%%'))
                           / nullif(-sum(leg.balance) FILTER (
                               WHERE account.account_type = 'asset_receivable'
                                 AND leg.balance < 0), 0) AS lost
                      FROM account_move_line leg
                      JOIN account_account account ON account.id = leg.account_id
                     WHERE leg.move_id = move.id) AS entry
                     ON move.move_type = 'entry'
             WHERE part.debit_move_id = item.id AND part.id > line.mark
               AND line.handed_on IS NOT NULL
               AND other.date <= coalesce(claim.closed_on, 'infinity')
            """
        )

    # -- what dunning asks ----------------------------------------------------------
    def _resting_sql(self, scope) -> SQL:
        """Items in collection, and those a case was closed with that did not bring
        everything: rows (move_line_id, NULL for all of it, reason)."""
        self.flush_model()
        return SQL(
            """
            SELECT line.move_line_id, NULL::numeric, 'case'::varchar
              FROM credit_collection_case_line line
              JOIN credit_collection_case claim ON claim.id = line.case_id
             WHERE line.rests AND line.move_line_id IS NOT NULL
               AND claim.company_id = %s
            """,
            scope.company.id,
        )

    def action_open_invoice(self):
        self.ensure_one()
        return self.move_id._get_records_action(name=self.env._("Invoice"))
