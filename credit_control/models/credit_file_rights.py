"""Who may change what on a credit file, whatever client he uses."""

from odoo import api, models
from odoo.exceptions import AccessError, ValidationError

from ..tools.facts import STRICTNESS

#: Decisions about a customer: an analyst prepares them, an approver takes them.
DECISIONS = frozenset(
    {
        "grade_id",
        "group_id",
        "group_exempt",
        "payment_term_id",
        "max_discount_pct",
        "deposit_pct",
        "limit_mode",
        "credit_limit",
        "limit_date_to",
        "currency_id",
        "dunning_policy_id",
        "no_charge",
        "no_charge_until",
        "no_charge_reason",
    }
)
#: What the jobs and later the scorecards measure; nobody types it.
MEASURED = frozenset(
    {
        "score",
        "score_date",
        "effective_limit",
        "exposure",
        "available",
        "utilisation_pct",
        "receivable_amount",
        "order_amount",
        "overdue_amount",
        "overdue_days",
        "insured_amount",
        "last_payment_date",
        "limit_status",
        "snapshot_at",
        "dunning_level",
        "dunning_consequence",
        "dunning_state_before",
        "days_late",
        "on_time_pct",
        "turnover",
        "behaviour_date",
        "score_id",
        "score_checked_on",
        "proposed_grade_id",
    }
)
#: A file stays with its customer: its history is about him.
FROZEN = frozenset({"partner_id", "company_id"})


class CreditFile(models.Model):
    """The rights of a file beyond the access list, which knows no single fields.

    They are checked where records change, so that button, import and RPC behave
    alike. Services run as superuser and are exempt; no context key is.
    """

    _inherit = "credit.file"

    @api.model_create_multi
    def create(self, vals_list):
        """:raise AccessError: when an analyst opens a file with decisions in it"""
        blank = self.new({})
        for vals in vals_list:
            # the limit's currency comes with the company; alone it decides nothing
            self._check_decision(blank._differs(vals) - {"currency_id"})
        return super().create(vals_list)

    def write(self, vals):
        self._check_protected(vals)
        return super().write(vals)

    def _may_decide(self):
        """Services run as superuser; a person needs to be an approver."""
        return self.env.su or self.env.user.has_group(
            "credit_control.group_credit_approver"
        )

    def _differs(self, vals):
        """The names in ``vals`` whose value differs from that of this one file."""
        self.ensure_one()
        return {
            name
            for name, value in vals.items()
            if (field := self._fields.get(name))
            and field.convert_to_cache(value, self)
            != field.convert_to_cache(self[name], self)
        }

    def _check_protected(self, vals):
        """Refuse what the user may not set: by button, RPC and import alike.

        Values that do not change are let through, so that an export can be imported
        again.
        """
        for file in self if vals.keys() & (DECISIONS | MEASURED | FROZEN) else ():
            changed = file._differs(vals)
            if changed & FROZEN:
                raise ValidationError(
                    self.env._(
                        "The credit file of %(customer)s stays with its customer and "
                        "company. Open another file for another customer.",
                        customer=file.display_name,
                    )
                )
            file._check_decision(changed)
        if (state := vals.get("state")) and not self._may_decide():
            self._check_state_change(state)

    def _check_decision(self, names):
        """:raise AccessError: for measured figures, and for decisions of people who
        may not take them"""
        if self.env.su:
            return
        if measured := names & MEASURED:
            raise AccessError(
                self.env._(
                    "%(field)s is measured by the system and cannot be set.",
                    field=self._field_labels(measured),
                )
            )
        if (decisions := names & DECISIONS) and not self._may_decide():
            raise AccessError(
                self.env._(
                    "%(field)s: only a credit approver may set this. Ask an approver, "
                    "or propose it in the remarks.",
                    field=self._field_labels(decisions),
                )
            )

    def _check_state_change(self, state):
        """An analyst may be stricter with a customer, not more lenient."""
        for file in self:
            if STRICTNESS.get(state, 0) < STRICTNESS[file.state]:
                raise AccessError(
                    self.env._(
                        "State: only a credit approver may ease the state of "
                        "%(customer)s. Ask an approver.",
                        customer=file.display_name,
                    )
                )

    def _field_labels(self, names):
        labels = self.fields_get(names, ["string"])
        return ", ".join(sorted(label["string"] for label in labels.values()))
