"""Random ledgers, made through the ORM, measured by SQL and by hand."""

from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models import credit_exposure_looking, credit_exposure_order
from .common import TODAY
from .exposure_common import ExposureCommon
from .exposure_oracle import Oracle

EXAMPLES, STEPS = 8, 20
#: So many times is a failing ledger made shorter, or it would take all day.
MOST_SHORTENED = 20
NOTHING = "nothing"
# Made more often than the others, or an order hardly ever lives its whole life.
ORDER_KINDS = (
    "_make_order",
    "_make_delivery",
    "_make_down_payment",
    "_make_bill",
    "_make_refund",
    "_make_transaction",
)
PARTS = ("not_due", "overdue", "orders", "drafts", "notes", "credits", "in_transit")


class Enough(KeyboardInterrupt):
    """Stops hypothesis, which catches every other kind of error."""


@tagged("post_install", "-at_install")
class TestExposureProperty(ExposureCommon):
    """Every kind of document in any order: the figures agree after every few."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.notes = cls.env["account.account"].create(
            {"name": "Notes", "code": "112200", "account_type": "asset_current"}
        )
        cls.company.write(
            {
                "credit_note_account_ids": cls.notes.ids,
                "credit_overdue_grace_days": 4,
                "credit_order_horizon_days": 20,
            }
        )
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
        cls.pricelist = cls.env["product.pricelist"].create(
            {"name": "Other", "currency_id": cls.other_currency.id}
        )
        cls.services = cls.env["product.product"].create(
            [
                {"name": policy, "type": "service", "invoice_policy": policy}
                for policy in ("order", "delivery")
            ]
        )
        cls.customers = cls.customer + cls._customer("Second") + cls._customer("Third")
        cls.payers = cls.customers + cls._customer(
            "Buyer", parent_id=cls.customer.id, type="invoice", is_company=False
        )

    def test_sql_agrees_with_adding_up_by_hand(self):
        """Exposure, drill-down and open items against the naive sum.

        A ledger that hypothesis finds wrong is told as the shortest one that still
        is.
        """
        try:
            from hypothesis import HealthCheck, Phase, given, settings
            from hypothesis import strategies as st
        except ImportError:
            self.skipTest("hypothesis is not installed")
        kinds = sorted(name for name in dir(self) if name.startswith("_make_"))
        # what comes first is what a step is made into where it does not matter
        steps = st.sampled_from([NOTHING, *kinds, *ORDER_KINDS, *ORDER_KINDS])
        made, failures, tries = set(), [], []

        @settings(
            max_examples=EXAMPLES,
            # without explaining, which traces every line of Odoo
            phases=(Phase.generate, Phase.shrink),
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(
            st.lists(steps, min_size=STEPS, max_size=STEPS),
            st.randoms(use_true_random=False),
        )
        def check(names, dice):
            tries.extend([names] if failures else [])
            if len(tries) > MOST_SHORTENED:
                raise Enough
            try:
                with self.env.cr.savepoint() as savepoint:
                    made.update(self._play(names, dice))
                    savepoint.rollback()
            except AssertionError as error:
                failures.append((STEPS - names.count(NOTHING), str(error)))
                raise
            finally:
                self.env.invalidate_all()

        try:
            check()
        except Enough:
            count, error = min(failures)
            self.fail(f"{count} documents: {error}")
        self.assertLessEqual(set(ORDER_KINDS), made)
        self.assertGreater(len(made), 10, "too few kinds of documents")

    def _play(self, names, dice):
        """Make the documents and compare, twice; the names of what was made."""
        self.dice = dice
        self.orders, self.moves = self.env["sale.order"], self.env["account.move"]
        done = []
        for step, name in enumerate(names, 1):
            try:
                with self.env.cr.savepoint():
                    if name != NOTHING and getattr(self, name)() is not False:
                        done.append(name)
            except UserError:  # nothing to invoice, over-refunded and the like
                self.env.invalidate_all()
            if step in (STEPS // 2, STEPS):
                self._compare(done)
        return done

    def _compare(self, done):
        service = self.env["credit.exposure"]
        keys = {
            (partner.id, self.company.id): self.currency for partner in self.customers
        }
        exposures = self._measure(keys)
        items = service._get_open_items(keys)
        rows = self.env.execute_query_dict(service._line_sql(self.company))
        for partner in self.customers:
            key = (partner.id, self.company.id)
            expected = Oracle(self.company, partner).parts()
            exposure, trace = exposures[key], f"{partner.name} after {done}"
            for part in PARTS:
                measured = getattr(exposure, part)
                self.assertClose(measured, expected[part], f"{part} of {trace}")
                sign = -1 if part in ("credits", "in_transit") else 1
                listed = sum(
                    sign * row["amount"]
                    for row in rows
                    if row["partner_id"] == partner.id and row["part"] == part
                )
                self.assertClose(measured, listed, f"rows of {part}, {trace}")
            self.assertEqual(exposure.overdue_days, expected["overdue_days"], trace)
            self.assertEqual(exposure.overdue_count, expected["overdue_count"], trace)
            residual = sum(item.residual for item in items[key])
            self.assertClose(residual, exposure.receivables, f"items, {trace}")
        self.assertEqual(len({row["id"] for row in rows}), len(rows))

    def _measure(self, keys):
        """The exposures, which few, many and all customers get by other queries."""
        service = self.env["credit.exposure"]
        found = []
        for few, orders, contacts in (
            (100, 100, 0),
            (100, 1, 0),
            (0, 100, 1000),
            (0, 100, 0),
        ):

            def guess(_self, contacts=contacts):
                return contacts

            with (
                patch.object(type(service), "_guess_contacts", guess),
                patch.object(credit_exposure_looking, "FEW", few),
                patch.object(credit_exposure_order, "FEW_ORDERS", orders),
            ):
                found.append(service._get_customer_exposures(keys))
        for other in found[1:]:
            self.assertEqual(found[0], other)
        return found[0]

    def assertClose(self, measured, expected, message):
        """Equal once rounded to the cent, whichever way half a cent went."""
        self.assertLessEqual(abs(measured - expected), 0.005001, message)

    # -- one method per kind of document; False = there was nothing to do it on ----
    def _amount(self):
        return self.dice.choice((10, 33.33, 99.99, 100, 250, 1234.56))

    def _make_invoice(self):
        values = {"partner": self.dice.choice(self.payers)}
        if self.dice.random() < 0.3:
            values["currency_id"] = self.other_currency.id
        if self.dice.random() < 0.4:
            values["invoice_payment_term_id"] = self.term.id
        if self.dice.random() < 0.2:
            values["company_id"] = self.branch.id
        self.moves += self._invoice(
            self._amount(), self.dice.randint(-30, 30), **values
        )

    def _make_credit_note(self):
        self._invoice(-self._amount(), partner=self.dice.choice(self.payers))

    def _make_draft(self):
        amount = self._amount() * self.dice.choice((1, -1))
        self._invoice(amount, partner=self.dice.choice(self.payers), post=False)

    def _make_entry(self):
        account = self.dice.choice((self.receivable, self.notes))
        company = self.dice.choice((self.company, self.branch))
        amount = self._amount() * self.dice.choice((1, 1, -1))
        due = TODAY - timedelta(days=self.dice.randint(-9, 9))
        payer = self.dice.choice(self.payers)
        self._entry(payer, amount, account=account, company=company, due=due)

    def _open_moves(self):
        return self.moves.exists().filtered(
            lambda move: (
                move.state == "posted"
                and move.move_type == "out_invoice"
                and move.amount_residual > 1
            )
        )

    def _make_payment(self):
        if not (moves := self._open_moves()):
            return False
        move = self.dice.choice(moves)
        share = self.dice.choice((1, 0.5, 0.3))
        self._pay(move, move.currency_id.round(move.amount_residual * share))

    def _make_unapplied_payment(self):
        values = {"company_id": self.dice.choice((self.company, self.branch)).id}
        if self.dice.random() < 0.3:
            values["currency_id"] = self.other_currency.id
        self._unapplied_payment(self._amount(), self.dice.choice(self.payers), **values)

    def _make_bare_payment(self):
        moves = self._open_moves().filtered(lambda m: m.currency_id == self.currency)
        move = self.dice.choice(moves) if moves else None
        partner = move.partner_id if move else self.dice.choice(self.payers)
        self._bare_payment(self._amount(), move, partner_id=partner.id)

    def _make_order(self):
        lines = []
        for _number in range(self.dice.randint(1, 3)):
            taxes = self.tax.ids if self.dice.random() < 0.5 else []
            lines.append(
                Command.create(
                    {
                        "product_id": self.dice.choice(self.services).id,
                        "product_uom_qty": self.dice.choice((1, 3, 7, 10)),
                        "price_unit": self._amount()
                        * self.dice.choice((1, 1, 1, -0.1)),
                        "discount": self.dice.choice((0, 0, 15)),
                        "tax_ids": [Command.set(taxes)],
                    }
                )
            )
        values = {"order_line": lines, "partner_id": self.dice.choice(self.payers).id}
        if self.dice.random() < 0.3:
            values["pricelist_id"] = self.pricelist.id
        if self.dice.random() < 0.2:
            values["company_id"] = self.branch.id
            values["order_line"][0][2]["tax_ids"] = [Command.clear()]
        if self.dice.random() < 0.3:
            days = self.dice.randint(0, 40)
            values["commitment_date"] = datetime(2026, 6, 15, 9) + timedelta(days=days)
        if self.dice.random() < 0.3:
            values["partner_invoice_id"] = self.dice.choice(self.payers).id
        order = self.env["sale.order"].create(values)
        if self.dice.random() < 0.9:
            order.action_confirm()
        self.orders += order

    def _an_order(self):
        """A confirmed order, the newest ones preferred."""
        orders = self.orders.filtered(lambda order: order.state == "sale")[-4:]
        return self.dice.choice(orders) if orders else None

    def _make_delivery(self):
        if not (order := self._an_order()):
            return False
        for line in order.order_line.filtered("product_id"):
            if not line.is_downpayment:
                share = self.dice.choice((0.5, 1, 1.2))
                line.qty_delivered = round(line.product_uom_qty * share, 2)

    def _make_down_payment(self):
        if not (order := self._an_order()):
            return False
        share = self.dice.choice((0.1, 0.3, 0.5))
        post = self.dice.random() < 0.7
        amount = order.currency_id.round(order.amount_total * share)
        move = self._down_payment(order, amount, post=post)
        self.moves += move

    def _make_bill(self):
        if not (order := self._an_order()):
            return False
        move = self._bill(order, post=False, final=self.dice.random() < 0.7)
        for item in move.invoice_line_ids.filtered("quantity"):
            if not item.is_downpayment and self.dice.random() < 0.4:
                item.quantity = round(item.quantity * 0.5, 2)
        if self.dice.random() < 0.7:
            move.action_post()
        self.moves += move

    def _make_refund(self):
        moves = self.moves.exists().filtered(lambda move: move.state == "posted")
        if not moves:
            return False
        move = self.dice.choice(moves[-5:])
        reissue = self.dice.random() < 0.5
        whole = reissue or self.dice.random() < 0.6
        refund = self._refund(move, reissue=reissue, post=whole)
        if not whole:
            self._credit_a_part(refund)
        if reissue:
            refund.invoice_date = TODAY
            if self.dice.random() < 0.5:
                refund.action_post()
            self.moves += refund

    def _credit_a_part(self, refund):
        """Some of what was billed is credited, or it stays a draft."""
        for item in refund.invoice_line_ids.filtered("quantity"):
            item.quantity = round(item.quantity * self.dice.choice((0.5, 1)), 2)
        if self.dice.random() < 0.6:
            refund.action_post()
            self.moves += refund

    def _make_transaction(self):
        if not (order := self._an_order()):
            return False
        state = self.dice.choice(("authorized", "done", "pending", "cancel"))
        self._transaction(order, self._amount(), state=state)

    def _make_cancellation(self):
        drafts = self.moves.exists().filtered(lambda move: move.state == "draft")
        if not drafts:
            return False
        self.dice.choice(drafts).button_cancel()
