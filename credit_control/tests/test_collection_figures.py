"""What a case brought: read from the ledger, money apart from everything else."""

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .collection_common import CollectionCommon


@tagged("post_install", "-at_install")
class TestCollectionFigures(CollectionCommon):
    def _refund(self, move, amount):
        refund = self._invoice(-amount, partner=move.partner_id, due_in=0)
        item = move._get_open_items()
        (refund.line_ids.filtered("date_maturity") + item).reconcile()
        return refund

    def test_money_credit_notes_and_losses_are_told_apart(self):
        case = self._case(self.old, self.new, fee_pct=20)
        self._pay_on(self.old, 3, 250)
        self._refund(self.old, 50)
        self._write_off(self.old, 30)
        self.assertEqual(
            self._figures(
                case,
                "recovered",
                "credited",
                "written_off",
                "other_amount",
                "amount_open",
                "success_pct",
            ),
            (250, 50, 30, 0, 670, 25),
        )
        self.assertEqual(self._figures(case, "fee", "net"), (50, 200))

    def test_paid_before_the_hand_over_is_not_recovered(self):
        """No fee for money that was matched before, nor for money that had come in
        before and is booked only now."""
        self._pay(self.old, 100)
        early = self._unapplied_payment(150, date="2026-06-10")
        case = self._case(self.old, fee_pct=10)
        self.assertEqual(case.amount, 500)
        line = early.move_id.line_ids.filtered(
            lambda line: line.account_id == self.receivable
        )
        (line + self._items(self.old)).reconcile()
        self._pay_on(self.old, 2, 200)
        self.assertEqual(
            self._figures(case, "earlier", "recovered", "fee", "amount_open"),
            (150, 200, 20, 150),
        )

    def test_matching_again_what_was_matched_before_recovers_nothing(self):
        payment = self._pay_on(self.old, -3, 100)
        case = self._case(self.old)
        self._items(self.old).remove_move_reconcile()
        self.assertEqual(self._figures(case, "recovered", "amount_open"), (0, 600))
        line = payment.move_id.line_ids.filtered(
            lambda line: line.account_id == self.receivable
        )
        (line + self._items(self.old)).reconcile()
        self.assertEqual(self._figures(case, "recovered", "amount_open"), (0, 500))

    def test_bounced_payment_is_not_recovered(self):
        case = self._case(self.old)
        payment = self._pay_on(self.old, 1)
        self.assertEqual(self._figures(case, "recovered"), (600,))
        self._bounce(payment)
        self.assertEqual(self._figures(case, "recovered", "amount_open"), (0, 600))

    def test_discount_taken_with_the_payment_is_no_money(self):
        """540 for an invoice of 600, the rest booked as an expense."""
        case = self._case(self.old, fee_pct=10)
        with self._later(1):
            wizard = (
                self.env["account.payment.register"]
                .with_context(active_model="account.move", active_ids=self.old.ids)
                .create(
                    {
                        "amount": 540,
                        "payment_difference_handling": "reconcile",
                        "writeoff_account_id": self.company_data[
                            "default_account_expense"
                        ].id,
                    }
                )
            )
            wizard._create_payments()
        self.assertEqual(
            self._figures(case, "recovered", "written_off", "fee", "amount_open"),
            (540, 60, 54, 0),
        )

    def test_after_the_closing_nothing_is_recovered_by_the_case(self):
        """What the customer pays us after a recall owes the agency nothing."""
        case = self._case(self.old)
        self._pay_on(self.old, 1, 100)
        with self._later(2):
            case._close("recalled", "x")
        self._pay_on(self.old, 3)
        self.assertEqual(self._figures(case, "recovered", "amount_open"), (100, 0))

    def test_foreign_currency_stays_in_its_currency(self):
        """2 of the other are 1 of ours: paid in either, the case counts in its own;
        the report in the company's."""
        move = self._overdue_invoice(300, 5, currency_id=self.other_currency.id)
        case = self._case(move, fee_pct=10)
        with self._later(1):
            self.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=move.ids
            ).create(
                {
                    "currency_id": self.currency.id,
                    "amount": 50,
                    "payment_date": "2026-06-16",
                }
            )._create_payments()
        self.assertEqual(
            self._figures(case, "amount", "recovered", "fee", "amount_open"),
            (300, 100, 10, 200),
        )
        report = self.env["credit.collection.report"].search(
            [("case_id", "=", case.id)]
        )
        self.assertEqual((report.amount, report.recovered, report.fee), (150, 50, 5))

    def test_costs_we_bear_reduce_the_net(self):
        case = self._case(self.old, fee_pct=20)
        self._pay_on(self.old, 1, 300)
        bill = self.init_invoice("in_invoice", partner=self.lawyer, amounts=[40])
        case.cost_ids = [
            Command.create({"name": "Court fee", "amount": 25}),
            Command.create({"name": "Lawyer", "move_id": bill.id}),
            Command.create({"name": "Bailiff", "amount": 9, "payer": "customer"}),
            Command.create(
                {
                    "name": "Abroad",
                    "amount": 20,
                    "currency_id": self.other_currency.id,
                }
            ),
        ]
        self.assertEqual(
            self._figures(case, "cost_amount", "fee", "net"), (75, 60, 165)
        )
        bill.button_cancel()
        self.assertEqual(self._figures(case, "cost_amount"), (35,))

    def test_billed_fee_is_not_counted_twice(self):
        case = self._case(self.old, fee_pct=20)
        self._pay_on(self.old, 1, 300)
        case.cost_ids = [Command.create({"name": "Fee", "amount": 45, "is_fee": True})]
        self.assertEqual(self._figures(case, "cost_amount", "fee", "net"), (0, 60, 240))
        case.cost_ids.amount = 70
        self.assertEqual(self._figures(case, "fee", "net"), (70, 230))

    def test_nonsense_costs_are_refused(self):
        case = self._case(self.old)
        with self._refused("no vendor bill", ValidationError):
            case.cost_ids = [
                Command.create({"name": "x", "move_id": self.new.id, "amount": 1})
            ]
        other = self._case(self.new)
        case.cost_ids = [Command.create({"name": "x", "amount": 1})]
        with self._refused("stays with its case", ValidationError):
            case.cost_ids.case_id = other

    def test_success_of_many_is_that_of_their_sums(self):
        """900 of 1,000 and 0 of 100 are 82 %, not 45 %."""
        self._case(self.old, self.new)
        self._pay_on(self.old, 1)
        self._pay_on(self.new, 1, 300)
        self._case(self._overdue_invoice(100, 5))
        groups = self.env["credit.collection.report"]._read_group(
            [("partner_id", "=", self.customer.id)],
            ["agent_id"],
            ["amount:sum", "recovered:sum", "success_pct:avg"],
        )
        [(agent, amount, recovered, success)] = groups
        self.assertEqual((agent, amount, recovered), (self.agency, 1100, 900))
        self.assertAlmostEqual(float(success), 900 / 11)

    def test_figures_of_many_take_one_query(self):
        cases = self.Case.union(
            *(
                self._case(
                    self._overdue_invoice(10, 5, partner=self._customer(f"C{n}"))
                )
                for n in range(50)
            )
        )

        def read(records):
            records.with_env(self.env(su=False)).mapped("net")

        one = self._count_queries(lambda: read(cases[:1]))
        self.assertEqual(self._count_queries(lambda: read(cases)), one)
