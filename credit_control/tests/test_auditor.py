"""The auditor reads everything and changes nothing; nobody changes the log."""

from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from .hold_common import HoldCommon

#: For want of rights, or before these are even asked for.
REFUSED = [f"odoo.exceptions.{name}Error" for name in ("Access", "User", "Missing")]
PASSWORD = "password_of_role"


@tagged("post_install", "-at_install")
class TestAuditor(HttpCase, HoldCommon):
    """Over JSON-RPC, as any client would: on every model of ours there is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._request(cls, cls.order)
        Seal = cls.env["credit.log.seal"]
        Seal._seal(Seal._read_unsealed_ids())
        cls.people = {
            role: cls._user(role, login=f"rpc_{role}", password=PASSWORD)
            for role in ("auditor", "manager")
        }

    def _models(self):
        """Every model that keeps records of ours."""
        return sorted(
            name
            for name, model in self.env.registry.items()
            if name.startswith("credit.")
            and not model._abstract
            and not model._transient
        )

    def _try(self, model, method, *args, **kwargs):
        """The name of the error, or None."""
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        try:
            with mute_logger("odoo.http"):
                self.make_jsonrpc_request("/web/dataset/call_kw", params)
        except JsonRpcException as error:
            return str(error)
        return None

    def test_auditor_reads_every_model_and_changes_none(self):
        models = self._models()
        self.assertGreater(len(models), 30)
        self.authenticate(self.people["auditor"].login, PASSWORD)
        for model in models:
            record = self.env[model].search([], limit=1)
            writable = next(
                name
                for name, field in sorted(self.env[model]._fields.items())
                if field.store and name != "id"
            )
            ids = record.ids or [1]
            with self.subTest(model):
                self.assertIsNone(self._try(model, "search_read", [], ["id"]))
                if record:
                    self.assertIsNone(self._try(model, "web_read", ids, {"id": {}}))
                rights = self.env[model].with_user(self.people["auditor"])
                for operation, *args in (
                    ("write", ids, {writable: False}),
                    ("create", [{}]),
                    ("unlink", ids),
                ):
                    self.assertFalse(rights.has_access(operation), operation)
                    self.assertIn(self._try(model, operation, *args), REFUSED)

    def test_nobody_changes_the_log(self):
        """Neither the manager nor the administrator, by any method of the ORM."""
        admin = self.env.ref("base.user_admin")
        admin.password = PASSWORD
        entry = self.env["credit.log"].search([], limit=1)
        seal = self.env["credit.log.seal"].search([], limit=1)
        for user in (self.people["manager"], admin):
            self.authenticate(user.login, PASSWORD)
            for record, name in ((entry, "reason"), (seal, "hash")):
                tries = [
                    ("write", record.ids, {name: "x"}),
                    ("create", [{name: "x"}]),
                    ("unlink", record.ids),
                    ("web_save", record.ids, {name: "x"}, {}),
                    ("copy", record.ids),
                    ("load", [name], [["x"]]),
                    ("_insert", [{}]),
                ]
                before = record.read()
                for method, *args in tries:
                    with self.subTest(user.login, model=record._name, method=method):
                        # load tells errors as messages
                        error = self._try(record._name, method, *args)
                        self.assertTrue(error or method == "load")
                record.invalidate_recordset()
                self.assertEqual(record.read(), before)
        self.assertEqual(self.env["credit.log"].search_count([("reason", "=", "x")]), 0)
