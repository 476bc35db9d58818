"""Disputes: what rests, who settles, what comes of it."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import TODAY
from .test_promise import PromiseCommon


@tagged("post_install", "-at_install")
class TestDispute(PromiseCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Dispute = cls.env["credit.dispute"]
        cls.reason = cls.env.ref("credit_control.credit_dispute_reason_goods")

    def _dispute(self, move, amount=None, **values):
        return self.Dispute._create_disputes(
            self._items(move), self.reason, amount, **values
        )

    def _resting(self, today=None):
        scope = self.env["credit.exposure"]._get_scope(self.company)
        query = self.Dispute._resting_sql(scope, today or TODAY)
        return {
            key: amount if amount is None else float(amount)
            for key, amount, _reason in self.env.execute_query(query)
        }

    def _settle(self, dispute, outcome, amount=0.0, refund=True):
        dispute._settle(outcome, amount, "Agreed on the phone", refund)
        return dispute.refund_id

    def test_disputed_part_rests_until_settled(self):
        dispute = self._dispute(self.old, 200)
        whole = self._dispute(self.new)
        old, new = self._items(self.old), self._items(self.new)
        self.assertEqual(self._resting(), {old.id: 200, new.id: None})
        self._settle(dispute, "rejected")
        whole.action_withdraw()
        self.assertFalse(self._resting())
        self.assertFalse(dispute.refund_id)

    def test_reminders_leave_out_what_is_disputed(self):
        self._dispute(self.old, 200)
        Work = self.env["credit.dunning.work"]
        Work._refresh(self.company)
        row = Work.search([("partner_id", "=", self.customer.id)])
        self.assertEqual((row.amount, row.disputed), (800, 200))

    def test_accepted_part_rests_until_its_credit_note_is_posted(self):
        dispute = self._dispute(self.old, 200)
        refund = self._settle(dispute, "partly", 150)
        self.assertEqual(dispute.state, "partly")
        self.assertEqual((refund.state, refund.amount_total), ("draft", 150))
        self.assertEqual(refund.move_type, "out_refund")
        self.assertEqual(refund.reversed_entry_id, self.old)
        self.assertEqual(self._resting(), {self._items(self.old).id: 150})
        refund.action_post()
        self.assertFalse(self._resting())

    def test_accepted_part_rests_without_a_credit_note_proposed(self):
        """The analyst accepts, accounting makes the credit note some days later: until
        then nobody is reminded of it. Posted in part, the rest of it rests."""
        dispute = self._dispute(self.old, 200)
        self._settle(dispute, "accepted", 200, refund=False)
        item = self._items(self.old)
        self.assertEqual(self._resting(), {item.id: 200})
        for amount, resting in ((50, {item.id: 150}), (150, {})):
            note = self._invoice(-amount)
            note.button_draft()
            note.reversed_entry_id = self.old
            self.assertNotEqual(self._resting(), resting, "a draft credits nothing")
            note.action_post()
            self.assertEqual(self._resting(), resting)

    def test_rest_of_what_was_accepted_is_ended_by_a_person(self):
        """Settled otherwise: no credit note comes."""
        dispute = self._dispute(self.old, 200)
        with self.assertRaises(UserError):
            dispute.action_end_rest()
        refund = self._settle(dispute, "partly", 150)
        refund.button_cancel()
        self.assertEqual(self._resting(), {self._items(self.old).id: 150})
        for role in ("sales", "auditor"):
            with self.assertRaises(AccessError):
                dispute.with_user(self._user(role)).action_end_rest()
        dispute.with_user(self._user("invoicing")).action_end_rest()
        self.assertFalse(self._resting())

    def test_credit_note_totals_the_accepted_amount(self):
        """With several lines, taxes and a foreign currency: to the cent where the
        taxes allow (33.33 with 20 % does not exist: 27.77 is 33.32, 27.78 is 33.34).
        """
        included = self.env["account.tax"].create(
            {
                "name": "19 % included",
                "amount": 19,
                "price_include_override": "tax_included",
                "company_id": self.company.id,
            }
        )
        for taxes, accepted in (
            (self.tax, 33.33),
            (self.tax, 0.01),
            (included, 77.77),
            (self.env["account.tax"], 12.34),
        ):
            move = self._overdue_invoice(
                33.33, 5, currency_id=self.other_currency.id, post=False
            )
            for price in (11.11, 55.67):
                move.invoice_line_ids[0].copy({"price_unit": price, "move_id": move.id})
            move.invoice_line_ids.tax_ids = taxes
            move.action_post()
            with self.subTest(taxes=taxes.name, accepted=accepted):
                dispute = self._dispute(move)
                refund = self._settle(dispute, "partly", accepted)
                self.assertAlmostEqual(refund.amount_total, accepted, delta=0.0101)
                self.assertEqual(refund.currency_id, self.other_currency)

    def test_all_of_an_invoice_is_the_plain_reversal(self):
        refund = self._settle(self._dispute(self.old), "accepted", 600)
        self.assertEqual(refund.amount_total, 600)
        refund.action_post()
        self.assertEqual(self.old.payment_state, "reversed")

    def test_outcome_must_fit_the_amount(self):
        dispute = self._dispute(self.old, 200)
        for outcome, amount in (
            ("accepted", 100),
            ("partly", 200),
            ("partly", 0),
            ("partly", -1),
            ("partly", 201),
            ("rejected", 1),
        ):
            with self.subTest(outcome, amount=amount), self.assertRaises(UserError):
                self._settle(dispute, outcome, amount)
        self._settle(dispute, "rejected")
        with self.assertRaisesRegex(UserError, "settled already"):
            self._settle(dispute, "rejected")

    def test_nonsense_is_refused(self):
        for text, amount in (("up to", 601), ("up to", 0), ("up to", -1)):
            with self.subTest(amount), self.assertRaisesRegex(UserError, text):
                self._dispute(self.old, amount)
        items = self._items(self.old, self.new)
        with self.assertRaisesRegex(UserError, "one item only"):
            self.Dispute._create_disputes(items, self.reason, 100)
        self._dispute(self.old)
        with self.assertRaisesRegex(UserError, "in dispute already"):
            self._dispute(self.old)

    def test_owner_is_reminded_of_the_deadline(self):
        """The reason says who and when; a new owner or deadline moves the activity;
        the outcome ends it."""
        first, second = self._user("invoicing"), self._user("analyst")
        self.reason.write({"user_id": first.id, "deadline_days": 5})
        dispute = self._dispute(self.old)
        activity = dispute.activity_ids
        self.assertEqual(activity.user_id, first)
        self.assertEqual(activity.date_deadline, TODAY + timedelta(days=5))
        dispute.with_user(first).write(
            {"user_id": second.id, "deadline": TODAY + timedelta(days=9)}
        )
        activity = dispute.activity_ids
        self.assertEqual(activity.user_id, second)
        self.assertEqual(activity.date_deadline, TODAY + timedelta(days=9))
        self._settle(dispute, "rejected")
        self.assertFalse(dispute.activity_ids)

    def test_wizards(self):
        action = (self.old | self.new).action_credit_dispute()
        wizard = Form(
            self.env["credit.dispute.wizard"].with_context(**action["context"])
        )
        wizard.reason_id = self.reason
        wizard.save().action_dispute()
        disputes = self.Dispute.search([("partner_id", "=", self.customer.id)])
        self.assertEqual(sorted(disputes.mapped("amount")), [400, 600])
        action = disputes[0].action_settle()
        settle = Form(
            self.env["credit.dispute.settle"].with_context(**action["context"])
        )
        settle.outcome = "partly"
        settle.amount = 50
        settle.resolution = "Half the box"
        settle.save().action_settle()
        self.assertEqual(disputes[0].refund_id.amount_total, 50)

    def test_analyst_settles_but_makes_no_credit_note(self):
        analyst = self._user("analyst")
        dispute = self._dispute(self.old, 200).with_user(analyst)
        with self.assertRaises(AccessError), self.cr.savepoint():
            self._settle(dispute, "accepted", 200)
        self.assertFalse(
            self.env["credit.dispute.settle"].with_user(analyst)._may_refund()
        )
        self._settle(dispute, "accepted", 200, refund=False)
        self.assertEqual(dispute.closed_by, analyst)

    def test_role_matrix_and_forgery(self):
        seller = self._user("sales")
        mine = self._customer("Mine", user_id=seller.id)
        theirs = self._customer("Theirs", user_id=self.env.user.id)
        own = self._dispute(self._overdue_invoice(10, 5, partner=mine))
        self._dispute(self._overdue_invoice(10, 5, partner=theirs))
        self.assertEqual(self.Dispute.with_user(seller).search([]), own)
        self.assertEqual(own.with_user(seller).reason_id.name, self.reason.name)
        for user in (seller, self._user("auditor")):
            for call in (
                lambda user=user: own.with_user(user).action_withdraw(),
                lambda user=user: own.with_user(user).write({"note": "x"}),
                lambda user=user: self.Dispute.with_user(user)._create_disputes(
                    self._items(self.old).with_user(user), self.reason
                ),
            ):
                with self.subTest(user.login), self.assertRaises(AccessError):
                    call()
        invoicing = self._user("invoicing")
        for values in ({"state": "rejected"}, {"amount": 1}, {"accepted_amount": 1}):
            with self.subTest(**values), self.assertRaises(AccessError):
                own.with_user(invoicing).write(values)
        with self.assertRaises(AccessError):
            self.Dispute.with_user(invoicing).create({"amount": 1})

    def test_portal_disputes_own_items_only(self):
        contact = self._customer("Ann", is_company=False, parent_id=self.customer.id)
        stranger = self._customer("Stranger")
        create = self.Dispute._create_from_portal
        items = self._items(self.old)
        hidden = self.reason.copy({"online": False})
        for text, args in (
            ("cannot be chosen", (stranger, items, None, self.reason)),
            ("Choose a reason", (contact, items, None, hidden)),
            ("Choose a reason", (contact, items, None, hidden.browse(987654321))),
            ("up to", (contact, items, 601, self.reason)),
        ):
            with self.subTest(text), self.assertRaisesRegex(UserError, text):
                create(*args)
        dispute = create(contact, items, 100, self.reason, "Broken")
        self.assertEqual((dispute.source, dispute.amount), ("portal", 100))
        self.assertTrue(dispute.activity_ids)
        self._settle(dispute, "rejected")
        with self.assertRaisesRegex(UserError, "looked at your objection"):
            create(contact, items, 50, self.reason)
        self.assertTrue(self._dispute(self.old), "our people may")

    def test_overdue_reason_is_recorded_on_posted_items(self):
        """By invoicing users, on several items at once; sellers do not."""
        why = self.env.ref("credit_control.credit_overdue_reason_run")
        items = self._items(self.old, self.new)
        items.with_user(self._user("invoicing")).credit_overdue_reason_id = why
        self.assertEqual(items.credit_overdue_reason_id, why)
        with self.assertRaises(AccessError):
            items.with_user(self._user("sales")).credit_overdue_reason_id = False
