from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL


class CreditCollectionCost(models.Model):
    """What collecting costs: court fees, lawyer, bailiff, the agency's success fee."""

    _name = "credit.collection.cost"
    _description = "Cost of Collection"
    _order = "case_id, date, id"

    case_id = fields.Many2one(
        "credit.collection.case", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="case_id.company_id")
    case_currency_id = fields.Many2one(
        related="case_id.currency_id", string="Currency of the Case"
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    name = fields.Char("For What", required=True)
    move_id = fields.Many2one(
        "account.move",
        "Vendor Bill",
        index="btree_not_null",
        ondelete="set null",
        domain="[('move_type', 'in', ('in_invoice', 'in_receipt')), "
        "('state', '!=', 'cancel'), ('company_id', 'child_of', company_id)]",
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        compute="_compute_from_bill",
        store=True,
        readonly=False,
        precompute=True,
    )
    amount = fields.Monetary(
        required=True,
        compute="_compute_from_bill",
        store=True,
        readonly=False,
        precompute=True,
        help="Net of taxes that you deduct.",
    )
    is_fee = fields.Boolean(
        "Success Fee",
        help="The agreed percentage, billed: it is not counted twice.",
    )
    payer = fields.Selection(
        [
            ("us", "We"),
            ("customer", "The customer"),
            ("agent", "Lawyer or agency"),
        ],
        "Who Pays",
        default="us",
        required=True,
        help="What the customer is to pay is added to the claim. When he does not, "
        "change it to: We.",
    )
    amount_case = fields.Monetary(
        "In the Case's Currency",
        compute="_compute_amount_case",
        store=True,
        currency_field="case_currency_id",
        help="At the rate of that day.",
    )

    _amount_positive = models.Constraint(
        "CHECK (amount > 0)", "A cost is an amount above zero."
    )

    @api.depends("move_id", "case_id")
    def _compute_from_bill(self):
        """Amount and currency of the bill, to be corrected by a person."""
        for cost in self:
            bill = cost.move_id
            cost.currency_id = (
                bill.currency_id or cost.currency_id or cost.case_id.currency_id
            )
            cost.amount = bill.amount_untaxed if bill else cost.amount

    @api.depends("amount", "currency_id", "date", "case_id")
    def _compute_amount_case(self):
        for cost in self:
            if cost.currency_id and cost.case_id:
                cost.amount_case = cost.currency_id._convert(
                    cost.amount,
                    cost.case_id.currency_id,
                    cost.case_id.company_id,
                    cost.date or fields.Date.today(),
                )
            else:
                cost.amount_case = 0.0

    @api.constrains("move_id", "case_id")
    def _check_bill(self):
        for cost in self.filtered("move_id"):
            bill = cost.sudo().move_id  # sudo: whose bill it is, whoever links it
            if (
                bill.move_type not in ("in_invoice", "in_receipt")
                or bill.company_id.root_id != cost.sudo().case_id.company_id
            ):
                raise ValidationError(
                    self.env._(
                        "%(bill)s is no vendor bill of %(company)s. Choose the bill of "
                        "the lawyer, agency or court.",
                        bill=bill.display_name,
                        company=cost.company_id.name,
                    )
                )

    def write(self, vals):
        """A cost stays with its case."""
        if "case_id" in vals and self.filtered(
            lambda cost: cost.case_id.id != vals["case_id"]
        ):
            raise ValidationError(
                self.env._("A cost stays with its case. Delete it and enter it there.")
            )
        return super().write(vals)

    @api.model
    def _costs_sql(self) -> SQL:
        """One row per case: amount (what we bear), fee (success fees billed to us);
        bills that were cancelled do not count."""
        return SQL(
            """
            SELECT cost.case_id,
                   sum(cost.amount_case) FILTER (WHERE cost.is_fee IS NOT TRUE)
                       AS amount,
                   sum(cost.amount_case) FILTER (WHERE cost.is_fee) AS fee
              FROM credit_collection_cost cost
              LEFT JOIN account_move bill ON bill.id = cost.move_id
             WHERE cost.payer = 'us' AND bill.state IS DISTINCT FROM 'cancel'
             GROUP BY cost.case_id
            """
        )
