"""The demo company's orders, and credit holds in every state."""

from datetime import timedelta
from math import ceil

from odoo import Command, fields, models

#: Confirmed before credit control began: customer, about this much, days ago, billing.
BILLED_ORDERS = (
    ("C003", 31_000, 40, "full"),
    ("C012", 7_300, 60, "full"),
    ("C017", 5_200, 33, "full"),
    ("C005", 26_000, 25, "down payment"),
    ("C002", 14_500, 12, ""),
    ("C004", 8_700, 8, ""),
    ("C007", 5_800, 5, ""),
    ("C008", 5_800, 10, ""),
    ("C009", 8_700, 14, ""),
    ("C011", 4_350, 9, ""),
    ("C013", 2_900, 6, ""),
    ("C016", 11_600, 18, ""),
    ("C019", 2_400, 11, ""),
    ("C020", 4_350, 7, ""),
    ("C025", 2_900, 4, ""),
    ("C030", 2_900, 3, ""),
)
#: Quotations that nobody has tried to confirm; the panel says what would happen.
QUOTATIONS = (
    ("C001", 41_600),
    ("C004", 5_800),
    ("C006", 15_600),
    ("C011", 2_900),
    ("C015", 4_350),
    ("C018", 3_000),
    ("C021", 1_450),
    ("C024", 1_450),
    ("C037", 2_900),
    ("C038", 1_450),
    ("C041", 15_600),
    ("C042", 960),
)
#: These went through the gate: customer, amount, days ago.
CONFIRMED = (
    ("C007", 2_900, 2),
    ("C014", 1_450, 3),
    ("C029", 480, 1),
    ("C001", 10_400, 4),
    ("C042", 480, 1),
)


