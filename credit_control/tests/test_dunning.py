"""Who is reminded of what: the proposal and the worklist."""

import random
from datetime import timedelta
from functools import partial
from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..tools import dunning
from .common import TODAY
from .dunning_common import DunningCommon


@tagged("post_install", "-at_install")
class TestDunningProposal(DunningCommon):
    def test_new_company_proposes_without_configuration(self):
        """The first day: nothing set anywhere, the shipped soft strategy holds."""
        self.company.credit_dunning_policy_id = False
        soft = self.env.ref("credit_control.credit_dunning_policy_soft")
        self.assertEqual(
            self.env["credit.dunning.policy"]._get_default(self.company), soft
        )
        self._overdue_invoice(100, days=20)
        run = self._propose()
        self.assertEqual(run.notice_ids.level_id.name, "Reminder")
        self.assertEqual(run.notice_ids.policy_id, soft)

    def test_strategy_comes_from_the_nearest(self):
        """Invoice, then customer, then grade, then company."""
        policies = [self._policy([{"delay_days": 1}], name=n) for n in "ABC"]
        invoice = self._overdue_invoice(100, days=20)
        other = self._overdue_invoice(100, days=20)
        file = self._file(1000)
        grade = self.env["credit.grade"].create({"code": "T", "name": "Test"})
        grade.dunning_policy_id = policies[2]
        self.assertEqual(self._propose().notice_ids.policy_id, self.policy)
        file.grade_id = grade
        self.assertEqual(self._propose().notice_ids.policy_id, policies[2])
        file.dunning_policy_id = policies[1]
        self.assertEqual(self._propose().notice_ids.policy_id, policies[1])
        invoice.credit_dunning_policy_id = policies[0]
        run = self._propose()
        self.assertEqual(
            {n.policy_id: n.line_ids.move_id for n in run.notice_ids},
            {policies[0]: invoice, policies[1]: other},
        )
        policies[1].active = False
        self.assertIn(policies[2], self._propose().notice_ids.policy_id)

    def test_one_notice_at_the_highest_level(self):
        """Three items at three levels: one letter, each item takes its own step."""
        first = self._overdue_invoice(100, days=60)
        with self._after(-20):
            self._send(self._propose())
        second = self._overdue_invoice(50, days=30)
        with self._after(-10):
            self._send(self._propose())
        third = self._overdue_invoice(10, days=6)
        run = self._propose()
        self.assertNotices(run, {"Bright Tools": (3, 160)})
        self.assertEqual(
            {line.move_id: line.level_number for line in run.notice_ids.line_ids},
            {first: 3, second: 2, third: 1},
        )
        self.assertEqual(run.notice_ids.channel, "formal")

    def test_overdue_items_that_wait_are_listed(self):
        """What is overdue and takes no step now is shown, and stays at its level."""
        first = self._overdue_invoice(100, days=30)
        with self._after(-3):
            self._send(self._propose())
        self._overdue_invoice(50, days=8)
        run = self._propose()
        self.assertNotices(run, {"Bright Tools": (1, 150)})
        line = run.notice_ids.line_ids.filtered(lambda line: line.move_id == first)
        self.assertFalse(line.level_id)

    def test_no_level_is_skipped(self):
        """90 days overdue and never reminded: the first level; what was only proposed
        is no level."""
        self._overdue_invoice(100, days=90)
        self.assertNotices(self._propose(), {"Bright Tools": (1, 100)})
        self.assertNotices(self._propose(), {"Bright Tools": (1, 100)})
        self.policy.skip_levels = True
        self.policy.level_ids[1].write({"delay_mode": "due", "delay_days": 30})
        self.policy.level_ids[2].write({"delay_mode": "due", "delay_days": 200})
        self.assertNotices(self._propose(), {"Bright Tools": (4, 100)})
        self.policy.level_ids[3].write({"delay_mode": "due", "delay_days": 200})
        self.assertNotices(self._propose(), {"Bright Tools": (2, 100)})

    def test_newer_proposal_replaces_the_older(self):
        """A forgotten proposal stands in nobody's way."""
        self._overdue_invoice(100, days=9)
        old = self._propose()
        new = self._propose()
        self.assertEqual(old.notice_ids.mapped("state"), ["cancelled"])
        self.assertEqual(old.notice_ids.mapped("reason"), ["replaced"])
        self.assertEqual(new.notice_ids.state, "draft")

    def test_newer_proposal_leaves_peoples_work_alone(self):
        """What a person changed or approved stays; the others are proposed anew and
        the old run is over. Picked by hand he is proposed all the same, and a draft
        that nobody touched for two weeks gives way."""
        level = self.policy.level_ids[1]
        changes = {
            "item": lambda notice: notice.line_ids[0].action_remove(),
            "text": lambda notice: notice.action_edit_text(),
            "channel": lambda notice: notice.write({"channel": "letter"}),
            "level": lambda notice: notice.write({"level_id": level.id}),
            "fees": lambda notice: notice.sudo()._mark_waived(True, False, "Old"),
            "approved": lambda notice: notice.run_id.action_approve(),
        }
        user = self._user("invoicing")
        for number, (name, change) in enumerate(changes.items()):
            with self.subTest(name):
                partner, plain = self._customer(name), self._customer(f"N{number}")
                for each in (partner, partner, plain):
                    self._overdue_invoice(100, days=9, partner=each)
                mine, other = self._propose(partner), self._propose(plain)
                if name == "approved":
                    user = self._user("approver", login="approver_of_runs")
                change(mine.notice_ids.with_user(user))
                new = self._propose(partner | plain)
                self.assertEqual(new.notice_ids.partner_id, plain)
                self.assertEqual(mine.notice_ids.state, "draft")
                self.assertEqual((other.state, mine.state), ("cancelled", "draft"))
                self.assertFalse(
                    self.Dunning._preview(self.company, partner.ids, manual=False)
                )
                with self._after(15):
                    self.assertTrue(
                        self.Dunning._preview(self.company, partner.ids, manual=False)
                    )
                self.assertTrue(self._propose(partner, manual=True).notice_ids)
                self.assertEqual(mine.notice_ids.state, "cancelled")
                self.assertEqual(mine.state, "cancelled")

    def test_change_of_strategy_begins_with_its_first_level(self):
        """Neither formal notice nor lawyer is skipped because a softer strategy came
        as far as its third call; back again it goes on where it stood."""
        ladder = [{"delay_days": 3}] + [
            {"delay_mode": "previous", "delay_days": 10, "channel": channel}
            for channel in ("formal", "lawyer", "court")
        ]
        firm = self._policy(ladder, name="Firm")
        self._overdue_invoice(100, days=60)
        self._reach(3)
        file = self._file(1000)
        self.assertEqual(file.dunning_level, 3)
        file.dunning_policy_id = firm
        run = self._propose()
        self.assertEqual(
            (run.notice_ids.policy_id, run.notice_ids.level_number), (firm, 1)
        )
        self._send(run)
        self.assertEqual(file.dunning_level, 3, "the gate does not ease")
        with self._after(10):
            notice = self._send(self._propose())
            self.assertEqual((notice.level_number, notice.channel), (2, "formal"))
        file.dunning_policy_id = False
        with self._after(19):
            self.assertFalse(self._propose().notice_ids, "ten days after the last")
        with self._after(20):
            run = self._propose()
            self.assertEqual(run.notice_ids.policy_id, self.policy)
            self.assertNotices(run, {"Bright Tools": (4, 100)})

    def test_change_to_a_softer_strategy(self):
        """Nothing of it was ever sent: it begins at its first level, too, also where
        levels may be skipped (which is then the strategy's own wish)."""
        self._overdue_invoice(100, days=60)
        self._reach(3)
        soft = self._policy([{"delay_days": 5}, {"delay_days": 20}, {"delay_days": 99}])
        self._file().dunning_policy_id = soft
        self.assertNotices(self._propose(), {"Bright Tools": (1, 100)})
        soft.skip_levels = True
        self.assertNotices(self._propose(), {"Bright Tools": (2, 100)})

    def test_credits_pay_the_oldest_items(self):
        """Credit notes and money not applied: nobody is asked for what we have."""
        self._overdue_invoice(100, days=30)
        self._overdue_invoice(80, days=10)
        self._invoice(-60)
        self._unapplied_payment(50)
        run = self._propose()
        self.assertNotices(run, {"Bright Tools": (1, 70)})
        self.assertEqual(run.notice_ids.item_count, 1)
        self.policy.offset_credits = False
        self.assertNotices(self._propose(), {"Bright Tools": (1, 180)})
        self.policy.offset_credits = True
        self._unapplied_payment(70)
        self.assertFalse(self._propose().notice_ids)

    def test_courtesy_before_due(self):
        """A level before the due date; with a reminder it does not travel."""
        policy = self._policy([{"delay_days": -5}, {"delay_days": 5}])
        self.company.credit_dunning_policy_id = policy
        self._invoice(100, due_in=4)
        self._invoice(30, due_in=9)
        self.assertNotices(self._propose(), {"Bright Tools": (1, 100)})
        self._overdue_invoice(40, days=7)
        self.assertNotices(self._propose(), {"Bright Tools": (2, 40)})

    def test_thresholds_minimum_tolerance_and_rest(self):
        """What is too small, too early or too soon is not proposed."""
        self._overdue_invoice(100, days=30)
        level = self.policy.level_ids[0]
        level.min_item = 200
        self.assertFalse(self._propose().notice_ids)
        level.write({"min_total": 100, "threshold_mode": "any"})
        self.assertTrue(self._propose().notice_ids)
        level.write({"threshold_mode": "all"})
        self.assertFalse(self._propose().notice_ids)
        self.assertTrue(self._propose(self.customer, manual=True).notice_ids)
        level.min_item = level.min_total = 0
        self.policy.min_amount = 101
        self.assertFalse(self._propose().notice_ids)
        self.policy.write({"min_amount": 0, "tolerance": 100})
        self.assertFalse(self._propose().notice_ids)
        self.policy.write({"tolerance": 0, "min_days": 15})
        with self._after(-10):
            self._send(self._propose())
        self.assertFalse(self._propose().notice_ids)
        with self._after(5):
            self.assertTrue(self._propose().notice_ids)

    def test_never_dun(self):
        """The host's flag, the block, the customer's flag and the pause with a date."""
        invoice = self._overdue_invoice(100, days=30)
        invoice.no_followup = True
        self.assertFalse(self._propose().notice_ids)
        invoice.no_followup = False
        invoice.action_toggle_block_payment()
        self.assertFalse(self._propose().notice_ids)
        invoice.action_toggle_block_payment()
        file = self._file(1000)
        file.write({"never_dun": True, "no_dunning_reason": "Owner's brother"})
        self.assertFalse(self._propose().notice_ids)
        file.write({"never_dun": False, "no_dunning_until": TODAY})
        self.assertFalse(self._propose().notice_ids)
        with self._after(1):
            self.assertTrue(self._propose().notice_ids)

    def test_item_that_rests_until_a_day(self):
        """One invoice, for a time and with a reason; the customer's others go on."""
        rests = self._overdue_invoice(100, days=30)
        self._overdue_invoice(40, days=30)
        accountant = self._user("invoicing")
        item = rests.line_ids.filtered("date_maturity").with_user(accountant)
        with self.assertRaises(ValidationError):
            item.credit_no_dunning_until = TODAY
        notice = self._propose().notice_ids
        self.assertEqual(notice.amount, 140)
        item.write(
            {"credit_no_dunning_until": TODAY, "credit_no_dunning_reason": "New bill"}
        )
        self.assertNotices(self._propose(), {"Bright Tools": (1, 40)})
        with self._after(1):
            self.assertNotices(self._propose(), {"Bright Tools": (1, 140)})
        self.assertFalse(rests.copy().line_ids.filtered("credit_no_dunning_until"))

    def test_payment_on_its_way_is_not_reminded_of(self):
        """Paid, but the bank's entry is still to come."""
        invoice = self._overdue_invoice(100, days=30)
        self._bare_payment(100, invoices=invoice)
        self.assertFalse(self._propose().notice_ids)
        other = self._overdue_invoice(70, days=20)
        self._bare_payment(30)
        self.assertNotices(self._propose(), {"Bright Tools": (1, 40)})
        self.assertEqual(self._propose().notice_ids.line_ids.move_id, other)

    def test_currencies_and_instalments_apart(self):
        """One notice per currency, in it; each instalment by its own date."""
        self._overdue_invoice(100, days=30)
        self._overdue_invoice(60, days=30, currency_id=self.other_currency.id)
        run = self._propose()
        self.assertEqual(
            {n.currency_id: n.total for n in run.notice_ids},
            {self.currency: 100, self.other_currency: 60},
        )
        self.policy.level_ids[0].fee_amount = 5
        self.policy.min_amount = 31
        run = self._propose()
        self.assertEqual(
            {n.currency_id: n.total for n in run.notice_ids}, {self.currency: 105}
        )
        self.policy.min_amount = 0
        run = self._propose()
        self.assertEqual(
            {n.currency_id: n.total for n in run.notice_ids},
            {self.currency: 105, self.other_currency: 70},
        )

    def test_per_item_mode(self):
        """One notice per invoice, where the strategy says so; all of them are sent."""
        self.policy.write({"mode": "item", "min_days": 7})
        self._overdue_invoice(100, days=30)
        self._overdue_invoice(50, days=20)
        run = self._propose()
        self.assertEqual(sorted(run.notice_ids.mapped("amount")), [50, 100])
        run.notice_ids[0].sudo().write({"state": "queued"})
        run.notice_ids[0].sudo()._send_batch()
        run.notice_ids[1].sudo().write({"state": "queued"})
        run.notice_ids[1].sudo()._send_batch()
        self.assertEqual(set(run.notice_ids.mapped("state")), {"sent"})

    def test_days_between_notices_count_per_item(self):
        """Where each item has its own notice, the others do not wait for it; where a
        customer has one for all, they do."""
        self.policy.write({"mode": "item", "min_days": 7})
        self.policy.level_ids.delay_days = 5
        self._overdue_invoice(100, days=30)
        self._send(self._propose(self.customer))
        self._overdue_invoice(50, days=20)
        run = self._propose()
        self.assertNotices(run, {"Bright Tools": (1, 50)})
        self.Work._refresh(self.company, self.customer.ids)
        row = self.Work.search([("partner_id", "=", self.customer.id)])
        self.assertEqual((row.state, row.next_level_id.number), ("due", 1))
        with self._after(6):
            self.assertNotices(self._propose(), {"Bright Tools": (1, 50)})
        with self._after(7):
            amounts = self._propose().notice_ids.mapped("amount")
            self.assertEqual(sorted(amounts), [50, 100])
        self.policy.mode = "customer"
        self.assertFalse(self._propose().notice_ids)

    def test_recipient(self):
        """Contact of the invoice, else billing address, else the customer; an address
        that is missing or blacklisted makes it a letter."""
        contact = self._customer("Anna", parent_id=self.customer.id, is_company=False)
        contact.email = "anna@bright.example"
        billing = self._customer(
            "Billing", parent_id=self.customer.id, type="invoice", is_company=False
        )
        self._overdue_invoice(100, days=30, partner_id=contact.id)
        self.assertEqual(self._propose().notice_ids.recipient_id, contact)
        self._overdue_invoice(10, days=30)
        self.assertEqual(self._propose().notice_ids.recipient_id, self.customer)
        billing.email = "bills@bright.example"
        self.assertEqual(self._propose().notice_ids.recipient_id, billing)
        self.env["mail.blacklist"]._add("bills@bright.example")
        self.env["mail.blacklist"]._add("pay@bright.example")
        notice = self._propose().notice_ids
        self.assertEqual((notice.channel, notice.letter_instead), ("letter", True))
        self.assertEqual(notice.recipient_id, billing)

    def test_two_companies_and_branches(self):
        """A branch's items are its main company's; another company's are not."""
        self._entry(
            self.customer, 100, due=TODAY - timedelta(days=9), company=self.branch
        )
        self.env["account.move.line"].search(
            [("company_id", "=", self.branch.id), ("balance", "=", 100)]
        ).no_followup = False
        run = self._propose()
        self.assertEqual(run.notice_ids.mapped("amount"), [100])
        other = self.env["res.company"].create({"name": "Other"})
        self.assertFalse(self.Run._create_run(other).notice_ids)

    def test_two_companies_at_the_screen(self):
        """Preview, *Remind All* and rows chosen go to the companies they are of: one
        run each."""
        other = self.env["res.company"].create({"name": "Other"})
        user = self._user("invoicing")
        user.write({"company_ids": [Command.link(other.id)]})
        self._overdue_invoice(100, days=30)
        asked = []

        def propose(service, run, partner_ids=None, move_ids=None):
            asked.append((run.company_id, partner_ids))
            return 0

        Run = self.Run.with_user(user).with_context(
            allowed_company_ids=(self.company | other).ids
        )
        Work, preview = self.Work.with_env(Run.env), Run.env["credit.dunning.preview"]
        rows = (
            Work.sudo()
            .create(
                [
                    {
                        "partner_id": self.customer.id,
                        "company_id": company.id,
                        "currency_id": self.currency.id,
                        "state": "due",
                    }
                    for company in (self.company, other)
                ]
            )
            .sudo(False)
        )
        with patch.object(type(self.Dunning), "_propose", propose):
            Work.action_remind_all()
            self.assertEqual(asked, [(self.company, None), (other, None)])
            rows.action_remind()
            rows[1].action_remind()
            ids = self.customer.ids
            chosen = [(self.company, ids), (other, ids), (other, ids)]
            self.assertEqual(asked[2:], chosen)
            for some, expected in (
                (rows[1], [(other, ids)]),
                (Work, [(self.company, None), (other, None)]),
            ):
                asked.clear()
                context = some.action_preview()["context"]
                preview.with_context(**context).create({}).action_propose()
                self.assertEqual(asked, expected)
        runs = rows.action_remind()
        self.assertEqual(runs["res_model"], "credit.dunning.run")

    def test_preview_leaves_no_trace(self):
        """A dry run says the same and writes nothing."""
        self._overdue_invoice(100, days=30)
        count = self.Notice.search_count([])
        [told] = self.Dunning._preview(self.company)
        self.assertEqual(self.Notice.search_count([]), count)
        self.assertEqual(
            (told["partner_id"], told["amount"], told["level_id"]),
            (self.customer.id, 100, self.policy.level_ids[0].id),
        )

    def test_list_action_on_invoices(self):
        """The invoices picked, one notice per customer; what is left out says why."""
        invoices = self._overdue_invoice(100, days=30)
        invoices |= self._overdue_invoice(5, days=2)
        other = self._customer("Other", email="other@example.com")
        invoices |= self._overdue_invoice(20, days=30, partner=other)
        self._overdue_invoice(77, days=30, partner=other)
        run = self.Run.browse(invoices.action_credit_remind()["res_id"])
        self.assertNotices(run, {"Bright Tools": (1, 105), "Other": (1, 20)})
        self._pay(invoices[0])
        told = invoices[0].action_credit_remind()
        self.assertEqual(told["tag"], "display_notification")
        run = self.Run.browse(self.customer.action_credit_remind().get("res_id", 0))
        self.assertFalse(run)

    def test_worklist(self):
        """A row per customer and currency: what is owed, reached, next, and why not."""
        self._overdue_invoice(100, days=30)
        paused = self._customer("Paused")
        self._overdue_invoice(40, days=12, partner=paused)
        file = self._file(1000, partner=paused)
        file.write({"never_dun": True, "no_dunning_reason": "Because"})
        self.Work._refresh(self.company)
        rows = self.Work.search([("company_id", "=", self.company.id)])
        found = {
            row.partner_id.name: (row.amount, row.state, row.reason, row.level_reached)
            for row in rows
        }
        self.assertEqual(
            found,
            {
                "Bright Tools": (100, "due", False, 0),
                "Paused": (0, "resting", "never", 0),
            },
        )
        row = rows.filtered(lambda row: row.partner_id == self.customer)
        self.assertEqual(row.next_level_id, self.policy.level_ids[0])
        # 10 for 100 overdue, 10 for 30 days, 4 for four weeks without a word
        self.assertEqual(row.priority, 24)
        self.assertEqual(
            row.priority_reason, "10 large overdue + 10 old items + 4 no reaction"
        )
        self._send(self._propose())
        self.Work._refresh(self.company, self.customer.ids)
        self.assertEqual(
            (row.state, row.level_reached, row.next_date, row.last_notice),
            ("waiting", 1, TODAY + timedelta(days=10), TODAY),
        )
        self._pay(row.notice_ids.line_ids.move_id)
        self.Work._refresh(self.company)
        self.assertFalse(row.exists())

    def test_sql_agrees_with_the_rules(self):
        """The ladder of `_step_sql` is the one of tools.dunning, on random ladders."""
        dice = random.Random(4)
        for _case in range(12):
            levels = [
                {
                    "delay_mode": dice.choice(dunning.DELAY_MODES),
                    "delay_days": dice.randint(0, 25),
                    "min_item": dice.choice((0, 0, 60)),
                    "min_total": dice.choice((0, 0, 120)),
                    "threshold_mode": dice.choice(("all", "any")),
                }
                for _level in range(dice.randint(1, 4))
            ]
            if dice.random() < 0.5:
                levels[0] |= {"delay_mode": "due", "delay_days": -4}
            policy = self._policy(levels, skip_levels=dice.random() < 0.4)
            self.company.credit_dunning_policy_id = policy
            partner = self._customer("Random")
            for _item in range(4):
                self._invoice(
                    dice.randint(10, 100), due_in=dice.randint(-60, 3), partner=partner
                )
            rows = self.Dunning._read_items(self.company, partner.ids, False).values()
            total = float(sum(row.net for row in rows if row.days > 0))
            ladder = [level._to_tool() for level in policy.level_ids]
            for row in rows:
                item = dunning.Item(row.due, float(row.net))
                level = dunning.next_level(
                    ladder, item, total, TODAY, policy.skip_levels
                )
                self.assertEqual(
                    row.number if row.steps else None, level and level.number, levels
                )

    def test_query_count_does_not_grow(self):
        """50 customers cost what one costs."""
        partners = self.env["res.partner"].create(
            [
                {"name": f"C{i}", "is_company": True, "email": f"c{i}@example.com"}
                for i in range(50)
            ]
        )
        for partner in partners:
            self._overdue_invoice(100, days=30, partner=partner)
        counts = {
            self._count_queries(partial(self._propose, some))
            for some in (partners[:1], partners)
        }
        self.assertEqual(len(counts), 1, counts)
        self.assertLess(max(counts), 40)

    def test_bad_settings_are_refused(self):
        """A level twice, days that make no sense, invoices of two companies."""
        with (
            self.assertRaises(UniqueViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.policy.level_ids = [Command.create({"number": 1, "name": "Again"})]
        with self.assertRaises(UserError):
            self.Run._remind(
                self.company | self.env["res.company"].create({"name": "Other"}),
                self.customer,
            )
