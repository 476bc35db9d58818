"""What is decided about credit is in the log: who, when, before, after and why."""

from datetime import timedelta
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..models.credit_log import entry_text
from ..models.credit_log_host import CASCADES
from ..tools.chain import digest
from .common import TODAY
from .hold_common import HoldCommon


@tagged("post_install", "-at_install")
class TestLog(HoldCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Log = cls.env["credit.log"]

    def _since(self, mark, model=None):
        """The entries after ``mark``, the oldest first."""
        domain = [("id", ">", mark)]
        if model:
            domain.append(("model", "=", model))
        return self.Log.search(domain, order="id")

    def _seal(self):
        Seal = self.env["credit.log.seal"]
        return Seal._seal(Seal._read_unsealed_ids())

    def _mark(self):
        return self.Log.search([], limit=1).id

    # -- what is logged -------------------------------------------------------------
    def test_limits(self):
        """Every limit, with amounts as text: a re-read gives the same bytes."""
        mark, approver = self._mark(), self.approver
        file = self.file.with_user(approver)
        file._set_limit("amount", 2500.5, reason="Good year")
        last = TODAY + timedelta(days=9)
        line = file._set_limit(
            "amount", 500, reason="Fair", kind="temporary", date_to=last
        )
        line.with_user(approver)._end("Fair is over")
        entries = self._since(mark, "credit.limit.line")
        self.assertEqual(
            entries.mapped("event"), ["limit_set", "limit_temporary", "limit_ended"]
        )
        self.assertEqual(
            entries.mapped("reason"), ["Good year", "Fair", "Fair is over"]
        )
        first, second, third = entries
        self.assertEqual(first.after["amount"], "2500.50")
        self.assertEqual(second.after["date_to"], last.isoformat())
        self.assertEqual(third.after["ends_line_id"][0], line.id)
        self.assertEqual(set(entries.mapped("user_id")), {approver.id})
        self.assertEqual(set(entries.mapped("user_name")), {approver.name})
        self.assertEqual(set(entries.mapped("file_id")), {self.file.id})
        self.assertEqual(set(entries.mapped("partner_name")), {self.customer.name})
        self.assertEqual(entries.company_id, self.company)
        self.assertEqual(first.date, fields.Datetime.now())

    def test_decisions_on_a_file(self):
        """State, grade, terms and whom to ask: before and after, in one entry."""
        grade = self.env.ref("credit_control.credit_grade_b")
        self.file.grade_id = self.env.ref("credit_control.credit_grade_a")
        mark = self._mark()
        self.file.with_user(self.approver).write(
            {
                "grade_id": grade.id,
                "state": "watch",
                "max_discount_pct": 2.5,
                "remarks": "Not a decision",
            }
        )
        entry = self._since(mark)
        self.assertEqual(entry.event, "file_changed")
        self.assertEqual(entry.before["state"], "open")
        self.assertEqual(
            entry.before["grade_id"][1], "A – " + entry.before["grade_id"][1][4:]
        )
        self.assertEqual(
            entry.after,
            {
                "grade_id": [grade.id, grade.display_name],
                "state": "watch",
                "max_discount_pct": "2.5",
            },
        )
        self.assertIn("State: Open → Watch", entry.change_text)
        self.file.write({"state": "watch", "registered_address": "Somewhere"})
        self.assertEqual(self._since(mark), entry)

    def test_holds(self):
        """Opened, decided, ended, forced and expired, each with its reason."""
        mark = self._mark()
        hold = self._request(self.order, "They pay tomorrow")
        self._reject(hold, reason="They said so before")
        hold = self._request(self.order)
        self._release(hold, reason="A good customer", cap=1600.0)
        with self.at(31):
            self._run_job("ir_cron_expire")
        hold = self._request(self.order)
        self.order.action_cancel()
        self._force(self._order(10.0), reason="Cheque bounced")
        entries = self._since(mark, "credit.hold")
        self.assertEqual(
            [(entry.event, entry.reason) for entry in entries],
            [
                ("hold_opened", "They pay tomorrow"),
                ("hold_rejected", "They said so before"),
                ("hold_opened", False),
                ("hold_released", "A good customer"),
                ("hold_expired", "The release was not used in time."),
                ("hold_opened", False),
                ("hold_cancelled", "The order was cancelled."),
                ("hold_forced", "Cheque bounced"),
            ],
        )
        released = entries[3]
        self.assertEqual(released.user_name, self.approver.name)
        self.assertEqual(released.before["state"], "waiting")
        self.assertEqual(released.after["released_amount"], "1600.00")
        self.assertEqual(released.after["excess"], "500.00")
        self.assertEqual(released.after["order_id"], [self.order.id, self.order.name])
        self.assertEqual(entries.mapped("partner_name"), [self.customer.name] * 8)

    def test_what_jobs_note_is_no_decision(self):
        """Stamps of the jobs on company and ratings are not in the log."""
        mark = self._mark()
        self.company.sudo().credit_statement_month = TODAY
        self.assertFalse(self._since(mark, "res.company"))
        self.assertNotIn("reminded_on", self.env["credit.rating"]._get_log_fields())

    def test_settings(self):
        """Rules, authorities, grades, groups, strategies, covers: all their fields."""
        cases = {
            "credit.rule": ({"rule_type": "overdue_days", "threshold": 5}, "threshold"),
            "credit.authority": (
                {"user_id": self.analyst.id, "max_amount": 10.0},
                "max_amount",
            ),
            "credit.grade": ({"code": "Z", "name": "Zero"}, "credit_limit"),
            "credit.group": ({"name": "Holding"}, "credit_limit"),
            "credit.dunning.policy": ({"name": "Harsh"}, "min_amount"),
            "credit.insurance.policy": (
                {"number": "P1", "insurer_id": self.customer.id},
                None,
            ),
            "credit.insurance.cover": (
                {
                    "file_id": self.file.id,
                    "insurer_id": self.customer.id,
                    "insured_limit": 5.0,
                },
                "insured_limit",
            ),
            "credit.interest.rate": (
                {"date_from": "2026-01-01", "reference_pct": 2.0},
                "reference_pct",
            ),
        }
        for model, (values, name) in cases.items():
            with self.subTest(model):
                mark = self._mark()
                record = self.env[model].with_user(self.manager).create(values)
                id_, number = record.id, 2
                if name:
                    record.write({name: 77.0})
                    number = 3
                record.sudo().unlink()
                entries = self._since(mark, model)
                self.assertEqual(
                    entries.mapped("event"),
                    ["created", "changed", "deleted"][:: 2 if number == 2 else 1],
                )
                self.assertEqual(entries.mapped("res_id"), [id_] * number)
                if name:
                    self.assertEqual(entries[1].after[name].split(".")[0], "77")
                self.assertTrue(entries[-1].before)
                self.assertFalse(entries[-1].after)

    def test_levels_of_a_strategy(self):
        """Also what is written through the strategy's form."""
        policy = self.env["credit.dunning.policy"].create(
            {"name": "Own", "level_ids": [Command.create({"name": "Hello"})]}
        )
        mark = self._mark()
        level = policy.level_ids
        policy.write({"level_ids": [Command.update(level.id, {"fee_amount": 40})]})
        policy.unlink()
        entries = self._since(mark, "credit.dunning.level")
        self.assertEqual(entries.mapped("event"), ["changed", "deleted"])
        self.assertEqual(entries[0].after, {"fee_amount": "40.00"})

    def test_settings_of_a_company(self):
        """The settings of credit and nothing else; figures of jobs are none."""
        mark = self._mark()
        settings = self.env["credit.settings"].with_user(self.manager).create({})
        settings.write({"credit_watch_pct": 80.0, "credit_overdue_grace_days": 3})
        self.company.write({"email": "x@y.example"})
        self.company.credit_snapshot_at = fields.Datetime.now()
        entries = self._since(mark)
        self.assertEqual(set(entries.mapped("event")), {"settings_changed"})
        self.assertEqual(set(entries.mapped("user_id")), {self.manager.id})
        after = {}
        for entry in entries:
            after |= entry.after
        self.assertEqual(
            after, {"credit_watch_pct": "80", "credit_overdue_grace_days": 3}
        )
        self.assertEqual(entries.company_id, self.company)

    def test_new_company_is_an_entry_when_born_with_settings(self):
        mark = self._mark()
        self.env["res.company"].create({"name": "Plain"})
        self.assertFalse(self._since(mark, "res.company"))
        self.env["res.company"].create({"name": "Strict", "credit_limit_mode": "none"})
        entry = self._since(mark, "res.company")
        self.assertEqual(entry.after, {"credit_limit_mode": "none"})

    def test_branch_decides_in_the_chain_of_its_root(self):
        branch = self._other_company(parent_id=self.company.id)
        mark = self._mark()
        order = self._order(1500.0, company_id=branch.id, user_id=False)
        self._force(order, user=self.env.user)
        self.assertEqual(self._since(mark, "credit.hold").company_id, self.company)

    def test_amounts_have_the_digits_of_their_currency(self):
        self.gold.rounding = 0.0001
        mark = self._mark()
        self.file._set_limit("amount", 12.5, reason="Gold", currency=self.gold)
        line = self._since(mark, "credit.limit.line")
        self.assertEqual(line.after["amount"], "12.5000")
        self.assertEqual(line.after["currency_id"], [self.gold.id, "GLD"])

    # -- what nobody tells ----------------------------------------------------------
    def test_authority_goes_with_its_user_and_stays_readable(self):
        """Who leaves takes his authority along; his name stays in the log."""
        user = new_test_user(self.env, "leaver", groups="base.group_user")
        self.file.with_user(user).sudo().write({"state": "watch"})
        authority = self.env["credit.authority"].create(
            {"user_id": user.id, "max_amount": 5.0}
        )
        mark, id_, name = self._mark(), authority.id, user.name
        user.unlink()
        entry = self._since(mark, "credit.authority")
        self.assertEqual((entry.event, entry.res_id), ("deleted", id_))
        self.env.flush_all()
        self.env.invalidate_all()
        stays = self.Log.search([("user_name", "=", name)])
        self.assertTrue(stays)
        self.assertEqual(stays[0].event, "file_changed")

    def test_no_logged_record_is_deleted_by_the_database_alone(self):
        """Whatever takes a logged record along says so before."""
        # an order deletes its holds, a strategy its levels; both by the ORM
        known = {
            ("credit.hold", "order_id"),
            ("credit.dunning.level", "policy_id"),
            ("credit.collection.case", "company_id"),
        }
        known |= {pair for pairs in CASCADES.values() for pair in pairs}
        found = {
            (name, field.name)
            for name, model in self.env.registry.items()
            if not model._abstract and hasattr(model, "_read_log_values")
            for field in model._fields.values()
            if field.type == "many2one" and field.store and field.ondelete == "cascade"
        }
        self.assertEqual(found, known)

    def test_merged_customers(self):
        """The kept file's log has what was decided about both."""
        other = self._customer("Bright Tools Ltd")
        merged = self._file(9000, partner=other, state="stop")
        merged_id = merged.id
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.customer | other).ids, self.customer)
        entry = self.Log.search([("event", "=", "file_merged")])
        self.assertEqual(entry.file_id, self.file.id)
        self.assertEqual(entry.before["file_id"], merged_id)
        self.assertEqual(entry.before["partner_id"][1], "Bright Tools Ltd")
        self.assertEqual(entry.before["credit_limit"], "9000.00")
        self.assertEqual(entry.after["state"], "stop")
        action = self.file.action_open_log()
        names = self.Log.search(action["domain"]).mapped("partner_name")
        self.assertEqual(set(names), {"Bright Tools", "Bright Tools Ltd"})

    # -- cost -----------------------------------------------------------------------
    def test_passing_order_writes_nothing(self):
        """The log costs a confirmation that passes nothing at all."""
        order = self._order(100.0)
        with patch.object(type(self.Log), "_insert", side_effect=AssertionError):
            order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_batch_is_one_insert(self):
        """The same queries for one record and for fifty."""
        files = self.env["credit.file"].union(
            *(self._file(partner=self._customer(f"C{n}")) for n in range(50))
        )
        states = ["watch", "open"] * 2
        counts = [
            self._count_queries(lambda some=some: some.write({"state": states.pop()}))
            for some in (files[:1], files)
        ]
        # mail tracking reads and writes per batch as well
        self.assertLessEqual(counts[1], counts[0] + 2)

    # -- nobody changes it ----------------------------------------------------------
    def test_nobody_changes_an_entry(self):
        """Neither the manager nor the superuser, by no method of the ORM."""
        self._seal()
        for env in (self.env(user=self.manager), self.env(su=True)):
            for model in ("credit.log", "credit.log.seal"):
                record = env[model].search([], limit=1)
                for call in (
                    lambda record=record: record.write({record._rec_name: "9"}),
                    lambda record=record: record.create({}),
                    lambda record=record: record.copy(),
                    lambda record=record: record.unlink(),
                ):
                    with (
                        self.subTest(model, su=env.su),
                        self.assertRaises(UserError),
                    ):
                        call()

    def test_database_refuses_changes(self):
        """Whatever client asks: the triggers stand before every change."""
        self._seal()
        for table, column in (("credit_log", "reason"), ("credit_log_seal", "hash")):
            for query in (
                f"UPDATE {table} SET {column} = 'x'",
                f"DELETE FROM {table}",
                f"TRUNCATE {table}",
            ):
                with (
                    self.subTest(query),
                    mute_logger("odoo.sql_db"),
                    self.assertRaisesRegex(IntegrityError, "never changed"),
                    self.env.cr.savepoint(),
                ):
                    self.env.cr.execute(query)

    def test_triggers_are_made_anew_by_an_update(self):
        """An update of the add-on mends what somebody dropped."""
        self.env.cr.execute("DROP TRIGGER credit_log_refuse_row ON credit_log")
        self.assertFalse(self.Log._is_guarded())
        for _run in range(2):
            self.Log.init()
            self.assertTrue(self.Log._is_guarded())

    def test_entries_are_as_they_were_written(self):
        """Read again, every entry has the digest that it was written with."""
        self._force(self.order, reason="Ümläut “quoted” \u2028 and 🙂")
        self.env.cr.execute("SELECT * FROM credit_log")
        rows = self.env.cr.dictfetchall()
        self.assertTrue(rows)
        for row in rows:
            self.assertEqual(digest(entry_text(row)), row["digest"], row)

    # -- correcting -----------------------------------------------------------------
    def test_manager_corrects_by_another_entry(self):
        """The old value is kept; the correction names it."""
        self._file(4000)
        entry = self.Log.search([("event", "=", "limit_set")], limit=1)
        digest_before = entry.digest
        wizard = self.env["credit.log.correct"].with_user(self.manager)
        values = {"correction": "It was 400", "reason": "A zero too many"}
        action = wizard.create({"entry_id": entry.id} | values).action_correct()
        correction = self.Log.browse(action["res_id"])
        self.assertEqual(correction.event, "corrected")
        self.assertEqual(correction.corrects_id, entry.id)
        self.assertEqual(correction.after, {"correction": "It was 400"})
        self.assertEqual(correction.before["digest"], digest_before)
        self.assertEqual(correction.reason, "A zero too many")
        self.assertEqual(correction.file_id, self.file.id)
        self.assertEqual(correction.company_id, self.company)
        entry.invalidate_recordset()
        self.assertEqual(entry.correction_ids, correction)
        self.assertEqual(entry.digest, digest_before)

    def test_others_correct_nothing(self):
        entry = self.Log.search([], limit=1)
        for user in (self.approver, self._user("auditor"), self.seller):
            with self.subTest(user.login), self.assertRaises(AccessError):
                entry.with_user(user)._correct("Right", "Wrong")
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.env["credit.log.correct"].with_user(user).create(
                    {"entry_id": entry.id, "correction": "X", "reason": "Y"}
                )
        with self.assertRaisesRegex(UserError, "Say what is right"):
            entry.with_user(self.manager)._correct(" ", "Wrong")

    # -- who reads ------------------------------------------------------------------
    def test_who_reads(self):
        """The credit team and the auditor; each of his companies."""
        other = self._other_company()
        file = self.env["credit.file"]._ensure(self._customer("Theirs"), other)
        theirs = self.Log.search([("file_id", "=", file.id)])
        self.assertTrue(theirs)
        for user in (self.analyst, self.manager, self._user("auditor")):
            log = self.Log.with_user(user)
            self.assertTrue(log.search([("file_id", "=", self.file.id)]))
            self.assertFalse(log.search([("id", "in", theirs.ids)]))
        for user in (self.seller, self._user("invoicing")):
            with self.assertRaises(AccessError):
                self.Log.with_user(user).search([])

    def test_unknown_event_is_a_mistake_of_the_programmer(self):
        with self.assertRaisesRegex(ValueError, "no event 'nonsense'"):
            self.Log._add("nonsense", self.file)
