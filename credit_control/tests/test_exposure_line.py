"""The drill-down: the documents behind the figures."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .exposure_common import ExposureCommon


@tagged("post_install", "-at_install")
class TestExposureLine(ExposureCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.note_account = cls.env["account.account"].create(
            {"name": "Notes", "code": "112200", "account_type": "asset_current"}
        )
        cls.company.credit_note_account_ids = cls.note_account
        cls.late = cls._overdue_invoice(100, days=3)
        cls.soon = cls._invoice(20)
        cls.draft = cls._invoice(7, post=False)
        cls.payment = cls._unapplied_payment(10)
        cls.order = cls._order(50, confirm=True)
        cls._transaction(cls.order, 15)
        cls.note = cls._entry(cls.customer, 5, account=cls.note_account)
        cls.bare = cls._bare_payment(3)
        cls.Line = cls.env["credit.exposure.line"]

    def _lines(self, env=None, **context):
        lines = self.Line.with_env(env or self.env).with_context(**context)
        return lines.search([("partner_id", "=", self.customer.id)])

    def test_lines_add_up_to_the_exposure_part_by_part(self):
        """Whoever drills down finds the figure of the panel again."""
        exposure = self._exposure()
        sums = dict(self._lines()._read_group([], ["part"], ["amount:sum"]))
        self.assertEqual(
            sums,
            {
                "overdue": exposure.overdue,
                "not_due": exposure.not_due,
                "drafts": exposure.drafts,
                "credits": -exposure.credits,
                "orders": exposure.orders,
                "notes": exposure.notes,
                "in_transit": -exposure.in_transit,
            },
        )
        counted = self._lines().filtered("counted")
        self.assertEqual(sum(counted.mapped("amount")), exposure.total)
        self.assertNotIn("drafts", counted.mapped("part"))

    def test_lines_name_their_document(self):
        """Model, number, dates; the row of an instalment is its invoice."""
        lines = {(line.part, line.res_model, line.res_id) for line in self._lines()}
        self.assertEqual(
            lines,
            {
                ("overdue", "account.move", self.late.id),
                ("not_due", "account.move", self.soon.id),
                ("drafts", "account.move", self.draft.id),
                ("credits", "account.move", self.payment.move_id.id),
                ("orders", "sale.order", self.order.id),
                ("in_transit", "sale.order", self.order.id),
                ("notes", "account.move", self.note.id),
                ("in_transit", "account.payment", self.bare.id),
            },
        )
        late = self._lines().filtered(lambda line: line.part == "overdue")
        self.assertEqual(late.name, self.late.name)
        self.assertEqual(late.date_due, self.late.invoice_date_due)
        self.assertEqual(late.days_overdue, 3)
        self.assertEqual(late.currency_id, self.currency)

    def test_row_opens_its_document(self):
        for line in self._lines():
            with self.subTest(part=line.part, model=line.res_model):
                action = line.action_open_document()
                self.assertEqual(action["res_model"], line.res_model)
                self.assertEqual(action["res_id"], line.res_id)

    def test_rows_keep_their_ids(self):
        """The same document has the same id in every query."""
        narrowed = self._lines(credit_partner_ids=self.customer.ids)
        self.assertEqual(narrowed, self._lines())
        self.assertEqual(len(set(narrowed.ids)), 8)

    def test_file_is_shown_where_there_is_one(self):
        """Customers without a file have rows as well."""
        other = self._customer("Without file")
        self._invoice(9, partner=other)
        self.assertFalse(self._lines().file_id)
        file = self._file()
        self.env.invalidate_all()  # the rows that were read before
        self.assertEqual(self._lines().file_id, file)
        rows = self.Line.search([("file_id", "=", False)])
        self.assertIn(other, rows.partner_id)
        self.assertEqual(self.Line.search([("file_id", "=", file.id)]), self._lines())

    def test_action_lists_one_customer_or_one_part(self):
        action = self.Line._get_action(self.customer, self.branch, part="overdue")
        found = self.Line.with_context(**action["context"]).search(action["domain"])
        self.assertEqual(found.res_id, self.late.id)

    def test_credit_people_read_and_nobody_writes(self):
        for role, may in (
            ("analyst", True),
            ("manager", True),
            ("auditor", True),
            ("sales_all", False),
            ("invoicing", False),
        ):
            with self.subTest(role=role):
                env = self.env(user=self._user(role))
                if may:
                    self.assertEqual(len(self._lines(env)), 8)
                    with self.assertRaises(AccessError):
                        self._lines(env)[:1].write({"amount": 0})
                else:
                    with self.assertRaises(AccessError):
                        self._lines(env)
                    row = self.Line.with_env(env).browse(self._lines().ids[0])
                    with self.assertRaises(AccessError):
                        row.action_open_document()

    def test_rows_of_other_companies_are_hidden(self):
        """The switcher decides which companies are listed, never what they owe; the
        context that narrows the query opens nothing."""
        other = self.setup_other_company()["company"]
        user = self._user("analyst")
        user.write({"company_ids": other.ids, "company_id": other.id})
        env = self.env(user=user, context={"allowed_company_ids": other.ids})
        self.assertFalse(self._lines(env))
        self.assertFalse(self._lines(env, credit_partner_ids=self.customer.ids))

    def test_user_of_a_branch_sees_the_rows_of_the_root(self):
        """The file is the root's: whoever sees it may see what it is made of."""
        user = self._user("analyst")
        user.write({"company_ids": self.branch.ids, "company_id": self.branch.id})
        env = self.env(user=user, context={"allowed_company_ids": self.branch.ids})
        self.assertEqual(len(self._lines(env)), 8)

    def test_domain_about_a_customer_narrows_the_query(self):
        """Only the documents of the customer are read, and nothing is lost."""
        file = self._file()
        other = self._customer("Other")
        self._invoice(9, partner=other)
        service = type(self.env["credit.exposure"])
        original = service._line_sql
        asked = []

        def spy(self, company, partner_ids=None):
            asked.append(partner_ids)
            return original(self, company, partner_ids)

        self.patch(service, "_line_sql", spy)
        mine, both = self.customer.ids, (self.customer + other).ids
        for domain, partners, rows in (
            ([("partner_id", "=", self.customer.id)], mine, 8),
            ([("part", "=", "orders"), ("partner_id", "in", mine)], mine, 1),
            ([("file_id", "=", file.id)], mine, 8),
            ([("partner_id", "in", both)], both, 9),
            ([("partner_id", "in", [False, *mine])], None, 8),
            ([("file_id", "in", [False, file.id])], None, 9),
            ([("partner_id", "!=", other.id)], None, 8),
            (["|", ("partner_id", "=", other.id), ("part", "=", "orders")], None, 2),
            ([], None, 9),
        ):
            with self.subTest(domain=domain):
                asked.clear()
                found = self.Line.search(domain)
                self.assertEqual(len(found), rows)
                self.assertEqual(asked and sorted(asked[0] or []), partners or [])
                counts = self.Line._read_group(domain, [], ["__count"])
                self.assertEqual(counts, [(rows,)])
        self.env.invalidate_all()
        asked.clear()
        self.assertEqual(len(self.Line.browse(found.ids).mapped("name")), 9)
        self.assertEqual(sorted(asked[0]), sorted(both))

    def test_pivot_graph_and_search_views_read(self):
        """The views are valid and their groupings run."""
        for group in ("part", "partner_id", "date_due:month", "counted"):
            with self.subTest(group=group):
                rows = self.Line.formatted_read_group([], [group], ["amount:sum"])
                self.assertTrue(rows)
