"""Invoices of charges: drafts with fees, fixed sums and interest."""

from psycopg2.errors import ExclusionViolation, UniqueViolation

from odoo import Command, api, models
from odoo.exceptions import UserError
from odoo.tools import format_date
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

#: The names of the products for companies that have chosen none of their own.
PRODUCTS = {
    "interest": _lt("Interest on late payment"),
    "fixed": _lt("Fixed sum for recovery costs"),
    "fee": _lt("Reminder fee"),
}


class CreditInterest(models.AbstractModel):
    """``_make_invoices`` writes one draft invoice per customer, company and currency;
    the invoices that are late are never touched. Each line is noted as a charge of
    its item in the same transaction: when somebody else charges the same days at this
    moment, the database lets one of both through."""

    _inherit = "credit.interest"

    @api.model
    def _make_invoices(self, dues):
        """Draft invoices of ``dues`` (see :class:`Due`), with the rights of the user.

        :raise UserError: when one of the dues was charged meanwhile
        """
        groups = {}
        for due in dues:
            key = due.partner_id, due.book_id, due.currency_id
            groups.setdefault(key, []).append(due)
        Charge = self.env["credit.interest.charge"].sudo()  # sudo: services write it
        try:
            with self.env.cr.savepoint():
                moves = self.env["account.move"].create(
                    [self._prepare_invoice(*key, mine) for key, mine in groups.items()]
                )
                vals_list = []
                for move, mine in zip(moves, groups.values(), strict=True):
                    lines = move.invoice_line_ids.sorted("sequence")
                    vals_list += [
                        self._prepare_charge(due, "charged")
                        | {"charge_line_id": line.id, "charge_move_id": move.id}
                        for due, line in zip(mine, lines, strict=True)
                    ]
                Charge.create(vals_list)
                Charge.flush_model()
        except (ExclusionViolation, UniqueViolation) as error:
            raise UserError(
                self.env._(
                    "Somebody has charged some of this at the same moment. Open the "
                    "page again to see what is left."
                )
            ) from error
        return moves

    def _prepare_invoice(self, partner_id, book_id, currency_id, dues):
        # sudo: settings and address, for whoever may invoice
        book = self.env["res.company"].sudo().browse(book_id)
        partner = self.env["res.partner"].sudo().browse(partner_id)
        lang = self.env["credit.statement"]._get_recipient_lang(partner, book)
        service = self.with_context(lang=lang)
        names = dict.fromkeys(due.name for due in dues if due.kind != "fee")
        values = {
            "move_type": "out_invoice",
            "company_id": book.id,
            "partner_id": partner.address_get(["invoice"])["invoice"] or partner.id,
            "currency_id": currency_id,
            "invoice_origin": ", ".join(list(names)[:10]),
            "invoice_line_ids": [
                Command.create(service._prepare_line(due, book) | {"sequence": number})
                for number, due in enumerate(dues, start=1)
            ],
        }
        if journal := book.root_id.credit_charge_journal_id:
            values["journal_id"] = journal.id
        return values

    def _prepare_line(self, due, book):
        return {
            "product_id": self._get_product(due.kind, book).id,
            "name": self._get_line_text(due),
            "quantity": 1.0,
            "price_unit": due.amount,
            "tax_ids": [Command.set(book.root_id.credit_charge_tax_ids.ids)],
        }

    def _get_product(self, kind, company):
        """The company's own product, else one that is made when it is first needed.

        :raise UserError: when it was archived
        """
        xmlid = f"credit_control.product_charge_{kind}"
        product = company.root_id[f"credit_charge_{kind}_product_id"] or self.env.ref(
            xmlid, raise_if_not_found=False
        )
        product = product or self._make_product(kind, xmlid)
        if not product.sudo().active:
            raise UserError(
                self.env._(
                    "%(product)s is archived. Choose the products for interest and "
                    "fees in the credit settings of %(company)s.",
                    product=product.sudo().display_name,
                    company=company.root_id.name,
                )
            )
        return product

    def _make_product(self, kind, xmlid):
        """Not data of the add-on: on an upgrade other add-ons that ask more of a
        product may not be loaded yet."""
        # sudo: an accountant may not make products
        product = self.env["product.product"].sudo().with_context(lang="en_US")
        product = product.create(
            {
                "name": PRODUCTS[kind]._translate("en_US"),
                "default_code": f"CREDIT-{kind.upper()}",
                "type": "service",
                "list_price": 0.0,
                "sale_ok": False,
                "purchase_ok": False,
                "taxes_id": [Command.clear()],
                "supplier_taxes_id": [Command.clear()],
            }
        )
        for lang, _name in self.env["res.lang"].get_installed():
            product.with_context(lang=lang).name = PRODUCTS[kind]._translate(lang)
        # sudo: the name under which it is found again
        self.env["ir.model.data"].sudo()._update_xmlids(
            [{"xml_id": xmlid, "record": product, "noupdate": True}]
        )
        return product.with_env(self.env)

    def _get_line_text(self, due):
        if due.kind == "fee":
            return self.env._(
                "Reminder fee: %(level)s of %(day)s",
                level=self._name_due(due),
                day=format_date(self.env, due.first),
            )
        if due.kind == "fixed":
            return self.env._("Fixed sum for recovery costs: %(item)s", item=due.name)
        currency = self.env["res.currency"].browse(due.currency_id)
        title = self.env._("Interest on late payment: %(item)s", item=due.name)
        return "\n".join([title, *self._tell_pieces(due.detail, currency)])

    @api.model
    def _prepare_charge(self, due, state):
        return {
            "partner_id": due.partner_id,
            "company_id": due.company_id,
            "currency_id": due.currency_id,
            "kind": due.kind,
            "state": state,
            "name": due.name,
            "move_line_id": due.line_id,
            "move_id": due.move_id,
            "notice_id": due.notice_id,
            "date_from": due.first,
            "date_to": due.last,
            "amount": due.amount,
            "detail": due.detail,
            "user_id": self.env.uid,
        }

    @api.model
    def _charge(self, dues):
        """Invoice ``dues`` and open the drafts.

        :raise UserError: when there is nothing to charge
        """
        if not dues:
            raise UserError(
                self.env._(
                    "Nothing is left to be charged: it was charged or waived already, "
                    "the items wait (promised, disputed, being paid), or no rate of "
                    "interest is in force for this customer."
                )
            )
        moves = self._make_invoices(dues)
        return moves._get_records_action(name=self.env._("Interest and Fees"))
