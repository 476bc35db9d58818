"""Dunning on the credit file: strategy, rests, the level reached and its effect."""

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from .credit_dunning_level import CONSEQUENCES
from .credit_file import STRICTNESS

#: The state of a file that a consequence asks for.
CONSEQUENCE_STATES = {
    "watch": "watch",
    "stop_orders": "stop",
    "stop_deliveries": "stop",
    "case": "stop",
}


class CreditFile(models.Model):
    """``dunning_level`` is the highest level that an item still open has reached. It
    follows the money in the same transaction, as does what the level does to the
    file's state: leaving the level restores the state found before."""

    _inherit = "credit.file"

    dunning_policy_id = fields.Many2one(
        "credit.dunning.policy",
        "Dunning Strategy",
        tracking=True,
        check_company=True,
        ondelete="set null",
        help="Empty: that of the grade, else of the company.",
    )
    never_dun = fields.Boolean("Never Remind", tracking=True)
    no_dunning_until = fields.Date("No Reminders Until", tracking=True)
    no_dunning_reason = fields.Char("Why No Reminders", tracking=True)
    collector_id = fields.Many2one("res.users", index="btree_not_null", tracking=True)
    dunning_level = fields.Integer(readonly=True, tracking=True)
    dunning_consequence = fields.Selection(CONSEQUENCES, readonly=True)
    dunning_state_before = fields.Char(readonly=True)
    notice_count = fields.Integer("Reminders", compute="_compute_notice_count")

    # Reader: _refresh_dunning, on every reconciliation of somebody who was dunned.
    _dunned_idx = models.Index("(partner_id) WHERE dunning_level > 0")

    @api.constrains("never_dun", "no_dunning_until", "no_dunning_reason")
    def _check_dunning_reason(self):
        for file in self:
            if (file.never_dun or file.no_dunning_until) and not file.no_dunning_reason:
                raise ValidationError(
                    self.env._(
                        "Say why %(customer)s gets no reminders (field Why No "
                        "Reminders).",
                        customer=file.display_name,
                    )
                )

    def _compute_notice_count(self):
        counted = self.env["credit.dunning.notice"]._read_group(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("state", "=", "sent"),
            ],
            ["partner_id", "company_id"],
            ["__count"],
        )
        found = {(partner.id, company.id): count for partner, company, count in counted}
        for file in self:
            file.notice_count = found.get((file.partner_id.id, file.company_id.id), 0)

    def action_open_notices(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Payment Reminders"),
            "res_model": "credit.dunning.notice",
            "domain": [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
            ],
            "views": [(False, "list"), (False, "form")],
        }

    # -- the level reached ------------------------------------------------------------
    @api.model
    @tools.ormcache()
    def _is_dunning_in_use(self):
        """Has anybody ever been reminded? Posting and paying ask this first, and
        cost no query where the answer is no."""
        return bool(
            self.env.execute_query(
                SQL("SELECT 1 FROM credit_dunning_notice WHERE state = 'sent' LIMIT 1")
            )
        )

    @api.model
    def _follow_money(self, partners):
        """Money moved on receivables of these contacts: the level of those who were
        dunned may fall, or rise again when a payment is cancelled."""
        if not partners or not self._is_dunning_in_use():
            return
        # sudo: whoever pays need not know that somebody is dunned
        partners = partners.sudo().commercial_partner_id
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT partner_id FROM credit_dunning_notice
                 WHERE state = 'sent' AND partner_id = ANY(%s)
                """,
                partners.ids,
            )
        )
        if rows:
            reminded = [partner_id for (partner_id,) in rows]
            self.sudo().search([("partner_id", "in", reminded)])._refresh_dunning()

    def _refresh_dunning(self):
        """Measure the level that open items have reached; keep the consequence in
        step. Three queries for any number of files of a company."""
        for company, files in self.sudo().grouped("company_id").items():
            levels = files._read_dunning_levels(company)
            for file in files:
                level = levels.get(file.partner_id.id)
                values = file._prepare_consequence(level)
                values["dunning_level"] = level.number if level else 0
                changed = {k: v for k, v in values.items() if file[k] != v}
                if changed:
                    file.write(changed)

    def _read_dunning_levels(self, company):
        """``{partner_id: level}`` of the strictest level an open item has reached."""
        scope = self.env["credit.dunning"]._get_dunning_scope(
            company, self.partner_id.ids
        )
        query = SQL(
            """
            SELECT DISTINCT ON (partner.commercial_partner_id)
                   partner.commercial_partner_id, past.level_id
              FROM (SELECT line.id, line.partner_id %(open)s
                       AND line.amount_residual > 0) AS line
              JOIN res_partner partner ON partner.id = line.partner_id
              JOIN credit_dunning_notice_line past
                ON past.move_line_id = line.id AND past.sent
             ORDER BY partner.commercial_partner_id, past.level_number DESC, past.id
            """,
            open=self.env["credit.exposure"]._open_receivable_sql(scope),
        )
        Level = self.env["credit.dunning.level"]
        return {
            partner_id: Level.browse(level_id)
            for partner_id, level_id in self.env.execute_query(query)
        }

    def _prepare_consequence(self, level):
        """What the level reached makes of the file: its state, and what it was before.

        A person's own decision stands: who eased or tightened the file meanwhile is
        not overruled when the level is left.
        """
        wanted = level.consequence if level else "none"
        before = self.dunning_state_before
        set_by_us = before and self.state == CONSEQUENCE_STATES.get(
            self.dunning_consequence
        )
        state = before if set_by_us else self.state
        target = CONSEQUENCE_STATES.get(wanted)
        if not target or STRICTNESS[target] <= STRICTNESS[state]:
            return {
                "state": state,
                "dunning_state_before": False,
                "dunning_consequence": wanted,
            }
        if self.dunning_consequence == wanted and not set_by_us:
            # the level is the same, and a person has changed the state since
            return {}
        return {
            "state": target,
            "dunning_state_before": state,
            "dunning_consequence": wanted,
        }
