from odoo import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger


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
