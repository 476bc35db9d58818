"""Fees and interest on notices: measured for a whole run, and again at sending."""

import json

from odoo import api, fields, models
from odoo.tools import SQL

from .credit_exposure_scope import Scope

#: What is written of an item by SQL.
LINE_FIGURES = ("interest", "fixed_sum", "statutory", "interest_detail")


class CreditDunningNoticeLine(models.Model):
    _inherit = "credit.dunning.notice.line"

    interest = fields.Monetary(readonly=True, help="Not charged yet, up to this day.")
    fixed_sum = fields.Monetary(readonly=True, help="For recovery costs, once.")
    statutory = fields.Boolean(
        "Statutory Sum",
        readonly=True,
        help="The law has a fixed sum for this item: the level's fee per item is not "
        "asked for as well.",
    )
    interest_detail = fields.Json(readonly=True)
    interest_note = fields.Char("Interest For", compute="_compute_interest_note")

    @api.depends("interest_detail")
    @api.depends_context("lang")
    def _compute_interest_note(self):
        """Which days at which rate, in a few words."""
        for line in self:
            line.interest_note = self.env["credit.interest"]._tell(line.interest_detail)


class CreditDunning(models.AbstractModel):
    """``_measure_notices`` writes fees, interest and totals of any number of notices
    by three statements: a proposal calls it for the run, sending for its batch.

    What is asked for beside the items:

    * the level's *fee*, once per notice;
    * per item that takes the level: the level's *fee per item*, or, where the level
      asks for interest and the rate has one, the *fixed sum* of the law, once in the
      item's life. Where the law has a fixed sum the fee per item is never asked for as
      well: both are for the same work (directive 2011/7/EU, article 6);
    * *interest* of overdue items, where the level asks for it: all that was not
      charged or waived before, so that two notices in a row show the same days.
    """

    _inherit = "credit.dunning"

    @api.model
    def _measure_notices(self, scope: Scope, which: SQL):
        """Fees, interest and totals of the notices of a company for which ``which``
        (a condition on ``notice``) holds."""
        cr = self.env.cr
        asked = self._interest_asked_sql(which, scope.today)
        found = self.env["credit.interest"]._measure_items(scope.company, asked)
        cr.execute(self._reset_interest_sql(which))
        if found:
            cr.execute(self._line_interest_sql(found))
        cr.execute(self._totals_sql(scope, which))

    def _interest_asked_sql(self, which: SQL, until) -> SQL:
        """The items on notices whose level asks for interest."""
        return SQL(
            """
            SELECT row.id, row.move_line_id, row.amount, %(until)s::date
              FROM credit_dunning_notice_line row
              JOIN credit_dunning_notice notice ON notice.id = row.notice_id
              JOIN credit_dunning_level level ON level.id = notice.level_id
             WHERE %(which)s AND level.with_interest AND row.days > 0
               AND row.removed IS NOT TRUE AND coalesce(row.rested, 0) = 0
            """,
            which=which,
            until=until,
        )

    def _reset_interest_sql(self, which: SQL) -> SQL:
        """What the items had from an earlier measurement goes."""
        return SQL(
            """
            UPDATE credit_dunning_notice_line target
               SET interest = 0, fixed_sum = 0, statutory = FALSE,
                   interest_detail = NULL
              FROM credit_dunning_notice notice
             WHERE notice.id = target.notice_id AND %s
               AND (target.interest <> 0 OR target.fixed_sum <> 0 OR target.statutory)
            """,
            which,
        )

    def _line_interest_sql(self, found) -> SQL:
        """Write what was measured to the items."""
        prepare = self.env["credit.interest"]._prepare_detail
        return SQL(
            """
            UPDATE credit_dunning_notice_line target
               SET statutory = new.statutory,
                   interest = CASE WHEN waived THEN 0 ELSE new.interest END,
                   fixed_sum = CASE WHEN waived THEN 0 ELSE new.fixed_sum END,
                   interest_detail = CASE WHEN NOT waived THEN new.detail::jsonb END
              FROM (SELECT row.id, notice.interest_waived IS TRUE AS waived,
                           new.interest, new.fixed_sum, new.statutory, new.detail
                      FROM unnest(%(ids)s::int[], %(interests)s::numeric[],
                                  %(fixed)s::numeric[], %(statutory)s::bool[],
                                  %(details)s::text[])
                           AS new (id, interest, fixed_sum, statutory, detail)
                      JOIN credit_dunning_notice_line row ON row.id = new.id
                      JOIN credit_dunning_notice notice ON notice.id = row.notice_id
                   ) AS new
             WHERE target.id = new.id
            """,
            ids=[item.key for item, _owed in found],
            interests=[owed.interest for _item, owed in found],
            fixed=[owed.fixed_sum for _item, owed in found],
            statutory=[owed.statutory for _item, owed in found],
            details=[
                json.dumps(prepare(owed)) if owed.runs else None
                for _item, owed in found
            ],
        )

    def _totals_sql(self, scope: Scope, which: SQL) -> SQL:
        """Write amounts, fee, fixed sums, interest and total of the notices."""
        return SQL(
            """
            UPDATE credit_dunning_notice target
               SET item_count = due.item_count, oldest_days = due.oldest_days,
                   amount_open = due.amount_open, amount = due.amount,
                   fee = due.fee, fixed_sum = due.fixed_sum, interest = due.interest,
                   total = due.amount + due.fee + due.fixed_sum + due.interest
              FROM (SELECT notice.id,
                           count(row.id) AS item_count,
                           coalesce(max(row.days), 0) AS oldest_days,
                           coalesce(sum(row.residual), 0) AS amount_open,
                           coalesce(sum(row.amount), 0) AS amount,
                           coalesce(sum(row.interest), 0) AS interest,
                           coalesce(sum(row.fixed_sum), 0) AS fixed_sum,
                           CASE WHEN notice.fee_waived OR %(exempt)s THEN 0
                           ELSE round(%(fee)s::numeric, currency.decimal_places)
                           END AS fee
                      FROM credit_dunning_notice notice
                      JOIN res_currency currency ON currency.id = notice.currency_id
                      JOIN credit_dunning_level level ON level.id = notice.level_id
                      JOIN credit_dunning_policy policy ON policy.id = level.policy_id
                      LEFT JOIN credit_file file
                             ON file.partner_id = notice.partner_id
                            AND file.company_id = notice.company_id
                      LEFT JOIN credit_dunning_notice_line row
                             ON row.notice_id = notice.id
                            AND row.removed IS NOT TRUE
                     WHERE %(which)s
                     GROUP BY notice.id, level.id, policy.id, currency.id, file.id
                   ) AS due
             WHERE due.id = target.id
            """,
            fee=SQL(
                """
                ((coalesce(level.fee_amount, 0) + coalesce(level.fee_item, 0)
                  * count(row.id) FILTER (WHERE row.level_id IS NOT NULL
                                            AND row.statutory IS NOT TRUE))
                 * %s / %s)
                """,
                scope.rate(SQL("notice.currency_id")),
                scope.rate(SQL("policy.currency_id")),
            ),
            exempt=self.env["credit.interest"]._exempt_sql(SQL("%s", scope.today)),
            which=which,
        )

    @api.model
    def _charging_sql(self) -> SQL:
        """The condition that the level of ``notice`` asks for fees or interest."""
        return SQL(
            """
            EXISTS (SELECT FROM credit_dunning_level asking
                     WHERE asking.id = notice.level_id
                       AND (asking.fee_amount > 0 OR asking.fee_item > 0
                            OR asking.with_interest))
            """
        )


class CreditDunningNotice(models.Model):
    _inherit = "credit.dunning.notice"

    fixed_sum = fields.Monetary(
        "Fixed Sums", readonly=True, help="For recovery costs, once per item."
    )
    fee_waived = fields.Boolean(readonly=True)
    interest_waived = fields.Boolean(readonly=True)
    waive_reason = fields.Char("Why Waived", readonly=True)

    def _update_totals(self):
        """Amounts, fees and interest from the items that are left, as of today."""
        # sudo: figures that follow from the items
        service = self.env["credit.dunning"].sudo()
        for company, notices in self.sudo().grouped("company_id").items():
            scope = service._get_dunning_scope(company, notices.partner_id.ids)
            service._measure_notices(scope, SQL("notice.id = ANY(%s)", notices.ids))
        self.invalidate_recordset()
        self.env["credit.dunning.notice.line"].invalidate_model(LINE_FIGURES)
