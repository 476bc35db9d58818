from odoo import fields, models
from odoo.tools import format_date

from ..models.credit_evidence_reader import KINDS


class CreditEvidenceImportRow(models.TransientModel):
    """One row, whose it is, and what importing it would do."""

    _name = "credit.evidence.import.row"
    _description = "Row to Import"
    _order = "number"

    import_id = fields.Many2one(
        "credit.evidence.import", required=True, index=True, ondelete="cascade"
    )
    number = fields.Integer("Row", readonly=True)
    who = fields.Char("In the File", readonly=True)
    agency_number = fields.Char(readonly=True)
    vals = fields.Json(readonly=True)
    errors = fields.Char(readonly=True)
    clash = fields.Boolean(readonly=True)
    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        domain="['|', ('parent_id', '=', False), ('is_company', '=', True)]",
    )
    candidate_ids = fields.Many2many("res.partner", string="Could Be", readonly=True)
    leave_out = fields.Boolean()
    state = fields.Selection(
        [
            ("choose", "Choose the customer"),
            ("error", "Error"),
            ("differs", "Other values are there"),
            ("ready", "Ready"),
            ("known", "Known already"),
            ("out", "Left out"),
        ],
        default="ready",
        readonly=True,
    )
    said = fields.Char("Values and Remarks", readonly=True)

    def write(self, vals):
        result = super().write(vals)
        if {"partner_id", "leave_out"} & vals.keys():
            self._refresh()
        return result

    def _refresh(self):
        """What each row would do now; a fixed number of queries."""
        wizard = self.import_id
        Model = self.env[KINDS[wizard.kind]] if self else None
        open_rows = self.filtered(
            lambda row: not row.leave_out and not row.errors and row.partner_id
        )
        files = self._get_files(wizard, open_rows) if self else {}
        plans = {}
        if open_rows:
            vals_list = [row._prepare_vals(files) for row in open_rows]
            plans = dict(zip(open_rows, Model._plan(vals_list), strict=True))
        seen = set()
        for row in self:
            state = row._get_state(plans.get(row))
            key = row in plans and Model._key_of(row._prepare_vals(files))
            key = key and (row.partner_id.commercial_partner_id, *key[1:])
            if state in ("ready", "differs") and key in seen:
                state = "error"
                twice = self.env._("The same customer and day is in another row.")
                row.update({"state": state, "said": twice})
                continue
            seen.add(key)
            row.update({"state": state, "said": row._get_said(plans.get(row))})

    def _get_state(self, plan):
        if self.leave_out:
            return "out"
        if self.errors:
            return "error"
        if not self.partner_id:
            return "choose"
        return {"new": "ready"}.get(plan.state, plan.state)

    def _get_said(self, plan):
        """The values in words; errors, doubts and what is implausible first."""
        said = [self.errors] if self.errors else []
        if not self.partner_id and not self.errors:
            if self.clash:
                said.append(self.env._("The numbers belong to different customers."))
            elif self.candidate_ids:
                said.append(self.env._("Could be one of those proposed."))
            else:
                said.append(self.env._("No customer has these numbers."))
        blank = self.env[KINDS[self.import_id.kind]].new(
            {k: v for k, v in self.vals.items() if k != "file_id"}
        )
        if self.import_id.kind == "statement":
            said.append(blank.check_text or "")
            values = [blank.period_end, blank.revenue, blank.net_worth]
        else:
            values = [blank.value, blank.date_from]
        currency = blank.currency_id
        said += [
            currency.format(value)
            if isinstance(value, float)
            else format_date(self.env, value)
            if hasattr(value, "year")
            else str(value)
            for value in values
            if value not in (None, False, "")
        ]
        return " · ".join(part for part in said if part)

    def _get_files(self, wizard, rows):
        """``{customer: file}`` of those who have one."""
        company = wizard.company_id
        keys = [(p.id, company.id) for p in rows.partner_id.commercial_partner_id]
        found = self.env["credit.file"]._for_customers(keys)
        return {key[0]: file.id for key, file in found.items()}

    def _prepare_vals(self, files):
        """Values for ``create``; a customer without a file gets one at the import."""
        customer = self.partner_id.commercial_partner_id
        vals = self.vals | {"file_id": files.get(customer.id, 0)}
        if self.import_id.kind == "statement":
            vals["origin"] = self.import_id.origin
        return vals

    def _import(self):
        """Make what is new, and replace what differs. All or nothing."""
        wizard = self.import_id
        rows = self.filtered(lambda row: row.state in ("ready", "differs"))
        files = self._get_files(wizard, rows)
        # who imported what is on the entries; thousands of notes would say no more
        quiet = self.with_context(mail_create_nolog=True).env
        File = quiet["credit.file"]
        customers = rows.partner_id.commercial_partner_id
        customers.check_access("read")
        missing = customers.filtered(lambda customer: customer.id not in files)
        # sudo: evidence makes the file, as a first check or limit does
        made = File.sudo().create(
            [
                {"partner_id": customer.id, "company_id": wizard.company_id.id}
                for customer in missing
            ]
        )
        files |= {file.partner_id.id: file.id for file in made}
        for row in rows:
            row._keep_number(
                File.browse(files[row.partner_id.commercial_partner_id.id])
            )
        vals_list = [row._prepare_vals(files) for row in rows]
        reason = (wizard.replace_reason or "").strip()
        return quiet[KINDS[wizard.kind]]._store(vals_list, reason=reason)

    def _keep_number(self, file):
        """A number that a person has assigned is known from now on."""
        agency = self.import_id.agency_id
        if not self.agency_number or not agency or agency._get_number(file):
            return
        self.env["credit.agency.number"].create(
            {
                "file_id": file.id,
                "agency_id": agency.id,
                "number": self.agency_number,
            }
        )
