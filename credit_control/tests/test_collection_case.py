"""Collection cases: handing over, stages, closing, recalling."""

from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .collection_common import CollectionCommon
from .common import TODAY


@tagged("post_install", "-at_install")
class TestCollectionMaking(CollectionCommon):
    def test_case_holds_what_is_open_and_who_owes_it(self):
        self._pay(self.old, 100)
        case = self._case(self.old, self.new, fee_pct=20)
        self.assertEqual(
            (case.partner_id, case.company_id, case.currency_id),
            (self.customer, self.company, self.currency),
        )
        self.assertEqual(
            (case.state, case.amount, case.handed_on), ("open", 900, TODAY)
        )
        self.assertEqual(case.line_ids.mapped("amount"), [500, 400])
        self.assertRegex(case.name, r"^CC/2026/\d{5}$")

    def test_customers_companies_and_currencies_get_a_case_each(self):
        """What one lawyer cannot plead in one claim is not mixed."""
        contact = self._customer("Ann", is_company=False, parent_id=self.customer.id)
        other = self._overdue_invoice(50, 5, partner=self._customer("Other"))
        foreign = self._overdue_invoice(80, 5, currency_id=self.other_currency.id)
        entry = self._entry(contact, 70, company=self.branch, due=TODAY)
        cases = self._case(self.old, other, foreign, entry)
        found = {
            (case.partner_id.name, case.currency_id.name): case.amount for case in cases
        }
        self.assertEqual(
            found,
            {
                ("Bright Tools", self.currency.name): 670,
                ("Bright Tools", self.other_currency.name): 80,
                ("Other", self.currency.name): 50,
            },
        )
        self.assertEqual(cases.company_id, self.company)

    def test_nonsense_is_refused_with_its_reason(self):
        paid = self._overdue_invoice(50, 5)
        item = self._items(paid)
        self._pay(paid)
        credit = self._invoice(-50).line_ids.filtered("date_maturity")
        draft = self._invoice(50, post=False).line_ids.filtered("date_maturity")
        for text, items in (
            ("at least one", self.env["account.move.line"]),
            ("not open", item),
            ("not open", credit),
            ("not open", draft),
            ("not open", self.old.invoice_line_ids),
        ):
            with self.subTest(text), self._refused(text):
                self.Case._create_cases(items, agent_id=self.agency.id)
        with self._refused("choose the lawyer or agency"):
            self._case(self.old, agent_id=False)
        court = self._case(self.old, kind="court", agent_id=False)
        self.assertEqual(court.state, "open")
        with self._refused("handed over already"):
            court.action_hand_over()

    def test_an_item_is_in_one_open_case(self):
        case = self._case(self.old)
        with self._refused(f"{self.old.name}.*{case.name}"):
            self._case(self.old, self.new)
        with (
            self.assertRaises(UniqueViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.env["credit.collection.case.line"].sudo().create(
                {
                    "case_id": case.sudo().copy({"name": "CC/X"}).id,
                    "move_line_id": self._items(self.old).id,
                    "is_open": True,
                }
            )
        case._close("recalled", "We call him ourselves")
        self.assertEqual(self._case(self.old, self.new).amount, 1000)

    def test_prepared_case_measures_again_when_it_is_handed_over(self):
        """Between preparing and handing over the customer may pay."""
        case = self._case(self.old, self.new, hand_over=False)
        self.assertEqual((case.state, case.handed_on), ("draft", False))
        self.assertEqual(self._resting(), set(self._items(self.old, self.new).ids))
        self._pay(self.old, 150)
        self._pay(self.new)
        case.action_hand_over()
        self.assertEqual((case.amount, case.item_count), (450, 1))
        self.assertEqual(self._figures(case, "recovered"), (0,))
        self._pay(self.old)
        late = self._case(self._overdue_invoice(70, 5), hand_over=False)
        self._pay(late.line_ids.move_id)
        with self._refused("Nothing of"):
            late.action_hand_over()
        late.unlink()
        with self._refused("stays"):
            case.unlink()

    def test_items_can_be_added(self):
        case = self._case(self.old)
        self._pay_on(self.old, 1, 100)
        foreign = self._overdue_invoice(80, 5, currency_id=self.other_currency.id)
        with self._refused("case of their own"):
            case._add_items(self._items(foreign))
        with self._refused("in collection already"):
            case._add_items(self._items(self.old))
        with self._later(2):
            case._add_items(self._items(self.new))
        self.assertEqual(
            self._figures(case, "amount", "recovered", "amount_open"), (1000, 100, 900)
        )
        self.assertEqual(
            case.line_ids.mapped("handed_on"), [TODAY, TODAY + timedelta(days=2)]
        )

    def test_facts_of_the_moment_are_kept(self):
        """A case library can be built on them later."""
        grade = self.env.ref("credit_control.credit_grade_d")
        self._file(500, grade_id=grade.id)
        self.env["credit.dispute"]._create_disputes(
            self._items(self.new),
            self.env.ref("credit_control.credit_dispute_reason_goods"),
        )
        self._send(self._propose())
        case = self._case(self.old, self.new)
        self.assertEqual(
            self._figures(
                case,
                "then_grade_id",
                "then_limit",
                "then_exposure",
                "then_overdue_days",
                "then_level",
                "then_disputes",
            ),
            (grade, 500, 1000, 40, 1, 1),
        )
        self._file().write({"grade_id": False})
        self.assertEqual(self._figures(case, "then_grade_id"), (grade,))

    def test_wizard_proposes_what_is_overdue(self):
        self._invoice(90)
        foreign = self._overdue_invoice(80, 5, currency_id=self.other_currency.id)
        self._case(self.new)
        accountant = self._user("invoicing")
        action = self.customer.with_user(accountant).action_collection_case()
        wizard = self.env["credit.collection.wizard"].with_user(accountant)
        form = Form(wizard.browse(action["res_id"]))
        form.kind = "lawyer"
        form.agent_id = self.lawyer
        self.assertEqual(len(form.item_ids), 2)
        form.save().action_hand_over()
        cases = self.Case.search([("agent_id", "=", self.lawyer.id)])
        self.assertEqual(cases.line_ids.move_id, self.old + foreign)
        self.assertEqual(cases.mapped("state"), ["open", "open"])
        self.assertEqual(cases.user_id, accountant)

    def test_wizard_starts_from_invoices_items_file_and_list(self):
        """Wherever people look when they decide, the same window opens."""
        accountant = self._user("invoicing")
        analyst = self._user("analyst")
        Wizard = self.env["credit.collection.wizard"]
        other = self._overdue_invoice(50, 5, partner=self._customer("Other"))
        for source, user, expected in (
            (self.old, accountant, self.old),
            (self._items(self.new), accountant, self.new),
            (self._file(), analyst, self.old + self.new),
        ):
            action = source.with_user(user).action_collection_case()
            wizard = Wizard.browse(action["res_id"])
            self.assertEqual(wizard.item_ids.move_id, expected)
        with self._refused("one customer"):
            (self.old + other).action_collection_case()
        self._pay(other)
        with self._refused("Nothing of what you chose"):
            other.action_collection_case()
        form = Form(Wizard.with_user(accountant))
        form.partner_id = self.customer
        form.agent_id = self.agency
        form.save().action_prepare()
        self.assertEqual(self.Case.search([]).mapped("state"), ["draft"])

    def test_wizard_proposes_the_fee_agreed_last_time(self):
        self._case(self.old, fee_pct=17.5)
        form = Form(self.env["credit.collection.wizard"])
        form.partner_id = self.customer
        form.agent_id = self.agency
        self.assertEqual(form.fee_pct, 17.5)
        form.agent_id = self.lawyer
        self.assertEqual(form.fee_pct, 0)

    def test_number_of_queries_does_not_grow(self):
        """Handing over fifty customers' items asks no more than for one."""

        def invoices(count):
            return self.env["account.move"].union(
                *(
                    self._overdue_invoice(10, 5, partner=self._customer(f"C{n}"))
                    for n in range(count)
                )
            )

        def queries(moves):
            items = self._items(*moves)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.Case._create_cases(items, agent_id=self.agency.id)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(invoices(1))
        one, many = queries(invoices(1)), queries(invoices(50))
        # messages are created in batches of the host: some more for fifty
        self.assertLess(many, one + 15, f"{one} for one case, {many} for fifty")


@tagged("post_install", "-at_install")
class TestCollectionFlow(CollectionCommon):
    def test_stage_sets_deadline_and_activity(self):
        case = self._case(self.old)
        placed = self.env.ref("credit_control.collection_stage_agency_placed")
        demand = self.env.ref("credit_control.collection_stage_agency_demand")
        self.assertEqual(case.stage_id, placed)
        self.assertEqual(case.deadline, TODAY + timedelta(days=5))
        case.with_user(self._user("invoicing")).stage_id = demand
        self.assertEqual(case.deadline, TODAY + timedelta(days=21))
        self.assertEqual(case.activity_ids.mapped("summary"), ["First demand"])
        self.assertEqual(case.activity_ids.date_deadline, case.deadline)
        case.deadline = TODAY + timedelta(days=3)
        self.assertEqual(case.activity_ids.date_deadline, case.deadline)
        other = self._user("analyst")
        case.user_id = other
        self.assertEqual(case.activity_ids.user_id, other)

    def test_stage_of_another_kind_is_refused(self):
        case = self._case(self.old)
        hearing = self.env.ref("credit_control.collection_stage_court_hearing")
        with self._refused("no stage of", ValidationError):
            case.stage_id = hearing
        with self._refused("is handed over"):
            case.with_user(self._user("invoicing")).kind = "court"
        with self._refused("Cases stand in this stage"):
            case.stage_id.kind = "court"
        draft = self._case(self.new, hand_over=False)
        draft.with_user(self._user("analyst")).kind = "court"
        self.assertEqual(draft.stage_id.kind, "court")

    def test_passed_deadline_is_told_once(self):
        case = self._case(self.old, user_id=self._user("analyst").id)
        domain = [("model", "=", case._name), ("res_id", "=", case.id)]
        told = [*domain, ("subject", "ilike", "Deadline passed")]
        Message = self.env["mail.message"].sudo()
        for days, count in ((5, 0), (6, 1), (7, 1)):
            with self._later(days):
                self._cron("ir_cron_collection_follow")
            self.assertEqual(Message.search_count(told), count, f"day {days}")
        case.deadline = TODAY + timedelta(days=8)
        with self._later(9):
            self._cron("ir_cron_collection_follow")
        self.assertEqual(Message.search_count(told), 2)

    def test_job_marks_what_is_paid(self):
        case = self._case(self.old, self.new)
        self._pay_on(self.old, 1)
        self._cron("ir_cron_collection_follow")
        self.assertFalse(case.ready)
        payment = self._pay_on(self.new, 1)
        self._cron("ir_cron_collection_follow")
        self._cron("ir_cron_collection_follow")
        self.assertTrue(case.ready)
        close = case.activity_ids.filtered(lambda a: "close" in a.summary)
        self.assertEqual(len(close), 1)
        self._bounce(payment)
        self._cron("ir_cron_collection_follow")
        self.assertFalse(case.ready)

    def test_paid_means_paid(self):
        case = self._case(self.old)
        accountant = self._user("invoicing")
        with self._refused("600.00.*still open"):
            case.with_user(accountant)._close("paid", "He paid")
        self._pay_on(self.old, 1)
        with self._refused("say what came of it"):
            case.with_user(accountant)._close("paid", " ")
        with self._refused("Choose the outcome"):
            case.with_user(accountant)._close("lost", "x")
        case.with_user(accountant)._close("paid", "He paid")
        self.assertEqual(
            self._figures(case, "state", "outcome", "closed_on", "activity_ids"),
            ("closed", "paid", TODAY, self.env["mail.activity"]),
        )
        with self._refused("nothing to close"):
            case._close("paid", "Again")

    def test_loss_is_an_approvers_decision(self):
        """Accountants and analysts close what is paid, approvers what is given up."""
        roles = {
            name: self._user(name) for name in ("invoicing", "analyst", "approver")
        }
        for outcome in ("partly", "settled", "written_off", "insolvent"):
            case = self._case(self._overdue_invoice(100, 5))
            for name in ("invoicing", "analyst"):
                with self.subTest(outcome, user=name), self.assertRaises(AccessError):
                    case.with_user(roles[name])._close(outcome, "Lost")
            case.with_user(roles["approver"])._close(outcome, "Lost")
            self.assertEqual(case.outcome, outcome)

    def test_written_off_in_the_books_is_a_loss_too(self):
        """Booking the loss first does not get round the approver."""
        case = self._case(self.old)
        self._write_off(self.old, 600)
        with self._refused("600.00.*given up", AccessError):
            case.with_user(self._user("invoicing"))._close("paid", "Done")
        case.with_user(self._user("approver"))._close("written_off", "Done")

    def test_recall_is_for_accountants_and_approvers(self):
        case = self._case(self.old)
        with self._refused("Only people of Invoicing", AccessError):
            case.with_user(self._user("analyst"))._close("recalled", "x")
        case.with_user(self._user("invoicing"))._close("recalled", "x")
        other = self._case(self.old)
        other.with_user(self._user("approver"))._close("recalled", "x")
        self.assertFalse(self._resting())

    def test_closing_window(self):
        case = self._case(self.old)
        action = case.action_recall()
        form = Form(
            self.env["credit.collection.close"]
            .with_user(self._user("invoicing"))
            .with_context(**action["context"])
        )
        form.note = "The agency does nothing"
        form.save().action_close()
        self.assertEqual(case.outcome, "recalled")
        self.assertEqual(case.close_note, "The agency does nothing")

    def test_reopened_by_an_approver_when_nobody_else_has_it(self):
        case = self._case(self.old)
        case._close("recalled", "x")
        with self.assertRaises(AccessError):
            case.with_user(self._user("invoicing")).action_reopen()
        other = self._case(self.old)
        approver = self._user("approver")
        with self._refused(other.name):
            case.with_user(approver).action_reopen()
        other._close("recalled", "x")
        case.with_user(approver).action_reopen()
        self.assertEqual((case.state, case.outcome), ("open", False))
        self.assertEqual(self._resting(), set(self._items(self.old).ids))
        with self._refused("is not closed"):
            case.with_user(approver).action_reopen()

    def test_closed_case_stays_as_it_is(self):
        case = self._case(self.old)
        case._close("settled", "Half")
        accountant = self._user("invoicing")
        mine = case.with_user(accountant)
        for values in (
            {"fee_pct": 1},
            {"agent_id": self.lawyer.id},
            {"stage_id": False},
        ):
            with self.subTest(**values), self._refused("closed"):
                mine.write(values)
        mine.write({"note": "The bill came later"})
        mine.cost_ids = [Command.create({"name": "Court", "amount": 10})]
        self.assertEqual(self._figures(case, "cost_amount"), (10,))

    def test_life_of_a_case_is_logged(self):
        """Made, handed over, recalled, reopened, closed: each with what came of it."""
        case = self._case(self.old, hand_over=False)
        case.action_hand_over()
        case._close("recalled", "They pay by instalments")
        case.action_reopen()
        self._pay_on(self.old, 1)
        case._close("paid", "He paid")
        entries = self.env["credit.log"].search(
            [("model", "=", case._name), ("res_id", "=", case.id)], order="id"
        )
        self.assertEqual(
            [(entry.event, entry.reason) for entry in entries],
            [
                ("case_opened", False),
                ("case_handed_over", False),
                ("case_recalled", "They pay by instalments"),
                ("case_reopened", False),
                ("case_closed", "He paid"),
            ],
        )
        self.assertEqual(entries[1].after["amount"], "600.00")
        self.assertEqual(entries[1].after["agent_id"][1], "Fast Collect")
        self.assertEqual(set(entries.mapped("partner_name")), {self.customer.name})
