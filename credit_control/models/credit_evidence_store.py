"""Evidence that comes from files and services, stored once."""

from typing import NamedTuple

from odoo import api, models
from odoo.exceptions import UserError

NEW, KNOWN, DIFFERS = "new", "known", "differs"


class Plan(NamedTuple):
    """What storing one row would do; ``existing`` is the entry it meets."""

    state: str
    existing: models.BaseModel


class CreditEvidence(models.AbstractModel):
    """Storing evidence again changes nothing: an entry of the same customer and day
    with the same values is known. Other values replace the entry only when somebody
    who may correct says so.

    Cost: one query to plan, whatever the number of rows.
    """

    _inherit = "credit.evidence"

    #: Fields that make two entries the same piece of evidence.
    _evidence_key: tuple[str, ...] = ("file_id", "date")

    @api.model
    def _plan(self, vals_list) -> list[Plan]:
        """For each of ``vals_list`` (as for ``create``) what storing would do."""
        files = {vals["file_id"] for vals in vals_list if vals.get("file_id")}
        known = self.search([("file_id", "in", list(files))])
        by_key = {record._get_key(): record for record in known}
        blank = self.browse()
        plans = []
        for vals in vals_list:
            existing = by_key.get(self._key_of(vals), blank)
            state = NEW
            if existing:
                state = DIFFERS if existing._says_other(vals) else KNOWN
            plans.append(Plan(state, existing))
        return plans

    @api.model
    def _store(self, vals_list, reason=None):
        """Make the entries that are new; replace those that differ where a ``reason``
        is given.

        :return: the entries made
        :raise UserError: for entries that differ, without a reason
        """
        created = self.browse()
        wanted, seen = [], set()
        for vals, plan in zip(vals_list, self._plan(vals_list), strict=True):
            key = self._key_of(vals)
            if plan.state == KNOWN or key in seen:
                continue
            seen.add(key)
            if plan.state == DIFFERS:
                if not reason:
                    raise UserError(
                        self.env._(
                            "%(entry)s is there already with other values. Replace it, "
                            "or leave the new one out.",
                            entry=plan.existing.display_name,
                        )
                    )
                vals = vals | {
                    "corrects_id": plan.existing.id,
                    "correction_reason": reason,
                }
            wanted.append(vals)
        created += self.create(wanted)
        return created

    def _get_key(self):
        return tuple(self._plain(name, self[name]) for name in self._evidence_key)

    @api.model
    def _key_of(self, vals):
        return tuple(self._plain(name, vals.get(name)) for name in self._evidence_key)

    def _plain(self, name, value):
        """A value that can be compared: ids of records, dates as dates."""
        if isinstance(value, models.BaseModel):
            return value.id
        field = self._fields[name]
        return field.to_date(value) if field.type == "date" else value

    def _says_other(self, vals):
        """Are there values in ``vals`` that this entry contradicts?"""
        self.ensure_one()
        return any(
            self._fields[name].convert_to_cache(value, self)
            != self._fields[name].convert_to_cache(self[name], self)
            for name, value in vals.items()
            if name not in ("source", "note", "user_id", "origin")
            and not self._fields[name].type.endswith("2many")
        )
