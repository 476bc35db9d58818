"""The worklist: who is overdue, what he was sent, what comes next."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

#: Rows older than this are measured anew when somebody looks at them.
MAX_AGE = timedelta(minutes=2)

#: Columns that a refresh writes, in the order of ``_work_sql``.
COLUMNS = (
    "partner_id",
    "currency_id",
    "policy_id",
    "amount_open",
    "amount",
    "amount_overdue",
    "oldest_days",
    "item_count",
    "level_reached",
    "next_level_id",
    "next_date",
    "state",
    "reason",
    "promised",
    "disputed",
    "collected",
    "last_notice",
    "file_id",
    "collector_id",
    "user_id",
    "last_contact",
    "last_result_id",
    "next_contact",
    "next_action",
    "priority",
    "priority_parts",
    "company_id",
)


class CreditDunningWork(models.Model):
    """One row per customer and currency with something overdue, or nearly due.

    A table and not a view, so that lists, filters and groups are quick at any size.
    The page shows at once what was measured last, and asks for rows that are no older
    than ``MAX_AGE``, nor than the last run: two statements that write only what
    changed.
    """

    _name = "credit.dunning.work"
    _description = "Customer to Remind"
    _order = "priority desc, amount desc, id"
    _rec_names_search = ["partner_id.complete_name", "partner_id.ref"]

    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    currency_id = fields.Many2one("res.currency", required=True)
    policy_id = fields.Many2one(
        "credit.dunning.policy", "Strategy", ondelete="set null"
    )
    file_id = fields.Many2one("credit.file", "Credit File", ondelete="set null")
    user_id = fields.Many2one("res.users", "Salesperson", ondelete="set null")
    collector_id = fields.Many2one("res.users", ondelete="set null")
    amount_open = fields.Monetary(help="Overdue or nearly due, gross.")
    amount = fields.Monetary("To Pay", help="Less open credits and what rests.")
    amount_overdue = fields.Monetary("Overdue")
    oldest_days = fields.Integer("Oldest (days)")
    item_count = fields.Integer("Number of Items")
    level_reached = fields.Integer()
    next_level_id = fields.Many2one("credit.dunning.level", ondelete="set null")
    next_date = fields.Date("Next On")
    state = fields.Selection(
        [
            ("due", "To remind"),
            ("sending", "Being sent"),
            ("waiting", "Waiting for payment"),
            ("resting", "Resting"),
        ],
        required=True,
    )
    reason = fields.Selection(
        lambda self: self.env["credit.dunning.reason"]._get_selection(), "Rests For"
    )
    promised = fields.Monetary()
    disputed = fields.Monetary()
    collected = fields.Monetary("In Collection")
    last_notice = fields.Date("Last Reminder")
    priority = fields.Integer()
    phone = fields.Char(related="partner_id.phone")
    email = fields.Char(related="partner_id.email")
    notice_ids = fields.Many2many(
        "credit.dunning.notice", compute="_compute_notice_ids", string="Reminders"
    )

    _customer_unique = models.UniqueIndex("(company_id, partner_id, currency_id)")
    # Reader: the worklist's own order and its filter To Remind.
    _due_idx = models.Index("(company_id, state, priority DESC, amount DESC, id)")

    @api.depends("partner_id", "currency_id")
    def _compute_display_name(self):
        for row in self:
            row.display_name = row.partner_id.name

    def _compute_notice_ids(self):
        for row in self:
            row.notice_ids = self.env["credit.dunning.notice"].search(
                [
                    ("partner_id", "=", row.partner_id.id),
                    ("company_id", "=", row.company_id.id),
                ],
                limit=20,
            )

    # -- refresh ----------------------------------------------------------------------
    @api.model
    def _refresh(self, company, partner_ids=None):
        """Measure the rows of a company, or of some of its customers."""
        Dunning = self.env["credit.dunning"].sudo()  # sudo: the same for everybody
        scope = Dunning._get_dunning_scope(company, partner_ids)
        names = SQL(", ").join(map(SQL.identifier, COLUMNS))
        Dunning._materialize(
            "credit_dunning_fresh",
            self._work_sql(scope),
            SQL("partner_id, currency_id"),
        )
        cr = self.env.cr
        cr.execute(
            SQL(
                """
                WITH gone AS (
                    DELETE FROM credit_dunning_work old
                     WHERE company_id = %(company)s AND %(asked)s
                       AND NOT EXISTS (SELECT FROM credit_dunning_fresh fresh
                                        WHERE fresh.partner_id = old.partner_id
                                          AND fresh.currency_id = old.currency_id))
                INSERT INTO credit_dunning_work AS old (%(names)s)
                SELECT %(names)s FROM credit_dunning_fresh
                    ON CONFLICT (company_id, partner_id, currency_id)
                    DO UPDATE SET (%(names)s) = ROW(%(new)s)
                 WHERE (%(old)s) IS DISTINCT FROM (%(new)s)
                """,
                company=scope.company.id,
                asked=SQL("TRUE")
                if partner_ids is None
                else SQL("old.partner_id = ANY(%s)", list(partner_ids)),
                names=names,
                new=SQL(", ").join(SQL.identifier("excluded", n) for n in COLUMNS),
                old=SQL(", ").join(SQL.identifier("old", n) for n in COLUMNS),
            )
        )
        cr.execute("DROP TABLE credit_dunning_fresh")
        if partner_ids is None:
            scope.company.credit_dunning_measured_at = fields.Datetime.now()
        self.invalidate_model()

    def _work_sql(self, scope) -> SQL:
        """One row per customer and currency, with ``COLUMNS``."""
        return SQL(
            """
            SELECT grouped.partner_id, grouped.currency_id, grouped.policy_id,
                   grouped.amount_open, grouped.amount, grouped.amount_overdue,
                   grouped.oldest_days, grouped.item_count, grouped.level_reached,
                   grouped.next_level_id,
                   grouped.next_date,
                   CASE WHEN pending THEN 'sending'
                        WHEN grouped.due AND amount * rate >= min_amount THEN 'due'
                        WHEN amount > 0 THEN 'waiting' ELSE 'resting' END AS state,
                   CASE WHEN NOT amount > 0 THEN grouped.reason END AS reason,
                   grouped.promised, grouped.disputed, grouped.collected,
                   past.last_notice,
                   file.id AS file_id, %(collector)s AS collector_id,
                   partner.user_id, contact.*, %(priority)s AS priority,
                   points.parts AS priority_parts, %(company)s AS company_id
              FROM (SELECT partner_id, currency_id, min(policy_id) AS policy_id,
                           sum(residual) AS amount_open,
                           coalesce(sum(net) FILTER (WHERE status = 'open'), 0)
                               AS amount,
                           coalesce(sum(residual) FILTER (WHERE days > 0), 0)
                               AS amount_overdue,
                           max(days) AS oldest_days, count(*)::int AS item_count,
                           max(reached) AS level_reached,
                           coalesce(
                               (array_agg(level_id ORDER BY number DESC)
                                   FILTER (WHERE steps))[1],
                               (array_agg(level_id ORDER BY level_date)
                                   FILTER (WHERE level_id IS NOT NULL))[1])
                               AS next_level_id,
                           min(greatest(level_date, ready_on))
                               FILTER (WHERE level_date IS NOT NULL) AS next_date,
                           bool_or(steps AND coalesce(ready_on <= %(today)s, TRUE))
                               AS due,
                           bool_or(pending) AS pending,
                           min(rate) AS rate, min(min_amount) AS min_amount,
                           max(status) FILTER (WHERE status <> 'open') AS reason,
                           coalesce(sum(rested) FILTER (
                               WHERE rest_reason = 'promise'), 0) AS promised,
                           coalesce(sum(rested) FILTER (
                               WHERE rest_reason = 'dispute'), 0) AS disputed,
                           coalesce(sum(rested) FILTER (
                               WHERE rest_reason = 'case'), 0) AS collected
                      FROM (%(items)s) AS items
                     GROUP BY partner_id, currency_id) AS grouped
              JOIN res_partner partner ON partner.id = grouped.partner_id
              LEFT JOIN credit_file file ON file.partner_id = grouped.partner_id
                                        AND file.company_id = %(company)s
              LEFT JOIN credit_grade grade ON grade.id = file.grade_id
              LEFT JOIN (
                    SELECT partner_id, currency_id, max(sent_at)::date AS last_notice
                      FROM credit_dunning_notice
                     WHERE company_id = %(company)s AND state = 'sent' AND %(asked)s
                     GROUP BY partner_id, currency_id) AS past
                     ON past.partner_id = grouped.partner_id
                    AND past.currency_id = grouped.currency_id
             CROSS JOIN LATERAL (%(contact)s) AS contact
             CROSS JOIN LATERAL (SELECT %(parts)s AS parts OFFSET 0) AS points
            """,
            today=scope.today,
            company=scope.company.id,
            collector=self._collector_sql(scope),
            contact=self._contact_sql(scope),
            priority=self._priority_sql(),
            parts=self._priority_parts_sql(scope),
            items=self.env["credit.dunning"]._item_sql(scope),
            asked=scope.customer(SQL("partner_id")),
        )

    def _broken_sql(self, scope) -> SQL:
        """How many promises of ``grouped.partner_id`` were broken; promises add it."""
        return SQL("0")

    @api.model
    def measure_if_old(self):
        """Called by the page once it is open; True: read the rows again."""
        self.browse().check_access("read")
        measured = False
        # sudo: when the rows were measured is no secret
        for company in self.env.companies.root_id.sudo():
            if self._is_old(company) and self._lock_rows(company):
                self._refresh(company)
                measured = True
        return measured

    def _is_old(self, company):
        """Is it long ago, or yesterday, or was something sent since?"""
        at, now = company.credit_dunning_measured_at, fields.Datetime.now()
        if not at or at < now - MAX_AGE or at.date() != now.date():
            return True
        Run = self.env["credit.dunning.run"].sudo()  # sudo: as above
        since = ["|", ("state", "=", "sending"), ("write_date", ">", at)]
        return bool(Run.search([("company_id", "=", company.id), *since], limit=1))

    def _lock_rows(self, company):
        """One measures; the others take what he finds when they look again."""
        query = SQL(
            "SELECT pg_try_advisory_xact_lock(hashtext(%s), %s)",
            self._table,
            company.id,
        )
        return self.env.execute_query(query)[0][0]

    # -- buttons ----------------------------------------------------------------------
    @api.model
    def action_measure(self):
        """Measure everybody now."""
        self.browse().check_access("read")
        # sudo: as in measure_if_old
        for company in self.env.companies.root_id.sudo():
            if self._lock_rows(company):
                self._refresh(company)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_remind(self):
        """Propose reminders to the customers chosen, to look at and send."""
        picked = [
            (company, rows.partner_id)
            for company, rows in self.grouped("company_id").items()
        ]
        return self.env["credit.dunning.run"]._remind_each(picked)

    def action_remind_all(self):
        """Propose reminders to everybody who is due, in the companies at the screen."""
        return self.env["credit.dunning.run"].action_propose()

    def action_open_items(self):
        """The customer's open items, where their reasons are recorded."""
        self.ensure_one()
        view = self.env.ref("credit_control.account_move_line_view_list_overdue")
        search = self.env.ref("credit_control.account_move_line_view_search_overdue")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Open Items"),
            "res_model": "account.move.line",
            "domain": [
                ("partner_id", "child_of", self.partner_id.ids),
                ("account_id.account_type", "=", "asset_receivable"),
                ("account_id.non_trade", "=", False),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
                ("company_id", "child_of", self.company_id.ids),
            ],
            "views": [(view.id, "list")],
            "search_view_id": [search.id, "search"],
        }

    @api.readonly
    def action_preview(self):
        """What would be proposed now, to the customers chosen or to everybody due,
        without keeping anything of it."""
        self.browse().check_access("read")
        wizard = self.env["credit.dunning.preview"]
        return wizard._open(self.partner_id, self.company_id)


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_dunning_measured_at = fields.Datetime(
        "Reminders Measured On", readonly=True, copy=False
    )
