"""Records of the host whose change or deletion decides something about credit."""

from odoo import api, models, tools

#: What the database deletes with a record, without telling anybody.
CASCADES = {
    "credit.file": [("credit.score.override", "file_id")],
    "credit.grade": [("credit.rule", "grade_id"), ("credit.alert.rule", "grade_id")],
    "credit.group": [("credit.rule", "group_id"), ("credit.alert.rule", "group_id")],
    "res.partner": [("credit.rule", "partner_id"), ("credit.alert.rule", "partner_id")],
    "res.partner.category": [
        ("credit.rule", "tag_id"),
        ("credit.alert.rule", "tag_id"),
    ],
    "res.users": [("credit.authority", "user_id")],
}


class CreditLogged(models.AbstractModel):
    _inherit = "credit.logged"

    @api.model
    def _unlink_with(self, records):
        """Delete what the database would delete with ``records``, so that it is
        logged."""
        for model, name in CASCADES[records._name]:
            # sudo: it goes anyway, whoever deletes the record it is about
            Model = self.env[model].sudo().with_context(active_test=False)
            Model.search([(name, "in", records.ids)]).unlink()


class CreditFile(models.Model):
    _inherit = "credit.file"

    @api.ondelete(at_uninstall=False)
    def _unlink_credit_overrides(self):
        self.env["credit.logged"]._unlink_with(self)


class CreditGrade(models.Model):
    _inherit = "credit.grade"

    @api.ondelete(at_uninstall=False)
    def _unlink_credit_rules(self):
        self.env["credit.logged"]._unlink_with(self)


class CreditGroup(models.Model):
    _inherit = "credit.group"

    @api.ondelete(at_uninstall=False)
    def _unlink_credit_rules(self):
        self.env["credit.logged"]._unlink_with(self)


class ResPartner(models.Model):
    _inherit = "res.partner"

    @api.ondelete(at_uninstall=False)
    def _unlink_credit_rules(self):
        self.env["credit.logged"]._unlink_with(self)


class ResPartnerCategory(models.Model):
    _inherit = "res.partner.category"

    @api.ondelete(at_uninstall=False)
    def _unlink_credit_rules(self):
        self.env["credit.logged"]._unlink_with(self)


class ResUsers(models.Model):
    _inherit = "res.users"

    @api.ondelete(at_uninstall=False)
    def _unlink_credit_authorities(self):
        self.env["credit.logged"]._unlink_with(self)


class ResCompany(models.Model):
    """The credit settings of a company, and nothing else about it."""

    _name = "res.company"
    _inherit = ["res.company", "credit.logged"]

    _log_skipped = (
        "credit_snapshot_at",
        "credit_snapshot_horizon",
        "credit_statement_month",
    )

    @api.model
    @tools.ormcache()
    def _get_log_fields(self):
        return tuple(
            name for name in super()._get_log_fields() if name.startswith("credit_")
        )

    def _get_log_event(self, before, after):
        return "deleted" if after is None else "settings_changed"

    def _log_created(self):
        """A new company is worth an entry when it is born with settings of its own."""
        names = self._get_log_fields()
        usual = self.new()._read_log_values(names)
        [usual] = usual.values()
        values = self._read_log_values(names)
        self._log_changed(dict.fromkeys(values, usual), values)
