from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import approval


class CreditLimitBatchLine(models.Model):
    """One file of a mass change."""

    _name = "credit.limit.batch.line"
    _description = "Line of a Mass Change of Limits"
    _order = "new_company_amount desc, id"

    batch_id = fields.Many2one(
        "credit.limit.batch", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="batch_id.company_id", store=True)
    file_id = fields.Many2one("credit.file", required=True, ondelete="restrict")
    partner_id = fields.Many2one(related="file_id.partner_id", store=True)
    grade_id = fields.Many2one(related="file_id.grade_id")
    currency_id = fields.Many2one("res.currency", required=True)
    now_mode = fields.Char()
    had_limit = fields.Boolean()
    now_limit = fields.Monetary("Limit Now")
    new_limit = fields.Monetary()
    change = fields.Monetary(compute="_compute_change", store=True)
    change_pct = fields.Float("Change (%)", compute="_compute_change", store=True)
    now_company_amount = fields.Float(compute="_compute_change", store=True)
    new_company_amount = fields.Float(compute="_compute_change", store=True)
    proposal = fields.Json()
    state = fields.Selection(
        [("waiting", "To apply"), ("applied", "Applied"), ("error", "Error")],
        default="waiting",
        required=True,
        index=True,
    )
    error = fields.Char("What Is Wrong")
    limit_line_id = fields.Many2one("credit.limit.line", "Limit Granted")

    _file_once = models.UniqueIndex(
        "(batch_id, file_id)", "A credit file is in a mass change once."
    )

    @api.depends("now_limit", "new_limit", "currency_id", "state")
    def _compute_change(self):
        today = fields.Date.today()
        for line in self:
            company, now = line.company_id, line.had_limit and line.now_limit
            line.change = line.state != "error" and line.new_limit - (now or 0.0)
            line.change_pct = 100 * line.change / now if now else 0.0
            to = company.currency_id
            line.now_company_amount = line.currency_id._convert(
                now or 0.0, to, company, today
            )
            line.new_company_amount = line.currency_id._convert(
                line.new_limit, to, company, today
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_from_draft(self):
        """Lines may be taken out until the batch is submitted."""
        if any(line.batch_id.state != "draft" for line in self):
            raise UserError(
                self.env._("The lines of a mass change stay once it is submitted.")
            )

    def _get_line_requests(self):
        """``{line: Request}``: what each line asks for, in company currency; a constant
        number of queries."""
        today = fields.Date.today()
        grants = self.file_id._get_grants(
            {
                line.file_id.id: {
                    "kind": "permanent",
                    "mode": "amount",
                    "amount": line.new_limit,
                    "currency_id": line.currency_id.id,
                    "date_from": today,
                    "date_to": line.batch_id.date_to or None,
                }
                for line in self
            }
        )
        found = {}
        for line in self:
            now = line.now_company_amount if line.had_limit else None
            then = grants[line.file_id.id]
            if then is None:
                found[line] = approval.Request(0.0)  # stricter: any authority will do
            else:
                increase = approval.increase_pct(now, then)
                found[line] = approval.Request(then, increase)
        return found

    def _get_requests(self):
        """``[(grade, Request)]``: the largest of each grade, by amount and increase."""
        waiting = self.filtered(lambda line: line.state == "waiting")
        found = {}
        for line, request in waiting._get_line_requests().items():
            found.setdefault(line.grade_id, set()).add(request)
        return [
            (grade, request)
            for grade, requests in found.items()
            for request in approval.largest(requests)
        ]

    def _check_signatures(self):
        """Lines that need several signatures are no matter of one approval."""
        authority = self.env["credit.authority"]
        lines = authority._get_lines()
        waiting = self.filtered(lambda line: line.state == "waiting")
        for line, request in waiting._get_line_requests().items():
            table = authority._get_table(lines, line.company_id, line.grade_id)
            steps = approval.steps([one._to_line() for one in table], request)
            if len(steps) > 1:
                raise UserError(
                    self.env._(
                        "%(customer)s: a limit of %(amount)s needs %(count)s "
                        "signatures. Remove the line and make a limit request.",
                        customer=line.partner_id.name,
                        amount=line.currency_id.format(line.new_limit),
                        count=len(steps),
                    )
                )
