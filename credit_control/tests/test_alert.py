"""Early warning: who is told, what follows, and what becomes of an alert."""

from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .alert_common import AlertCommon
from .common import TODAY


@tagged("post_install", "-at_install")
class TestAlert(AlertCommon):
    """One open alert per rule and customer, told once, closed with an outcome."""

    # -- installing -----------------------------------------------------------------
    def test_installing_alerts_nobody(self):
        """The shipped rules are off until somebody wants them."""
        shipped = self.env["ir.model.data"].search(
            [("model", "=", "credit.alert.rule"), ("module", "=", "credit_control")]
        )
        rules = self.env["credit.alert.rule"].browse(shipped.mapped("res_id"))
        self.assertEqual(len(rules), 11)
        self.assertFalse(any(rules.mapped("active")))
        self._overdue_invoice(300, days=90)
        self._run_job("ir_cron_alert")
        self.assertFalse(self.Alert.search([("file_id", "=", self.file.id)]))

    def test_nothing_is_asked_while_no_rule_is_active(self):
        self.service._is_in_use()
        with self.assertQueryCount(0):
            self.service._wake()

    def test_deleting_a_contact_empties_no_cache(self):
        """Odoo deletes contacts all day: every worker would have to read its rights,
        defaults and rules anew. A rule that goes with its customer is a reason."""
        guest, named = self._customer("Guest"), self._customer("Named")
        self._rule(scope="customer", partner_id=named.id)
        registry = type(self.env.registry)
        with patch.object(registry, "clear_cache") as clear_cache:
            guest.unlink()
            clear_cache.assert_not_called()
            named.unlink()
            clear_cache.assert_called()

    # -- one alert ------------------------------------------------------------------
    def test_alert_is_updated_and_not_repeated(self):
        rule = self._rule()
        self._overdue_invoice(300, days=40)
        alert = self._look(rule)
        self.assertEqual(self._told(alert), {self.analyst.login: 1})
        with self.at(5):
            self._overdue_invoice(100, days=1)
            self.assertFalse(self._look(rule))
            self.assertEqual((alert.value, alert.worst_value), (45, 45))
            self.assertEqual(alert.measured_at, fields.Datetime.now())
            self.assertEqual(alert.date.date(), TODAY)
        self.assertEqual(self._told(alert), {self.analyst.login: 1})

    def test_well_again_waits_for_its_outcome(self):
        rule = self._rule()
        invoice = self._overdue_invoice(300, days=40)
        alert = self._look(rule)
        self._pay(invoice)
        self._look(rule)
        self.assertEqual((alert.cleared_on, alert.state), (TODAY, "open"))
        self._overdue_invoice(100, days=50)
        self.assertFalse(self._look(rule))
        self.assertFalse(alert.cleared_on)
        self.assertEqual(alert.value, 50)

    def test_closed_alert_is_followed_by_a_new_fact_only(self):
        """Worse by the step of the rule, or well meanwhile and bad again."""
        rule = self._rule()
        invoice = self._overdue_invoice(300, days=40)
        alert = self._look(rule)
        alert.with_user(self.analyst)._close("payment_plan", "In three parts")
        self.assertFalse(self._look(rule))
        with self.at(3):
            self.assertFalse(self._look(rule))
        with self.at(4):  # 44 days: 10 % worse
            again = self._look(rule)
            self.assertEqual(again.value, 44)
            again._close("no_action")
            self._pay(invoice)
            self.assertFalse(self._look(rule))
        with self.at(5):
            self._overdue_invoice(10, days=28)
            third = self._look(rule)
            self.assertEqual(third.value, 33)
        self.assertEqual(alert.state, "closed")

    def test_only_one_is_open_whatever_happens(self):
        rule = self._rule()
        self._overdue_invoice(300, days=40)
        alert = self._look(rule)
        with self.assertRaisesText("There is an open alert of this rule"):
            alert.sudo().copy()
            self.env.flush_all()

    # -- for whom -------------------------------------------------------------------
    def test_most_specific_rule_holds(self):
        """Everyone's rule gives way to that of a segment, and this to a customer's."""
        self._overdue_invoice(300, days=40)
        grade = self.env.ref("credit_control.credit_grade_a")
        tag = self.env["res.partner.category"].create({"name": "Key account"})
        country = self.env.ref("base.be")
        group = self.env["credit.group"].create({"name": "Holding"})
        general = self._rule()
        self.file.write({"grade_id": grade.id, "group_id": group.id})
        self.customer.write(
            {"category_id": [Command.link(tag.id)], "country_id": country.id}
        )
        for scope in (
            {"scope": "grade", "grade_id": grade.id},
            {"scope": "tag", "tag_id": tag.id},
            {"scope": "country", "country_id": country.id},
            {"scope": "group", "group_id": group.id},
        ):
            with self.subTest(scope["scope"]):
                segment = self._rule(threshold=41, **scope)
                self.assertFalse(self._look(general, segment))
                segment.threshold = 40
                self.assertEqual(self._look(general, segment).rule_id, segment)
                segment.active = False
        segment = self._rule(threshold=40, scope="tag", tag_id=tag.id)
        own = self._rule(threshold=40, scope="customer", partner_id=self.customer.id)
        self.assertEqual(self._look(general, segment, own).rule_id, own)

    def test_scope_needs_its_customers(self):
        with self.assertRaisesRegex(ValidationError, "Say for which"):
            self._rule(scope="grade")
        contact = self.customer.child_ids.create(
            {"name": "Ann", "parent_id": self.customer.id}
        )
        with self.assertRaisesRegex(ValidationError, "is a contact of Bright Tools"):
            self._rule(scope="customer", partner_id=contact.id)

    def test_each_company_for_itself(self):
        other = self._other_company()
        self._overdue_invoice(300, days=40)
        theirs = self.env["credit.file"]._ensure(self.customer, other)
        self.assertEqual(self._look(self._rule(company_id=False)).file_id, self.file)
        self.assertFalse(self._look(self._rule(company_id=other.id)))
        self.assertFalse(theirs.alert_ids)
        branch = self._other_company(parent_id=self.company.id, name="Branch")
        with self.assertRaisesRegex(ValidationError, "instead of Branch"):
            self._rule(company_id=branch.id)

    def test_closed_files_are_not_watched(self):
        self._overdue_invoice(300, days=40)
        self.file.state = "closed"
        self.assertFalse(self._look(self._rule()))

    # -- who is told ----------------------------------------------------------------
    def test_owner_and_his_manager(self):
        """The rule's owner, else the file's; the leader of his sales team."""
        self._overdue_invoice(300, days=40)
        self.file.user_id = self.approver
        team = self.env["crm.team"].create({"name": "Key", "user_id": self.manager.id})
        team.member_ids = self.approver
        alert = self._look(self._rule(severity="3"))
        self.assertEqual(
            (alert.user_id, alert.manager_id), (self.approver, self.manager)
        )
        self.assertEqual(
            self._told(alert), {self.approver.login: 1, self.manager.login: 1}
        )
        activity = alert.activity_ids[0]
        self.assertEqual(activity.date_deadline, TODAY)
        self.assertIn("Bright Tools", activity.summary)
        alert = self._look(
            self._rule(user_id=self.analyst.id, manager_id=self.manager.id)
        )
        self.assertEqual(
            (alert.user_id, alert.manager_id), (self.analyst, self.manager)
        )

    def test_who_cannot_open_it_is_not_told(self):
        """A salesperson responsible for a file may not see credit alerts: who answers
        for credit in the company is told instead."""
        self._overdue_invoice(300, days=40)
        self.file.user_id = self.seller
        alert = self._look(self._rule())
        self.assertEqual(self._told(alert), {self.analyst.login: 1})

    def test_somebody_is_always_told(self):
        """Beside the owner who answers for credit by the settings, else the first
        credit manager of the company."""
        self._overdue_invoice(300, days=40)
        self.company.credit_review_user_id = self.manager
        alert = self._look(self._rule())
        self.assertEqual(
            (alert.user_id, alert.manager_id), (self.analyst, self.manager)
        )
        self.company.credit_review_user_id = False
        self.file.user_id = False
        first = self.env.ref("credit_control.group_credit_manager").all_user_ids
        first = first.filtered(lambda user: self.company in user.company_ids)
        alert = self._look(self._rule())
        self.assertEqual(alert.user_id, first.sorted("id")[0])

    def test_customer_without_a_file_is_found_where_wanted(self):
        """A new customer's first alert within a day: the job makes his file."""
        stranger = self._customer("Stranger")
        self._overdue_invoice(300, days=40, partner=stranger)
        rule = self._rule()
        files = self.env["credit.file"]
        mine = [("partner_id", "=", stranger.id)]
        self._run_job("ir_cron_alert")
        self.assertFalse(files.search(mine))
        self.company.credit_file_auto = True
        self._run_job("ir_cron_alert")
        self.assertEqual(files.search(mine).limit_mode, "inherit")
        self.assertEqual(self.Alert.search(mine).rule_id, rule)
        self.assertFalse(files._get_customers_without(self.company))

    def test_many_at_once_are_one_activity(self):
        """On the day a rule is switched on nobody drowns."""
        for n in range(21):
            partner = self._customer(f"C{n}")
            self._file(100, partner=partner)
            self._overdue_invoice(50, days=40, partner=partner)
        alerts = self._look(self._rule(user_id=self.analyst.id))
        self.assertEqual(len(alerts), 21)
        self.assertEqual(self._told(alerts), {self.analyst.login: 1})
        self.assertIn("21 new alerts", alerts.activity_ids.summary)

    def test_handing_over_moves_the_activity(self):
        self._overdue_invoice(300, days=40)
        alert = self._look(self._rule())
        alert.with_user(self.analyst).user_id = self.approver
        self.assertEqual(self._told(alert), {self.approver.login: 1})

    # -- what follows ---------------------------------------------------------------
    def test_watch_and_hold(self):
        """Stricter, never more lenient; what is stopped holds the next order."""
        self._overdue_invoice(100, days=40)
        self._look(self._rule(action="watch"))
        self.assertEqual(self.file.state, "watch")
        self._look(self._rule(action="hold"))
        self.assertEqual(self.file.state, "stop")
        order = self._order(10)
        self.assertTrue(self.env["credit.gate"]._evaluate(order)[order.id].held)
        self._look(self._rule(action="watch"))
        self.assertEqual(self.file.state, "stop")
        entry = self.env["credit.log"].search(
            [("file_id", "=", self.file.id), ("event", "=", "file_changed")], limit=1
        )
        self.assertEqual(entry.after["state"], "stop")

    def test_person_who_eases_the_file_is_not_overruled(self):
        """As long as the alert is the same."""
        rule = self._rule(action="watch")
        self._overdue_invoice(100, days=40)
        self._look(rule)
        self.file.state = "open"
        with self.at(1):
            self._look(rule)
        self.assertEqual(self.file.state, "open")

    def test_review_is_started(self):
        """One that is open already is enough; its owner has its activity."""
        self._overdue_invoice(100, days=40)
        alert = self._look(self._rule(action="review"))
        review = alert.review_id
        self.assertEqual((review.kind, review.origin), ("event", "alert"))
        self.assertEqual((review.file_id, review.user_id), (self.file, self.analyst))
        self.assertIn("40 days past due", review.reason)
        self.assertFalse(self._told(alert))
        again = self._look(self._rule(action="review"))
        self.assertFalse(again.review_id)
        self.assertEqual(self._told(again), {self.analyst.login: 1})
        self.assertIn("Review the credit", again.activity_ids.summary)

    # -- answering ------------------------------------------------------------------
    def test_analyst_acknowledges_and_closes(self):
        self._overdue_invoice(300, days=40)
        self.file.user_id = False
        alert = self._look(self._rule()).with_user(self.analyst)
        alert.action_acknowledge()
        self.assertEqual((alert.state, alert.user_id), ("acknowledged", self.analyst))
        with self.at(6):
            wizard = self.env["credit.alert.close"].with_user(self.analyst)
            values = {"alert_ids": [Command.set(alert.ids)], "outcome": "false_alarm"}
            wizard.create(values | {"note": "Paid by cheque"}).action_close()
        self.assertEqual(
            (alert.state, alert.outcome, alert.days_open), ("closed", "false_alarm", 6)
        )
        self.assertEqual(alert.closed_by, self.analyst)
        self.assertFalse(self._told(alert))
        entry = self.env["credit.log"].search([("event", "=", "alert_closed")], limit=1)
        self.assertEqual(entry.after["outcome"], "false_alarm")
        self.assertEqual(entry.reason, "Paid by cheque")
        with self.assertRaisesRegex(UserError, "closed already"):
            alert._close("paid")
        with self.assertRaisesRegex(UserError, "Choose what became"):
            alert._close("whatever")

    def test_rights(self):
        """The credit team answers; the manager makes rules; figures are nobody's."""
        self._overdue_invoice(300, days=40)
        rule = self._rule()
        alert = self._look(rule)
        auditor = self._user("auditor")
        for user in (self.seller, self._user("invoicing")):
            with self.assertRaises(AccessError):
                alert.with_user(user).read(["text"])
        for user in (self.analyst, auditor):
            self.assertTrue(alert.with_user(user).read(["text"]))
            self.assertTrue(rule.with_user(user).read(["name"]))
            with self.assertRaises(AccessError):
                rule.with_user(user).write({"threshold": 1})
            with self.assertRaises(AccessError):
                rule.with_user(user).action_evaluate()
        for values in ({"state": "closed"}, {"value": 1}, {"outcome": "paid"}):
            with self.subTest(values), self.assertRaises(AccessError):
                alert.with_user(self.manager).write(values)
        with self.assertRaises(AccessError):
            alert.with_user(auditor).action_acknowledge()
        with self.assertRaises(AccessError):
            alert.with_user(auditor)._close("paid")
        with self.assertRaises(AccessError):
            self.Alert.with_user(self.manager).create({"rule_id": rule.id})
        with self.assertRaises(UserError):
            alert.sudo().unlink()
        rule.with_user(self.manager).write({"threshold": 41})
        self.assertTrue(rule.with_user(self.manager).action_evaluate())

    def test_merged_customers_keep_one_open_alert(self):
        other = self._customer("Bright Tools Ltd")
        merged = self._file(100, partner=other)
        self._overdue_invoice(300, days=40)
        self._overdue_invoice(300, days=40, partner=other)
        rule, second = self._rule(), self._rule("utilisation", 100)
        alerts = self._look(rule, second)
        self.assertEqual(len(alerts.filtered(lambda a: a.file_id == merged)), 2)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.customer | other).ids, self.customer)
        self.env.invalidate_all()
        self.assertEqual(alerts.exists(), alerts)
        self.assertEqual(alerts.file_id, self.file)
        self.assertEqual(alerts.partner_id, self.customer)
        open_ = alerts.filtered(lambda alert: alert.state == "open")
        self.assertEqual(sorted(open_.mapped("indicator")), ["overdue", "utilisation"])

    # -- jobs -----------------------------------------------------------------------
    def test_job_alerts_with_fresh_figures(self):
        """Daily, so that a new customer's first alert comes within a day."""
        rule = self._rule()
        self._overdue_invoice(300, days=40)
        self._run_job("ir_cron_alert")
        self.assertEqual(self.Alert.search([("rule_id", "=", rule.id)]).value, 40)

    def test_broken_promise_wakes_the_job_once(self):
        """Within the hour; whatever else happens until then."""
        job = self.env.ref("credit_control.ir_cron_alert")
        Trigger = self.env["ir.cron.trigger"].sudo()
        Trigger.search([("cron_id", "=", job.id)]).unlink()
        self._rule("broken_promise", 1)
        cover = self._insured(100)
        cover.insured_limit = 50
        items = self._overdue_invoice(100, days=10).line_ids.filtered("date_maturity")
        promise = self.env["credit.promise"]._create_promise(items, TODAY)
        promise.sudo().write({"state": "broken", "closed_on": TODAY})
        trigger = Trigger.search([("cron_id", "=", job.id)])
        self.assertEqual(len(trigger), 1)
        self.assertLessEqual(
            trigger.call_at - fields.Datetime.now(), timedelta(hours=1)
        )

    def test_cost_does_not_grow(self):
        """The same queries for one customer and for thirty."""
        rules = [self._rule(indicator, 1) for indicator in self.service._get_measures()]

        def cost():
            for rule in rules:
                self.service._evaluate(rule, self.company)

        self._overdue_invoice(300, days=40)
        self._look(*rules)
        one = self._count_queries(cost)
        for n in range(29):
            partner = self._customer(f"C{n}")
            self._file(100, partner=partner)
            self._overdue_invoice(150, days=40, partner=partner)
        self._look(*rules)
        self.assertLessEqual(self._count_queries(cost), one)
