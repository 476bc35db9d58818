"""Fees and interest on reminders: what is asked for, of whom, as of which day."""

from datetime import timedelta

from odoo import Command
from odoo.tests import tagged

from .charge_common import TODAY, ChargeCommon


@tagged("post_install", "-at_install")
class TestChargeNotice(ChargeCommon):
    def test_notice_asks_for_interest_and_fees_of_each_item(self):
        """1,000 × 7.3 % × 30 ÷ 365 and 500 × 7.3 % × 10 ÷ 365; 5 for the reminder and
        2 for each item; the letter says how."""
        self._overdue_invoice(1000, days=30)
        self._overdue_invoice(500, days=10)
        notice = self._propose().notice_ids
        self.assertFigures(notice, fee=9.0, interest=7.0)
        self.assertEqual(sorted(notice.line_ids.mapped("interest")), [1.0, 6.0])
        html = str(notice.preview)
        for text in ("30 days at 7.3 %", "6.00", "7.00", "9.00", "1,516.00"):
            self.assertIn(text, html)

    def test_figures_are_those_of_the_day_of_sending(self):
        """Proposed today, sent five days later: 35 days."""
        self._overdue_invoice(1000, days=30)
        run = self._propose()
        with self._after(5):
            notice = self._send(run)
        self.assertEqual(notice.state, "sent")
        self.assertFigures(notice, fee=7.0, interest=7.0)
        self.assertIn("35 days at 7.3 %", notice.mail_id.body_html)

    def test_each_notice_shows_all_that_was_not_charged(self):
        """Showing charges nothing: the second reminder has the days of the first."""
        first = self._sent()
        with self._after(10):
            second = self._send(self._propose())
        self.assertFigures(first, fee=7.0, interest=6.0)
        self.assertFigures(second, interest=8.0)
        self.assertFalse(self.Charge.search([]))

    def test_rate_change_inside_the_delay_splits_it(self):
        """15 days at 0.20 and 15 at 0.40."""
        self._rate(14.6, date_from="2026-06-01")
        self._overdue_invoice(1000, days=30)
        notice = self._propose().notice_ids
        self.assertFigures(notice, fee=7.0, interest=9.0)
        self.assertEqual(
            notice.line_ids.interest_note, "15 days at 7.3 %, 15 days at 14.6 %"
        )

    def test_no_rate_no_interest(self):
        """Neither without a rate, nor where the level does not ask for it."""
        self._overdue_invoice(1000, days=30)
        self.rate.active = False
        self.assertFigures(self._propose().notice_ids, fee=7.0)
        self.rate.active = True
        self.policy.level_ids.with_interest = False
        self.assertFigures(self._propose().notice_ids, fee=7.0)

    def test_fixed_sum_stands_in_place_of_the_fee_per_item(self):
        """The law's 40 once per item, and then no fee per item: never both. The fee
        of the reminder stays."""
        self.rate.fixed_sum = 40
        self._overdue_invoice(1000, days=30)
        self._overdue_invoice(500, days=10)
        self.assertFigures(self._propose().notice_ids, 5.0, 80.0, 7.0)
        self.policy.level_ids[0].with_interest = False
        self.assertFigures(self._propose().notice_ids, fee=9.0)

    def test_interest_is_owed_on_what_was_open_on_each_day(self):
        """400 of 1,000 came in 10 days ago: 20 days on 1,000 and 10 on 600."""
        invoice = self._overdue_invoice(1000, days=30)
        self._pay_on(TODAY - timedelta(days=10), invoice, 400)
        self.assertEqual(self._propose().notice_ids.interest, 5.2)

    def test_what_was_paid_before_due_or_credited_bears_nothing(self):
        """Money in time, and a credit note whenever it comes, lower the amount from
        the first day on: 600 for 30 days."""
        paid = self._overdue_invoice(1000, days=30)
        self._pay_on(TODAY - timedelta(days=30), paid, 400)
        other = self._customer("Other", email="o@example.com")
        credited = self._overdue_invoice(1000, days=30, partner=other)
        refund = self._invoice(-400, due_in=0, partner=other)
        (self._item(credited) + self._item(refund)).reconcile()
        self.assertEqual(self._propose().notice_ids.mapped("interest"), [3.6, 3.6])

    def test_money_not_applied_yet_bears_nothing(self):
        self._overdue_invoice(1000, days=30)
        self._unapplied_payment(400)
        self.assertEqual(self._propose().notice_ids.interest, 3.6)

    def test_interest_waits_while_an_item_rests(self):
        """Of an item promised in part nothing is asked for; later all of it is."""
        invoice = self._overdue_invoice(1000, days=30)
        promise = self.env["credit.promise"]._create_promise(
            self._item(invoice), TODAY + timedelta(days=5), 400
        )
        self.assertFigures(self._propose().notice_ids, fee=7.0)
        promise.action_withdraw()
        self.assertFigures(self._propose().notice_ids, fee=7.0, interest=6.0)

    def test_foreign_currency(self):
        """Interest in the currency of the item; fees and fixed sums converted."""
        self.rate.fixed_sum = 40
        self._overdue_invoice(1000, days=30, currency_id=self.other_currency.id)
        notice = self._propose().notice_ids
        self.assertEqual(notice.currency_id, self.other_currency)
        self.assertFigures(notice, fee=10.0, fixed=80.0, interest=6.0)

    def test_companies_and_private_persons(self):
        """A rate for companies is not for private persons, nor for other countries."""
        germany = self.env.ref("base.de")
        self.rate.active = False
        self._rate(7.3, customer_kind="company", country_id=germany.id)
        expected = {"Firm": 6.0, "Person": 0.0, "Abroad": 0.0}
        for name, country in (("Firm", germany), ("Person", germany)):
            self._overdue_invoice(
                1000,
                days=30,
                partner=self._customer(
                    name,
                    email=f"{name}@example.com",
                    country_id=country.id,
                    is_company=name == "Firm",
                ),
            )
        abroad = self._customer("Abroad", email="a@example.com")
        self._overdue_invoice(1000, days=30, partner=abroad)
        notices = self._propose().notice_ids
        found = {notice.partner_id.name: notice.interest for notice in notices}
        self.assertEqual(found, expected)

    def test_contact_counts_for_his_company(self):
        """An invoice to a contact bears the interest of the company behind him."""
        contact = self._customer("Ann", parent_id=self.customer.id, is_company=False)
        self.rate.customer_kind = "company"
        self._overdue_invoice(1000, days=30, partner=contact)
        self.assertEqual(self._propose().notice_ids.interest, 6.0)

    def test_rounding_of_the_rate(self):
        """To whole units, as the contract says: 6.37 are 6."""
        self.rate.rounding = 1.0
        self._overdue_invoice(1061.5, days=30)
        self.assertEqual(self._propose().notice_ids.interest, 6.0)

    def test_customer_who_is_never_charged(self):
        """Neither fee nor interest; after the date only the days since."""
        self._overdue_invoice(1000, days=30)
        file = self._file()
        file.write({"no_charge": True, "no_charge_reason": "Old friend"})
        self.assertFigures(self._propose().notice_ids)
        file.no_charge_until = TODAY
        self.assertFigures(self._propose().notice_ids)
        file.no_charge_until = TODAY - timedelta(days=10)
        self.assertFigures(self._propose().notice_ids, fee=7.0, interest=2.0)

    def test_rate_of_another_company_is_not_used(self):
        """A company's own rate holds for itself only."""
        self.rate.company_id = self.env["res.company"].create({"name": "Apart"})
        self._overdue_invoice(1000, days=30)
        self.assertFigures(self._propose().notice_ids, fee=7.0)

    def test_preview_says_what_the_proposal_makes(self):
        """A dry run, with the same figures, for every mode."""
        self.rate.fixed_sum = 40
        other = self._customer("Other", email="o@example.com")
        for partner in (self.customer, other):
            self._overdue_invoice(1000, days=30, partner=partner)
            self._overdue_invoice(500, days=10, partner=partner)
        spared = self._customer("Spared", email="s@example.com")
        self._overdue_invoice(700, days=20, partner=spared)
        self._file(partner=spared, no_charge=True, no_charge_reason="Friend")
        for mode in ("customer", "item"):
            self.policy.mode = mode
            with self.subTest(mode):
                told = self.Dunning._preview(self.company, manual=False)
                made = self._propose().notice_ids
                names = ("fee", "fixed_sum", "interest", "total")
                self.assertEqual(
                    sorted([tuple(n[name] for name in names) for n in told]),
                    sorted([tuple(n[name] for name in names) for n in made]),
                )

    def test_person_changes_level_and_items(self):
        """Figures follow what a person leaves out or chooses."""
        self._overdue_invoice(1000, days=30)
        self._overdue_invoice(500, days=10)
        notice = self._propose().notice_ids.with_user(self._user("invoicing"))
        notice.line_ids.filtered(lambda line: line.residual == 500).action_remove()
        self.assertFigures(notice, fee=7.0, interest=6.0)
        notice.level_id = self.policy.level_ids[1]
        self.assertFigures(notice, interest=6.0)

    def test_queries_do_not_grow_with_the_notices(self):
        """One notice and 50, each with interest: proposal, sending's second look."""
        partners = self.customer
        for number in range(49):
            partners += self._customer(f"C{number}", email=f"c{number}@example.com")
        self.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": partner.id,
                    "invoice_date": TODAY - timedelta(days=60),
                    "invoice_date_due": TODAY - timedelta(days=30),
                    "invoice_payment_term_id": False,
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "product_id": self.product.id,
                                "price_unit": 1000,
                                "tax_ids": [Command.clear()],
                            }
                        )
                    ],
                }
                for partner in partners
            ]
        ).action_post()

        def count(partner_ids):
            run = self.Run.sudo().create({})
            propose = self._count_queries(
                lambda: self.Dunning._propose(run, partner_ids)
            )
            notices = self.Notice.browse(run.notice_ids.ids)
            self.assertEqual(set(notices.mapped("interest")), {6.0})
            update = self._count_queries(
                notices._update_totals, warm=lambda: notices.fetch(["company_id"])
            )
            return propose, update

        self.assertEqual(count(self.customer.ids), count(partners.ids))
