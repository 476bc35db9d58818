import base64

from odoo import Command
from odoo.tests import new_test_user, tagged

from ..models.credit_file_evidence import EVIDENCE
from .evidence_common import EvidenceCommon

CONFIGURATION = (
    "credit.agency",
    "credit.agency.band",
    "credit.registry.result",
    "credit.questionnaire",
    "credit.question",
    "credit.question.option",
)
OTHERS = (
    "credit.agency.number",
    "credit.questionnaire.answer.line",
    "credit.evidence.entry",
)


@tagged("post_install", "-at_install")
class TestEvidenceRights(EvidenceCommon):
    """Analysts enter, approvers correct, managers configure, auditors read."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.records = {
            "credit.financial.statement": cls._statement(),
            "credit.rating": cls._rating(),
            "credit.registry.check": cls._check("normal"),
            "credit.reference": cls.env["credit.reference"].create(
                {"file_id": cls.file.id, "referee": "A", "habit": "early"}
            ),
            "credit.visit": cls.env["credit.visit"].create(
                {"file_id": cls.file.id, "stock": "50"}
            ),
            "credit.questionnaire.answer": cls._answer(),
        }

    def test_salesperson_accountant_and_portal_see_nothing(self):
        """Not even by RPC; evidence is as confidential as the file."""
        portal = new_test_user(self.env, "evidence_portal", groups="base.group_portal")
        users = [self._user(role) for role in ("sales", "sales_all", "invoicing")]
        for user in [*users, portal]:
            for model in (*EVIDENCE, *CONFIGURATION, *OTHERS):
                with self.subTest(user=user.login, model=model):
                    Model = self.env[model].with_user(user)
                    self.assertDenied(Model.search_read, [])

    def test_auditor_reads_all_and_changes_nothing(self):
        auditor = self._user("auditor")
        for model in (*EVIDENCE, *CONFIGURATION, *OTHERS):
            with self.subTest(model):
                Model = self.env[model].with_user(auditor)
                self.assertTrue(Model.search_read([], limit=1) or model in OTHERS)
                for operation in ("write", "create", "unlink"):
                    self.assertFalse(Model.has_access(operation), operation)
        for model, record in self.records.items():
            with self.subTest(model):
                record = record.with_user(auditor)
                self.assertDenied(record.write, {"note": "Hello"})
                self.assertDenied(record.action_correct)
                self.assertDenied(record._withdraw, "Because")
        self.assertDenied(self.file.with_user(auditor).action_fetch_evidence)
        self.assertTrue(self.file.with_user(auditor).statement_ids.read(["revenue"]))

    def test_analyst_enters_and_does_not_correct(self):
        analyst = self._user("analyst")
        Rating = self.env["credit.rating"].with_user(analyst)
        vals = {
            "file_id": self.file.id,
            "agency_id": self.agency.id,
            "value": "240",
            "date_from": "2026-06-01",
        }
        rating = Rating.create(vals)
        self.assertEqual(rating.user_id, analyst)
        for model, record in self.records.items():
            with self.subTest(model):
                mine = record.with_user(analyst)
                mine.note = "Seen"
                mine.message_post(body="Please correct this")
                self.assertFalse(mine.can_correct)
                self.assertDenied(mine.action_correct)
                self.assertDenied(mine.action_withdraw)
                self.assertDenied(mine.write, {"active": False})
                self.assertDenied(mine.write, {"file_id": self.file.id + 1})
        self.assertDenied(rating.write, {"value": "120"})
        self.assertDenied(
            Rating.create,
            vals | {"corrects_id": rating.id, "correction_reason": "Better"},
        )
        self.assertDenied(
            self.env["credit.evidence.withdraw"].with_user(analyst).create,
            {"model": "credit.rating", "entry_ids": rating.ids},
        )

    def test_context_opens_nothing(self):
        """No key makes an analyst an approver."""
        statement = self.records["credit.financial.statement"].with_user(
            self._user("analyst")
        )
        for key in ("import_file", "install_mode", "su", "mail_notrack"):
            with self.subTest(key):
                keyed = statement.with_context(**{key: True})
                self.assertDenied(keyed.write, {"revenue": 1})

    def test_only_managers_configure(self):
        approver, manager = self._user("approver"), self._user("manager")
        self.assertDenied(self.agency.with_user(approver).write, {"worst": 700})
        self.agency.with_user(manager).valid_months = 6
        question = self.env.ref("credit_control.credit_question_remarks")
        self.assertDenied(question.with_user(approver).write, {"name": "X"})
        question.with_user(manager).name = "What else?"
        settings = {"credit_statement_months": 18}
        self.assertDenied(
            self.env["credit.settings"].with_user(approver).create, settings
        )
        self.env["credit.settings"].with_user(manager).create(settings)
        self.assertEqual(self.company.credit_statement_months, 18)

    def test_uploaded_report_is_read_by_readers_only(self):
        """A file attached in the form belongs to the entry, not to everybody."""
        analyst = self._user("analyst")
        upload = (
            self.env["ir.attachment"]
            .with_user(analyst)
            .create(
                {"name": "report.pdf", "raw": b"%PDF", "res_model": "credit.rating"}
            )
        )
        rating = (
            self.env["credit.rating"]
            .with_user(analyst)
            .create(
                {
                    "file_id": self.file.id,
                    "agency_id": self.agency.id,
                    "value": "240",
                    "date_from": "2026-06-01",
                    "attachment_ids": [Command.set(upload.ids)],
                }
            )
        )
        self.assertEqual(upload.res_id, rating.id)
        self.env.invalidate_all()
        self.assertDenied(rating.write, {"attachment_ids": [Command.clear()]})
        self.assertEqual(upload.with_user(self._user("auditor")).raw, b"%PDF")
        self.assertDenied(upload.with_user(self._user("sales_all")).read, ["raw"])

    # -- all evidence in one list -----------------------------------------------------
    def test_all_evidence_in_one_list(self):
        """One row per entry, with its words; withdrawn ones are gone."""
        auditor = self._user("auditor")
        Entry = self.env["credit.evidence.entry"].with_user(auditor)
        mine = [("file_id", "=", self.file.id)]
        entries = Entry.search(mine)
        self.assertEqual(
            {entry.kind: entry.summary for entry in entries},
            {
                "statement": "Statement 2025 (Customer, unaudited)",
                "rating": "Creditreform 250",
                "registry": "Normal",
                "reference": "A: Before it is due",
                "visit": "",
                "answer": "Industry, reputation, stability, management",
            },
        )
        points = {entry.kind: entry.points for entry in entries}
        self.assertEqual(
            (points["statement"], points["registry"], points["visit"]), (None, None, 50)
        )
        for entry in entries:
            action = entry.action_open()
            record = self.records[action["res_model"]]
            self.assertEqual(action["res_id"], record.id)
        self.records["credit.rating"]._withdraw("Wrong customer")
        self.assertFalse(Entry.search([*mine, ("kind", "=", "rating")]))

    def test_list_says_how_long_each_entry_counts(self):
        """Ratings by their end, the rest by the settings, a knock-out without end;
        an old knock-out is none once the registry says otherwise."""
        Entry = self.env["credit.evidence.entry"]
        mine = [("file_id", "=", self.file.id)]
        ends = {entry.kind: str(entry.date_to) for entry in Entry.search(mine)}
        self.assertEqual(ends["statement"], "2027-12-31")
        self.assertEqual(ends["rating"], "2027-02-28")
        self.assertEqual(ends["registry"], "2027-05-01")
        court = {"registry": "zxgk", "day": "2020-01-01"}
        self._check("judgment_debtor", **court)
        knocked = Entry.search([*mine, ("is_knockout", "=", True)])
        self.assertEqual((len(knocked), knocked.date_to), (1, False))
        self._check("normal", registry="zxgk")
        self.assertFalse(Entry.search([*mine, ("is_knockout", "=", True)]))

    def test_smart_buttons_open_the_customers_evidence(self):
        file = self.file.with_user(self._user("auditor"))
        self.assertEqual(
            (file.statement_count, file.credit_rating_count, file.evidence_count),
            (1, 1, 6),
        )
        for action in (
            file.action_open_statements(),
            file.action_open_ratings(),
            file.action_open_evidence(),
        ):
            found = self.env[action["res_model"]].search(action["domain"])
            self.assertTrue(found)
            self.assertEqual(found.file_id, self.file)


@tagged("post_install", "-at_install")
class TestEvidenceConnector(EvidenceCommon):
    """A service answers; what it says is stored with its name and day, once."""

    RATINGS = (
        "Crefonummer;Tax ID;Customer;Bonitätsindex;Date;Höchstkredit;Währung\n"
        "4711;DE136695976;Bright Tools GmbH;233;2026-05-01;5000;{currency}\n"
        "4711;DE136695976;Bright Tools GmbH;250;2025-05-01;4000;\n"
        "4712;DE2;Other;300;2026-05-01;;\n"
    )
    STATEMENTS = (
        "Tax ID;Period End;Revenue;Net Worth\n"
        "DE136695976;2025-12-31;900;100\nDE136695976;2024-12-31;800;90\n"
    )
    REGISTRY = (
        "Tax ID;Date;Results\nDE136695976;2026-05-02;abnormal penalty\n"
        "DE136695976;2026-01-02;normal\n"
    )

    def _connect(self, **files):
        self.agency.write(
            {"connector": "file"}
            | {name: base64.b64encode(text.encode()) for name, text in files.items()}
        )

    def _fetch(self):
        file = self.file.with_user(
            self.env["res.users"].search([("login", "=", "evidence_analyst")])
            or self._user("analyst")
        )
        return file.action_fetch_evidence()["params"]

    def test_all_questions_are_answered_from_files(self):
        self._connect(
            connector_file=self.RATINGS.format(currency=self.currency.name),
            connector_statement_file=self.STATEMENTS,
            connector_registry_file=self.REGISTRY,
        )
        said = self._fetch()
        self.assertEqual((said["message"], said["type"]), ("4 new entries.", "success"))
        rating = self.file.credit_rating_ids
        self.assertEqual(
            (rating.value, str(rating.date_from), rating.source),
            ("233", "2026-05-01", "Creditreform"),
        )
        self.assertEqual(self.file.statement_ids.mapped("revenue"), [900, 800])
        self.assertEqual(self.file.statement_ids.mapped("origin"), ["agency"] * 2)
        self.assertEqual(
            self.file.registry_check_ids.result_ids.mapped("code"),
            ["abnormal", "penalty"],
        )
        self.assertEqual(self._fetch()["message"], "0 new entries.")

    def test_companies_are_found_by_name_or_number(self):
        self._connect(connector_file=self.RATINGS.format(currency=""))
        for query in ("bright", "4711", "de 136695976"):
            with self.subTest(query):
                found = self.agency._find_company(query)
                self.assertEqual({company.number for company in found}, {"4711"})
        self.assertFalse(self.agency._find_company("Nobody"))

    def test_the_number_at_the_agency_wins(self):
        """Whoever has number 4712 there is not the one with the tax id."""
        self._connect(connector_file=self.RATINGS.format(currency=""))
        self.env["credit.agency.number"].create(
            {"file_id": self.file.id, "agency_id": self.agency.id, "number": "4712"}
        )
        self._fetch()
        self.assertEqual(self.file.credit_rating_ids.value, "300")

    def test_errors_become_messages_and_the_rest_is_stored(self):
        """What cannot be read says where; what could be is kept."""
        self._connect(
            connector_file=self.RATINGS.format(currency="XXX"),
            connector_statement_file=self.STATEMENTS,
            connector_registry_file=self.REGISTRY.replace("penalty", "strange"),
        )
        said = self._fetch()
        self.assertEqual(said["type"], "warning")
        self.assertIn("2 new entries.", said["message"])
        self.assertIn("row 2: Currency: XXX is no active currency", said["message"])
        self.assertIn("Results strange are not known here", said["message"])
        self.assertFalse(self.file.credit_rating_ids)
        self._connect(connector_file="PK\x03\x04 broken")
        self.assertIn("cannot be read", self._fetch()["message"])

    def test_a_broken_service_is_no_traceback(self):
        """The person reads what to do; the log has the details."""
        self._connect(connector_file=self.RATINGS.format(currency=""))
        Connector = self.env.registry["credit.connector.file"]

        def broken(_self, file, agency):
            raise KeyError("index")

        self.patch(Connector, "_fetch_rating", broken)
        with self.assertLogs("odoo.addons.credit_control", "ERROR"):
            said = self._fetch()
        self.assertIn("did not answer as expected (KeyError)", said["message"])

    def test_without_connector_says_what_to_do(self):
        self.env["credit.agency"].search([]).connector = False
        with self.assertRaisesRegex(Exception, "No agency has a connector"):
            self._fetch()
        with self.assertRaisesRegex(Exception, "has no connector"):
            self.agency._find_company("X")
