"""What the add-on does when it is uninstalled; `./dev test --all` does uninstall it."""

from unittest.mock import patch

from odoo.tests import tagged

from .. import hooks
from .hold_common import HoldCommon


@tagged("post_install", "-at_install")
class TestUninstall(HoldCommon):
    def test_log_says_what_goes(self):
        """Whoever asks afterwards what was there finds it in the server's log."""
        self._request(self.order)
        files = self.env["credit.file"].search_count([])
        holds = self.env["credit.hold"].search_count([])
        with patch.object(hooks, "_logger") as logger:
            hooks.uninstall_hook(self.env(su=True))
        text, *values = logger.info.call_args.args
        self.assertIn(f"Credit File {files}, ", text % tuple(values))
        self.assertIn(f"Credit Hold {holds}, ", text % tuple(values))

    def test_no_activity_of_ours_stays_on_an_order(self):
        """Nobody is told to go on with a release that no longer exists."""
        self._release(self._request(self.order))
        self.assertTrue(self.order.activity_ids)
        hooks.uninstall_hook(self.env(su=True))
        self.assertFalse(self.order.with_context(active_test=False).activity_ids)
