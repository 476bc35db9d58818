from odoo import api, models


class CreditGate(models.AbstractModel):
    """Verdicts as a short text with figures, for forms, dialogs and messages."""

    _inherit = "credit.gate"

    @api.model
    def _render_verdicts(self, verdicts):
        """HTML of ``{order: Verdict}``: figures, reasons, next steps and ways out.

        Texts are escaped and in the reader's language.
        """
        # sudo: figures of the gate are for whoever may see the order
        orders = [order.sudo() for order in verdicts]
        keys = {order: self._customer_key(order) for order in orders}
        limits = self.env["credit.file"]._get_limit_facts(keys.values())
        blocks = []
        for order, verdict in zip(orders, verdicts.values(), strict=True):
            currency = limits[keys[order]][1]
            values = self._verdict_to_dict(verdict)
            blocks.append(self._prepare_summary_block(order, currency, values))
        return self._render_blocks(blocks)

    @api.model
    def _render_blocks(self, blocks):
        return self.env["ir.qweb"]._render(
            "credit_control.credit_verdict_summary", {"blocks": blocks}
        )

    @api.model
    def _prepare_summary_block(self, order, currency, values):
        """What the template shows of one order.

        :param currency: the limit's
        :param values: reasons, figures and ways as ``_verdict_to_dict`` gives them
        """
        figures = values["figures"]
        ways = values["ways"]
        return {
            "title": f"{order.name} · {order.partner_id.display_name}",
            "figures": figures and self._prepare_summary_figures(figures, currency),
            "reasons": self._describe_reasons(values["reasons"] or [], currency),
            "ways": ways and self._describe_ways(ways, currency, order) or [],
        }

    @api.model
    def _prepare_summary_figures(self, figures, currency):
        """``{name: formatted amount}``; None where there is no ceiling."""
        names = ("limit", "used", "order", "available", "after", "excess")
        return {
            name: None if figures[name] is None else currency.format(figures[name])
            for name in names
        } | {"is_beyond": bool(figures["excess"])}
