"""The documents of the ledger, each kind made once through Odoo's own methods.

`fill.py` copies every kind as often as `KINDS` says, by SQL: so whatever Odoo would
have stored (residuals, payment states, matching, quantities) is there. Amounts are
whole hundreds and the exchange rate is exact, so that a copy may be any multiple.
"""

from dataclasses import dataclass
from datetime import timedelta

from odoo import Command, fields

RATE = 0.8  # units of the second currency for one of the company's


@dataclass(frozen=True)
class Kind:
    """How often a kind of document occurs, and how old its copies are."""

    method: str
    count: int  # at the large size
    oldest: int = 180  # days before the template's own dates
    newest: int = 0
    arguments: dict | None = None


FOREIGN = {"foreign": True}
TAXED = {"taxed": True}
KINDS = [
    # open: about 12 % of a million
    Kind("_open", 30_000),
    Kind("_open", 15_000, arguments=TAXED),
    Kind("_open", 24_000, arguments=FOREIGN),
    Kind("_open", 6_000, oldest=680, newest=180),
    Kind("_part_paid", 12_000),
    Kind("_part_paid", 3_000, arguments=FOREIGN),
    Kind("_instalments", 8_000, oldest=60),
    Kind("_instalments", 8_000, oldest=60, arguments={"paid": 1}),
    Kind("_credit_note", 5_000, oldest=300),
    Kind("_payment_alone", 8_000, oldest=300),
    # settled
    Kind("_reversed", 10_000, oldest=680),
    Kind("_paid", 212_000, oldest=680, arguments={"number": 2}),
    Kind("_paid", 130_000, oldest=680, arguments=TAXED),
    Kind("_paid", 90_000, oldest=680, arguments={"number": 2, **FOREIGN}),
    Kind("_instalments", 20_000, oldest=680, newest=90, arguments={"paid": 3}),
    # drafts that come from no order
    Kind("_draft", 15_000, oldest=20),
    # orders
    Kind("_order", 80_000, oldest=60),
    Kind("_order_part", 24_000, oldest=90, arguments={"paid": True}),
    Kind("_order_part", 16_000, oldest=90),
    Kind("_order_deposit", 20_000, oldest=60),
    Kind("_order_draft", 5_000, oldest=20),
    Kind("_order_done", 55_000, oldest=680),
]


