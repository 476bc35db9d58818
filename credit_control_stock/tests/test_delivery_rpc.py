"""Attempts to get goods out by RPC."""

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .delivery_common import DeliveryCommon


@tagged("post_install", "-at_install")
class TestDeliveryRpc(HttpCase, DeliveryCommon):
    def _call(self, picking, method, *args, **context):
        """The answer of the server to a call of the warehouse, or its error."""
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/stock.picking/{method}",
            {
                "model": "stock.picking",
                "method": method,
                "args": [picking.ids, *args],
                "kwargs": {"context": context},
            },
        )

    @mute_logger("odoo.http")
    def test_warehouse_gets_no_goods_out_by_rpc(self):
        """Neither the button, nor a private method, nor a key of the context."""
        picking = self._stopped().picking_ids
        worker = self.worker
        worker.password = "credit_worker_1"
        self.authenticate(worker.login, "credit_worker_1")
        self.env.flush_all()
        attempts = {
            "button": ("button_validate", (), {}),
            "no sanity check": ("button_validate", (), {"skip_sanity_check": True}),
            "as if a job": ("button_validate", (), {"cron_id": 1}),
            "private": ("_action_done", (), {}),
            "held back": ("_credit_remember_passed", (), {}),
            "fields": ("write", ({"credit_hold": False, "credit_notice": ""},), {}),
        }
        for name, (method, args, context) in attempts.items():
            with self.subTest(name):
                try:
                    self._call(picking, method, *args, **context)
                except Exception as error:  # the client's: any refusal will do
                    self.assertNotIn("800", str(error))
                picking.invalidate_recordset()
                self.assertEqual(picking.state, "assigned")
        self._set_limit(800.0)
        self.env.flush_all()
        self._call(picking, "button_validate")
        picking.invalidate_recordset()
        self.assertEqual(picking.state, "done")
