"""What a person holds stays held until a person lets it go."""

from odoo.exceptions import RedirectWarning
from odoo.tests import tagged

from .hold_common import HoldCommon


@tagged("post_install", "-at_install")
class TestHoldForced(HoldCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # well within the limit: only the person holds it
        cls.order = cls._order(100.0, user_id=cls.seller.id)

    def assertHeld(self):
        with self.assertRaisesRegex(RedirectWarning, "put this order on hold"):
            self.order.with_user(self.seller).action_confirm()
        self.order.invalidate_recordset(["credit_panel"])
        self.assertEqual(self.order.credit_panel["outcome"], "hold")

    def test_refused_forced_hold_goes_on_holding(self):
        """To refuse the release of what a person holds is no release."""
        hold = self._force(self.order)
        self._reject(hold)
        self.assertHeld()
        panel = self.order.credit_panel
        self.assertEqual(panel["headline"], "On credit hold")
        self.assertEqual(panel["hold"]["state"], "rejected")
        self.assertEqual(panel["reasons"][0]["code"], "forced")
        self.assertFalse(panel["ways"])

    def test_refused_forced_hold_where_credit_was_not_used(self):
        """The same for a customer without limit."""
        stranger = self._customer("Stranger")
        self.order = self._order(100.0, partner=stranger, user_id=self.seller.id)
        self._reject(self._force(self.order))
        self.assertHeld()

    def test_new_request_after_refusal_is_forced_as_well(self):
        """Asking again frees nothing; refused again it holds, released it goes."""
        first = self._force(self.order)
        self._reject(first)
        again = self._request(self.order, note="Please look again")
        self.assertNotEqual(again, first)
        self.assertTrue(again.forced)
        self.assertEqual(again.forced_by, self.analyst)
        self.assertEqual(again.forced_reason, "Cheque bounced")
        self.assertEqual(again.main_reason, "forced")
        self.assertIn(self.approver, again.activity_ids.user_id)
        self.assertHeld()
        self._reject(again)
        self.assertHeld()
        third = self._request(self.order)
        self._release(third, confirm=True)
        self.assertEqual(self.order.state, "sale")

    def test_release_that_expired_leaves_the_order_to_the_rules(self):
        """A release ends what a person held before, also when it is not used."""
        self._reject(self._force(self.order))
        again = self._request(self.order)
        self._release(again)
        with self.at(days=60):
            self._run_job("ir_cron_expire")
            self.assertEqual(again.state, "expired")
            self.order.with_user(self.seller).action_confirm()
        self.assertEqual(self.order.state, "sale")

    def test_cancelling_and_resetting_the_order_frees_nothing(self):
        """Neither before nor after a refusal; else a salesperson helps himself."""
        hold = self._force(self.order)
        seller = self.order.with_user(self.seller)
        seller.write({"state": "draft"})
        self.assertEqual(hold.state, "waiting")
        seller.action_cancel()
        self.assertEqual(hold.state, "cancelled")  # nobody has to look at it
        seller.action_draft()
        self.assertHeld()
        again = self._request(self.order)
        self.assertTrue(again.forced)
        self._reject(again)
        seller.action_cancel()
        seller.action_draft()
        self.assertHeld()

    def test_copy_is_free(self):
        """A person held this order; a customer is stopped on his file."""
        self._reject(self._force(self.order))
        copy = self.order.copy({"user_id": self.seller.id})
        self.assertFalse(copy.credit_hold_ids)
        copy.with_user(self.seller).action_confirm()
        self.assertEqual(copy.state, "sale")

    def test_refused_request_leaves_the_order_to_the_rules(self):
        """What the rules held goes once they let it go, refused or not."""
        order = self._order(1500.0, user_id=self.seller.id)
        self._reject(self._request(order))
        order.order_line.price_unit = 500.0
        order.with_user(self.seller).action_confirm()
        self.assertEqual(order.state, "sale")

    def test_forced_hold_of_confirmed_order_is_about_growth(self):
        """What a person holds after confirmation is what comes on top of it."""
        order = self._order(10.0, user_id=self.seller.id)
        order.action_confirm()
        holds = self._force(order | self.order)
        self.assertEqual(holds.mapped("checkpoint"), ["confirm", "growth"])
