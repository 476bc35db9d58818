"""How customers have paid: rules one by one, random ledgers, people, cost."""

from datetime import date, timedelta
from random import Random
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from ..tools.behaviour import Behaviour
from .behaviour_common import BehaviourCommon
from .common import TODAY

LEDGERS, STEPS = 5, 24
FIGURES = [name for name in Behaviour.__slots__ if name != "day"]


class NothingOpen(Exception):
    """There is no invoice to pay, credit or cancel."""


@tagged("post_install", "-at_install")
class TestBehaviour(BehaviourCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.term = cls.env["account.payment.term"].create(
            {
                "name": "Three parts",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": share, "nb_days": days}
                    )
                    for share, days in ((30, 0), (30, 15), (40, 45))
                ],
            }
        )
        cls.buyer = cls._customer(
            "Buyer", parent_id=cls.customer.id, type="invoice", is_company=False
        )
        cls.second = cls._customer("Second")
        partners = cls.customer + cls.buyer + cls.second
        partners.with_company(
            cls.branch
        ).property_account_receivable_id = cls.receivable

    # -- one rule at a time --------------------------------------------------------
    def test_partial_payments_weigh_by_amount(self):
        """DOMAIN: Σ(amount × days from due to paid) ÷ Σ amount, open to today."""
        invoice = self._billed(1000, days_ago=60)  # due 30 days ago
        self._paid(invoice, days_ago=40, amount=300)  # 10 early
        self._paid(invoice, days_ago=20, amount=200)  # 10 late
        paid = self._measured()
        self.assertAlmostEqual(paid.days_late, (-3000 + 2000 + 15000) / 1000)
        self.assertAlmostEqual(paid.days_late_clipped, 17.0)
        self.assertAlmostEqual(paid.on_time_pct, 30.0)
        self.assertEqual((paid.largest_delay_days, paid.part_count), (30, 3))

    def test_as_of_a_day_nothing_later_is_known(self):
        """No look-ahead: what was paid or billed after the day is not known."""
        invoice = self._billed(100, days_ago=60)
        self._paid(invoice, days_ago=10)
        self._billed(500, days_ago=5)
        then = self._measured(days_ago=15)  # 15 days past due, open
        self.assertEqual((then.days_late, then.turnover), (15.0, 100.0))
        self.assertEqual(then.day, TODAY - timedelta(days=15))
        self.assertEqual(self._measured(days_ago=61).part_count, 0)
        self.assertIsNone(self._measured(days_ago=61).days_late)
        self.assertEqual(self._measured(days_ago=9).largest_delay_days, 20)

    def test_future_invoice_does_not_exist_today(self):
        """An invoice dated tomorrow is no behaviour of today."""
        self._billed(100, days_ago=-1)
        self.assertEqual(self._measured().part_count, 0)

    def test_every_instalment_has_its_own_due_date(self):
        day = TODAY - timedelta(days=30)
        self._invoice(1000, invoice_date=day, invoice_payment_term_id=self.term.id)
        paid = self._measured()
        # 30 % due 30 days ago, 30 % 15 days ago, 40 % in 15 days
        self.assertEqual(paid.part_count, 3)
        self.assertAlmostEqual(paid.days_late, 0.3 * 30 + 0.3 * 15 - 0.4 * 15)
        self.assertAlmostEqual(paid.on_time_pct, 0.0)

    def test_what_is_not_due_says_nothing_about_punctuality(self):
        self._billed(100, days_ago=1)
        paid = self._measured()
        self.assertIsNone(paid.on_time_pct)
        self.assertEqual((paid.days_late, paid.largest_delay_days), (-29.0, 0))

    def test_grace_days_of_the_company_count_as_on_time(self):
        invoice = self._billed(100, days_ago=60)
        self._paid(invoice, days_ago=27)  # 3 late
        self.assertEqual(self._measured().on_time_pct, 0.0)
        self.company.credit_overdue_grace_days = 3
        self.assertEqual(self._measured().on_time_pct, 100.0)
        self.assertEqual(self._measured().days_late, 3.0)

    def test_credit_note_is_no_payment(self):
        """What is credited was not paid: it counts in its share only, from its day."""
        invoice = self._billed(400, days_ago=80)
        self._paid(self._billed(600, days_ago=80), days_ago=40)
        self._credited(invoice, days_ago=10)
        paid = self._measured()
        self.assertEqual((paid.days_late, paid.part_count), (10.0, 1))
        self.assertEqual((paid.credit_note_pct, paid.turnover), (40.0, 600.0))
        then = self._measured(days_ago=20)  # 400 open for 30 days, 600 paid after 10
        self.assertAlmostEqual(then.days_late, 0.4 * 30 + 0.6 * 10)
        self.assertEqual((then.credit_note_pct, then.turnover), (0.0, 1000.0))

    def test_returned_payment_leaves_the_invoice_open(self):
        """The entry of a payment is reversed: the invoice was not paid, and that it
        was tried is counted."""
        invoice = self._billed(100, days_ago=60)
        payment = self._paid(invoice, days_ago=35)
        self.assertEqual(self._measured().days_late, -5.0)
        self._bounced(payment, days_ago=20)
        paid = self._measured()
        self.assertEqual((paid.days_late, paid.returned_payments), (30.0, 1))
        self.assertEqual(self._measured(days_ago=25).returned_payments, 0)
        rejected = self._unapplied_payment(5)
        rejected.action_reject()
        self.assertEqual(self._measured().returned_payments, 2)

    def test_write_off_counts_as_late_until_its_day(self):
        """A bad debt that is written off does not look like a good customer."""
        invoice = self._billed(100, days_ago=90)
        entry = self._entry(self.customer, -100)
        (invoice + entry).line_ids.filtered(
            lambda line: line.account_id == self.receivable
        ).reconcile()
        self.assertEqual(self._measured().days_late, 60.0)

    def test_trend_compares_three_months_with_twelve(self):
        self._paid(self._billed(100, days_ago=300), days_ago=270)  # in time
        self._paid(self._billed(100, days_ago=60), days_ago=10)  # 20 late
        paid = self._measured()
        self.assertEqual((paid.days_late_short, paid.days_late_long), (20.0, 10.0))
        self.assertEqual(paid.trend_days, 10.0)

    def test_turnover_growth_tenure_and_highest_balance(self):
        self._paid(self._billed(200, days_ago=400), days_ago=390)
        self._billed(300, days_ago=20)
        paid = self._measured()
        self.assertEqual((paid.turnover, paid.turnover_before), (300.0, 200.0))
        self.assertEqual((paid.growth_pct, paid.tenure_months), (50.0, 13))
        self.assertEqual(paid.highest_balance, 300.0)

    def test_contact_and_branch_count_for_the_customer(self):
        self._billed(100, days_ago=60, partner=self.buyer)
        self._billed(50, days_ago=60, company_id=self.branch.id)
        self.assertEqual(self._measured().turnover, 150.0)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        key = (self.customer.id, other.id)
        self.assertEqual(
            self.Behaviour._get_customer_behaviours([key])[key].turnover, 0
        )

    def test_foreign_invoice_is_weighed_in_company_currency(self):
        """200 of a currency at 2 for 1 weigh 100; its exchange difference nothing."""
        invoice = self._billed(200, days_ago=60, currency_id=self.other_currency.id)
        self.other_currency.rate_ids.create(
            {
                "currency_id": self.other_currency.id,
                "company_id": self.company.id,
                "name": TODAY - timedelta(days=30),
                "rate": 4.0,
            }
        )
        self._paid(invoice, days_ago=20)
        paid = self._measured()
        self.assertEqual((paid.days_late, paid.turnover), (10.0, 100.0))
        self.assertEqual(paid.highest_balance, 100.0)

    def test_other_accounts_are_no_trade(self):
        account = self.receivable.copy({"non_trade": True, "code": "109999"})
        self._entry(self.customer, 100, account=account)
        self.assertEqual(self._measured().part_count, 0)
        self._entry(self.customer, 70)  # an opening balance
        self.assertEqual(self._measured().part_count, 1)

    # -- random ledgers ------------------------------------------------------------
    def test_sql_agrees_with_reckoning_by_hand(self):
        """Any documents in any order, at several days: the figures are the same, and
        few and many customers, who are asked by other queries, agree."""
        self.company.credit_overdue_grace_days = 2
        kinds = sorted(name for name in dir(self) if name.startswith("_make_"))
        branches = self.env["account.move"]
        for seed in range(LEDGERS):
            dice, made = Random(seed), []
            with self.env.cr.savepoint() as savepoint:
                self.moves = self.env["account.move"]
                for _step in range(STEPS):
                    kind = dice.choice([*kinds, "_make_invoice", "_make_payment"])
                    try:
                        with self.env.cr.savepoint():
                            getattr(self, kind)(dice)
                            made.append(kind)
                    except NothingOpen:
                        self.env.invalidate_all()
                self._compare(f"ledger {seed}: {made}")
                branches += self.moves.filtered(lambda m: m.company_id == self.branch)
                savepoint.rollback()
            self.env.invalidate_all()
            self.assertLessEqual({"_make_invoice", "_make_payment"}, set(made))
        self.assertTrue(branches, "no invoice of a branch was made")

    def _compare(self, trace):
        partners = self.customer + self.second
        keys = [(partner.id, self.company.id) for partner in partners]
        everybody = [
            *keys,
            *((-number, self.company.id) for number in range(1, 2000)),
        ]
        for days in (0, 25, 70, 200, 380):
            day = TODAY - timedelta(days=days)
            few = self.Behaviour._get_customer_behaviours(keys, day)
            many = self.Behaviour._get_customer_behaviours(everybody, day)
            for partner, key in zip(partners, keys, strict=True):
                self.assertEqual(few[key], many[key], trace)
                expected = self._by_hand(partner, day)
                for name in FIGURES:
                    got, want = getattr(few[key], name), getattr(expected, name)
                    message = f"{name} of {partner.name} on {day}, {trace}"
                    if isinstance(want, float) and got is not None:
                        self.assertAlmostEqual(got, want, 5, message)
                    else:
                        self.assertEqual(got, want, message)

    def _make_invoice(self, dice):
        values = {"partner": dice.choice((self.customer, self.buyer, self.second))}
        if dice.random() < 0.3:
            values["currency_id"] = self.other_currency.id
        if dice.random() < 0.2:
            values["company_id"] = self.branch.id
        amount = dice.choice((10, 33.33, 99.99, 1234.56))
        days = dice.choice((0, 5, 20, 90, 250, 370, 500))
        if dice.random() < 0.3:
            values |= {
                "invoice_date": TODAY - timedelta(days=days),
                "invoice_payment_term_id": self.term.id,
            }
            self.moves += self._invoice(amount, **values)
        else:
            self.moves += self._billed(amount, days, dice.choice((0, 14, 60)), **values)

    def _an_open_one(self, dice):
        found = self.moves.filtered(
            lambda move: move.state == "posted" and move.amount_residual > 1
        )
        if not found:
            raise NothingOpen
        return dice.choice(found)

    def _make_payment(self, dice):
        move = self._an_open_one(dice)
        part = move.currency_id.round(move.amount_residual * dice.choice((1, 0.4)))
        self._paid(move, dice.choice((0, 3, 40, 120, 300)), part)

    def _make_bounced_payment(self, dice):
        move = self._an_open_one(dice)
        payment = self._paid(move, dice.choice((50, 200, 420)))
        self._bounced(payment, dice.choice((0, 30)))

    def _make_refund(self, dice):
        self._credited(self._an_open_one(dice), dice.choice((0, 60)))

    def _make_prepayment(self, dice):
        """Money that came before the invoice it settles."""
        move = self._an_open_one(dice)
        paid = self._unapplied_payment(
            20, move.partner_id, date=move.invoice_date - timedelta(days=40)
        )
        lines = (move + paid.move_id).line_ids
        lines.filtered(
            lambda line: (
                line.account_id.account_type == "asset_receivable"
                and not line.reconciled
            )
        ).reconcile()

    def _make_entry(self, dice):
        amount = dice.choice((70, 15, -12))
        due = TODAY - timedelta(days=dice.randint(-9, 90))
        self._entry(dice.choice((self.customer, self.buyer)), amount, due=due)

    def _make_cancellation(self, dice):
        """Set back to draft and cancelled: as if it had never been."""
        move = self._an_open_one(dice)
        move.button_draft()
        move.button_cancel()

    # -- files ---------------------------------------------------------------------
    def test_form_shows_the_figures_as_of_today(self):
        file = self._file(1000)
        self._paid(self._billed(100, days_ago=60), days_ago=20)
        form = Form(file.with_user(self._user("analyst")))
        self.assertEqual((form.paid_days_late, form.paid_as_of), (10.0, str(TODAY)))
        self.assertEqual((form.paid_trend, form.paid_count), ("same", 1))

    def test_form_of_a_new_file_and_of_a_customer_without_invoices(self):
        self.assertFalse(Form(self.env["credit.file"]).paid_count)
        self.assertFalse(Form(self._file(5)).paid_first_day)

    def test_job_stores_what_lists_need_and_writes_only_changes(self):
        file, other = self._file(1000), self._file(5, partner=self.second)
        self._paid(self._billed(100, days_ago=60), days_ago=20)
        cron = type(self.env["ir.cron"])
        with patch.object(cron, "_commit_progress", lambda *_a, **_k: 60.0):
            self.env["credit.file"]._cron_refresh_behaviour()
        self.assertEqual(
            (file.days_late, file.on_time_pct, file.turnover), (10.0, 0.0, 100.0)
        )
        self.assertEqual((file.behaviour_date, other.behaviour_date), (TODAY, False))
        self.assertEqual((file + other)._store_behaviour(), 0)
        self.assertEqual(
            self.env["credit.file"].search([("days_late", ">", 0)]) & (file + other),
            file,
        )

    def test_nobody_types_the_figures(self):
        file = self._file(1000)
        for role in ("analyst", "approver", "manager"):
            with self.subTest(role), self.assertRaisesRegex(AccessError, "measured"):
                file.with_user(self._user(role)).write({"days_late": -50})

    def test_rule_holds_who_pays_late_on_average(self):
        """DOMAIN: payment behaviour (weighted days late ≥ n); the stored figure, so
        that confirming costs no query more."""
        file = self._file(1000)
        self._paid(self._billed(100, days_ago=60), days_ago=20)
        gate, order = self.env["credit.gate"], self._order(10)
        self.env["credit.rule"].search([]).active = False
        plain = self._count_queries(lambda: gate._evaluate(order))
        self.env["credit.rule"].create({"rule_type": "days_late", "threshold": 10})
        self.assertEqual(gate._evaluate(order)[order.id].outcome, "pass", "unmeasured")
        self.assertEqual(self._count_queries(lambda: gate._evaluate(order)), plain)
        file._store_behaviour()
        verdict = gate._evaluate(order)[order.id]
        self.assertTrue(verdict.held)
        [reason] = verdict.reasons
        self.assertEqual((reason.code, reason.values["days"]), ("days_late", 10.0))
        texts = self.env["credit.reason"]._describe(
            {"code": reason.code, "severity": "hold", "values": reason.values},
            self.currency,
        )
        self.assertIn("pays 10 days late on average; from 10 days", texts["text"])
        self._paid(self._billed(100, days_ago=60), days_ago=29)  # 1 late
        file._store_behaviour()
        self.assertEqual(gate._evaluate(order)[order.id].outcome, "pass")

    # -- cost ----------------------------------------------------------------------
    def test_fifty_customers_cost_as_many_queries_as_one(self):
        partners = self.env["res.partner"].create(
            [{"name": f"Customer {n}", "is_company": True} for n in range(50)]
        )
        files = self.env["credit.file"].create(
            [{"partner_id": partner.id} for partner in partners]
        )
        for partner in partners[:3]:
            self._billed(100, days_ago=40, partner=partner)
        one, many = (
            self._count_queries(lambda some=some: self.Behaviour._get_behaviours(some))
            for some in (files[:1], files)
        )
        self.assertEqual(one, many)
        self.assertLessEqual(many, 7)

    def test_any_day_of_the_calendar_may_be_asked(self):
        """The 29th of February has no day a year before; it is the 28th."""
        key = (self.customer.id, self.company.id)
        found = self.Behaviour._get_customer_behaviours([key], date(2024, 2, 29))
        self.assertEqual(found[key].day, date(2024, 2, 29))
