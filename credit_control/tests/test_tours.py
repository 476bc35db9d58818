from datetime import timedelta

from odoo import Command, fields
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.account.tests.common import AccountTestInvoicingCommon


@tagged("post_install", "-at_install", "credit_tour")
class TestCreditTours(HttpCase):
    """The main job in a browser: held, explained, asked for, released.

    Nothing here depends on the day or on demo data: one customer with a limit of
    1,000 without end, one product of 1,234 without tax, two users.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(
            cls.env,
            login="credit_tour_seller",
            groups="base.group_user,sales_team.group_sale_salesman",
        )
        cls.approver = new_test_user(
            cls.env,
            login="credit_tour_approver",
            groups="base.group_user,credit_control.group_credit_approver",
        )
        cls.customer = cls.env["res.partner"].create(
            {"name": "Credit Tour Customer", "is_company": True}
        )
        file = cls.env["credit.file"]._ensure(cls.customer, cls.env.company)
        file.write(
            {"limit_mode": "amount", "credit_limit": 1000, "limit_reason": "Tour"}
        )
        cls.product = cls.env["product.product"].create(
            {
                "name": "Credit Tour Pump",
                "type": "consu",
                "invoice_policy": "order",
                "list_price": 1234.0,
                "taxes_id": False,
            }
        )

    def test_salesperson_is_held_and_asks_for_release(self):
        """A quotation over the limit is refused with figures; one note asks for it."""
        # Odoo logs every RedirectWarning, here the refusal, as an error
        with mute_logger("odoo.http"):
            self.start_tour(
                "/odoo",
                "credit_salesperson_asks_for_release",
                login=self.seller.login,
            )
        order = self.env["sale.order"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual(order.state, "draft")
        hold = self.env["credit.hold"].search([("order_id", "=", order.id)])
        self.assertRecordValues(
            hold,
            [
                {
                    "state": "waiting",
                    "request_note": "He pays on Friday",
                    "requested_by": self.seller.id,
                    "excess": 234.0,
                }
            ],
        )

    def test_approver_releases_and_confirms_in_one_click(self):
        """The queue leads to the hold; a release with its reason confirms the order."""
        order = (
            self.env["sale.order"]
            .with_user(self.seller)
            .create(
                {
                    "partner_id": self.customer.id,
                    "order_line": [
                        Command.create(
                            {"product_id": self.product.id, "product_uom_qty": 1}
                        )
                    ],
                }
            )
        )
        order._credit_request_release("He pays on Friday")
        self.start_tour("/odoo", "credit_approver_releases", login=self.approver.login)
        self.assertEqual(order.state, "sale")
        hold = self.env["credit.hold"].search([("order_id", "=", order.id)])
        self.assertRecordValues(
            hold,
            [
                {
                    "state": "released",
                    "decided_by": self.approver.id,
                    "decision_reason": "Promise of the managing director",
                    "released_amount": 1234.0,
                }
            ],
        )


@tagged("post_install", "-at_install", "credit_tour")
class TestReminderTour(HttpCase, AccountTestInvoicingCommon):
    """The accountant's morning in a browser: called, reminded, and seen what came of
    it. Invoices are overdue from today on, whatever day it is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.accountant = new_test_user(
            cls.env,
            login="credit_tour_accountant",
            groups="base.group_user,account.group_account_invoice",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.debtor, cls.silent = cls.env["res.partner"].create(
            [
                {
                    "name": f"Credit Tour {name}",
                    "is_company": True,
                    "email": f"{name.lower()}@example.com",
                }
                for name in ("Debtor", "Silent")
            ]
        )
        cls._overdue(cls.debtor, 700, 30)
        cls.left_out = cls._overdue(cls.debtor, 55, 20)
        cls._overdue(cls.silent, 900, 40)

    @classmethod
    def _overdue(cls, partner, amount, days):
        due = fields.Date.today() - timedelta(days=days)
        move = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": due,
                "invoice_date_due": due,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Pump",
                            "quantity": 1,
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )
        move.action_post()
        return move

    def test_accountant_reminds(self):
        """From the menu: a call logged with its next date, a reminder looked at, an
        item left out, sent; the worklist shows the new level."""
        self.start_tour(
            "/odoo", "credit_accountant_reminds", login=self.accountant.login
        )
        entry = self.env["credit.contact"].search([("partner_id", "=", self.silent.id)])
        no_answer = self.env.ref("credit_control.credit_contact_result_no_answer")
        self.assertRecordValues(
            entry,
            [
                {
                    "kind": "call",
                    "result_id": no_answer.id,
                    "user_id": self.accountant.id,
                    "next_date": no_answer._get_next_date(fields.Date.today()),
                    "next_action": "Ask for Mrs. Lang",
                    "next_open": True,
                }
            ],
        )
        notice = self.env["credit.dunning.notice"].search(
            [("partner_id", "in", (self.debtor + self.silent).ids)]
        )
        self.assertRecordValues(
            notice, [{"state": "sent", "partner_id": self.debtor.id, "amount": 700.0}]
        )
        removed = notice.line_ids.filtered("removed")
        self.assertEqual(removed.move_id, self.left_out)
        work = self.env["credit.dunning.work"].search(
            [("partner_id", "=", self.debtor.id)]
        )
        self.assertEqual(work.level_reached, notice.level_number)
