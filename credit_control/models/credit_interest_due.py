"""What is still to be charged: of reminders that were sent, or of customers."""

from collections import defaultdict
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL


class Due(NamedTuple):
    """One line of a future invoice of charges. ``book_id``: the company that writes
    it, which is that of the item; ``detail``: how interest was measured; ``level_id``:
    of the reminder whose fee it is."""

    partner_id: int
    company_id: int
    book_id: int
    currency_id: int
    kind: str
    amount: float
    name: str
    line_id: int | None = None
    move_id: int | None = None
    notice_id: int | None = None
    first: object = None
    last: object = None
    detail: list | None = None
    level_id: int | None = None


class CreditInterest(models.AbstractModel):
    """``_get_notice_dues`` and ``_get_customer_dues`` measure anew what is owed and
    neither charged nor waived; both cost a fixed number of queries per company."""

    _inherit = "credit.interest"

    @api.model
    def _get_notice_dues(self, notices) -> list[Due]:
        """What reminders that were sent asked for, up to the day of each: interest
        and fixed sums of their items where the level asks for it, and their fees."""
        dues = []
        # sudo: what is owed does not depend on who asks
        for company, mine in notices.sudo().grouped("company_id").items():
            open_rows = self._read_open(company, mine.partner_id.ids)
            asked, notice_of = {}, {}
            for notice in mine.filtered("level_id.with_interest"):
                day = notice.sent_at.date()
                for line in notice.line_ids.filtered(lambda line: not line.removed):
                    item_id = line.move_line_id.id
                    amount = self._get_bearing(open_rows, item_id)
                    if not item_id or amount is None:
                        continue
                    if item_id not in asked or asked[item_id][3] < day:
                        asked[item_id] = (item_id, item_id, amount, day)
                        notice_of[item_id] = notice.id
            dues += self._measure_dues(company, list(asked.values()), notice_of)
            dues += self._get_fees(company, SQL("notice.id = ANY(%s)", mine.ids))
        return dues

    @api.model
    def _get_customer_dues(
        self, company, partner_ids, until=None, paid_since=None, charging_only=False
    ) -> list[Due]:
        """What customers owe for being late, and the fees of their reminders.

        :param until: the last day of interest, today when empty
        :param paid_since: items too that were paid late, on that day or after
        :param charging_only: only items whose strategy asks for interest
        """
        company = company.sudo().root_id
        until = min(until or fields.Date.today(), fields.Date.today())
        policy_ids = None
        if charging_only:
            policy_ids = set(self._get_charging_policies().ids)
        asked = []
        for line_id, row in self._read_open(company, partner_ids).items():
            amount = self._get_bearing({line_id: row}, line_id)
            if row.days <= 0 or amount is None:
                continue
            if policy_ids is None or row.policy_id in policy_ids:
                asked.append((line_id, line_id, amount, until))
        if paid_since:
            asked += [
                (line_id, line_id, 0.0, until)
                for line_id in self._read_paid(company, partner_ids, paid_since)
            ]
        mine = SQL("notice.partner_id = ANY(%s)", list(partner_ids))
        return self._measure_dues(company, asked) + self._get_fees(company, mine)

    def _read_open(self, company, partner_ids):
        """``{item id: ItemRow}`` of what is open now, as reminders see it."""
        return self.env["credit.dunning"]._read_items(company, partner_ids, True)

    def _get_bearing(self, open_rows, line_id):
        """What of an item bears interest today: what a reminder would ask for.

        Nothing any more when it is paid: its past does. None when it waits (promised,
        disputed, being paid): it is charged when that is over.
        """
        row = open_rows.get(line_id)
        if row is None:
            return 0.0
        if row.status != "open" or row.rested:
            return None
        return float(row.net)

    def _measure_dues(self, company, asked, notice_of=None) -> list[Due]:
        if not asked:
            return []
        dues = []
        found = self._measure_items(company, self._asked_sql(asked))
        for item, owed in found:
            common = {
                "partner_id": item.partner_id,
                "company_id": company.id,
                "book_id": item.company_id,
                "currency_id": item.currency_id,
                "name": item.name,
                "line_id": item.line_id,
                "move_id": item.move_id,
                "notice_id": (notice_of or {}).get(item.key),
            }
            if owed.fixed_sum:
                dues.append(Due(kind="fixed", amount=owed.fixed_sum, **common))
            dues += [
                Due(
                    kind="interest",
                    amount=run.amount,
                    first=run.first,
                    last=run.last,
                    detail=self._prepare_detail(owed._replace(runs=(run,))),
                    **common,
                )
                for run in owed.runs
            ]
        return dues

    def _get_fees(self, company, which: SQL) -> list[Due]:
        """Fees of reminders that were sent, for which no charge stands.

        A fee belongs to the company of the items where that is one, else to the root.
        """
        self.env["credit.interest.charge"].flush_model()
        self.env["credit.dunning.notice"].flush_model()
        self.env["credit.dunning.notice.line"].flush_model()
        query = SQL(
            """
            SELECT notice.id, notice.partner_id, notice.currency_id, notice.fee,
                   notice.sent_at::date, notice.level_id,
                   (SELECT CASE WHEN min(move.company_id) = max(move.company_id)
                                THEN min(move.company_id) END
                      FROM credit_dunning_notice_line row
                      JOIN account_move move ON move.id = row.move_id
                     WHERE row.notice_id = notice.id AND row.removed IS NOT TRUE)
              FROM credit_dunning_notice notice
              LEFT JOIN credit_file file ON file.partner_id = notice.partner_id
                                        AND file.company_id = notice.company_id
             WHERE notice.company_id = %(company)s AND notice.state = 'sent'
               AND notice.fee > 0 AND %(which)s AND NOT %(exempt)s
               AND NOT EXISTS (
                    SELECT FROM credit_interest_charge charge
                     WHERE charge.notice_id = notice.id AND charge.kind = 'fee'
                       AND charge.state <> 'void')
             ORDER BY notice.id
            """,
            company=company.id,
            which=which,
            exempt=self._exempt_sql(SQL("%s", fields.Date.today())),
        )
        level = self.env["credit.dunning.level"].sudo()
        return [
            Due(
                partner_id=partner_id,
                company_id=company.id,
                book_id=book_id or company.id,
                currency_id=currency_id,
                kind="fee",
                amount=float(fee),
                name=level.browse(level_id).name,
                notice_id=notice_id,
                first=day,
                last=day,
                level_id=level_id,
            )
            for (
                notice_id,
                partner_id,
                currency_id,
                fee,
                day,
                level_id,
                book_id,
            ) in self.env.execute_query(query)
        ]

    def _read_paid(self, company, partner_ids, since) -> list[int]:
        """Items that were paid late, with money of ``since`` or later."""
        scope = self.env["credit.exposure"]._get_scope(company, list(partner_ids))
        query = SQL(
            """
            SELECT line.id
              FROM account_move_line line
             WHERE line.account_id = ANY(%(accounts)s)
               AND line.company_id = ANY(%(companies)s)
               AND line.parent_state = 'posted' AND line.balance > 0
               AND line.reconciled AND %(customer)s
               AND EXISTS (SELECT FROM account_partial_reconcile part
                            WHERE part.debit_move_id = line.id
                              AND part.max_date > %(due)s
                              AND part.max_date >= %(since)s)
            """,
            accounts=scope.receivable_ids,
            companies=scope.company_ids,
            customer=scope.customer(SQL("line.partner_id")),
            due=self.env["credit.exposure"]._due_sql(),
            since=since,
        )
        return [line_id for (line_id,) in self.env.execute_query(query)]

    @api.model
    def _get_charging_policies(self):
        """The strategies that ask for interest."""
        # sudo: what a strategy asks for does not depend on who asks
        levels = self.env["credit.dunning.level"].sudo()
        return levels.search([("with_interest", "=", True)]).policy_id.filtered(
            "active"
        )

    @api.model
    def _name_due(self, due) -> str:
        """What it is for, in the language of the context."""
        if not due.level_id:
            return due.name
        # sudo: the name of a level, for the customer
        return self.env["credit.dunning.level"].sudo().browse(due.level_id).name

    # -- for statements ---------------------------------------------------------------
    @api.model
    def _get_accrued(self, company, partner_ids) -> dict[tuple[int, int], list[Due]]:
        """``{(customer id, currency id): [Due]}``: what is owed today beside the
        ledger, where the customer's strategy asks for it; oldest items first."""
        found = defaultdict(list)
        dues = self._get_customer_dues(company, partner_ids, charging_only=True)
        order = {"interest": 0, "fixed": 1, "fee": 2}
        for due in sorted(dues, key=lambda due: (order[due.kind], due.name, due.first)):
            found[due.partner_id, due.currency_id].append(due)
        return dict(found)
