"""A customer applies on the portal: his own customer only, seldom, in neutral words."""

import io

from odoo import Command, http
from odoo.exceptions import UserError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import TODAY, CreditCommon

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@tagged("post_install", "-at_install")
class TestReviewPortal(HttpCase, CreditCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.credit_portal_apply = True
        cls.user = new_test_user(
            cls.env,
            login="credit_applicant",
            groups="base.group_portal",
            password="applicant_pw",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.user.partner_id.parent_id = cls.customer
        cls.stranger = cls._customer("Stranger")

    def setUp(self):
        super().setUp()
        self.env.flush_all()
        self.authenticate("credit_applicant", "applicant_pw")

    def _reviews(self):
        self.env.invalidate_all()
        return self.env["credit.review"].search([("kind", "=", "application")])

    def _post(self, files=(), **values):
        data = {
            "csrf_token": http.Request.csrf_token(self),
            "company_id": self.company.id,
            "amount": "5000",
            "note": "Pumps",
        }
        files = [("attachment", (name, io.BytesIO(body))) for name, body in files]
        response = self.url_open(
            "/my/credit/apply", data=data | values, files=files or None
        )
        self.assertEqual(response.status_code, 200)
        return response.text

    def test_customer_applies(self):
        """The credit team gets it with its file; the customer reads thanks, and later
        that we are at work, nothing else."""
        page = self._post([("balance.pdf", PDF)])
        self.assertIn("Thank you. We will look at it", page)
        self.assertIn("We are looking at your application", page)
        review = self._reviews()
        self.assertRecordValues(
            review,
            [
                {
                    "partner_id": self.customer.id,
                    "company_id": self.company.id,
                    "origin": "portal",
                    "requested_amount": 5000.0,
                    "reason": "Pumps",
                    "state": "draft",
                }
            ],
        )
        self.assertEqual(review.file_id.state, "prospect")
        attached = self.env["ir.attachment"].search(
            [("res_model", "=", "credit.review"), ("res_id", "=", review.id)]
        )
        self.assertEqual(attached.mapped("name"), ["balance.pdf"])
        self.assertFalse(attached.public)
        review.sudo()._close("rejected", "He never pays")
        self.env.flush_all()
        page = self.url_open("/my/credit/apply").text
        self.assertNotIn("never pays", page)
        self.assertNotIn("ejected", page)

    def test_one_open_application(self):
        """The second one is not made; the first is answered first."""
        self._post()
        self.assertIn("already", self._post())
        self.assertEqual(len(self._reviews()), 1)

    def test_rate_is_limited(self):
        """Not more than three a day, even when each was answered."""
        for _n in range(4):
            page = self._post()
            drafts = self._reviews().filtered(lambda review: review.state == "draft")
            drafts.sudo()._close("withdrawn", "Test")
            self.env.flush_all()
        self.assertIn("try again tomorrow", page)
        self.assertEqual(len(self._reviews()), 3)

    def test_tampering_changes_nothing(self):
        """Another customer, another company, odd numbers, odd files: refused."""
        other = self.env["res.company"].create({"name": "Other"})
        cases = [
            ({"company_id": other.id}, "choose the company"),
            ({"company_id": "1 OR 1=1"}, "choose the company"),
            ({"company_id": "9" * 30}, "choose the company"),
            ({"amount": "-5"}, "enter the amount"),
            ({"amount": "nan"}, "as a number"),
            ({"amount": "inf"}, "as a number"),
            ({"amount": "=1+1"}, "as a number"),
            ({"files": [("evil.pdf", b"<html><script>1</script></html>")]}, "PDF, PNG"),
            ({"files": [(f"{n}.pdf", PDF) for n in range(6)]}, "at most 5 files"),
        ]
        for values, text in cases:
            with self.subTest(**{name: str(value) for name, value in values.items()}):
                self.assertIn(text, self._post(**values))
                self.assertFalse(self._reviews())
        self._post(
            partner_id=self.stranger.id,
            file_id=1,
            state="approved",
            credit_limit="1e9",
            user_id=self.user.id,
        )
        review = self._reviews()
        self.assertEqual(review.partner_id, self.customer)
        self.assertEqual(review.state, "draft")
        self.assertEqual(review.credit_limit, 5000.0)

    def test_nothing_without_the_setting(self):
        """Off by default: the page is not there, and a post is refused."""
        self.company.credit_portal_apply = False
        self.env.flush_all()
        self.assertEqual(self.url_open("/my/credit/apply").status_code, 404)
        with self.assertRaisesRegex(UserError, "choose the company"):
            self.env["credit.review"].with_user(self.user)._create_from_portal(
                self.user.partner_id, self.company.id, 5.0, None, "", []
            )
        self.assertFalse(self._reviews())

    @mute_logger("odoo.http")
    def test_customer_reads_no_review_by_rpc(self):
        """Neither reviews, nor the way round through the application dialog."""
        self._post()
        for model in ("credit.review", "credit.review.item", "credit.application"):
            result = self.url_open(
                f"/web/dataset/call_kw/{model}/search_read",
                json={
                    "params": {
                        "model": model,
                        "method": "search_read",
                        "args": [[]],
                        "kwargs": {},
                    }
                },
            ).json()
            self.assertIn("AccessError", str(result.get("error")), model)

    def test_existing_customer_keeps_his_credit(self):
        """Applying for more takes nothing away; a contact of his may apply, too."""
        file = self._file(limit=1000.0)
        self._post()
        self.env.invalidate_all()
        self.assertEqual(file.state, "open")
        self.assertEqual(file.credit_limit, 1000.0)
        self.assertEqual(self._reviews().file_id, file)
        self.assertEqual(self._reviews().date_due, TODAY)
