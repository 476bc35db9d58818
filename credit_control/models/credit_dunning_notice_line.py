from odoo import api, fields, models, tools
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from .loose_reference import LooseMany2one


class CreditDunningNoticeLine(models.Model):
    """One item on a notice, with its amounts as they were when it was sent.

    ``level_id`` is the step this item takes by the notice; empty: it is only listed,
    because it is overdue as well. ``sent`` is what the ladder of an item is read from.
    """

    _name = "credit.dunning.notice.line"
    _description = "Item of a Dunning Notice"
    _order = "notice_id, due, id"
    # a run stores 100,000 of them: the notice knows who and when
    _log_access = False

    notice_id = fields.Many2one(
        "credit.dunning.notice", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="notice_id.company_id")
    partner_id = fields.Many2one(related="notice_id.partner_id")
    currency_id = fields.Many2one(related="notice_id.currency_id")
    notice_state = fields.Selection(related="notice_id.state")
    # an invoice reset to draft may lose its lines: what was sent stays readable
    # (cleared by _forget_items)
    move_line_id = LooseMany2one("account.move.line", "Item")
    move_id = LooseMany2one("account.move", "Invoice", index="btree_not_null")
    name = fields.Char("Number")
    date = fields.Date()
    due = fields.Date("Due Date")
    days = fields.Integer("Days Overdue")
    # kept by credit.dunning.level._unlink_except_used
    level_id = LooseMany2one("credit.dunning.level", "Level Taken")
    level_number = fields.Integer("Level No.")
    reached = fields.Integer("Level Before")
    residual = fields.Monetary("Amount Open")
    rested = fields.Monetary("Promised or Disputed")
    amount = fields.Monetary("To Pay", help="Open, less what rests and open credits.")
    credit = fields.Monetary(compute="_compute_credit", string="Credits Offset")
    proposed = fields.Monetary(help="To pay, when it was proposed.")
    removed = fields.Boolean(index=False)
    reason = fields.Selection(
        lambda self: self.env["credit.dunning.reason"]._get_selection()
    )
    sent = fields.Boolean(readonly=True)
    sent_on = fields.Date(readonly=True)

    # The same item never gets the same level twice, not even after a crash.
    _sent_once = models.UniqueIndex(
        "(move_line_id, level_id) WHERE sent",
        "This item was sent at this level already.",
    )
    # Reader: the level reached by an item (credit.dunning._open_sql).
    _sent_idx = models.Index(
        "(move_line_id) INCLUDE (level_id, level_number, sent_on) WHERE sent"
    )

    @api.depends("residual", "rested", "amount")
    def _compute_credit(self):
        for line in self:
            line.credit = line.residual - line.rested - line.amount

    def write(self, vals):
        """What an item has reached is read from here: nobody types it."""
        self.notice_id._check_open()
        if not self.env.su:
            raise AccessError(
                self.env._(
                    "Items of a notice are measured: leave one out by its button."
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sent(self):
        if self.filtered("sent"):
            raise UserError(
                self.env._("A notice that was sent stays as it is. Its items, too.")
            )

    @api.model
    @tools.ormcache()
    def _is_in_use(self):
        """Is there any notice? Deleting invoices asks this first."""
        return bool(
            self.env.execute_query(
                SQL("SELECT FROM credit_dunning_notice_line LIMIT 1")
            )
        )

    @api.model
    def _forget_items(self, move_ids, line_ids):
        """Journal items of these entries are gone: what they were stays to be read.
        Two statements for any number, none where nobody was ever reminded."""
        if not move_ids or not self._is_in_use():
            return
        self._clear(self, "move_line_id", line_ids, move_ids)
        self._clear(self.env["credit.dunning.notice"], "item_id", line_ids)

    @api.model
    def _forget_moves(self, move_ids):
        """Entries are gone, after their items."""
        if move_ids and self._is_in_use():
            self._clear(self, "move_id", move_ids)

    def _clear(self, model, name, gone, move_ids=None):
        """Empty a reference to what is gone; found by the entry, which is indexed."""
        model.flush_model([name, *(["move_id"] if move_ids else [])])
        column = SQL.identifier(name)
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET %s = NULL WHERE %s AND %s = ANY(%s)",
                SQL.identifier(model._table),
                column,
                SQL("move_id = ANY(%s)", move_ids) if move_ids else SQL("TRUE"),
                column,
                gone,
            )
        )
        model.invalidate_model([name])

    def action_remove(self):
        """Leave the item out of this notice."""
        self._set_removed(True)

    def action_restore(self):
        """Take in again what was left out."""
        self._set_removed(False)

    def _set_removed(self, removed):
        self.check_access("write")
        # sudo: written by this method only
        self.sudo().write({"removed": removed, "reason": removed and "person"})
        self.notice_id._withdraw_approval()
        self.notice_id._update_totals()
