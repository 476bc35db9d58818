"""Every way to a done transfer, and what never stops."""

from unittest.mock import patch

from odoo import SUPERUSER_ID, Command
from odoo.exceptions import RedirectWarning
from odoo.tests import new_test_user, tagged

from .delivery_common import DeliveryCommon


@tagged("post_install", "-at_install")
class TestDeliveryPaths(DeliveryCommon):
    def test_every_door_is_the_same(self):
        """Button, batch, barcode and API end at one check."""
        order = self._stopped()
        picking = order.picking_ids
        doors = {
            "button": lambda: picking.button_validate(),
            "no sanity check": lambda: self._validate(picking, skip_sanity_check=True),
            "dialog": lambda: self._validate(
                picking, skip_backorder=True, button_validate_picking_ids=picking.ids
            ),
            "batch": lambda: picking._action_done(),
            "our own name": lambda: self._validate(
                picking, **{"credit_control_stock.passed": picking.ids}
            ),
        }
        for name, door in doors.items():
            with self.subTest(name), self.assertRaises(RedirectWarning):
                with self.env.cr.savepoint():
                    door()
            picking.invalidate_recordset()
            self.assertNotEqual(picking.state, "done")

    def test_passed_transfer_is_not_remembered_after_the_call(self):
        """The limit is cut after a first part: the second call is asked anew."""
        order = self._confirmed(800.0, qty=8)
        order.picking_ids.move_ids.quantity = 3
        order.picking_ids.move_ids.picked = True
        action = self._validate(order.picking_ids)
        self.assertEqual(action["res_model"], "stock.backorder.confirmation")
        self._set_limit(500.0)
        wizard = self.env["stock.backorder.confirmation"].with_context(
            **action["context"]
        )
        with self.assertRaises(RedirectWarning):
            wizard.create({"pick_ids": order.picking_ids.ids}).process()

    def test_refused_batch_names_the_held_and_the_good_stay_possible(self):
        """One of three is held: the text says which, the others go without it."""
        good = self._confirmed(10.0) | self._confirmed(20.0)
        held = self._confirmed(30.0)
        self._force(held)
        pickings = good.picking_ids | held.picking_ids
        message, _action, _button, _context = self.assertStays(pickings)
        self.assertIn(held.picking_ids.name, message)
        self.assertIn("The other transfers can go", message)
        self.assertNotIn(good[0].picking_ids.name, message)
        self.assertDelivered(good.picking_ids)

    def test_job_delivers_the_good_and_holds_the_rest(self):
        """Nothing raises where nobody reads it."""
        good, held = self._confirmed(300.0), self._confirmed(300.0)
        portal = new_test_user(self.env, "credit_door", groups="base.group_portal")
        ways = {
            "cron": lambda pickings: self._validate_by_job(pickings),
            "superuser": lambda pickings: self._validate(pickings, SUPERUSER_ID),
            "customer": lambda pickings: (
                pickings.with_user(portal).sudo().button_validate()
            ),
            "cron, done": lambda pickings: pickings.with_context(
                cron_id=1
            )._action_done(),
        }
        self.file.write({"state": "stop"})
        free = self._customer("Free")
        good.write({"partner_id": free.id, "partner_invoice_id": free.id})
        for name, way in ways.items():
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                pickings = good.picking_ids | held.picking_ids
                pickings.move_ids.picked = True
                way(pickings)
                self.assertEqual(pickings.mapped("state"), ["done", "assigned"])
                hold = held.credit_hold_ids
                self.assertEqual((hold.state, hold.origin), ("waiting", "job"))
                self.assertEqual(hold.checkpoint, "delivery")
                self.assertIn(hold.name, held.picking_ids.message_ids[0].body)
                self.assertTrue(hold.activity_ids)
                savepoint.rollback()

    def test_job_asks_once(self):
        """A job that comes back neither asks twice nor asks again after a no."""
        order = self._stopped()
        self._validate_by_job(order.picking_ids)
        self._validate_by_job(order.picking_ids)
        hold = order.credit_hold_ids
        self.assertEqual(len(hold), 1)
        self._reject(hold)
        self._validate_by_job(order.picking_ids)
        self.assertEqual(order.credit_hold_ids, hold)
        self.assertEqual(order.picking_ids.state, "assigned")

    def test_job_holds_what_outgrew_its_release(self):
        """A release that has ended is asked for anew."""
        self.order.user_id = self.stock_seller
        hold = self._request(self.order, user=self.stock_seller)
        self._release(hold, confirm=True)
        with self.at(days=60):
            self._validate_by_job(self.order.picking_ids)
            newest = self.order.credit_hold_ids - hold
            self.assertEqual((newest.state, hold.state), ("waiting", "cancelled"))

    # -- what never stops -----------------------------------------------------------
    def _picking(self, code, source, target, order, picking_type=None):
        """A transfer with goods of ``order``, ready to be validated."""
        picking_type = picking_type or self.env["stock.picking.type"].search(
            [("code", "=", code), ("company_id", "=", self.company.id)], limit=1
        )
        if not picking_type:
            picking_type = self.env["stock.picking.type"].create(
                {"name": code, "code": code, "sequence_code": code[:3]}
            )
        values = {"location_id": source.id, "location_dest_id": target.id}
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": picking_type.id,
                "move_ids": [
                    Command.create(
                        values
                        | {
                            "product_id": self.product.id,
                            "product_uom_qty": 1,
                            "sale_line_id": order.order_line.id,
                        }
                    )
                ],
            }
            | values
        )
        picking.action_confirm()
        picking.move_ids.quantity = 1
        return picking

    def test_only_goods_for_customers_are_checked(self):
        """Returns, receipts, internal and dropshipped goods are never stopped."""
        order = self._stopped()
        delivery = order.picking_ids
        stock, customers = delivery.location_id, delivery.location_dest_id
        suppliers = self.env.ref("stock.stock_location_suppliers")
        shelf = stock.copy({"name": "Shelf", "location_id": stock.id})
        sister = self.env.ref("stock.stock_location_inter_company")
        sister.active = True
        cases = [
            ("outgoing", stock, customers, False),
            ("outgoing", stock, sister, False),
            ("internal", stock, customers, False),
            ("internal", stock, shelf, True),
            ("outgoing", stock, suppliers, True),
            ("outgoing", customers, stock, True),
            ("incoming", customers, stock, True),
            ("incoming", suppliers, stock, True),
            ("dropship", suppliers, customers, True),
        ]
        codes = dict(self.env["stock.picking.type"]._fields["code"].selection)
        for code, source, target, goes in cases:
            if code not in codes:
                continue
            name = f"{code}: {source.name} to {target.name}"
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                picking = self._picking(code, source, target, order)
                check = self.assertDelivered if goes else self.assertStays
                check(picking)
                savepoint.rollback()

    def test_return_goes_and_delivering_again_is_checked(self):
        """Goods may always come back; to send them again is a delivery."""
        order = self._confirmed()
        delivery = order.picking_ids
        self.assertDelivered(delivery)
        self._set_limit(500.0)
        back = self._return(delivery)
        self.assertDelivered(back)
        self.assertStays(self._return(back))

    def _return(self, picking):
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=picking.id, active_model="stock.picking")
            .create({})
        )
        wizard.product_return_moves.quantity = 1
        action = wizard.action_create_returns()
        return self.env["stock.picking"].browse(action["res_id"])

    def test_goods_added_by_hand_belong_to_the_order(self):
        """Cutting the goods' tie to the order line does not free them."""
        picking = self._stopped().picking_ids
        picking.move_ids.sale_line_id = False
        self.assertFalse(picking.sale_id)
        self.assertStays(picking)

    def test_transfer_without_order_is_not_checked(self):
        stock = self._confirmed().picking_ids.location_id
        customers = self.env.ref("stock.stock_location_customers")
        nobody = self.env["sale.order"]
        self.file.write({"state": "stop"})
        self.assertDelivered(self._picking("outgoing", stock, customers, nobody))

    def test_point_of_sale_is_not_checked(self):
        """What leaves over the counter was paid there."""
        if "pos.session" not in self.env:
            self.skipTest("point_of_sale is not installed")
        self.env.user.group_ids += self.env.ref("point_of_sale.group_pos_manager")
        config = self.env["pos.config"].create({"name": "Till"})
        picking = self._stopped().picking_ids
        self.assertStays(picking)
        picking.pos_session_id = self.env["pos.session"].create(
            {"config_id": config.id}
        )
        self.assertDelivered(picking)

    def test_three_steps_stop_only_at_the_door(self):
        """Picking and packing go on; the goods stay at the gate of the yard."""
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", self.company.id)], limit=1
        )
        warehouse.delivery_steps = "pick_pack_ship"
        order = self._stopped()
        for code, goes in (("internal", True), ("internal", True), ("outgoing", False)):
            picking = order.picking_ids.filtered(lambda p: p.state == "assigned")
            self.assertEqual(picking.picking_type_code, code)
            check = self.assertDelivered if goes else self.assertStays
            check(picking)

    # -- companies ------------------------------------------------------------------
    def test_each_company_checks_its_own_deliveries(self):
        """The limit kept here says nothing about what another company delivers."""
        other = self._other_company()
        self.env.user.company_ids += other
        order = self._stopped()
        elsewhere = self._order_of(other)
        pickings = (order | elsewhere).picking_ids
        there = {"allowed_company_ids": (other | self.company).ids}
        self.assertStays(order.picking_ids.with_context(**there))
        self._validate_by_job(pickings.with_context(**there))
        self.assertEqual(order.picking_ids.state, "assigned")
        self.assertEqual(elsewhere.picking_ids.state, "done")

    def test_branch_stands_under_the_file_of_its_root(self):
        branch = self._other_company(parent_id=self.company.id)
        order = self._order_of(branch, price=800.0)
        self._set_limit(500.0)
        self.assertStays(order.picking_ids)

    def _order_of(self, company, price=800.0):
        """A confirmed order of another company, with its delivery."""
        env = self.env(
            context=dict(
                self.env.context, allowed_company_ids=[company.id, self.company.id]
            )
        )
        order = env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "company_id": company.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "price_unit": price,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )
        order.action_confirm()
        self.assertTrue(order.picking_ids)
        return order

    # -- cost -----------------------------------------------------------------------
    def test_no_query_where_credit_is_not_used(self):
        """With no file, rule or default anywhere, the check is free."""
        order = self._confirmed()
        picking = order.picking_ids
        self.env.flush_all()
        # as in a database without any file
        active = patch.object(
            self.registry["credit.file"],
            "_credit_active_company_ids",
            lambda self: frozenset(),
        )
        self.startPatcher(active)
        with self.assertQueryCount(0):
            self.assertFalse(picking._credit_keep_back())
            self.assertFalse(order._credit_to_deliver())
        picking.invalidate_recordset(["credit_hold", "credit_notice"])
        picking.mapped("state")  # a list has read it
        with self.assertQueryCount(0):
            self.assertFalse(picking.credit_hold)
            self.assertFalse(picking.credit_notice)

    def test_same_number_of_queries_for_one_and_many(self):
        """Thirty transfers of ten customers cost what one does."""
        customers = [self._customer(f"Customer {number}") for number in range(10)]
        for customer in customers:
            self._file(limit=1e6, partner=customer)
        orders = self.env["sale.order"].union(
            *(self._confirmed(10.0, partner=customers[n % 10]) for n in range(30))
        )
        for order in orders:
            self._bill(order)
        self._count_queries(orders)  # fills the caches
        self.assertEqual(self._count_queries(orders[:1]), self._count_queries(orders))

    def _count_queries(self, orders):
        self.env.flush_all()
        self.env.invalidate_all()
        pickings = orders.picking_ids
        pickings.mapped("name")
        before = self.env.cr.sql_log_count
        checks = (
            self.env["sale.order"]
            .union(*pickings._get_credit_orders().values())
            ._credit_check_delivery()
        )
        self.assertEqual(len(checks), len(orders))
        return self.env.cr.sql_log_count - before
