"""Which files the hourly refresh of the figures measures again."""

from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged

from .common import CreditCommon


@tagged("post_install", "-at_install")
class TestSnapshotChanged(CreditCommon):
    """After a full run, only customers with news are measured."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.File = cls.env["credit.file"]
        cls.other = cls._customer("Other")
        cls.file = cls._file(1000)
        cls.other_file = cls._file(1000, partner=cls.other)
        cls._invoice(100)
        cls._invoice(100, partner=cls.other)
        cls.File._refresh_snapshot()

    def _measured(self):
        """The files that a run measures."""
        found = self.File.browse()
        original = type(self.File)._store_snapshot

        def spy(files, company):
            nonlocal found
            found |= files
            return original(files, company)

        with patch.object(type(self.File), "_store_snapshot", spy):
            self.File._refresh_snapshot()
        return found & (self.file | self.other_file)

    def test_nothing_new_measures_nobody(self):
        self.assertFalse(self._measured())

    def test_documents_in_journals_measure_their_customer(self):
        """Invoice, payment, credit note, draft: whatever moves the sum."""
        self.company.credit_count_drafts = True
        self._measured()
        invoice = self._invoice(50)
        self.assertEqual(self._measured(), self.file)
        self.assertEqual(self.file.exposure, 150)
        self._pay(invoice)
        self.assertEqual(self._measured(), self.file)
        self._invoice(-20)
        self.assertEqual(self._measured(), self.file)
        self._invoice(7, post=False)
        self.assertEqual(self._measured(), self.file)
        self.assertEqual((self.file.exposure, self.other_file.exposure), (87, 100))

    def test_orders_measure_their_customer(self):
        """Confirmed, changed, cancelled: rows written since the last run."""
        order = self._order(300, confirm=True)
        self.assertIn(self.file, self._measured())
        self.assertEqual((self.file.exposure, self.file.order_amount), (400, 300))
        order.order_line.price_unit = 200
        self.assertIn(self.file, self._measured())
        self.assertEqual((self.file.exposure, self.file.order_amount), (300, 200))
        order._action_cancel()
        self.assertIn(self.file, self._measured())
        self.assertEqual((self.file.exposure, self.file.order_amount), (100, 0))

    def test_order_with_another_payer_measures_both(self):
        """Also the one before, whom no row names any more; so does a deletion."""
        order = self._order(300, confirm=True)
        self._measured()
        order.partner_invoice_id = self.other
        self.assertEqual(self._measured(), self.file | self.other_file)
        self.assertEqual((self.file.exposure, self.other_file.exposure), (100, 400))
        order._action_cancel()
        order.unlink()
        self.assertIn(self.other_file, self._measured())
        self.assertEqual(self.other_file.exposure, 100)

    def test_contact_that_moves_takes_its_orders_along(self):
        contact = self.env["res.partner"].create(
            {"name": "Branch", "parent_id": self.other.id, "type": "invoice"}
        )
        order = self._order(300)
        order.partner_invoice_id = contact
        order.action_confirm()
        self._measured()
        self.assertEqual((self.file.exposure, self.other_file.exposure), (100, 400))
        contact.parent_id = self.customer
        self._measured()
        self.assertEqual((self.file.exposure, self.other_file.exposure), (400, 100))

    def test_wrong_figures_are_measured_again(self):
        """Whatever made them wrong."""
        self.file.sudo()._write({"exposure": 5})
        self.assertEqual(self._measured(), self.file)
        self.assertEqual(self.file.exposure, 100)

    def test_new_day_measures_everybody(self):
        """Due dates pass without a document being touched."""
        with freeze_time("2026-06-16 00:30:00"):
            self.assertEqual(self._measured(), self.file | self.other_file)
            self.assertFalse(self._measured(), "once a day is enough")

    def test_settings_measure_everybody(self):
        """A setting, a grade and a rate concern many files at once."""
        grade = self.env["credit.grade"].search([], limit=1)
        for change in (
            lambda: self.company.write({"credit_watch_pct": 5}),
            lambda: grade.write({"credit_limit": 77}),
            lambda: self.setup_other_currency("CHF", rates=[("2026-01-01", 3.0)]),
        ):
            change()
            self.assertEqual(self._measured(), self.file | self.other_file)
            self.assertFalse(self._measured())

    def test_group_is_measured_with_its_member(self):
        """Who shares the ceiling has less room when a sister owes more."""
        group = self.env["credit.group"].create(
            {"name": "Holding", "limit_mode": "amount", "credit_limit": 500}
        )
        (self.file | self.other_file).group_id = group
        self.assertEqual(self._measured(), self.file | self.other_file)
        self._invoice(50)
        self.assertEqual(self._measured(), self.file | self.other_file)
        self.assertEqual(self.other_file.available, 250)

    def test_horizon_of_another_database_measures_everybody(self):
        """Restored from a dump, transaction numbers begin again."""
        self.company.sudo().credit_snapshot_horizon = str(2**60)
        self.env.flush_all()
        self.assertEqual(self._measured(), self.file | self.other_file)
