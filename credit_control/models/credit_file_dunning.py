"""Dunning on the credit file: strategy, rests, the level reached and its effect."""

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..tools.dunning import effect, worst_consequence
from .credit_dunning_level import CONSEQUENCES


class CreditFile(models.Model):
    """``dunning_level`` is the highest level that an item still open has reached, and
    ``dunning_consequence`` the strictest of what its levels ask for: the next step
    takes back nothing of the last. Both follow the money in the same transaction, as
    does the file's state: leaving the level restores the one found before.

    What a person decides about the state stands: from then on it is his, until a
    level asks for more than the customer has got so far.
    """

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
    # not tracked: the notices are its log
    dunning_level = fields.Integer(readonly=True)
    dunning_consequence = fields.Selection(
        CONSEQUENCES,
        "Effect of the Level",
        readonly=True,
        help="Of the levels that open items have reached. It ends when they are paid.",
    )
    dunning_state_before = fields.Char(
        readonly=True, help="The state to go back to, while dunning sets the state."
    )
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
            reached = files._read_dunning_levels(company)
            for file in files:
                level, wanted = reached.get(file.partner_id.id, (0, "none"))
                values = file._prepare_consequence(wanted) | {"dunning_level": level}
                changed = {k: v for k, v in values.items() if file[k] != v}
                if changed:
                    # both, so that it is seen that no person sets the state
                    if "state" in changed:
                        changed["dunning_state_before"] = values["dunning_state_before"]
                    file.write(changed)

    def _read_dunning_levels(self, company):
        """``{partner_id: (highest level, strictest consequence)}`` of what the open
        items of these customers have reached."""
        scope = self.env["credit.dunning"]._get_dunning_scope(
            company, self.partner_id.ids
        )
        query = SQL(
            """
            SELECT partner.commercial_partner_id, max(past.level_number),
                   array_agg(DISTINCT level.consequence)
              FROM (SELECT line.id, line.partner_id %(open)s
                       AND line.amount_residual > 0) AS line
              JOIN res_partner partner ON partner.id = line.partner_id
              JOIN credit_dunning_notice_line past
                ON past.move_line_id = line.id AND past.sent
              JOIN credit_dunning_level level ON level.id = past.level_id
             GROUP BY partner.commercial_partner_id
            """,
            open=self.env["credit.exposure"]._open_receivable_sql(scope),
        )
        return self._read_levels(query)

    @api.model
    def _read_reached_levels(self, move_line_ids):
        """``{move_line_id: (highest level, strictest consequence)}`` of these items,
        those that were never reminded of left out."""
        self.env["credit.dunning.notice.line"].flush_model()
        self.env["credit.dunning.level"].flush_model(["consequence"])
        query = SQL(
            """
            SELECT past.move_line_id, max(past.level_number),
                   array_agg(DISTINCT level.consequence)
              FROM credit_dunning_notice_line past
              JOIN credit_dunning_level level ON level.id = past.level_id
             WHERE past.sent AND past.move_line_id = ANY(%s)
             GROUP BY past.move_line_id
            """,
            list(move_line_ids),
        )
        return self._read_levels(query)

    @api.model
    def _read_levels(self, query: SQL):
        return {
            key: (level, worst_consequence(consequences))
            for key, level, consequences in self.env.execute_query(query)
        }

    def _prepare_consequence(self, wanted):
        """What a consequence makes of the file: its state, and what it was before.

        A person's own decision stands: who eased or tightened the file meanwhile is
        not overruled when the level is left, nor by a level that asks for no more.
        """
        before, now = self.dunning_state_before, self.dunning_consequence or "none"
        if before and self.state != effect([now], before):
            before = False  # set by a person since
        decided = not before and worst_consequence([now, wanted]) == now
        own = before or self.state
        state = self.state if decided else effect([wanted], own)
        return {
            "state": state,
            "dunning_state_before": own if state != own else False,
            "dunning_consequence": wanted,
        }

    def _get_own_state(self):
        """The state without dunning."""
        self.ensure_one()
        return self.dunning_state_before or self.state

    # -- a person's decision ----------------------------------------------------------
    def write(self, vals):
        """Who changes the state takes it over: leaving the level restores nothing."""
        if "state" in vals and "dunning_state_before" not in vals:
            taken = self.filtered(
                lambda file: file.dunning_state_before and file.state != vals["state"]
            )
            if taken:
                # sudo: a mark that follows from the decision
                super(CreditFile, taken.sudo()).write({"dunning_state_before": False})
        return super().write(vals)

    def action_keep_state(self):
        """Make the state that dunning has set one's own: it stays when the level is
        left, and a stop of orders stops deliveries as well."""
        self.check_access("write")
        taken = self.filtered("dunning_state_before")
        taken.sudo().dunning_state_before = False  # sudo: written by this method only
        labels = dict(self._fields["state"]._description_selection(self.env))
        for file in taken:
            file._message_log(
                body=self.env._(
                    "%(user)s keeps the state %(state)s, whatever is paid.",
                    user=self.env.user.name,
                    state=labels[file.state],
                )
            )
