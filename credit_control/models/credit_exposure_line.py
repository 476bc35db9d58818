"""The documents behind an exposure, for the drill-down."""

from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .credit_exposure_ledger import DRAFT, NOTE, ORDER, ORDER_PAID, PAYMENT, RECEIVABLE

# Where the rows of each kind come from: model, field that leads to the document (None:
# it is the document), field with the customer.
SOURCES = {
    RECEIVABLE: ("account.move.line", "move_id", "partner_id"),
    NOTE: ("account.move.line", "move_id", "partner_id"),
    DRAFT: ("account.move", None, "partner_id"),
    ORDER: ("sale.order", None, "partner_invoice_id"),
    ORDER_PAID: ("sale.order", None, "partner_invoice_id"),
    PAYMENT: ("account.payment", None, "partner_id"),
}


class CreditExposureLine(models.Model):
    """One document's share in one part of a customer's exposure, as of now.

    The rows are those of ``credit.exposure._line_sql``, which the exposure is summed
    from, in the company's currency and signed as they count: the rows with *counted*
    add up to the exposure in the panel.

    Reading is one query. A domain that names customers, files or rows (that of
    ``_get_action``, of a group that is opened, of rows that are read) makes it a query
    over those customers only; else it runs over all, seconds on a million invoices.
    """

    _name = "credit.exposure.line"
    _description = "Exposure Document"
    _auto = False
    _order = "date_due, date, id"
    _rec_name = "name"
    # Flushed before reading; the service flushes the documents itself.
    _depends = {"credit.file": ["partner_id", "company_id"]}

    file_id = fields.Many2one("credit.file", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    part = fields.Selection(
        [
            ("not_due", "Not Due"),
            ("overdue", "Overdue"),
            ("orders", "Orders Not Billed"),
            ("drafts", "Draft Invoices"),
            ("notes", "Notes Receivable"),
            ("credits", "Unapplied Credits"),
            ("in_transit", "Payments in Transit"),
        ],
        readonly=True,
    )
    counted = fields.Boolean(
        readonly=True, help="Whether the company counts this part in the exposure."
    )
    res_model = fields.Char("Document Model", readonly=True)
    res_id = fields.Many2oneReference(
        "Document", model_field="res_model", readonly=True
    )
    name = fields.Char("Number", readonly=True)
    date = fields.Date(readonly=True)
    date_due = fields.Date("Due Date", readonly=True)
    days_overdue = fields.Integer("Days Past Due", readonly=True, aggregator="max")
    amount = fields.Monetary(readonly=True)

    @property
    def _table_query(self) -> SQL:
        """The rows of the root companies of all companies that are switched on.

        The context only narrows; what a user may see is up to the record rules.
        """
        partner_ids = self.env.context.get("credit_partner_ids")
        return SQL(" UNION ALL ").join(
            self._company_sql(root, partner_ids) for root in self.env.companies.root_id
        )

    def _company_sql(self, root, partner_ids) -> SQL:
        # sudo: reads settings and flushes; the rows are filtered by the record rules
        service = self.env["credit.exposure"].sudo()
        included = service._get_included_parts(root.sudo())
        return SQL(
            """
            SELECT rows.*, file.id AS file_id, rows.part = ANY(%s) AS counted
              FROM (%s) AS rows
              LEFT JOIN credit_file file ON file.partner_id = rows.partner_id
                                        AND file.company_id = rows.company_id
            """,
            sorted(included),
            service._line_sql(root, partner_ids),
        )

    @api.model
    def _search(self, domain, *args, **kwargs):
        """Let the query read the documents of the customers asked for only:
        PostgreSQL cannot carry a condition on the customer into all its parts."""
        partner_ids = self._get_asked_partners(domain)
        if partner_ids is not None:
            self = self.with_context(credit_partner_ids=partner_ids)
        return super()._search(domain, *args, **kwargs)

    @api.model
    def _get_asked_partners(self, domain) -> list[int] | None:
        """The customers a domain is about; None when it may be about any."""
        domain = Domain(domain).optimize(self)
        conditions = (
            domain.children if getattr(domain, "OPERATOR", None) == "&" else (domain,)
        )
        getters = {
            "partner_id": list,
            "file_id": self._get_file_partners,
            "id": self._get_row_partners,
        }
        for condition in conditions:
            getter = getters.get(getattr(condition, "field_expr", None))
            if getter and condition.operator == "in":
                if all(type(value) is int for value in condition.value):
                    return getter(condition.value)
        return None

    def _get_file_partners(self, file_ids) -> list[int]:
        # sudo: the ids are only used to read less
        return self.env["credit.file"].sudo().browse(file_ids).partner_id.ids

    def _get_row_partners(self, row_ids) -> list[int]:
        """The customers of rows, from the records that the ids stand for."""
        # sudo: the ids are only used to read less
        env = self.sudo().env
        partners = env["res.partner"]
        by_kind = defaultdict(list)
        for row_id in row_ids:
            by_kind[row_id % 8].append(row_id // 8)
        for kind, source_ids in by_kind.items():
            model, _field, customer = SOURCES[kind]
            partners |= env[model].browse(source_ids).exists()[customer]
        return partners.commercial_partner_id.ids

    @api.readonly
    def action_open_document(self) -> dict:
        """Open the invoice, order or payment behind the row.

        The id says where the row comes from, so that no query over all customers is
        needed to find out. Access to the document is checked when it opens.
        """
        self.ensure_one()
        self.browse().check_access("read")
        source_id, kind = divmod(self.id, 8)
        model, field, _customer = SOURCES[kind]
        document = self.env[model].browse(source_id)
        if field:
            document = document.sudo()[field]  # sudo: only the id is used
        return {
            "type": "ir.actions.act_window",
            "res_model": document._name,
            "res_id": document.id,
            "views": [(False, "form")],
        }

    @api.model
    def _get_action(self, partners, company, part: str | None = None) -> dict:
        """The window action that lists what ``partners`` owe, or one part of it."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_control.credit_exposure_line_action"
        )
        partner_ids = partners.commercial_partner_id.ids
        domain = [
            ("partner_id", "in", partner_ids),
            ("company_id", "=", company.root_id.id),
        ]
        if part:
            domain.append(("part", "=", part))
        context = {"search_default_group_part": not part}
        return action | {"domain": domain, "context": context}
