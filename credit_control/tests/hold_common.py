"""Builders for holds: who asks, who decides, and the clock."""

from contextlib import contextmanager
from datetime import datetime, timedelta

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import Command
from odoo.tools import mute_logger

from .common import TODAY, CreditCommon


class HoldCommon(CreditCommon):
    """A customer with a limit of 1,000, his order of 1,500, and the people."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls._user("sales")
        cls.analyst = cls._user("analyst")
        cls.approver = cls._user("approver")
        cls.manager = cls._user("manager")
        cls.file = cls._file(limit=1000.0)
        cls.order = cls._order(1500.0, user_id=cls.seller.id)
        cls.gold = cls.env["res.currency"].create(
            {
                "name": "GLD",
                "symbol": "G",
                "rounding": 0.01,
                "rate_ids": [
                    Command.create(
                        {
                            "name": TODAY - timedelta(days=30),
                            "rate": 2.0,
                            "company_id": cls.company.id,
                        }
                    )
                ],
            }
        )

    def _gold_order(self, amount):
        """An order in a currency of which two make one of the company's."""
        pricelist = self.env["product.pricelist"].create(
            {"name": "Gold", "currency_id": self.gold.id}
        )
        return self._order(amount, user_id=self.seller.id, pricelist_id=pricelist.id)

    def _other_company(self, **values):
        """Another company (or a branch: ``parent_id``) open to the administrator."""
        company = self.env["res.company"].create({"name": "Other", **values})
        self.env.user.company_ids += company
        return company

    @classmethod
    def at(cls, days=0):
        """The clock, ``days`` after TODAY."""
        return freeze_time(
            datetime(TODAY.year, TODAY.month, TODAY.day) + timedelta(days)
        )

    def _request(self, order, note="", user=None, **values):
        """The hold that ``user`` (the salesperson) asks to be released."""
        order = order.with_user(user or self.seller)
        return order._credit_request_release(note, **values).with_env(self.env)

    def _force(self, order, user=None, reason="Cheque bounced"):
        order = order.with_user(user or self.analyst)
        return order._credit_force_hold(reason).with_env(self.env)

    def _release(self, hold, user=None, reason="Good customer", **values):
        hold.with_user(user or self.approver)._decide("release", reason, **values)

    def _reject(self, hold, user=None, reason="Pays late"):
        hold.with_user(user or self.approver)._decide("reject", reason)

    @contextmanager
    def assertRaisesText(self, text):
        """An error of a constraint or the ORM that tells the user ``text``."""
        with mute_logger("odoo.sql_db"), self.assertRaises(Exception) as caught:
            with self.env.cr.savepoint():
                yield
        error = caught.exception
        if isinstance(error, IntegrityError):
            model = next(
                model
                for model in self.env.registry.values()
                if model._table == error.diag.table_name
            )
            error = self.env[model._name]._sql_error_to_message(error)
        self.assertIn(text, str(error))

    # -- jobs -----------------------------------------------------------------------
    def _run_job(self, xmlid):
        """Run a job as the scheduler does: own cursor, commits, progress."""
        self.env.cr.flush()  # another transaction begins after this one
        with self.enter_registry_test_mode():
            self.env.ref(f"credit_control.{xmlid}").method_direct_trigger()
