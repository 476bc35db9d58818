from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools import dunning
from .credit_collection_stage import KINDS

CHANNELS = [
    ("email", "E-mail"),
    ("letter", "Letter"),
    ("sms", "Text message"),
    ("call", "Call"),
    ("visit", "Visit"),
    ("formal", "Formal notice (letter)"),
    ("lawyer", "Lawyer"),
    ("agency", "Collection agency"),
    ("court", "Court"),
]
#: Printed; the others, e-mail apart, are done by a person: they become activities.
LETTER_CHANNELS = ("letter", "formal")
#: The shipped texts, for levels without a text of their own.
TONE_TEMPLATES = {
    "friendly": "credit_control.credit_dunning_template_reminder",
    "firm": "credit_control.credit_dunning_template_second",
    "formal": "credit_control.credit_dunning_template_formal",
}
#: What dunning makes of a file, from mild to strict.
CONSEQUENCES = [
    ("none", "Nothing"),
    ("watch", "Watch the customer"),
    ("stop_orders", "Stop orders"),
    ("stop_deliveries", "Stop orders and deliveries"),
    ("case", "Hand over to collection"),
]


class CreditDunningLevel(models.Model):
    """One step of a strategy: when, how firmly, by which channel, with what effect."""

    _name = "credit.dunning.level"
    _description = "Dunning Level"
    _order = "policy_id, number, id"
    _rec_names_search = ["name"]

    policy_id = fields.Many2one(
        "credit.dunning.policy",
        "Strategy",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    currency_id = fields.Many2one(related="policy_id.currency_id")
    number = fields.Integer("Level", required=True, default=1)
    name = fields.Char(required=True, translate=True)
    # when
    delay_mode = fields.Selection(
        [
            ("due", "after the due date"),
            ("due_eom", "after the due date, then end of month"),
            ("previous", "after the previous notice"),
        ],
        "Counted",
        default="due",
        required=True,
    )
    delay_days = fields.Integer(
        "Days", help="Below zero: so many days before the due date."
    )
    wait_days = fields.Integer(
        "Wait (days)",
        help="After this level the customer has at least so many days to react.",
    )
    threshold_mode = fields.Selection(
        [("all", "all of them"), ("any", "any of them")],
        "Thresholds",
        default="all",
        required=True,
    )
    min_overdue_days = fields.Integer("Overdue From (days)")
    min_item = fields.Monetary("Item From")
    min_total = fields.Monetary("Overdue Total From")
    # how
    channel = fields.Selection(CHANNELS, default="email", required=True)
    template_id = fields.Many2one(
        "mail.template",
        "Text",
        domain=[("model", "=", "credit.dunning.notice")],
        ondelete="restrict",
        help="Subject and text of e-mail and letter. Where it says {items} the table "
        "of items is put.",
    )
    script = fields.Text(
        translate=True, help="What to say or do: shown in the activity."
    )
    tone = fields.Selection(
        [("friendly", "Friendly"), ("firm", "Firm"), ("formal", "Formal")],
        default="friendly",
        required=True,
        help="Without a text of its own an e-mail or letter takes the shipped text of "
        "this tone.",
    )
    deadline_days = fields.Integer(
        "Deadline (days)", help="By when the customer has to pay, from the notice on."
    )
    user_id = fields.Many2one(
        "res.users",
        "Done By",
        help="Who gets the activity. Empty: the customer's collector.",
    )
    automatic = fields.Boolean(
        "Sent by Itself",
        default=True,
        help="The scheduled run sends it; otherwise it waits for a person.",
    )
    attach_statement = fields.Boolean(
        help="With e-mails as a file, with letters as the pages behind."
    )
    attach_invoices = fields.Boolean(help="With e-mails.")
    payment_link = fields.Boolean(default=True)
    copy_salesperson = fields.Boolean("Copy to Salesperson")
    copy_followers = fields.Boolean("Copy to Followers")
    # with what effect
    fee_amount = fields.Monetary("Fee", help="Once per reminder.")
    fee_item = fields.Monetary(
        "Fee per Item",
        help="For each item that takes this level. Not for items for which the law has "
        "a fixed sum (Interest, and a rate with a fixed sum): one or the other.",
    )
    with_interest = fields.Boolean(
        "Interest",
        help="Interest and fixed sums by the table of rates: all that was not invoiced "
        "or waived before. No rate in force, no interest.",
    )
    consequence = fields.Selection(CONSEQUENCES, default="none", required=True)
    case_kind = fields.Selection(
        KINDS,
        "Handed Over As",
        compute="_compute_case_kind",
        store=True,
        readonly=False,
        precompute=True,
    )
    case_agent_id = fields.Many2one(
        "res.partner",
        "Handed To",
        ondelete="set null",
        help="The lawyer, agency or court. Empty: the case is prepared, and its owner "
        "chooses.",
    )
    case_fee_pct = fields.Float("Success Fee (%)")

    _number_unique = models.UniqueIndex(
        "(policy_id, number)",
        "Two levels of a strategy have the same number. Give each its own.",
    )
    _number_positive = models.Constraint(
        "CHECK (number > 0)", "Levels are numbered from 1."
    )
    _figures_positive = models.Constraint(
        """CHECK (wait_days >= 0 AND deadline_days >= 0 AND fee_amount >= 0
           AND fee_item >= 0 AND min_overdue_days >= 0 AND min_item >= 0
           AND min_total >= 0)""",
        "Thresholds, fees, wait and deadline of a dunning level cannot be negative.",
    )
    _fee_possible = models.Constraint(
        "CHECK (case_fee_pct >= 0 AND case_fee_pct <= 100)",
        "A success fee is between 0 and 100 %.",
    )
    _due_not_before = models.Constraint(
        "CHECK (delay_days >= 0 OR delay_mode = 'due')",
        "Days below zero are before the due date: choose 'after the due date'.",
    )

    @api.depends("number", "name")
    def _compute_display_name(self):
        for level in self:
            level.display_name = f"{level.number or ''} {level.name or ''}".strip()

    @api.depends("channel")
    def _compute_case_kind(self):
        kinds = dict(KINDS)
        for level in self:
            if level.channel in kinds:
                level.case_kind = level.channel
            else:
                level.case_kind = level.case_kind or "lawyer"

    def write(self, vals):
        """Another effect reaches the customers who stand on the level at once, and
        another number what was sent and proposed: an item has reached the level, and
        goes on from there wherever it now stands."""
        if "policy_id" in vals:
            self._check_same_policy(vals["policy_id"])
        changed = self.browse()
        renumbered = self.filtered(
            lambda level: level.number != vals.get("number", level.number)
        )
        if "consequence" in vals:
            changed = self.filtered(
                lambda level: level.consequence != vals["consequence"]
            )
        result = super().write(vals)
        if renumbered:
            renumbered._carry_number()
        if changed | renumbered:
            (changed | renumbered)._get_standing_files()._refresh_dunning()
        return result

    def _check_same_policy(self, policy_id):
        """:raise UserError: for a level on reminders that moves to another strategy"""
        moved = self.filtered(lambda level: level.policy_id.id != policy_id)
        if used := moved._get_used():
            raise UserError(
                self.env._(
                    "Level %(level)s stands on reminders of its strategy, and stays "
                    "there. Make a new level in the other strategy.",
                    level=used.display_name,
                )
            )

    def _carry_number(self):
        """The number of a level wherever it was noted; one statement per table."""
        self.flush_recordset(["number"])
        for model in ("credit.dunning.notice", "credit.dunning.notice.line"):
            Model = self.env[model]
            Model.flush_model(["level_id", "level_number"])
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE %s AS noted SET level_number = level.number
                      FROM credit_dunning_level level
                     WHERE level.id = noted.level_id AND level.id = ANY(%s)
                    """,
                    SQL.identifier(Model._table),
                    self.ids,
                )
            )
            Model.invalidate_model(["level_number"])

    def _get_used(self):
        """The first of these levels that stands on a reminder."""
        for model in ("credit.dunning.notice", "credit.dunning.notice.line"):
            # sudo: notices of every company
            Model = self.env[model].sudo()
            if used := Model.search([("level_id", "in", self.ids)], limit=1):
                return used.level_id
        return self.browse()

    def _get_standing_files(self):
        """The files of customers with a reminder of these levels."""
        # sudo: the notices of every company that has the strategy
        notices = (
            self.env["credit.dunning.notice"]
            .sudo()
            ._read_group(
                [("level_id", "in", self.ids), ("state", "=", "sent")],
                ["partner_id", "company_id"],
            )
        )
        File = self.env["credit.file"]
        keys = [(partner.id, company.id) for partner, company in notices]
        return File.browse().union(*File._for_customers(keys).values())

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        """Notices and their items name their level, without a foreign key."""
        if used := self._get_used():
            raise UserError(
                self.env._(
                    "Level %(level)s stands on reminders, and stays. Archive the "
                    "strategy instead, and make a new one.",
                    level=used.display_name,
                )
            )

    def _get_template(self):
        """The level's text, else the shipped one of its tone; none for what a person
        says or does."""
        if self.template_id or self.channel not in ("email", *LETTER_CHANNELS):
            return self.template_id
        shipped = self.env.ref(TONE_TEMPLATES[self.tone], raise_if_not_found=False)
        return shipped or self.template_id

    def _to_tool(self):
        """The level as ``tools.dunning`` knows it."""
        self.ensure_one()
        return dunning.Level(
            number=self.number,
            delay_mode=self.delay_mode,
            delay_days=self.delay_days,
            any_threshold=self.threshold_mode == "any",
            min_overdue_days=self.min_overdue_days,
            min_item=self.min_item,
            min_total=self.min_total,
        )
