"""What follows from a new alert: who is told, and what happens to the file."""

from odoo import api, fields, models

from ..tools.facts import STRICTNESS
from .credit_alert import ACTIVITY
from .credit_review import OPEN

#: Who gets more new alerts of one rule at once gets a single activity.
MOST_ACTIVITIES = 20
#: Days to answer, by severity.
DEADLINES = {"1": 5, "2": 2, "3": 0}
#: What an action makes of the state of a file.
STATES = {"watch": "watch", "hold": "stop"}


class CreditAlerting(models.AbstractModel):
    _inherit = "credit.alerting"

    # -- whose ----------------------------------------------------------------------
    @api.model
    def _get_owners(self, rule, files):
        """``{file id: user}``: the rule's owner, else who is responsible for the file,
        else who answers for credit in the company; of the credit team, for nobody else
        can open the alert."""
        nobody, found = self.env["res.users"], {}
        for company, own in files.grouped("company_id").items():
            last = self._get_head(company)
            for file in own:
                people = (rule.user_id, file.user_id, rule.manager_id, last)
                found[file.id] = next(filter(self._is_of_team, people), nobody)
        return found

    @api.model
    def _get_head(self, company):
        """Who answers for credit in a company: who reviews by its settings, else its
        first credit manager."""
        if self._is_of_team(company.credit_review_user_id):
            return company.credit_review_user_id
        return company._get_credit_managers()[:1]

    @api.model
    def _is_of_team(self, user):
        return bool(user.active) and user.has_group("credit_control.group_credit_user")

    @api.model
    def _get_managers(self, rule, files, owners):
        """``{file id: user}``; asked once for each owner and company."""
        known = {}
        for file in files:
            key = owners[file.id], file.company_id
            if key not in known:
                known[key] = self._get_manager(rule, *key)
        return {file.id: known[owners[file.id], file.company_id] for file in files}

    @api.model
    def _get_manager(self, rule, owner, company):
        """Who is told beside the owner: named by the rule, else his superior, else who
        answers for credit in the company."""
        superior = self._get_superior(owner)
        if not self._is_of_team(superior):
            superior = self._get_head(company)
        manager = rule.manager_id or superior
        return (
            manager
            if manager != owner and self._is_of_team(manager)
            else (self.env["res.users"])
        )

    @api.model
    def _get_superior(self, user):
        """The leader of his sales team; add-ons that know better extend this."""
        return user.sale_team_id.user_id

    # -- activities -----------------------------------------------------------------
    @api.model
    def _make_activities(self, alerts):
        """For the owner and his manager, in their language. Who would get more than
        ``MOST_ACTIVITIES`` of one rule gets one that says how many there are."""
        model_id = self.env["ir.model"]._get_id("credit.alert")
        kind, today = self.env.ref(ACTIVITY), fields.Date.today()
        vals_list = []
        for user, own in self._group_by_reader(alerts).items():
            told = own if len(own) <= MOST_ACTIVITIES else own[:1]
            for alert in told.with_context(lang=user.lang):
                summary = alert._get_summary()
                if told != own:
                    summary = alert.env._(
                        "%(count)s new alerts: %(rule)s",
                        count=len(own),
                        rule=alert.rule_id.name,
                    )
                vals_list.append(
                    {
                        "activity_type_id": kind.id,
                        "automated": True,
                        "res_model_id": model_id,
                        "res_id": alert.id,
                        "user_id": user.id,
                        "summary": summary,
                        "note": alert.text,
                        "date_deadline": fields.Date.add(
                            today, days=DEADLINES[alert.severity]
                        ),
                    }
                )
        # sudo: for others; no mail for each of many
        self.env["mail.activity"].sudo().with_context(
            mail_activity_quick_update=len(vals_list) > 5
        ).create(vals_list)

    @api.model
    def _group_by_reader(self, alerts):
        """``{user: alerts}``, the worst first."""
        found = {}
        for alert in alerts.sorted(lambda alert: -alert.value):
            for user in alert.user_id | alert.manager_id:
                found.setdefault(user, []).append(alert.id)
        return {user: alerts.browse(ids) for user, ids in found.items()}

    # -- actions --------------------------------------------------------------------
    @api.model
    def _act(self, rule, alerts):
        """Do what the rule asks for; returns the alerts that need no activity."""
        if rule.action in STATES:
            self._tighten(alerts, STATES[rule.action])
        if rule.action == "review":
            return self._start_reviews(alerts)
        return alerts.browse()

    @api.model
    def _tighten(self, alerts, state):
        """Be stricter with the customers, never more lenient. *Stopped* holds their
        orders by the rule about the state of a file, and is eased by a person."""
        files = alerts.file_id.filtered(
            lambda file: STRICTNESS[file.state] < STRICTNESS[state]
        )
        if not files:
            return
        files.write({"state": state})
        labels = dict(files._fields["state"]._description_selection(self.env))
        files._message_log_batch(
            {
                alert.file_id.id: self.env._(
                    "Set to %(state)s by an alert: %(rule)s. %(text)s",
                    state=labels[state],
                    rule=alert.rule_id.name,
                    text=alert.text,
                )
                for alert in alerts
                if alert.file_id in files
            }
        )

    @api.model
    def _start_reviews(self, alerts):
        """A review on occasion for each customer who has none open; with its owner's
        activity, so that the alert tells only those whom the review does not."""
        opened = self.env["credit.review"].search(
            [("file_id", "in", alerts.file_id.ids), ("state", "in", OPEN)]
        )
        wanted = alerts.filtered(lambda alert: alert.file_id not in opened.file_id)
        reviews = self.env["credit.review"].create(
            [
                {
                    "file_id": alert.file_id.id,
                    "kind": "event",
                    "origin": "alert",
                    "user_id": alert.user_id.id,
                    "reason": f"{alert.rule_id.name}: {alert.text}",
                }
                for alert in wanted
            ]
        )
        for alert, review in zip(wanted, reviews, strict=True):
            alert.review_id = review
        return wanted.filtered(
            lambda alert: (
                alert.user_id
                and alert.review_id.user_id == alert.user_id
                and not alert.manager_id
            )
        )
