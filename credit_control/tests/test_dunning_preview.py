"""The dry run at the screen, and the host's flag that keeps items out of dunning."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .dunning_common import DunningCommon


@tagged("post_install", "-at_install")
class TestDunningPreview(DunningCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls._overdue_invoice(100, days=30)
        cls.other = cls._customer("Other", email="other@example.com")
        cls._overdue_invoice(3000, days=30, partner=cls.other)
        cls.accountant = cls._user("invoicing")

    def _rows(self):
        self.Work._refresh(self.company)
        return self.Work.search([("company_id", "=", self.company.id)])

    def _open(self, rows, user=None):
        """The dialogue as the button opens it."""
        user = user or self.accountant
        action = rows.with_user(user).action_preview()
        Model = self.env[action["res_model"]].with_user(user)
        return Form(Model.with_context(**action["context"]))

    def test_everybody_due(self):
        """Without a choice: who would get what, largest first, and the totals."""
        self._rows()
        text = self._open(self.Work.browse()).content
        self.assertIn("2 reminders to 2 customers", text)
        self.assertIn("3,100.00", text)
        self.assertLess(text.index(">Other<"), text.index(">Bright Tools<"))
        self.assertIn("E-mail", text)

    def test_customers_chosen(self):
        """Chosen by hand: neither thresholds nor the wait hold anything back."""
        self.policy.min_amount = 500
        rows = self._rows()
        self.assertNotIn("Bright Tools", self._open(rows.browse()).content)
        row = rows.filtered(lambda row: row.partner_id == self.customer)
        text = self._open(row).content
        self.assertIn("Bright Tools", text)
        self.assertNotIn(">Other<", text)

    def test_nothing_is_left_behind(self):
        """Neither runs, notices, files, nor a row of the dialogue itself."""
        rows = self._rows()
        models = (
            "credit.dunning.run",
            "credit.dunning.notice",
            "credit.dunning.notice.line",
            "credit.dunning.preview",
            "credit.file",
            "mail.mail",
        )
        counts = {name: self.env[name].sudo().search_count([]) for name in models}
        self._open(rows.browse())
        self._open(rows)
        for name, count in counts.items():
            self.assertEqual(self.env[name].sudo().search_count([]), count, name)

    def test_nobody_due(self):
        self._pay(self.invoice)
        self.other.active = True
        self._file(partner=self.other).write(
            {"never_dun": True, "no_dunning_reason": "Test"}
        )
        self._rows()
        self.assertIn("Nobody would get", self._open(self.Work.browse()).content)

    def test_proposing_what_was_previewed(self):
        """The button of the dialogue makes the run; the preview did not."""
        row = self._rows().filtered(lambda row: row.partner_id == self.customer)
        record = self._open(row).save()
        action = record.action_propose()
        run = self.env["credit.dunning.run"].browse(action["res_id"])
        self.assertNotices(run, {"Bright Tools": (1, 100)})

    def test_who_may_look(self):
        """Whoever sees all reminders may look; a salesperson sees his customers only,
        and only accountants go on."""
        self._rows()
        auditor = self._user("auditor")
        for user in (self.accountant, self._user("analyst"), auditor):
            with self.subTest(user.login):
                self.assertTrue(self._open(self.Work.browse(), user).content)
        for role in ("sales", "sales_all"):
            user = self._user(role)
            for attempt in ("default_get", "_render"):
                with self.subTest(role, attempt=attempt):
                    with self.assertRaises(AccessError):
                        preview = self.env["credit.dunning.preview"].with_user(user)
                        getattr(preview, attempt)(["content"])
        preview = self._open(self.Work.browse(), auditor).save()
        with self.assertRaises(AccessError):
            preview.action_propose()

    def test_fees_and_interest_are_in_the_totals(self):
        """What is to pay is what the reminder will ask for."""
        self.policy.level_ids[0].fee_amount = 5
        partner = self._customer("Late")
        self._overdue_invoice(100, days=30, partner=partner)
        preview = self.env["credit.dunning.preview"]
        [row] = self.env["credit.dunning"]._preview(self.company, partner.ids)
        values = preview._prepare_values([row])
        for figures in (values["totals"][0], values["rows"][0]):
            self.assertEqual(
                (figures["amount"], figures["fees"], figures["total"]),
                (row["total"] - 5, 5, row["total"]),
            )

    def test_many_notices_are_summed_up(self):
        """200 are shown one by one, all of them are in the totals; the number of
        queries does not grow with them."""
        partners = self.env["res.partner"].create(
            [{"name": f"P{number}", "is_company": True} for number in range(8)]
        )
        for partner in partners:
            self._overdue_invoice(1, days=30, partner=partner)
        preview = self.env["credit.dunning.preview"]
        counts = {
            self._count_queries(lambda ids=ids: preview._render(ids))
            for ids in (partners[:2].ids, partners.ids)
        }
        self.assertEqual(len(counts), 1, counts)
        rows = self.env["credit.dunning"]._preview(self.company) * 40
        text = self.env["ir.qweb"]._render(
            "credit_control.credit_dunning_preview", preview._prepare_values(rows)
        )
        self.assertIn("200 more", text)


@tagged("post_install", "-at_install")
class TestNoFollowup(DunningCommon):
    """Opening balances are out of dunning by the host's default, unseen."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.entry = cls._entry(cls.customer, 90, due="2026-05-01")
        cls.item = cls.entry.line_ids.filtered(lambda line: line.balance > 0)
        cls.accountant = cls._user("invoicing")

    def test_worklist_says_why_it_rests(self):
        """The customer is in the worklist, with the reason and a filter for it."""
        self.Work._refresh(self.company)
        row = self.Work.search([("partner_id", "=", self.customer.id)])
        self.assertEqual((row.state, row.reason), ("resting", "no_followup"))
        view = self.Work.get_view(view_type="search")["arch"]
        self.assertIn("('reason', '=', 'no_followup')", view)
        action = row.action_open_items()
        view = self.env["account.move.line"].get_view(*action["views"][0])["arch"]
        self.assertIn('name="no_followup"', view)

    def test_accountant_takes_it_in(self):
        """One action on the items, and back again; then it is reminded of."""
        items = self.entry.line_ids.with_user(self.accountant)
        self.assertTrue(self.item.no_followup)
        items.action_credit_no_followup()
        self.assertFalse(self.item.no_followup)
        run = self._propose()
        self.assertNotices(run, {"Bright Tools": (1, 90)})
        items.action_credit_no_followup()
        self.assertTrue(self.item.no_followup)

    def test_invoice_form_and_lists_show_it(self):
        """Where an accountant looks: invoice, its items, journal items, filters."""
        for model, kind in (
            ("account.move", "form"),
            ("account.move.line", "list"),
            ("account.move.line", "search"),
            ("account.move", "search"),
        ):
            with self.subTest(model, kind=kind):
                xmlid = "account.view_account_invoice_filter"
                view_id = (model, kind) == ("account.move", "search") and (
                    self.env.ref(xmlid).id
                )
                arch = self.env[model].get_view(view_id or None, kind)["arch"]
                self.assertIn("no_followup", arch)
        invoice = self._overdue_invoice(100, days=30)
        with Form(invoice.with_user(self.accountant)) as form:
            form.no_followup = True
        self.assertTrue(
            all(invoice.line_ids.filtered("date_maturity").mapped("no_followup"))
        )

    def test_filter_finds_invoices(self):
        invoice = self._overdue_invoice(100, days=30)
        domain = [
            ("line_ids", "any", [("no_followup", "=", True)]),
            ("move_type", "=", "out_invoice"),
            ("partner_id", "=", self.customer.id),
        ]
        Move = self.env["account.move"].with_user(self.accountant)
        self.assertFalse(Move.search(domain))
        invoice.no_followup = True
        self.assertEqual(Move.search(domain), invoice)

    def test_only_receivables_and_only_accountants(self):
        revenue = (self.entry.line_ids - self.item).with_user(self.accountant)
        with self.assertRaisesRegex(UserError, "receivable accounts"):
            revenue.action_credit_no_followup()
        for role in ("sales", "auditor", "analyst"):
            with self.subTest(role), self.assertRaises(AccessError):
                self.item.with_user(self._user(role)).action_credit_no_followup()
        self.assertTrue(self.item.no_followup)
