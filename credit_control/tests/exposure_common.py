"""Builders for tests about exposure: down payments, branches, money on its way."""

from odoo import Command

from .common import TODAY, CreditCommon


class ExposureCommon(CreditCommon):
    """CreditCommon with a second currency worth half of the company's and a branch.

    ``rates``: 2 of the other currency are 1 of the company's on every date, so a
    converted figure is easy to follow.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_currency = cls.setup_other_currency(
            "EUR" if cls.currency.name != "EUR" else "GBP",
            rates=[("1900-01-01", 2.0)],
        )
        cls.branch = cls.env["res.company"].create(
            {"name": "Branch", "parent_id": cls.company.id}
        )
        cls.env.user.company_ids += cls.branch
        cls.receivable = cls.company_data["default_account_receivable"]
        cls.tax = cls.env["account.tax"].create(
            {"name": "20 %", "amount": 20, "company_id": cls.company.id}
        )

    # -- what is measured -----------------------------------------------------
    def _exposure(self, partner=None, currency=None, env=None):
        partner = partner or self.customer
        key = (partner.commercial_partner_id.id, self.company.id)
        service = (env or self.env)["credit.exposure"]
        return service._get_customer_exposures({key: currency or self.currency})[key]

    def assertExposure(self, partner=None, **expected):
        """The parts named are as given, all others are zero."""
        exposure = self._exposure(partner)
        parts = ("not_due", "overdue", "orders", "drafts", "notes")
        measured = {
            part: getattr(exposure, part)
            for part in (*parts, "credits", "in_transit")
            if getattr(exposure, part)
        }
        self.assertEqual(measured, expected)
        return exposure

    # -- documents ------------------------------------------------------------
    @classmethod
    def _bill(cls, order, post=True, final=True):
        """Invoice what the order has to invoice, down payments deducted."""
        move = order._create_invoices(final=final)
        move.invoice_date = TODAY
        if post:
            move.action_post()
        return move

    @classmethod
    def _down_payment(cls, order, amount, post=True):
        wizard = cls.env["sale.advance.payment.inv"].create(
            {
                "sale_order_ids": [Command.set(order.ids)],
                "advance_payment_method": "fixed",
                "fixed_amount": amount,
            }
        )
        move = wizard._create_invoices(order)
        move.invoice_date = TODAY
        if post:
            move.action_post()
        return move

    @classmethod
    def _refund(cls, move, reissue=False, post=True):
        """Credit an invoice in full; ``reissue`` returns its replacing draft."""
        wizard = (
            cls.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"journal_id": move.journal_id.id, "date": TODAY})
        )
        action = wizard.modify_moves() if reissue else wizard.refund_moves()
        refund = cls.env["account.move"].browse(action["res_id"])
        if post and not reissue:
            refund.action_post()
        return refund

    @classmethod
    def _entry(cls, partner, amount, account=None, due=None, company=None, post=True):
        """A misc entry that debits ``account`` (receivable) for ``partner``."""
        revenue = cls.company_data["default_account_revenue"]
        values = {"partner_id": partner.id, "date_maturity": due or TODAY}
        entry = cls.env["account.move"].create(
            {
                "move_type": "entry",
                "date": TODAY,
                "company_id": (company or cls.company).id,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": (account or cls.receivable).id,
                            "balance": amount,
                            **values,
                        }
                    ),
                    Command.create({"account_id": revenue.id, "balance": -amount}),
                ],
            }
        )
        if post:
            entry.action_post()
        return entry

    @classmethod
    def _transaction(cls, orders, amount, state="authorized", **values):
        """An online payment of ``orders`` that the provider reports as ``state``."""
        method = cls.env.ref("payment.payment_method_unknown")
        provider = cls.env["payment.provider"].search([("name", "=", "Dummy")])
        if not provider:
            provider = cls.env["payment.provider"].create(
                {
                    "name": "Dummy",
                    "code": "none",
                    "state": "test",
                    "company_id": cls.company.id,
                    "payment_method_ids": [Command.set(method.ids)],
                }
            )
        provider.support_manual_capture = "partial"  # not stored: for what follows
        number = cls.env["payment.transaction"].search_count([]) + 1
        return cls.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": method.id,
                "reference": f"TX{number}",
                "amount": amount,
                "currency_id": cls.currency.id,
                "partner_id": cls.customer.id,
                "operation": "online_redirect",
                "state": state,
                "sale_order_ids": [Command.set(orders.ids)],
            }
            | values
        )

    @classmethod
    def _bare_payment(cls, amount, invoices=None, state="in_process", **values):
        """A customer payment without journal entry, as the host keeps it where the
        bank statement makes the entry; the host's Community edition makes one, so
        the account that asks for it is taken away."""
        payment = cls.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": cls.customer.id,
                "amount": amount,
                "date": TODAY,
            }
            | values
        )
        payment.outstanding_account_id = False
        payment.invoice_ids = invoices
        payment.state = state
        assert not payment.move_id
        return payment
