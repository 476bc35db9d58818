"""What each indicator of early warning measures, and from when on."""

from datetime import timedelta

from odoo.tests import freeze_time, tagged

from .alert_common import AlertCommon
from .common import TODAY


@tagged("post_install", "-at_install")
class TestAlertIndicators(AlertCommon):
    """Each indicator: at the threshold an alert, below none, with its figures."""

    def _check(self, indicator, at, above, text, **values):
        """An alert at the threshold ``at``, none at ``above``."""
        alert = self._look(self._rule(indicator, at, **values))
        self.assertEqual(alert.file_id, self.file)
        self.assertEqual(alert.value, at)
        self.assertIn(text, alert.text.replace("\N{NO-BREAK SPACE}", ""))
        self.assertFalse(self._look(self._rule(indicator, above, **values)))
        return alert

    def test_overdue(self):
        self._overdue_invoice(300, days=40)
        self._overdue_invoice(50, days=5)
        self._check("overdue", 40, 41, "40 days past due, $350.00 overdue")

    def test_small_amounts_are_no_alert(self):
        """In the rule's currency, whatever that of the file is."""
        self._overdue_invoice(300, days=40)
        for least, hit in ((300, True), (300.01, False)):
            self.assertEqual(bool(self._look(self._rule(min_amount=least))), hit)
        gold = {"currency_id": self.gold.id}
        for least, hit in ((600, True), (600.01, False)):
            self.assertEqual(
                bool(self._look(self._rule(min_amount=least, **gold))), hit
            )

    def test_utilisation(self):
        self._invoice(900)
        self._check("utilisation", 90, 90.01, "90 % of the limit used: $900.00 of $1")

    def test_customer_without_limit_uses_none(self):
        self.file._set_limit("unlimited", reason="Best customer")
        self._invoice(90000)
        self.assertFalse(self._look(self._rule("utilisation", 1)))

    def test_concentration(self):
        """A share of all exposure, also of customers who have no file."""
        self._invoice(250)
        self._invoice(750, partner=self._customer("Without file"))
        alert = self._check("concentration", 25, 25.01, "25 % of all exposure: $250.00")
        self.assertIn("1,000.00", alert.text)

    def test_shipped_marks_of_concentration(self):
        """A tenth is a low alert, a quarter a high one; both hold."""
        self._invoice(260)
        self._invoice(740, partner=self._customer("Without file"))
        marks = self.env["credit.alert.rule"]
        for name in ("10", "25"):
            marks += self.env.ref(
                f"credit_control.credit_alert_rule_concentration_{name}"
            )
        marks.active = True
        alerts = self._look(marks).filtered(lambda a: a.company_id == self.company)
        self.assertEqual(sorted(alerts.mapped("severity")), ["1", "3"])

    def test_concentration_in_a_foreign_currency(self):
        """The exposure of a file counts in the company's currency."""
        self.file._set_limit("amount", 5000, reason="Gold", currency=self.gold)
        self._invoice(250)
        self._invoice(750, partner=self._customer("Without file"))
        alert = self._look(self._rule("concentration", 1))
        self.assertEqual(alert.value, 25)
        self.assertEqual(alert.figures["amount"], 500)
        self.assertEqual(alert.figures["total_amount"], 2000)

    def test_slower_payment(self):
        """Paid 10 days late last quarter, 2 days late before: 6 days in the year."""
        for invoiced, late in ((200, 2), (40, 10)):
            due = TODAY - timedelta(days=invoiced)
            invoice = self._invoice(100, due_in=-invoiced)
            with freeze_time(due + timedelta(days=late)):
                self._pay(invoice)
        self._check("slower_payment", 4, 4.01, "pays 10.0 days after due, 6.0 before")

    def test_order_surge(self):
        """Three times of what he usually orders in a month."""
        for days_ago, amount in ((75, 100), (45, 100), (5, 300)):
            order = self._order(amount)
            order.action_confirm()
            order.date_order = TODAY - timedelta(days=days_ago)
        alert = self._look(self._rule("order_surge", 150, days=30))
        # 200 in the 45 days before the last 30: 133.33 a month
        self.assertEqual(alert.value, 225)
        self.assertEqual(alert.figures["now_amount"], 300)
        self.assertFalse(self._look(self._rule("order_surge", 226, days=30)))

    def test_partial_payments(self):
        for _n in range(2):
            self._pay(self._invoice(100), 30)
        self._pay(self._invoice(100))
        self._check(
            "partial_payments", 2, 3, "2 items paid in part in 30 days, $140.00"
        )

    def test_credit_note_is_no_partial_payment(self):
        invoice, refund = self._invoice(100), self._invoice(-30)
        (invoice | refund).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        ).reconcile()
        self.assertFalse(self._look(self._rule("partial_payments", 1)))

    def test_broken_promise(self):
        items = self._overdue_invoice(100, days=10).line_ids.filtered("date_maturity")
        promise = self.env["credit.promise"]._create_promise(items, TODAY)
        rule = self._rule("broken_promise", 1)
        self.assertFalse(self._look(rule))
        promise.sudo().write({"state": "broken", "closed_on": TODAY})
        self._check("broken_promise", 1, 2, "1 promises broken in 30 days, $100.00")
        with self.at(30):
            self.assertFalse(self._look(self._rule("broken_promise", 1)))

    def test_insurer_cuts_cover(self):
        """What the cover was is known from the log."""
        cover = self._insured(1000)
        with self.at(40):
            cover.insured_limit = 700
            self._check("insurer_cut", 30, 30.01, "insured $700.00, $1,000.00 30 days")
            cover.insured_limit = 900
            self.assertEqual(self._look(self._rule("insurer_cut", 5)).value, 10)
        with self.at(80):
            self.assertFalse(self._look(self._rule("insurer_cut", 1)))

    def test_cover_that_ends_is_a_cut(self):
        """Unless another one takes its place."""
        self._insured(1000, date_to=TODAY - timedelta(days=2))
        rule = self._rule("insurer_cut", 1)
        alert = self._look(rule)
        self.assertEqual(alert.value, 100)
        self._insured(1200, date_from=TODAY - timedelta(days=1))
        self._look(rule)
        self.assertTrue(alert.cleared_on)

    def test_archived_cover_and_ended_policy_were_no_cover_before(self):
        """What insured nobody when the period began was not cut; what was archived
        since then was."""
        policy = self.env["credit.insurance.policy"].create(
            {
                "number": "Old",
                "insurer_id": self._customer("Insurer").id,
                "date_from": TODAY - timedelta(days=400),
                "date_to": TODAY - timedelta(days=200),
            }
        )
        with self.at(-100):
            self._insured(5000, active=False)
        self._insured(3000, policy_id=policy.id)
        cover = self._insured(1000)
        rule = self._rule("insurer_cut", 1)
        self.assertFalse(self._look(rule))
        with self.at(5):
            cover.active = False
            self.assertEqual(self._look(rule).value, 100)

    def test_score_drop(self):
        """On the same card, within the period."""
        card = self.env["credit.scorecard"].search([], limit=1)
        for day, total in ((60, 80.0), (10, 65.0)):
            self.file.sudo().score_id = (
                self.env["credit.score"]
                .sudo()
                .create(
                    {
                        "file_id": self.file.id,
                        "date": TODAY - timedelta(days=day),
                        "scorecard_id": card.id,
                        "total": total,
                    }
                )
            )
        self._check("score_drop", 15, 15.01, "score 65.0, 80.0 before: 15 points")
        self.assertFalse(self._look(self._rule("score_drop", 1, days=10)))

    def test_rating_change(self):
        """An agency's newest rating against the one before, on its own scale."""
        agency = self.env["credit.agency"].create(
            {"name": "Agency", "code": "ag", "best": 100, "worst": 0}
        )
        for day, value in ((200, "90"), (5, "70")):
            self.env["credit.rating"].create(
                {
                    "file_id": self.file.id,
                    "agency_id": agency.id,
                    "value": value,
                    "date_from": TODAY - timedelta(days=day),
                }
            )
        self._check("rating_change", 20, 20.01, "Agency: 70, 90 before: 20 points")
        self.assertFalse(self._look(self._rule("rating_change", 1, days=5)))

    def test_every_indicator_has_measure_and_words(self):
        indicators = set(dict(self.Alert._fields["indicator"].selection))
        self.assertEqual(set(self.service._get_measures()), indicators)
