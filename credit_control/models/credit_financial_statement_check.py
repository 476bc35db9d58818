"""What cannot be right in a financial statement, said in words."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.statements import AMOUNTS, Check, checks


class CreditFinancialStatement(models.Model):
    """A sign error or a sheet that does not balance makes wrong ratios that look
    right. Amounts that cannot be negative are refused; whatever else is implausible is
    said on the form, in the import's preview and in the source of every figure."""

    _inherit = "credit.financial.statement"

    check_text = fields.Text("To Check", compute="_compute_check_text")
    is_implausible = fields.Boolean(
        "Implausible", compute="_compute_is_implausible", store=True
    )

    @api.depends(*AMOUNTS, "months")
    def _compute_is_implausible(self):
        for statement in self:
            statement.is_implausible = bool(checks(statement._get_figures()))

    @api.depends(*AMOUNTS, "months", "previous_id", "currency_id")
    @api.depends_context("lang")
    def _compute_check_text(self):
        for statement in self:
            before = statement.previous_id
            comparable = before and before.currency_id == statement.currency_id
            found = checks(
                statement._get_figures(), before._get_figures() if comparable else None
            )
            statement.check_text = "\n".join(
                self._say_check(check, statement.currency_id) for check in found
            )

    @api.constrains(*AMOUNTS)
    def _check_signs(self):
        for statement in self:
            for check in checks(statement._get_figures()):
                if check.code == "negative":
                    raise ValidationError(self._say_check(check, statement.currency_id))

    @api.model
    def _say_check(self, check: Check, currency) -> str:
        """The text of a check, with the figures in it and what to do."""
        labels = self.fields_get(check.names, ["string"])
        said = {
            name: currency.format(amount) if currency else f"{amount:,.2f}"
            for name, amount in check.figures.items()
        }
        names = [labels[name]["string"] for name in check.names]
        return getattr(self, f"_say_{check.code}")(names, said)

    def _say_negative(self, names, said):
        return self.env._(
            "%(field)s is negative (%(value)s). Enter the amount without its sign, "
            "whatever side of the books it is on.",
            field=names[0],
            **said,
        )

    def _say_balance(self, _names, said):
        return self.env._(
            "The sheet does not balance: assets %(assets)s, liabilities "
            "%(liabilities)s and net worth %(net_worth)s differ by %(difference)s. "
            "Compare with the statement.",
            **said,
        )

    def _say_sign(self, _names, said):
        return self.env._(
            "The sheet balances only when net worth has the other sign: assets "
            "%(assets)s, liabilities %(liabilities)s, net worth %(net_worth)s. Enter a "
            "negative net worth where liabilities exceed assets.",
            assets=said["assets"],
            liabilities=said["liabilities"],
            net_worth=said["net_worth"],
        )

    def _say_part(self, names, said):
        return self.env._(
            "%(part_name)s (%(part)s) is more than %(whole_name)s (%(whole)s), of "
            "which it is a part. Were the two mixed up?",
            part_name=names[0],
            whole_name=names[1],
            **said,
        )

    def _say_profit(self, _names, said):
        return self.env._(
            "Profit (%(part)s) is more than revenue (%(whole)s). Were the two mixed "
            "up?",
            **said,
        )

    def _say_unit(self, names, said):
        return self.env._(
            "%(field)s is %(now)s and was %(before)s the year before. Is one of them "
            "in thousands?",
            field=names[0],
            **said,
        )
