"""What the team did, and what came of it: one row per thing done."""

from odoo import api, fields, models
from odoo.tools import SQL

CONTACT, PROMISE, NOTICE, PAYMENT = range(4)
#: Where the rows come from, in the order of these numbers.
SOURCES = ("credit.contact", "credit.promise", "credit.dunning.notice", "account.move")
COUNTS = {
    "contact_count": "Contacts Made",
    "reacted_count": "Customer Reacted",
    "promise_count": "Promises",
    "kept_count": "Promises Kept",
    "partly_count": "Promises Partly Kept",
    "broken_count": "Promises Broken",
    "notice_count": "Reminders Sent",
    "payment_count": "Payments After Contact",
}
AMOUNTS = {
    "promised": "Promised",
    "kept": "Kept",
    "partly": "Paid of Partly Kept",
    "broken": "Broken",
    "reminded": "Reminded Of",
    "collected": "Collected After Contact",
}


class CreditCollectorFigure(models.Model):
    """Contacts, promises, reminders and money, each by who did it and when.

    A row is a contact, a promise, a reminder sent, or money settled against one item,
    so that every sum leads to its documents. Amounts are in the company's currency.

    * A promise counts in the month in which it was given, whatever its day; *kept*,
      *partly* and *broken* are what became of it. *kept* and *broken* are the amounts
      promised, *partly* what was paid of it.
    * *Collected after contact* is money (bank and cash, no credit notes) that settled
      an item within ``credit_collected_days`` after a contact with the customer, if
      the item was overdue on that day. It counts once, for the last such contact.

    Reading is one query per root company that is switched on.
    """

    _name = "credit.collector.figure"
    _description = "Collection Figures"
    _auto = False
    _order = "date desc, id desc"
    _depends = {
        "credit.contact": ["partner_id", "day", "state", "reacted", "user_id"],
        "credit.promise": ["promised_on", "amount", "paid", "state", "user_id"],
        "credit.dunning.notice": ["sent_at", "state", "total", "collector_id"],
        "account.partial.reconcile": ["amount", "debit_move_id", "credit_move_id"],
        "account.move.line": ["account_id", "partner_id", "date", "date_maturity"],
        "account.journal": ["type"],
        "res.users": ["sale_team_id"],
    }

    date = fields.Date(readonly=True)
    user_id = fields.Many2one("res.users", "Collector", readonly=True)
    team_id = fields.Many2one("crm.team", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    kind = fields.Selection(
        [
            ("contact", "Contact"),
            ("promise", "Promise"),
            ("notice", "Reminder"),
            ("payment", "Payment"),
        ],
        readonly=True,
    )
    contacted_id = fields.Many2one(
        "res.partner",
        "Customers Contacted",
        readonly=True,
        aggregator="count_distinct",
        help="Different customers with a contact.",
    )
    contact_count = fields.Integer(COUNTS["contact_count"], readonly=True)
    reacted_count = fields.Integer(COUNTS["reacted_count"], readonly=True)
    promise_count = fields.Integer(COUNTS["promise_count"], readonly=True)
    kept_count = fields.Integer(COUNTS["kept_count"], readonly=True)
    partly_count = fields.Integer(COUNTS["partly_count"], readonly=True)
    broken_count = fields.Integer(COUNTS["broken_count"], readonly=True)
    notice_count = fields.Integer(COUNTS["notice_count"], readonly=True)
    payment_count = fields.Integer(COUNTS["payment_count"], readonly=True)
    promised = fields.Monetary(AMOUNTS["promised"], readonly=True)
    kept = fields.Monetary(AMOUNTS["kept"], readonly=True)
    partly = fields.Monetary(AMOUNTS["partly"], readonly=True)
    broken = fields.Monetary(AMOUNTS["broken"], readonly=True)
    reminded = fields.Monetary(AMOUNTS["reminded"], readonly=True)
    collected = fields.Monetary(AMOUNTS["collected"], readonly=True)

    @property
    def _table_query(self) -> SQL:
        rows = SQL(" UNION ALL ").join(
            self._company_sql(root) for root in self.env.companies.root_id
        )
        return SQL(
            """
            SELECT rows.*, users.sale_team_id AS team_id
              FROM (%s) AS rows LEFT JOIN res_users users ON users.id = rows.user_id
            """,
            rows,
        )

    def _company_sql(self, root) -> SQL:
        # sudo: settings, accounts and rates; the rows are filtered by the record rules
        scope = self.env["credit.exposure"].sudo()._get_scope(root)
        return SQL(
            "%s UNION ALL %s UNION ALL %s UNION ALL %s",
            self._contact_sql(scope),
            self._promise_sql(scope),
            self._notice_sql(scope),
            self._payment_sql(scope),
        )

    def _row_sql(self, scope, kind, source: SQL, **values) -> SQL:
        """SELECT list of a source: its key, whose it is, and its figures, others 0."""
        name = ("contact", "promise", "notice", "payment")[kind]
        columns = [
            SQL("%s::bigint * 4 + %s AS id", source, kind),
            SQL("%s::varchar AS kind", name),
            SQL("%s AS company_id", scope.company.id),
            SQL("%s AS currency_id", scope.company.currency_id.id),
        ]
        defaults = {"contacted_id": SQL("NULL::int")}
        defaults |= dict.fromkeys(COUNTS, SQL("0"))
        defaults |= dict.fromkeys(AMOUNTS, SQL("0.0::numeric"))
        for field in ("date", "user_id", "partner_id", *defaults):
            value = values.get(field, defaults.get(field))
            columns.append(SQL("%s AS %s", value, SQL.identifier(field)))
        return SQL("SELECT %s", SQL(", ").join(columns))

    def _home_sql(self, scope, amount: SQL, currency: SQL) -> SQL:
        """An amount in the company's currency, at today's rate."""
        home = scope.rates.get(scope.company.currency_id.id, 1.0)
        return SQL(
            "round((%s * %s / %s)::numeric, %s)",
            amount,
            home,
            scope.rate(currency),
            scope.company.currency_id.decimal_places,
        )

    # -- sources --------------------------------------------------------------------
    def _contact_sql(self, scope) -> SQL:
        return SQL(
            "%s FROM credit_contact contact WHERE company_id = %s AND state = 'valid'",
            self._row_sql(
                scope,
                CONTACT,
                SQL("contact.id"),
                date=SQL("contact.day"),
                user_id=SQL("contact.user_id"),
                partner_id=SQL("contact.partner_id"),
                contacted_id=SQL("contact.partner_id"),
                contact_count=SQL("1"),
                reacted_count=SQL("contact.reacted::int"),
            ),
            scope.company.id,
        )

    def _promise_sql(self, scope) -> SQL:
        amount = self._home_sql(
            scope, SQL("promise.amount"), SQL("promise.currency_id")
        )
        paid = self._home_sql(
            scope, SQL("coalesce(promise.paid, 0)"), SQL("promise.currency_id")
        )
        figures = {"promise_count": SQL("1"), "promised": amount}
        for state, value in (("kept", amount), ("partly", paid), ("broken", amount)):
            figures[f"{state}_count"] = SQL("(promise.state = %s)::int", state)
            figures[state] = SQL(
                "CASE WHEN promise.state = %s THEN %s ELSE 0 END", state, value
            )
        return SQL(
            """
            %s FROM credit_promise promise
             WHERE company_id = %s AND state <> 'cancelled'
            """,
            self._row_sql(
                scope,
                PROMISE,
                SQL("promise.id"),
                date=SQL("promise.promised_on"),
                user_id=SQL("promise.user_id"),
                partner_id=SQL("promise.partner_id"),
                **figures,
            ),
            scope.company.id,
        )

    def _notice_sql(self, scope) -> SQL:
        return SQL(
            "%s FROM credit_dunning_notice notice WHERE company_id = %s "
            "AND state = 'sent'",
            self._row_sql(
                scope,
                NOTICE,
                SQL("notice.id"),
                date=SQL("notice.sent_at::date"),
                user_id=SQL("coalesce(notice.collector_id, notice.sent_by)"),
                partner_id=SQL("notice.partner_id"),
                notice_count=SQL("1"),
                reminded=self._home_sql(
                    scope, SQL("notice.total"), SQL("notice.currency_id")
                ),
            ),
            scope.company.id,
        )

    def _payment_sql(self, scope) -> SQL:
        """Money by the last contact before it. Asked from the customers who had one,
        so that a ledger without contacts costs nothing."""
        return SQL(
            """
            %(row)s
              FROM account_partial_reconcile partial
              JOIN account_move_line item ON item.id = partial.debit_move_id
              JOIN account_move_line money ON money.id = partial.credit_move_id
              JOIN account_journal journal ON journal.id = money.journal_id
              JOIN res_partner payer ON payer.id = item.partner_id
              JOIN LATERAL (
                    SELECT contact.user_id, contact.partner_id
                      FROM credit_contact contact
                     WHERE contact.partner_id = payer.commercial_partner_id
                       AND contact.company_id = %(company)s
                       AND contact.state = 'valid'
                       AND contact.day <= money.date
                       AND contact.day >= money.date - %(days)s
                       AND contact.day > coalesce(item.date_maturity, item.date)
                     ORDER BY contact.day DESC, contact.id DESC
                     LIMIT 1) AS touch ON TRUE
             WHERE item.account_id = ANY(%(accounts)s)
               AND item.company_id = ANY(%(companies)s)
               AND journal.type IN ('bank', 'cash', 'credit')
               AND payer.commercial_partner_id IN (
                    SELECT partner_id FROM credit_contact
                     WHERE company_id = %(company)s)
            """,
            row=self._row_sql(
                scope,
                PAYMENT,
                SQL("partial.id"),
                date=SQL("money.date"),
                user_id=SQL("touch.user_id"),
                partner_id=SQL("touch.partner_id"),
                payment_count=SQL("1"),
                collected=SQL("partial.amount"),
            ),
            company=scope.company.id,
            companies=scope.company_ids,
            accounts=scope.receivable_ids,
            days=scope.company.credit_collected_days,
        )

    # -- from a figure to its document -------------------------------------------------
    @api.readonly
    def action_open_document(self):
        """Open the contact, promise, reminder or payment behind the row; access to it
        is checked when it opens."""
        self.ensure_one()
        self.browse().check_access("read")
        source_id, kind = divmod(self.id, 4)
        if kind == PAYMENT:
            # sudo: only the id is used
            partial = self.env["account.partial.reconcile"].sudo().browse(source_id)
            source_id = partial.credit_move_id.move_id.id
        return {
            "type": "ir.actions.act_window",
            "res_model": SOURCES[kind],
            "res_id": source_id,
            "views": [(False, "form")],
        }
