"""The log as people read it."""

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_date

#: Who verifies and exports the log.
VERIFIERS = (
    "credit_control.group_credit_auditor",
    "credit_control.group_credit_manager",
)


class CreditLog(models.Model):
    _inherit = "credit.log"

    what = fields.Char("Kind", compute="_compute_what")
    change_text = fields.Text("Change", compute="_compute_change_text")
    summary = fields.Char("Change in Short", compute="_compute_change_text")
    number = fields.Integer(compute="_compute_seal")
    hash = fields.Char("Hash (SHA-256)", compute="_compute_seal")
    sealed_at = fields.Datetime("Sealed On", compute="_compute_seal")
    correction_ids = fields.Many2many(
        "credit.log", compute="_compute_correction_ids", string="Corrected By"
    )
    has_record = fields.Boolean(compute="_compute_has_record")

    # -- computes -------------------------------------------------------------------
    @api.depends_context("lang")
    def _compute_what(self):
        """The name of the model, as long as there is such a model."""
        for entry in self:
            known = entry.model in self.env
            # sudo: the name of a model is no secret
            entry.what = (
                self.env["ir.model"].sudo()._get(entry.model).name
                if known
                else entry.model
            )

    @api.depends_context("lang")
    def _compute_change_text(self):
        for entry in self:
            changes = list(entry._describe_changes())
            entry.change_text = "\n".join(changes)
            entry.summary = "; ".join(changes)

    def _compute_seal(self):
        """One query for a list."""
        # sudo: the seal is part of the entry
        seals = self.env["credit.log.seal"].sudo().search([("log_id", "in", self.ids)])
        found = {seal.log_id: seal for seal in seals}
        for entry in self:
            seal = found.get(entry.id)
            entry.number = seal and seal.number
            entry.hash = seal and seal.hash
            entry.sealed_at = seal and seal.sealed_at

    def _compute_correction_ids(self):
        corrections = self.search([("corrects_id", "in", self.ids)])
        found = corrections.grouped("corrects_id")
        for entry in self:
            entry.correction_ids = found.get(entry.id, self.browse())

    def _compute_has_record(self):
        """Can the record be opened? One query per model."""
        for model, entries in self.grouped("model").items():
            existing = set()
            if model in self.env:
                existing = set(
                    self.env[model].browse(entries.mapped("res_id")).exists()._ids
                )
            for entry in entries:
                entry.has_record = entry.res_id in existing

    # -- words ----------------------------------------------------------------------
    def _describe_changes(self):
        """One line per value: field, before, after."""
        self.ensure_one()
        before, after = self.before or {}, self.after or {}
        labels = self._get_labels()
        # what changed comes before what is told beside it
        for name in sorted(
            {**before, **after}, key=lambda name: (name not in before, name)
        ):
            label, old = labels.get(name, name), self._tell(name, before.get(name))
            new = self._tell(name, after.get(name))
            if name in before and name in after:
                yield f"{label}: {old} → {new}"
            else:
                yield f"{label}: {old if name in before else new}"

    def _get_labels(self):
        """The names of the fields of the record, as far as there are any."""
        if self.model not in self.env:
            return {}
        # sudo: the log tells fields that the reader may not open
        fields_ = self.env[self.model].sudo().fields_get(attributes=["string"])
        return {name: field["string"] for name, field in fields_.items()}

    def _tell(self, name, value):
        """One value in words."""
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return " · ".join(map(self._tell_part, value))
        if isinstance(value, list):
            pairs = value if value and isinstance(value[0], list) else [value]
            return ", ".join(str(pair[-1]) for pair in pairs if pair) or "–"
        if isinstance(value, bool):
            return self.env._("yes") if value else self.env._("no")
        if value is None:
            return "–"
        field = (
            self.env[self.model]._fields.get(name) if self.model in self.env else None
        )
        if field is not None and field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        if field is not None and field.type == "date":
            return format_date(self.env, value)
        return str(value)

    def _tell_part(self, part):
        """One part of a record: a criterion of a scorecard, or where a grade begins."""
        if "bands" in part:
            return self.env._(
                "%(criterion)s (%(code)s), weight %(weight)s: %(bands)s",
                criterion=part["name"],
                code=part["code"],
                weight=part["weight"],
                bands=", ".join(map(self._tell_band, part["bands"])),
            )
        return self.env._(
            "%(grade)s from %(score)s", grade=part["grade"][-1], score=part["from"]
        )

    def _tell_band(self, band):
        missing = band.get("missing")
        name = self.env._("no data") if missing else self.env._("from %s", band["from"])
        if cap := band.get("at_most"):
            return self.env._(
                "%(band)s: %(points)s (at most %(grade)s)",
                band=name,
                points=band["points"],
                grade=cap[-1],
            )
        return f"{name}: {band['points']}"

    # -- who may --------------------------------------------------------------------
    @api.model
    def _check_verifier(self):
        """:raise AccessError: for who is neither auditor nor manager"""
        if not self.env.su and not any(map(self.env.user.has_group, VERIFIERS)):
            raise AccessError(
                self.env._("Auditors and credit managers verify and export the log.")
            )

    @api.model
    def _get_verifiable_chains(self):
        """The chains of the user's companies, and that of all companies (0)."""
        self._check_verifier()
        own = set(self.env.user.company_ids.root_id.ids) | {0}
        return [id_ for id_ in self._read_chains() if self.env.su or id_ in own]

    # -- pages ----------------------------------------------------------------------
    @api.readonly
    def action_open_record(self):
        """The record that the entry is about, with the rights of the reader."""
        self.ensure_one()
        return self.env[self.model].browse(self.res_id)._get_records_action()


class CreditFile(models.Model):
    _inherit = "credit.file"

    @api.readonly
    def action_open_log(self):
        """The log of this file and of the files merged into it."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Log of %(customer)s", customer=self.display_name),
            "res_model": "credit.log",
            "domain": [("file_id", "in", self._get_log_file_ids())],
            "views": [(False, "list"), (False, "form")],
        }

    def _get_log_file_ids(self):
        """Its own id, and those of the files that became part of it."""
        known, new = set(), set(self.ids)
        while new:
            known |= new
            merges = self.env["credit.log"].search(
                [("file_id", "in", list(new)), ("event", "=", "file_merged")]
            )
            new = {entry.before["file_id"] for entry in merges} - known
        return sorted(known)
