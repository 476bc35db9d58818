"""Promises to pay: what a customer said he would pay, and when."""

from odoo import Command, api, fields, models, tools
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.promise import allot
from .handing_out import in_lang_of

STATES = [
    ("open", "Pending"),
    ("kept", "Kept"),
    ("partly", "Partly kept"),
    ("broken", "Broken"),
    ("cancelled", "Withdrawn"),
]


class CreditPromise(models.Model):
    """A promise to pay: amount, day, items, by whom, to whom.

    The items rest until then (``_resting_sql``): nobody is reminded of what he has
    promised. What came of it is seen by itself (credit_promise_outcome.py). The words
    of the promise never change; a new date is a new promise.
    """

    _name = "credit.promise"
    _description = "Promise to Pay"
    _inherit = ["credit.item.mixin"]
    _order = "date desc, id desc"

    date = fields.Date("Promised For", required=True, readonly=True, index=True)
    promised_on = fields.Date(
        required=True, readonly=True, default=fields.Date.context_today
    )
    amount = fields.Monetary(required=True, readonly=True)
    paid = fields.Monetary(readonly=True, help="Of the amount, as last looked at.")
    line_ids = fields.One2many(
        "credit.promise.line", "promise_id", string="Items", readonly=True
    )
    state = fields.Selection(
        STATES, default="open", required=True, readonly=True, index=True, tracking=True
    )
    closed_on = fields.Date("Judged On", readonly=True)

    _amount_positive = models.Constraint(
        "CHECK (amount > 0)", "Promise an amount above zero."
    )
    # Readers: broken promises of a customer (gate, worklist, file).
    _broken_idx = models.Index(
        "(partner_id, company_id, closed_on) WHERE state = 'broken'"
    )

    @api.depends("partner_id.name", "amount", "date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for promise in self:
            promise.display_name = self.env._(
                "%(customer)s: %(amount)s for %(day)s",
                customer=promise.partner_id.name,
                amount=promise.currency_id.format(promise.amount),
                day=promise.date,
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A promise stays. Withdraw it instead."))

    # -- making ---------------------------------------------------------------------
    @api.model
    def _create_promise(self, items, date, amount=None, **values):
        """The promise to pay ``amount`` (None: all that is open) of ``items``, shared
        out over the oldest first.

        :param values: contact_id, user_id, note
        :raise UserError: for items, amounts and dates that make no sense
        """
        self._check_maker(items)
        return self._make(items, date, amount, **{"user_id": self.env.uid} | values)

    @api.model
    def _create_from_portal(self, partner, items, amount, date, note=None):
        """The promise of a customer online; values come from his browser.

        :param partner: the contact that is logged in (not what a form says)
        :raise UserError: to be shown to him
        """
        items = self._check_portal(partner, items)
        self._check_kept_before(items)
        company = items.company_id.root_id[:1]
        last = fields.Date.add(
            fields.Date.today(), days=company.credit_promise_max_days
        )
        if date and date > last:
            raise UserError(
                self.env._("Promise a day no later than %(day)s.", day=last)
            )
        owner = self._get_owner(partner.commercial_partner_id, company)
        promise = self._make(
            items,
            date,
            amount,
            contact_id=partner.id,
            note=(note or "")[:1000],
            source="portal",
            user_id=owner.id,
        )
        told = in_lang_of(promise, owner)
        promise._schedule(
            owner,
            told.env._("Promised online: %s", told.display_name),
            fields.Date.today(),
        )
        return promise

    @api.model
    def _make(self, items, date, amount, **values):
        partner, company, currency = self._check_open_items(items)
        items = items.sudo().sorted(
            lambda item: (item.date_maturity or item.date, item.id)
        )
        opens = items.mapped("amount_residual_currency")
        total = currency.round(sum(opens))
        amount = currency.round(total if amount is None else amount)
        if not date or date < fields.Date.today():
            raise UserError(self.env._("Promise a day that is still to come."))
        if not 0 < amount <= total:
            raise UserError(
                self.env._(
                    "Promise an amount above zero and up to %(total)s, which is what "
                    "the items chosen have open.",
                    total=currency.format(total),
                )
            )
        self._check_promised_once(items)
        is_first = not self._is_in_use()
        shares = allot(amount, opens, currency.decimal_places)
        # sudo: the figures of a promise are measured, not typed
        promise = self.sudo().create(
            {
                "partner_id": partner.id,
                "company_id": company.id,
                "currency_id": currency.id,
                "date": date,
                "promised_on": fields.Date.today(),
                "amount": amount,
                "line_ids": [
                    Command.create(
                        {"move_line_id": item.id, "amount": share, "opening": opening}
                    )
                    for item, share, opening in zip(items, shares, opens, strict=True)
                    if share
                ],
            }
            | values
        )
        if is_first:  # other workers have noted a no
            self.env["credit.file"]._reset_credit_active()
        return promise.with_env(self.env)

    @api.model
    def _check_kept_before(self, items):
        """Online nobody goes on promising what he did not pay on the day."""
        # sudo: portal users have no right to any of these models
        failed = [
            ("move_line_id", "in", items.ids),
            ("state", "in", ("broken", "partly")),
        ]
        lines = self.env["credit.promise.line"].sudo().search(failed, limit=1)
        if lines:
            raise UserError(
                self.env._(
                    "%(item)s was promised for %(day)s and not paid in full. Please "
                    "call us or write to us, so that we can agree on a new day.",
                    item=lines.move_line_id.move_name,
                    day=lines.promise_id.date,
                )
            )

    @api.model
    def _check_promised_once(self, items):
        taken = (
            self.env["credit.promise.line"]
            .sudo()
            .search(
                [("move_line_id", "in", items.ids), ("state", "=", "open")], limit=1
            )
        )
        if taken:
            raise UserError(
                self.env._(
                    "%(item)s is promised for %(day)s already. Withdraw that promise "
                    "before you enter another one.",
                    item=taken.move_line_id.move_name,
                    day=taken.promise_id.date,
                )
            )

    # -- changes --------------------------------------------------------------------
    def action_withdraw(self):
        """The promise is off; its items are reminded of again."""
        self.check_access("write")
        for promise in self:
            if promise.state != "open" or promise.date < fields.Date.today():
                raise UserError(
                    self.env._(
                        "%(promise)s: only a promise whose day has not come can be "
                        "withdrawn.",
                        promise=promise.display_name,
                    )
                )
        # sudo: the state follows from the button
        self.sudo().write({"state": "cancelled", "closed_on": fields.Date.today()})
        self.sudo().activity_unlink(["credit_control.mail_activity_type_promise"])

    def action_open_items(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Promised Items"),
            "res_model": "account.move.line",
            "domain": [("id", "in", self.line_ids.move_line_id.ids)],
            "views": [(False, "list")],
        }

    def _schedule(self, user, summary, day):
        """An activity for ``user``; none when there is nobody."""
        for promise in self if user else ():
            promise.sudo().activity_schedule(  # sudo: for whoever looks after it
                "credit_control.mail_activity_type_promise",
                day,
                summary=summary,
                user_id=user.id,
            )

    # -- what others ask -------------------------------------------------------------
    @api.model
    @tools.ormcache()
    def _is_in_use(self):
        """Has anybody ever promised? Paying asks this first, and costs nothing where
        the answer is no."""
        return bool(self.env.execute_query(SQL("SELECT 1 FROM credit_promise LIMIT 1")))

    @api.model
    def _resting_sql(self, scope, today) -> SQL:
        """Items that rest: rows (move_line_id, amount or NULL for all, reason).

        What was paid on the item since then is taken off what was promised for it.
        """
        self.flush_model()
        self.env["credit.promise.line"].flush_model()
        return SQL(
            """
            SELECT line.move_line_id,
                   CASE WHEN line.amount < line.opening
                        THEN greatest(0, line.amount - greatest(0,
                                 line.opening - item.amount_residual_currency)) END,
                   'promise'::varchar
              FROM credit_promise_line line
              JOIN credit_promise promise ON promise.id = line.promise_id
              JOIN account_move_line item ON item.id = line.move_line_id
             WHERE line.state = 'open' AND promise.company_id = %(company)s
               AND promise.date + %(grace)s >= %(today)s
            """,
            company=scope.company.id,
            grace=scope.company.credit_promise_grace_days,
            today=today,
        )

    @api.model
    def _broken_sql(self, scope, partner_id: SQL) -> SQL:
        """How many promises a customer broke within the past year."""
        return SQL(
            """
            SELECT count(*)::int FROM credit_promise
             WHERE partner_id = %s AND company_id = %s AND state = 'broken'
               AND closed_on >= %s
            """,
            partner_id,
            scope.company.id,
            fields.Date.subtract(scope.today, years=1),
        )

    @api.model
    def _count_broken(self, keys, since=None):
        """``{(partner id, company id): broken promises}`` since a day (one year); one
        query."""
        since = since or fields.Date.subtract(fields.Date.today(), years=1)
        # sudo: rules ask, whoever sells
        groups = self.sudo()._read_group(
            [
                ("partner_id", "in", [partner_id for partner_id, _ in keys]),
                ("company_id", "in", [company_id for _, company_id in keys]),
                ("state", "=", "broken"),
                ("closed_on", ">=", since),
            ],
            ["partner_id", "company_id"],
            ["__count"],
        )
        return {(partner.id, company.id): count for partner, company, count in groups}


class CreditPromiseLine(models.Model):
    """What of a promise is for one item; ``opening`` is what was open then."""

    _name = "credit.promise.line"
    _description = "Promised Item"
    _order = "promise_id, id"

    promise_id = fields.Many2one(
        "credit.promise", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="promise_id.company_id", store=True)
    partner_id = fields.Many2one(related="promise_id.partner_id", store=True)
    currency_id = fields.Many2one(related="promise_id.currency_id", store=True)
    state = fields.Selection(related="promise_id.state", store=True)
    # an invoice reset to draft may lose its lines: what was said stays readable
    move_line_id = fields.Many2one(
        "account.move.line", "Item", index="btree_not_null", ondelete="set null"
    )
    move_id = fields.Many2one(related="move_line_id.move_id")
    date_maturity = fields.Date(related="move_line_id.date_maturity")
    residual = fields.Monetary(related="move_line_id.amount_residual_currency")
    opening = fields.Monetary("Open Then")
    amount = fields.Monetary("Promised")

    # Two promises for one item at the same moment: the second one fails.
    _promised_once = models.UniqueIndex(
        "(move_line_id) WHERE state = 'open'",
        "One of the items is promised already. Look at the customer's promises.",
    )
