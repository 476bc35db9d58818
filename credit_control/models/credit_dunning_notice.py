from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .credit_dunning_level import CHANNELS, LETTER_CHANNELS
from .loose_reference import LooseMany2one

STATES = [
    ("draft", "Proposed"),
    ("queued", "Being sent"),
    ("sent", "Sent"),
    ("error", "Error"),
    ("dropped", "Not sent"),
    ("cancelled", "Cancelled"),
]
DELIVERIES = [
    ("waiting", "Waiting"),
    ("delivered", "Delivered"),
    ("failed", "Failed"),
    ("to_print", "To print"),
    ("printing", "Being printed"),
    ("printed", "Printed"),
    ("held", "Held back"),
    ("todo", "To do"),
    ("done", "Done"),
]
#: What may still change once a notice is sent: how it fared on its way.
AFTERWARDS = frozenset(
    {
        "delivery_state",
        "delivery_error",
        "printed_on",
        "letter_too",
        "result",
        "collector_id",
        "user_id",
        "mail_id",
        "message_main_attachment_id",
        "charge_state",
        "charge_error",
    }
)
#: Opens what was marked as sent and never left (dunning_look_again.py); nobody can
#: send an object in a context.
TAKE_BACK = object()
#: What a person may change of a notice before it is sent.
EDITABLE = frozenset(
    {
        "level_id",
        "channel",
        "recipient_id",
        "subject",
        "body",
        "lang",
        "collector_id",
        "result",
        "line_ids",
    }
)


