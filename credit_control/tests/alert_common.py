"""Builders for alerts: rules, and looking as the job does."""

from datetime import timedelta

from .common import TODAY
from .hold_common import HoldCommon


class AlertCommon(HoldCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Alert = cls.env["credit.alert"]
        cls.service = cls.env["credit.alerting"].sudo()  # as the job
        cls.file.user_id = cls.analyst
        cls.company.credit_review_user_id = cls.analyst

    @classmethod
    def _rule(cls, indicator="overdue", threshold=30.0, **values):
        return cls.env["credit.alert.rule"].create(
            {
                "name": f"Watch {indicator}",
                "indicator": indicator,
                "threshold": threshold,
                "company_id": cls.company.id,
            }
            | values
        )

    def _look(self, *rules):
        """Evaluate as the button does; returns the new alerts."""
        rules = self.env["credit.alert.rule"].union(*rules)
        alerts = self.service._evaluate_now(rules.sudo())
        self.env.invalidate_all()
        return alerts.with_env(self.env)

    def _told(self, alerts):
        """``{login: number of activities}``"""
        activities = self.env["mail.activity"].search(
            [("res_model", "=", "credit.alert"), ("res_id", "in", alerts.ids)]
        )
        logins = activities.mapped("user_id.login")
        return {login: logins.count(login) for login in logins}

    def _insured(self, amount, **values):
        return self.env["credit.insurance.cover"].create(
            {
                "file_id": self.file.id,
                "insurer_id": self._customer("Insurer").id,
                "insured_limit": amount,
                "date_from": TODAY - timedelta(days=300),
            }
            | values
        )
