"""What makes a model write its changes into the log."""

from odoo import api, models, tools
from odoo.models import MAGIC_COLUMNS

from ..tools.chain import decimal_text
from ..tools.chain import plain as plain_value

#: Never of interest: technical, or long lists of others.
SKIPPED_TYPES = ("one2many", "binary", "properties", "properties_definition")


#: Marks the transaction in which the add-on is uninstalled (hooks.py).
UNINSTALLING = "credit_control_uninstalling"


class CreditLogged(models.AbstractModel):
    """A model whose decisions are logged, whichever way they are taken.

    ``_inherit = ["credit.grade", "credit.logged"]`` is all that a model of settings
    needs: all its stored fields are watched. Others name them in ``_log_fields``, name
    the event in ``_get_log_event`` and say why in ``_get_log_reason``. The mixin comes
    last in the method resolution order, so it sees what is really written, by button,
    import, RPC or service. A batch costs one INSERT, and the reading of the values
    before and after.
    """

    _name = "credit.logged"
    _inherit = ["credit.own.defaults"]
    _description = "Record Whose Changes Are Logged"

    #: Fields whose change is an entry; empty: all stored ones.
    _log_fields = ()
    #: Of all stored fields those that a job notes for itself: no decision.
    _log_skipped = ()
    #: Fields that an entry tells beside those that changed.
    _log_details = ()

    # -- what is watched ------------------------------------------------------------
    @api.model
    @tools.ormcache()
    def _get_log_fields(self):
        """The names watched."""
        if self._log_fields:
            return self._log_fields
        return tuple(
            name
            for name, field in sorted(self._fields.items())
            if field.store
            and (field.compute is None or not field.readonly)
            and field.type not in SKIPPED_TYPES
            and name not in MAGIC_COLUMNS
            and name not in self._log_skipped
            and not name.startswith(("message_", "activity_", "website_message"))
        )

    def _get_log_event(self, before, after):
        """The event of one record.

        :param before: watched values before, None when it is created
        :param after: watched values after, None when it is deleted
        :return: an event of ``credit.log``, or None when it is none
        """
        if before is None:
            return "created"
        return "deleted" if after is None else "changed"

    def _get_log_reason(self):
        """Why, where the record says it."""
        return None

    def _is_logging(self):
        """Not while the add-on goes: the log goes with it, and what records name may
        be gone already. The mark ends with the transaction; no client can set it."""
        return not self.env.cr.postcommit.data.get(UNINSTALLING)

    # -- writing --------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        if self._is_logging():
            records._log_created()
        return records

    def write(self, vals):
        names = [name for name in self._get_log_fields() if name in vals]
        if not names or not self._is_logging():
            return super().write(vals)
        before = self._read_log_values(names)
        result = super().write(vals)
        self._log_changed(before, self._read_log_values(names))
        return result

    def unlink(self):
        if not self._is_logging():
            return super().unlink()
        values = self._read_log_values(self._get_log_fields())
        values = {id_: self._drop_blanks(known) for id_, known in values.items()}
        self._log_entries(values, values, {})
        return super().unlink()

    def _log_created(self):
        """Entries of new records, with what they say."""
        values = self._read_log_values(self._get_log_fields())
        values = {id_: self._drop_blanks(known) for id_, known in values.items()}
        self._log_entries(values, {}, values)

    def _log_changed(self, before, after):
        """Entries of those records of which a watched value is another one now."""
        old, new = {}, {}
        for id_, values in after.items():
            names = [name for name in values if values[name] != before[id_][name]]
            if names:
                old[id_] = {name: before[id_][name] for name in names}
                new[id_] = {name: values[name] for name in names}
        self._log_entries(old, old, new)

    def _log_entries(self, ids, before, after):
        """Write the entries of the records ``ids``."""
        records, events, reasons = self.browse(ids), {}, {}
        for record in records.sudo():  # sudo: the log tells more than the user sees
            id_ = record.id
            event = record._get_log_event(before.get(id_), after.get(id_))
            if event:
                events[id_] = event
                reasons[id_] = record._get_log_reason()
        logged = self.browse(events)
        if not logged:
            return
        details = logged._read_log_values(self._log_details)
        self.env["credit.log"]._add(
            events,
            logged,
            before={id_: before.get(id_) for id_ in events},
            after={
                id_: self._drop_blanks(details[id_]) | after[id_] if after else None
                for id_ in events
            },
            reason=reasons,
        )

    @api.model
    def _drop_blanks(self, values):
        """What says something."""
        return {
            name: value
            for name, value in values.items()
            if value not in (None, False, [], 0)
            and not (isinstance(value, str) and not value.strip("0."))
        }

    # -- values ---------------------------------------------------------------------
    def _read_log_values(self, names):
        """``{record id: {name: value as JSON keeps it}}``"""
        # sudo: the log tells more than the user sees; and what is archived, too
        records = self.sudo().with_context(active_test=False)
        return {
            record.id: {name: record._get_log_value(name) for name in names}
            for record in records
        }

    def _get_log_value(self, name):
        """One value: amounts as decimal text, records as [number, name]."""
        field, value = self._fields[name], self[name]
        if field.relational:
            pairs = [[record.id, record.display_name] for record in value]
            if field.type == "many2one":
                return pairs[0] if pairs else None
            return sorted(pairs)
        if value is None:  # an optional figure that nobody has said
            return None
        if field.type == "monetary":
            currency = self[field.get_currency_field(self)]
            return decimal_text(value, currency.decimal_places if currency else None)
        if field.type in ("boolean", "integer", "float"):
            return plain_value(value)
        return plain_value(value or None)
