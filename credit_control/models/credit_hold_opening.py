"""Opening and closing holds, and who is told."""

from datetime import date

from markupsafe import Markup
from psycopg2.errors import UniqueViolation

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.tools import SQL, ormcache

RELEASE_ACTIVITY = "credit_control.mail_activity_type_release"
DECIDED_ACTIVITY = "credit_control.mail_activity_type_decided"
#: Holds opened at once beyond this number send no mail for each activity.
MOST_MAILED = 5
#: What a wish to change a confirmed order says.
WANTED_FIELDS = ("wanted_amount", "wanted_terms_days", "wanted_discount_pct")
FORCED_REASON = {"code": "forced", "severity": "hold", "values": {}, "rule_id": None}


def _plain(value):
    """``value`` as JSON can keep it: dates as text, tuples as lists, no infinity."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return None if value in (float("inf"), float("-inf")) else value


class CreditHold(models.Model):
    _inherit = "credit.hold"

    # -- opening ------------------------------------------------------------------
    @api.model
    def _open(
        self,
        verdicts,
        origin,
        note="",
        requested_by=None,
        forced=False,
        checkpoint="confirm",
        wanted_amount=0.0,
        wanted_terms=(0, 0.0),
    ):
        """Hold orders for a decision; returns their waiting holds.

        :param dict verdicts: ``{order: Verdict}`` as the gate measured them
        :param origin: where the order was stopped, see ``ORIGINS``
        :param note: what the requester says to those who decide
        :param requested_by: who asks; by default the internal user at work
        :param forced: held by a person, never freed by a job; ``note`` is his reason
        :param wanted_amount: up to which total a confirmed order is to grow
        :param wanted_terms: (days, cash discount in %) that it is to get

        An order that waits already keeps its hold (and its first requester): figures
        and reasons are measured anew. What a person held stays held by him when a
        release is asked for again after a refusal. A release that the order has
        outgrown ends, the new hold replaces it. Those with authority get an activity,
        the salesperson follows. Apart from mail: 5 queries, and some per new hold.
        """
        user = self.env.user
        if not user._is_internal():
            # a customer signed or paid: the message must not carry his name
            self, user = self.with_user(SUPERUSER_ID), self.env["res.users"]
        if self.env.uid == SUPERUSER_ID:
            user = self.env["res.users"]
        values = {
            "origin": origin,
            "checkpoint": checkpoint,
            "wanted_amount": wanted_amount,
            "wanted_terms_days": wanted_terms[0],
            "wanted_discount_pct": wanted_terms[1],
            "forced": forced,
        }
        if forced:
            values |= {"forced_by": user.id, "forced_reason": note}
        else:
            requester = requested_by or user
            values |= {"requested_by": requester.id, "request_note": note}
        # sudo: nobody may write holds; what is written here was measured
        opened, refreshed = self.sudo()._save_holds(verdicts, values)
        (opened + refreshed)._remember_involved(
            self.env["res.users"].browse(values.get("requested_by"))
        )
        opened._remember_waiting()
        opened._tell_opened()
        (opened + refreshed)._ask_deciders()
        return opened + refreshed

    def _save_holds(self, verdicts, values):
        """Create the holds of ``verdicts``, or refresh those that wait already.

        Returns ``(created, refreshed)``.
        """
        orders = self.env["sale.order"].union(*verdicts)
        domain = [("order_id", "in", orders.ids)]
        waiting = self.search([*domain, ("state", "=", "waiting")]).grouped("order_id")
        standing = self._get_current(orders)
        refreshed, vals_list = self.browse(), []
        for order, vals in self._prepare_measured_vals(verdicts).items():
            if hold := waiting.get(order):
                hold._refresh(vals, values)
                refreshed += hold
            else:
                before = standing.get(order.id, self.browse())
                vals = vals | before._get_force_vals() | values
                vals["forced"] = values["forced"] or before._is_in_force()
                vals_list.append(self._with_forced(vals))
        if not any(values[name] for name in WANTED_FIELDS):
            released = self.search([*domain, ("state", "=", "released")])
            released._close("cancelled", self.env._("A new hold replaces it."))
        for vals in vals_list:
            vals["request_date"] = fields.Datetime.now()
            vals["name"] = self.env["ir.sequence"].next_by_code("credit.hold")
        return self._create_waiting(vals_list), refreshed

    def _create_waiting(self, vals_list):
        """Create; when another transaction was first, try again with its hold."""
        if not vals_list:
            return self.browse()
        try:
            with self.env.cr.savepoint():
                return self.create(vals_list)
        except UniqueViolation as error:
            # its row is invisible in our snapshot: Odoo retries in a new one
            raise ConcurrencyError(str(error)) from error

    def _refresh(self, vals, values):
        """Measure a waiting hold anew. It keeps number, date, origin and first
        requester, and stays forced when a person set it."""
        vals = vals | {"ready": False} | {name: values[name] for name in WANTED_FIELDS}
        if note := values.get("request_note"):
            vals["request_note"] = "\n".join(filter(None, [self.request_note, note]))
        if not self.requested_by:
            vals["requested_by"] = values.get("requested_by")
        for name in ("forced_by", "forced_reason"):
            if name in values:
                vals[name] = values[name]
        vals["forced"] = self.forced or values["forced"]
        self.write(self._with_forced(vals))

    def _remember_involved(self, requester):
        """Four eyes: also the second one who asks, the salesperson of now, and who
        made the order may not decide later, whatever they change meanwhile."""
        for hold in self:
            people = requester | hold.user_id | hold.order_id.create_uid
            if new := people - hold.involved_ids:
                hold.involved_ids |= new

    def _get_force_vals(self):
        """Who holds the order, and why, for the hold that follows this one."""
        if not self._is_in_force():
            return {}
        return {"forced_by": self.forced_by.id, "forced_reason": self.forced_reason}

    @api.model
    def _with_forced(self, vals):
        """A hold set by a person says so before all other reasons, and names no way
        out: no payment frees it."""
        reasons = vals["reasons"]
        if vals["forced"]:
            others = [reason for reason in reasons if reason["code"] != "forced"]
            reasons = [FORCED_REASON, *others]
            vals = vals | {"ways": False}
        main_reason = reasons[0]["code"] if reasons else False
        return vals | {"reasons": reasons, "main_reason": main_reason}

    def _prepare_measured_vals(self, verdicts):
        """What a hold keeps of order and verdict, ``{order: vals}``."""
        gate = self.env["credit.gate"]
        # sudo: the root company may be closed to a branch's salesperson
        orders = [order.sudo() for order in verdicts]
        keys = {order: gate._customer_key(order) for order in orders}
        files = self._get_files(keys)
        limits = self.env["credit.file"]._get_limit_facts(keys.values())
        found = {}
        for order, verdict in zip(orders, verdicts.values(), strict=True):
            partner_id, company_id = key = keys[order]
            measured = _plain(gate._verdict_to_dict(verdict))
            figures = measured["figures"] or {}
            days, discount = order._credit_terms()
            found[order] = {
                "order_id": order.id,
                "partner_id": partner_id,
                "company_id": company_id,
                "file_id": files[key].id,
                "currency_id": order.currency_id.id,
                "amount": order.amount_total,
                "limit_currency_id": limits[key][1].id,
                "credit_amount": figures.get("order", 0.0),
                "excess": figures.get("excess", 0.0),
                "terms_days": days,
                "discount_pct": discount,
                "reasons": measured["reasons"],
                "figures": measured["figures"],
                "ways": measured["ways"],
            }
        return found

    @api.model
    def _get_files(self, keys):
        """The files of ``{order: customer key}``: a customer with a hold has one."""
        File = self.env["credit.file"]
        files = File._for_customers(keys.values())
        for order, key in keys.items():
            if key not in files:
                payer = order.partner_invoice_id or order.partner_id
                files[key] = File._ensure(payer, order.company_id)
        return files

    # -- closing ------------------------------------------------------------------
    def action_withdraw(self):
        """The salesperson or requester needs no decision any more."""
        self.check_access("read")
        for hold in self:
            hold.order_id.check_access("write")
            if self.env.user not in hold._get_salespeople():
                raise AccessError(
                    self.env._("Only who asked for a release withdraws the request.")
                )
            if hold.forced or hold.state != "waiting":
                raise UserError(
                    self.env._(
                        "%(hold)s is no open request, so it cannot be withdrawn.",
                        hold=hold.name,
                    )
                )
        self._close("cancelled", self.env._("The request was withdrawn."))

    def _close(self, state, note):
        """End holds that wait or are released: ``cancelled`` or ``expired``.

        Decisions already refused stay as they are: they are the history.
        """
        # sudo: cancelling an order ends its holds, whoever may cancel it
        holds = self.sudo().filtered(lambda hold: hold.state in ("waiting", "released"))
        if not holds:
            return
        holds.with_context(credit_log_reason=note).write(
            {"state": state, "ready": False}
        )
        # not by tracking, which a context key can switch off
        holds._message_log_batch(bodies=dict.fromkeys(holds.ids, Markup.escape(note)))
        holds._end_activities()

    def _end_activities(self):
        """Nobody has to decide any more."""
        if not self:
            return
        self.activity_unlink([RELEASE_ACTIVITY])
        self.order_id.activity_unlink([DECIDED_ACTIVITY])

    # -- telling ------------------------------------------------------------------
    def _get_salespeople(self):
        """Who waits for the decision: the requester and the order's salesperson."""
        self.ensure_one()
        return (self.requested_by | self.user_id).filtered("active")

    def _tell_opened(self):
        """The salesperson follows the hold; the order says why it is held."""
        if self:
            self.order_id.activity_unlink([DECIDED_ACTIVITY])
        for hold in self:
            people = hold._get_salespeople()
            hold.message_subscribe(people.partner_id.ids)
            # an internal note: the customer must not read it in the portal
            hold.order_id.message_post(
                body=hold._get_opened_body(),
                subtype_xmlid="mail.mt_note",
                partner_ids=(people - self.env.user).partner_id.ids,
            )

    def _get_opened_body(self):
        """Number, reasons as measured and the note of whoever held or asked."""
        self.ensure_one()
        reasons = Markup().join(
            Markup("<li>%s</li>") % reason["text"]
            for reason in self._describe_reasons()
        )
        title = self.env._("Held for credit: %(hold)s", hold=self._get_html_link())
        body = Markup("<p>%s</p><ul>%s</ul>") % (title, reasons)
        for note in filter(None, (self.forced_reason, self.request_note)):
            body += Markup("<p>%s</p>") % note
        return body

    def _ask_deciders(self):
        """An activity for each of those with authority who has none yet.

        What the credit team holds by itself waits until somebody asks for a release.
        """
        asked_for = self.filtered(lambda hold: not hold.forced or hold.requested_by)
        deciders = self.env["credit.authority"]._get_deciders(asked_for)
        release = self.env.ref(RELEASE_ACTIVITY)
        asked_already = self._get_release_activities().grouped("res_id")
        model_id = self.env["ir.model"]._get_id(self._name)
        vals_list = []
        for hold in asked_for:
            asked = asked_already.get(hold.id, self.env["mail.activity"]).user_id
            for user in deciders[hold.id] - asked:
                vals_list.append(
                    {
                        "activity_type_id": release.id,
                        "res_model_id": model_id,
                        "res_id": hold.id,
                        "user_id": user.id,
                        "summary": hold._get_activity_summary(user),
                        "automated": True,
                    }
                )
        # nobody's own: who makes an activity may take it off another's list
        self.env["mail.activity"].with_user(SUPERUSER_ID).with_context(
            mail_activity_quick_update=len(self) > MOST_MAILED
        ).create(vals_list)

    def _get_release_activities(self):
        """The open activities of those who may decide; one query."""
        return self.activity_search([RELEASE_ACTIVITY])

    def _get_activity_summary(self, user):
        """What the one who decides reads in his list, in his language."""
        hold = self.with_context(lang=user.lang)
        names = {
            "order": hold.order_id.name,
            "customer": hold.partner_id.name,
            "amount": hold.currency_id.format(hold.amount),
        }
        if hold.ready:
            return hold.env._(
                "Ready to release: %(order)s of %(customer)s, %(amount)s", **names
            )
        return hold.env._(
            "Credit release: %(order)s of %(customer)s, %(amount)s", **names
        )

    # -- who has waiting holds ------------------------------------------------------
    def _remember_waiting(self):
        """Let posting and paying know of customers who wait from now on.

        The cache may name too many customers, never too few: so opening a hold
        clears it, closing one does not.
        """
        partners = self.filtered(lambda hold: not hold.forced).partner_id
        if not set(partners.ids).issubset(self._get_waiting_partners()):
            self.env["credit.file"]._reset_credit_active()

    @api.model
    @ormcache()
    def _get_waiting_partners(self):
        """Whose news may free whom: ``{partner_id: {partner ids with holds}}``.

        The keys are the customers with waiting holds and the other members of their
        credit groups. Asked on every posting and payment, hence cached: no query
        while nobody waits.
        """
        return self._read_waiting_partners()

    @api.model
    def _read_waiting_partners(self):
        self.flush_model(["state", "partner_id", "forced"])
        self.env["credit.file"].flush_model(["partner_id", "group_id"])
        rows = self.env.execute_query(
            SQL(
                """
                WITH waiting AS (
                    SELECT DISTINCT partner_id FROM credit_hold
                     WHERE state = 'waiting' AND forced IS NOT TRUE)
                SELECT partner_id, partner_id FROM waiting
                UNION
                SELECT mate.partner_id, waiting.partner_id
                  FROM waiting
                  JOIN credit_file own ON own.partner_id = waiting.partner_id
                  JOIN credit_file mate ON mate.group_id = own.group_id
                """
            )
        )
        found = {}
        for payer_id, waiting_id in rows:
            found.setdefault(payer_id, set()).add(waiting_id)
        return found
