from odoo import api, fields, models


class CreditRecheck(models.Model):
    """The queue of the re-check job: customers with news about their credit.

    Posting, paying and limit changes only add a row here, so that they never wait
    for a hold that somebody else is writing, and wake the job. It looks at the
    waiting holds of these customers (and of their credit groups) and removes the
    rows; what it did not reach stays queued for its next run.
    """

    _name = "credit.recheck"
    _description = "Queue of Credit Re-checks"
    _order = "id"

    partner_id = fields.Many2one("res.partner", required=True, ondelete="cascade")

    @api.model
    def _queue(self, partners):
        """Re-check shortly what news of these customers may free.

        :param partners: res.partner, contacts included

        No query while no customer has a waiting hold; a few when one of these has.
        """
        waiting = self.env["credit.hold"]._get_waiting_partners()
        if not waiting:
            return
        # sudo: whoever posts or pays need not know that somebody is held
        partners = partners.sudo().commercial_partner_id
        self._queue_ids(
            set().union(*(waiting.get(partner_id, ()) for partner_id in partners.ids))
        )

    @api.model
    def _queue_everybody(self):
        """Re-check all waiting holds: a setting, rule or grade changed, or a day."""
        waiting = self.env["credit.hold"]._get_waiting_partners()
        self._queue_ids(set().union(*waiting.values()))

    @api.model
    def _queue_ids(self, partner_ids):
        if not partner_ids:
            return
        # sudo: the queue belongs to the job
        queue = self.sudo()
        queue.create([{"partner_id": partner_id} for partner_id in partner_ids])
        queue.env.ref("credit_control.ir_cron_recheck")._trigger()
