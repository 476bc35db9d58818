"""What limit holds for a customer today, read from the journal of limits."""

from datetime import date
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.dunning import effect
from ..tools.limits import Cover, Limit, LimitFacts, resolve
from .credit_gate import Rates

CustomerKey = tuple[int, int]


class LimitRow(NamedTuple):
    """One file with the lines, group and grade that decide its limit."""

    file_id: int
    partner_id: int
    company_id: int
    currency_id: int
    mode: str | None
    amount: float | None
    line_currency_id: int | None
    date_to: date | None
    group_id: int | None
    group_mode: str | None
    group_amount: float | None
    group_currency_id: int | None
    group_date_to: date | None
    grade_mode: str | None
    grade_amount: float | None
    grade_currency_id: int | None
    temporaries: list[tuple[float, int]] | None  # amount, currency_id
    covers: list[tuple[float, int, float]] | None  # insured, currency_id, share in %


class FileFacts(NamedTuple):
    """What a file and its grade say beside the limit; ids may be None."""

    file_id: int
    state: str
    group_id: int | None
    grade_id: int | None
    payment_term_id: int | None
    max_discount_pct: float | None
    next_review_date: date | None
    dunning_level: int | None
    dunning_consequence: str | None
    dunning_state_before: str | None
    grade_days: int | None
    grade_discount_pct: float | None
    days_late: float | None = None  # as last stored; None: nothing was measured
    deposit_pct: float | None = None  # of the file, else of its grade

    @property
    def grants_terms(self) -> bool:
        """Were terms, a cash discount or a deposit agreed, by the file or its grade?"""
        return bool(
            self.payment_term_id
            or self.deposit_pct
            or self.max_discount_pct
            or self.grade_days
            or self.grade_discount_pct
        )

    def state_at(self, checkpoint: str) -> str:
        """The state as a checkpoint meets it: where a level of dunning stopped orders
        only, the customer is just watched when goods leave."""
        before = self.dunning_state_before
        if checkpoint != "delivery" or not before:
            return self.state
        return effect([self.dunning_consequence], before, at_delivery=True)

    def policy_state(self, checkpoint: str) -> str:
        """The state that may be a policy of its own. To stop orders is none for
        deliveries: who was not checked there before is not checked now."""
        stops_orders_only = self.dunning_consequence == "stop_orders"
        if checkpoint == "delivery" and stops_orders_only:
            return self.dunning_state_before or self.state
        return self.state


class LimitSettings(NamedTuple):
    """What a company says about the limits of all its customers."""

    company: models.BaseModel
    currency: models.BaseModel
    default: Limit
    cover_adds: bool


class CustomerFacts(NamedTuple):
    """A customer's limit and file; ``file`` is None where he has none."""

    limit: LimitFacts
    currency: models.BaseModel
    file: FileFacts | None


