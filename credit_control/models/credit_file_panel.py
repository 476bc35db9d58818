"""Live figures of a credit file, as its form and the contact form show them."""

from odoo import api, fields, models

from ..tools.exposure import PARTS, sign

#: Colour of the panel by standing; the state of the file may be stricter.
LEVELS = {
    "unset": "none",
    "unlimited": "none",
    "ok": "ok",
    "watch": "watch",
    "over": "stop",
}


class CreditFile(models.Model):
    """The Json that the widget ``credit_exposure`` draws: limit, use, parts."""

    _inherit = "credit.file"

    live_panel = fields.Json(compute="_compute_live_panel")
    hold_count = fields.Integer(compute="_compute_hold_count")

    @api.depends("hold_ids.state")
    def _compute_hold_count(self):
        """Holds that wait for a decision."""
        counts = dict(
            self.env["credit.hold"]._read_group(
                [("file_id", "in", self.ids), ("state", "=", "waiting")],
                ["file_id"],
                ["__count"],
            )
        )
        for file in self:
            file.hold_count = counts.get(file._origin, 0)

    @api.depends(
        "limit_mode",
        "credit_limit",
        "limit_date_to",
        "currency_id",
        "limit_line_ids",
        "cover_ids",
        "group_id",
        "group_exempt",
        "grade_id",
        "state",
    )
    @api.depends_context("lang")
    def _compute_live_panel(self):
        keys = {file: (file.partner_id.id, file.company_id.id) for file in self._origin}
        panels = self._get_panels(keys.values())
        for file in self:
            file.live_panel = panels.get(keys.get(file._origin), False)

    @api.model
    def _get_panels(self, keys):
        """``{key: panel}`` of customers, with or without a file."""
        positions = self._get_positions(keys)
        # sudo: only what is shown of the file
        files = self.sudo()._for_customers(keys)
        return {
            key: self._prepare_panel(position, files.get(key))
            for key, position in positions.items()
        }

    def _prepare_panel(self, position, file):
        facts, found, currency = position.facts, position.figures, position.currency
        level, word = self._get_light(position, file)
        return {
            "currency_id": currency.id,
            "limit": found.limit,
            "limit_mode": facts.mode,
            "limit_label": self._get_limit_label(facts, currency),
            "used": found.used,
            "available": found.available,
            "used_pct": found.used_pct,
            "level": level,
            "word": word,
            "parts": self._prepare_parts(position.exposure),
            "group": self._prepare_group(position, file),
            "overdue_days": position.exposure.overdue_days,
            # UTC, as every time that the browser gets
            "as_of": fields.Datetime.now().strftime("%Y-%m-%d %H:%M"),
        }

    def _get_light(self, position, file):
        """(level, word): how far the limit is used, or the state where that is the
        stricter one; its word is then said instead."""
        level = LEVELS[position.status]
        state = file.state if file else "open"
        if state == level or state not in ("watch", "stop") or level == "stop":
            return level, False
        labels = dict(file._fields["state"]._description_selection(self.env))
        return state, labels[state]

    def _get_limit_label(self, facts, currency):
        """The limit in one line: how much, from whom, until when."""
        if not facts.is_set:
            return self.env._("Not checked: no limit is set anywhere")
        origin = self.env["credit.gate"]._limit_label(facts, currency)
        if facts.mode == "amount":
            amount = currency.format(facts.permanent)
        elif facts.mode == "unlimited":
            amount = self.env._("Unlimited")
        else:
            amount = self.env._("No credit")
        return f"{amount} · {origin}"

    def _prepare_parts(self, exposure):
        """The parts that hold something, those not counted included."""
        field = self.env["credit.exposure.line"]._fields["part"]
        labels = dict(field._description_selection(self.env))
        return [
            {
                "code": part,
                "label": labels[part],
                "amount": getattr(exposure, part),
                "counted": part in exposure.included,
                "sign": sign(part),
            }
            for part in PARTS
            if getattr(exposure, part)
        ]

    def _prepare_group(self, position, file):
        """The shared ceiling, in the currency of the file's limit."""
        limit = position.facts.group_limit
        if limit is None:
            return None
        return {
            "name": file.group_id.name,
            "limit": limit,
            "used": position.group_used,
            "available": position.currency.round(limit - position.group_used),
        }

    # -- actions ------------------------------------------------------------------
    @api.readonly
    def action_open_exposure(self, part=None):
        """The documents behind the exposure, or behind one part of it."""
        self.check_access("read")
        return self.env["credit.exposure.line"]._get_action(
            self.partner_id, self.company_id, part
        )

    @api.readonly
    def action_open_holds(self):
        """Every hold of this customer, decided ones included."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_control.credit_hold_action"
        )
        return action | {"domain": [("file_id", "in", self.ids)], "context": {}}

    @api.readonly
    def action_change_limit(self):
        """Ask for a new limit and its reason."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Change Limit"),
            "res_model": "credit.limit.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_file_id": self.id},
        }
