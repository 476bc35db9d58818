"""Levels reached in the OCA add-on, of which tests have only the tables."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from .common import TODAY
from .dunning_common import DunningCommon

#: As account_credit_control 19.0 makes them, of what is read.
TABLES = """
CREATE TABLE credit_control_policy (
    id serial PRIMARY KEY, name varchar, do_nothing boolean);
CREATE TABLE credit_control_policy_level (
    id serial PRIMARY KEY, policy_id int, level int, name jsonb, channel varchar);
CREATE TABLE credit_control_line (
    id serial PRIMARY KEY, date date, date_sent date, state varchar, channel varchar,
    move_line_id int, company_id int, policy_level_id int, balance_due float8,
    manually_overridden boolean);
ALTER TABLE res_partner ADD COLUMN credit_policy_id int;
ALTER TABLE account_move ADD COLUMN credit_policy_id int;
INSERT INTO credit_control_policy VALUES (1, '3 time', FALSE), (2, 'No follow', TRUE);
INSERT INTO credit_control_policy_level VALUES
    (1, 1, 1, '{"en_US": "10 days net"}', 'email'),
    (2, 1, 2, '{"en_US": "30 days", "zh_CN": "30 天"}', 'letter'),
    (3, 1, 3, '{"en_US": "Last"}', 'phone'),
    (4, 2, 1, '{"en_US": "No follow"}', 'email');