class CreditFile(models.Model):
    """The limit in force of many customers at once.

    Read from the lines, not from the image on the file, so that a limit begins and
    ends on its day even where no job runs. Inheritance and arithmetic are in
    ``tools.limits``; this only collects and converts. Today is UTC, the same for
    every viewer.

    Cost: one query for any number of customers.
    """

    _inherit = "credit.file"

    @api.model
    def _get_limit_facts(self, keys) -> dict[CustomerKey, tuple[LimitFacts, object]]:
        """``{key: (LimitFacts, limit currency)}`` for every key given.

        A customer without a file has what his company says for everybody, in the
        company's currency. Example::

            key = (partner.commercial_partner_id.id, company.root_id.id)
            facts, currency = env["credit.file"]._get_limit_facts([key])[key]
            facts.effective_limit, facts.source
        """
        return {
            key: (facts.limit, facts.currency)
            for key, facts in self._get_customer_facts(keys).items()
        }

    @api.model
    def _get_customer_facts(self, keys) -> dict[CustomerKey, CustomerFacts]:
        """``{key: CustomerFacts}`` for every key given: the limit and what else the
        gate asks of a file, in the same query."""
        keys = set(keys)
        if not keys:
            return {}
        # sudo: a limit is what it is, whoever asks and whatever he may read
        File, today = self.sudo(), fields.Date.today()
        rows = File._read_limit_rows(keys, today)
        rates = Rates(File.env)
        settings = {
            company_id: File._get_limit_settings(company_id)
            for company_id in {company_id for _partner_id, company_id in keys}
        }
        found = {}
        for key in keys:
            row, file = rows.get(key, (None, None))
            limit = File._resolve_limit(row, settings[key[1]], rates, today)
            found[key] = CustomerFacts(*limit, file)
        return found

    def _get_inherited_limits(self):
        """``{file_id: what holds without a limit of the file's own}``, in company
        currency: infinity for *unlimited*, None where nobody says anything. One query
        for any number of files."""
        # sudo: as _get_customer_facts
        files, today = self.sudo(), fields.Date.today()
        keys = {file: (file.partner_id.id, file.company_id.id) for file in files}
        rows = files._read_limit_rows(keys.values(), today) if files else {}
        rates, found = Rates(files.env), {}
        for file, key in keys.items():
            row = rows[key][0]._replace(mode="inherit", temporaries=None, covers=None)
            settings = files._get_limit_settings(file.company_id.id)
            facts, currency = files._resolve_limit(row, settings, rates, today)
            found[file.id] = file._to_granted(facts, currency)
        return found

    def _get_facts_with(self, grade, group):
        """``(LimitFacts, currency)`` of this file as they would be with another grade
        and group; an empty group for a file that is exempt from it."""
        self.ensure_one()
        key = (self.partner_id.id, self.company_id.id)
        row, _file = self._read_limit_rows([key], today := fields.Date.today())[key]
        row = row._replace(
            grade_mode=grade.limit_mode or None,
            grade_amount=grade.credit_limit,
            grade_currency_id=grade.currency_id.id,
            group_id=group.id or None,
            group_mode=group.limit_mode or None,
            group_amount=group.credit_limit,
            group_currency_id=group.currency_id.id,
            group_date_to=group.limit_date_to or None,
        )
        settings = self._get_limit_settings(self.company_id.id)
        return self._resolve_limit(row, settings, Rates(self.env), today)

    def _get_limit_settings(self, company_id):
        """What a company says about the limits of all its customers, read once."""
        company = self.env["res.company"].browse(company_id)
        return LimitSettings(
            company,
            company.currency_id,
            Limit(company.credit_limit_mode, company.credit_default_limit),
            company.credit_cover_mode == "add",
        )

    def _resolve_limit(self, row, settings, rates, today):
        """``(LimitFacts, currency)`` of one customer; ``row`` None without file."""
        company, currency, default, cover_adds = settings
        if row is None:
            limit = resolve(today, company=default, currency_id=currency.id)
            return limit, currency
        Currency = self.env["res.currency"]
        own = row.mode == "amount" and row.line_currency_id
        currency_id = own or row.currency_id
        if currency_id != currency.id:
            currency = Currency.browse(currency_id)

        def to(amount, source_id):
            """An amount in the limit's currency, rounded to its digits."""
            if not amount:
                return 0.0
            if source_id == currency_id:
                return float(amount)
            rate = rates.get(Currency.browse(source_id), currency, company)
            return currency.round(float(amount) * rate)

        facts = resolve(
            today,
            customer=Limit(row.mode or "inherit", to(row.amount, own), row.date_to),
            group=Limit(
                row.group_mode or "inherit",
                to(row.group_amount, row.group_currency_id),
                row.group_date_to,
            ),
            grade=Limit(
                row.grade_mode or "inherit",
                to(row.grade_amount, row.grade_currency_id),
            ),
            company=Limit(default.mode, to(default.amount, settings.currency.id)),
            temporary=sum((to(*amount) for amount in row.temporaries or ()), 0.0),
            covers=[
                Cover(to(*amount), share_pct) for *amount, share_pct in row.covers or ()
            ],
            cover_adds=cover_adds,
            group_id=row.group_id,
            currency_id=currency_id,
            file_id=row.file_id,
            digits=currency.decimal_places,
        )
        return facts, currency

    # -- what is read -------------------------------------------------------------
    def _read_limit_rows(self, keys, today):
        """``{key: (LimitRow, FileFacts)}`` of the customers who have a file."""
        self._flush_limit_fields()
        partner_ids, company_ids = zip(*keys, strict=True)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT file.id, file.partner_id, file.company_id, file.currency_id,
                       line.mode, line.amount, line.currency_id, line.date_to,
                       grp.id, grp.limit_mode, grp.credit_limit,
                       grp.currency_id, grp.limit_date_to,
                       grade.limit_mode, grade.credit_limit, grade.currency_id,
                       (%(temporaries)s), (%(covers)s),
                       file.id, file.state, file.group_id, file.grade_id,
                       file.payment_term_id, file.max_discount_pct,
                       file.next_review_date, file.dunning_level,
                       file.dunning_consequence, file.dunning_state_before,
                       grade.max_terms_days, grade.max_discount_pct, file.days_late,
                       COALESCE(NULLIF(file.deposit_pct, 0), grade.deposit_pct)
                  FROM unnest(%(partners)s, %(companies)s)
                       AS key (partner_id, company_id)
                  JOIN credit_file file USING (partner_id, company_id)
                  LEFT JOIN LATERAL (%(in_force)s) line ON TRUE
                  LEFT JOIN credit_group grp
                         ON grp.id = file.group_id AND file.group_exempt IS NOT TRUE
                  LEFT JOIN credit_grade grade ON grade.id = file.grade_id
                """,
                partners=list(partner_ids),
                companies=list(company_ids),
                in_force=self.env["credit.limit.line"]._in_force_sql(
                    SQL("file.id"), today
                ),
                temporaries=self._temporaries_sql(today),
                covers=self._covers_sql(today),
            )
        )
        found, size = {}, len(LimitRow._fields)
        for values in rows:
            row, file = LimitRow(*values[:size]), FileFacts(*values[size:])
            found[row.partner_id, row.company_id] = row, file
        return found

    def _flush_limit_fields(self):
        self.flush_model(
            [
                "partner_id",
                "company_id",
                "currency_id",
                "group_id",
                "group_exempt",
                "grade_id",
                "state",
                "payment_term_id",
                "max_discount_pct",
                "next_review_date",
                "dunning_level",
                "dunning_consequence",
                "dunning_state_before",
                "days_late",
                "deposit_pct",
            ]
        )
        self.env["credit.insurance.cover"].flush_model()
        self.env["credit.insurance.policy"].flush_model(
            ["date_from", "date_to", "active"]
        )
        limit = ["limit_mode", "credit_limit", "currency_id"]
        self.env["credit.group"].flush_model([*limit, "limit_date_to"])
        self.env["credit.grade"].flush_model(
            [*limit, "max_terms_days", "max_discount_pct", "deposit_pct"]
        )

    def _temporaries_sql(self, today):
        """Json ``[[amount, currency_id]]`` or NULL of the temporary limits in force of
        ``file``; the journal was flushed with the limits in force."""
        return SQL(
            """
            SELECT json_agg(json_build_array(line.amount, line.currency_id))
              FROM credit_limit_line line
             WHERE line.kind = 'temporary'
               AND line.file_id = file.id
               AND line.date_from <= %(today)s AND line.date_to >= %(today)s
               AND NOT EXISTS (SELECT FROM credit_limit_line ending
                                WHERE ending.ends_line_id = line.id)
            """,
            today=today,
        )

    def _covers_sql(self, today):
        """Json ``[[insured limit, currency_id, share in %]]`` or NULL of the covers of
        ``file`` that are valid; one under a policy holds no longer than the policy."""
        return SQL(
            """
            SELECT json_agg(json_build_array(
                       cover.insured_limit, cover.currency_id, cover.insured_share_pct))
              FROM credit_insurance_cover cover
              LEFT JOIN credit_insurance_policy policy ON policy.id = cover.policy_id
             WHERE cover.active AND cover.file_id = file.id
               AND cover.date_from <= %(today)s
               AND COALESCE(cover.date_to, 'infinity') >= %(today)s
               AND (policy.id IS NULL
                    OR policy.active AND policy.date_from <= %(today)s
                       AND COALESCE(policy.date_to, 'infinity') >= %(today)s)
            """,
            today=today,
        )
