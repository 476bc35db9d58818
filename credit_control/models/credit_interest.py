"""The service that measures interest and fixed sums on items of the ledger."""

from collections import defaultdict
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL, format_date

from .credit_interest_rate import Claim, Owed

#: What the SQL reads beyond ``credit.dunning``; pending changes go to the database.
FLUSHED = {
    "account.move": ["move_type"],
    "account.move.line": ["amount_currency", "amount_residual_currency"],
    "account.partial.reconcile": [
        "debit_move_id",
        "credit_move_id",
        "debit_amount_currency",
        "max_date",
    ],
    "credit.file": ["no_charge", "no_charge_until", "partner_id", "company_id"],
    "res.partner": ["commercial_partner_id", "country_id", "is_company"],
}


class Item(NamedTuple):
    """A late item and what is asked of it: ``amount`` is what bears interest today."""

    key: int
    line_id: int
    amount: float
    until: object
    due: object
    move_id: int
    name: str
    partner_id: int
    currency_id: int
    company_id: int
    country_id: int | None
    is_company: bool
    exempt_to: object


class CreditInterest(models.AbstractModel):
    """What late items are owed: interest on what was open on each day, a fixed sum.

    The past is exact: an item that was paid in part bore interest on all of it up to
    the day the money came in (the later date of the two documents that were matched,
    as on the statement of account), and on the rest since. A credit note is no
    payment: what was credited was never owed, and bears nothing. Money that is not
    applied to items yet bears nothing either: it pays the oldest items, as on the
    reminder.

    Days that are on an invoice, or were waived, are not measured again
    (``credit.interest.charge``), and a fixed sum comes once per item. Items that are
    promised, disputed or being paid wait: nothing is asked for them now, their days
    remain. An invoice of charges bears neither interest nor a fixed sum, unless the
    company says so.

    Sources: directive 2011/7/EU, articles 2, 3 and 6; BGB sections 187, 288, 289
    (from the day after the due date; no interest on interest). See ``tools.interest``
    for the arithmetic, ``credit.interest.rate`` for the rates.

    Cost: four queries for any number of items. Example::

        asked = SQL("SELECT 1, %s, 100.0, %s", line.id, today)
        [(item, owed)] = env["credit.interest"]._measure_items(company, asked)
        owed.interest, owed.fixed_sum, owed.runs[0].pieces
    """

    _name = "credit.interest"
    _description = "Interest on Late Items"

    @api.model
    def _measure_items(self, company, asked: SQL) -> list[tuple[Item, Owed]]:
        """Interest of the items of a root company.

        :param asked: a SELECT of (key int, line_id int, amount numeric, until date):
            whatever the caller needs to know an item again, the item, what is open of
            it and asked for, the last day
        """
        company = company.sudo().root_id
        for name, names in FLUSHED.items():
            self.env[name].flush_model(names)
        self.env["credit.interest.charge"].flush_model()
        rows = self.env.execute_query(self._item_sql(company, asked))
        if not rows:
            return []
        items = [Item(*row) for row in rows]
        line_ids = list({item.line_id for item in items})
        payments = self._read_payments(line_ids)
        taken, fixed = self._read_taken(line_ids)
        claims = self._prepare_claims(items, payments, taken, fixed)
        owed = self.env["credit.interest.rate"]._measure_owed(claims)
        return list(zip(items, owed, strict=True))

    def _prepare_claims(self, items, payments, taken, fixed) -> list[Claim]:
        # sudo: what is owed does not depend on who asks
        browse = {
            name: {
                id_: self.env[name].sudo().browse(id_ or [])
                for id_ in {getattr(item, field) for item in items}
            }
            for name, field in (
                ("res.currency", "currency_id"),
                ("res.company", "company_id"),
                ("res.country", "country_id"),
            )
        }
        return [
            Claim(
                currency=browse["res.currency"][item.currency_id],
                amount=float(item.amount),
                due=item.due,
                until=item.until,
                company=browse["res.company"][item.company_id],
                country=browse["res.country"][item.country_id],
                is_company=item.is_company,
                payments=payments.get(item.line_id, ()),
                taken=taken.get(item.line_id, ()),
                fixed_taken=item.line_id in fixed,
                exempt_to=item.exempt_to,
            )
            for item in items
        ]

    # -- SQL ------------------------------------------------------------------------
    def _item_sql(self, company, asked: SQL) -> SQL:
        """Late items that may be charged, with the columns of :class:`Item`."""
        return SQL(
            """
            SELECT asked.key, line.id, asked.amount, asked.until, %(due)s AS due,
                   line.move_id, line.move_name, customer.id, line.currency_id,
                   line.company_id, customer.country_id, customer.is_company IS TRUE,
                   CASE WHEN file.no_charge THEN file.no_charge_until END
              FROM (%(asked)s) AS asked (key, line_id, amount, until)
              JOIN account_move_line line ON line.id = asked.line_id
              JOIN res_partner partner ON partner.id = line.partner_id
              JOIN res_partner customer ON customer.id = partner.commercial_partner_id
              LEFT JOIN credit_file file ON file.partner_id = customer.id
                                        AND file.company_id = %(company)s
             WHERE line.parent_state = 'posted' AND %(due)s < asked.until
               AND NOT %(exempt)s AND (%(compound)s OR NOT EXISTS (
                    SELECT FROM credit_interest_charge charge
                     WHERE charge.charge_move_id = line.move_id))
            """,
            due=self.env["credit.exposure"]._due_sql(),
            asked=asked,
            company=company.id,
            exempt=self._exempt_sql(SQL("asked.until")),
            compound=company.credit_charge_compound,
        )

    @api.model
    def _exempt_sql(self, day: SQL) -> SQL:
        """Is the customer of ``file`` not to be charged on that day?"""
        return SQL(
            """(file.no_charge IS TRUE
                AND coalesce(file.no_charge_until >= %s, TRUE))""",
            day,
        )

    def _read_payments(self, line_ids) -> dict[int, tuple]:
        """``{line id: ((day, amount), …)}``: money that came in for the items."""
        query = SQL(
            """
            SELECT part.debit_move_id, part.max_date, part.debit_amount_currency
              FROM account_partial_reconcile part
              JOIN account_move_line line ON line.id = part.debit_move_id
              JOIN account_move_line other ON other.id = part.credit_move_id
              JOIN account_move move ON move.id = other.move_id
             WHERE part.debit_move_id = ANY(%s) AND part.max_date > %s
               AND part.debit_amount_currency > 0 AND move.move_type <> 'out_refund'
            """,
            line_ids,
            self.env["credit.exposure"]._due_sql(),
        )
        found = defaultdict(list)
        for line_id, day, amount in self.env.execute_query(query):
            found[line_id].append((day, float(amount)))
        return {line_id: tuple(payments) for line_id, payments in found.items()}

    def _read_taken(self, line_ids) -> tuple[dict[int, tuple], set[int]]:
        """``{line id: ((first day, last day), …)}`` that were charged or waived, and
        the items whose fixed sum was.

        What was charged for an item whose journal item is gone (an invoice was reset
        to draft and changed) counts for every item of that invoice.
        """
        query = SQL(
            """
            SELECT charge.move_line_id, charge.kind, charge.date_from, charge.date_to
              FROM credit_interest_charge charge
             WHERE charge.move_line_id = ANY(%(lines)s) AND charge.state <> 'void'
               AND charge.kind IN ('interest', 'fixed')
             UNION ALL
            SELECT line.id, charge.kind, charge.date_from, charge.date_to
              FROM credit_interest_charge charge
              JOIN account_move_line line ON line.move_id = charge.move_id
             WHERE line.id = ANY(%(lines)s) AND charge.state <> 'void'
               AND charge.kind IN ('interest', 'fixed')
               AND charge.move_line_id IS NULL
            """,
            lines=line_ids,
        )
        taken, fixed = defaultdict(list), set()
        for line_id, kind, first, last in self.env.execute_query(query):
            if kind == "fixed":
                fixed.add(line_id)
            else:
                taken[line_id].append((first, last))
        return {line_id: tuple(days) for line_id, days in taken.items()}, fixed

    # -- what others ask -------------------------------------------------------------
    @api.model
    def _asked_sql(self, rows) -> SQL:
        """``asked`` of ``_measure_items`` from a list of (key, line id, amount,
        until)."""
        keys, line_ids, amounts, days = zip(*rows, strict=True) if rows else [()] * 4
        return SQL(
            """SELECT * FROM unnest(%s::int[], %s::int[], %s::float8[], %s::date[])""",
            list(keys),
            list(line_ids),
            list(amounts),
            list(days),
        )

    # -- in words --------------------------------------------------------------------
    @api.model
    def _prepare_detail(self, owed) -> list:
        """``[[first day, last day, rate %, days of a year, amount], …]``: how an
        interest came about, to be kept with it."""
        return [
            [
                str(piece.first),
                str(piece.last),
                piece.rate.pct,
                piece.rate.day_count,
                round(piece.amount, 6),
            ]
            for run in owed.runs
            for piece in run.pieces
        ]

    @api.model
    def _tell(self, detail) -> str:
        """``31 days at 9 %, 5 days at 10 %``; empty when there is nothing to tell."""
        days = {}
        for first, last, pct, _base, _amount in detail or ():
            span = fields.Date.to_date(last) - fields.Date.to_date(first)
            days[pct] = days.get(pct, 0) + span.days + 1
        return ", ".join(
            self.env._("%(days)s days at %(pct)s %%", days=n, pct=f"{pct:g}")
            for pct, n in days.items()
        )

    @api.model
    def _tell_pieces(self, detail, currency) -> list[str]:
        """One sentence per stretch, for whoever checks the figure."""
        said = []
        for first, last, pct, _base, amount in detail or ():
            span = fields.Date.to_date(last) - fields.Date.to_date(first)
            said.append(
                self.env._(
                    "%(amount)s, %(first)s to %(last)s: %(days)s days at %(pct)s %%",
                    amount=currency.format(amount),
                    first=format_date(self.env, first),
                    last=format_date(self.env, last),
                    days=span.days + 1,
                    pct=f"{pct:g}",
                )
            )
        return said
