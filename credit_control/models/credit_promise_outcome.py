"""What comes of a promise: seen by itself, when money moves and once a day."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.promise import BROKEN, KEPT, OPEN, outcome
from .handing_out import in_lang_of

#: So many promises are judged between two commits of the job.
BATCH = 500
#: For so long a promise that was kept is looked at again: payments bounce.
LOOK_BACK_DAYS = 30


class CreditPromise(models.Model):
    """Paid is what the items promised lost since then, plus money of the customer that
    came in since then and is not applied yet: he paid, whatever our books say. One
    such payment keeps one promise only, the oldest first."""

    _inherit = "credit.promise"

    @api.model
    def _cron_evaluate(self):
        """Judge the open promises, and those kept by a payment that may be gone
        meanwhile; the job commits in between and resumes."""
        since = fields.Date.subtract(fields.Date.today(), days=LOOK_BACK_DAYS)
        domain = [
            "|",
            ("state", "=", OPEN),
            "&",
            ("state", "=", KEPT),
            ("closed_on", ">=", since),
        ]
        remaining = self.search_count(domain)
        last_id = 0
        while promises := self.search(
            [*domain, ("id", ">", last_id)], order="id", limit=BATCH
        ):
            last_id = promises[-1].id
            promises._evaluate()
            remaining = max(0, remaining - len(promises))
            if not self.env["ir.cron"]._commit_progress(
                len(promises), remaining=remaining
            ):
                break

    @api.model
    def _follow_money(self, items):
        """Items were paid, or a payment was taken back: look at their promises.

        A judgement on the day stands, but a promise that was kept by a payment that
        is gone was not kept. Without any promise it costs no query.
        """
        if not items or not self._is_in_use():
            return
        # sudo: whoever pays need not know that it was promised
        lines = (
            self.env["credit.promise.line"]
            .sudo()
            .search([("move_line_id", "in", items.ids), ("state", "in", (OPEN, KEPT))])
        )
        lines.promise_id._evaluate()

    def _evaluate(self):
        """Write what came of the promises; three queries per company to read."""
        today = fields.Date.today()
        changed = {}
        for company, promises in self.sudo().grouped("company_id").items():
            grace = company.credit_promise_grace_days
            for promise, (promised, paid) in promises._measure(company).items():
                state = (
                    "cancelled"
                    if promised is None
                    else outcome(
                        promised,
                        paid,
                        promise.date,
                        today,
                        grace,
                        promise.currency_id.decimal_places,
                    )
                )
                paid = promise.currency_id.round(min(paid, promise.amount))
                if (state, paid) != (promise.state, promise.paid):
                    key = (state, paid, promise.state != state)
                    changed.setdefault(key, self.browse())
                    changed[key] |= promise
        broken = self.browse()
        for (state, paid, is_new), promises in changed.items():
            values = {"paid": paid, "state": state}
            if is_new:
                values["closed_on"] = False if state == OPEN else today
            promises.sudo().write(values)
            if is_new and state == BROKEN:
                broken |= promises
        broken.sudo()._tell_broken()

    def _measure(self, company):
        """``{promise: (promised, paid)}``, promised None when no item is left."""
        if not self:
            return {}
        self.flush_model()
        self.env["credit.promise.line"].flush_model()
        self.env["account.move.line"].flush_model(
            ["amount_residual_currency", "currency_id"]
        )
        scope = self.env["credit.exposure"]._get_scope(company, self.partner_id.ids)
        rows = self.env.execute_query(self._measure_sql(scope))
        found, used = {}, {}
        promises = {promise.id: promise for promise in self}
        for promise_id, promised, settled, unapplied in rows:
            promise = promises[promise_id]
            key = (promise.partner_id.id, promise.currency_id.id)
            paid = float(settled or 0.0)
            if promised is not None:
                # the same money keeps one promise only
                room = max(0.0, float(unapplied) - used.get(key, 0.0))
                extra = min(room, max(0.0, float(promised) - paid))
                used[key] = used.get(key, 0.0) + extra
                paid += extra
                promised = float(promised)
            found[promise] = (promised, paid)
        return found

    def _measure_sql(self, scope) -> SQL:
        """id, promised, settled, unapplied; the oldest promise first.

        An item of an invoice that was cancelled meanwhile is settled.
        """
        return SQL(
            """
            SELECT promise.id, items.promised, items.settled, credit.amount
              FROM credit_promise promise
              LEFT JOIN LATERAL (
                    SELECT sum(line.amount) AS promised,
                           sum(greatest(0, line.opening - CASE
                               WHEN item.parent_state = 'posted'
                               THEN item.amount_residual_currency ELSE 0 END))
                               AS settled
                      FROM credit_promise_line line
                      JOIN account_move_line item ON item.id = line.move_line_id
                     WHERE line.promise_id = promise.id) AS items ON TRUE
              LEFT JOIN LATERAL (
                    SELECT coalesce(sum(money.amount), 0) AS amount
                      FROM (%(money)s) AS money (partner_id, currency_id, date, amount)
                      JOIN res_partner payer ON payer.id = money.partner_id
                     WHERE payer.commercial_partner_id = promise.partner_id
                       AND money.currency_id = promise.currency_id
                       AND money.date >= promise.promised_on) AS credit ON TRUE
             WHERE promise.id = ANY(%(ids)s)
             ORDER BY promise.date, promise.id
            """,
            money=self._money_sql(scope),
            ids=self.ids,
        )

    def _money_sql(self, scope) -> SQL:
        """Money and credit notes of these customers that settle nothing yet."""
        return SQL(
            """
            SELECT line.partner_id, line.currency_id, line.date,
                   -line.amount_residual_currency
             %(open)s AND line.amount_residual < 0
             UNION ALL
            SELECT payment.partner_id, payment.currency_id, payment.date,
                   payment.amount
              FROM account_payment payment
             WHERE payment.move_id IS NULL AND payment.state = 'in_process'
               AND payment.partner_type = 'customer'
               AND payment.payment_type = 'inbound'
               AND payment.company_id = ANY(%(companies)s)
               AND %(customer)s
            """,
            open=self.env["credit.exposure"]._open_receivable_sql(scope),
            companies=scope.company_ids,
            customer=scope.customer(SQL("payment.partner_id")),
        )

    def _tell_broken(self):
        """An activity for whoever took the promise, and a line in the credit file."""
        if not self:
            return
        kind = self.env.ref("credit_control.mail_activity_type_promise")
        model_id = self.env["ir.model"]._get_id(self._name)
        vals_list, notes = [], {}
        keys = [(p.partner_id.id, p.company_id.id) for p in self]
        files = self.env["credit.file"]._for_customers(keys)
        for promise, key in zip(self, keys, strict=True):
            user = promise.user_id
            if not (user.active and not user.share):
                user = self._get_owner(promise.partner_id, promise.company_id)
            told = in_lang_of(promise, user)
            text = told.env._("Promise not kept: %s", told.display_name)
            if user:
                vals_list.append(
                    {
                        "activity_type_id": kind.id,
                        "res_model_id": model_id,
                        "res_id": promise.id,
                        "summary": text,
                        "date_deadline": fields.Date.today(),
                        "user_id": user.id,
                    }
                )
            if key in files:
                notes.setdefault(files[key].id, []).append(text)
        self.env["mail.activity"].create(vals_list)
        if notes:
            self.env["credit.file"].browse(notes)._message_log_batch(
                {file_id: " / ".join(texts) for file_id, texts in notes.items()}
            )


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        self.env["credit.promise"]._follow_money(partials.debit_move_id)
        return partials

    def unlink(self):
        items = self.debit_move_id
        result = super().unlink()
        self.env["credit.promise"]._follow_money(items)
        return result
