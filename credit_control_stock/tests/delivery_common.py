"""Builders for deliveries of orders under a limit of 1,000."""

from odoo import Command
from odoo.exceptions import RedirectWarning
from odoo.tests import new_test_user

from odoo.addons.credit_control.tests.hold_common import HoldCommon


class DeliveryCommon(HoldCommon):
    """Confirmed orders of the customer, with their transfers, and warehouse people.

    The product needs no stock, so that every transfer is ready at once. The
    administrator of the tests validates as a person does: he gets refusals.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref("stock.group_stock_manager")
        cls.worker = cls._stock_user("credit_worker")
        cls.stock_seller = cls._stock_user(
            "credit_stock_seller", "sales_team.group_sale_salesman"
        )
        cls.stock_analyst = cls._stock_user(
            "credit_stock_analyst", "credit_control.group_credit_user"
        )

    @classmethod
    def _stock_user(cls, login, *groups):
        return new_test_user(
            cls.env,
            login=login,
            groups=",".join(("base.group_user", "stock.group_stock_user", *groups)),
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    @classmethod
    def _confirmed(cls, amount=800.0, **values):
        """A confirmed order whose goods wait to be delivered."""
        return cls._order(
            amount, confirm=True, **{"user_id": cls.stock_seller.id} | values
        )

    def _set_limit(self, amount):
        self.file.write({"credit_limit": amount, "limit_reason": "Test"})

    def _stopped(self, amount=800.0, **values):
        """A confirmed order that its customer's limit does not bear any more."""
        order = self._confirmed(amount, **values)
        self._set_limit(500.0)
        return order

    def _bill(self, order):
        invoice = order._create_invoices()
        invoice.action_post()
        return invoice

    def _validate(self, pickings, user=None, **context):
        pickings = pickings.with_user(user or self.env.user)
        return pickings.with_context(**context).button_validate()

    def _validate_by_job(self, pickings):
        return self._validate(pickings, cron_id=1)

    def assertDelivered(self, pickings, user=None):
        self._validate(pickings, user)
        self.assertEqual(set(pickings.mapped("state")), {"done"})

    def assertStays(self, pickings, user=None, error=RedirectWarning):
        """Nothing of ``pickings`` can be delivered; returns what the user is told."""
        with self.assertRaises(error) as refusal, self.env.cr.savepoint():
            self._validate(pickings, user)
        pickings.invalidate_recordset()
        self.assertNotIn("done", pickings.mapped("state"))
        return refusal.exception.args
