"""Alerts in words, with the figures behind them."""

from odoo import api, models


class CreditAlert(models.Model):
    _inherit = "credit.alert"

    def _get_summary(self):
        """What the owner reads in his list of activities."""
        self.ensure_one()
        names = {"rule": self.rule_id.name, "customer": self.partner_id.name}
        if self.rule_id.action == "review":
            return self.env._("Review the credit of %(customer)s: %(rule)s", **names)
        return self.env._("%(rule)s: %(customer)s", **names)


class CreditAlerting(models.AbstractModel):
    _inherit = "credit.alerting"

    @api.model
    def _describe(self, alert):
        """What was measured, in the reader's language.

        Amounts among the figures end in ``amount`` and are in the alert's currency.
        """
        figures = alert.figures or {}
        words = {
            name: alert.currency_id.format(float(value or 0.0))
            if name.endswith("amount")
            else value
            for name, value in figures.items()
        }
        words |= {"value": f"{alert.value:g}", "threshold": f"{alert.threshold:g}"}
        tell = self._get_texts(alert.env, words).get(alert.indicator)
        return tell() if tell and figures else words["value"]

    @api.model
    def _get_texts(self, env, words):
        """``{indicator: function that tells it}``; ``words`` are the figures of the
        indicator's SQL, with ``value`` and ``threshold``."""
        return {
            "overdue": lambda: env._(
                "%(value)s days past due, %(amount)s overdue (alert from %(threshold)s "
                "days)",
                **words,
            ),
            "utilisation": lambda: env._(
                "%(value)s %% of the limit used: %(used_amount)s of %(limit_amount)s "
                "(alert from %(threshold)s %%)",
                **words,
            ),
            "slower_payment": lambda: env._(
                "pays %(now_days)s days after due, %(before_days)s before: %(value)s "
                "days later (alert from %(threshold)s)",
                **words,
            ),
            "score_drop": lambda: env._(
                "score %(now_score)s, %(before_score)s before: %(value)s points less "
                "(alert from %(threshold)s)",
                **words,
            ),
            "rating_change": lambda: env._(
                "%(agency)s: %(now)s, %(before)s before: %(value)s points of 100 less "
                "(alert from %(threshold)s)",
                **words,
            ),
            "order_surge": lambda: env._(
                "ordered %(now_amount)s in %(days)s days, usually %(usual_amount)s: "
                "%(value)s %% (alert from %(threshold)s %%)",
                **words,
            ),
            "partial_payments": lambda: env._(
                "%(value)s items paid in part in %(days)s days, %(amount)s of them "
                "left (alert from %(threshold)s)",
                **words,
            ),
            "broken_promise": lambda: env._(
                "%(value)s promises broken in %(days)s days, %(amount)s of them unpaid "
                "(alert from %(threshold)s)",
                **words,
            ),
            "insurer_cut": lambda: env._(
                "insured %(now_amount)s, %(before_amount)s %(days)s days ago: "
                "%(value)s %% less (alert from %(threshold)s %%)",
                **words,
            ),
            "concentration": lambda: env._(
                "%(value)s %% of all exposure: %(amount)s of %(total_amount)s (alert "
                "from %(threshold)s %%)",
                **words,
            ),
        }
