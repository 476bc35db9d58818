"""Two credit files become one when their customers do."""

from odoo import models

from ..tools.facts import strictest

#: What the kept file takes from the merged one where it says nothing itself.
FILLED = (
    "grade_id",
    "group_id",
    "payment_term_id",
    "max_discount_pct",
    "deposit_pct",
    "user_id",
    "next_review_date",
    "registered_address",
    "company_size",
    "main_business",
    "management",
    "remarks",
)


class CreditFile(models.Model):
    """Merging of customers, and contacts that come under another customer.

    Odoo's partner merge deletes the rows that would break a unique constraint; a
    file must not vanish like that, nor may its history. So files are merged first:
    everything that hangs on the merged file moves over, the kept file keeps its limit
    (or takes the other's, when it has none of its own), the stricter state holds,
    and the chatter says what happened.
    """

    _inherit = "credit.file"

    def _move_to_customer(self, partner):
        """Hand each file over to ``partner``, merging it with the file he has."""
        for file in self:
            key = (partner.id, file.company_id.id)
            kept = self._for_customers([key]).get(key)
            if not kept:
                former = file.display_name
                file._write_image({"partner_id": partner.id})
                file._push_native()
                file._message_log(
                    body=file.env._(
                        "%(former)s is now part of %(customer)s; the credit file came "
                        "along with its limit. Please check the limit.",
                        former=former,
                        customer=partner.display_name,
                    )
                )
            elif kept != file:
                kept._absorb(file)

    def _absorb(self, merged):
        """Take over everything from the file ``merged`` and delete its empty shell."""
        self.ensure_one()
        former, old = merged.display_name, merged._describe_limit()
        adopt = self.limit_mode == "inherit" and merged.limit_mode != "inherit"
        vals = self._prepare_absorb_vals(merged)
        (self if adopt else merged)._end_all_lines(
            self.env._(
                "Merged: %(former)s into %(kept)s",
                former=former,
                kept=self.display_name,
            )
        )
        lines, covers = len(merged.limit_line_ids), len(merged.cover_ids)
        self._take_references(merged)
        self._write_image(vals)
        if adopt:
            self._show_limit(self._get_line_in_force())
        merged.unlink()
        self._message_log(
            body=self.env._(
                "The credit file of %(former)s (limit: %(old)s) was merged into this "
                "one. %(lines)s limit lines and %(covers)s insurance covers came "
                "along. Limit in force now: %(new)s.",
                former=former,
                old=old,
                lines=lines,
                covers=covers,
                new=self._describe_limit(),
            )
        )

    def _prepare_absorb_vals(self, merged):
        """What the kept file takes over: gaps filled, the stricter state."""
        vals = {
            name: merged._fields[name].convert_to_write(merged[name], merged)
            for name in FILLED
            if merged[name] and not self[name]
        }
        # what dunning made of them is measured again for both together
        state = strictest(self._get_own_state(), merged._get_own_state())
        if state != self._get_own_state():
            vals |= {"state": state, "dunning_state_before": False}
            vals["dunning_consequence"] = "none"
        return vals

    def _end_all_lines(self, reason):
        """End every line, so that none of them comes into force in the other file."""
        for line in self.limit_line_ids:
            temporary = line.kind == "temporary" and line.status in (
                "active",
                "planned",
            )
            if temporary or (line.kind == "permanent" and not line.ending_ids):
                line._add_ending(reason)

    def _describe_limit(self):
        """The limit as the file shows it, in words."""
        if self.limit_mode == "amount":
            return self.currency_id.format(self.credit_limit)
        labels = self._fields["limit_mode"]._description_selection(self.env)
        return dict(labels)[self.limit_mode]

    def _take_references(self, merged):
        """Let every record that names the merged file name this one instead."""
        # sudo: services of the host that move rows of any model
        merge = self.env["base.partner.merge.automatic.wizard"].sudo()
        merge._update_foreign_keys_generic("credit.file", merged, self)
        merge._update_reference_fields_generic("credit.file", merged, self)
        self.env.invalidate_all()
