"""Builders for evidence; no chart of accounts is needed, so classes start fast."""

from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user

from .common import CreditCommon

TODAY = date(2026, 6, 15)
#: A sheet that balances, in thousands.
FIGURES = {
    "total_assets": 1000.0,
    "current_assets": 600.0,
    "intangible_assets": 50.0,
    "total_liabilities": 400.0,
    "current_liabilities": 300.0,
    "net_worth": 600.0,
    "revenue": 2400.0,
    "profit": 120.0,
    "operating_cash_flow": 150.0,
    "receivables": 200.0,
}
USCC = "91110000600037341L"


class EvidenceCommon(TransactionCase):
    """One customer with a file, the clock at ``TODAY``, users per role."""

    @classmethod
    def setUpClass(cls):
        clock = freeze_time(TODAY)
        clock.start()
        cls.addClassCleanup(clock.stop)
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Pumps Ltd"})
        cls.env.user.write(
            {
                "company_ids": [Command.link(cls.company.id)],
                "company_id": cls.company.id,
            }
        )
        cls.env = cls.env(
            context=dict(cls.env.context, allowed_company_ids=cls.company.ids)
        )
        cls.company = cls.company.with_env(cls.env)
        cls.env.user.group_ids += cls.env.ref("credit_control.group_credit_manager")
        cls.currency = cls.company.currency_id
        cls.other_currency = cls.env.ref(
            "base.EUR" if cls.currency != cls.env.ref("base.EUR") else "base.USD"
        )
        cls.other_currency.active = True
        cls.env["res.currency.rate"].create(
            {
                "currency_id": cls.other_currency.id,
                "company_id": cls.company.id,
                "name": "2020-01-01",
                "rate": 2.0,
            }
        )
        cls.customer = cls._customer("Bright Tools", vat="DE 136695976", ref="C-01")
        cls.file = cls._file(cls.customer)
        cls.agency = cls.env.ref("credit_control.credit_agency_creditreform")
        cls.results = {
            result.code: result
            for result in cls.env["credit.registry.result"].search([])
        }

    _count_queries = CreditCommon._count_queries

    @classmethod
    def _customer(cls, name, **values):
        return cls.env["res.partner"].create(
            {"name": name, "is_company": True} | values
        )

    @classmethod
    def _file(cls, partner, company=None):
        File = cls.env["credit.file"]
        return File._ensure(partner, company or cls.company).with_env(cls.env)

    @classmethod
    def _user(cls, role, **values):
        return new_test_user(
            cls.env,
            login=f"evidence_{role}",
            groups=f"base.group_user,{CreditCommon.ROLES[role]}",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
            **values,
        )

    @classmethod
    def _statement(cls, end="2025-12-31", file=None, **values):
        return cls.env["credit.financial.statement"].create(
            {"file_id": (file or cls.file).id, "period_end": end} | FIGURES | values
        )

    @classmethod
    def _rating(cls, value="250", day="2026-03-01", file=None, **values):
        return cls.env["credit.rating"].create(
            {
                "file_id": (file or cls.file).id,
                "agency_id": cls.agency.id,
                "value": value,
                "date_from": day,
            }
            | values
        )

    @classmethod
    def _check(cls, *codes, day="2026-05-01", file=None, **values):
        results = [cls.results[code].id for code in codes]
        return cls.env["credit.registry.check"].create(
            {
                "file_id": (file or cls.file).id,
                "date": day,
                "result_ids": [Command.set(results)],
            }
            | values
        )

    @classmethod
    def _answer(cls, day="2026-05-01", file=None, **values):
        """The shipped questionnaire with the best option everywhere, completed."""
        answer = cls.env["credit.questionnaire.answer"].create(
            {
                "file_id": (file or cls.file).id,
                "questionnaire_id": cls.env.ref(
                    "credit_control.credit_questionnaire_basic"
                ).id,
                "date": day,
                "note": "Talked to the owner",
            }
            | values
        )
        for line in answer.line_ids:
            question = line.question_id
            if question.kind == "choice":
                line.write({"option_id": question.option_ids[0].id, "note": "Seen"})
            elif question.kind == "number":
                line.number = question.number_best
        answer.action_complete()
        return answer

    def assertDenied(self, call, *args, **kwargs):
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            call(*args, **kwargs)
            self.env.flush_all()
