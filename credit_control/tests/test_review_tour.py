from odoo import Command
from odoo.exceptions import RedirectWarning
from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install", "credit_tour")
class TestReviewTour(HttpCase):
    """From the application to the confirmed order, in a browser."""

    def test_application_approval_limit_at_the_gate(self):
        """Sales applies, the analyst prepares, the approver signs: the order that was
        held passes."""
        groups = {
            "seller": "sales_team.group_sale_salesman",
            "analyst": "credit_control.group_credit_user",
            "approver": "credit_control.group_credit_approver",
        }
        users = {
            role: new_test_user(
                self.env,
                login=f"credit_review_{role}",
                groups=f"base.group_user,{group}",
            )
            for role, group in groups.items()
        }
        customer = self.env["res.partner"].create(
            {"name": "Credit Tour Applicant", "is_company": True}
        )
        product = self.env["product.product"].create(
            {"name": "Pump", "list_price": 1234.0, "taxes_id": False}
        )
        order = (
            self.env["sale.order"]
            .with_user(users["seller"])
            .create(
                {
                    "partner_id": customer.id,
                    "order_line": [Command.create({"product_id": product.id})],
                }
            )
        )
        self.env["credit.application"].with_user(users["seller"]).create(
            {"partner_id": customer.id, "amount": 2000.0, "note": "Pumps"}
        ).action_apply()
        with self.assertRaises(RedirectWarning):
            order.action_confirm()
        self.start_tour(
            "/odoo",
            "credit_analyst_prepares_application",
            login=users["analyst"].login,
        )
        self.start_tour(
            "/odoo",
            "credit_approver_approves_application",
            login=users["approver"].login,
        )
        review = self.env["credit.review"].search([("partner_id", "=", customer.id)])
        self.assertRecordValues(
            review,
            [
                {
                    "state": "approved",
                    "submitted_by": users["analyst"].id,
                    "decided_by": users["approver"].id,
                    "decision_reason": "Balance sheet is fine",
                }
            ],
        )
        self.assertEqual(review.file_id.credit_limit, 2000.0)
        order.with_user(users["seller"]).action_confirm()
        self.assertEqual(order.state, "sale")
