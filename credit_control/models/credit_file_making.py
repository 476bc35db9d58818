"""Files for customers who have none yet, where a company wants one for each."""

from psycopg2 import OperationalError
from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.tools import SQL

#: Files made and committed together.
BATCH = 200


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_file_auto = fields.Boolean(
        "A Credit File for Every Customer",
        help="Before customers are scored and early warning looks at them, who owes "
        "something or has an order that is not invoiced gets a credit file. It takes "
        "over the credit limit of the contact, and grants nothing else.",
    )


class CreditSettingsMixin(models.AbstractModel):
    _inherit = "credit.settings.mixin"

    credit_file_auto = fields.Boolean(
        related="credit_root_company_id.credit_file_auto", readonly=False
    )


class CreditFile(models.Model):
    _inherit = "credit.file"

    @api.model
    def _make_missing(self):
        """Make the files that are missing, in batches that commit; the next run goes on
        where this one was stopped."""
        companies = self.env["res.company"].search(
            [("parent_id", "=", False), ("credit_file_auto", "=", True)]
        )
        for company in companies:
            while batch := self._get_customers_without(company):
                try:
                    with self.env.cr.savepoint():
                        self.create(
                            [
                                {"partner_id": partner_id, "company_id": company.id}
                                for partner_id in batch
                            ]
                        )
                except (OperationalError, UniqueViolation):
                    # somebody makes one of them at this moment: the next run
                    self.env.cr.rollback()
                    self.env.invalidate_all()
                    break
                if not self.env["ir.cron"]._commit_progress():
                    return

    @api.model
    def _get_customers_without(self, company):
        """Ids of customers who owe or have ordered something and have no file."""
        for model in ("account.move.line", "sale.order", "res.partner", "credit.file"):
            self.env[model].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner.id
                  FROM (SELECT DISTINCT contact.commercial_partner_id AS id
                          FROM account_move_line line
                          JOIN account_account account ON account.id = line.account_id
                          JOIN res_partner contact ON contact.id = line.partner_id
                         WHERE line.company_id = ANY(%(companies)s)
                           AND line.parent_state = 'posted'
                           AND account.account_type = 'asset_receivable'
                           AND line.amount_residual <> 0
                         UNION
                        SELECT contact.commercial_partner_id
                          FROM sale_order sale
                          JOIN res_partner contact
                            ON contact.id = sale.partner_invoice_id
                         WHERE sale.company_id = ANY(%(companies)s)
                           AND sale.state = 'sale'
                           AND sale.invoice_status <> 'invoiced') AS owing
                  JOIN res_partner partner ON partner.id = owing.id AND partner.active
                 WHERE NOT EXISTS (SELECT FROM credit_file file
                                    WHERE file.partner_id = partner.id
                                      AND file.company_id = %(company)s)
                 ORDER BY partner.id
                 LIMIT %(limit)s
                """,
                companies=self.env["res.company"]
                .search([("id", "child_of", company.id)])
                .ids,
                company=company.id,
                limit=BATCH,
            )
        )
        return [partner_id for (partner_id,) in rows]
