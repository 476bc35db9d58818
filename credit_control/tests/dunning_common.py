"""Builders for tests about dunning: strategies in one line, days that pass."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields

from .common import TODAY
from .exposure_common import ExposureCommon


class DunningCommon(ExposureCommon):
    """ExposureCommon with one plain strategy, the company's default.

    Levels: 1 reminder 5 days after due, 2 second 10 days after the first, 3 formal
    notice (letter, stops orders) 10 days later, 4 a call. No tolerance, no minimum.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Dunning = cls.env["credit.dunning"]
        cls.Run = cls.env["credit.dunning.run"]
        cls.Notice = cls.env["credit.dunning.notice"]
        cls.Work = cls.env["credit.dunning.work"]
        template = cls.env.ref("credit_control.credit_dunning_template_reminder")
        cls.policy = cls._policy(
            [
                {"delay_days": 5, "template_id": template.id},
                {
                    "delay_mode": "previous",
                    "delay_days": 10,
                    "template_id": template.id,
                    "consequence": "watch",
                },
                {
                    "delay_mode": "previous",
                    "delay_days": 10,
                    "channel": "formal",
                    "template_id": template.id,
                    "consequence": "stop_orders",
                    "deadline_days": 14,
                },
                {"delay_mode": "previous", "delay_days": 10, "channel": "call"},
            ]
        )
        cls.company.credit_dunning_policy_id = cls.policy
        cls.customer.email = "pay@bright.example"

    @classmethod
    def _policy(cls, levels, **values):
        return cls.env["credit.dunning.policy"].create(
            {
                "name": "Test strategy",
                "currency_id": cls.currency.id,
                "min_days": 0,
                "level_ids": [
                    Command.create({"number": n, "name": f"Level {n}"} | level)
                    for n, level in enumerate(levels, start=1)
                ],
            }
            | values
        )

    def _propose(self, partners=None, manual=False, **how):
        """A run over everybody, or over these customers."""
        return self.Run._create_run(
            self.company, partners and partners.ids, manual=manual, **how
        )

    def _send(self, run):
        """Send all of a run, as the job does with many."""
        run.sudo().notice_ids.write({"state": "queued"})
        run.sudo().notice_ids._send_batch()
        return run.notice_ids

    def _after(self, days):
        return freeze_time(TODAY + timedelta(days=days))

    def _reach(self, level, partner=None):
        """Send levels up to ``level`` now; the test goes on 10 days later each."""
        for step in range(level):
            with self._after(10 * step - 10 * level):
                self._send(self._propose(partner or self.customer))

    def assertNotices(self, run, expected):
        """``{customer name: (level number, amount)}``"""
        found = {
            notice.partner_id.name: (notice.level_number, notice.amount)
            for notice in run.notice_ids
        }
        self.assertEqual(found, expected)


class DunningGateCommon(DunningCommon):
    """A customer with a limit of 5,000 and an invoice of 100, 40 days overdue: no
    shipped rule holds him on that account."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.credit_promise_grace_days = 0
        cls.file = cls._file(5000)
        cls.invoice = cls._overdue_invoice(100, days=40)

    def _consequence(self, *consequences):
        """What the levels of the strategy ask for, from the first on."""
        for level in self.policy.level_ids:
            level.consequence = "none"
        for level, consequence in zip(
            self.policy.level_ids, consequences, strict=False
        ):
            level.consequence = consequence

    def _rule(self, rule_type, threshold, **values):
        return self.env["credit.rule"].create(
            {"rule_type": rule_type, "threshold": threshold} | values
        )

    def _verdict(self, order, checkpoint="confirm"):
        return self.env["credit.gate"]._evaluate(order, checkpoint)[order.id]

    def _codes(self, order, checkpoint="confirm"):
        verdict = self._verdict(order, checkpoint)
        return verdict.outcome, {reason.code for reason in verdict.reasons}

    def _break_promises(self, number, partner=None, days_ago=3):
        """Promises of the customer that were broken so many days ago."""
        for _promise in range(number):
            move = self._overdue_invoice(10, days=30, partner=partner)
            with self._after(-days_ago - 1):
                promise = self.env["credit.promise"]._create_promise(
                    move._get_open_items(), fields.Date.today()
                )
            with self._after(-days_ago):
                promise._evaluate()
            self.assertEqual(promise.state, "broken")
