"""What the add-on does when it is uninstalled; `./dev test --all` does uninstall it."""

from datetime import timedelta
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG

from .. import hooks
from .common import TODAY
from .dunning_common import DunningCommon
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


@tagged("post_install", "-at_install")
class TestUninstallDunning(DunningCommon):
    """Notices, promises and disputes that link to what came with the add-on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shipped = cls.env.ref("credit_control.credit_dunning_policy_firm")
        cls.company.credit_dunning_policy_id = cls.shipped
        invoice = cls._overdue_invoice(100, days=30)
        cls.Run._create_run(cls.company).action_send()
        later = cls._overdue_invoice(40, days=1)._get_open_items()
        later.credit_overdue_reason_id = cls.env["credit.overdue.reason"].search(
            [], limit=1
        )
        cls.env["credit.promise"]._create_promise(later, TODAY + timedelta(days=5))
        cls.reason = cls.env.ref("credit_control.credit_dispute_reason_goods")
        cls.env["credit.dispute"]._create_disputes(
            invoice._get_open_items(), cls.reason
        )

    def _restricting(self):
        """Foreign keys by which a record of ours, or one of the host, holds back one
        of ours."""
        ours = [
            model._table
            for model in self.env.registry.values()
            if model._original_module == "credit_control"
        ]
        return self.env.execute_query(
            SQL(
                """
                SELECT conrelid::regclass::text, conname FROM pg_constraint
                 WHERE contype = 'f' AND confdeltype IN ('a', 'r')
                   AND confrelid::regclass::text = ANY(%s)
                """,
                ours,
            )
        )

    def test_no_link_holds_back_what_was_shipped(self):
        """Odoo deletes what came with the add-on before the tables go."""
        self.assertTrue(self._restricting())
        hooks.uninstall_hook(self.env(su=True))
        self.assertEqual(self._restricting(), [])
        records = (
            self.shipped.level_ids,
            self.shipped,
            self.reason,
            self.env["credit.overdue.reason"].search([]),
            self.env["credit.grade"].search([]),
            self.env["mail.template"].search([("model", "=", "credit.dunning.notice")]),
        )
        for shipped in records:
            with self.subTest(shipped._name):
                self.assertTrue(shipped)
                shipped.with_context(**{MODULE_UNINSTALL_FLAG: True}).unlink()
                self.env.flush_all()

    def test_log_counts_notices_and_promises(self):
        with patch.object(hooks, "_logger") as logger:
            hooks.uninstall_hook(self.env(su=True))
        text, *values = logger.info.call_args.args
        for name in ("Dunning Notice", "Promise to Pay", "Dispute"):
            self.assertRegex(text % tuple(values), f"{name} [1-9]")
