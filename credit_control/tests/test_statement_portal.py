"""The customer's account on the portal: his own, and nobody else's."""

import io
from datetime import timedelta
from unittest.mock import patch

from openpyxl import load_workbook

from odoo import http
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..tools.rate import Rate
from .common import TODAY
from .dunning_common import DunningCommon
from .test_statement import StatementCommon

CONTROLLERS = "odoo.addons.credit_control.controllers"


class PortalCommon(HttpCase, StatementCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.buyer = cls._portal_user("buyer", cls.customer)
        cls.stranger = cls._customer("Stranger Ltd")
        cls.mine = cls._overdue_invoice(300.0, 40)
        cls.theirs = cls._overdue_invoice(987.65, 20, partner=cls.stranger)

    @classmethod
    def _portal_user(cls, login, customer):
        contact = cls.env["res.partner"].create(
            {"name": f"Contact {login}", "parent_id": customer.id}
        )
        return new_test_user(
            cls.env,
            login=login,
            groups="base.group_portal",
            partner_id=contact.id,
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
        )

    def _item(self, move):
        return move.line_ids.filtered(lambda line: line.account_id == self.receivable)

    def _page(self, url="/my/credit", user="buyer"):
        self.authenticate(user, user)
        return self.url_open(url)

    def _post(self, url, items=(), user="buyer", **form):
        self.authenticate(user, user)
        ids = [getattr(item, "id", item) for item in items]
        data = {"csrf_token": http.Request.csrf_token(self), "item": ids} | form
        return self.url_open(url, data=data)

    def _promises(self, partner=None):
        return self.env["credit.promise"].search(
            [("partner_id", "=", (partner or self.customer).id)]
        )

    def _disputes(self, partner=None):
        return self.env["credit.dispute"].search(
            [("partner_id", "=", (partner or self.customer).id)]
        )

    def _in_days(self, days):
        return str(TODAY + timedelta(days=days))


@tagged("post_install", "-at_install")
class TestCreditPortal(PortalCommon):
    def test_page_shows_the_own_account_only(self):
        """The items, ageing and balance of his company; nothing of a stranger's."""
        page = self._page().text
        self.assertIn(self.mine.name, page)
        self.assertIn("300.00", page)
        self.assertIn("31–60 Days", page)
        self.assertNotIn(self.theirs.name, page)
        self.assertNotIn("987.65", page)

    def test_page_never_says_what_we_think_of_him(self):
        """No limit, grade, state, hold or reason, on no page and in no file."""
        self._file(
            98765.0,
            grade_id=self.env.ref("credit_control.credit_grade_e").id,
            state="stop",
            remarks="slow payer",
        )
        company = self.company.id
        for url in ("", "?kind=movements", f"/{company}/pdf"):
            page = self._page(f"/my/credit{url}").text
            for text in ("98765", "98,765", "Poor", "Stopped", "slow payer", "Limit"):
                with self.subTest(url=url, text=text):
                    self.assertNotIn(text, page)

    def test_movements_of_a_period(self):
        page = self._page(
            f"/my/credit?kind=movements&date_from={self._in_days(-60)}"
            f"&date_to={self._in_days(0)}"
        ).text
        for text in ("Opening Balance", "Closing Balance", self.mine.name):
            self.assertIn(text, page)

    def test_nonsense_in_the_address_is_left_out(self):
        for query in ("kind=limits", "kind=movements&date_from=soon&date_to=%00"):
            self.assertEqual(self._page(f"/my/credit?{query}").status_code, 200)

    def test_files_are_his_own(self):
        """Excel and PDF hold his items; other companies' accounts are not found."""
        answer = self._page(f"/my/credit/{self.company.id}/xlsx")
        book = load_workbook(io.BytesIO(answer.content))
        documents = [row[4].value for row in book["Items"].iter_rows(min_row=2)]
        self.assertEqual(documents, [self.mine.name])
        pdf = self._page(f"/my/credit/{self.company.id}/pdf").text
        self.assertIn(self.mine.name, pdf)
        self.assertNotIn(self.theirs.name, pdf)
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        for company_id in (elsewhere.id, 0, 999999):
            for form in ("pdf", "xlsx"):
                answer = self._page(f"/my/credit/{company_id}/{form}")
                self.assertEqual(answer.status_code, 404)

    @mute_logger("odoo.http")
    def test_files_are_not_rendered_without_end(self):
        """Statements as PDF cost the server time: some in ten minutes are enough,
        whatever contact of the customer asks."""
        with patch(f"{CONTROLLERS}.portal.FILES", Rate(2, 600)):
            url = f"/my/credit/{self.company.id}/xlsx"
            codes = [self._page(url).status_code for _turn in range(3)]
        self.assertEqual(codes, [200, 200, 429])

    def test_no_address_names_another_customer(self):
        """Ids, partners and tokens in the address change nothing."""
        self.theirs._portal_ensure_token()
        query = (
            f"partner_id={self.stranger.id}&partner_ids={self.stranger.id}"
            f"&access_token={self.theirs.access_token}&id={self.theirs.id}"
        )
        for url in ("", f"/{self.company.id}/pdf", f"/{self.company.id}/xlsx"):
            answer = self._page(f"/my/credit{url}?{query}")
            self.assertEqual(answer.status_code, 200)
            self.assertNotIn(self.theirs.name.encode(), answer.content)

    def test_strangers_are_asked_to_log_in(self):
        """Without a login there is no page, not even with an invoice's token."""
        self.mine._portal_ensure_token()
        self.authenticate(None, None)
        for url in ("", f"/{self.company.id}/pdf", f"/{self.company.id}/xlsx"):
            answer = self.url_open(
                f"/my/credit{url}?access_token={self.mine.access_token}"
            )
            self.assertIn("/web/login", answer.url)

    def test_the_back_door_of_reports_is_shut(self):
        """A portal user cannot print statements by the report's own address."""
        self.authenticate("buyer", "buyer")
        url = f"/report/html/credit_control.report_statement/{self.stranger.id}"
        with mute_logger("odoo.http"):
            answer = self.url_open(url)
        self.assertNotIn(self.theirs.name, answer.text)
        self.assertNotEqual(answer.status_code, 200)

    def test_card_leads_to_the_page(self):
        self.authenticate("buyer", "buyer")
        self.assertIn("/my/credit", self.url_open("/my").text)
        counters = self.make_jsonrpc_request(
            "/my/counters", {"counters": ["credit_account_count"]}
        )
        self.assertEqual(counters["credit_account_count"], 1)

    def test_page_costs_the_same_for_many_items(self):
        """The page of 40 items takes as many queries as that of one."""
        service = self.env["credit.statement"]
        partner = self.buyer.partner_id

        def read():
            return service._get_portal_accounts(partner)

        few = self._count_queries(read)
        for _number in range(40):
            self._invoice(10.0)
        self.assertLessEqual(self._count_queries(read), few + 2)

    def test_page_in_chinese(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"].search(
            [("name", "=", "credit_control")]
        )._update_translations("zh_CN")
        self.buyer.lang = "zh_CN"
        page = self._page().text
        for text in ("对账单", "未清金额", "逾期天数", "我将在该日付款", "31–60 天"):
            self.assertIn(text, page)


@tagged("post_install", "-at_install")
class TestCreditPortalPromise(PortalCommon):
    def test_customer_promises_a_day(self):
        """It is his promise, for the items he ticked; the page says so."""
        page = self._post(
            "/my/credit/promise", self._item(self.mine), date=self._in_days(5)
        ).text
        promise = self._promises()
        self.assertEqual(promise.amount, 300.0)
        self.assertEqual(promise.date, TODAY + timedelta(days=5))
        self.assertEqual(promise.contact_id, self.buyer.partner_id)
        self.assertEqual(promise.source, "portal")
        self.assertIn("We have noted the day", page)
        self.assertIn("payment announced for 06/20/2026", page)

    def test_items_of_others_cannot_be_promised(self):
        """Alone or among his own, under any id: refused, in neutral words."""
        other_line = self.mine.line_ids - self._item(self.mine)
        for items in (
            self._item(self.theirs),
            self._item(self.theirs) + self._item(self.mine),
            [999999999],
            ["1 OR 1=1", "-1", "٣"],
            [],
            other_line,
        ):
            page = self._post(
                "/my/credit/promise", items, date=self._in_days(5), amount="1"
            ).text
            self.assertIn("alert-warning", page)
            self.assertNotIn(self.theirs.name, page)
        self.assertFalse(self._promises())
        self.assertFalse(self._promises(self.stranger))

    def test_tampered_forms_are_refused(self):
        """Amounts and days that make no sense, fields that are not his to set."""
        items = self._item(self.mine)
        for form in (
            {"date": self._in_days(5), "amount": "nan"},
            {"date": self._in_days(5), "amount": "inf"},
            {"date": self._in_days(5), "amount": "-5"},
            {"date": self._in_days(5), "amount": "1e99"},
            {"date": self._in_days(5), "amount": "300.01"},
            {"date": self._in_days(5), "amount": "=1+1"},
            {"date": self._in_days(-1)},
            {"date": "9999-12-31"},
            {"date": "tomorrow"},
            {},
        ):
            with self.subTest(form=form):
                page = self._post("/my/credit/promise", items, **form).text
                self.assertIn("alert-warning", page)
                self.assertFalse(self._promises())
        self._post(
            "/my/credit/promise",
            items,
            date=self._in_days(5),
            partner_id=self.stranger.id,
            state="kept",
            user_id=self.buyer.id,
        )
        promise = self._promises()
        self.assertEqual(promise.state, "open")
        self.assertNotEqual(promise.user_id, self.buyer)
        self.assertFalse(self._promises(self.stranger))

    def test_markup_in_a_remark_stays_text(self):
        note = "<script>alert(1)</script>"
        self._post(
            "/my/credit/promise",
            self._item(self.mine),
            date=self._in_days(5),
            note=note + "x" * 5000,
        )
        self.assertEqual(len(self._promises().note), 1000)
        self.assertNotIn(note, self._page().text)

    def test_form_needs_its_token(self):
        """A form of another site cannot promise for him, nor can a GET."""
        self.authenticate("buyer", "buyer")
        data = {"item": self._item(self.mine).id, "date": self._in_days(5)}
        with mute_logger("odoo.http"):
            answer = self.url_open("/my/credit/promise", data=data)
        self.assertEqual(answer.status_code, 400)
        answer = self.url_open(
            f"/my/credit/promise?item={data['item']}&date={data['date']}"
        )
        self.assertEqual(answer.status_code, 405)
        self.assertFalse(self._promises())

    def test_ten_a_day_are_enough(self):
        """Whoever promises without end is asked to call."""
        invoices = [self._overdue_invoice(10.0, days) for days in range(1, 12)]
        for invoice in invoices:
            page = self._post(
                "/my/credit/promise", self._item(invoice), date=self._in_days(5)
            ).text
        self.assertIn("enough for today", page)
        self.assertEqual(len(self._promises()), 10)


@tagged("post_install", "-at_install")
class TestCreditPortalDispute(PortalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reason = cls.env["credit.dispute.reason"].create({"name": "Broken"})
        cls.secret = cls.env["credit.dispute.reason"].create(
            {"name": "Internal quarrel", "online": False}
        )

    def test_customer_disputes_an_item(self):
        """Part of it, with reason and words; page and letter say that we look."""
        page = self._post(
            "/my/credit/dispute",
            self._item(self.mine),
            reason=self.reason.id,
            amount="120",
            note="two pumps came broken",
        ).text
        dispute = self._disputes()
        self.assertEqual(dispute.amount, 120.0)
        self.assertEqual(dispute.note, "two pumps came broken")
        self.assertEqual(dispute.contact_id, self.buyer.partner_id)
        self.assertIn("will answer you", page)
        self.assertIn("we are looking into it", page)
        self.assertTrue(self._statement().rows[0].disputed)

    def test_items_and_reasons_of_others_are_refused(self):
        """Others' items, reasons that are not offered, ids that are none."""
        mine, reason = self._item(self.mine), self.reason.id
        for items, form in (
            (self._item(self.theirs), {"reason": reason}),
            (mine + self._item(self.theirs), {"reason": reason}),
            (mine, {"reason": self.secret.id}),
            (mine, {"reason": "999999999"}),
            (mine, {"reason": "x"}),
            (mine, {}),
            (mine, {"reason": reason, "amount": "300.01"}),
            (mine, {"reason": reason, "amount": "-1"}),
            ([], {"reason": reason}),
            (["7"] * 60, {"reason": reason}),
        ):
            with self.subTest(items=items, form=form):
                page = self._post("/my/credit/dispute", items, **form).text
                self.assertIn("alert-warning", page)
                self.assertNotIn(self.theirs.name, page)
                self.assertNotIn("Internal quarrel", page)
        self.assertFalse(self._disputes() + self._disputes(self.stranger))

    def test_same_item_twice_is_told(self):
        items, reason = self._item(self.mine), self.reason.id
        for text in ("alert-success", "alert-warning"):
            page = self._post("/my/credit/dispute", items, reason=reason).text
            self.assertIn(text, page)
        self.assertEqual(len(self._disputes()), 1)


@tagged("post_install", "-at_install")
class TestReminderLink(HttpCase, DunningCommon):
    """The link in a reminder's e-mail, for a customer without log-in."""

    def setUp(self):
        super().setUp()
        self.first = self._overdue_invoice(300, 40)
        self.second = self._overdue_invoice(50, 20)
        self.notice = self._send(self._propose(self.customer))

    def _open(self, url=None):
        url = url or self.env["credit.dunning"]._get_payment_url(self.notice)
        return self.url_open(url.removeprefix(self.notice.get_base_url()))

    def test_open_items_are_paid_each_on_its_own_page(self):
        page = self._open().text
        for move, amount in ((self.first, "300.00"), (self.second, "50.00")):
            self.assertIn(move.name, page)
            self.assertIn(amount, page)
            self.assertIn(f"access_token={move.access_token}", page)
        self._pay(self.first)
        answer = self._open()
        self.assertIn(f"/my/invoices/{self.second.id}", answer.url)
        self.assertIn(self.second.name, answer.text)
        self._pay(self.second)
        self.assertIn("Nothing of this reminder is open any more", self._open().text)

    @mute_logger("odoo.http")
    def test_page_is_not_computed_without_end(self):
        """Who has the link may look often, but not hundreds of times a minute."""
        with patch(f"{CONTROLLERS}.reminder.PAGES", Rate(2, 60)):
            codes = [self._open().status_code for _turn in range(3)]
        self.assertEqual(codes, [200, 200, 429])

    @mute_logger("odoo.http")
    def test_token_of_another_reminder_opens_nothing(self):
        """Nor a guessed one, nor one for a reminder that was not sent."""
        stranger = self._customer("Stranger")
        theirs = self._overdue_invoice(70, 40, partner=stranger)
        other = self._propose(stranger).notice_ids
        token = self.notice._get_payment_token()
        for url in (
            f"/reminder/{other.id}/{token}",
            f"/reminder/{self.notice.id}/{other._get_payment_token()}",
            f"/reminder/{self.notice.id}/0",
            f"/reminder/{2**31 - 1}/{token}",
        ):
            with self.subTest(url):
                self.assertEqual(self._open(url).status_code, 404)
        page = self._open(self.env["credit.dunning"]._get_payment_url(other)).text
        self.assertNotIn(theirs.name, page, "not sent yet")
