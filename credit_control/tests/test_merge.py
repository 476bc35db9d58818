"""Merging customers merges their credit files: nothing is lost."""

from datetime import timedelta

from freezegun import freeze_time

from odoo.tests import tagged

from .common import TODAY, CreditCommon


@tagged("post_install", "-at_install")
class TestMerge(CreditCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._customer("Bright Tools Ltd")
        cls.key = (cls.customer.id, cls.company.id)

    def _merge(self, *partners, into=None):
        partners = self.env["res.partner"].union(*partners)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge(partners.ids, into or self.customer)

    def _facts(self):
        return self.env["credit.file"]._get_limit_facts([self.key])[self.key][0]

    def _cover(self, file):
        return self.env["credit.insurance.cover"].create(
            {
                "file_id": file.id,
                "insurer_id": self._customer("Insurer").id,
                "insured_limit": 50,
            }
        )

    def test_files_become_one(self):
        """The kept file keeps its limit; the rest of the other comes over."""
        kept, merged = self._file(1000), self._file(9000, partner=self.other)
        merged._set_limit(
            "amount",
            500,
            reason="Fair",
            kind="temporary",
            date_to=TODAY + timedelta(days=9),
        )
        merged._set_limit(
            "unlimited", reason="Plan", date_from=TODAY + timedelta(days=5)
        )
        merged.message_post(body="Called the owner")
        cover, lines = self._cover(merged), merged.limit_line_ids
        merged.write({"state": "watch", "user_id": self.env.user.id})
        self._merge(self.customer, self.other)
        self.assertFalse(merged.exists())
        self.assertEqual((kept.credit_limit, self._facts().own_limit), (1000, 1000))
        self.assertEqual(self.customer.credit_limit, 1000)
        self.assertEqual(lines.file_id, kept)
        self.assertEqual(cover.file_id, kept)
        self.assertEqual((kept.state, kept.user_id), ("watch", self.env.user))
        bodies = "".join(kept.message_ids.mapped("body"))
        self.assertIn("Called the owner", bodies)
        self.assertIn("Bright Tools Ltd", kept.message_ids[0].body)
        self.assertIn("9,000.00", kept.message_ids[0].body)

    def test_other_limit_never_comes_into_force(self):
        """Neither today nor when a planned limit of the merged file would begin."""
        self._file(1000)
        merged = self._file(9000, partner=self.other)
        start = TODAY + timedelta(days=5)
        merged._set_limit("unlimited", reason="Plan", date_from=start)
        self._merge(self.customer, self.other)
        self.assertEqual(self._facts().own_limit, 1000)
        with freeze_time(start):
            self.assertEqual(self._facts().own_limit, 1000)

    def test_limit_comes_over_where_there_is_none(self):
        """A customer does not become unchecked by being merged."""
        kept, _merged = self._file(), self._file(700, partner=self.other)
        self._merge(self.customer, self.other)
        self.assertEqual((kept.limit_mode, kept.credit_limit), ("amount", 700))
        self.assertEqual(self._facts().own_limit, 700)
        self.assertEqual(self.customer.credit_limit, 700)

    def test_file_moves_where_there_is_none(self):
        """The only file of two customers stays, whichever is kept."""
        file = self._file(700, partner=self.other)
        self._merge(self.customer, self.other)
        self.assertEqual(file.partner_id, self.customer)
        self.assertEqual(self._facts().own_limit, 700)

    def test_stricter_state_stays_stricter(self):
        """Merging opens nobody."""
        kept = self._file(state="stop")
        self._file(partner=self.other, state="watch")
        self._merge(self.customer, self.other)
        self.assertEqual(kept.state, "stop")

    def test_native_limit_of_merged_contact_is_no_decision(self):
        """Odoo fills the kept contact's gaps from the other: not our limit."""
        kept = self._file()
        self.other.credit_limit = 5000
        self._merge(self.customer, self.other)
        self.assertEqual(kept.limit_mode, "inherit")
        self.assertEqual(self.customer.credit_limit, 0)
        self.assertFalse(self.customer.use_partner_credit_limit)

    def test_holds_come_over(self):
        """A waiting hold stays with the order and finds the kept file."""
        self._file(1000)
        merged = self._file(10, partner=self.other)
        order = self._order(50, partner=self.other)
        # sudo: no user makes holds, they are opened by the gate
        hold = (
            self.env["credit.hold"]
            .sudo()
            .create(
                {
                    "order_id": order.id,
                    "partner_id": self.other.id,
                    "file_id": merged.id,
                    "company_id": self.company.id,
                    "currency_id": self.currency.id,
                    "request_date": TODAY,
                }
            )
        )
        self._merge(self.customer, self.other)
        self.assertEqual(hold.file_id.partner_id, self.customer)
        self.assertEqual(hold.partner_id, self.customer)

    def test_each_company_for_itself(self):
        """Files of two companies are not mixed."""
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        File = self.env["credit.file"]
        theirs = File._ensure(self.other, elsewhere)
        theirs._set_limit("none", reason="Test")
        ours = self._file(1000)
        self._file(9, partner=self.other)
        self._merge(self.customer, self.other)
        self.assertEqual(
            (theirs.partner_id, theirs.limit_mode), (self.customer, "none")
        )
        self.assertEqual(ours.credit_limit, 1000)

    def test_customers_without_files_merge_as_ever(self):
        """Nothing of ours happens without a file."""
        self._merge(self.customer, self.other)
        self.assertFalse(self.other.exists())
        self.assertFalse(self.customer.credit_file_ids)
