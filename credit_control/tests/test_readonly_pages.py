"""Our pages are read from a replica: nothing in them asks for a cursor that writes."""

import ast
from contextlib import contextmanager
from unittest.mock import patch

from lxml import etree

from odoo.tests import HttpCase, tagged

from .hold_common import HoldCommon

#: Pages of the host that show figures of ours.
HOST_ACTIONS = (
    "sale.action_quotations_with_onboarding",
    "sale.action_orders",
    "account.res_partner_action_customer",
)


@tagged("post_install", "-at_install")
class TestReadonlyPages(HttpCase, HoldCommon):
    """Every action of ours is opened as the browser does, view by view.

    In the host's test mode a request begins on a read-only cursor, as with a replica.
    It gets a writing one when the method called is not marked ``@api.readonly``, or
    (with a warning) when it tried to write: both are seen here.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.viewer = cls._user("manager", login="credit_viewer", password="viewer_pw")
        cls.viewer.group_ids += cls.env.ref("sales_team.group_sale_manager")
        cls.viewer.group_ids += cls.env.ref("account.group_account_invoice")
        group = cls.env["credit.group"].create({"name": "Holding"})
        cls.file.group_id = group
        cls._overdue_invoice(300, days=40)
        confirmed = cls._order(100, confirm=True)
        quotation = cls._order(2000, user_id=cls.seller.id)
        cls.hold = cls.order.with_user(cls.seller)._credit_request_release("Please")
        released = quotation.with_user(cls.seller)._credit_request_release("Please")
        released.with_user(cls.manager)._decide("release", "Good customer")
        insurer = cls._customer("Insurer").id
        policy = cls.env["credit.insurance.policy"].create(
            {"number": "P 1", "insurer_id": insurer}
        )
        cls.env["credit.insurance.cover"].create(
            {
                "file_id": cls.file.id,
                "policy_id": policy.id,
                "insurer_id": insurer,
                "insured_limit": 500,
            }
        )
        cls.case = cls.env["credit.collection.case"]._create_cases(
            cls._overdue_invoice(90, days=9)._get_open_items(),
            agent_id=insurer,
        )
        cls.entry = (
            cls.env["credit.contact"]
            .with_user(cls.viewer)
            ._log(
                cls.customer,
                cls.company,
                cls.env.ref("credit_control.credit_contact_result_no_answer"),
                next_date="2026-06-16",
            )
        )
        cls.env["credit.dunning.work"]._refresh(cls.company)
        cls.work = cls.env["credit.dunning.work"].search(
            [("partner_id", "=", cls.customer.id)]
        )
        cls.charge = cls._make_charge()
        cls.evidence = cls._make_evidence()
        cls.review = cls.env["credit.review"].create({"file_id": cls.file.id})
        Batch = cls.env["credit.limit.batch"].with_user(cls.viewer)
        cls.batch = Batch._make(cls.file, "percent", "Test", value=5.0)
        cls.env["credit.delegation"].create(
            {
                "delegator_id": cls.manager.id,
                "delegate_id": cls.approver.id,
                "date_to": "2026-07-01",
                "reason": "Holiday",
            }
        )
        cls.env["credit.file"]._refresh_snapshot()
        cls.file._rescore()
        cls.orders = cls.order + confirmed + quotation
        rule = cls.env["credit.alert.rule"].create({"name": "Late", "threshold": 9})
        cls.alert = cls.env["credit.alerting"].sudo()._evaluate_now(rule.sudo())[:1]
        cls.logged = cls.env["credit.log"].search([], limit=1)

    @classmethod
    def _make_charge(cls):
        """A fee of a reminder to somebody else, on a draft invoice."""
        policy = cls.env.ref("credit_control.credit_dunning_policy_firm")
        policy.level_ids.fee_amount = 5
        partner = cls._customer("Late Ltd", email="late@example.com")
        cls._file(partner=partner, dunning_policy_id=policy.id)
        cls._overdue_invoice(70, days=40, partner=partner)
        run = cls.env["credit.dunning.run"]._create_run(cls.company, partner.ids)
        run.action_send()
        run.notice_ids.action_charge()
        return run.notice_ids.charge_ids

    @classmethod
    def _make_evidence(cls):
        """One entry of each kind; of statements two, so that there is a trend."""
        env, file = cls.env, cls.file
        Statement = env["credit.financial.statement"]
        for year in (2024, 2025):
            values = {"period_end": f"{year}-12-31", "revenue": year}
            statement = Statement.create(values | {"file_id": file.id})
        agency = env.ref("credit_control.credit_agency_creditreform")
        values = {"agency_id": agency.id, "value": "250"}
        rating = env["credit.rating"].create(values | {"file_id": file.id})
        result = env.ref("credit_control.credit_registry_result_judgment_debtor")
        env["credit.registry.check"].create(
            {"file_id": file.id, "result_ids": result.ids}
        )
        values = {"file_id": file.id, "referee": "Steel Ltd", "habit": "early"}
        env["credit.reference"].create(values)
        env["credit.visit"].create({"file_id": file.id, "stock": "50"})
        env["credit.questionnaire.answer"].create({"file_id": file.id})
        return statement, rating

    def setUp(self):
        super().setUp()
        self.env.flush_all()
        self.authenticate(self.viewer.login, "viewer_pw")
        # the first request of a session notes the device
        self.rpc("res.users", "has_group", self.viewer.ids, "base.group_user")

    def rpc(self, model, method, *args, **kwargs):
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        route = f"/web/dataset/call_kw/{model}/{method}"
        return self.make_jsonrpc_request(route, params)

    @contextmanager
    def assertReadonly(self, what):
        """All cursors that are opened meanwhile only read."""
        opened, cursor = [], self.registry.cursor

        def spy(readonly=False):
            opened.append(readonly)
            return cursor(readonly=readonly)

        with (
            self.subTest(what),
            patch.object(self.registry, "cursor", spy),
            self.assertNoLogs("odoo.http", "WARNING"),
        ):
            yield
            self.assertTrue(all(opened), f"{what} asked to write")

    # -- pages ----------------------------------------------------------------
    def our_actions(self):
        names = self.env["ir.model.data"].search(
            [("model", "=", "ir.actions.act_window"), ("module", "=like", "credit_%")]
        )
        ours = self.env["ir.actions.act_window"].browse(names.mapped("res_id"))
        return ours | self.env["ir.actions.act_window"].union(
            *(self.env.ref(name) for name in HOST_ACTIONS)
        )

    def test_every_page_of_ours_only_reads(self):
        """Lists, forms, cards, pivots and graphs of every action, and its filters."""
        actions = self.our_actions()
        self.assertGreater(len(actions), 12)
        for action in actions:
            name = action.get_external_id()[action.id]
            model, transient = action.res_model, self.env[action.res_model]._transient
            wanted = [[view, kind] for view, kind in action.views]
            wanted.append([action.search_view_id.id, "search"])
            with self.assertReadonly(f"the views of {name}"):
                found = self.rpc(model, "get_views", wanted, {"toolbar": True})
            if transient:
                continue
            for kind, view in found["views"].items():
                arch = etree.fromstring(view["arch"])
                with self.assertReadonly(f"{kind} of {name}"):
                    getattr(self, f"open_{kind}")(model, arch)

    def specification(self, model, arch):
        """The fields of a view, those of its sub-views left to their defaults."""
        names = set(arch.xpath(".//field[not(ancestor::field)]/@name"))
        return {
            name: {"fields": {"display_name": {}}} if field.relational else {}
            for name in sorted(names)
            if (field := self.env[model]._fields.get(name))
        }

    def open_list(self, model, arch):
        spec = self.specification(model, arch)
        self.rpc(model, "web_search_read", [], spec, limit=80, count_limit=10001)

    def open_kanban(self, model, arch):
        self.open_list(model, arch)
        if group := arch.get("default_group_by"):
            self.read_groups(model, [group])

    def open_form(self, model, arch):
        record = {
            "sale.order": self.order.id,
            "res.partner": self.customer.id,
        }.get(model) or self.env[model].search([], limit=1).id
        if record:
            spec = self.specification(model, arch)
            self.rpc(model, "web_read", [record], spec)

    def open_pivot(self, model, arch):
        groups = arch.xpath(".//field[not(@type='measure')]/@name")
        measures = arch.xpath(".//field[@type='measure']/@name")
        self.read_groups(model, groups, measures)

    open_graph = open_pivot

    def open_activity(self, model, _arch):
        self.open_list(model, _arch)

    open_calendar = open_activity

    def read_groups(self, model, groups, measures=()):
        fields = self.env[model]._fields
        # properties are grouped by the browser, one by one
        groups = [name for name in groups if name != "properties"]
        for at, name in enumerate(groups):
            if ":" not in name and fields[name].type in ("date", "datetime"):
                groups[at] = f"{name}:month"
        aggregates = ["__count", *(f"{name}:sum" for name in measures)]
        self.rpc(
            model,
            "formatted_read_group",
            [],
            groupby=groups,
            aggregates=aggregates,
        )
        if len(groups) == 1:
            self.rpc(model, "web_read_group", [], groups, aggregates=aggregates)

    def open_search(self, model, arch):
        """Every filter and every group of the search view."""
        for node in arch.xpath(".//filter[@domain]"):
            domain = node.get("domain").replace("uid", str(self.viewer.id))
            try:
                domain = ast.literal_eval(domain)
            except ValueError:
                continue  # a date that the browser works out
            self.rpc(model, "web_search_read", domain, {"display_name": {}}, limit=5)
        for node in arch.xpath(".//filter[contains(@context, 'group_by')]"):
            group = ast.literal_eval(node.get("context"))["group_by"]
            self.read_groups(model, [group])

    # -- buttons --------------------------------------------------------------
    def test_buttons_that_only_open_something_only_read(self):
        """Going from one page to the next, and opening a dialog."""
        line = self.env["credit.exposure.line"].search([], limit=1)
        limit = self.file.limit_line_ids[:1]
        buttons = [
            (self.file, "action_open_exposure"),
            (self.file, "action_open_holds"),
            (self.file, "action_change_limit"),
            (limit, "action_end"),
            (line, "action_open_document"),
            (self.case, "action_open_items"),
            (self.case, "action_open_invoices"),
            (self.case, "action_open_costs"),
            (self.case, "action_close"),
            (self.case, "action_recall"),
            (self.customer, "action_open_credit_cases"),
            (self.hold, "action_release"),
            (self.hold, "action_reject"),
            (self.hold, "action_open_order"),
            (self.hold, "action_open_file"),
            (self.order, "action_request_credit_release"),
            (self.order, "action_put_on_credit_hold"),
            (self.order, "action_view_credit_holds"),
            (self.file, "action_open_contacts"),
            (self.file, "action_log_contact"),
            (self.customer, "action_open_credit_contacts"),
            (self.work, "action_log_contact"),
            (self.entry, "action_correct"),
            (self.file, "action_open_reviews"),
            (self.review, "action_open_file"),
            (self.review, "action_decide"),
            (self.batch, "action_reject"),
            (self.customer, "action_apply_for_credit"),
            (self.file, "action_open_charges"),
            (self.file, "action_charge"),
            (self.charge, "action_open_charge"),
            (self.charge, "action_waive"),
            (self.charge.notice_id, "action_open_charges"),
            (self.charge.charge_move_id, "action_open_credit_charges"),
            (self.file, "action_open_statements"),
            (self.file, "action_open_ratings"),
            (self.file, "action_open_evidence"),
            *((entry, "action_correct") for entry in self.evidence),
            *((entry, "action_withdraw") for entry in self.evidence),
            (self.env["credit.evidence.entry"].search([], limit=1), "action_open"),
            (self.file, "action_open_scores"),
            (self.file, "action_override_score"),
            (self.file.score_id.scorecard_id, "action_open_scores"),
            (self.file.score_id.scorecard_id, "action_try"),
            (self.file, "action_open_log"),
            (self.file, "action_open_credit_alerts"),
            (self.logged, "action_correct"),
            (self.logged, "action_open_record"),
            (self.alert, "action_open_file"),
            (self.alert, "action_close"),
            (self.alert.rule_id, "action_open_alerts"),
        ]
        for record, method in buttons:
            with self.assertReadonly(f"{record}.{method}"):
                self.rpc(record._name, method, record.ids)

    def test_preview_of_reminders_only_reads(self):
        """The dry run: the button asks for no cursor that writes, and what it shows
        is made where writing is not possible."""
        with self.assertReadonly("the preview of reminders"):
            action = self.rpc("credit.dunning.work", "action_preview", [])
        wizard = self.env[action["res_model"]].with_user(self.viewer)
        for partner_ids in ([], self.customer.ids):
            with self.env.cr.savepoint() as savepoint:
                self.env.cr.execute("SET TRANSACTION READ ONLY")
                self.assertIn(self.customer.name, wizard._render(partner_ids))
                savepoint.rollback()
