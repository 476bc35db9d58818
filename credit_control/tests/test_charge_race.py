"""Two people charge the same days at once: real cursors, real commits."""

from psycopg2.errors import ExclusionViolation, UniqueViolation

from odoo import SUPERUSER_ID, Command, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

DAYS = {"date_from": "2026-06-01", "date_to": "2026-06-10"}


@tagged("post_install", "-at_install", "credit_race")
class TestChargeRace(BaseCase):
    """The class works on committed data of its own and removes it again."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        with cls.registry.cursor() as cr:
            cls.make_data(api.Environment(cr, SUPERUSER_ID, {}))
        cls.addClassCleanup(cls.remove_data)

    @classmethod
    def make_data(cls, env):
        accounts = env["account.account"].create(
            [
                {
                    "name": f"Race {kind}",
                    "code": code,
                    "account_type": kind,
                    "reconcile": kind == "asset_receivable",
                }
                for kind, code in (("asset_receivable", "RACE1"), ("income", "RACE2"))
            ]
        )
        journal = env["account.journal"].create(
            {"name": "Race", "code": "RACE", "type": "general"}
        )
        partner = env["res.partner"].create({"name": "Race", "is_company": True})
        lines = [
            Command.create(
                {
                    "account_id": account.id,
                    "partner_id": partner.id,
                    "balance": amount,
                }
            )
            for account, amount in zip(accounts, (100.0, -100.0), strict=True)
        ]
        move = env["account.move"].create(
            {"move_type": "entry", "journal_id": journal.id, "line_ids": lines}
        )
        cls.ids = {
            "account.move": move.ids,
            "account.journal": journal.ids,
            "account.account": accounts.ids,
            "res.partner": partner.ids,
        }
        cls.values = {
            "partner_id": partner.id,
            "company_id": env.company.id,
            "currency_id": env.company.currency_id.id,
            "state": "charged",
            "amount": 1.0,
            "move_line_id": move.line_ids[0].id,
        }

    @classmethod
    def remove_data(cls):
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cr.execute(
                "DELETE FROM credit_interest_charge WHERE partner_id = %s",
                [cls.values["partner_id"]],
            )
            for model, ids in cls.ids.items():
                env[model].browse(ids).unlink()
            env["credit.file"]._reset_credit_active()

    def test_second_one_fails_though_it_saw_nothing(self):
        """It measured before the first one committed: the database refuses it, for
        days that overlap and for the fixed sum; other days pass."""
        cases = (
            ("interest", DAYS, DAYS | {"date_to": "2026-06-20"}, ExclusionViolation),
            ("fixed", {}, {"state": "waived"}, UniqueViolation),
        )
        for kind, first, second, error in cases:
            with (
                self.subTest(kind),
                self.registry.cursor() as one,
                self.registry.cursor() as two,
            ):
                envs = [api.Environment(cr, SUPERUSER_ID, {}) for cr in (one, two)]
                models = [env["credit.interest.charge"] for env in envs]
                values = self.values | {"kind": kind}
                for model in models:
                    self.assertFalse(model.search_count([("kind", "=", kind)]))
                models[0].create(values | first)
                one.commit()
                with mute_logger("odoo.sql_db"), self.assertRaises(error):
                    models[1].create(values | second)
                two.rollback()
        with self.registry.cursor() as cr:
            model = api.Environment(cr, SUPERUSER_ID, {})["credit.interest.charge"]
            later = {"date_from": "2026-06-11", "date_to": "2026-06-12"}
            model.create(self.values | {"kind": "interest"} | later)
