"""The step an item takes today, and the thresholds of the level it takes."""

from odoo import models
from odoo.tools import SQL

from .credit_exposure_scope import Scope


class CreditDunning(models.AbstractModel):
    _inherit = "credit.dunning"

    def _step_sql(self, scope: Scope, manual: bool) -> SQL:
        """The next level of an item: the one after the level sent, or, where levels
        may be skipped, the highest whose day has come. See ``tools.dunning``."""
        return SQL(
            """
            SELECT ahead.* FROM (
                SELECT level.id, level.number, %(date)s AS level_date,
                       %(holds)s AS holds
                  FROM credit_dunning_level level
                 WHERE level.policy_id = valued.policy_id
                   AND level.number > valued.reached
                   AND NOT (level.delay_mode = 'due' AND level.delay_days < 0
                            AND valued.days > 0)) AS ahead
             WHERE NOT valued.skip_levels
                OR ahead.level_date <= %(today)s AND (ahead.holds OR %(manual)s)
             ORDER BY CASE WHEN valued.skip_levels THEN -number ELSE number END
             LIMIT 1
            """,
            date=SQL(
                """
                CASE level.delay_mode
                WHEN 'previous' THEN coalesce(valued.sent_on, valued.due)
                                     + level.delay_days
                WHEN 'due_eom' THEN (date_trunc('month', valued.due + level.delay_days)
                                     + interval '1 month - 1 day')::date
                ELSE valued.due + level.delay_days END
                """
            ),
            holds=self._holds_sql(),
            today=scope.today,
            manual=manual,
        )

    def _holds_sql(self) -> SQL:
        """Do the thresholds of ``level`` hold for ``valued``; those of 0 are none."""
        tests = {
            "min_overdue_days": SQL("valued.days"),
            "min_item": SQL("valued.net * valued.rate"),
            "min_total": SQL("valued.total * valued.rate"),
        }
        missed, met, unset = [], [], []
        for name, measured in tests.items():
            column = SQL("coalesce(level.%s, 0)", SQL.identifier(name))
            measured = SQL("coalesce(%s, 0)", measured)
            missed.append(SQL("(%s > 0 AND %s < %s)", column, measured, column))
            met.append(SQL("(%s > 0 AND %s >= %s)", column, measured, column))
            unset.append(SQL("%s = 0", column))
        return SQL(
            """
            CASE WHEN level.threshold_mode = 'any'
                 THEN (%(unset)s) OR %(met)s ELSE NOT (%(missed)s) END
            """,
            unset=SQL(" AND ").join(unset),
            met=SQL(" OR ").join(met),
            missed=SQL(" OR ").join(missed),
        )
