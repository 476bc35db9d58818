"""Reminders that are charged: by a button, or by themselves once they are sent."""

import logging

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError

from .credit_dunning_run import AT_ONCE
from .credit_statement import READERS
from .handing_out import notify

_logger = logging.getLogger(__name__)

#: Reminders of one transaction of the job.
BATCH = 50


class CreditDunningPolicy(models.Model):
    _inherit = "credit.dunning.policy"

    auto_charge = fields.Boolean(
        "Invoice Fees and Interest",
        help="As soon as a reminder is sent, what it asks for beside the items is put "
        "on a draft invoice. Otherwise a person decides, with a button.",
    )


class CreditDunningNotice(models.Model):
    _inherit = "credit.dunning.notice"

    charge_ids = fields.One2many(
        "credit.interest.charge", "notice_id", "Charges", groups=",".join(READERS)
    )
    charge_count = fields.Integer("Charged", compute="_compute_charge_count")
    is_chargeable = fields.Boolean(compute="_compute_charge_count")
    charge_state = fields.Selection(
        [("waiting", "Waiting"), ("failed", "Failed")], "Charging", readonly=True
    )
    charge_error = fields.Text("Why It Was Not Charged", readonly=True)

    # Reader: the job that charges.
    _charge_idx = models.Index("(id) WHERE charge_state = 'waiting'")

    @api.depends("state", "fee", "fixed_sum", "interest", "charge_ids.state")
    def _compute_charge_count(self):
        # sudo: a salesperson sees that it was charged, not the charges
        charges = self.env["credit.interest.charge"].sudo()
        counted = dict(
            charges._read_group(
                [("notice_id", "in", self.ids), ("state", "!=", "void")],
                ["notice_id"],
                ["__count"],
            )
        )
        for notice in self:
            notice.charge_count = counted.get(notice._origin, 0)
            notice.is_chargeable = (
                notice.state == "sent"
                and not notice.charge_count
                and bool(notice.fee or notice.fixed_sum or notice.interest)
            )

    # -- by a button --------------------------------------------------------------
    def action_charge(self):
        """Put on draft invoices what these reminders asked for beside the items."""
        self.env["credit.interest.charge"]._check_charger()
        self.check_access("write")
        if early := self.filtered(lambda notice: notice.state != "sent"):
            raise UserError(
                self.env._(
                    "%(notice)s was not sent. Fees and interest are charged once the "
                    "customer was reminded.",
                    notice=early[0].display_name,
                )
            )
        if len(self) > AT_ONCE:
            return self._charge_later()
        service = self.env["credit.interest"]
        return service._charge(service._get_notice_dues(self))

    def _charge_later(self):
        # sudo: a mark that only methods make
        self.sudo().write({"charge_state": "waiting", "charge_error": False})
        self._wake_charging()
        return notify(
            self.env._(
                "%(count)s reminders are charged in the background. The drafts "
                "appear among the customer invoices.",
                count=len(self),
            ),
            "success",
        )

    @api.readonly
    def action_open_charges(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_control.credit_interest_charge_action"
        )
        return action | {"domain": [("notice_id", "=", self.id)], "context": {}}

    @api.readonly
    def action_waive(self):
        """The window that asks what is waived, and why."""
        return self.env["credit.charge.waive"]._open(notices=self)

    # -- by themselves ------------------------------------------------------------
    def _hand_over(self):
        mails = super()._hand_over()
        due = self.filtered(
            lambda notice: (
                notice.policy_id.auto_charge
                and (notice.fee or notice.fixed_sum or notice.interest)
            )
        )
        if due:
            due.write({"charge_state": "waiting"})
            due._wake_charging()
        return mails

    def _queue(self):
        """Few reminders are charged at once, as they are sent at once."""
        result = super()._queue()
        if len(self) <= AT_ONCE:
            self._charge_waiting()
        return result

    @api.model
    def _wake_charging(self):
        # sudo: the job is the system's
        self.env.ref("credit_control.ir_cron_dunning_charge").sudo()._trigger()

    def _charge_waiting(self):
        """Charge those of these that wait; what fails says so on the reminder, and
        does not keep the others from being charged."""
        # sudo: the strategy charges, whoever has sent
        waiting = self.sudo().filtered(lambda n: n.charge_state == "waiting")
        if not waiting:
            return
        service = waiting.env["credit.interest"]
        try:
            with self.env.cr.savepoint():
                if dues := service._get_notice_dues(waiting):
                    service._make_invoices(dues)
                waiting.write({"charge_state": False, "charge_error": False})
        except OperationalError:
            raise
        except Exception as error:
            if len(waiting) > 1:
                for notice in waiting:
                    notice._charge_waiting()
                return
            if not isinstance(error, UserError):
                _logger.error("Reminder %s was not charged: %r", waiting.id, error)
            waiting.write({"charge_state": "failed", "charge_error": str(error)})

    @api.model
    def _cron_charge(self):
        """Charge what waits, in batches that commit."""
        cron = self.env["ir.cron"]
        domain = [("charge_state", "=", "waiting")]
        cron._commit_progress(remaining=self.search_count(domain))
        while batch := self.search(domain, limit=BATCH, order="id"):
            batch._charge_waiting()
            if not cron._commit_progress(len(batch)):
                break


class CreditDunningRun(models.Model):
    _inherit = "credit.dunning.run"

    chargeable_count = fields.Integer("To Charge", compute="_compute_chargeable")

    @api.depends("notice_ids.state", "notice_ids.charge_ids.state")
    def _compute_chargeable(self):
        for run in self:
            run.chargeable_count = self.env["credit.dunning.notice"].search_count(
                run._get_chargeable_domain()
            )

    def _get_chargeable_domain(self):
        """The reminders of the run that were sent, ask for more than the items, and
        have no charge."""
        return [
            ("run_id", "in", self.ids),
            ("state", "=", "sent"),
            "|",
            "|",
            ("fee", ">", 0),
            ("fixed_sum", ">", 0),
            ("interest", ">", 0),
            ("charge_ids", "not any", [("state", "!=", "void")]),
        ]

    def action_charge(self):
        """Put on draft invoices what the reminders of the run asked for."""
        self.check_access("write")
        notices = self.env["credit.dunning.notice"]
        return notices.search(self._get_chargeable_domain()).action_charge()