"""


@tagged("post_install", "-at_install")
class TestOcaImport(DunningCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.cr.execute(TABLES)
        cls.Import = cls.env["credit.oca.import"]
        cls.levels = cls.policy.level_ids

    def _sent(self, move, level, days_ago, state="sent", **values):
        """A line of theirs about the (first) instalment of an invoice."""
        item = move.line_ids.filtered("date_maturity")[:1]
        values = {
            "date": TODAY - timedelta(days=days_ago + 1),
            "date_sent": TODAY - timedelta(days=days_ago),
            "state": state,
            "channel": ["email", "letter", "phone", "email"][level - 1],
            "move_line_id": item.id,
            "company_id": move.company_id.id,
            "policy_level_id": level,
            "balance_due": item.amount_residual_currency,
        } | values
        self.env.cr.execute(
            SQL(
                "INSERT INTO credit_control_line (%s) VALUES %s",
                SQL(", ").join(map(SQL.identifier, values)),
                tuple(values.values()),
            )
        )
        return item

    def _customer_file(self):
        return self.env["credit.file"]._ensure(self.customer, self.company)

    def _mapping(self):
        """Their levels are ours of the same number."""
        return dict(enumerate(self.levels[:3], start=1))

    def _wizard(self, user=None):
        return self.env["credit.oca.import.wizard"].with_user(user or self.env.user)

    def test_dunning_goes_on_at_the_level_reached(self):
        """Two levels sent there: the next one here is the third, after its delay."""
        item = self._sent(self._overdue_invoice(800, days=60), 1, 40)
        self._sent(item.move_id, 2, 5)
        run = self.Import._import(self.company, self._mapping())
        self.assertRecordValues(
            run.notice_ids.sorted("level_number"),
            [
                {
                    "level_id": self.levels[number].id,
                    "state": "sent",
                    "channel": channel,
                    "partner_id": self.customer.id,
                    "amount": 800.0,
                    "delivery_state": delivery,
                }
                for number, channel, delivery in (
                    (0, "email", "delivered"),
                    (1, "letter", "printed"),
                )
            ],
        )
        self.assertEqual(run.state, "done")
        self.assertEqual(self._customer_file().dunning_level, 2)
        self.assertFalse(self._propose().notice_ids, "ten days have not passed")
        with self._after(5):
            self.assertNotices(self._propose(), {self.customer.name: (3, 800.0)})

    def test_days_between_notices_count_from_their_last_one(self):
        """Reminded there three days ago: here not before the strategy's days."""
        self.policy.min_days = 14
        self.levels[1].delay_days = 2
        self._sent(self._overdue_invoice(800, days=60), 1, 3)
        run = self.Import._import(self.company, self._mapping())
        self.assertEqual(run.notice_ids.ready_on, TODAY + timedelta(days=11))
        for days, level in ((10, None), (11, 2)):
            with self._after(days):
                numbers = self._propose().notice_ids.mapped("level_number")
                self.assertEqual(numbers, [level] if level else [])

    def test_effect_of_the_level_is_felt(self):
        """A customer imported at the level that stops orders is stopped, and free
        again when he pays."""
        move = self._overdue_invoice(800, days=60)
        self._sent(move, 3, 5)
        self.Import._import(self.company, self._mapping())
        self.assertEqual(self._customer_file().state, "stop")
        self._pay(move)
        self.assertEqual(self._customer_file().state, "open")

    def test_importing_again_adds_nothing(self):
        """A second import finds nothing new; a later level of theirs is added."""
        item = self._sent(self._overdue_invoice(800, days=60), 1, 40)
        self.assertTrue(self.Import._import(self.company, self._mapping()))
        before = self.Notice.search_count([])
        self.assertFalse(self.Import._import(self.company, self._mapping()))
        self.assertEqual(self.Notice.search_count([]), before)
        self._sent(item.move_id, 2, 5)
        run = self.Import._import(self.company, self._mapping())
        self.assertEqual(run.notice_ids.level_id, self.levels[1])

    def test_only_what_was_sent_and_is_open(self):
        """Proposals, overridden lines and paid invoices are no reminders; a level of
        ours that is higher already stays."""
        paid = self._overdue_invoice(100, days=60)
        self._sent(paid, 1, 40)
        self._pay(paid)
        for state in ("draft", "ignored", "to_be_sent", "queued", "email_error"):
            self._sent(self._overdue_invoice(100, days=60), 1, 40, state=state)
        overridden = self._overdue_invoice(100, days=60)
        self._sent(overridden, 1, 40, manually_overridden=True)
        counts = self.Import._preview(self.company, self._mapping())
        self.assertEqual(
            {name: counts[name] for name in ("items", "not_sent", "closed", "known")},
            {"items": 0, "not_sent": 5, "closed": 1, "known": 0},
        )
        self.assertFalse(self.Import._import(self.company, self._mapping()))
        other = self._customer("Ahead of them")
        move = self._overdue_invoice(100, days=60, partner=other)
        self._send(self._propose(other))
        self._sent(move, 1, 40)
        self.assertFalse(self.Import._import(self.company, self._mapping()))

    def test_two_of_their_levels_are_one_of_ours(self):
        """The first sending counts, once."""
        item = self._sent(self._overdue_invoice(800, days=60), 1, 40)
        self._sent(item.move_id, 2, 5)
        run = self.Import._import(self.company, {1: self.levels[0], 2: self.levels[0]})
        self.assertEqual(run.notice_ids.line_ids.sent_on, TODAY - timedelta(days=40))

    def test_no_follow_up_there_is_none_here(self):
        """Customers and invoices of a policy that does nothing get no letter."""
        silent = self._customer("Silent")
        self._overdue_invoice(100, days=60, partner=silent)
        move = self._overdue_invoice(100, days=60)
        self._sent(self._overdue_invoice(50, days=60), 1, 40)
        self.env.cr.execute(
            SQL("UPDATE res_partner SET credit_policy_id = 2 WHERE id = %s", silent.id)
        )
        self.env.cr.execute(
            SQL("UPDATE account_move SET credit_policy_id = 2 WHERE id = %s", move.id)
        )
        self.Import._import(self.company, self._mapping())
        file = self.env["credit.file"]._ensure(silent, self.company)
        self.assertTrue(file.never_dun and file.no_dunning_reason)
        self.assertTrue(move.line_ids.filtered("date_maturity").no_followup)

    def test_wizard_tells_before_it_writes(self):
        """The dry run has figures and effects, and leaves no trace."""
        self._sent(self._overdue_invoice(800, days=60), 3, 5)
        manager = new_test_user(
            self.env,
            login="oca_manager",
            groups="credit_control.group_credit_manager,account.group_account_invoice",
            company_id=self.company.id,
        )
        wizard = self._wizard(manager).create({})
        self.assertEqual(wizard.line_ids.mapped("name"), ["3 Last"])
        self.assertEqual(wizard.line_ids.level_id, self.levels[2])
        self.assertIn("Stop orders", wizard.summary)
        self.assertIn("1 sent notices of 1 customers", wizard.summary)
        self.assertFalse(self.Notice.search([]))
        wizard.line_ids.level_id = False
        self.assertIn("1 items were sent at levels you left empty", wizard.summary)
        wizard.line_ids.level_id = self.levels[2]
        action = wizard.action_import()
        self.assertEqual(self.Notice.search(action["domain"]).item_count, 1)

    def test_managers_only(self):
        """An accountant cannot import, an approver neither."""
        for number, group in enumerate(
            ("account.group_account_invoice", "credit_control.group_credit_approver")
        ):
            user = new_test_user(self.env, login=f"oca_{number}", groups=group)
            with self.assertRaises(AccessError):
                self._wizard(user).create({})

    def test_without_their_tables_it_says_so(self):
        """Nothing to import: a sentence, no error of the database."""
        self.env.cr.execute("DROP TABLE credit_control_line")
        with self.assertRaisesRegex(UserError, "not in this database"):
            self._wizard().create({})

    def test_another_company_is_left_alone(self):
        """Items of another main company are not imported, a branch's are."""
        branch = self._entry(self.customer, 70, company=self.branch)
        self._sent(branch, 1, 40)
        mapping = self._mapping()
        other = self.env["res.company"].create({"name": "Other"})
        self.assertEqual(self.Import._preview(other, mapping)["items"], 0)
        self.assertEqual(self.Import._preview(self.company, mapping)["items"], 1)

    def test_query_count_does_not_grow(self):
        """50 items of 50 customers cost what one costs, their files apart."""
        counts = []
        self.Import._preview(self.company, self._mapping())  # fills the caches
        for number in (1, 50):
            for index in range(number):
                partner = self._customer(f"Many {number} {index}")
                self.env["credit.file"]._ensure(partner, self.company)
                self._sent(self._overdue_invoice(100, 60, partner=partner), 1, 40)
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self.Import._preview(self.company, self._mapping())
            counts.append(self.env.cr.sql_log_count - start)
            self.Import._import(self.company, self._mapping())
        self.assertEqual(counts[0], counts[1])
