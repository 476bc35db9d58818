"""When to go on: the next contact is an activity, and the worklist's resubmission."""

from odoo import fields, models
from odoo.fields import Domain


class CreditContact(models.Model):
    """``next_open``: somebody still has to go on. A later entry closes it: one that
    names a new date replaces it, one without date ends what was due by then and leaves
    what is still to come. So does marking the activity as done, or cancelling it."""

    _inherit = "credit.contact"

    next_open = fields.Boolean("Next Contact Open", readonly=True)

    # Reader: the resubmission of a customer (worklist), and _set_next.
    _next_idx = models.Index(
        "(partner_id, company_id, next_date) WHERE next_open AND state = 'valid'"
    )

    def _set_next(self):
        """Open the next contacts of new entries, close those that they answer."""
        # sudo: activities and entries of colleagues about the same customer
        new = self.sudo()
        older = self.sudo().search(
            Domain("partner_id", "in", new.partner_id.ids)
            & Domain("company_id", "in", new.company_id.ids)
            & Domain("next_open", "=", True)
            & Domain("id", "not in", new.ids)
        )
        if older:
            answers = new.grouped(lambda entry: (entry.partner_id, entry.company_id))
            older.filtered(
                lambda entry: any(
                    answer.next_date or entry.next_date <= answer.day
                    for answer in answers.get((entry.partner_id, entry.company_id), ())
                )
            )._close_next()
        going_on = new.filtered("next_date")
        if going_on:
            going_on.write({"next_open": True})
            going_on._schedule_next()
        new._settle_notices()

    def _close_next(self):
        # sudo: whoever goes on with a customer ends what was planned for him
        entries = self.sudo()
        entries.write({"next_open": False})
        entries.activity_unlink(["credit_control.mail_activity_type_contact"])

    def _cancel_next(self):
        """Its activity was cancelled, and no other one is left."""
        kind = "credit_control.mail_activity_type_contact"
        left = self.activity_search([kind], only_automated=False).mapped("res_id")
        if off := self.filtered(lambda entry: entry.id not in left):
            off.write({"next_open": False})
            off._message_log_batch(
                {
                    entry.id: self.env._(
                        "The next contact of %s was cancelled.", entry.next_date
                    )
                    for entry in off
                }
            )
            off._refresh_work()

    def _schedule_next(self):
        """One activity each, for the customer's collector, else for the author."""
        kind = self.env.ref("credit_control.mail_activity_type_contact")
        model_id = self.env["ir.model"]._get_id(self._name)
        collectors = self.env["credit.file"]._get_collectors(
            [(entry.partner_id.id, entry.company_id.id) for entry in self]
        )
        vals_list = []
        for entry in self:
            user = collectors[entry.partner_id.id, entry.company_id.id]
            user = user or entry.user_id
            if user and not user.share:
                vals_list.append(
                    {
                        "activity_type_id": kind.id,
                        "res_model_id": model_id,
                        "res_id": entry.id,
                        "user_id": user.id,
                        "automated": True,
                        "date_deadline": entry.next_date,
                        "summary": ": ".join(
                            filter(None, [entry.partner_id.name, entry.next_action])
                        ),
                    }
                )
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            vals_list
        )

    def _settle_notices(self):
        """A call or visit that dunning asked for is done once the customer reacted."""
        done = self.filtered("reacted").notice_id.filtered(
            lambda notice: notice.delivery_state == "todo"
        )
        if done:
            done.write({"delivery_state": "done"})
            done.activity_unlink(
                ["credit_control.mail_activity_type_dunning"], only_automated=False
            )


class MailActivity(models.Model):
    _inherit = "mail.activity"

    def _action_done(self, feedback=False, attachment_ids=None):
        """The next contact that is done is no resubmission any more."""
        entries = self._get_planned_contacts()
        # before: what the host then deletes was not cancelled
        entries.write({"next_open": False})
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        entries._refresh_work()
        return result

    def unlink(self):
        """Who cancels the next contact does not want it any more: neither is it a
        resubmission. The entry says who it was."""
        entries = self._get_planned_contacts().filtered("next_open")
        result = super().unlink()
        entries._cancel_next()
        return result

    def _get_planned_contacts(self):
        """The entries whose next contact these activities are."""
        ours = self.filtered(lambda todo: todo.res_model == "credit.contact")
        kind = ours and self.env.ref(
            "credit_control.mail_activity_type_contact", raise_if_not_found=False
        )
        planned = ours.filtered(lambda todo: todo.activity_type_id == kind)
        # sudo: who may end his activity may end what it stands for
        Contact = self.env["credit.contact"].sudo()
        return Contact.browse(planned.mapped("res_id")).exists()
