"""What no default of a client may fill: neither his context nor his own defaults."""

from odoo import SUPERUSER_ID, api, models, tools


class CreditOwnDefaults(models.AbstractModel):
    """A record starts as its model says, whatever the client sends along.

    The host fills the fields that are missing in ``create`` from ``default_*`` of the
    context and from the defaults that everybody may keep for himself (``ir.default``).
    A check of the values alone would never see them. So for what people may not type,
    the default of the field itself counts and nothing else: fields that are read-only,
    and those named in ``_guarded``. Where only few fields may be typed, ``_typed``
    names them, and everything else is guarded.

    A method that creates with ``sudo`` says all values itself: then every field is
    guarded, since the context is that of somebody who may have no right at all.
    """

    _name = "credit.own.defaults"
    _description = "Records That Take No Defaults From Clients"

    #: The only fields that a default of the client may fill; None: see ``_guarded``.
    _typed = None
    #: Guarded beside the fields that are read-only.
    _guarded = frozenset()

    @api.model
    def default_get(self, fields):
        guarded = [name for name in fields if self._is_guarded_default(name)]
        if not guarded:
            return super().default_get(fields)
        taken = set(guarded)
        values = super().default_get([name for name in fields if name not in taken])
        for name in guarded:
            field = self._fields[name]
            if field.default:
                cached = field.convert_to_cache(
                    field.default(self), self, validate=False
                )
                values[name] = field.convert_to_write(cached, self)
        return values

    @api.model
    def _is_guarded_default(self, name):
        if name not in self._fields:
            return False
        by_method = self.env.su and self.env.uid != SUPERUSER_ID
        return by_method or name in self._get_guarded_names()

    @api.model
    @tools.ormcache()
    def _get_guarded_names(self):
        if self._typed is not None:
            return frozenset(self._fields.keys() - self._typed)
        shown = {name for name, field in self._fields.items() if field.readonly}
        return frozenset(shown | self._guarded)


class CreditMadeByMethods(models.AbstractModel):
    """Nobody types anything: services make the records."""

    _name = "credit.made.by.methods"
    _inherit = ["credit.own.defaults"]
    _description = "Records That Only Methods Make"

    _typed = frozenset()
