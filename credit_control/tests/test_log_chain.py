"""The chain of the log: sealed by a job, verified by anybody, also outside of Odoo."""

import io
import subprocess
import sys
import tempfile
import zipfile
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged
from odoo.tools import SQL, mute_logger

from ..tools.chain import GENESIS, digest
from .common import CreditCommon


@tagged("post_install", "-at_install")
class TestLogChain(CreditCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Log, cls.Seal = cls.env["credit.log"], cls.env["credit.log.seal"]
        cls.file = cls._file(1000)

    # -- helpers --------------------------------------------------------------------
    def _seal(self):
        """As the scheduler does: own cursor, commits, progress."""
        self.env.cr.flush()  # another transaction begins after this one
        with self.enter_registry_test_mode():
            self.env.ref("credit_control.ir_cron_seal_log").method_direct_trigger()
        self.env.invalidate_all()

    def _seal_now(self):
        return self.Seal._seal(self.Seal._read_unsealed_ids())

    def _seals(self):
        return self.Seal.search([("company_id", "=", self.company.id)], order="number")

    def _report(self, **noted):
        anchors = {self.company.id: {int(n[1:]): h for n, h in noted.items()}}
        [report] = self.Log._verify([self.company.id], anchors)
        return report

    @contextmanager
    def _tampering(self, *queries):
        """Somebody with the rights of the database's owner was here."""
        with self.env.cr.savepoint() as savepoint:
            tables = list(map(SQL.identifier, ("credit_log", "credit_log_seal")))
            for table in tables:
                self.env.cr.execute(SQL("ALTER TABLE %s DISABLE TRIGGER USER", table))
            for query in queries:
                self.env.cr.execute(query)
            for table in tables:
                self.env.cr.execute(SQL("ALTER TABLE %s ENABLE TRIGGER USER", table))
            self.env.invalidate_all()
            yield
            savepoint.rollback()
        self.env.invalidate_all()

    # -- sealing --------------------------------------------------------------------
    def test_job_numbers_without_gaps(self):
        """In the order of the entries; a second run goes on where the first ended."""
        self._seal()
        first = self._seals()
        self.assertTrue(first)
        self.file.state = "watch"
        self.file.state = "stop"
        self._seal()
        seals = self._seals()
        self.assertEqual(seals.mapped("number"), list(range(1, len(first) + 3)))
        self.assertEqual(seals[:1].previous, GENESIS)
        self.assertEqual(seals[1:].mapped("previous"), seals[:-1].mapped("hash"))
        self.assertEqual(seals.mapped("log_id"), sorted(seals.mapped("log_id")))
        self.assertFalse(self.Seal._read_unsealed_ids())
        entry = self.Log.browse(seals[-1].log_id)
        self.assertEqual((entry.number, entry.hash), (seals[-1].number, seals[-1].hash))

    def test_every_company_has_its_own_chain(self):
        """What is about all companies has one, too."""
        other = self.env["res.company"].create({"name": "Other"})
        self.env["credit.file"]._ensure(self.customer, other)
        self.env["credit.grade"].create({"code": "Y", "name": "Shared"})
        self._seal()
        for company_id in (self.company.id, other.id, False):
            seals = self.Seal.search([("company_id", "=", company_id)], order="number")
            self.assertEqual(seals.mapped("number"), list(range(1, len(seals) + 1)))
            [report] = self.Log._verify([company_id or 0])
            self.assertEqual((report.sealed, report.text), (len(seals), ""))

    def test_entry_that_commits_late_gets_a_later_number(self):
        """Its id is lower, for it began before the others."""
        self.env.cr.execute("SELECT nextval('credit_log_id_seq')")
        [late_id] = self.env.cr.fetchone()
        self.file.state = "watch"
        self._seal()
        last = self._seals()[-1]
        self.assertGreater(last.log_id, late_id)
        self.file.state = "stop"
        self.env.cr.flush()
        with self._tampering(
            SQL(
                "UPDATE credit_log SET id = %s WHERE id ="
                " (SELECT max(id) FROM credit_log)",
                late_id,
            )
        ):
            self._seal_now()
            newest = self._seals()[-1]
            self.assertEqual(newest.log_id, late_id)
            self.assertEqual(newest.number, last.number + 1)
            self.assertFalse(self._report().text)

    def test_job_that_is_killed_leaves_whole_batches(self):
        """What it had not committed is sealed by the next run, once."""
        with self.env.cr.savepoint() as savepoint:
            self.assertTrue(self._seal_now())
            savepoint.rollback()
        self.assertFalse(self._seals())
        self._seal()
        self.assertFalse(self._report().text)
        self.assertEqual(self._seal_now(), 0)

    def test_a_number_or_entry_is_never_sealed_twice(self):
        self._seal()
        for column in ("log_id", "number"):
            other = {"log_id": "number", "number": "log_id"}[column]
            same = ("company_id", "previous", "hash", "sealed_at", column)
            names = SQL(", ").join(map(SQL.identifier, (*same, other)))
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(
                    SQL(
                        """
                        INSERT INTO credit_log_seal (%(names)s)
                        SELECT %(same)s, %(other)s + 900000 FROM credit_log_seal
                        """,
                        names=names,
                        same=SQL(", ").join(map(SQL.identifier, same)),
                        other=SQL.identifier(other),
                    )
                )

    # -- verifying ------------------------------------------------------------------
    def test_sound_log_is_found_sound(self):
        self.assertFalse(self._report().text)
        self._seal()
        report = self._report()
        self.assertFalse(report.text)
        self.assertEqual((report.sealed, report.unsealed), (len(self._seals()), 0))
        self.assertEqual(report.hash, self._seals()[-1].hash)

    def test_first_broken_entry_is_named(self):
        """Whatever is done behind the triggers: number, record, and what differs."""
        self.file.state = "watch"
        self._seal()
        seals = self._seals()
        last, entry = seals[-1], self.Log.browse(seals[-1].log_id)
        changed, number = ("content", last.number), last.number
        entry_cases = {
            "UPDATE credit_log SET reason = 'x' WHERE id = %s": changed,
            "UPDATE credit_log SET user_name = 'x' WHERE id = %s": changed,
            "UPDATE credit_log SET date = date - interval '1 day' WHERE id = %s": (
                changed
            ),
            """UPDATE credit_log SET after = '{"state": "open"}' WHERE id = %s""": (
                changed
            ),
            "UPDATE credit_log SET company_id = NULL WHERE id = %s": ("chain", number),
            "DELETE FROM credit_log WHERE id = %s": ("orphan", number),
            "UPDATE credit_log_seal SET previous = hash WHERE log_id = %s": (
                "link",
                number,
            ),
            "UPDATE credit_log_seal SET hash = previous WHERE log_id = %s": changed,
        }
        cases = [(SQL(query, entry.id), *case) for query, case in entry_cases.items()]
        first = SQL("DELETE FROM credit_log_seal WHERE id = %s", seals[0].id)
        cases.append((first, "missing", 1))
        for query, code, number in cases:
            with self.subTest(query.code), self._tampering(query):
                report = self._report()
                self.assertEqual(
                    (report.problem.code, report.problem.number), (code, number)
                )
                self.assertIn(f"No. {number}", report.text)
                if code == "content":
                    self.assertIn("credit.file, Bright Tools", report.text)
        self.assertFalse(self._report().text)

    def test_change_of_an_entry_without_a_number_is_seen(self):
        """Its own digest shows it, before the job has sealed it."""
        entry = self.Log.search([("company_id", "=", self.company.id)], limit=1)
        query = SQL("UPDATE credit_log SET reason = 'x' WHERE id = %s", entry.id)
        with self._tampering(query):
            self.assertEqual(self._report().problem.code, "content")
            # sealed as it is by now, it stays visible
            self._seal_now()
            self.assertEqual(self._report().problem.code, "content")

    def test_entry_that_waits_for_its_seal_is_a_finding(self):
        """After an hour: somebody switched the job off."""
        entry = self.Log.search([("company_id", "=", self.company.id)], limit=1)
        for hours, found in ((1, False), (2, True)):
            query = SQL(
                "UPDATE credit_log SET date = %s WHERE id = %s",
                entry.date - timedelta(hours=hours),
                entry.id,
            )
            with self._tampering(query):
                self.env.cr.execute(
                    SQL("SELECT * FROM credit_log WHERE id = %s", entry.id)
                )
                row = self.env.cr.dictfetchone()
                fresh = self.Log._get_text(row)
                with self._tampering(
                    SQL(
                        "UPDATE credit_log SET digest = %s WHERE id = %s",
                        digest(fresh),
                        entry.id,
                    )
                ):
                    report = self._report()
                    self.assertEqual(
                        report.problem and report.problem.code,
                        "late" if found else None,
                    )

    def test_triggers_switched_off_are_a_finding(self):
        self._seal()
        self.env.cr.execute(
            "ALTER TABLE credit_log DISABLE TRIGGER credit_log_refuse_row"
        )
        self.assertIn("triggers", self._report().text)

    def test_hash_noted_earlier(self):
        """Who forges the whole chain cannot forge what an auditor has noted."""
        self._seal()
        last = self._seals()[-1]
        number = f"n{last.number}"
        self.assertFalse(self._report(**{number: last.hash}).text)
        self.assertEqual(self._report(**{number: "0" * 64}).problem.code, "anchor")
        self.assertEqual(self._report(n999="0" * 64).problem.code, "anchor")

    def test_chain_that_is_gone_altogether(self):
        """Nobody asks for a company of which nothing is left, but what was noted."""
        gone = self.env["res.company"].create({"name": "Gone"})
        reports = {
            report.company_id: report
            for report in self.Log._verify(anchors={gone.id: {3: "0" * 64}})
        }
        self.assertEqual(reports[gone.id].problem.code, "anchor")

    def test_cost_of_verifying(self):
        """Nothing per entry: pages of 2,000."""
        self._seal()
        one = self._count_queries(self._report)
        for _n in range(20):
            self.file.state = "watch" if self.file.state == "open" else "open"
        self._seal()
        self.assertEqual(self._count_queries(self._report), one)

    # -- who verifies ---------------------------------------------------------------
    def test_auditor_verifies_his_companies(self):
        """In the dialogue: every chain he may read, and nothing is written."""
        other = self.env["res.company"].create({"name": "Other"})
        self.env["credit.file"]._ensure(self.customer, other)
        self._seal()
        for role in ("auditor", "manager"):
            wizard = (
                self.env["credit.log.verify"].with_user(self._user(role)).create({})
            )
            action = wizard.action_verify()
            self.assertEqual(action["res_id"], wizard.id)
            self.assertIn(self.company.name, wizard.line_ids.mapped("name"))
            self.assertNotIn("Other", wizard.line_ids.mapped("name"))
            own = wizard.line_ids.filtered(lambda x: x.name == self.company.name)
            self.assertTrue(own.sound)
            self.assertEqual(own.hash, self._seals()[-1].hash)
        wizard.write({"number": 1, "hash": "0" * 64})
        wizard.action_verify()
        own = wizard.line_ids.filtered(lambda x: x.name == self.company.name)
        self.assertFalse(own.sound)
        self.assertIn("noted earlier", own.text)

    def test_others_do_not_verify(self):
        for role in ("analyst", "approver", "sales"):
            user = self._user(role)
            with self.assertRaises(AccessError):
                self.env["credit.log.verify"].with_user(user).create({})
            with self.assertRaises(AccessError):
                self.Log.with_user(user)._get_verifiable_chains()

    # -- exporting ------------------------------------------------------------------
    def _export(self, folder):
        file = io.BytesIO()
        self.Log._write_export(file, [self.company.id, 0])
        with zipfile.ZipFile(file) as archive:
            archive.extractall(folder)
        return Path(folder) / f"company-{self.company.id}.jsonl"

    def _run(self, *command):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def test_export_is_verified_without_odoo(self):
        """Python alone, or sha256sum, says whether the file is as it was written."""
        self._seal()
        self.file.state = "watch"  # without a seal
        with tempfile.TemporaryDirectory() as folder:
            entries = self._export(folder)
            code, said = self._run(sys.executable, f"{folder}/verify.py")
            self.assertEqual(code, 0, said)
            count, last = len(self._seals()), self._seals()[-1].hash
            self.assertIn(
                f"{entries.name}: sound, {count} entries, last hash {last}", said
            )
            name = entries.stem
            for by_hand, wanted in (
                (f"sed -n 1p {name}.jsonl | tr -d '\\n' | sha256sum", 4),
                (
                    f"{{ sed -n 1p {name}.tsv | cut -f2 | tr -d '\\n';"
                    f" sed -n 1p {name}.jsonl | tr -d '\\n'; }} | sha256sum",
                    3,
                ),
            ):
                _code, said = self._run("bash", "-c", f"cd {folder}; {by_hand}")
                row = entries.with_suffix(".tsv").read_text().splitlines()[0]
                self.assertEqual(said.split()[0], row.split("\t")[wanted - 1])
            text = entries.read_text()
            for forged in (
                text.replace("1000.00", "9000.00", 1),
                "".join(text.splitlines(keepends=True)[1:]),
                text + "{}\n",
            ):
                entries.write_text(forged)
                code, said = self._run(sys.executable, f"{folder}/verify.py")
                self.assertEqual(code, 1)
                self.assertIn("BROKEN", said)


@tagged("post_install", "-at_install")
class TestLogExport(HttpCase, CreditCommon):
    def test_auditor_downloads_others_do_not(self):
        self._file(1000)
        for role, status in (("auditor", 200), ("manager", 200), ("approver", 403)):
            user = self._user(role, password="password_of_role")
            self.authenticate(user.login, "password_of_role")
            with mute_logger("odoo.http"):
                answer = self.url_open("/credit_control/log/export")
            with self.subTest(role):
                self.assertEqual(answer.status_code, status)
                if status == 200:
                    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
                    self.assertIn("verify.py", names)
                    self.assertIn(f"company-{self.company.id}.jsonl", names)
