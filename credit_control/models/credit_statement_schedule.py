"""Who gets a statement by schedule: the grade says how often, the file may say no."""

from odoo import fields, models

from .credit_statement import KINDS


class CreditGrade(models.Model):
    _inherit = "credit.grade"

    statement_months = fields.Integer(
        string="Statement Every (months)",
        help="Customers of this grade get a statement of account by e-mail at the "
        "beginning of every n-th month. 0: none.",
    )
    statement_kind = fields.Selection(
        KINDS, string="Statement Shows", default="open", required=True
    )

    _statement_months_positive = models.Constraint(
        "CHECK (statement_months >= 0)",
        "The months between two statements cannot be negative. 0 means none.",
    )


class CreditFile(models.Model):
    _inherit = "credit.file"

    no_statement = fields.Boolean(
        string="No Statements by Schedule",
        tracking=True,
        help="The customer does not want the statements that his grade foresees.",
    )


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_statement_month = fields.Date(
        string="Statements Queued For", readonly=True, copy=False
    )
