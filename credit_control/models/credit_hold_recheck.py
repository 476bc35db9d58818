"""The jobs of the hold queue: looking again when money came in, and expiry."""

from psycopg2 import OperationalError

from odoo import SUPERUSER_ID, api, fields, models

#: Waiting holds evaluated and committed together.
BATCH = 100
#: Queue entries read by one run; what is beyond waits for the next.
MOST_ENTRIES = 5000


class CreditHold(models.Model):
    _inherit = "credit.hold"

    # -- re-check -------------------------------------------------------------------
    @api.model
    def _cron_recheck(self):
        """Look again at the waiting holds of the customers in the queue.

        Woken by payments, limits and cancellations; when it runs by the clock (the
        queue is empty) it looks at everybody, because overdue days grow by
        themselves. Commits batch by batch; what is left stays queued.
        """
        queue = self.env["credit.recheck"]
        entries = queue.search([], limit=MOST_ENTRIES)
        if not entries:
            self._refresh_waiting_partners()
            queue._queue_everybody()
            entries = queue.search([], limit=MOST_ENTRIES)
        commit_progress = self.env["ir.cron"]._commit_progress
        commit_progress(remaining=queue.search_count([]))
        by_partner = entries.grouped("partner_id")
        for holds in self._get_recheck_batches(entries.partner_id):
            done = queue.union(
                *(by_partner.pop(partner, queue) for partner in holds.partner_id)
            )
            try:
                holds._recheck()
                done.unlink()
                self.env.flush_all()
            except OperationalError:
                # somebody decides on one of them right now: they stay queued
                self.env.cr.rollback()
                self.env.invalidate_all()
                continue
            if not commit_progress(len(done)):
                return
        # what remains has been decided meanwhile
        done = queue.union(*by_partner.values())
        done.unlink()
        commit_progress(len(done))

    @api.model
    def _refresh_waiting_partners(self):
        """Drop the cached set of waiting customers when it is not the real one."""
        if self._get_waiting_partners() != self._read_waiting_partners():
            self.env.registry.clear_cache()

    @api.model
    def _get_recheck_batches(self, partners):
        """The waiting holds of these customers, in batches, oldest request first.

        Holds of one credit group, which draw on one ceiling, are in one batch: only
        so they add up. Holds set by a person are not looked at.
        """
        holds = self.search(
            [
                ("state", "=", "waiting"),
                ("forced", "=", False),
                ("partner_id", "in", partners.ids),
            ],
            order="request_date, id",
        )
        batches, batch = [], self.browse()
        for unit in holds.grouped(
            lambda hold: hold.file_id.group_id or hold.partner_id
        ).values():
            batch += unit
            if len(batch) >= BATCH:
                batches.append(batch)
                batch = self.browse()
        return [*batches, batch] if batch else batches

    def _recheck(self):
        """Mark as ready what passes by now, or release it where the company says so.

        Orders released but not confirmed come first: their room is promised. Then
        the holds take theirs, the oldest request before the younger ones. A constant
        number of queries, and some per hold that changes.
        """
        waiting = self.sorted(lambda hold: (hold.request_date, hold.id))
        verdicts = waiting._get_verdicts()
        for hold in waiting:
            order = hold.order_id
            if hold._is_wish() and hold._is_wish_fulfilled():
                hold._close("cancelled", self.env._("The order has grown meanwhile."))
            elif verdicts[order.id].held:
                hold._set_ready(False)
            elif hold.company_id.credit_auto_release and not hold._is_wish():
                hold._release_by_itself()
            else:
                hold._set_ready(True)

    def _get_verdicts(self):
        """``{order.id: Verdict}`` of holds that add up with the releases before."""
        promised = self.search(
            [
                ("state", "=", "released"),
                ("partner_id", "in", self._get_recheck_mates().ids),
                ("order_id.state", "in", ("draft", "sent")),
            ],
            order="id",
        )
        wishes = self.filtered(lambda hold: hold._is_wish())
        confirmed = (self - wishes).filtered(lambda hold: hold.order_id.state == "sale")
        orders = promised.order_id | (self - wishes - confirmed).order_id
        gate = self.env["credit.gate"]
        verdicts = gate._evaluate(orders) | gate._evaluate(confirmed.order_id, "growth")
        for hold in wishes:
            order = hold.order_id
            verdicts[order.id] = gate._evaluate_wanted(
                order, hold.wanted_amount, hold._get_wanted_terms()
            )
        return verdicts

    def _get_recheck_mates(self):
        """These customers and the other members of their credit groups."""
        return self.partner_id | self.file_id.group_id.file_ids.partner_id

    def _set_ready(self, ready):
        """Mark, and tell those who wait for it the first time it becomes ready."""
        if self.ready == ready:
            return
        first = ready and not self.ready_date
        self.write(
            {"ready": ready} | ({"ready_date": fields.Datetime.now()} if first else {})
        )
        activities = self._get_release_activities()
        for activity in activities:
            activity.summary = self._get_activity_summary(activity.user_id)
        if first:
            people = self._get_salespeople() | activities.user_id
            self.message_post(
                body=self.env._("The credit check passes by now: ready to release."),
                subtype_xmlid="mail.mt_note",
                partner_ids=people.partner_id.ids,
            )

    def _release_by_itself(self):
        """Release what passes by now, as far as the order goes today."""
        order = self.order_id
        vals = self._prepare_release_vals(
            order.amount_total, self._get_default_valid_until()
        ) | {
            "decision_reason": self.env._(
                "The credit check passes by now; released by itself."
            )
        }
        self._save_decision(
            "released", vals, self.env["res.users"].browse(SUPERUSER_ID)
        )
        self._tell_decided()

    # -- expiry ---------------------------------------------------------------------
    @api.model
    def _cron_expire(self):
        """End releases that nobody used in time; the salesperson is told.

        A confirmed order keeps its release: it says how far the order may grow.
        """
        expired = self.search(
            [
                ("state", "=", "released"),
                ("valid_until", "<", fields.Date.context_today(self)),
                ("order_id.state", "in", ("draft", "sent")),
            ]
        )
        commit_progress = self.env["ir.cron"]._commit_progress
        commit_progress(remaining=len(expired))
        for start in range(0, len(expired), BATCH):
            holds = expired[start : start + BATCH]
            holds._expire()
            if not commit_progress(len(holds)):
                break

    def _expire(self):
        self._close("expired", self.env._("The release was not used in time."))
        for hold in self:
            hold.order_id.message_post(
                body=self.env._(
                    "The credit release %(hold)s has expired. Ask for a new one to "
                    "confirm the order.",
                    hold=hold._get_html_link(),
                ),
                subtype_xmlid="mail.mt_note",
                partner_ids=hold._get_salespeople().partner_id.ids,
            )
