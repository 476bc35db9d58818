from odoo import api, fields, models
from odoo.tools import SQL

from .credit_rule import RULE_TYPES

STATES = [
    ("waiting", "Waiting"),
    ("released", "Released"),
    ("rejected", "Rejected"),
    ("cancelled", "Cancelled"),
    ("expired", "Expired"),
]
ORIGINS = [
    ("request", "Requested"),
    ("confirm", "Confirmation"),
    ("growth", "Growth of a confirmed order"),
    ("portal", "Customer's signature"),
    ("payment", "Online payment"),
    ("job", "Automated job"),
    ("forced", "Set by a person"),
]
#: What the gate and the panel read of the current hold.
GATE_FIELDS = [
    "name",
    "order_id",
    "state",
    "forced",
    "ready",
    "released_amount",
    "valid_until",
    "released_terms_days",
    "released_discount_pct",
    "wanted_amount",
    "wanted_terms_days",
    "wanted_discount_pct",
    "decision_date",
]


class CreditHold(models.Model):
    """The documented decision on one order: why it was held and who let it go.

    The hold, not the order, is the controlling object: the gate asks ``_get_current``
    whether a decision covers an order. Holds are written by their own methods only
    (``_open``, ``_decide``, ``_close``, the jobs): no group has create, write or
    unlink access, so a value in here was measured or decided, never typed by RPC.

    An order has at most one waiting hold; the next decision is a new record, so that
    the history of an order can be read from its holds.
    """

    _name = "credit.hold"
    _description = "Credit Hold"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "request_date desc, id desc"
    # Readers may write notes and close their activity; the record stays closed.
    _mail_post_access = "read"

    name = fields.Char("Number", default="/", required=True, copy=False)
    order_id = fields.Many2one(
        "sale.order", required=True, index=True, ondelete="cascade"
    )
    user_id = fields.Many2one(
        related="order_id.user_id", store=True, index=True, string="Salesperson"
    )
    partner_id = fields.Many2one("res.partner", "Customer", required=True, index=True)
    file_id = fields.Many2one("credit.file", index="btree_not_null")
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        help="The root company, which keeps the customer's limit and file.",
    )
    order_company_id = fields.Many2one(
        related="order_id.company_id", store=True, string="Company of the Order"
    )
    # measured when the hold was opened or last refreshed
    currency_id = fields.Many2one("res.currency", required=True)
    amount = fields.Monetary("Order Amount", help="Total of the order when measured.")
    limit_currency_id = fields.Many2one("res.currency", "Currency of the Limit")
    credit_amount = fields.Monetary(
        "Credit Needed",
        currency_field="limit_currency_id",
        help="What the order adds to the customer's exposure.",
    )
    excess = fields.Monetary(
        currency_field="limit_currency_id",
        help="By how much the order goes beyond the customer's limit.",
    )
    terms_days = fields.Integer("Payment Terms (days)")
    discount_pct = fields.Float("Cash Discount (%)")
    reasons = fields.Json("Reasons (data)")
    figures = fields.Json()
    ways = fields.Json()
    main_reason = fields.Selection(
        [*RULE_TYPES, ("forced", "Put on hold by a person")], index=True
    )
    reason_text = fields.Text("Reasons", compute="_compute_reason_text")
    origin = fields.Selection(ORIGINS, default="request", required=True)
    checkpoint = fields.Char(default="confirm")
    forced = fields.Boolean(help="Held by a person: no job and no payment releases it.")
    forced_by = fields.Many2one("res.users", "Held by")
    forced_reason = fields.Text("Reason for Holding")
    # the request
    state = fields.Selection(
        STATES,
        default="waiting",
        required=True,
        index=True,
        group_expand="_expand_states",
    )
    requested_by = fields.Many2one("res.users")
    involved_ids = fields.Many2many(
        "res.users",
        "credit_hold_involved_rel",
        string="Have Asked",
        help="Who asked for the release, made the order or was its salesperson "
        "meanwhile: none of them decides (four eyes).",
    )
    request_note = fields.Text()
    wanted_amount = fields.Monetary(
        "Amount Asked For",
        help="Up to which total a confirmed order is to be allowed to grow.",
    )
    wanted_terms_days = fields.Integer("Payment Terms Asked For (days)")
    wanted_discount_pct = fields.Float("Cash Discount Asked For (%)")
    request_date = fields.Datetime("Waiting Since", required=True)
    days_waiting = fields.Integer(
        compute="_compute_days_waiting", search="_search_days_waiting"
    )
    ready = fields.Boolean(
        "Ready to Release", help="The credit check of this order passes by now."
    )
    ready_date = fields.Datetime("First Ready On")
    # the decision
    decided_by = fields.Many2one("res.users")
    decided_for_id = fields.Many2one(
        "res.users",
        help="Whose authority was used: he had delegated it to who decided.",
    )
    decision_date = fields.Datetime("Decided On")
    decision_reason = fields.Text("Reason of the Decision")
    released_amount = fields.Monetary(
        "Released up to", help="The order is held again when it grows beyond this."
    )
    valid_until = fields.Date()
    condition = fields.Text()
    released_terms_days = fields.Integer("Released Payment Terms (days)")
    released_discount_pct = fields.Float("Released Cash Discount (%)")

    # Two requests at the same moment must not make two holds of one order.
    _one_waiting = models.UniqueIndex(
        "(order_id) WHERE state = 'waiting'",
        "This order already waits for a credit decision.",
    )
    # Readers: _get_waiting_partners and the re-check job.
    _waiting_partner = models.Index("(partner_id) WHERE state = 'waiting'")
    # Reader: the expiry job.
    _released_until = models.Index("(valid_until) WHERE state = 'released'")

    @api.model
    def _expand_states(self, states, _domain):
        """Columns in the order of the work; only those with holds."""
        return [state for state, _label in STATES if state in states]

    # -- computes ---------------------------------------------------------------
    @api.depends("reasons")
    @api.depends_context("lang")
    def _compute_reason_text(self):
        """The reasons as measured, told in the reader's language."""
        for hold in self:
            hold.reason_text = "\n".join(
                reason["text"] for reason in hold._describe_reasons()
            )

    @api.depends("request_date", "decision_date", "state")
    def _compute_days_waiting(self):
        """Full days from the request to the decision, or to now while it waits."""
        now = fields.Datetime.now()
        for hold in self:
            end = hold.decision_date or (now if hold.state == "waiting" else None)
            since = hold.request_date
            hold.days_waiting = (end - since).days if end and since else 0

    def _search_days_waiting(self, operator, value):
        if operator not in ("in", "<", "<=", ">", ">="):
            return NotImplemented
        if operator == "in":
            operator, value = "IN", tuple(value) or (None,)
        query = SQL(
            """
            SELECT id FROM credit_hold WHERE COALESCE(EXTRACT(day FROM
                COALESCE(decision_date, CASE WHEN state = 'waiting' THEN %(now)s END)
                - request_date), 0) %(operator)s %(value)s
            """,
            now=fields.Datetime.now(),
            operator=SQL(operator),
            value=value,
        )
        self.flush_model(["decision_date", "request_date", "state"])
        return [("id", "in", query)]

    # -- what others ask ----------------------------------------------------------
    def _describe_reasons(self):
        """The reasons as measured, as ``[{"code", "severity", "text", "next_step"}]``
        in the reader's language."""
        self.ensure_one()
        # sudo: figures were measured for the reader, currencies are no secret
        currency = self.sudo().limit_currency_id or self.sudo().currency_id
        describe = self.env["credit.reason"]._describe
        return [describe(reason, currency) for reason in self.reasons or ()]

    @api.model
    def _get_current(self, orders):
        """The decision that stands for each order, ``{order_id: hold}``; one query
        where no order has a hold, and none when the orders were asked before.

        It is the newest hold that waits, is released, or was set by a person; a
        release is not hidden by a later wish to let the confirmed order grow. Whether
        a release still covers the order (amount, terms, last day) is for the gate to
        say.
        """
        # sudo: the gate must know the decision whatever the seller may read
        holds = orders.sudo().credit_hold_ids
        holds.fetch(GATE_FIELDS)
        found = {}
        for hold in holds.filtered(
            lambda hold: hold.forced or hold.state in ("waiting", "released")
        ).sorted("id"):
            order_id = hold.order_id.id
            if hold.forced and not (hold.state == "released" or hold._is_in_force()):
                # released once: what a person held before is settled, too
                found.pop(order_id, None)
            elif not (hold._is_wish() and order_id in found):
                found[order_id] = hold
        return found

    def _is_in_force(self):
        """Held by a person, and nobody has released it. A refusal does not, nor does
        cancelling the order, which only takes the hold out of the queue."""
        return self.forced and (
            self.state in ("waiting", "rejected")
            or (self.state == "cancelled" and not self.decision_date)
        )

    def _is_wish(self):
        """Does it ask for more than the order is by now, and nothing else?"""
        wanted = self.wanted_amount or any(self._get_wanted_terms())
        return bool(wanted) and not self.forced

    def _is_wish_fulfilled(self):
        """Has the order become what was asked for?"""
        self.ensure_one()
        now = (self.order_id.amount_total, *self.order_id._credit_terms())
        wanted = (self.wanted_amount, *self._get_wanted_terms())
        return all(has >= asked for has, asked in zip(now, wanted, strict=True))

    def _get_wanted_terms(self):
        """(days, cash discount in %) asked for; zeros: no more than the order has."""
        return self.wanted_terms_days, self.wanted_discount_pct

    def _get_asked_terms(self):
        """(days, cash discount in %) that those who decide are asked to let go."""
        self.ensure_one()
        own = self.order_id._credit_terms()
        return tuple(map(max, own, self._get_wanted_terms()))

    def _get_asked_amount(self):
        """What those who decide are asked to let go, in the order's currency."""
        self.ensure_one()
        return max(self.wanted_amount, self.amount)
