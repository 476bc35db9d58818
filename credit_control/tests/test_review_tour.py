from datetime import timedelta

from odoo import Command, fields
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

    def test_alert_review_outcome(self):
        """An alert starts a review; the analyst opens it, begins, and closes the alert
        with its outcome."""
        analyst = new_test_user(
            self.env,
            login="credit_alert_analyst",
            groups="base.group_user,credit_control.group_credit_user",
        )
        customer = self.env["res.partner"].create(
            {"name": "Credit Tour Late Payer", "is_company": True}
        )
        file = self.env["credit.file"]._ensure(customer, self.env.company)
        file.user_id = analyst
        due = fields.Date.today() - timedelta(days=40)
        product = self.env["product.product"].create(
            {"name": "Pump", "list_price": 1234.0, "taxes_id": False}
        )
        self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": customer.id,
                "invoice_date": due,
                "invoice_date_due": due,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [Command.create({"product_id": product.id})],
            }
        ).action_post()
        rule = self.env["credit.alert.rule"].create(
            {
                "name": "Pays late",
                "indicator": "overdue",
                "threshold": 30,
                "action": "review",
                "company_id": self.env.company.root_id.id,
            }
        )
        self.env["credit.alerting"].sudo()._evaluate_now(rule)
        self.start_tour("/odoo", "credit_analyst_answers_alert", login=analyst.login)
        alert = self.env["credit.alert"].search([("partner_id", "=", customer.id)])
        self.assertRecordValues(alert, [{"state": "closed", "outcome": "no_action"}])
        self.assertEqual(alert.review_id.state, "in_review")
