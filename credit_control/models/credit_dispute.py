"""Disputes: a customer will not pay some of an item, and why."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .handing_out import in_lang_of

STATES = [
    ("open", "Unsettled"),
    ("accepted", "Accepted"),
    ("partly", "Partly accepted"),
    ("rejected", "Rejected"),
    ("cancelled", "Withdrawn"),
]


class CreditDispute(models.Model):
    """One item, the amount in dispute, its reason, owner, deadline and outcome.

    The disputed part is not reminded of while the dispute is open, and what was
    accepted not until its credit note is posted, whoever makes it, or until a person
    says that there will be none. Accepting may propose the credit note: the host's
    reversal, as a draft that accounting looks at.
    """

    _name = "credit.dispute"
    _description = "Dispute"
    _inherit = ["credit.item.mixin"]
    _order = "deadline, id"
    _EDITABLE = frozenset({"user_id", "note", "deadline", "reason_id"})

    # an invoice reset to draft may lose its lines: what was said stays readable
    move_line_id = fields.Many2one(
        "account.move.line",
        "Item",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    move_id = fields.Many2one(
        "account.move", "Invoice", readonly=True, index="btree_not_null"
    )
    amount = fields.Monetary("Disputed", required=True, readonly=True)
    opening = fields.Monetary("Open Then", readonly=True)
    reason_id = fields.Many2one(
        "credit.dispute.reason",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
    )
    deadline = fields.Date("To Be Settled By", required=True, index=True, tracking=True)
    state = fields.Selection(
        STATES, default="open", required=True, readonly=True, index=True, tracking=True
    )
    accepted_amount = fields.Monetary("Accepted", readonly=True, tracking=True)
    resolution = fields.Text(readonly=True, help="What was agreed, and why.")
    closed_on = fields.Date("Settled On", readonly=True)
    closed_by = fields.Many2one("res.users", "Settled By", readonly=True)
    rest_ended = fields.Boolean(
        "Reminded Again",
        readonly=True,
        tracking=True,
        help="No credit note comes: what was accepted is reminded of again.",
    )
    refund_id = fields.Many2one(
        "account.move",
        "Credit Note",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )

    # Two disputes about one item at the same moment: the second one fails.
    _disputed_once = models.UniqueIndex(
        "(move_line_id) WHERE state = 'open'",
        "One of the items is in dispute already. Look at the customer's disputes.",
    )
    _amount_positive = models.Constraint(
        "CHECK (amount > 0)", "Dispute an amount above zero."
    )

    @api.depends("partner_id.name", "move_id.name", "amount")
    def _compute_display_name(self):
        for dispute in self:
            dispute.display_name = " – ".join(
                filter(
                    None,
                    [
                        dispute.partner_id.name,
                        # sudo: a salesperson may not read every invoice
                        dispute.sudo().move_id.name,
                        dispute.currency_id.format(dispute.amount),
                    ],
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A dispute stays. Withdraw it instead."))

    def write(self, vals):
        """A new owner or deadline moves the reminder along."""
        result = super().write(vals)
        if vals.keys() & {"user_id", "deadline"}:
            self._remind_owner()
        return result

    # -- making ---------------------------------------------------------------------
    @api.model
    def _create_disputes(self, items, reason, amount=None, **values):
        """One dispute per item, over ``amount`` of a single item or all that is open.

        :param values: contact_id, user_id, deadline, note
        :raise UserError: for items and amounts that make no sense
        """
        self._check_maker(items)
        owner = reason.user_id.id or self.env.uid
        return self._make(items, reason, amount, **{"user_id": owner} | values)

    @api.model
    def _create_from_portal(self, partner, items, amount, reason, note=None):
        """The dispute of a customer online; values come from his browser.

        :param partner: the contact that is logged in (not what a form says)
        :param amount: of a single item; None for all that is open
        :raise UserError: to be shown to him
        """
        items = self._check_portal(partner, items)
        self._check_not_rejected(items)
        # sudo: portal users have no right to the reasons
        reason = reason.sudo().exists()
        if not (reason and reason.active and reason.online):
            raise UserError(self.env._("Choose a reason."))
        company = items.company_id.root_id[:1]
        owner = reason.user_id or self._get_owner(
            partner.commercial_partner_id, company
        )
        return self._make(
            items,
            reason,
            amount,
            contact_id=partner.id,
            note=(note or "")[:1000],
            source="portal",
            user_id=owner.id,
        )

    @api.model
    def _make(self, items, reason, amount, **values):
        partner, company, currency = self._check_open_items(items)
        items = items.sudo()  # sudo: their figures; the caller has checked the reader
        if amount is not None and len(items) > 1:
            raise UserError(self.env._("An amount can be given for one item only."))
        self._check_disputed_once(items)
        today = fields.Date.today()
        deadline = fields.Date.add(today, days=reason.deadline_days)
        vals_list = []
        for item in items:
            opening = item.amount_residual_currency
            disputed = currency.round(opening if amount is None else amount)
            if not 0 < disputed <= opening:
                raise UserError(
                    self.env._(
                        "Dispute an amount above zero and up to %(total)s, which is "
                        "what %(item)s has open.",
                        total=currency.format(opening),
                        item=item.move_name,
                    )
                )
            vals_list.append(
                {
                    "partner_id": partner.id,
                    "company_id": company.id,
                    "currency_id": currency.id,
                    "move_line_id": item.id,
                    "move_id": item.move_id.id,
                    "opening": opening,
                    "amount": disputed,
                    "reason_id": reason.id,
                    "deadline": deadline,
                }
                | values
            )
        # sudo: the figures of a dispute are measured, not typed
        disputes = self.sudo().create(vals_list)
        disputes._remind_owner()
        return disputes.with_env(self.env)

    @api.model
    def _check_not_rejected(self, items):
        """Online nobody disputes again what we have answered."""
        # sudo: portal users have no right to any of these models
        rejected = [("move_line_id", "in", items.ids), ("state", "=", "rejected")]
        if answered := self.sudo().search(rejected, limit=1):
            raise UserError(
                self.env._(
                    "We have looked at your objection to %(item)s already. Please call "
                    "us or write to us, if you do not agree with our answer.",
                    item=answered.move_id.name,
                )
            )

    @api.model
    def _check_disputed_once(self, items):
        taken = self.sudo().search(
            [("move_line_id", "in", items.ids), ("state", "=", "open")], limit=1
        )
        if taken:
            raise UserError(
                self.env._(
                    "%(item)s is in dispute already. Settle that dispute first.",
                    item=taken.move_id.name,
                )
            )

    def _remind_owner(self):
        """One activity for the owner, on the day of the deadline."""
        kind = "credit_control.mail_activity_type_dispute"
        # sudo: the reminder follows the dispute, whoever changes it
        for dispute in self.sudo().filtered(lambda d: d.state == "open"):
            dispute.activity_unlink([kind])
            if dispute.user_id.active and not dispute.user_id.share:
                dispute.activity_schedule(
                    kind,
                    dispute.deadline,
                    summary=in_lang_of(dispute, dispute.user_id).env._(
                        "Settle: %s", dispute.display_name
                    ),
                    user_id=dispute.user_id.id,
                )

    # -- settling -------------------------------------------------------------------
    def action_settle(self):
        """The window that asks for the outcome."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Settle Dispute"),
            "res_model": "credit.dispute.settle",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_dispute_id": self.id},
        }

    def action_withdraw(self):
        """The customer takes it back: he pays."""
        self._settle("cancelled", 0.0, False)

    def action_end_rest(self):
        """No credit note comes for what was accepted: it was settled otherwise."""
        self.check_access("write")
        if self.filtered(lambda dispute: dispute.state not in ("accepted", "partly")):
            raise UserError(
                self.env._("Only what was accepted rests until its credit note.")
            )
        self.sudo().rest_ended = True  # sudo: written by this button only

    def action_open_invoice(self):
        self.ensure_one()
        return self.move_id._get_records_action(name=self.env._("Invoice"))

    def action_open_refund(self):
        self.ensure_one()
        return self.refund_id._get_records_action(name=self.env._("Credit Note"))

    def _settle(self, outcome, amount, resolution, propose_refund=False):
        """Write the outcome; ``amount`` is what we accept of the disputed amount.

        :raise UserError: for outcomes that make no sense
        """
        self.check_access("write")
        for dispute in self:
            if dispute.state != "open":
                raise UserError(
                    self.env._("%s is settled already.", dispute.display_name)
                )
            whole = dispute.currency_id.compare_amounts(amount, dispute.amount)
            if {
                "accepted": whole != 0,
                "partly": amount <= 0 or whole >= 0,
            }.get(outcome, amount != 0):
                raise UserError(
                    self.env._(
                        "Accepted is all of %(disputed)s, partly accepted is some of "
                        "it, rejected is nothing.",
                        disputed=dispute.currency_id.format(dispute.amount),
                    )
                )
        # sudo: the outcome is written by the button only
        self.sudo().write(
            {
                "state": outcome,
                "accepted_amount": amount,
                "resolution": resolution,
                "closed_on": fields.Date.today(),
                "closed_by": self.env.uid,
            }
        )
        self.sudo().activity_unlink(["credit_control.mail_activity_type_dispute"])
        if propose_refund and amount:
            for dispute in self:
                dispute.sudo().refund_id = dispute._create_refund()

    def _create_refund(self):
        """A draft credit note over the accepted amount, made by the host's reversal
        with the rights of the user; the lines are scaled when it is not everything."""
        self.ensure_one()
        move, accepted = self.move_id, self.accepted_amount
        if not move.is_sale_document(include_receipts=True) or move.state != "posted":
            raise UserError(
                self.env._("A credit note is made for a posted invoice only.")
            )
        today = fields.Date.today()
        refund = move._reverse_moves(
            [
                {
                    "ref": self.env._(
                        "Dispute about %(invoice)s: %(reason)s",
                        invoice=move.name,
                        reason=self.reason_id.name,
                    ),
                    "date": today,
                    "invoice_date": today,
                }
            ]
        )
        self._scale_refund(refund, accepted)
        return refund

    def _scale_refund(self, refund, amount):
        """Let the draft total ``amount``, as closely as taxes allow: unit prices in
        proportion, what rounding leaves on the largest line."""
        currency = refund.currency_id
        total = refund.amount_total
        if not total or currency.compare_amounts(total, amount) == 0:
            return
        lines = refund.invoice_line_ids.filtered(
            lambda line: line.display_type == "product" and line.price_total
        )
        for line in lines:
            line.price_unit = line.price_unit * amount / total
        rest = currency.round(amount - refund.amount_total)
        if rest and lines:
            line = max(lines, key=lambda line: line.price_total)
            net_share = line.price_subtotal / line.price_total
            factor = line.quantity * (1 - line.discount / 100.0)
            included = any(line.tax_ids.mapped("price_include"))
            line.price_unit += rest * (1.0 if included else net_share) / factor

    # -- what others ask -------------------------------------------------------------
    @api.model
    def _resting_sql(self, scope, today) -> SQL:
        """Items that rest: rows (move_line_id, amount or NULL for all, reason).

        The disputed part; once accepted, what its credit note will take off: the one
        proposed, else credit notes of the invoice that were made since the dispute.
        """
        self.flush_model()
        self.env["account.move"].flush_model(
            ["state", "reversed_entry_id", "amount_total"]
        )
        return SQL(
            """
            SELECT dispute.move_line_id,
                   CASE WHEN dispute.state <> 'open'
                        THEN dispute.accepted_amount - coalesce(credited.amount, 0)
                        WHEN dispute.amount < dispute.opening THEN dispute.amount END,
                   'dispute'::varchar
              FROM credit_dispute dispute
              LEFT JOIN account_move refund ON refund.id = dispute.refund_id
              LEFT JOIN LATERAL (
                    SELECT sum(note.amount_total) AS amount FROM account_move note
                     WHERE note.reversed_entry_id = dispute.move_id
                       AND note.state = 'posted'
                       AND note.create_date >= dispute.create_date) AS credited
                     ON dispute.state IN ('accepted', 'partly')
             WHERE dispute.company_id = %s AND dispute.move_line_id IS NOT NULL
               AND (dispute.state = 'open'
                    OR dispute.state IN ('accepted', 'partly')
                   AND dispute.rest_ended IS NOT TRUE
                   AND refund.state IS DISTINCT FROM 'posted'
                   AND dispute.accepted_amount > coalesce(credited.amount, 0))
            """,
            scope.company.id,
        )
