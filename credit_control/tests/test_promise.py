"""Promises to pay: what may be promised, what rests, what came of it."""

from datetime import date, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import TODAY
from .exposure_common import ExposureCommon


class PromiseCommon(ExposureCommon):
    """A customer with two overdue invoices; builders of promises."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Promise = cls.env["credit.promise"]
        cls.old = cls._overdue_invoice(600, 40)
        cls.new = cls._overdue_invoice(400, 10)

    @classmethod
    def _items(cls, *moves):
        return cls.env["account.move.line"].union(
            *(move._get_open_items() for move in moves)
        )

    @classmethod
    def _promise(cls, *moves, amount=None, days=7, **values):
        day = fields.Date.today() + timedelta(days=days)
        return cls.Promise._create_promise(cls._items(*moves), day, amount, **values)

    def _resting(self, today=None):
        """``{item id: amount or None}``"""
        scope = self.env["credit.exposure"]._get_scope(self.company)
        query = self.Promise._resting_sql(scope, today or fields.Date.today())
        return {
            key: amount if amount is None else float(amount)
            for key, amount, _reason in self.env.execute_query(query)
        }

    def _judge(self):
        with self.enter_registry_test_mode():
            self.env.ref("credit_control.ir_cron_promise").method_direct_trigger()

    def _days_later(self, days):
        return freeze_time(TODAY + timedelta(days=days))


@tagged("post_install", "-at_install")
class TestPromise(PromiseCommon):
    # -- what may be promised ---------------------------------------------------
    def test_amount_is_shared_out_over_the_oldest(self):
        promise = self._promise(self.new, self.old, amount=700)
        old, new = self._items(self.old), self._items(self.new)
        self.assertEqual(promise.partner_id, self.customer)
        self.assertEqual(
            {line.move_line_id: line.amount for line in promise.line_ids},
            {old: 600, new: 100},
        )
        self.assertEqual(self._resting(), {old.id: None, new.id: 100})

    def test_nonsense_is_refused_with_its_reason(self):
        other = self._overdue_invoice(50, 5, partner=self._customer("Other"))
        foreign = self._overdue_invoice(50, 5, currency_id=self.other_currency.id)
        draft = self._invoice(50, post=False)
        paid = self._overdue_invoice(50, 5)
        paid_item = self._items(paid)
        self._pay(paid)
        credit = self._invoice(-50)
        lines = self.env["account.move.line"]
        cases = (
            ("at least one", lines, 7, None),
            ("one customer", self._items(self.old, other), 7, None),
            ("one currency", self._items(self.old, foreign), 7, None),
            ("not open", paid_item, 7, None),
            ("not open", credit.line_ids.filtered("date_maturity"), 7, None),
            ("not open", draft.line_ids.filtered("date_maturity"), 7, None),
            ("not open", self.old.invoice_line_ids, 7, None),
            ("still to come", self._items(self.old), -1, None),
            ("up to", self._items(self.old), 7, 600.01),
            ("up to", self._items(self.old), 7, 0.0),
            ("up to", self._items(self.old), 7, -5.0),
        )
        for text, items, days, amount in cases:
            with self.subTest(text), self.assertRaisesRegex(UserError, text):
                day = TODAY + timedelta(days=days)
                self.Promise._create_promise(items, day, amount)

    def test_an_item_is_promised_once(self):
        first = self._promise(self.old)
        with self.assertRaisesRegex(UserError, "promised for"):
            self._promise(self.old, self.new)
        first.action_withdraw()
        self.assertFalse(self._resting())
        self._promise(self.old, self.new)

    def test_contact_and_branch_count_for_customer_and_root(self):
        contact = self._customer("Ann", is_company=False, parent_id=self.customer.id)
        entry = self._entry(contact, 80, company=self.branch, due=TODAY)
        items = self._items(entry)
        promise = self.Promise._create_promise(items, TODAY, contact_id=contact.id)
        self.assertEqual(promise.partner_id, self.customer)
        self.assertEqual(promise.company_id, self.company)

    def test_words_of_a_promise_do_not_change(self):
        invoicing = self._user("invoicing")
        promise = self._promise(self.old).with_user(invoicing)
        for values in (
            {"date": date(2027, 1, 1)},
            {"state": "kept"},
            {"amount": 1.0},
            {"paid": 600.0},
            {"partner_id": self._customer("Else").id},
        ):
            with self.subTest(**values), self.assertRaises(AccessError):
                promise.write(values)
        promise.write({"note": "Called twice", "user_id": invoicing.id})
        with self.assertRaises(AccessError):
            promise.line_ids.write({"amount": 1.0})
        with self.assertRaises(AccessError):
            self.Promise.with_user(invoicing).create(
                {
                    "partner_id": self.customer.id,
                    "company_id": self.company.id,
                    "currency_id": self.currency.id,
                    "date": TODAY,
                    "amount": 5.0,
                    "state": "kept",
                }
            )

    # -- what came of it ----------------------------------------------------------
    def test_payment_keeps_it_at_once(self):
        promise = self._promise(self.old, self.new)
        self._pay(self.old)
        self.assertEqual((promise.state, promise.paid), ("open", 600))
        self._pay(self.new)
        self.assertEqual((promise.state, promise.paid), ("kept", 1000))
        self.assertEqual(promise.closed_on, TODAY)

    def test_payment_taken_back_opens_or_breaks_it(self):
        promise = self._promise(self.old)
        payment = self._pay(self.old)
        self.assertEqual(promise.state, "kept")
        payment.move_id.line_ids.remove_move_reconcile()
        self.assertEqual(promise.state, "kept", "the money is still here")
        payment.action_draft()
        self._judge()
        self.assertEqual(promise.state, "open")
        self.assertEqual(promise.paid, 0)

    def test_part_rests_less_after_a_part_payment(self):
        """500 of 600 are promised; 200 paid: 300 rest, 100 may be reminded of."""
        promise = self._promise(self.old, amount=500)
        item = self._items(self.old)
        self.assertEqual(self._resting(), {item.id: 500})
        self._pay(self.old, 200)
        self.assertEqual(self._resting(), {item.id: 300})
        self.assertEqual(promise.paid, 200)

    def test_judged_after_the_day_and_its_grace(self):
        """Nothing before day 7 + 3 days of grace has passed; then broken or partly."""
        broken = self._promise(self.old)
        partly = self._promise(self.new)
        self._pay(self.new, 100)
        with self._days_later(10):
            self._judge()
            self.assertEqual(broken.state, "open")
            self.assertEqual(len(self._resting()), 2)
        with self._days_later(11):
            self.assertFalse(self._resting(), "rests, though nobody judged it yet")
            self._judge()
            self.assertEqual((broken.state, partly.state), ("broken", "partly"))
            self.assertEqual(partly.paid, 100)
            self._pay(self.old)
            self.assertEqual(broken.state, "broken", "late is late")

    def test_money_not_applied_keeps_the_promise(self):
        """He paid on time; that our books have not matched it is not his fault. The
        same money keeps one promise only."""
        first = self._promise(self.old)
        second = self._promise(self.new, days=8)
        self._unapplied_payment(600)
        with self._days_later(20):
            self._judge()
        self.assertEqual((first.state, second.state), ("kept", "broken"))

    def test_money_from_before_or_of_others_does_not_count(self):
        early = self._unapplied_payment(600, date=TODAY - timedelta(days=2))
        self.assertLess(early.date, TODAY)
        promise = self._promise(self.old)
        self._unapplied_payment(600, self._customer("Else"))
        self._unapplied_payment(1200, currency_id=self.other_currency.id)
        with self._days_later(20):
            self._judge()
        self.assertEqual(promise.state, "broken")

    def test_foreign_currency_is_promised_and_paid_in_it(self):
        invoice = self._overdue_invoice(100, 5, currency_id=self.other_currency.id)
        promise = self._promise(invoice, amount=60)
        self.assertEqual(promise.currency_id, self.other_currency)
        self._pay(invoice, 60)
        self.assertEqual((promise.state, promise.paid), ("kept", 60))

    def test_invoice_gone_is_no_broken_promise(self):
        """Cancelled: nothing is owed. Its lines deleted: the promise is off."""
        promise = self._promise(self.old)
        self.old.button_draft()
        self.old.button_cancel()
        gone = self._promise(self.new)
        self.new.button_draft()
        self.new.unlink()
        with self._days_later(20):
            self._judge()
        self.assertEqual(promise.state, "kept")
        self.assertEqual(gone.state, "cancelled")

    def test_breaking_makes_an_activity_and_counts_on_the_file(self):
        owner = self._user("invoicing")
        file = self._file(1000)
        promise = self._promise(self.old, user_id=owner.id)
        with self._days_later(20):
            self._judge()
            self.assertEqual(promise.activity_ids.user_id, owner)
            file.invalidate_recordset()
            self.assertEqual((file.promise_count, file.broken_promise_count), (1, 1))
            self.assertIn("not kept", file.message_ids[0].body)
            key = (self.customer.id, self.company.id)
            self.assertEqual(self.Promise._count_broken([key]), {key: 1})
        with self._days_later(400):
            self.assertFalse(self.Promise._count_broken([key]), "a year heals")

    # -- screens and rights ---------------------------------------------------------
    def test_wizard_proposes_what_is_due(self):
        future = self._invoice(70, due_in=20)
        action = self._file().action_promise()
        wizard = self.env["credit.promise.wizard"].browse(action["res_id"])
        self.assertEqual(wizard.amount, 1000)
        self.assertNotIn(future, wizard.item_ids.move_id)
        with Form(wizard) as form:
            form.amount = 250
        wizard.action_promise()
        promise = self.Promise.search([("partner_id", "=", self.customer.id)])
        self.assertEqual(promise.amount, 250)

    def test_list_action_on_invoices_of_an_invoicing_user(self):
        invoicing = self._user("invoicing")
        action = (self.old | self.new).with_user(invoicing).action_credit_promise()
        wizard = self.env["credit.promise.wizard"].with_user(invoicing)
        wizard.browse(action["res_id"]).action_promise()
        promise = self.Promise.search([("partner_id", "=", self.customer.id)])
        self.assertEqual((promise.amount, promise.user_id), (1000, invoicing))

    def test_role_matrix(self):
        """Accounting and credit enter promises; salespeople see those of their own
        customers; auditors read; others nothing."""
        seller = self._user("sales")
        mine = self._customer("Mine", user_id=seller.id)
        theirs = self._customer("Theirs", user_id=self.env.user.id)
        promises = {
            partner: self._promise(self._overdue_invoice(10, 5, partner=partner))
            for partner in (mine, theirs)
        }
        found = self.Promise.with_user(seller).search([])
        self.assertEqual(found, promises[mine])
        self.assertEqual(found.line_ids.amount, 10)
        self.assertEqual(
            len(self.Promise.with_user(self._user("sales_all")).search([])), 2
        )
        for role, may in (
            ("invoicing", True),
            ("analyst", True),
            ("auditor", False),
            ("sales_all", False),
            ("sales", False),
        ):
            user = self.env["res.users"].search([("login", "=", f"credit_{role}")])
            user = user or self._user(role)
            items = self._items(self._overdue_invoice(10, 5))
            with self.subTest(role):
                service = self.Promise.with_user(user)
                if may:
                    promise = service._create_promise(items.with_user(user), TODAY)
                    promise.action_withdraw()
                    continue
                with self.assertRaises(AccessError):
                    service._create_promise(items.with_user(user), TODAY)
                with self.assertRaises(AccessError):
                    promises[mine].with_user(user).action_withdraw()
        employee = self.env["res.users"].search([("login", "=", "credit_sales")])
        employee.group_ids = self.env.ref("base.group_user")
        with self.assertRaises(AccessError):
            self.Promise.with_user(employee).search([])

    def test_other_companies_see_nothing(self):
        self._promise(self.old)
        apart = self.env["res.company"].create({"name": "Apart"})
        user = self._user("invoicing")
        user.write({"company_ids": [(6, 0, apart.ids)], "company_id": apart.id})
        self.assertFalse(self.Promise.with_user(user).search([]))

    # -- portal -----------------------------------------------------------------------
    def test_portal_promises_for_own_items_only(self):
        contact = self._customer("Ann", is_company=False, parent_id=self.customer.id)
        stranger = self._customer("Stranger")
        create = self.Promise._create_from_portal
        items = self._items(self.old)
        with self.assertRaisesRegex(UserError, "cannot be chosen"):
            create(stranger, items, 600, TODAY)
        with self.assertRaisesRegex(UserError, "cannot be chosen"):
            create(contact, items.browse(987654321), 600, TODAY)
        with self.assertRaisesRegex(UserError, "no later"):
            create(contact, items, 600, TODAY + timedelta(days=31))
        with self.assertRaisesRegex(UserError, "up to"):
            create(contact, items, 601, TODAY)
        promise = create(contact, items, 600, TODAY + timedelta(days=30), "x" * 5000)
        self.assertEqual(promise.source, "portal")
        self.assertEqual(promise.contact_id, contact)
        self.assertEqual(len(promise.note), 1000)
        self.assertEqual(len(promise.activity_ids), 1)

    def test_portal_rate_is_limited(self):
        for _turn in range(10):
            promise = self.Promise._create_from_portal(
                self.customer, self._items(self.old), 1, TODAY
            )
            promise.action_withdraw()
        with self.assertRaisesRegex(UserError, "enough"):
            self.Promise._create_from_portal(
                self.customer, self._items(self.old), 1, TODAY
            )

    def test_portal_promises_no_second_time_what_was_not_paid(self):
        """Broken or kept in part: the next day is agreed on with a person."""
        create, items = self.Promise._create_from_portal, self._items(self.old)
        for paid, state in ((0, "broken"), (200, "partly")):
            with self.subTest(state):
                move = self._overdue_invoice(600, 40)
                items = self._items(move)
                promise = create(self.customer, items, 600, TODAY)
                if paid:
                    self._pay(move, paid)
                with freeze_time(TODAY + timedelta(days=40)):
                    promise._evaluate()
                    self.assertEqual(promise.state, state)
                    day = fields.Date.today()
                    with self.assertRaisesRegex(UserError, "call us"):
                        create(self.customer, items, 100, day)
                    self.Promise._create_promise(items, day, 100)

    # -- dunning ---------------------------------------------------------------------
    def test_reminders_leave_out_what_is_promised(self):
        """600 are promised in full, of 400 one quarter: 300 are reminded of. Broken:
        all of it, and the customer moves up in the worklist."""
        self._promise(self.old)
        self._promise(self.new, amount=100)
        Work, Run = self.env["credit.dunning.work"], self.env["credit.dunning.run"]
        Work._refresh(self.company)
        row = Work.search([("partner_id", "=", self.customer.id)])
        self.assertEqual((row.amount, row.promised), (300, 700))
        before = row.priority
        run = Run._create_run(self.company)
        self.assertEqual(run.notice_ids.amount, 300)
        with self._days_later(20):
            self._judge()
            Work._refresh(self.company)
            self.assertEqual((row.amount, row.promised), (1000, 0))
            self.assertGreaterEqual(row.priority, before + 20)

    # -- cost ----------------------------------------------------------------------
    def test_query_count_is_constant(self):
        invoices = [self._overdue_invoice(10, 5) for _turn in range(12)]
        promises = [self._promise(invoice) for invoice in invoices]
        one = self._count_queries(lambda: promises[0]._measure(self.company))
        many = self._count_queries(
            lambda: self.Promise.union(*promises)._measure(self.company)
        )
        self.assertEqual(one, many)
        with self._days_later(20):
            few = self._count_queries(promises[0]._evaluate)
            self.assertLess(few, 60)

    def test_paying_costs_nothing_without_promises(self):
        self.assertFalse(self.Promise._is_in_use())
        items = self._items(self.old)
        self.assertEqual(
            self._count_queries(lambda: self.Promise._follow_money(items)), 0
        )
