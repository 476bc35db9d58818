"""Releasing and rejecting: what follows, and what is refused."""

from datetime import timedelta

from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import Form, tagged

from .common import TODAY
from .hold_common import HoldCommon


@tagged("post_install", "-at_install")
class TestHoldDecision(HoldCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.credit_release_days = 10

    def _confirm(self, order=None):
        (order or self.order).with_user(self.seller).action_confirm()

    # -- release ------------------------------------------------------------------
    def test_release_lets_the_order_go(self):
        """A released order is confirmed by its salesperson, not before."""
        hold = self._request(self.order)
        with self.assertRaises(RedirectWarning):
            self._confirm()
        self._release(hold)
        self.assertEqual(hold.state, "released")
        self.assertEqual(hold.decided_by, self.approver)
        self.assertEqual(hold.decision_reason, "Good customer")
        self.assertEqual(hold.released_amount, 1500.0)
        self.assertEqual(hold.valid_until, TODAY + timedelta(days=10))
        self.assertFalse(hold.activity_ids)
        self._confirm()
        self.assertEqual(self.order.state, "sale")
        self.assertEqual(hold.state, "released")

    def test_release_confirms_in_the_same_click(self):
        """An approver without sales rights confirms with the release."""
        hold = self._request(self.order)
        self._release(hold, confirm=True)
        self.assertEqual(self.order.state, "sale")
        self.assertFalse(self.order.activity_ids)

    def test_salesperson_is_told_of_the_decision(self):
        """The order carries the decision, its bounds and an activity to go on."""
        hold = self._request(self.order)
        self._release(hold, condition="Ship after <i>deposit</i>", reason="Old friend")
        message = self.order.message_ids[0]
        self.assertIn(self.seller.partner_id, message.partner_ids)
        for text in ("Old friend", "1,500.00", "Ship after &lt;i&gt;deposit"):
            self.assertIn(text, message.body)
        self.assertIn("Old friend", hold.message_ids[0].body)
        self.assertEqual(self.order.activity_ids.user_id, self.seller)
        self._confirm()
        self.assertFalse(self.order.activity_ids)

    def test_decision_is_written_down_whatever_the_context(self):
        """No context key keeps a decision out of the chatter."""
        hold = self._request(self.order)
        quiet = hold.with_user(self.approver).with_context(
            tracking_disable=True, mail_notrack=True, mail_create_nolog=True
        )
        quiet._decide("release", "Quietly")
        self.assertIn("Quietly", hold.message_ids[0].body)

    def test_release_holds_again_on_growth_not_on_shrinking(self):
        """A release covers what was released, less, but not a cent more."""
        self._release(self._request(self.order))
        for price, goes in [(1500.01, False), (1500.0, True), (1200.0, True)]:
            with self.subTest(price=price):
                self.order.order_line.price_unit = price
                outcome = self.order.credit_panel["outcome"]
                self.assertEqual(outcome, "released" if goes else "hold")
        self.order.order_line.price_unit = 1500.01
        with self.assertRaises(RedirectWarning):
            self._confirm()

    def test_release_holds_again_on_longer_terms(self):
        """Terms released are those of the order, or those that were decided."""
        net_30 = self.env.ref("account.account_payment_term_30days")
        self._release(self._request(self.order))
        self.order.payment_term_id = net_30
        self.assertEqual(self.order.credit_panel["outcome"], "hold")
        again = self._request(self.order)
        self._release(again, terms_days=45)
        self.assertEqual(again.released_terms_days, 45)
        self.assertEqual(self.order.credit_panel["outcome"], "released")

    def test_smaller_cap_holds_the_order_as_it_is(self):
        """Released up to less: the order goes when it is made smaller."""
        hold = self._request(self.order)
        with self.assertRaisesRegex(UserError, "larger than"):
            self._release(hold, cap=1200.0, confirm=True)
        self._release(hold, cap=1200.0)
        self.assertEqual(self.order.credit_panel["outcome"], "hold")
        self.order.order_line.price_unit = 1200.0
        self._confirm()
        self.assertEqual(self.order.state, "sale")

    def test_release_is_for_its_customer_and_currency(self):
        """A release gained for one customer or currency covers no other."""
        pricelist = self._gold_order(1.0).pricelist_id
        changes = {
            "customer": {"partner_id": self._customer("Stranger").id},
            "invoice address": {"partner_invoice_id": self._customer("Payer").id},
            "currency": {"pricelist_id": pricelist.id},
        }
        for name, values in changes.items():
            with self.subTest(change=name):
                order = self._order(1500.0, user_id=self.seller.id)
                hold = self._request(order)
                self._release(hold)
                order.write({"partner_invoice_id": self.customer.id})
                self.assertEqual(hold.state, "released")
                order.write(values)
                self.assertEqual(hold.state, "cancelled")

    def test_forced_hold_follows_its_order(self):
        """What a person holds stays held when the customer is changed."""
        hold = self._force(self.order)
        stranger = self._customer("Stranger")
        self.order.partner_id = stranger
        self.assertEqual(hold.state, "waiting")
        self.assertEqual(hold.partner_id, stranger)
        self.assertEqual(hold.file_id.partner_id, stranger)

    def test_buttons_are_for_who_may_decide(self):
        """Release and Reject are offered to those with authority and four eyes."""
        hold = self._request(self.order)
        for user, offered in [
            (self.seller, False),
            (self.analyst, False),
            (self.approver, True),
            (self.manager, True),
        ]:
            with self.subTest(user=user.login):
                self.assertEqual(hold.with_user(user).can_decide, offered)
        self._reject(hold)
        self.assertFalse(hold.with_user(self.manager).can_decide)

    def test_new_request_replaces_the_release(self):
        """An outgrown release ends with the next request: one decision stands."""
        first = self._request(self.order)
        self._release(first)
        self.order.order_line.price_unit = 1800.0
        second = self._request(self.order)
        self.assertEqual(first.state, "cancelled")
        self.assertEqual(second.state, "waiting")
        current = self.env["credit.hold"]._get_current(self.order)
        self.assertEqual(current, {self.order.id: second})

    def test_growth_of_a_confirmed_order_is_requested_and_released(self):
        """A confirmed order may ask to grow; until then its release stands."""
        first = self._request(self.order)
        self._release(first, confirm=True)
        line = self.order.order_line.with_user(self.seller)
        with self.assertRaises(RedirectWarning) as refusal:
            line.price_unit = 1800.0
        context = refusal.exception.args[3]
        self.assertEqual(context["default_wanted_amount"], 1800.0)
        self.env.invalidate_all()
        self.assertEqual(self.order.amount_total, 1500.0)
        request = (
            self.env["credit.release.request"]
            .with_user(self.seller)
            .with_context(**context)
            .create({})
        )
        self.assertIn("800.00", request.summary_html)
        request.action_request()
        wish = self.order.credit_hold_ids - first
        self.assertEqual(wish.excess, 800.0)
        self.assertEqual(first.state, "released")
        current = self.env["credit.hold"]._get_current(self.order)
        self.assertEqual(current, {self.order.id: first})
        self._release(wish)
        self.assertEqual(wish.released_amount, 1800.0)
        self.assertEqual(first.state, "cancelled")
        line.price_unit = 1800.0
        self.assertEqual(self.order.amount_total, 1800.0)

    def test_longer_terms_of_a_confirmed_order_are_requested_and_released(self):
        """The refusal leads to a request that says which terms were wanted."""
        net_30 = self.env.ref("account.account_payment_term_30days")
        self.file.payment_term_id = self.immediate
        order = self._order(500.0, user_id=self.seller.id, confirm=True)
        seller = order.with_user(self.seller)
        with self.assertRaises(RedirectWarning) as refusal:
            seller.payment_term_id = net_30
        self.env.invalidate_all()
        self.assertFalse(order.payment_term_id)
        request = (
            self.env["credit.release.request"]
            .with_user(self.seller)
            .with_context(**refusal.exception.args[3])
            .create({})
        )
        self.assertEqual(request.wanted_terms_days, 30)
        self.assertIn("30 days", request.summary_html)
        request.action_request()
        hold = order.credit_hold_ids
        self.assertEqual((hold.terms_days, hold.wanted_terms_days), (0, 30))
        self.assertEqual(hold.main_reason, "terms")
        self.assertTrue(hold.is_same_now)
        hold.sudo()._recheck()
        self.assertEqual((hold.state, hold.ready), ("waiting", False))
        decision = self.env["credit.hold.decision"].with_user(self.approver)
        with Form(decision.with_context(default_hold_id=hold.id)) as dialog:
            self.assertEqual(dialog.terms_days, 30)
            dialog.reason = "Good customer"
        dialog.record.action_decide()
        self.assertEqual(hold.released_terms_days, 30)
        seller.payment_term_id = net_30
        self.assertEqual(order.payment_term_id, net_30)
        with self.assertRaises(RedirectWarning):
            seller.payment_term_id = self.env.ref(
                "account.account_payment_term_end_following_month"
            )

    def test_wish_for_terms_ends_when_the_order_has_them(self):
        """Granted meanwhile and taken: nobody has to decide any more."""
        net_30 = self.env.ref("account.account_payment_term_30days")
        self.file.payment_term_id = self.immediate
        order = self._order(500.0, user_id=self.seller.id, confirm=True)
        hold = self._request(order, wanted_terms=(30, 0.0))
        self.file.payment_term_id = net_30
        hold.sudo()._recheck()
        self.assertTrue(hold.ready)
        order.payment_term_id = net_30
        hold.sudo()._recheck()
        self.assertEqual(hold.state, "cancelled")

    def test_cancelling_ends_release_and_wish(self):
        """A cancelled order keeps neither its release nor a wish to grow."""
        first = self._request(self.order)
        self._release(first, confirm=True)
        wish = self._request(self.order, wanted_amount=1800.0)
        self.order._action_cancel()
        self.assertEqual((first | wish).mapped("state"), ["cancelled", "cancelled"])

    # -- reject -------------------------------------------------------------------
    def test_reject_leaves_the_order_a_quotation(self):
        """A refused order stays held; the salesperson is told and may ask again."""
        hold = self._request(self.order)
        self._reject(hold)
        self.assertEqual(hold.state, "rejected")
        self.assertEqual(self.order.credit_hold_state, "rejected")
        self.assertFalse(hold.released_amount)
        self.assertIn("Pays late", self.order.message_ids[0].body)
        with self.assertRaises(RedirectWarning):
            self._confirm()
        again = self._request(self.order)
        self.assertNotEqual(again, hold)
        self.assertEqual(hold.state, "rejected")

    # -- refused input --------------------------------------------------------------
    def test_bad_input_is_refused_with_the_remedy(self):
        """A decision that makes no sense says what to correct; nothing changes."""
        hold = self._request(self.order)
        yesterday = TODAY - timedelta(days=1)
        cases = [
            (("release", "  "), {}, "Give the reason"),
            (("release", "Ok"), {"cap": 0.0}, "must be positive"),
            (("release", "Ok"), {"cap": -5.0}, "must be positive"),
            (("release", "Ok"), {"valid_until": yesterday}, "in the past"),
            (("release", "Ok"), {"terms_days": -1}, "cannot be negative"),
            (("release", "Ok"), {"discount_pct": -1.0}, "cannot be negative"),
            (("burn", "Ok"), {}, "Choose to release or to reject"),
        ]
        for args, values, text in cases:
            with self.subTest(args=args, **values):
                with self.assertRaisesRegex(UserError, text):
                    hold.with_user(self.approver)._decide(*args, **values)
                self.assertEqual(hold.state, "waiting")

    def test_decided_hold_is_not_decided_again(self):
        """The second of two deciders is told who was first."""
        hold = self._request(self.order)
        self._release(hold)
        with self.assertRaisesRegex(UserError, "decided already.*credit_approver"):
            self._reject(hold, user=self.manager)
        self.assertEqual(hold.state, "released")

    # -- four eyes ------------------------------------------------------------------
    def test_requester_may_not_decide(self):
        """Four eyes: who asks does not decide, whatever his authority."""
        self.manager.group_ids += self.env.ref(
            "sales_team.group_sale_salesman_all_leads"
        )
        hold = self._request(self.order, user=self.manager)
        with self.assertRaisesRegex(AccessError, "somebody else.*credit_approver"):
            self._release(hold, user=self.manager)
        self.assertNotIn(self.manager, hold.activity_ids.user_id)
        self._release(hold, user=self.approver)

    def test_salesperson_of_the_order_may_not_decide(self):
        """Four eyes: an approver does not release his own sale."""
        self.order.user_id = self.approver
        hold = self._request(self.order, user=self.env.user)
        with self.assertRaisesRegex(AccessError, "salesperson of the order"):
            self._release(hold, user=self.approver)
        self.assertNotIn(self.approver, hold.activity_ids.user_id)

    def test_self_decision_where_the_company_allows_it(self):
        """A small company may switch four eyes off."""
        self.company.credit_allow_self_decision = True
        self.order.user_id = self.approver
        hold = self._request(self.order, user=self.env.user)
        self.assertIn(self.approver, hold.activity_ids.user_id)
        self._release(hold, user=self.approver)
        self.assertEqual(hold.state, "released")

    # -- dialog -----------------------------------------------------------------------
    def test_decision_dialog(self):
        """The dialog proposes what is asked for and shows figures then and now."""
        hold = self._request(self.order, note="Pays Friday")
        self.file.write({"credit_limit": 1200.0, "limit_reason": "Test"})
        action = hold.with_user(self.approver).action_release()
        form = Form(
            self.env[action["res_model"]]
            .with_user(self.approver)
            .with_context(**action["context"])
        )
        self.assertEqual(form.cap, 1500.0)
        self.assertEqual(form.valid_until, TODAY + timedelta(days=10))
        self.assertTrue(form.confirm_order)
        self.assertEqual(form.request_note, "Pays Friday")
        self.assertIn("500.00", form.summary_html)
        self.assertIn("300.00", form.summary_now_html)
        form.reason = "Known for years"
        form.condition = "Deposit first"
        form.save().action_decide()
        self.assertEqual(hold.state, "released")
        self.assertEqual(hold.condition, "Deposit first")
        self.assertEqual(self.order.state, "sale")

    def test_reject_dialog(self):
        """The same dialog rejects, and confirms nothing."""
        hold = self._request(self.order)
        action = hold.with_user(self.approver).action_reject()
        form = Form(
            self.env[action["res_model"]]
            .with_user(self.approver)
            .with_context(**action["context"])
        )
        form.reason = "No"
        form.save().action_decide()
        self.assertEqual(hold.state, "rejected")
        self.assertEqual(self.order.state, "draft")

    # -- expiry ---------------------------------------------------------------------
    def test_unused_release_expires_after_its_last_day(self):
        """A release ends after its last day, unless the order was confirmed."""
        used = self._order(1400.0, user_id=self.seller.id)
        self._release(self._request(used), confirm=True)
        hold = self._request(self.order)
        self._release(hold)
        with self.at(days=10):
            self._run_job("ir_cron_expire")
            self.assertEqual(hold.state, "released")
        with self.at(days=11):
            self._run_job("ir_cron_expire")
            self.assertEqual(hold.state, "expired")
            self.assertIn("expired", self.order.message_ids[0].body)
            self.assertIn(self.seller.partner_id, self.order.message_ids[0].partner_ids)
            self.assertFalse(self.order.credit_hold_state)
        self.assertEqual(used.credit_hold_ids.state, "released")