class Scenarios:
    """Makes one template of each kind; every method returns its main records."""

    def __init__(self, env):
        self.env = env
        self.today = fields.Date.today()
        self.company = env.company
        self.tax = env.company.account_sale_tax_id
        self.customer, self.contact = self._make_partners()
        self.service = self._make_product("Bench service", "order")
        self.goods = self._make_product("Bench goods", "delivery")
        self.foreign = self._make_currency()
        self.term = self._make_term()

    # -- what the documents need ----------------------------------------------
    def _make_partners(self):
        """A customer with an address for invoices and one for deliveries."""
        customer = self.env["res.partner"].create(
            {
                "name": "Bench template",
                "is_company": True,
                "ref": "TEMPLATE",
                "child_ids": [
                    Command.create({"name": "Billing", "type": "invoice"}),
                    Command.create({"name": "Store", "type": "delivery"}),
                ],
            }
        )
        return customer, customer.child_ids[0]

    def _make_product(self, name, policy):
        return self.env["product.product"].create(
            {
                "name": name,
                "type": "service",
                "invoice_policy": policy,
                "list_price": 100,
                "taxes_id": [Command.set(self.tax.ids)],
            }
        )

    def _make_currency(self):
        currency = self.env["res.currency"].with_context(active_test=False)
        names = ("EUR", "USD")
        other = currency.search([("name", "in", names)]) - self.company.currency_id
        other[0].active = True
        other[0].rate_ids.unlink()
        self.env["res.currency.rate"].create(
            {
                "currency_id": other[0].id,
                "company_id": self.company.id,
                "name": self.today - timedelta(days=1000),
                "rate": RATE,
            }
        )
        return other[0]

    def _make_term(self):
        """Three equal instalments after 30, 60 and 90 days."""
        shares = zip((33.333333, 33.333333, 33.333334), (30, 60, 90), strict=True)
        return self.env["account.payment.term"].create(
            {
                "name": "Bench: three instalments",
                "line_ids": [
                    Command.create({"value_amount": share, "nb_days": days})
                    for share, days in shares
                ],
            }
        )

    # -- invoices -------------------------------------------------------------
    def _invoice(self, age, amount=300, taxed=False, foreign=False, **values):
        """A draft invoice of ``age`` days before today, due in 30 days."""
        line = {
            "product_id": self.service.id,
            "price_unit": amount,
            "tax_ids": [Command.set(self.tax.ids if taxed else [])],
        }
        day = self.today - timedelta(days=age)
        currency = self.foreign if foreign else self.company.currency_id
        net_30 = self.env.ref("account.account_payment_term_30days")
        return self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.contact.id,
                "invoice_date": day,
                "date": day,
                "currency_id": currency.id,
                "invoice_payment_term_id": net_30.id,
                "invoice_line_ids": [Command.create(line)],
                **values,
            }
        )

    def _pay(self, moves, age, amount=None):
        """Register one payment for ``moves``; returns it."""
        values = {
            "payment_date": self.today - timedelta(days=age),
            "group_payment": True,
        }
        if amount:
            values["amount"] = amount
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=moves.ids
        )
        return wizard.create(values)._create_payments()

    def _open(self, **kwargs):
        move = self._invoice(0, **kwargs)
        move.action_post()
        return [move]

    def _draft(self):
        return [self._invoice(0)]

    def _part_paid(self, **kwargs):
        move = self._invoice(20, **kwargs)
        move.action_post()
        return [move, self._pay(move, 5, amount=100)]

    def _paid(self, number=1, **kwargs):
        moves = self.env["account.move"].union(
            *(self._invoice(45, **kwargs) for _ in range(number))
        )
        moves.action_post()
        return [moves, self._pay(moves, 5)]

    def _instalments(self, paid=0):
        move = self._invoice(30, invoice_payment_term_id=self.term.id)
        move.action_post()
        if not paid:
            return [move]
        return [move, self._pay(move, 0, amount=100 * paid)]

    def _credit_note(self):
        move = self._invoice(0, 200, move_type="out_refund")
        move.action_post()
        return [move]

    def _reversed(self):
        move = self._invoice(20)
        move.action_post()
        day = self.today - timedelta(days=10)
        values = {"date": day, "invoice_date": day}
        return [move, move._reverse_moves([values], cancel=True)]

    def _payment_alone(self):
        """Money that settles nothing yet."""
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
                "amount": 100,
                "date": self.today,
            }
        )
        payment.action_post()
        return [payment]

    # -- orders ---------------------------------------------------------------
    def quotation(self, age=0):
        """300 to bill on order, 100 on delivery, and taxes."""
        lines = [(self.service, 3), (self.goods, 1)]
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "partner_invoice_id": self.contact.id,
                "date_order": fields.Datetime.now() - timedelta(days=age),
                "order_line": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": quantity,
                            "price_unit": 100,
                            "tax_ids": [Command.set(self.tax.ids)],
                        }
                    )
                    for product, quantity in lines
                ],
            }
        )
        return [order]

    def _order(self, age=0):
        [order] = self.quotation(age)
        order.action_confirm()
        order.date_order = fields.Datetime.now() - timedelta(days=age)
        return [order]

    def _bill(self, order, age):
        """The draft invoice of what can be billed now."""
        move = order._create_invoices()
        move.invoice_date = move.date = self.today - timedelta(days=age)
        return move

    def _order_part(self, paid=False):
        [order] = self._order(30)
        move = self._bill(order, 15)
        move.action_post()
        return [order, move, *([self._pay(move, 2)] if paid else [])]

    def _order_draft(self):
        [order] = self._order(10)
        return [order, self._bill(order, 0)]

    def _order_done(self):
        [order] = self._order(45)
        for line in order.order_line:
            line.qty_delivered = line.product_uom_qty
        move = self._bill(order, 40)
        move.action_post()
        return [order, move, self._pay(move, 5)]

    def _order_deposit(self):
        """A quarter billed in advance, and paid."""
        [order] = self._order(20)
        wizard = self.env["sale.advance.payment.inv"].create(
            {
                "sale_order_ids": [Command.set(order.ids)],
                "advance_payment_method": "percentage",
                "amount": 25,
            }
        )
        wizard.create_invoices()
        move = order.invoice_ids
        move.invoice_date = move.date = self.today - timedelta(days=15)
        move.action_post()
        return [order, move, self._pay(move, 5)]
