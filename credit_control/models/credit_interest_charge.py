"""What was charged or waived: which days of which item, once."""

from odoo import api, fields, models, tools
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

KINDS = [
    ("interest", "Interest"),
    ("fixed", "Fixed sum"),
    ("fee", "Reminder fee"),
]
#: Who charges, and who waives.
CHARGERS = "account.group_account_invoice"


class CreditInterestCharge(models.Model):
    """Interest of some days of an item, its fixed sum, or the fee of a reminder: on an
    invoice of charges (``charged``), given up (``waived``), or given back (``void``:
    the invoice was deleted, cancelled or credited, the waiver taken back).

    What is not void is never measured again, and the database keeps the same days of
    an item, its fixed sum and the fee of a reminder from being charged twice, whoever
    charges at the same moment. Services write; nobody types.
    """

    _name = "credit.interest.charge"
    _description = "Interest or Fee Charged"
    _order = "id desc"
    _rec_name = "name"

    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True)
    currency_id = fields.Many2one("res.currency", required=True)
    kind = fields.Selection(KINDS, required=True)
    state = fields.Selection(
        [("charged", "Invoiced"), ("waived", "Waived"), ("void", "Given back")],
        required=True,
    )
    name = fields.Char("Charged For")
    # an invoice reset to draft may lose its lines: what was charged stays readable
    move_line_id = fields.Many2one(
        "account.move.line", "Item", index="btree_not_null", ondelete="set null"
    )
    move_id = fields.Many2one(
        "account.move", "Invoice", index="btree_not_null", ondelete="set null"
    )
    notice_id = fields.Many2one(
        "credit.dunning.notice",
        "Reminder",
        index="btree_not_null",
        ondelete="set null",
    )
    date_from = fields.Date("From")
    date_to = fields.Date("To")
    amount = fields.Monetary()
    detail = fields.Json()
    detail_text = fields.Text("How It Was Measured", compute="_compute_detail_text")
    reason = fields.Char(help="Why it was waived or given back.")
    user_id = fields.Many2one("res.users", "By")
    charge_line_id = fields.Many2one(
        "account.move.line",
        "Line of the Charge",
        index="btree_not_null",
        ondelete="set null",
    )
    charge_move_id = fields.Many2one(
        "account.move", "Charged By", index="btree_not_null", ondelete="set null"
    )
    charge_state = fields.Selection(related="charge_move_id.state", string="Document")
    credit_move_id = fields.Many2one(
        "account.move", "Credited By", index="btree_not_null", ondelete="set null"
    )
    void_reason = fields.Selection(
        [
            ("deleted", "Invoice deleted"),
            ("cancelled", "Invoice cancelled"),
            ("credited", "Credited"),
            ("person", "Waiver taken back"),
        ],
        "Given Back For",
    )

    # The same day of an item is charged once. Ranges of one item need no extension of
    # the database, as the column itself would.
    _days_once = models.Constraint(
        """EXCLUDE USING gist (int4range(move_line_id, move_line_id, '[]') WITH &&,
        daterange(date_from, date_to, '[]') WITH &&)
        WHERE (kind = 'interest' AND state <> 'void' AND move_line_id IS NOT NULL)""",
        "Interest for some of these days was charged or waived already. Open the page "
        "again to see what is left.",
    )
    _fixed_once = models.UniqueIndex(
        "(move_line_id) WHERE kind = 'fixed' AND state <> 'void'",
        "The fixed sum of this item was charged or waived already.",
    )
    _fee_once = models.UniqueIndex(
        "(notice_id) WHERE kind = 'fee' AND state <> 'void'",
        "The fee of this reminder was charged or waived already.",
    )
    _days_given = models.Constraint(
        "CHECK (kind <> 'interest' OR date_from <= date_to)",
        "Interest is charged from a day to a day.",
    )

    @api.depends("detail")
    @api.depends_context("lang")
    def _compute_detail_text(self):
        for charge in self:
            charge.detail_text = "\n".join(
                self.env["credit.interest"]._tell_pieces(
                    charge.detail, charge.currency_id
                )
            )

    # -- rights ---------------------------------------------------------------------
    @api.model
    def _check_charger(self):
        """:raise AccessError: when the user may not charge or waive"""
        if not self.env.su and not self.env.user.has_group(CHARGERS):
            raise AccessError(
                self.env._(
                    "Interest and fees are charged and waived by people of Invoicing. "
                    "Ask one of them."
                )
            )

    # -- who else needs to know -------------------------------------------------------
    @api.model
    @tools.ormcache()
    def _is_in_use(self):
        """Was anything ever charged? Posting, cancelling and deleting invoices ask
        this first, and cost no query where the answer is no."""
        return bool(
            self.env.execute_query(SQL("SELECT 1 FROM credit_interest_charge LIMIT 1"))
        )

    @api.model_create_multi
    def create(self, vals_list):
        charges = super().create(vals_list)
        if charges and not self._is_in_use():
            self.env["credit.file"]._reset_credit_active()
        return charges

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("What was charged or waived stays. It can be given back.")
        )

    # -- giving back ------------------------------------------------------------------
    def _give_back(self, why, reason=False):
        """These days may be charged again."""
        self.write({"state": "void", "void_reason": why, "reason": reason})

    def _take_again(self):
        """What was given back counts again: its invoice is back, or no longer
        credited.

        :raise UserError: when the days were charged elsewhere meanwhile
        """
        for charge in self:
            if taken := charge._find_taken():
                raise UserError(
                    self.env._(
                        "%(what)s of %(item)s was charged again meanwhile: see "
                        "%(document)s. Delete this document, or cancel that one "
                        "first.",
                        what=charge._get_kind_name(),
                        item=charge.name,
                        document=taken.charge_move_id.display_name
                        or self.env._("the waiver"),
                    )
                )
        self.write({"state": "charged", "void_reason": False})
        self.flush_recordset()

    def _get_kind_name(self):
        return dict(self._fields["kind"]._description_selection(self.env))[self.kind]

    def _find_taken(self):
        """What stands in the way of this charge."""
        domain = [("state", "!=", "void"), ("kind", "=", self.kind)]
        if self.kind == "fee":
            domain += [("notice_id", "=", self.notice_id.id)]
        else:
            domain += [("move_line_id", "=", self.move_line_id.id)]
        if self.kind == "interest":
            domain += [
                ("date_from", "<=", self.date_to),
                ("date_to", ">=", self.date_from),
            ]
        if (
            self.kind != "fee"
            and not self.move_line_id
            or (self.kind == "fee" and not self.notice_id)
        ):
            return self.browse()
        return self.search(domain, limit=1)

    def action_take_back(self):
        """A waiver is taken back: the days are asked for again."""
        self._check_charger()
        self.check_access("read")
        if self.filtered(lambda c: c.state != "waived" or c.credit_move_id):
            raise UserError(
                self.env._(
                    "Only a waiver without a credit note is taken back. What is on an "
                    "invoice is given back by cancelling or crediting that invoice."
                )
            )
        charges = self.sudo()  # sudo: written by methods only
        charges._give_back("person")
        charges._note(self.env._("Waiver taken back"))
        notices = charges.notice_id.filtered("is_open")
        notices.write({"fee_waived": False, "interest_waived": False})
        notices._update_totals()

    def _note(self, title, reason=""):
        """One line in the chatter of reminder and credit file."""
        for partner, charges in self.sudo().grouped("partner_id").items():
            said = ", ".join(
                f"{charge._get_kind_name()} {charge.name or ''} "
                f"{charge.currency_id.format(charge.amount)}"
                for charge in charges
            )
            text = f"{title}: {said}. {reason}".strip()
            for notice in charges.notice_id:
                notice.message_post(body=text)
            keys = {(partner.id, company.id) for company in charges.company_id}
            files = self.env["credit.file"]._for_customers(list(keys))
            for file in files.values():
                file.sudo().message_post(body=text)  # sudo: accountants see no files
            for move in charges.charge_move_id:
                move.message_post(body=text)

    @api.readonly
    def action_open_charge(self):
        self.ensure_one()
        return self.charge_move_id._get_records_action(name=self.env._("Invoice"))

    @api.readonly
    def action_waive(self):
        """The window that asks for the reason."""
        return self.env["credit.charge.waive"]._open(charges=self)
