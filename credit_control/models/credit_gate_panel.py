import logging

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning

LEVELS = {
    "unchecked": "none",
    "free": "none",
    "pass": "ok",
    "released": "ok",
    "warn": "watch",
    "hold": "stop",
}


class CreditGate(models.AbstractModel):
    """What people see of a verdict: the live panel and the refusal."""

    _inherit = "credit.gate"

    @api.model
    def _get_panels(self, orders):
        """``{order.id: the Json of sale.order.credit_panel}``, same figures and
        words as the confirmation would give; False where nothing is checked."""
        checkpoints = {True: "growth", False: "confirm"}
        panels = dict.fromkeys((order.id for order in orders), False)
        for is_sale, checkpoint in checkpoints.items():
            batch = orders.filtered(
                lambda o, sale=is_sale: (
                    o.state != "cancel" and (o.state == "sale") == sale
                )
            )
            # two quotations do not take each other's room before one is confirmed
            verdicts = self._evaluate(batch, checkpoint, add_up=False)
            for order in batch:
                if verdicts[order.id].outcome != "unchecked":
                    panels[order.id] = self._to_panel(order, verdicts[order.id])
        return panels

    def _to_panel(self, order, verdict):
        # sudo: the seller sees these figures without any right on the file
        order = order.sudo()
        limit = verdict.limit
        currency = self.env["res.currency"].browse(limit.currency_id)
        hold = self.env["credit.hold"]._get_current(order._origin).get(order._origin.id)
        values = self._verdict_to_dict(verdict)
        figures = values["figures"]
        return {
            "checked": True,
            "outcome": verdict.outcome,
            "level": LEVELS[verdict.outcome],
            "headline": self._headline(verdict, order, currency, hold),
            "currency_id": currency.id,
            "limit_label": self._limit_label(limit, currency),
            "reasons": self._describe_reasons(values["reasons"], currency),
            "ways": self._describe_ways(values["ways"], currency, order),
            "hold": hold
            and {
                "id": hold.id,
                "name": hold.name,
                "state": hold.state,
                "ready": hold.ready,
            }
            or None,
            "file_id": limit.file_id,
            # asked as the viewer, not as sudo
            "can_open_file": bool(limit.file_id)
            and self.env["credit.file"].sudo(False).has_access("read"),
            # UTC, as every time that the browser gets; minutes, for an unchanged
            # verdict is to be an unchanged value
            "as_of": fields.Datetime.now().strftime("%Y-%m-%d %H:%M"),
            **{
                name: figures[name]
                for name in (
                    "limit",
                    "used",
                    "order",
                    "available",
                    "after",
                    "used_pct",
                    "after_pct",
                )
            },
        }

    @api.model
    def _describe_reasons(self, reasons, currency):
        """Reasons (dicts) in the reader's words."""
        describe = self.env["credit.reason"]._describe
        return [describe(reason, currency) for reason in reasons]

    @api.model
    def _describe_ways(self, ways, currency, order):
        """Ways out (dict) in the reader's words, with the names of the items."""
        # sudo: the seller is told which invoices would free his order
        lines = self.env["account.move.line"].sudo().browse(ways["invoice_ids"])
        names = [line.move_id.name or line.name or "" for line in lines]
        return self.env["credit.reason"]._describe_ways(
            ways, currency, order.currency_id, list(dict.fromkeys(names))
        )

    def _headline(self, verdict, order, currency, hold):
        """The verdict in one line; hold and figures stand beside it."""
        figures = verdict.figures
        if verdict.outcome == "free":
            return self.env._("Needs no credit")
        if verdict.outcome == "released":
            return self.env._(
                "Released up to %(cap)s",
                cap=order.currency_id.format(hold.released_amount),
            )
        if verdict.held:
            if hold and (hold.state == "waiting" or hold._is_in_force()):
                return self.env._("On credit hold")
            if figures.excess > 0:
                return self.env._(
                    "Exceeds the credit limit by %(excess)s",
                    excess=currency.format(figures.excess),
                )
            return self.env._("Does not meet the credit policy")
        if figures.available is None:
            return self.env._("Credit without limit")
        if verdict.outcome == "warn":
            return self.env._("May go, with care")
        return self.env._("Within the credit limit")

    @api.model
    def _limit_label(self, limit, currency):
        """Where the limit comes from, in one line."""
        sources = {
            "customer": self.env._("own limit"),
            "group": self.env._("limit of the credit group"),
            "grade": self.env._("limit of the grade"),
            "company": self.env._("company default"),
        }
        parts = [sources.get(limit.source, "")]
        if limit.temporary:
            parts.append(
                self.env._(
                    "%(amount)s temporary", amount=currency.format(limit.temporary)
                )
            )
        if limit.cover:
            parts.append(
                self.env._("%(amount)s insured", amount=currency.format(limit.cover))
            )
        if limit.date_to:
            text = (
                self.env._("expired on %(date)s")
                if limit.expired
                else self.env._("until %(date)s")
            )
            parts.append(text % {"date": fields.Date.to_string(limit.date_to)})
        if limit.group_limit is not None and limit.source != "group":
            parts.append(
                self.env._(
                    "credit group %(amount)s", amount=currency.format(limit.group_limit)
                )
            )
        return " · ".join(part for part in parts if part)

    @api.model
    def _refusal(self, held):
        """The error that an interactive user gets: figures, reasons, next step, and
        a button to ask for a release.

        :param held: ``{order: Verdict}`` of all orders of the call that are held
        """
        blocks = []
        for order, verdict in held.items():
            currency = self.env["res.currency"].browse(verdict.limit.currency_id)
            values = self._verdict_to_dict(verdict)
            lines = [
                self.env._(
                    "%(order)s of %(customer)s is held by credit control.",
                    order=order.name,
                    customer=order.partner_id.display_name,
                )
            ]
            for reason in self._describe_reasons(values["reasons"], currency):
                lines.append(f"• {reason['text']} {reason['next_step']}")
            for way in self._describe_ways(values["ways"], currency, order.sudo()):
                lines.append(f"→ {way['text']}")
            blocks.append("\n".join(lines))
        orders = self.env["sale.order"].union(*held)
        context = {"active_model": "sale.order", "active_ids": orders.ids}
        if len(orders) == 1 and orders.state == "sale":
            # the change is rolled back: the request has to say what was wanted
            context["default_wanted_amount"] = orders.amount_total
            days, discount = orders._credit_terms()
            context["default_wanted_terms_days"] = days
            context["default_wanted_discount_pct"] = discount
        return self._quiet(
            RedirectWarning(
                "\n\n".join(blocks),
                self.env.ref("credit_control.credit_release_request_action").id,
                self.env._("Request release"),
                context,
            )
        )

    @api.model
    def _quiet(self, refusal):
        """A refusal is everyday work: Odoo would log a traceback of each that is not
        a UserError, as if the server had failed."""
        refusal.loglevel = logging.WARNING
        return refusal
