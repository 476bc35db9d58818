"""Builders that let a test read as a sentence about customers, orders and money."""

from datetime import date, timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.tests import new_test_user

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

TODAY = date(2026, 6, 15)


class CreditCommon(AccountTestInvoicingCommon):
    """A company with a chart of accounts, one customer, one untaxed product.

    The clock stands at ``TODAY`` for the whole class, so that due dates, ageing and
    expiry never depend on the day the suite runs. The product is invoiced on
    ordered quantities and costs what the order says; no tax, so that figures in a
    test are the figures of the rule. ``self.env.user`` is a full administrator;
    the users per role are made by ``_user``.
    """

    @classmethod
    def setUpClass(cls):
        clock = freeze_time(TODAY)
        clock.start()
        cls.addClassCleanup(clock.stop)
        super().setUpClass()
        cls.company = cls.env.company
        cls.currency = cls.company.currency_id
        cls.env.user.group_ids += cls.env.ref("sales_team.group_sale_manager")
        if manager := cls.env.ref(
            "credit_control.group_credit_manager", raise_if_not_found=False
        ):
            cls.env.user.group_ids += manager
        cls.customer = cls._customer("Bright Tools")
        cls.product = cls.env["product.product"].create(
            {
                "name": "Pump",
                "type": "consu",
                "invoice_policy": "order",
                "list_price": 1.0,
                "taxes_id": [Command.clear()],
            }
        )
        cls.immediate = cls.env.ref("account.account_payment_term_immediate")

    # -- cost -----------------------------------------------------------------
    def _count_queries(self, call, warm=lambda: None):
        """Queries of ``call`` with cold records and warm caches of the process.

        It runs twice under the same conditions, the first time to fill what the
        process keeps between requests; ``warm`` reads what a request has read before.
        """
        for _run in range(2):
            self.env.flush_all()
            self.env.invalidate_all()
            warm()
            before = self.env.cr.sql_log_count
            call()
            count = self.env.cr.sql_log_count - before
        return count

    # -- people ---------------------------------------------------------------
    ROLES = {
        "sales": "sales_team.group_sale_salesman",
        "sales_all": "sales_team.group_sale_salesman_all_leads",
        "invoicing": "account.group_account_invoice",
        "analyst": "credit_control.group_credit_user",
        "approver": "credit_control.group_credit_approver",
        "manager": "credit_control.group_credit_manager",
        "auditor": "credit_control.group_credit_auditor",
    }

    @classmethod
    def _user(cls, role, login=None, **values):
        """An internal user who has just the group of ``role`` (see ROLES)."""
        return new_test_user(
            cls.env,
            login=login or f"credit_{role}",
            groups=f"base.group_user,{cls.ROLES[role]}",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
            **values,
        )

    # -- documents ------------------------------------------------------------
    @classmethod
    def _customer(cls, name, **values):
        return cls.env["res.partner"].create(
            {"name": name, "is_company": True, "property_payment_term_id": False}
            | values
        )

    @classmethod
    def _file(cls, limit=None, partner=None, **values):
        """The credit file of ``partner``, with an own limit unless None."""
        if limit is not None:
            values = {"limit_mode": "amount", "credit_limit": limit} | values
        if {"limit_mode", "credit_limit", "limit_date_to"} & set(values):
            values.setdefault("limit_reason", "Test")
        file = cls.env["credit.file"]._ensure(partner or cls.customer, cls.company)
        file = file.with_env(cls.env)
        if values:
            file.write(values)
        return file

    @classmethod
    def _order(cls, amount, partner=None, qty=1, confirm=False, **values):
        """A quotation of one line over ``amount`` (``qty`` × amount ÷ qty)."""
        order = cls.env["sale.order"].create(
            {
                "partner_id": (partner or cls.customer).id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": cls.product.id,
                            "product_uom_qty": qty,
                            "price_unit": amount / qty,
                            # a price typed by hand: a new quantity keeps it
                            "technical_price_unit": cls.product.list_price,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
            | values
        )
        if confirm:
            order.action_confirm()
        return order

    @classmethod
    def _invoice(cls, amount, due_in=30, partner=None, post=True, **values):
        """A customer invoice due ``due_in`` days from TODAY (negative: overdue).

        A negative amount makes a credit note.
        """
        move_type = "out_invoice" if amount >= 0 else "out_refund"
        move = cls.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": (partner or cls.customer).id,
                "invoice_date": min(TODAY, TODAY + timedelta(days=due_in)),
                "invoice_date_due": TODAY + timedelta(days=due_in),
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": cls.product.id,
                            "quantity": 1,
                            "price_unit": abs(amount),
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
            | values
        )
        if post:
            move.action_post()
        return move

    @classmethod
    def _overdue_invoice(cls, amount, days, **values):
        return cls._invoice(amount, due_in=-days, **values)

    @classmethod
    def _pay(cls, invoices, amount=None):
        """Register a payment on ``invoices`` (all of it unless ``amount``)."""
        values = {"payment_date": fields.Date.today()}
        if amount is not None:
            values["amount"] = amount
        return (
            cls.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoices.ids)
            .create(values)
            ._create_payments()
        )

    @classmethod
    def _unapplied_payment(cls, amount, partner=None, **values):
        """Money received from the customer that settles nothing yet."""
        payment = cls.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": (partner or cls.customer).id,
                "amount": amount,
            }
            | values
        )
        payment.action_post()
        return payment