class CreditDunningNotice(models.Model):
    """What one customer gets: items of one currency at one level, by one channel.

    Proposed by ``credit.dunning``, measured again when it is sent, and from then on
    never changed: amounts, level, text, recipient and mail are what the customer got.
    """

    _name = "credit.dunning.notice"
    _description = "Dunning Notice"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_names_search = ["partner_id.complete_name", "partner_id.ref"]
    _mail_post_access = "read"

    run_id = fields.Many2one(
        "credit.dunning.run", required=True, index=True, ondelete="cascade"
    )
    manual = fields.Boolean(related="run_id.manual")
    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, index=True, ondelete="restrict"
    )
    # kept by the run, by the items, and by credit.dunning.level._unlink_except_used
    company_id = LooseMany2one("res.company", required=True)
    currency_id = LooseMany2one("res.currency", required=True)
    policy_id = LooseMany2one(
        "credit.dunning.policy", "Strategy", required=True, ondelete="restrict"
    )
    level_id = LooseMany2one(
        "credit.dunning.level",
        required=True,
        ondelete="restrict",
        domain="[('policy_id', '=', policy_id)]",
    )
    level_number = fields.Integer("Level No.")
    level_fixed = fields.Boolean(help="A person has chosen the level.")
    # cleared when the item goes (credit.dunning.notice.line._forget_items)
    item_id = LooseMany2one("account.move.line", index="btree_not_null")
    state = fields.Selection(STATES, default="draft", required=True)
    reason = fields.Selection(
        lambda self: self.env["credit.dunning.reason"]._get_selection(),
        "Why Not Sent",
    )
    error = fields.Text(readonly=True)
    # who gets it, and how
    channel = fields.Selection(CHANNELS, required=True, default="email")
    letter_instead = fields.Boolean(
        "Letter for Want of an Address", help="There is no usable e-mail address."
    )
    contact_id = fields.Many2one("res.partner", "Contact of the Invoices")
    recipient_id = fields.Many2one("res.partner")
    recipient_fixed = fields.Boolean(help="A person has chosen the recipient.")
    email = fields.Char("E-mail", compute="_compute_email")
    lang = fields.Selection(
        lambda self: self.env["res.lang"].get_installed(), "Language"
    )
    subject = fields.Char()
    body = fields.Html("Text", sanitize_attributes=False)
    text_fixed = fields.Boolean("Text Changed by a Person")
    preview = fields.Html(compute="_compute_preview", sanitize=False)
    # amounts, in the currency of the items
    line_ids = fields.One2many("credit.dunning.notice.line", "notice_id", "Items")
    item_count = fields.Integer("Number of Items", readonly=True)
    oldest_days = fields.Integer("Oldest (days)", readonly=True)
    amount_open = fields.Monetary(readonly=True)
    amount = fields.Monetary("To Pay", readonly=True, help="Open, less credits.")
    amount_offset = fields.Monetary(
        "Credits and Rests", compute="_compute_offset", help="Open, not asked for."
    )
    fee = fields.Monetary(readonly=True)
    interest = fields.Monetary(readonly=True)
    total = fields.Monetary(readonly=True)
    deadline = fields.Date("Pay Until", readonly=True)
    note = fields.Text("What Changed", compute="_compute_note")
    # sent
    sent_at = fields.Datetime("Sent On", readonly=True)
    sent_by = fields.Many2one("res.users", readonly=True)
    ready_on = fields.Date("Next Not Before", readonly=True)
    # without index every mail that the host deletes would read this whole table
    mail_id = fields.Many2one(
        "mail.mail", readonly=True, index="btree_not_null", ondelete="set null"
    )
    delivery_state = fields.Selection(DELIVERIES, "Delivery", readonly=True)
    delivery_error = fields.Char(readonly=True)
    letter_too = fields.Boolean(
        "Sent as Letter as Well", help="The e-mail came back: it is printed, too."
    )
    printed_on = fields.Datetime(readonly=True)
    result = fields.Text(help="What came of the call, visit or hand-over.")
    collector_id = fields.Many2one("res.users", index="btree_not_null")
    user_id = fields.Many2one("res.users", "Salesperson", index="btree_not_null")
    # whoever still has to do something, see the list
    is_open = fields.Boolean(compute="_compute_is_open")

    # Readers: when a customer may be reminded again, and what is being sent
    # (credit.dunning._ready_sql); the job that sends.
    _ready_idx = models.Index(
        "(company_id, ready_on) INCLUDE (partner_id, currency_id) WHERE state = 'sent'"
    )
    _queued_idx = models.Index("(company_id, id) WHERE state = 'queued'")
    # Readers: mails whose fate is not known yet (_tell_interrupted), letters to print.
    _on_its_way_idx = models.Index(
        """(delivery_state, id)
           WHERE delivery_state IN ('waiting', 'to_print', 'printing')"""
    )
    # Reader: the last reminder of the customers that the worklist measures.
    _last_idx = models.Index(
        "(partner_id, company_id, currency_id) INCLUDE (sent_at) WHERE state = 'sent'"
    )
    # Reader: what is replaced by a new proposal.
    _draft_idx = models.Index(
        "(partner_id, currency_id) WHERE state IN ('draft', 'error')"
    )

    # -- computes -------------------------------------------------------------------
    @api.depends("level_id", "partner_id")
    def _compute_display_name(self):
        for notice in self:
            notice.display_name = " – ".join(
                filter(None, [notice.level_id.name, notice.partner_id.name])
            )

    @api.depends("state")
    def _compute_is_open(self):
        for notice in self:
            notice.is_open = notice.state in ("draft", "error")

    @api.depends("recipient_id.email")
    def _compute_email(self):
        for notice in self:
            # sudo: an accountant of a branch may not read every contact
            notice.email = notice.sudo().recipient_id.email

    @api.depends("amount", "amount_open")
    def _compute_offset(self):
        for notice in self:
            notice.amount_offset = notice.amount_open - notice.amount

    @api.depends("line_ids.reason", "line_ids.amount", "line_ids.removed")
    @api.depends_context("lang")
    def _compute_note(self):
        """What became of the items since the proposal, one sentence each."""
        labels = dict(self.env["credit.dunning.reason"]._get_selection())
        for notice in self:
            said = []
            for line in notice.line_ids.filtered("reason"):
                if line.removed:
                    said.append(f"{line.name}: {labels[line.reason]}")
                else:
                    said.append(
                        self.env._(
                            "%(item)s: %(new)s instead of %(old)s",
                            item=line.name,
                            new=notice.currency_id.format(line.amount),
                            old=notice.currency_id.format(line.proposed),
                        )
                    )
            notice.note = "\n".join(said)

    @api.depends("subject", "body", "level_id", "channel", "lang", "line_ids.removed")
    def _compute_preview(self):
        for notice in self:
            notice.preview = notice._render_document()

    # -- rights -----------------------------------------------------------------------
    def _check_open(self):
        """:raise UserError: for what a customer has got"""
        if gone := self.filtered(lambda notice: notice.state == "sent"):
            raise UserError(
                self.env._(
                    "%(notice)s was sent and stays as it is. Propose a new notice.",
                    notice=gone[0].display_name,
                )
            )

    def write(self, vals):
        names = set(vals)
        if not names <= AFTERWARDS and not self._is_technical(names):
            if self.env.context.get("credit_dunning_back") is not TAKE_BACK:
                self._check_open()
        if not self.env.su:
            if forbidden := names - EDITABLE - {"activity_ids", "message_ids"}:
                raise AccessError(
                    self.env._(
                        "%(fields)s of a notice cannot be set by hand.",
                        fields=", ".join(sorted(forbidden)),
                    )
                )
            vals = self._note_choices(vals)
            if names & EDITABLE - {"result", "collector_id"}:
                self._withdraw_approval()
        if self.env.su or "level_id" not in vals:
            return super().write(vals)
        result = super().write(vals)
        self._apply_level()
        return result

    def _is_technical(self, names):
        """Fields of threads and activities, kept by the host."""
        return all(
            name.startswith(("message_", "activity_", "my_activity_", "has_message"))
            for name in names
        )

    def _note_choices(self, vals):
        """What a person chose is not measured again at sending."""
        fixed = {}
        if vals.keys() & {"subject", "body"}:
            fixed["text_fixed"] = True
        if vals.keys() & {"recipient_id", "channel", "lang"}:
            fixed["recipient_fixed"] = True
        if vals.keys() & {"recipient_id", "channel"}:
            fixed["letter_instead"] = False
        if "level_id" in vals:
            fixed["level_fixed"] = True
        if fixed:
            # sudo: marks of the notice, which nobody types
            self.sudo().write(fixed)
        return vals

    def _withdraw_approval(self):
        """What was approved is not what goes out any more."""
        # sudo: follows from the change
        self.sudo().run_id.filtered("approved_by").approved_by = False

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sent(self):
        self._check_open()

    # -- changes before sending --------------------------------------------------------
    def _apply_level(self):
        """A person chose the level: every item takes it that has not got it, the
        channel and fees are those of the level."""
        for notice in self.sudo():  # sudo: the figures follow from the choice
            level = notice.level_id
            if level.policy_id != notice.policy_id:
                raise UserError(self.env._("Choose a level of the same strategy."))
            for line in notice.line_ids:
                takes = line.reached < level.number
                line.write(
                    {
                        "level_id": level.id if takes else False,
                        "level_number": level.number if takes else 0,
                    }
                )
            if not any(notice.line_ids.mapped("level_id")):
                raise UserError(
                    self.env._(
                        "Every item of %(notice)s has got level %(level)s already.",
                        notice=notice.partner_id.name,
                        level=level.display_name,
                    )
                )
            notice.write({"level_number": level.number, "channel": level.channel})
        self._update_totals()
        self.sudo()._set_recipients()

    def _is_letter(self):
        return self.channel in LETTER_CHANNELS or self.letter_too
