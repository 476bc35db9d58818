"""Builders for tests about collection: claims in other hands, money that comes in."""

from contextlib import contextmanager
from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import UserError

from .common import TODAY
from .dunning_common import DunningCommon


class CollectionCommon(DunningCommon):
    """A customer with two overdue invoices (600 and 400), a lawyer and an agency.

    Handed over on TODAY unless a test says otherwise; figures are those of the ledger.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Case = cls.env["credit.collection.case"]
        cls.lawyer = cls._customer("Lex & Partners")
        cls.agency = cls._customer("Fast Collect")
        cls.old = cls._overdue_invoice(600, 40)
        cls.new = cls._overdue_invoice(400, 10)

    @classmethod
    def _items(cls, *moves):
        return cls.env["account.move.line"].union(
            *(move._get_open_items() for move in moves)
        )

    @classmethod
    def _case(cls, *moves, hand_over=True, user=None, **values):
        """A case over the open items of ``moves``, with the agency unless said."""
        values = {"kind": "agency", "agent_id": cls.agency.id} | values
        items = cls._items(*moves)
        Case = cls.Case
        if user:
            items, Case = items.with_user(user), Case.with_user(user)
        return Case._create_cases(items, hand_over, **values).with_env(cls.env)

    @contextmanager
    def _refused(self, text, error=UserError):
        """Refused with ``text``, and nothing of it is left."""
        with self.assertRaisesRegex(error, text), self.env.cr.savepoint():
            yield

    def _bounce(self, payment):
        """The bank takes the payment back."""
        payment.move_id.line_ids.remove_move_reconcile()
        payment.action_draft()

    def _later(self, days):
        return freeze_time(TODAY + timedelta(days=days))

    def _pay_on(self, move, days, amount=None):
        """Pay ``days`` from TODAY."""
        with self._later(days):
            return self._pay(move, amount)

    def _write_off(self, move, amount):
        """Book ``amount`` of an invoice as a loss, and match it."""
        company = move.company_id
        item = move._get_open_items()
        entry = self.env["account.move"].create(
            {
                "journal_id": self.company_data["default_journal_misc"].id,
                "date": fields.Date.today(),
                "line_ids": [
                    Command.create(
                        {
                            "account_id": item.account_id.id,
                            "partner_id": item.partner_id.id,
                            "credit": amount,
                        }
                    ),
                    Command.create(
                        {
                            "account_id": self.company_data[
                                "default_account_expense"
                            ].id,
                            "debit": amount,
                        }
                    ),
                ],
            }
        )
        entry.action_post()
        self.assertEqual(entry.company_id, company)
        credit = entry.line_ids.filtered(
            lambda line: line.account_id == item.account_id
        )
        (credit + item).reconcile()
        return entry

    def _figures(self, case, *names):
        case.invalidate_recordset()
        return tuple(case[name] for name in names)

    def _cron(self, name):
        with self.enter_registry_test_mode():
            self.env.ref(f"credit_control.{name}").method_direct_trigger()
        self.env.invalidate_all()

    def _resting(self):
        """Ids of the items that rest because of a case."""
        scope = self.env["credit.exposure"]._get_scope(self.company)
        query = self.env["credit.collection.case.line"]._resting_sql(scope)
        return {row[0] for row in self.env.execute_query(query)}
