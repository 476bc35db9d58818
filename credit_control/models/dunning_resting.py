"""What dunning hears of promises, disputes, cases: what rests, who broke his word."""

from odoo import api, models
from odoo.tools import SQL


class CreditDunning(models.AbstractModel):
    _inherit = "credit.dunning"

    @api.model
    def _resting_sql(self, scope, today) -> SQL:
        return SQL(
            "%s UNION ALL %s UNION ALL %s UNION ALL %s",
            super()._resting_sql(scope, today),
            self.env["credit.promise"]._resting_sql(scope, today),
            self.env["credit.dispute"]._resting_sql(scope, today),
            self.env["credit.collection.case.line"]._resting_sql(scope),
        )


class CreditDunningWork(models.Model):
    _inherit = "credit.dunning.work"

    def _broken_sql(self, scope) -> SQL:
        return SQL(
            "%s + (%s)",
            super()._broken_sql(scope),
            self.env["credit.promise"]._broken_sql(scope, SQL("grouped.partner_id")),
        )
