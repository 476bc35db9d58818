"""Amounts that may be missing, which is not the same as zero."""

from odoo import fields


class _Optional:
    """Keeps "not given" (None) apart from 0.0, from the form to the database.

    The host's own numbers are never missing: it reads NULL as zero. Of a financial
    statement that would make ratios of figures that nobody wrote. In the browser and in
    exports a missing number is ``False`` and shown as nothing.
    """

    falsy_value = None

    def convert_to_column(self, value, record, values=None, validate=True):
        if value is None or value is False or value == "":
            return None
        return super().convert_to_column(value, record, values, validate)

    def convert_to_column_insert(self, value, record, values=None, validate=True):
        if value is None or value is False or value == "":
            return None
        return super().convert_to_column_insert(value, record, values, validate)

    def convert_to_cache(self, value, record, validate=True):
        if value is None or value is False or value == "":
            return None
        return super().convert_to_cache(value, record, validate)

    def convert_to_record(self, value, record):
        return value

    def convert_to_read(self, value, record, use_display_name=True):
        return False if value is None else value

    def convert_to_write(self, value, record):
        return False if value is None else value

    def convert_to_export(self, value, record):
        return "" if value is None else value


class OptionalFloat(_Optional, fields.Float):
    """A number that may be missing."""


class OptionalMonetary(_Optional, fields.Monetary):
    """An amount of money that may be missing; in forms use ``credit_optional_amount``,
    which can empty it again."""