class CreditDemoSales(models.AbstractModel):
    """Orders and holds, each made by the person who would make it.

    The size of a held order follows from the room that its customer has left, so
    that the story holds whatever the books came to.
    """

    _inherit = "credit.demo"

    # -- orders ----------------------------------------------------------------------
    def _quote(self, ref, amount, more=False, **values):
        """A quotation over about ``amount`` by the customer's salesperson.

        :param more: at least that amount; otherwise at most
        """
        partner = self._customers()[ref]
        name = "large" if amount >= 20_000 else "medium" if amount >= 1_450 else "small"
        product = self._product(name)
        count = amount / product.list_price
        line = {
            "product_id": product.id,
            "product_uom_qty": max(1, ceil(count) if more else int(count)),
            "price_unit": product.list_price,
            "tax_ids": [Command.clear()],
        }
        vals = {"partner_id": partner.id, "order_line": [Command.create(line)]}
        seller = partner.user_id
        return self.env["sale.order"].with_user(seller).create(vals | values)

    def _room(self, ref):
        """What the customer may still order, in the currency that he orders in."""
        file = self._file(ref)
        return file.currency_id._convert(
            file.live_panel["available"],
            self._currency_of(ref),
            self._company(),
            fields.Date.today(),
        )

    def _date_back(self, order, days):
        """Give the order the day on which it would have been made."""
        order.sudo().date_order = fields.Datetime.now() - timedelta(days=days)

    def _load_billed_orders(self):
        """Confirmed orders: to bill in full, with a down payment, billed already."""
        for ref, amount, age, billing in BILLED_ORDERS:
            order = self._quote(ref, amount)
            order.action_confirm()
            self._date_back(order, age)
            if billing == "full":
                invoice = order.sudo()._create_invoices()
                invoice.invoice_date = self._days(2 - age)
                invoice.action_post()
            elif billing:
                self._bill_down_payment(order)

    def _bill_down_payment(self, order):
        """A third in advance, paid: the rest of the order is still exposure."""
        wizard = (
            self.env["sale.advance.payment.inv"]
            .with_context(active_model="sale.order", active_ids=order.ids)
            .create({"advance_payment_method": "percentage", "amount": 30})
        )
        wizard.create_invoices()
        invoice = order.sudo().invoice_ids
        invoice.action_post()
        self._register_payment(invoice, invoice.amount_residual)

    def _load_sales(self):
        """Quotations of every colour, confirmed orders, and the holds."""
        for ref, amount in QUOTATIONS:
            self._quote(ref, amount)
        sent = self._quote("C003", 26_000)
        sent.action_quotation_sent()
        self._quote("C012", 4_350, payment_term_id=self._discount_term().id)
        self._file("C012").max_discount_pct = 1
        for ref, amount, age in CONFIRMED:
            order = self._quote(ref, amount)
            order.action_confirm()
            self._date_back(order, age)
        self._load_waiting_holds()
        self._load_grown_holds()
        self._load_ready_holds()
        self._load_decided_holds()
        self.env["credit.hold"].search(
            [("state", "=", "waiting"), ("forced", "=", False)]
        )._recheck()
        # nobody waits for the mails of a story
        self.env["mail.mail"].search(
            [
                ("state", "=", "outgoing"),
                ("model", "in", ("credit.hold", "sale.order", "mail.activity")),
            ]
        ).unlink()

    def _discount_term(self):
        return self.env.ref("account.account_payment_term_30days_early_discount")

    # -- holds -----------------------------------------------------------------------
    def _request(self, ref, beyond, note, age, **values):
        """A release asked for by the salesperson, ``age`` days ago.

        :param beyond: by how much the order is beyond the customer's room; with no
            room that would be all of it
        """
        amount = max(0, self._room(ref)) + beyond
        order = self._quote(ref, amount, more=True, **values)
        hold = order._credit_request_release(note)
        self._age(hold, age)
        return hold

    def _age(self, hold, days):
        """Make a hold older than it is, for the queue's column of days waiting."""
        hold = hold.sudo()  # sudo: nobody may write holds
        hold.request_date -= timedelta(days=days)
        hold.activity_ids.date_deadline = self._days(-days)
        if hold.order_id.state != "sale":
            self._date_back(hold.order_id, days)

    def _load_waiting_holds(self):
        """One for each kind of reason, asked for or not."""
        request = self._request
        request(
            "C020", 3_000, "His new branch opens on Monday. Pays half on Friday.", 5
        )
        request("C010", 1_450, "The balance sheet is on its way, he says.", 2)
        request(
            "C032", 480, "Needs the pumps before the season. Will pay the old ones.", 9
        )
        request("C031", 2_900, "The sister company has just paid us.", 1)
        request("C003", 26_000, "Framework contract, first call. Large, but Halden.", 1)
        # longer terms than granted, within the limit
        order = self._quote(
            "C014",
            2_900,
            payment_term_id=self.env.ref("credit_control.demo_term_60").id,
        )
        order._credit_request_release("Asks for 60 days, once, for the fair.")
        # the customer signed in the portal, nobody asked: the credit team was told
        order = self._quote("C040", 15_600)
        order.write({"signed_by": "K. Silver", "signed_on": fields.Datetime.now()})
        order.sudo()._validate_order()
        # held by a person
        order = self._quote("C026", 1_450)
        analyst = order.with_user(self._user("analyst"))
        held = analyst._credit_force_hold(
            "New owner since last week: register extract asked for."
        )
        self._age(held, 3)

    def _load_grown_holds(self):
        """Confirmed orders that grew, or are to grow, beyond the credit."""
        Order = self.env["sale.order"]
        customers = self._customers()
        wanted = Order.search(
            [("partner_id", "=", customers["C009"].id), ("state", "=", "sale")], limit=1
        )
        wanted.with_user(wanted.user_id)._credit_request_release(
            "Wants to double the order before the price increase.",
            wanted_amount=wanted.amount_total * 2 + 14_500,
        )
        grown = Order.search(
            [("partner_id", "=", customers["C030"].id), ("state", "=", "sale")], limit=1
        )
        # by a job, as an import or an expense would: held, never refused
        grown.order_line[0].product_uom_qty += 12

    def _load_ready_holds(self):
        """What became free since: money came in, and a limit was raised."""
        self._request("C023", 480, "Paid by transfer this morning, he says.", 3)
        paid = self._oldest_open("C023")
        self._register_payment(paid, paid.amount_residual)
        self._request(
            "C013", 1_450, "Balance sheet handed in. Limit could be higher.", 6
        )
        file = self._file("C013")
        self._grant(file, file.credit_limit + 6_000, "New financial statements", 0)

    def _load_decided_holds(self):
        """Released, used, refused, cancelled, expired."""
        decide = self._decide
        hold = self._request(
            "C022", 1_450, "Old customer, short of cash this month.", 4
        )
        decide(
            hold,
            "release",
            "Half of the old invoices is paid; the rest is promised.",
            cap=hold.sudo().amount + 1_000,
            condition="Deliver only after the payment promised for Friday.",
        )
        hold = self._request("C017", 2_900, "Replacement for a broken pump.", 8)
        decide(hold, "release", "Never late in two years.", confirm=True)
        hold = self._request("C034", 2_900, "First order after the summer.", 12)
        decide(hold, "reject", "Two promises broken. Prepayment only.")
        hold = self._request("C035", 1_450, "Wants to try the new model.", 15)
        hold.order_id.sudo()._action_cancel()
        hold = self._request("C025", 2_900, "Decision of the fire brigade is near.", 41)
        decide(hold, "release", "Public tender, safe payer.")
        expired = hold.sudo()  # sudo: nobody may write holds
        expired.valid_until = self._days(-10)
        expired._expire()
        hold = self._request("C016", 1_450, "Urgent spare parts.", 70)
        decide(hold, "release", "Guaranteed by the parent.", "manager", confirm=True)

    def _decide(self, hold, decision, reason, login="approver", **terms):
        """Decided by that person within two days of the request."""
        hold.with_user(self._user(login))._decide(decision, reason, **terms)
        hold = hold.sudo()  # sudo: nobody may write holds
        now = fields.Datetime.now()
        hold.decision_date = min(now, hold.request_date + timedelta(days=2))
