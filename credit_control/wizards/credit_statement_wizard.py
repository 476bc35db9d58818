import base64

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..models.credit_statement import KINDS

#: More customers than this are left to the scheduled action.
SENT_AT_ONCE = 10


class CreditStatementWizard(models.TransientModel):
    """Statements of account of the customers selected: print, Excel, e-mail."""

    _name = "credit.statement.wizard"
    _description = "Make Statements of Account"

    partner_ids = fields.Many2many(
        "res.partner",
        string="Customers",
        required=True,
        default=lambda self: self._default_partners(),
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company.root_id,
        domain="[('parent_id', '=', False)]",
    )
    kind = fields.Selection(KINDS, default="open", required=True)
    date_to = fields.Date(
        "As Of", required=True, default=lambda self: fields.Date.context_today(self)
    )
    date_from = fields.Date(
        "From",
        default=lambda self: fields.Date.context_today(self).replace(day=1),
    )
    with_charges = fields.Boolean(
        "Interest and Fees",
        compute="_compute_with_charges",
        store=True,
        readonly=False,
        help="What is owed for late payment and not invoiced yet, apart from the "
        "balance of the books. As of today only.",
    )
    is_past = fields.Boolean(compute="_compute_is_past")
    xlsx_file = fields.Binary("Workbook", attachment=False, readonly=True)

    @api.depends("company_id")
    def _compute_with_charges(self):
        for wizard in self:
            company = wizard.company_id
            wizard.with_charges = bool(company) and company._shows_charges()

    @api.depends("date_to")
    def _compute_is_past(self):
        today = fields.Date.today()
        for wizard in self:
            wizard.is_past = bool(wizard.date_to) and wizard.date_to < today

    @api.constrains("kind", "date_from", "date_to")
    def _check_period(self):
        for wizard in self:
            since = wizard.kind == "movements" and wizard.date_from
            if since and since > wizard.date_to:
                raise ValidationError(
                    self.env._(
                        "The period ends before it begins. Change one of the two dates."
                    )
                )

    @api.model
    def _default_partners(self):
        """The customers of the contacts, files or invoices selected."""
        active_ids = self.env.context.get("active_ids") or []
        model = self.env.context.get("active_model")
        if model == "res.partner":
            partners = self.env["res.partner"].browse(active_ids)
        elif model in ("credit.file", "account.move"):
            partners = self.env[model].browse(active_ids).partner_id
        else:
            partners = self.env["res.partner"]
        return partners.commercial_partner_id

    def action_print(self):
        """The letters as one PDF."""
        self.ensure_one()
        self.env["credit.statement"]._check_viewer(self.partner_ids, self.company_id)
        return self.env.ref("credit_control.credit_statement_report").report_action(
            None, data=self._prepare_report_data(), config=False
        )

    def _prepare_report_data(self):
        options = self._get_options()
        return {
            "partner_ids": self.partner_ids.ids,
            "company_id": self.company_id.id,
            "kind": options["kind"],
            "date_to": fields.Date.to_string(options["date_to"]),
            "date_from": fields.Date.to_string(options["date_from"]),
            "charges": options["charges"],
        }

    def action_xlsx(self):
        """The statements as a workbook, downloaded."""
        self.ensure_one()
        content = self.env["credit.statement"]._get_xlsx(
            self.partner_ids, self.company_id, **self._get_options()
        )
        self.xlsx_file = base64.b64encode(content)
        title = self.env["credit.statement"]._get_words()["title"]
        name = f"{title} {self.date_to}.xlsx"
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/xlsx_file/{name}?download=1",
            "target": "download",
        }

    def action_send(self):
        """Queue the e-mails and show them; a few are sent at once."""
        self.ensure_one()
        sendings = self.env["credit.statement.sending"]._create_by_hand(
            self.partner_ids, self.company_id, **self._get_options()
        )
        if len(sendings) <= SENT_AT_ONCE:
            sendings._send()
        else:
            # sudo: the job that sends for everybody
            self.env.ref("credit_control.ir_cron_statement").sudo()._trigger()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_control.credit_statement_sending_action"
        )
        return action | {"domain": [("id", "in", sendings.ids)]}

    def _get_options(self):
        return {
            "kind": self.kind,
            "date_to": self.date_to,
            "date_from": self.kind == "movements" and self.date_from,
            "charges": self.with_charges,
        }
