from odoo import api, fields, models

from .credit_file import STATES
from .res_company import LIMIT_MODES

CREDIT_GROUPS = "credit_control.group_credit_user,credit_control.group_credit_auditor"
#: What the Credit tab shows of the file: ``{field here: field of the file}``.
MIRROR = {
    "credit_file_state": "state",
    "credit_file_grade_id": "grade_id",
    "credit_file_score": "score",
    "credit_file_limit_mode": "limit_mode",
    "credit_file_currency_id": "currency_id",
    "credit_file_limit": "credit_limit",
    "credit_file_limit_date_to": "limit_date_to",
    "credit_file_term_id": "payment_term_id",
    "credit_file_cover_ids": "cover_ids",
    "credit_file_user_id": "user_id",
    "credit_file_next_review_date": "next_review_date",
}
#: Fields of Odoo's own that the credit file keeps.
NATIVE = frozenset({"credit_limit", "trust"})
#: What may make a customer the contact of another.
MOVES = frozenset({"parent_id", "is_company"})
WATCHED = NATIVE | MOVES
#: Passed in the context while two customers are merged. An object: no client can
#: send it.
MERGING = object()


class ResPartner(models.Model):
    """A customer's way to his credit file, and Odoo's own limit fields.

    A customer without a file is left alone altogether: the overrides below stop
    before their first query where no file exists.
    """

    _inherit = "res.partner"

    credit_file_ids = fields.One2many(
        "credit.file", "partner_id", string="Credit Files", groups=CREDIT_GROUPS
    )
    has_credit_file = fields.Boolean(compute="_compute_has_credit_file")
    credit_file_id = fields.Many2one(
        "credit.file", compute="_compute_credit_file_id", groups=CREDIT_GROUPS
    )
    credit_panel = fields.Json(compute="_compute_credit_panel", groups=CREDIT_GROUPS)
    # what the Credit tab shows of the file
    credit_file_state = fields.Selection(
        STATES,
        string="Credit State",
        compute="_compute_credit_mirror",
        groups=CREDIT_GROUPS,
    )
    credit_file_grade_id = fields.Many2one(
        "credit.grade",
        string="Grade",
        compute="_compute_credit_mirror",
        groups=CREDIT_GROUPS,
    )
    credit_file_score = fields.Float(
        string="Score", compute="_compute_credit_mirror", groups=CREDIT_GROUPS
    )
    credit_file_limit_mode = fields.Selection(
        LIMIT_MODES,
        string="Limit",
        compute="_compute_credit_mirror",
        groups=CREDIT_GROUPS,
    )
    credit_file_currency_id = fields.Many2one(
        "res.currency",
        string="Currency of the Limit",
        compute="_compute_credit_mirror",
        groups=CREDIT_GROUPS,
    )
    credit_file_limit = fields.Monetary(
        string="Limit Amount",
        currency_field="credit_file_currency_id",
        compute="_compute_credit_mirror",
        groups=CREDIT_GROUPS,
    )
    credit_file_limit_date_to = fields.Date(
        string="Limit Valid To",
        compute="_compute_credit_mirror",
        groups=CREDIT_GROUPS,
    )
    credit_file_term_id = fields.Many2one(
        "account.payment.term",
        string="Payment Terms Granted",
        compute="_compute_credit_mirror",
        groups=CREDIT_GROUPS,
    )
    credit_file_cover_ids = fields.Many2many(
        "credit.insurance.cover",
        string="Insurance Covers",
        compute="_compute_credit_mirror",
        groups=CREDIT_GROUPS,
    )
    credit_file_user_id = fields.Many2one(
        "res.users",
        string="Credit Responsible",
        compute="_compute_credit_mirror",
        groups=CREDIT_GROUPS,
    )
    credit_file_next_review_date = fields.Date(
        string="Next Credit Review",
        compute="_compute_credit_mirror",
        groups=CREDIT_GROUPS,
    )

    # -- computes -----------------------------------------------------------------
    @api.depends("commercial_partner_id", "credit_file_ids")
    @api.depends_context("company")
    def _compute_credit_file_id(self):
        """The file that holds for a contact: his customer's, in this company."""
        files = self._get_credit_files()
        for partner in self:
            partner.credit_file_id = files.get(partner._origin, False)

    @api.depends("commercial_partner_id")
    @api.depends_context("company")
    def _compute_has_credit_file(self):
        """Odoo's own limit fields give way where a file keeps the limit."""
        files = self._get_credit_files()
        for partner in self:
            partner.has_credit_file = partner._origin in files

    @api.depends("credit_file_id")
    def _compute_credit_mirror(self):
        """What the tab shows of the file. Not related fields: those would make every
        change of a file search for contacts to recompute."""
        for partner in self:
            for name, source in MIRROR.items():
                partner[name] = partner.credit_file_id[source]

    @api.depends("credit_file_ids")
    @api.depends_context("company", "lang")
    def _compute_credit_panel(self):
        """The live figures of the customer, with or without a file."""
        root = self.env.company.root_id
        keys = {p: (p.commercial_partner_id._origin.id, root.id) for p in self._origin}
        File = self.env["credit.file"]
        panels = File._get_panels(keys.values())
        files = File._for_customers(keys.values())
        for partner in self:
            key = keys.get(partner._origin)
            panel = key and panels[key] | {
                "file_id": files[key].id if key in files else None
            }
            partner.credit_panel = panel or False

    def _get_credit_files(self):
        """``{partner: file}`` in the current company; no query where none exists."""
        File, root = self.env["credit.file"], self.env.company.root_id
        if not File._credit_company_active(root):
            return {}
        customers = {p: p.commercial_partner_id._origin.id for p in self._origin}
        files = File._for_customers((id_, root.id) for id_ in customers.values())
        by_customer = {key[0]: file for key, file in files.items()}
        return {
            p: by_customer[id_] for p, id_ in customers.items() if id_ in by_customer
        }

    # -- native limit and trust -------------------------------------------------------

    def write(self, vals):
        """Odoo's own limit and trust go to the file where there is one; a customer
        who becomes the contact of another takes his file along."""
        if (
            WATCHED.isdisjoint(vals)
            or self.env.context.get("credit_merging") is MERGING
            or not self.env["credit.file"]._credit_active_company_ids()
        ):
            return super().write(vals)
        orders = self._get_moving_orders(vals)
        native = {name: vals[name] for name in NATIVE & vals.keys()}
        kept = self._get_kept_files() if native else {}
        if not kept:
            result = super().write(vals)
        else:
            others = self.browse(id_ for id_ in self._ids if id_ not in kept)
            result = super(ResPartner, others).write(vals) if others else True
            filed = self - others
            filed.check_access("write")
            for file in kept.values():
                file._accept_native(native)
            if rest := {k: v for k, v in vals.items() if k not in NATIVE}:
                super(ResPartner, filed).write(rest)
        if not MOVES.isdisjoint(vals):
            self._rehome_credit_files()
        self._check_moved_orders(orders)
        return result

    def _write_native_credit(self, vals):
        """Write Odoo's own credit fields without asking the file: for the file."""
        # pylint: disable=super-method-mismatch  # past our own write
        return super().write(vals)

    def _get_kept_files(self):
        """``{partner id: file}`` of the customers among these whose native limit is
        kept by a file of the current company; one query at most.

        A contact is left out: what he gets is a copy of his customer's value.
        """
        company = self.env.company.root_id
        customers = self.filtered(lambda p: p.commercial_partner_id == p)
        files = self.env["credit.file"]._for_customers(
            [(id_, company.id) for id_ in customers.ids]
        )
        return {key[0]: file.with_env(self.env) for key, file in files.items()}

    def _rehome_credit_files(self):
        """The file of a customer who has become the contact of another goes to the
        other; nothing about his credit is lost."""
        contacts = self.filtered(lambda p: p.commercial_partner_id != p)
        # sudo: whoever may edit contacts must not leave a file behind
        files = (
            self.env["credit.file"].sudo().search([("partner_id", "in", contacts.ids)])
        )
        for partner, moved in files.grouped("partner_id").items():
            moved._move_to_customer(partner.commercial_partner_id)

    # -- orders that move with their payer ------------------------------------------
    def _get_moving_orders(self, vals):
        """``{order: customer key}`` of the orders that ``vals`` may give another
        customer: confirmed ones not billed in full, and those with open holds.
        One query, none unless a contact really moves."""
        moved = self.filtered(
            lambda partner: any(
                (partner[name].id if name == "parent_id" else partner[name])
                != (vals[name] or False)
                for name in MOVES & vals.keys()
            )
        )
        if not moved:
            return {}
        # sudo: whoever may edit contacts need not read the orders that they pay
        orders = (
            self.env["sale.order"]
            .sudo()
            .search(
                [
                    ("partner_invoice_id", "child_of", moved.ids),
                    "|",
                    "&",
                    ("state", "=", "sale"),
                    ("invoice_status", "!=", "invoiced"),
                    ("credit_hold_ids.state", "in", ("waiting", "released")),
                ]
            )
        )
        key = self.env["credit.gate"]._customer_key
        return {order: key(order) for order in orders}

    def _check_moved_orders(self, before):
        """An order that came to owe another customer is checked there; it is held
        instead of refusing the change, as growth that nobody asked for.

        :param before: ``{order: customer key}`` of ``_get_moving_orders``
        """
        key = self.env["credit.gate"]._customer_key
        changed = [order for order, was in before.items() if key(order) != was]
        if not changed:
            return
        orders = self.env["sale.order"].sudo().union(*changed)
        orders._end_credit_holds_of_changed()
        confirmed = orders.filtered(lambda order: order.state == "sale")
        confirmed._credit_admit("growth", origin="growth")
        confirmed._credit_forget_admitted()

    # -- actions ------------------------------------------------------------------
    def action_open_credit_file(self):
        """Open the customer's file; the first time it is made, with the limit that
        Odoo's own field carried."""
        self.ensure_one()
        file = self.credit_file_id
        if not file:
            # asked as the user: _ensure makes the file in sudo
            self.env["credit.file"].check_access("create")
            file = self.env["credit.file"]._ensure(self, self.env.company)
        return {
            "type": "ir.actions.act_window",
            "res_model": "credit.file",
            "res_id": file.id,
            "views": [(False, "form")],
        }
