"""Two orders at once cannot both pass: real cursors, real commits."""

from odoo import SUPERUSER_ID, Command, api
from odoo.exceptions import ConcurrencyError, RedirectWarning
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged


@tagged("post_install", "-at_install", "credit_race")
class TestGateRace(BaseCase):
    """Room for one, two transactions: what the second one may do.

    The class works on committed data of its own and removes it again. Many at once,
    waiting for each other's lock, are tried by ``./dev stress``: while the test
    runner loads the registry no other thread may ask for it.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        with cls.registry.cursor() as cr:
            cls.make_data(api.Environment(cr, SUPERUSER_ID, {}))
        cls.addClassCleanup(cls.remove_data)

    @classmethod
    def make_data(cls, env):
        partner = env["res.partner"].create({"name": "Race", "is_company": True})
        product = env["product.product"].create(
            {"name": "Race pump", "type": "service", "taxes_id": [Command.clear()]}
        )
        file = env["credit.file"]._ensure(partner, env.company)
        file._set_limit("amount", 100.0, reason="Race")
        cls.partner_id, cls.product_id, cls.file_id = partner.id, product.id, file.id

    @classmethod
    def remove_data(cls):
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            orders = env["sale.order"].search([("partner_id", "=", cls.partner_id)])
            orders._action_cancel()
            orders.unlink()
            cr.execute(
                "DELETE FROM credit_limit_line WHERE file_id = %s", [cls.file_id]
            )
            env["credit.file"].browse(cls.file_id).unlink()
            env["res.partner"].browse(cls.partner_id).unlink()
            env["product.product"].browse(cls.product_id).unlink()

    def order(self, amount):
        """A committed quotation."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            return (
                env["sale.order"]
                .create(
                    {
                        "partner_id": self.partner_id,
                        "order_line": [
                            Command.create(
                                {
                                    "product_id": self.product_id,
                                    "price_unit": amount,
                                    "tax_ids": [Command.clear()],
                                }
                            )
                        ],
                    }
                )
                .id
            )

    def tearDown(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["sale.order"].search(
                [("partner_id", "=", self.partner_id)]
            )._action_cancel()
        super().tearDown()

    def env_of(self, cr):
        env = api.Environment(cr, SUPERUSER_ID, {})
        cr.execute("SELECT 1")  # the snapshot is taken at the first query
        return env

    def test_second_order_with_an_old_snapshot_is_held(self):
        """It read its figures before the first one passed; it must not pass."""
        first_id, second_id = self.order(60), self.order(60)
        with self.registry.cursor() as one, self.registry.cursor() as two:
            env_one, env_two = self.env_of(one), self.env_of(two)
            env_one["sale.order"].browse(first_id).action_confirm()
            one.commit()
            with self.assertRaises(RedirectWarning):
                env_two["sale.order"].browse(second_id).action_confirm()
            two.rollback()

    def test_third_order_sees_the_one_that_read_afresh(self):
        """First and second pass by turns; the third knows of both."""
        ids = [self.order(amount) for amount in (40, 40, 40)]
        with (
            self.registry.cursor() as one,
            self.registry.cursor() as two,
            self.registry.cursor() as three,
        ):
            envs = [self.env_of(cr) for cr in (one, two)]
            envs[0]["sale.order"].browse(ids[0]).action_confirm()
            one.commit()
            envs.append(self.env_of(three))
            envs[1]["sale.order"].browse(ids[1]).action_confirm()
            two.commit()
            with self.assertRaises(RedirectWarning):
                envs[2]["sale.order"].browse(ids[2]).action_confirm()
            three.rollback()

    def test_stale_transaction_with_work_of_its_own_is_run_again(self):
        """It cannot be judged on committed figures alone: Odoo retries it."""
        first_id, second_id = self.order(60), self.order(30)
        with self.registry.cursor() as one, self.registry.cursor() as two:
            env_one, env_two = self.env_of(one), self.env_of(two)
            env_one["sale.order"].browse(first_id).action_confirm()
            one.commit()
            order = env_two["sale.order"].browse(second_id)
            order.client_order_ref = "written before"
            with self.assertRaises(ConcurrencyError):
                order.action_confirm()
            two.rollback()
