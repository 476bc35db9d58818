"""Contacts in the worklist: the last one, the next one, and why a row comes first."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from .credit_dunning_priority import KINDS
from .handing_out import notify


class CreditDunningWork(models.Model):
    _inherit = "credit.dunning.work"

    last_contact = fields.Date(help="Of the contact log, or a reminder that was sent.")
    last_result_id = fields.Many2one(
        "credit.contact.result",
        help="Of the last contact; empty when that was a reminder.",
    )
    next_contact = fields.Date(
        help="Resubmission: when somebody wanted to go on with the customer."
    )
    next_action = fields.Char("What Next")
    priority_parts = fields.Json(export_string_translation=False)
    priority_reason = fields.Char("Why", compute="_compute_priority_reason")
    contact_log_ids = fields.Many2many(
        "credit.contact", compute="_compute_contact_log_ids", string="Last Contacts"
    )

    @api.depends("priority_parts")
    @api.depends_context("lang")
    def _compute_priority_reason(self):
        """*30 large overdue + 20 broken promises*, the most first."""
        labels = dict(
            self.env["credit.dunning.priority"]
            ._fields["kind"]
            ._description_selection(self.env)
        )
        order = [kind for kind, _label in KINDS]
        for row in self:
            parts = sorted(
                (row.priority_parts or {}).items(),
                key=lambda part: (-part[1], order.index(part[0])),
            )
            row.priority_reason = " + ".join(
                f"{points} {labels[kind]}" for kind, points in parts
            )

    def _compute_contact_log_ids(self):
        for row in self:
            row.contact_log_ids = self.env["credit.contact"].search(
                [
                    ("partner_id", "=", row.partner_id.id),
                    ("company_id", "=", row.company_id.id),
                ],
                limit=20,
            )

    # -- measured ----------------------------------------------------------------------
    @api.model
    def _refresh(self, company, partner_ids=None):
        """Contacts, promises and rules as they are now."""
        self.env["credit.contact"].flush_model()
        self.env["credit.promise"].flush_model()
        self.env["credit.dunning.priority"].flush_model()
        return super()._refresh(company, partner_ids)

    def _collector_sql(self, scope) -> SQL:
        return SQL(
            "coalesce(file.collector_id, %s)",
            scope.company.credit_collector_id.id or None,
        )

    def _contact_sql(self, scope) -> SQL:
        """One row: last_contact, last_result_id, next_contact, next_action; three looks
        into partial indexes per customer, however long the log is."""
        mine = SQL(
            "partner_id = grouped.partner_id AND company_id = %s AND state = 'valid'",
            scope.company.id,
        )
        return SQL(
            """
            SELECT greatest(newest.day, past.last_notice) AS last_contact,
                   CASE WHEN newest.day >= coalesce(past.last_notice, newest.day)
                        THEN newest.result_id END AS last_result_id,
                   coming.next_date AS next_contact, coming.next_action
              FROM (SELECT) AS one
              LEFT JOIN LATERAL (
                    SELECT day, result_id FROM credit_contact WHERE %(mine)s
                     ORDER BY day DESC, id DESC LIMIT 1) AS newest ON TRUE
              LEFT JOIN LATERAL (
                    SELECT next_date, next_action FROM credit_contact
                     WHERE %(mine)s AND next_open
                     ORDER BY next_date, id LIMIT 1) AS coming ON TRUE
            """,
            mine=mine,
        )

    def _priority_sql(self) -> SQL:
        return SQL(
            """
            (SELECT coalesce(sum(part.value::int), 0)::int
               FROM jsonb_each_text(points.parts) AS part)
            """
        )

    def _priority_parts_sql(self, scope) -> SQL:
        """The points by kind: ``tools.dunning.priority`` over ``_measure_sql``."""
        return self.env["credit.dunning.priority"]._parts_sql(
            lambda kind, currency: self._measure_sql(scope, kind, currency),
            SQL("grouped.policy_id"),
        )

    def _measure_sql(self, scope, kind, currency) -> SQL:
        """What a rule of priority measures; who was never contacted, or never reacted,
        is silent for as long as his oldest item is overdue."""
        if kind == "overdue":
            currency = currency or scope.company.currency_id
            return SQL(
                "(grouped.amount_overdue * %s / %s)",
                scope.rates.get(currency.id, 1.0),
                scope.rate(SQL("grouped.currency_id")),
            )
        measures = {
            "age": SQL("grouped.oldest_days"),
            "level": SQL("grouped.level_reached"),
            "contact": SQL(
                "coalesce(%s - contact.last_contact, grouped.oldest_days)", scope.today
            ),
            "reaction": SQL(
                "coalesce(%s - (%s), grouped.oldest_days)",
                scope.today,
                self._reaction_sql(scope),
            ),
            "broken": SQL("(%s)", self._broken_sql(scope)),
            "resubmission": SQL(
                "(coalesce(contact.next_contact <= %s, FALSE))::int", scope.today
            ),
            "limit": SQL("(coalesce(file.limit_status = 'over', FALSE))::int"),
            "grade": SQL("(coalesce(grade.trust = 'bad', FALSE))::int"),
        }
        return measures[kind]

    def _reaction_sql(self, scope) -> SQL:
        return SQL(
            """
            SELECT max(day) FROM credit_contact
             WHERE partner_id = grouped.partner_id AND company_id = %s
               AND state = 'valid' AND reacted
            """,
            scope.company.id,
        )

    # -- buttons -----------------------------------------------------------------------
    def action_no_answer(self):
        """*Called: no answer*, in one click; the next try is proposed by the result."""
        result = self.env.ref(
            "credit_control.credit_contact_result_no_answer", raise_if_not_found=False
        )
        if not result:
            raise UserError(
                self.env._(
                    "The result No answer was deleted. Use Log Contact and choose "
                    "another one."
                )
            )
        next_date = result._get_next_date(fields.Date.context_today(self))
        for company, rows in self.grouped("company_id").items():
            self.env["credit.contact"]._log(
                rows.partner_id, company, result, next_date=next_date
            )
        return self._tell_logged(result, next_date)

    def _tell_logged(self, result, next_date):
        """What was noted, then the list anew."""
        text = self.env._(
            "%(customer)s: %(result)s noted.",
            customer=self.partner_id[:1].name
            if len(self.partner_id) == 1
            else self.env._("%s customers", len(self.partner_id)),
            result=result.name,
        )
        if next_date:
            text += " " + self.env._(
                "Next contact on %s.", format_date(self.env, next_date)
            )
        return notify(text, "success", next={"type": "ir.actions.act_window_close"})

    @api.readonly
    def action_log_contact(self):
        """The window that asks for result and next date."""
        if len(self.company_id) > 1:
            raise UserError(self.env._("Choose customers of one company."))
        return self.env["credit.contact.wizard"]._get_action(
            {
                "default_partner_ids": [fields.Command.set(self.partner_id.ids)],
                "default_company_id": self.company_id.id,
            }
        )

    @api.readonly
    def action_open_contacts(self):
        """The log about this customer."""
        return self.partner_id.action_open_credit_contacts()

    def action_promise(self):
        """Enter what the customer has just promised."""
        self.ensure_one()
        return self.env["credit.promise.wizard"]._open(self.partner_id, self.company_id)
