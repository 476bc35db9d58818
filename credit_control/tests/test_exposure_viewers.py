"""The exposure is the same for everybody, and costs the same for everyone."""

from odoo import Command
from odoo.tests import tagged

from .exposure_common import ExposureCommon


@tagged("post_install", "-at_install")
class TestExposureViewers(ExposureCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.elsewhere = cls.setup_other_company()["company"]
        cls._overdue_invoice(100, days=3)
        cls._unapplied_payment(10)
        cls._order(50, confirm=True, user_id=cls.env.ref("base.user_admin").id)
        cls._transaction(cls._order(40, confirm=True), 15)
        cls._entry(cls.customer, 5, company=cls.branch)
        cls.expected = dict(
            not_due=5, overdue=100, credits=10, orders=90, in_transit=15
        )

    def test_salesperson_sees_the_whole_exposure(self):
        """Own documents only, no accounting right: the same figures."""
        for role in ("sales", "sales_all", "invoicing", "analyst", "auditor"):
            with self.subTest(role=role):
                env = self.env(user=self._user(role))
                exposure = self._exposure(env=env)
                for part, amount in self.expected.items():
                    self.assertEqual(getattr(exposure, part), amount)

    def test_user_without_any_right_in_the_company(self):
        """The gate asks for whoever triggers it: portal, another company's clerk."""
        portal = self.env["res.users"].create(
            {
                "name": "Portal",
                "login": "credit_portal",
                "group_ids": [Command.set(self.env.ref("base.group_portal").ids)],
            }
        )
        other = self._user("sales")
        other.write({"company_ids": self.elsewhere.ids, "company_id": self.elsewhere})
        for user in (portal, other):
            exposure = self._exposure(env=self.env(user=user))
            self.assertEqual(exposure.total, 170)

    def test_company_switcher_language_and_clock_change_nothing(self):
        here = self.env.context
        for context in (
            {"allowed_company_ids": self.elsewhere.ids},
            {"allowed_company_ids": self.branch.ids},
            {"allowed_company_ids": (self.elsewhere + self.company).ids},
            {"lang": "zh_CN"},
            {"tz": "Pacific/Kiritimati"},
            {"active_test": True, "company_id": self.elsewhere.id},
        ):
            with self.subTest(context=context):
                env = self.env(context=here | context)
                self.assertEqual(self._exposure(env=env), self._exposure())
        env = self.env["res.users"].with_company(self.elsewhere).env
        self.assertEqual(self._exposure(env=env), self._exposure())

    def test_switched_off_company_and_archived_customer_count(self):
        """Archiving hides, it does not pay."""
        before = self._exposure()
        self.env["sale.order"].search([]).flush_recordset()
        self.customer.active = False
        self.branch.active = False
        self.assertEqual(self._exposure(), before)

    def test_pending_changes_are_measured(self):
        """What the transaction has not written yet counts as well."""
        order = self._order(7)
        order.order_line.price_unit = 9
        order.state = "sale"
        self.assertEqual(self._exposure().orders, 99)


@tagged("post_install", "-at_install")
class TestExposureService(ExposureCommon):
    def test_files_in_their_own_currency(self):
        """One call, several files, each in the currency of its limit."""
        second = self._customer("Second")
        self._invoice(100)
        self._invoice(60, partner=second)
        files = self._file() + self._file(partner=second)
        files[1].write(
            {"currency_id": self.other_currency.id, "limit_reason": "Invoiced in it"}
        )
        exposures = self.env["credit.exposure"]._get_exposures(files)
        self.assertEqual(exposures[files[0].id].not_due, 100)
        self.assertEqual(exposures[files[1].id].not_due, 120)

    def test_two_companies_in_one_call(self):
        """Keys of two root companies, one customer: each its own figures."""
        elsewhere = self.setup_other_company()
        self._invoice(100)
        self.env["account.move"].with_company(elsewhere["company"]).create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_line_ids": [Command.create({"name": "x", "price_unit": 70})],
            }
        ).with_company(elsewhere["company"]).line_ids.filtered(
            lambda line: line.display_type == "product"
        ).tax_ids = False
        keys = {
            (self.customer.id, self.company.id): self.currency,
            (self.customer.id, elsewhere["company"].id): self.currency,
        }
        service = self.env["credit.exposure"]
        first, second = service._get_customer_exposures(keys).values()
        self.assertEqual((first.not_due, first.drafts), (100, 0))
        self.assertEqual((second.not_due, second.drafts), (0, 70))

    def test_open_items_come_oldest_first(self):
        late = self._overdue_invoice(30, days=9)
        soon = self._invoice(20, due_in=4)
        older = self._overdue_invoice(10, days=20)
        self._unapplied_payment(5)
        self.company.credit_overdue_grace_days = 10
        key = (self.customer.id, self.company.id)
        service = self.env["credit.exposure"]
        items = service._get_open_items({key: self.currency})[key]
        self.assertEqual(
            [(item.name, item.residual, item.overdue, item.days) for item in items],
            [
                (older.name, 10, True, 20),
                (late.name, 30, False, 9),
                (soon.name, 20, False, 0),
            ],
        )
        self.assertEqual(items[0].due, older.invoice_date_due)
        self.assertIn(items[0].id, older.line_ids.ids)
        exposure = self._exposure()
        self.assertEqual(exposure.receivables, sum(item.residual for item in items))
        items = service._get_open_items({key: self.other_currency})[key]
        self.assertEqual([item.residual for item in items], [20, 60, 40])

    def test_conversion_is_at_todays_rate_and_not_rounded(self):
        convert = self.env["credit.exposure"]._convert
        home, other = self.currency, self.other_currency
        self.assertEqual(convert(0.0333, home, other, self.company), 0.0666)
        self.assertEqual(convert(0.0333, other, home, self.branch), 0.01665)
        self.assertEqual(convert(0.0333, home, home, self.company), 0.0333)

    def test_query_count_is_the_same_for_one_and_a_thousand(self):
        """Four queries per root company, whatever the number of files; one less for
        many, of whom nobody's contacts are looked up."""
        partners = self.env["res.partner"].create(
            [{"name": f"Customer {number}"} for number in range(1000)]
        )
        files = self.env["credit.file"].create(
            [{"partner_id": partner.id} for partner in partners]
        )
        for partner in partners[:3]:
            self._invoice(10, partner=partner)
            self._order(10, partner=partner, confirm=True)
        service = self.env["credit.exposure"]
        keys = {(file.partner_id.id, self.company.id): self.currency for file in files}
        service._get_exposures(files)  # warms what the process keeps
        for method, argument in (
            ("_get_exposures", files),
            ("_get_customer_exposures", keys),
            ("_get_open_items", keys),
        ):
            counts = {}
            for size in (1, 50, 1000):
                batch = (
                    dict(list(keys.items())[:size])
                    if isinstance(argument, dict)
                    else files[:size]
                )
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                getattr(service, method)(batch)
                counts[size] = self.env.cr.sql_log_count - before
            with self.subTest(method=method):
                self.assertEqual(counts[1], counts[50], counts)
                self.assertLessEqual(counts[1000], counts[50], counts)
                self.assertLessEqual(counts[1], 5, counts)

    def test_query_count_of_demands_is_constant(self):
        orders = self.env["sale.order"].browse()
        for number in range(12):
            orders += self._order(10 + number)
        service = self.env["credit.exposure"]
        service._get_order_demands(orders)  # warms what the process keeps
        counts = set()
        for size in (1, 12):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            service._get_order_demands(orders[:size])
            counts.add(self.env.cr.sql_log_count - before)
        self.assertEqual(len(counts), 1, counts)
