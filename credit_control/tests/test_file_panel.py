"""What the form of a file and the Credit tab of a contact show."""

from odoo.tests import Form, tagged

from .common import CreditCommon


@tagged("post_install", "-at_install")
class TestFilePanel(CreditCommon):
    def _level(self, file):
        file.invalidate_recordset(["live_panel"])
        return file.live_panel["level"]

    def test_parts_add_up_to_what_is_used(self):
        """Each part by its name; what the company does not count is shown as such."""
        self.company.credit_count_orders = False
        file = self._file(1000)
        self._invoice(300)
        self._overdue_invoice(200, days=5)
        self._unapplied_payment(50)
        self._order(100, confirm=True)
        panel = file.live_panel
        parts = {part["code"]: part for part in panel["parts"]}
        self.assertEqual(
            {code: part["amount"] for code, part in parts.items()},
            {"not_due": 300, "overdue": 200, "orders": 100, "credits": 50},
        )
        self.assertFalse(parts["orders"]["counted"])
        self.assertEqual(
            sum(p["sign"] * p["amount"] for p in parts.values() if p["counted"]),
            panel["used"],
        )
        self.assertEqual(parts["overdue"]["label"], "Overdue")
        self.assertEqual(panel["overdue_days"], 5)
        self.assertEqual(panel["as_of"], "2026-06-15 00:00")

    def test_level_follows_use_and_state(self):
        """Green, amber from the watch line, red; a person's stop is red at once."""
        file = self._file(1000)
        self.assertEqual(self._level(file), "ok")
        invoice = self._invoice(900)
        self.assertEqual(self._level(file), "watch")
        self._invoice(101)
        self.assertEqual(self._level(file), "stop")
        self._pay(invoice)
        self.assertEqual(self._level(file), "ok")
        self.assertFalse(file.live_panel["word"])
        for state, word in (("watch", "Watch"), ("stop", "Stopped")):
            file.state = state
            self.assertEqual(self._level(file), state)
            self.assertEqual(file.live_panel["word"], word)
        free = self._file(partner=self._customer("Free"))
        self.assertEqual(self._level(free), "none")

    def test_limit_is_told_in_words(self):
        """Amount, from whom, and what comes on top."""
        file = self._file(1000)
        label = file.live_panel["limit_label"]
        self.assertIn("1,000.00", label)
        self.assertIn("own limit", label)
        free = self._file(partner=self._customer("Free"))
        self.assertIn("Not checked", free.live_panel["limit_label"])

    def test_contact_shows_the_panel_of_his_customer(self):
        """With a file, or without one against the company's default."""
        file = self._file(1000)
        contact = self.env["res.partner"].create(
            {"name": "Ann", "parent_id": self.customer.id}
        )
        self.assertEqual(contact.credit_panel["file_id"], file.id)
        self.assertEqual(contact.credit_panel["limit"], 1000)
        self.assertEqual(contact.credit_file_limit, 1000)
        self.company.write({"credit_limit_mode": "amount", "credit_default_limit": 40})
        panel = self._customer("No file").credit_panel
        self.assertEqual((panel["file_id"], panel["limit"]), (None, 40))
        self.assertIn("company default", panel["limit_label"])

    def test_drill_down_lists_the_documents(self):
        """The documents behind a part add up to it."""
        file = self._file(1000)
        self._invoice(300)
        self._overdue_invoice(200, days=5)
        for part, total in (("overdue", 200), ("not_due", 300), (None, 500)):
            action = file.with_user(self._auditor()).action_open_exposure(part)
            lines = self.env[action["res_model"]].with_context(**action["context"])
            found = lines.search(action["domain"])
            self.assertEqual(sum(found.mapped("amount")), total)

    def _auditor(self):
        login = "credit_auditor"
        return self.env["res.users"].search([("login", "=", login)]) or self._user(
            "auditor"
        )

    def test_forms_open_for_each_role(self):
        """Contact, file and settings open with just the rights of the role."""
        file = self._file(1000)
        for role in ("sales_all", "invoicing", "analyst", "manager", "auditor"):
            user = self._user(role) if role != "auditor" else self._auditor()
            partner = self.customer.with_user(user)
            view = partner.get_view(self.env.ref("base.view_partner_form").id, "form")[
                "arch"
            ]
            ours = role not in ("sales_all", "invoicing")
            with self.subTest(role):
                self.assertEqual('name="credit_panel"' in view, ours)
                self.assertEqual("has_credit_file" in view, role != "sales_all")
                self.assertTrue(partner.has_credit_file)
                if ours:
                    self.assertTrue(Form(file.with_user(user)))
        settings = self.env["credit.settings"].with_user(
            self.env["res.users"].search([("login", "=", "credit_manager")])
        )
        form = Form(settings)
        form.credit_watch_pct = 80
        form.save().action_save()
        self.assertEqual(self.company.credit_watch_pct, 80)

    def test_settings_of_a_branch_are_those_of_its_root(self):
        """Whoever opens the settings in a branch sees and sets the root's."""
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        # sudo: the settings page is for administrators of the system
        settings = self.env["res.config.settings"].sudo().with_company(branch)
        settings.create({"company_id": branch.id, "credit_release_days": 7}).execute()
        self.assertEqual(self.company.credit_release_days, 7)
