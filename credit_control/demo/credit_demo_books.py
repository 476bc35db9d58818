"""The demo company's books: two years of invoices, and money early, late and partly."""

from datetime import timedelta
from random import Random

from odoo import Command, fields, models
from odoo.tools import SQL

from .cast import ABROAD, SECOND_SELLER, TRADERS

YEARS, DAYS = 2, 730
PRODUCTS = ("small", "medium", "large", "service")
#: Chatter of hundreds of old documents tells nobody anything.
QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "skip_analytic_sync": True,
}


class CreditDemoBooks(models.AbstractModel):
    """The ledger part of the demo company.

    Deterministic: a fixed seed and whole days before today, so that every
    installation tells the same story on whatever day it is made. Documents are made
    in batches through the host's own methods.
    """

    _inherit = "credit.demo"

    def _load_books(self):
        """Customers' terms, history, and the special items on top."""
        self._set_terms()
        self._load_history()
        self._load_special_items()

    def _set_terms(self):
        """Every customer with his terms, salesperson and price list."""
        abroad = self.env["product.pricelist"].create(
            {
                "name": f"Export {self._foreign().name}",
                "currency_id": self._foreign().id,
                "company_id": self._company().id,
            }
        )
        days = {trader.ref: trader.days for trader in TRADERS}
        for ref, partner in self._customers().items():
            seller = "sales2" if ref in SECOND_SELLER else "sales"
            partner.with_company(self._company()).write(
                {
                    "user_id": self._user(seller).id,
                    "property_payment_term_id": self._term(days.get(ref, 30)).id,
                    "property_product_pricelist": ref in ABROAD and abroad.id,
                }
            )

    # -- two years -------------------------------------------------------------------
    def _load_history(self):
        """Post the invoices of two years and the payments that came by today."""
        rng, today, plan = Random(19), fields.Date.today(), []
        for trader in TRADERS:
            for age in self._get_ages(trader, rng):
                issued = today - timedelta(days=age)
                due = issued + timedelta(days=trader.days)
                late = round(rng.gauss(trader.late, trader.spread))
                paid = max(issued + timedelta(days=3), due + timedelta(days=late))
                amount = trader.amount * rng.uniform(0.5, 1.5)
                plan.append((issued, trader.ref, amount, paid))
        plan.sort()
        invoices = self._post_invoices(
            [(issued, ref, amount) for issued, ref, amount, _paid in plan]
        )
        received = [
            (invoice, paid)
            for invoice, (*_what, paid) in zip(invoices, plan, strict=True)
            if paid <= today
        ]
        self._pay_on(received)

    def _get_ages(self, trader, rng):
        """How many days ago each invoice was written: evenly with some chance, and one
        lately, so that there is something open; late payers owe an overdue one."""
        count = trader.yearly * YEARS
        step = DAYS / count
        ages = [round(step * (at + rng.uniform(0.1, 0.9))) for at in range(count)]
        ages.append(rng.randint(4, 4 + trader.days // 2))
        if trader.late > 8:
            ages.append(trader.days + trader.late // 2)
        return [age for age in ages if age >= trader.last]

    def _post_invoices(self, plan, **values):
        """Post invoices over [(date, customer's code, amount)], oldest first."""
        moves = (
            self.env["account.move"]
            .with_context(**QUIET)
            .create(
                [
                    self._prepare_invoice_vals(ref, issued, amount) | values
                    for issued, ref, amount in plan
                ]
            )
        )
        moves.action_post()
        return moves

    def _prepare_invoice_vals(self, ref, issued, amount):
        partner = self._customers()[ref]
        return {
            "move_type": "out_invoice",
            "partner_id": partner.id,
            "company_id": self._company().id,
            "currency_id": self._currency_of(ref).id,
            "invoice_date": issued,
            "invoice_user_id": partner.user_id.id,
            "invoice_payment_term_id": partner.property_payment_term_id.id,
            "invoice_line_ids": [
                Command.create(
                    {
                        "product_id": product.id,
                        "quantity": quantity,
                        "price_unit": product.list_price,
                        "tax_ids": [Command.clear()],
                    }
                )
                for product, quantity in self._fill_basket(amount)
            ],
        }

    def _fill_basket(self, amount):
        """Products over about ``amount``: the largest that fits, then a small rest."""
        goods = [self._product(name) for name in ("large", "medium", "small")]
        fits = next((one for one in goods if one.list_price <= amount), goods[-1])
        quantity = max(1, int(amount // fits.list_price))
        basket = [(fits, quantity)]
        rest = amount - quantity * fits.list_price
        if fits != goods[-1] and rest >= goods[-1].list_price:
            basket.append((goods[-1], int(rest // goods[-1].list_price)))
        return basket

    def _pay_on(self, received):
        """Payments in full, [(invoice, date)], each applied to its invoice."""
        journal = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self._company().id)], limit=1
        )
        payments = (
            self.env["account.payment"]
            .with_context(**QUIET)
            .create(
                [
                    {
                        "payment_type": "inbound",
                        "partner_type": "customer",
                        "partner_id": invoice.partner_id.id,
                        "amount": invoice.amount_total,
                        "currency_id": invoice.currency_id.id,
                        "date": paid,
                        "memo": invoice.name,
                        "journal_id": journal.id,
                    }
                    for invoice, paid in received
                ]
            )
        )
        payments.action_post()
        self._count_rows()
        self.env["account.move.line"]._reconcile_plan(
            [
                self._receivables(invoice) + self._receivables(payment.move_id)
                for (invoice, _paid), payment in zip(received, payments, strict=True)
            ]
        )

    def _count_rows(self):
        """Let PostgreSQL know of the new rows: a query of the host's reconciliation
        is planned by them, and took minutes with the statistics of empty tables."""
        self.env.flush_all()
        for name in ("account.move", "account.move.line", "account.payment"):
            table = SQL.identifier(self.env[name]._table)
            self.env.cr.execute(SQL("ANALYZE %s", table))

    def _receivables(self, move):
        return move.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )

    # -- special items ---------------------------------------------------------------
    def _load_special_items(self):
        """What a ledger has besides invoices that are paid or not."""
        for ref in ("C020", "C022", "C023", "C032", "C034", "C036"):
            invoice = self._oldest_open(ref)
            self._register_payment(invoice, round(invoice.amount_residual * 0.4, -1))
        self._post_invoices([(self._days(-92), "C032", 2_400)])
        self._unapplied_payment("C021", 2_500)
        self._unapplied_payment("C009", 1_200)
        self._credit_note("C027", 960)
        paid_with_note = self._credit_note("C003", 1_450)
        (
            self._receivables(paid_with_note)
            + self._receivables(self._oldest_open("C003"))
        ).reconcile()
        self._take_note("C012")
        self._post_invoices(
            [(self._days(-40), "C016", 20_000)],
            invoice_payment_term_id=self.env.ref(
                "account.account_payment_term_advance_60days"
            ).id,
        )
        for ref, amount in (("C005", 6_800), ("C014", 3_400), ("C030", 2_900)):
            self.env["account.move"].create(
                self._prepare_invoice_vals(ref, fields.Date.today(), amount)
            )

    def _oldest_open(self, ref):
        """The open invoice of a customer that is due first."""
        return self.env["account.move"].search(
            [
                ("partner_id", "=", self._customers()[ref].id),
                ("move_type", "=", "out_invoice"),
                ("payment_state", "in", ("not_paid", "partial")),
                ("state", "=", "posted"),
            ],
            order="invoice_date_due, id",
            limit=1,
        )

    def _register_payment(self, invoice, amount):
        """A payment entered by the accountant on one invoice, today."""
        accountant = self._user("accountant")
        wizard = (
            self.env["account.payment.register"]
            .with_user(accountant)
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"amount": amount, "payment_difference_handling": "open"})
        )
        return wizard._create_payments()

    def _unapplied_payment(self, ref, amount):
        """Money on account that settles nothing yet."""
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self._customers()[ref].id,
                "amount": amount,
                "currency_id": self._currency_of(ref).id,
                "date": self._days(-6),
                "memo": "On account",
            }
        )
        payment.action_post()

    def _credit_note(self, ref, amount):
        vals = self._prepare_invoice_vals(ref, self._days(-12), amount)
        vals |= {"move_type": "out_refund", "invoice_payment_term_id": False}
        note = self.env["account.move"].create(vals)
        note.action_post()
        return note

    def _take_note(self, ref):
        """The customer settles an invoice with a bank acceptance of 60 days: it stays
        exposure until it is cash."""
        company, invoice = self._company(), self._oldest_open(ref)
        Account = self.env["account.account"].with_company(company)
        account = Account.create(
            {
                "name": "Notes Receivable",
                "code": Account._search_new_account_code("121200"),
                "account_type": "asset_current",
                "reconcile": True,
            }
        )
        company.credit_note_account_ids = account
        receivable, amount = self._receivables(invoice), invoice.amount_residual
        line = {"partner_id": invoice.partner_id.id, "name": "Bank acceptance, 60 days"}
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "company_id": company.id,
                "date": self._days(-10),
                "ref": invoice.name,
                "line_ids": [
                    Command.create(
                        line
                        | {
                            "account_id": account.id,
                            "balance": amount,
                            "date_maturity": self._days(50),
                        }
                    ),
                    Command.create(
                        line
                        | {"account_id": receivable.account_id.id, "balance": -amount}
                    ),
                ],
            }
        )
        entry.action_post()
        (receivable + self._receivables(entry)).reconcile()
