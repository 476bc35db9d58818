"""Several write and several seal at once: one chain. Real cursors, real commits."""

import threading
from functools import partial
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import SQL, mute_logger

from .threads import run_at_once

COMPANY = 990_001  # of no record: a chain that belongs to this test


@tagged("post_install", "-at_install", "credit_race")
class TestLogRace(BaseCase):
    """On committed entries of its own, in a chain of its own; removed again, which
    only the owner of the database can do."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        cls.addClassCleanup(cls.remove_data)

    @classmethod
    def remove_data(cls):
        with cls.registry.cursor() as cr:
            for table in map(SQL.identifier, ("credit_log", "credit_log_seal")):
                cr.execute(SQL("ALTER TABLE %s DISABLE TRIGGER USER", table))
                cr.execute(SQL("DELETE FROM %s WHERE company_id = %s", table, COMPANY))
                cr.execute(SQL("ALTER TABLE %s ENABLE TRIGGER USER", table))

    def setUp(self):
        """What installation and other tests have left is none of ours."""
        super().setUp()
        with self.registry.cursor() as cr:
            self.env_of(cr)["credit.log.seal"]._cron_seal()

    def tearDown(self):
        self.remove_data()
        super().tearDown()

    def env_of(self, cr):
        env = api.Environment(cr, SUPERUSER_ID, {})
        cr.execute("SELECT 1")  # the snapshot is taken at the first query
        return env

    def log(self, cr, count, name, env=None):
        rows = [
            {
                "company_id": COMPANY,
                "company_name": "Race",
                "event": "changed",
                "before": None,
                "after": {"n": n},
                "model": "credit.file",
                "res_id": n,
                "res_name": name,
                "reason": None,
                "partner_id": None,
                "partner_name": None,
                "file_id": None,
            }
            for n in range(count)
        ]
        (env or self.env_of(cr))["credit.log"]._insert(rows)

    def seal(self, env):
        Seal = env["credit.log.seal"]
        return Seal._seal(Seal._read_unsealed_ids())

    def report(self):
        with self.registry.cursor() as cr:
            [report] = self.env_of(cr)["credit.log"]._verify([COMPANY])
        return report.sealed, report.unsealed, report.text

    def test_writing_waits_for_nobody(self):
        """A job that seals does not stop who writes, nor does another writer."""
        with (
            self.registry.cursor() as one,
            self.registry.cursor() as two,
            self.registry.cursor() as three,
        ):
            self.log(one, 2, "one")
            one.commit()
            self.seal(self.env_of(two))  # holds its lock
            three.execute("SET LOCAL lock_timeout = '200ms'")
            self.log(three, 2, "three")
            three.commit()
            self.log(one, 1, "one again")
            two.commit()
            one.commit()
            self.seal(self.env_of(two))
            two.commit()
        self.assertEqual(self.report(), (5, 0, ""))

    def test_second_job_leaves_the_chain_to_the_first(self):
        with self.registry.cursor() as one, self.registry.cursor() as two:
            self.log(one, 3, "one")
            one.commit()
            env_one, env_two = self.env_of(one), self.env_of(two)
            self.assertEqual(self.seal(env_one), 3)
            self.assertEqual(self.seal(env_two), 0)
            one.commit()
            # its snapshot is from before: it sees no seal, and takes the same numbers
            with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
                self.seal(env_two)
            two.rollback()
            self.assertEqual(self.seal(env_two), 0)
        self.assertEqual(self.report(), (3, 0, ""))

    def test_jobs_and_writers_at_once_make_one_chain(self):
        """Three jobs that start from old snapshots, while two others write."""
        with self.registry.cursor() as cursor:
            self.log(cursor, 2500, "before")
        # other threads may not ask for the registry while the runner loads it
        self.startPatcher(patch.object(self.registry["credit.log.seal"], "_wake"))
        cursors = [self.registry.cursor() for _n in range(5)]
        envs = [self.env_of(cursor) for cursor in cursors]
        errors = []

        def seal(env):
            try:
                start.wait()
                env["credit.log.seal"]._cron_seal()
                env.cr.commit()
            except Exception as error:  # noqa: BLE001 - shown by the test
                errors.append(error)

        def write(env):
            try:
                start.wait()
                for n in range(20):
                    self.log(env.cr, 5, f"writer {n}", env)
                    env.cr.commit()
            except Exception as error:  # noqa: BLE001 - shown by the test
                errors.append(error)

        start = threading.Barrier(5)
        works = [seal] * 3 + [write] * 2
        run_at_once(map(partial, works, envs))
        for cr in cursors:
            cr.close()
        self.assertEqual(errors, [])
        with self.registry.cursor() as cr:
            self.env_of(cr)["credit.log.seal"]._cron_seal()
        self.assertEqual(self.report(), (2700, 0, ""))
