"""What the gate leaves in the server's log."""

from odoo.tests import HttpCase, JsonRpcException, tagged

from .common import CreditCommon


@tagged("post_install", "-at_install")
class TestGateLog(HttpCase, CreditCommon):
    def test_refused_order_is_no_error_of_the_server(self):
        """A refusal is everyday work: a warning of one record, and no traceback."""
        self._file(limit=100)
        seller = self._user("sales", password="credit_sales")
        order = self._order(150, user_id=seller.id)
        self.env.flush_all()
        self.authenticate(seller.login, "credit_sales")
        params = {"model": "sale.order", "method": "action_confirm"}
        params |= {"args": [order.ids], "kwargs": {}}
        with (
            self.assertLogs("odoo.http", "WARNING") as logs,
            self.assertRaises(JsonRpcException) as caught,
        ):
            self.make_jsonrpc_request("/web/dataset/call_button", params)
        self.assertEqual([record.levelname for record in logs.records], ["WARNING"])
        self.assertFalse(logs.records[0].exc_info)
        self.assertEqual(str(caught.exception), "odoo.exceptions.RedirectWarning")
