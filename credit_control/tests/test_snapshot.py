"""Stored figures for lists and filters."""

from functools import partial

from freezegun import freeze_time
from lxml import etree

from odoo import fields
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .common import TODAY, CreditCommon


@tagged("post_install", "-at_install")
class TestSnapshot(CreditCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.File = cls.env["credit.file"]
        cls.foreign = cls.setup_other_currency("CHF", rates=[("2020-01-01", 2.0)])

    def _find(self, name, model="credit.file"):
        """What a filter of the search view finds, by the name of the filter."""
        view = self.env[model].get_view(view_type="search")
        domain = etree.fromstring(view["arch"]).find(f".//filter[@name='{name}']")
        return self.env[model].search(
            safe_eval(domain.get("domain"), {"uid": self.env.uid})
        )

    def test_figures_are_stored(self):
        """Limit, exposure, room, overdue: as the live figures say."""
        file = self._file(1000)
        self._invoice(300)
        self._overdue_invoice(200, days=12)
        self._order(100, confirm=True)
        self.assertEqual(self.File._refresh_snapshot(file), 1)
        self.assertEqual(
            (file.effective_limit, file.exposure, file.available, file.utilisation_pct),
            (1000, 600, 400, 60.0),
        )
        self.assertEqual(
            (file.receivable_amount, file.overdue_amount, file.overdue_days),
            (500, 200, 12),
        )
        self.assertEqual(file.limit_status, "ok")
        panel = file.live_panel
        self.assertEqual(
            (panel["limit"], panel["used"], panel["available"], panel["used_pct"]),
            (1000, 600, 400, 60.0),
        )

    def test_only_changed_files_are_written(self):
        """A second run touches nothing; a payment touches one row."""
        file, other = self._file(1000), self._file(5, partner=self._customer("Other"))
        self.assertEqual(other.effective_limit, 5, "a new limit shows at once")
        invoice = self._invoice(300)
        self.assertEqual(self.File._refresh_snapshot(file | other), 1)
        with freeze_time("2026-06-15 01:00:00"):
            self.assertEqual(self.File._refresh_snapshot(file | other), 0)
            self._pay(invoice)
            self.assertEqual(self.File._refresh_snapshot(file | other), 1)
            self.assertGreater(file.snapshot_at, other.snapshot_at)
        self.assertEqual((file.exposure, file.last_payment_date), (0, TODAY))

    def test_whole_run_is_stamped(self):
        """As of when the lists are: the run, not the last change."""
        self._file(1000)
        with freeze_time("2026-06-15 10:00:00"):
            self.File._cron_refresh_snapshot()
        self.assertEqual(
            self.company.credit_snapshot_at,
            fields.Datetime.to_datetime("2026-06-15 10:00:00"),
        )

    def test_group_room_is_the_smaller_one(self):
        """What the others of the group owe is not free for this one."""
        group = self.env["credit.group"].create(
            {"name": "Holding", "limit_mode": "amount", "credit_limit": 1000}
        )
        other = self._customer("Sister")
        file = self._file(800, group_id=group.id)
        sister = self._file(
            5000, partner=other, group_id=group.id, currency_id=self.foreign.id
        )
        self._invoice(100)
        self._invoice(700, partner=other)
        self.File._refresh_snapshot(file | sister)
        self.assertEqual((file.exposure, file.available), (100, 200))
        self.assertEqual((sister.effective_limit, sister.available), (2000, 400))
        self.assertEqual(
            file.live_panel["group"],
            {"name": "Holding", "limit": 1000, "used": 800, "available": 200},
        )
        sister.group_exempt = True
        self.File._refresh_snapshot(file | sister)
        self.assertEqual((file.available, sister.available), (700, 5000 - 1400))

    def test_filters_find_the_files(self):
        """R06: the ready filters, on files and on contacts."""
        names = ["over", "near", "fine", "free"]
        partners = {name: self._customer(name) for name in names}
        limits = {"over": 100, "near": 100, "fine": 1000, "free": None}
        files = {n: self._file(limits[n], partner=p) for n, p in partners.items()}
        self._overdue_invoice(150, days=400, partner=partners["over"])
        self._invoice(90, partner=partners["near"])
        self._pay(self._invoice(40, partner=partners["near"]))
        files["fine"].next_review_date = TODAY
        self.env["credit.insurance.cover"].create(
            {
                "file_id": files["fine"].id,
                "insurer_id": self._customer("Insurer").id,
                "insured_limit": 50,
            }
        )
        self.File._refresh_snapshot(self.File.union(*files.values()))
        cases = {
            "over_limit": ["over"],
            "near_limit": ["near"],
            "overdue": ["over"],
            "unpaid_year": ["over"],
            "review_due": ["fine"],
            "uninsured": ["over", "near", "free"],
            "on_hold": [],
        }
        every = self.File.union(*files.values())
        for name, expected in cases.items():
            with self.subTest(name):
                self.assertCountEqual(
                    (self._find(name) & every).mapped("partner_id.name"), expected
                )
                found = self._find(f"credit_{name}", "res.partner")
                self.assertCountEqual(
                    (found & every.partner_id).mapped("name"), expected
                )

    def test_no_limit_no_room(self):
        """Without ceiling there is no room to store, and no status."""
        file = self._file(limit_mode="unlimited", limit_reason="Test")
        self._invoice(100)
        self.File._refresh_snapshot(file)
        self.assertEqual((file.limit_status, file.exposure), ("unlimited", 100))
        self.assertFalse(file.available)
        file.write({"limit_mode": "inherit", "limit_reason": "Test"})
        self.File._refresh_snapshot(file)
        self.assertEqual(file.limit_status, "unset")
        file.write({"limit_mode": "none", "limit_reason": "Test"})
        self.File._refresh_snapshot(file)
        self.assertEqual((file.limit_status, file.utilisation_pct), ("over", 100))

    def test_query_count_does_not_grow(self):
        """50 files cost what one costs: snapshot and live figures alike."""
        partners = self.env["res.partner"].create(
            [{"name": f"C{i}", "is_company": True} for i in range(50)]
        )
        files = self.File.union(*(self._file(100, partner=p) for p in partners))
        for measure in (
            self.File._refresh_snapshot,
            lambda some: some.mapped("live_panel"),
            lambda some: some.partner_id.mapped("credit_panel"),
        ):
            counts = {
                self._count_queries(
                    partial(measure, some),
                    warm=partial(
                        some.mapped,
                        lambda f: (f.company_id.currency_id.name, f.partner_id.name),
                    ),
                )
                for some in (files[:1], files)
            }
            self.assertEqual(len(counts), 1, (measure, counts))
