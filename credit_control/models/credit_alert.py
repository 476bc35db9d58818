from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .credit_alert_rule import INDICATORS, SEVERITIES

ACTIVITY = "credit_control.mail_activity_type_alert"
STATES = [("open", "Open"), ("acknowledged", "Acknowledged"), ("closed", "Closed")]
OUTCOMES = [
    ("false_alarm", "False alarm"),
    ("no_action", "No action needed"),
    ("paid", "Customer paid"),
    ("payment_plan", "Payment plan"),
    ("limit_cut", "Limit cut"),
    ("terms", "Terms tightened"),
    ("hold", "Orders held"),
    ("cover", "Cover or guarantee obtained"),
    ("collection", "Handed over to collection"),
]
#: What people may write directly; the rest goes by buttons and the job.
EDITABLE = frozenset({"user_id", "manager_id", "note"})


class CreditAlert(models.Model):
    """A figure of a customer that somebody has to look at.

    Made and updated by ``credit.alerting``; one that is not closed per rule and file,
    whatever happens at the same moment. People acknowledge it (somebody is at it) and
    close it with what became of it. A closed alert stays closed: the next fact makes a
    new one (see ``step_pct`` of the rule).
    """

    _name = "credit.alert"
    _description = "Credit Alert"
    _inherit = ["mail.thread", "mail.activity.mixin", "credit.logged"]
    _order = "severity desc, date desc, id desc"
    _rec_names_search = ["partner_id.complete_name", "rule_id.name"]
    _mail_post_access = "read"
    _log_fields = ("state", "outcome")
    _log_details = ("rule_id", "value", "threshold", "note")

    rule_id = fields.Many2one(
        "credit.alert.rule", required=True, readonly=True, ondelete="restrict"
    )
    indicator = fields.Selection(INDICATORS, required=True, readonly=True, index=True)
    severity = fields.Selection(SEVERITIES, required=True, readonly=True)
    file_id = fields.Many2one(
        "credit.file", required=True, readonly=True, index=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(
        related="file_id.partner_id", store=True, index=True, string="Customer"
    )
    company_id = fields.Many2one(related="file_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(
        "res.currency", "Currency of the Figures", required=True, readonly=True
    )
    date = fields.Datetime("Since", required=True, readonly=True)
    measured_at = fields.Datetime("Last Measured", required=True, readonly=True)
    cleared_on = fields.Date(
        "Well Again Since",
        readonly=True,
        help="The figure is below the threshold again; somebody still has to say what "
        "became of it.",
    )
    value = fields.Float("Figure", readonly=True, aggregator=None)
    worst_value = fields.Float("Worst Figure", readonly=True, aggregator=None)
    threshold = fields.Float("From", readonly=True, aggregator=None)
    figures = fields.Json("Figures (data)", readonly=True)
    text = fields.Char("What Was Measured", compute="_compute_text")
    user_id = fields.Many2one(
        "res.users", "Owner", index="btree_not_null", tracking=True
    )
    manager_id = fields.Many2one("res.users", "Told As Well", tracking=True)
    state = fields.Selection(
        STATES, default="open", required=True, readonly=True, tracking=True
    )
    note = fields.Text()
    outcome = fields.Selection(OUTCOMES, "What Became of It", readonly=True)
    review_id = fields.Many2one(
        "credit.review", readonly=True, index="btree_not_null", ondelete="set null"
    )
    acknowledged_by = fields.Many2one("res.users", readonly=True)
    acknowledged_at = fields.Datetime("Acknowledged On", readonly=True)
    closed_by = fields.Many2one("res.users", readonly=True)
    closed_at = fields.Datetime("Closed On", readonly=True)
    closed_value = fields.Float("Figure When Closed", readonly=True, aggregator=None)
    days_open = fields.Integer(
        "Days to Close", readonly=True, aggregator="avg", help="From alert to outcome."
    )

    # Two evaluations at once must not make two alerts of one fact; also the reader of
    # what is open (credit.alerting._read_open).
    _one_open = models.UniqueIndex(
        "(rule_id, file_id) WHERE state <> 'closed'",
        "There is an open alert of this rule for this customer already.",
    )
    # Reader: what was closed last (credit.alerting._read_closed).
    _closed_idx = models.Index("(rule_id, file_id, id) WHERE state = 'closed'")

    # -- computes -------------------------------------------------------------------
    @api.depends("rule_id.name", "partner_id.name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for alert in self:
            names = (alert.partner_id.name, alert.rule_id.name)
            alert.display_name = ": ".join(filter(None, names))

    @api.depends("indicator", "figures", "value", "threshold")
    @api.depends_context("lang")
    def _compute_text(self):
        for alert in self:
            alert.text = self.env["credit.alerting"]._describe(alert)

    # -- rights ---------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(
                self.env._(
                    "Alerts are made by their rules. Change a rule under Configuration "
                    "▸ Alert Rules."
                )
            )
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            technical = ("message_", "activity_", "my_activity_", "website_message")
            names = {name for name in vals if not name.startswith(technical)}
            if forbidden := names - EDITABLE:
                labels = self.fields_get(forbidden, ["string"])
                raise AccessError(
                    self.env._(
                        "%(fields)s of an alert cannot be changed by hand. Use its "
                        "buttons.",
                        fields=", ".join(sorted(f["string"] for f in labels.values())),
                    )
                )
        moved = self.filtered(
            lambda alert: "user_id" in vals and alert.user_id.id != vals["user_id"]
        )
        result = super().write(vals)
        # sudo: the activity follows the alert, whoever hands it over
        moved.filtered(lambda alert: alert.state != "closed").sudo()._remind_owner()
        return result

    def _remind_owner(self):
        """The activity of the new owner instead of the former one's."""
        self.activity_unlink([ACTIVITY])
        self.env["credit.alerting"]._make_activities(self)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("An alert stays. Close it with its outcome."))

    # -- log ------------------------------------------------------------------------
    def _get_log_event(self, before, after):
        """Opening one is the rule's doing; what became of it is a decision."""
        return "alert_closed" if after and after.get("state") == "closed" else None

    def _get_log_reason(self):
        return self.note

    # -- business -------------------------------------------------------------------
    def action_acknowledge(self):
        """Somebody is at it: the alert is his when it was nobody's."""
        self.check_access("write")
        for alert in self.filtered(lambda alert: alert.state == "open"):
            # sudo: written by this button only
            alert.sudo().write(
                {
                    "state": "acknowledged",
                    "acknowledged_by": self.env.uid,
                    "acknowledged_at": fields.Datetime.now(),
                    "user_id": alert.user_id.id or self.env.uid,
                }
            )

    @api.readonly
    def action_close(self):
        """The window that asks what became of them."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Close Alerts"),
            "res_model": "credit.alert.close",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_alert_ids": self.ids},
        }

    def _close(self, outcome, note=""):
        """End alerts with what became of them.

        :raise UserError: without an outcome, or for what is closed already
        """
        self.check_access("write")
        if outcome not in dict(OUTCOMES):
            raise UserError(self.env._("Choose what became of the alert."))
        if closed := self.filtered(lambda alert: alert.state == "closed"):
            raise UserError(
                self.env._(
                    "%s is closed already. A new fact makes a new alert.",
                    closed[0].display_name,
                )
            )
        now = fields.Datetime.now()
        for alert in self:
            # sudo: written by this method only
            alert.sudo().write(
                {
                    "state": "closed",
                    "outcome": outcome,
                    "note": (note or "").strip() or alert.note,
                    "closed_by": self.env.uid,
                    "closed_at": now,
                    "closed_value": alert.value,
                    "days_open": (now - alert.date).days,
                }
            )
        self.sudo().activity_unlink([ACTIVITY])  # sudo: everybody's

    # -- pages ----------------------------------------------------------------------
    @api.readonly
    def action_open_file(self):
        self.ensure_one()
        return self.file_id._get_records_action()

    @api.readonly
    def action_open_review(self):
        self.ensure_one()
        return self.review_id._get_records_action()


class CreditFile(models.Model):
    _inherit = "credit.file"

    alert_ids = fields.One2many("credit.alert", "file_id", readonly=True)
    alert_count = fields.Integer("Open Alerts", compute="_compute_alert_count")

    def _compute_alert_count(self):
        counts = self.env["credit.alert"]._read_group(
            [("file_id", "in", self.ids), ("state", "!=", "closed")],
            ["file_id"],
            ["__count"],
        )
        found = {file.id: count for file, count in counts}
        for file in self:
            file.alert_count = found.get(file.id, 0)

    @api.readonly
    def action_open_credit_alerts(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_control.credit_alert_action"
        )
        return action | {"domain": [("file_id", "=", self.id)], "context": {}}

    def _absorb(self, merged):
        """Of two open alerts of one rule, the kept file's stays open."""
        twice = merged.alert_ids.filtered(
            lambda alert: (
                alert.state != "closed"
                and alert.rule_id
                in self.alert_ids.filtered(lambda own: own.state != "closed").rule_id
            )
        )
        twice._close(
            "no_action",
            self.env._("Merged into %(kept)s.", kept=self.display_name),
        )
        result = super()._absorb(merged)
        # the rows were moved in SQL
        self.alert_ids.modified(["file_id"])
        return result
