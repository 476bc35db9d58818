"""Deciding a hold: who may, within which bounds, and what follows."""

from datetime import timedelta

from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from .credit_hold_opening import DECIDED_ACTIVITY

DECISIONS = {"release": "released", "reject": "rejected"}


class CreditHold(models.Model):
    _inherit = "credit.hold"

    can_decide = fields.Boolean(
        compute="_compute_can_decide",
        help="You have some authority over this customer, and four eyes are kept.",
    )

    # -- who may decide -------------------------------------------------------------
    @api.depends("state", "requested_by", "user_id", "involved_ids", "file_id.grade_id")
    @api.depends_context("uid")
    def _compute_can_decide(self):
        """For the buttons only: ``_check_may_decide`` is what counts."""
        user, authority = self.env.user, self.env["credit.authority"]
        lines = authority._get_lines()
        for hold in self:
            # sudo: readers need not read files and settings
            excluded = hold.sudo()._get_excluded_deciders()
            hold.can_decide = (
                hold.state == "waiting"
                and user not in excluded
                and authority._get_ceiling(user, hold, lines) > 0
            )

    def _get_company_amount(self, amount):
        """``amount`` of the order's currency in the company's: authority's measure."""
        self.ensure_one()
        return self.currency_id._convert(
            amount,
            self.company_id.currency_id,
            self.company_id,
            fields.Date.context_today(self),
        )

    def _get_excluded_deciders(self):
        """Four eyes: whoever asked, is or was the salesperson, or made the order,
        unless the company lets them. Handing the order over changes nothing."""
        self.ensure_one()
        if self.company_id.credit_allow_self_decision:
            return self.env["res.users"]
        return self.requested_by | self.user_id | self.involved_ids

    def _get_decider_names(self, amount):
        """The names of some who may decide over ``amount``, for error texts."""
        users = self.env["credit.authority"]._get_deciders(self, amount)[self.id]
        return ", ".join(users.mapped("name")[:5]) or self.env._("nobody yet")

    def _check_may_decide(self, amount):
        """Raise AccessError unless the user may decide over ``amount``.

        :param amount: in company currency

        Checked here and not in the buttons, so that it holds for RPC as well. The
        superuser (jobs, demo data) is exempt.
        """
        self.ensure_one()
        user = self.env.user
        if self.env.su:
            return
        hold = self.sudo()  # sudo: the deciders' names help who is refused
        if not user.has_group("credit_control.group_credit_user"):
            raise AccessError(
                self.env._(
                    "Only the credit team decides on credit holds. Ask: %(names)s.",
                    names=hold._get_decider_names(amount),
                )
            )
        if user in hold._get_excluded_deciders():
            raise AccessError(
                self.env._(
                    "You asked for this release or are the salesperson of the order, "
                    "so somebody else has to decide. Ask: %(names)s.",
                    names=hold._get_decider_names(amount),
                )
            )
        ceiling = self.env["credit.authority"]._get_ceiling(user, hold)
        if ceiling < amount:
            currency = hold.company_id.currency_id
            raise AccessError(
                self.env._(
                    "This decision is over %(amount)s; you may decide up to "
                    "%(ceiling)s for this customer. Ask: %(names)s.",
                    amount=currency.format(amount),
                    ceiling=currency.format(ceiling),
                    names=hold._get_decider_names(amount),
                )
            )

    def _get_represented(self, amount):
        """For whom the user stands in, where his own authority is not enough."""
        if self.env.su and self.env.uid == SUPERUSER_ID:
            return self.env["res.users"]
        ceilings = self.env["credit.authority"]._get_ceilings(self.env.user, self)
        if ceilings.pop(self.env.user, 0.0) >= amount:
            return self.env["res.users"]
        able = [user for user, ceiling in ceilings.items() if ceiling >= amount]
        return able[0] if able else self.env["res.users"]

    # -- deciding -------------------------------------------------------------------
    def _decide(
        self,
        decision,
        reason,
        cap=None,
        valid_until=None,
        condition="",
        confirm=False,
        terms_days=None,
        discount_pct=None,
    ):
        """Release or reject a waiting hold in the user's name.

        :param decision: ``"release"`` or ``"reject"``
        :param reason: why; required
        :param cap: released up to, in the order's currency; default what is asked
        :param valid_until: last day; default today plus the company's release days
        :param confirm: confirm the order in the same transaction
        :param terms_days: payment terms released; default what is asked
        :param discount_pct: cash discount released; default what is asked
        :raise AccessError: not his to decide (group, four eyes, authority)
        :raise UserError: bad input, or the hold is decided already

        The release covers the order as long as amount, payment terms and cash
        discount do not grow beyond what is stored here.
        """
        self.check_access("read")
        self.ensure_one()
        # sudo: nobody may write holds; the rights are checked right below
        hold = self.sudo()
        if cap is None:
            cap = max(hold.wanted_amount, hold.order_id.amount_total)
        cap = hold.currency_id.round(cap)
        valid_until = valid_until or hold._get_default_valid_until()
        hold._check_decision(decision, reason, cap, valid_until, confirm)
        amount = hold._get_company_amount(cap)
        self._check_may_decide(amount)
        vals = {
            "decision_reason": reason.strip(),
            "condition": condition,
            "decided_for_id": hold._get_represented(amount).id,
        }
        if decision == "release":
            vals |= hold._prepare_release_vals(
                cap, valid_until, terms_days, discount_pct
            )
        hold._save_decision(DECISIONS[decision], vals, self.env.user)
        if confirm and decision == "release":
            hold._confirm_order()
        hold._tell_decided()

    def _check_decision(self, decision, reason, cap, valid_until, confirm):
        """Raise UserError with the remedy when a decision makes no sense."""
        if decision not in DECISIONS:
            raise UserError(self.env._("Choose to release or to reject the hold."))
        if self.state != "waiting":
            states = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(hold)s is decided already (%(state)s, %(user)s). Ask for a new "
                    "release on the order.",
                    hold=self.name,
                    state=states[self.state],
                    user=self.decided_by.name or self.env._("by the system"),
                )
            )
        if not (reason or "").strip():
            raise UserError(self.env._("Give the reason of the decision."))
        if decision == "reject":
            return
        if cap <= 0:
            raise UserError(
                self.env._("The amount released must be positive. Correct the cap.")
            )
        if valid_until < fields.Date.context_today(self):
            raise UserError(
                self.env._("The release would end in the past. Correct 'Valid until'.")
            )
        if (
            confirm
            and self.currency_id.compare_amounts(cap, self.order_id.amount_total) < 0
        ):
            raise UserError(
                self.env._(
                    "The order of %(total)s is larger than the %(cap)s released, so it "
                    "cannot be confirmed. Release more, or do not confirm it now.",
                    total=self.currency_id.format(self.order_id.amount_total),
                    cap=self.currency_id.format(cap),
                )
            )

    def _get_default_valid_until(self):
        days = self.company_id.credit_release_days
        return fields.Date.context_today(self) + timedelta(days=days)

    def _prepare_release_vals(
        self, cap, valid_until, terms_days=None, discount_pct=None
    ):
        """What the release covers: an amount until a day, and payment terms and cash
        discount, as they are asked for unless decided otherwise."""
        asked_days, asked_discount = self._get_asked_terms()
        terms_days = asked_days if terms_days is None else terms_days
        discount_pct = asked_discount if discount_pct is None else discount_pct
        if min(terms_days, discount_pct) < 0:
            raise UserError(
                self.env._("Released terms and discount cannot be negative.")
            )
        return {
            "released_amount": cap,
            "valid_until": valid_until,
            "released_terms_days": terms_days,
            "released_discount_pct": discount_pct,
        }

    def _save_decision(self, state, vals, user):
        """Write the decision, tell it in the chatter, end the activities."""
        self.write(
            vals
            | {
                "state": state,
                "ready": False,
                "decided_by": user.id,
                "decision_date": fields.Datetime.now(),
            }
        )
        # not by tracking, which a context key can switch off
        self.message_post(body=self._get_decision_body(), subtype_xmlid="mail.mt_note")
        if state == "released":
            self._end_earlier_releases()
        self._end_activities()

    def _end_earlier_releases(self):
        """One release per order: this one says how far it may go."""
        earlier = self.search(
            [
                ("order_id", "=", self.order_id.id),
                ("state", "=", "released"),
                ("id", "!=", self.id),
            ]
        )
        earlier._close("cancelled", self.env._("%(hold)s replaces it.", hold=self.name))

    def _get_decision_body(self):
        """The decision in words: what, why, how far, until when, on which condition."""
        self.ensure_one()
        if self.state == "rejected":
            lines = [self.env._("Release refused.")]
        else:
            lines = [
                self.env._(
                    "Released up to %(cap)s until %(date)s.",
                    cap=self.currency_id.format(self.released_amount),
                    date=format_date(self.env, self.valid_until),
                )
            ]
        if self.decided_for_id:
            lines.append(
                self.env._(
                    "%(user)s decided for %(delegator)s.",
                    user=self.decided_by.name,
                    delegator=self.decided_for_id.name,
                )
            )
        lines.append(self.env._("Reason: %(reason)s", reason=self.decision_reason))
        if self.condition:
            lines.append(self.env._("Condition: %(text)s", text=self.condition))
        return Markup("<br/>").join(lines)

    def _confirm_order(self):
        """Confirm the released order; the gate sees the release and lets it pass.

        Somebody who decides need not be a salesperson: the order is confirmed in
        his name, with the rights of the release (self is sudo).
        """
        order = self.order_id
        if order.state in ("draft", "sent"):
            order.with_company(order.company_id).action_confirm()

    def _tell_decided(self):
        """The salesperson reads the decision on the order, and goes on with it."""
        for hold in self:
            order = hold.order_id
            users = hold._get_salespeople() - hold.decided_by
            body = Markup("<p>%s<br/>%s</p>") % (
                hold._get_html_link(),
                hold._get_decision_body(),
            )
            order.message_post(
                body=body,
                subtype_xmlid="mail.mt_note",
                partner_ids=users.partner_id.ids,
            )
            if order.state in ("draft", "sent"):
                hold._schedule_next_step(users)

    def _schedule_next_step(self, users):
        """One activity for who has to go on: the salesperson, else the requester."""
        user = self.user_id if self.user_id in users else users[:1]
        if not user:
            return
        env = self.with_context(lang=user.lang).env
        summary = (
            env._("Credit released: confirm the order")
            if self.state == "released"
            else env._("Credit refused: talk to the customer")
        )
        self.order_id.with_context(mail_activity_quick_update=True).activity_schedule(
            DECIDED_ACTIVITY, summary=summary, user_id=user.id
        )

    # -- buttons --------------------------------------------------------------------
    def _get_decision_action(self, decision):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Decide on %(hold)s", hold=self.name),
            "res_model": "credit.hold.decision",
            "view_mode": "form",
            "target": "new",
            "context": {"default_hold_id": self.id, "default_decision": decision},
        }

    @api.readonly
    def action_release(self):
        return self._get_decision_action("release")

    @api.readonly
    def action_reject(self):
        return self._get_decision_action("reject")

    @api.readonly
    def action_open_order(self):
        self.ensure_one()
        return self.order_id._get_records_action()

    @api.readonly
    def action_open_file(self):
        self.ensure_one()
        return self.file_id._get_records_action()
