from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged

from .evidence_common import USCC, EvidenceCommon


@tagged("post_install", "-at_install")
class TestEvidenceRegistry(EvidenceCommon):
    """Registry checks, references, visits and questionnaires."""

    # -- registry ---------------------------------------------------------------------
    def test_credit_code_is_verified(self):
        """18 characters with a check digit; the message says what is wrong."""
        self.assertEqual(self._check("normal", code=USCC).code, USCC)
        for code, said in (
            ("91110000600037341", "has 17 characters"),
            ("91110000600037341M", "last character does not fit"),
            ("A1110000600037341L", "begins with 8 digits"),
        ):
            with self.subTest(code), self.assertRaisesRegex(ValidationError, said):
                self._check("normal", code=code)
        self._check("normal", code="HRB 1", registry="other")

    def test_code_comes_from_the_contact(self):
        """Nothing that Odoo knows is typed again."""
        self.customer.company_registry = USCC
        self.assertEqual(self._check("normal").code, USCC)
        self.customer.company_registry = "HRB 12"
        self.assertFalse(self._check("normal", day="2026-05-02").code)

    def test_check_without_result_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "at least one result"):
            self._check()

    def test_knockout_counts_until_a_newer_check_of_the_registry(self):
        """A clean answer of another registry does not clear it; age does not either."""
        self.assertFalse(self.file.registry_knockout)
        court = self._check("judgment_debtor", registry="zxgk", day="2024-01-10")
        self._check("normal", registry="gsxt", day="2026-06-01")
        self.env.invalidate_all()
        self.assertTrue(self.file.registry_knockout)
        self.assertEqual(self.file.registry_text, "Judgment debtor (2024-01-10)")
        self.assertTrue(court.is_current)
        File = self.env["credit.file"]
        knocked = [("registry_knockout", "=", True)]
        self.assertIn(self.file, File.search(knocked))
        self._check("normal", registry="zxgk", day="2026-06-02")
        self.env.invalidate_all()
        self.assertFalse(self.file.registry_knockout)
        self.assertNotIn(self.file, File.search(knocked))

    def test_knockouts_are_the_managers_choice(self):
        check = self._check("abnormal")
        self.assertFalse(check.is_knockout)
        manager = self._user("manager")
        self.results["abnormal"].with_user(manager).is_knockout = True
        self.assertTrue(check.is_knockout)
        analyst = self._user("analyst")
        abnormal = self.results["abnormal"].with_user(analyst)
        self.assertDenied(abnormal.write, {"is_knockout": False})

    def test_knockout_changes_no_state_by_itself(self):
        """An analyst may be stricter in one click; nobody is eased."""
        self._check("deregistered")
        self.assertEqual(self.file.state, "open")
        file = self.file.with_user(self._user("analyst"))
        file.action_registry_watch()
        self.assertEqual(file.state, "watch")
        file.action_registry_stop()
        self.assertEqual(file.state, "stop")
        self.assertIn("Deregistered", file.message_ids[0].body)
        file.action_registry_watch()
        self.assertEqual(file.state, "stop")

    def test_stop_needs_a_knockout_and_the_right(self):
        with self.assertRaisesRegex(UserError, "is a knock-out"):
            self.file.action_registry_stop()
        self._check("revoked")
        self.assertDenied(
            self.file.with_user(self._user("auditor")).action_registry_stop
        )

    # -- references and visits --------------------------------------------------------
    def test_reference_proposes_points(self):
        """By the way the customer pays; who enters it may see it otherwise."""
        vals = {"file_id": self.file.id, "referee": "Steel Ltd", "habit": "late_30"}
        Reference = self.env["credit.reference"]
        self.assertEqual(Reference.create(vals).points, 50)
        self.assertEqual(Reference.create(vals | {"points": 40}).points, 40)

    def test_visit_leaves_out_what_was_not_seen(self):
        Visit = self.env["credit.visit"]
        visit = Visit.create(
            {"file_id": self.file.id, "premises": "100", "stock": "50"}
        )
        self.assertEqual((visit.points, visit.has_points), (75, True))
        self.assertFalse(Visit.create({"file_id": self.file.id}).has_points)
        with self.assertRaisesRegex(ValidationError, "took place"):
            Visit.create({"file_id": self.file.id, "date": "2026-06-16"})

    # -- questionnaire ----------------------------------------------------------------
    def test_questionnaire_asks_every_question(self):
        """In the form, and for imports that give no lines."""
        form = Form(self.env["credit.questionnaire.answer"])
        form.file_id = self.file
        answer = form.save()
        questions = answer.questionnaire_id.question_ids
        self.assertEqual(answer.line_ids.question_id, questions)
        self.assertEqual(
            set(questions.mapped("section")),
            {"industry", "reputation", "stability", "management", "other"},
        )

    def test_answers_count_once_complete(self):
        """Required ones answered, claims proven; then frozen."""
        Answer = self.env["credit.questionnaire.answer"]
        answer = Answer.create({"file_id": self.file.id})
        with self.assertRaisesRegex(UserError, "wait for an answer: How does"):
            answer.action_complete()
        for line in answer.line_ids:
            if line.kind == "choice":
                line.option_id = line.question_id.option_ids[0]
            elif line.kind == "number":
                line.number = 0
        with self.assertRaisesRegex(UserError, "proves them: What do suppliers"):
            answer.action_complete()
        self.assertNotIn(
            "question_industry_outlook",
            self.file._get_evidence_inputs()[self.file.id],
        )
        answer.line_ids.note = "Told by the bank"
        answer.action_complete()
        inputs = self.file._get_evidence_inputs()[self.file.id]
        self.assertEqual(inputs["question_industry_outlook"][0], 100)
        # 0 % for the largest buyer is better than 10 %: no more than 100 points
        self.assertEqual(inputs["question_industry_dependence"][0], 100)
        self.assertEqual(inputs["question_stability_years"][0], 0)
        self.assertNotIn("question_remarks", inputs)

    def test_completed_answers_are_frozen(self):
        answer = self._answer().with_user(self._user("manager"))
        with self.assertRaisesRegex(UserError, "completed"):
            answer.line_ids[0].note = "Other"
        self.assertDenied(answer.write, {"state": "draft"})
        self.assertDenied(answer.write, {"date": "2026-01-01"})
        with self.assertRaisesRegex(UserError, "Evidence stays"):
            answer.unlink()

    def test_draft_may_go_and_cannot_be_forged(self):
        answer = self.env["credit.questionnaire.answer"].create(
            {"file_id": self.file.id, "state": "done"}
        )
        self.assertEqual(answer.state, "draft")
        answer = answer.with_user(self._user("analyst"))
        self.assertDenied(answer.write, {"state": "done"})
        answer.unlink()

    def test_changed_questions_change_no_old_points(self):
        answer = self._answer()
        before = answer.points
        self.env.ref(
            "credit_control.credit_question_industry_outlook"
        ).option_ids.points = 0
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(answer.points, before)

    def test_correction_of_answers_counts_at_once(self):
        answer = self._answer()
        action = answer.action_correct()
        values = {
            key.removeprefix("default_"): value
            for key, value in action["context"].items()
            if key.startswith("default_")
        }
        new = answer.create(values | {"correction_reason": "Asked again"})
        self.assertEqual((new.state, new.points), ("done", answer.points))
        self.assertFalse(answer.active)

    def test_option_of_another_question_is_refused(self):
        answer = self.env["credit.questionnaire.answer"].create(
            {"file_id": self.file.id}
        )
        choices = answer.line_ids.filtered(lambda line: line.kind == "choice")
        with self.assertRaisesRegex(ValidationError, "is no answer to"):
            choices[0].option_id = choices[1].question_id.option_ids[0]

    def test_manager_makes_a_questionnaire(self):
        """A choice needs options, a number two different ends."""
        Questionnaire = self.env["credit.questionnaire"].with_user(
            self._user("manager")
        )
        question = {"name": "Which?", "code": "which"}
        with self.assertRaisesRegex(ValidationError, "at least two options"):
            Questionnaire.create(
                {
                    "name": "Mine",
                    "code": "mine",
                    "question_ids": [Command.create(question)],
                }
            )
        options = [
            Command.create({"name": name, "points": points})
            for name, points in (("Yes", 100), ("No", 0))
        ]
        made = Questionnaire.create(
            {
                "name": "Mine",
                "code": "mine2",
                "question_ids": [Command.create(question | {"option_ids": options})],
            }
        )
        self.assertEqual(made.copy().question_ids.option_ids.mapped("points"), [100, 0])
