"""Every change of a limit is a line with reason and author."""

from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import TODAY, CreditCommon


@tagged("post_install", "-at_install")
class TestLimitJournal(CreditCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.file = cls._file(1000)
        cls.key = (cls.customer.id, cls.company.id)

    def _facts(self):
        return self.env["credit.file"]._get_limit_facts([self.key])[self.key][0]

    def _lines(self):
        return self.env["credit.limit.line"].search([("file_id", "=", self.file.id)])

    # -- how lines come into being ----------------------------------------------
    def test_write_makes_a_line(self):
        """Form, import and RPC leave the same trace: amount, reason, author."""
        self.file.write({"credit_limit": 2000, "limit_reason": "Paid well"})
        line = self._lines()[0]
        self.assertEqual(
            (line.mode, line.amount, line.reason, line.source, line.approved_by),
            ("amount", 2000, "Paid well", "manual", self.env.user),
        )
        self.assertEqual(line.currency_id, self.currency)
        self.assertEqual(self.file.credit_limit, 2000)
        self.assertEqual(self._lines().mapped("status"), ["active", "replaced"])

    def test_write_without_reason_changes_nothing(self):
        """No limit without a reason."""
        for values in (
            {"credit_limit": 2000},
            {"credit_limit": 2000, "limit_reason": "  "},
            {"limit_mode": "none"},
            {"limit_date_to": TODAY + timedelta(days=9)},
        ):
            with (
                self.subTest(values),
                self.assertRaisesRegex(ValidationError, "reason"),
            ):
                with self.env.cr.savepoint():
                    self.file.write(values)
        self.assertEqual(
            (self.file.limit_mode, self.file.credit_limit), ("amount", 1000)
        )
        self.assertEqual(len(self._lines()), 1)

    def test_same_values_make_no_line(self):
        """What was exported can be imported again."""
        self.file.write({"limit_mode": "amount", "credit_limit": 1000.0})
        self.assertEqual(len(self._lines()), 1)

    def test_amount_alone_means_mode_amount(self):
        """An import of amounts needs no column for the mode."""
        file = self.env["credit.file"].create(
            {"partner_id": self._customer("New").id, "credit_limit": 70}
        )
        self.assertEqual((file.limit_mode, file.credit_limit), ("amount", 70))
        self.assertEqual(file.limit_line_ids.reason, "Opening limit")

    def test_import_is_named_as_the_source(self):
        """The journal tells typed from imported limits."""
        self.file.with_context(import_file=True).write(
            {"credit_limit": 5, "limit_reason": "List of the insurer"}
        )
        self.assertEqual(self._lines()[0].source, "import")

    def test_import_of_a_list(self):
        """Files, limits and reasons come from a spreadsheet; a bad row stops it."""
        self._customer("New").ref = "N1"
        File = self.env["credit.file"].with_context(import_file=True)
        names = ["partner_id", "credit_limit", "limit_reason"]
        with mute_logger("odoo.sql_db"):
            bad = File.load(
                names, [["New", "7", "List"], ["Bright Tools", "5", "List"]]
            )
        self.assertFalse(bad["ids"])
        self.assertIn("already", " ".join(m["message"] for m in bad["messages"]))
        bad = File.load([".id", *names[1:]], [[str(self.file.id), "-1", "List"]])
        self.assertIn("Credit Limit", bad["messages"][0]["message"])
        self.assertEqual(self.file.credit_limit, 1000)
        good = File.load(names, [["New", "70", "List"]])
        file = File.browse(good["ids"])
        self.assertEqual(
            (file.credit_limit, file.limit_line_ids.source), (70, "import")
        )

    def test_change_is_told_in_the_chatter(self):
        """Who reads the file sees what changed and why."""
        file = self.file.with_context(tracking_disable=False, mail_notrack=False)
        self.env.cr.flush()  # tracking is posted before a commit
        file.write({"credit_limit": 2000, "limit_reason": "Paid <well>"})
        self.env.cr.flush()
        message = file.message_ids[0]
        self.assertIn("Paid &lt;well&gt;", message.body)
        self.assertIn(2000.0, message.tracking_value_ids.mapped("new_value_float"))

    def test_wizard_hands_the_decision_over(self):
        """The dialog shows the figures; a limit below the exposure is allowed."""
        self._invoice(600)
        context = self.file.action_change_limit()["context"]
        form = Form(self.env["credit.limit.wizard"].with_context(**context))
        self.assertEqual((form.mode, form.amount), ("amount", 1000))
        self.assertFalse(form.exposure_hint)
        form.amount = 500
        self.assertIn("600.00", form.exposure_hint)
        form.reason = "Insurer cut him"
        form.save().action_confirm()
        self.assertEqual(self.file.credit_limit, 500)
        self.assertEqual(self._lines()[0].reason, "Insurer cut him")

    # -- bad input ----------------------------------------------------------------
    def test_bad_limits_refused(self):
        """Each error names the field and the remedy; nothing is changed."""
        archived = self.env["res.currency"].create(
            {"name": "XYZ", "symbol": "x", "active": False}
        )
        yesterday, tomorrow = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
        cases = [
            ({"amount": -5}, "Credit Limit: -5 is negative. Enter 0 or more"),
            ({"date_to": yesterday}, "Limit Valid To:.*later last day"),
            ({"date_from": tomorrow, "date_to": TODAY}, "Limit Valid To:.*later"),
            ({"date_from": yesterday}, "Valid From:.*empty to start today"),
            ({"currency": archived}, "Limit Currency: XYZ is archived. Activate"),
            (
                {"currency": self.env["res.currency"].browse(999999)},
                "Limit Currency:.*deleted. Choose another",
            ),
            ({"kind": "temporary"}, "Limit Valid To: a temporary limit needs"),
            ({"kind": "temporary", "amount": 0}, "Credit Limit:.*above 0"),
            ({"kind": "temporary", "mode": "none"}, "Credit Limit:.*above 0"),
            ({"reason": " "}, "say why.*Limit Reason"),
        ]
        for values, error in cases:
            values = {"mode": "amount", "amount": 9, "reason": "Test"} | values
            with (
                self.subTest(error),
                self.assertRaisesRegex(ValidationError, f"Bright Tools: .*{error}"),
            ):
                self.file._set_limit(values.pop("mode"), **values)
        self.assertEqual(len(self._lines()), 1)
        self.assertEqual(self.file.credit_limit, 1000)

    def test_lines_are_never_changed(self):
        """Not by an administrator, not as superuser."""
        line = self._lines()
        for user in (self.env.user, self.env.ref("base.user_root")):
            with self.assertRaisesRegex(UserError, "cannot be changed"):
                line.with_user(user).sudo().write({"amount": 1})
            with self.assertRaisesRegex(UserError, "cannot be deleted"):
                line.with_user(user).sudo().unlink()

    # -- time ---------------------------------------------------------------------
    def test_planned_limit_holds_from_its_day(self):
        """What counts changes with the date; the file shows it after the job."""
        start = TODAY + timedelta(days=5)
        self.file._set_limit("amount", 300, reason="Season ends", date_from=start)
        self.assertEqual(self._facts().own_limit, 1000)
        self.assertEqual(self._lines().mapped("status"), ["planned", "active"])
        with freeze_time(start):
            self.assertEqual(self._facts().own_limit, 300)
            self.assertEqual(self.file.credit_limit, 1000)
            self.env["credit.file"]._cron_roll_limits()
            self.assertEqual(self.file.credit_limit, 300)
            self.assertEqual(self.customer.credit_limit, 300)

    def test_planned_limit_stands_above_an_earlier_one(self):
        """Of two permanent limits the one that begins later wins, once it begins."""
        start = TODAY + timedelta(days=5)
        self.file._set_limit("amount", 300, reason="Season ends", date_from=start)
        self.file._set_limit("amount", 700, reason="Now")
        self.assertEqual(self._facts().own_limit, 700)
        with freeze_time(start):
            self.assertEqual(self._facts().own_limit, 300)

    def test_expired_limit_counts_nothing(self):
        """After its last day a limit is 0; the file still shows what it was."""
        last = TODAY + timedelta(days=5)
        self.file.write({"limit_date_to": last, "limit_reason": "Until the review"})
        with freeze_time(last):
            self.assertFalse(self._facts().expired)
        with freeze_time(last + timedelta(days=1)):
            facts = self._facts()
            self.assertEqual((facts.expired, facts.effective_limit), (True, 0.0))
            self.env["credit.file"]._cron_roll_limits()
            self.assertEqual(self.file.credit_limit, 1000)

    def test_temporary_limit_adds_within_its_days(self):
        """From the first to the last day, both included."""
        first, last = TODAY + timedelta(days=2), TODAY + timedelta(days=4)
        self.file._set_limit(
            "amount",
            500,
            reason="Fair",
            kind="temporary",
            date_from=first,
            date_to=last,
        )
        self.assertEqual(self.file.credit_limit, 1000)
        for day, expected in ((1, 1000), (2, 1500), (4, 1500), (5, 1000)):
            with self.subTest(day=day), freeze_time(TODAY + timedelta(days=day)):
                self.assertEqual(self._facts().own_limit, expected)

    def test_ending_a_temporary_limit_is_a_line(self):
        """Nothing is rewritten: another line says who ended it and why."""
        line = self.file._set_limit(
            "amount",
            500,
            reason="Fair",
            kind="temporary",
            date_to=TODAY + timedelta(days=4),
        )
        form = Form(
            self.env["credit.limit.wizard"].with_context(**line.action_end()["context"])
        )
        form.reason = "Fair is cancelled"
        form.save().action_confirm()
        self.assertEqual(self._facts().own_limit, 1000)
        self.assertEqual(line.amount, 500)
        self.assertEqual(line.status, "ended")
        self.assertEqual(line.ending_ids.reason, "Fair is cancelled")
        with self.assertRaises(UserError):
            line._end("Again")

    def test_limit_in_force_is_replaced_not_ended(self):
        """A customer is not left without a decision by mistake."""
        with self.assertRaisesRegex(UserError, "Set a new limit"):
            self._lines()._end("Away with it")
