"""What the questions have in common: whom they are about, and what peers answer.

The databases of all sides are copies of one ledger, so a customer or order found by
his data is the same one everywhere.
"""


def everybody(env):
    """All customers of the ledger."""
    return env["res.partner"].search([("ref", "=like", "BENCH%")], order="id")


def heaviest(env):
    """The customer with 3,000 invoices."""
    return env["res.partner"].search([("ref", "=", "BENCH0")])


def typical(env):
    """The customer with the median number of open items among those who have a
    quotation."""
    env.cr.execute(
        """
        SELECT sale.partner_id, count(line.id) FILTER (
                   WHERE line.amount_residual != 0 AND line.parent_state = 'posted'
                     AND account.account_type = 'asset_receivable')
          FROM sale_order sale
          LEFT JOIN account_move_line line ON line.partner_id = sale.partner_id
          LEFT JOIN account_account account ON account.id = line.account_id
         WHERE sale.state = 'draft' AND sale.name LIKE 'S00%'
         GROUP BY sale.partner_id ORDER BY 2, 1
        """
    )
    found = [partner_id for partner_id, _count in env.cr.fetchall()]
    return env["res.partner"].browse(found[len(found) // 2])


def page(env):
    """A list page of 80 customers, spread over all: one of them is the heaviest."""
    partners = everybody(env)
    return partners.browse(partners.ids[:: max(1, len(partners) // 80)][:80])


def quotations(env, partners):
    """One quotation for each customer."""
    orders = env["sale.order"].search(
        [("partner_id", "in", partners.ids), ("state", "=", "draft")], order="id"
    )
    first = {}
    for order in orders:
        first.setdefault(order.partner_id.id, order.id)
    return orders.browse(first[partner.id] for partner in partners)


def keys(env, partners) -> dict:
    """Customers as our services take them: ``{(partner id, root id): currency}``."""
    company = env.company.root_id
    return {(partner.id, company.id): company.currency_id for partner in partners}


def measure_exposure(env, partners):
    """Our exposure of some customers, all parts."""
    wanted = keys(env, partners)
    return lambda: env["credit.exposure"]._get_customer_exposures(wanted)


def native_exposure(env, partners):
    """Odoo's two figures: receivables, and orders to be invoiced. They leave out
    drafts, and count down payments twice."""

    def todo():
        # in the cache only: a write would empty every other cache as well
        company = env.company
        company._fields["account_use_credit_limit"]._update_cache(company, True)
        return [
            partner.credit + partner.credit_to_invoice > partner.credit_limit
            for partner in partners
        ]

    return todo


def oca_exposure(env, partners):
    """account_financial_risk with sale_financial_risk: the total of all buckets."""
    return lambda: partners.mapped("risk_total")


def form_specification(record) -> dict:
    """The fields that the web client asks for when it opens the record's form."""
    from odoo.tests.form import Form

    return Form(record)._view["fields_spec"]


def as_sent(value):
    """A value of a form as the web client sends it back."""
    if isinstance(value, dict):
        return value.get("id", False)
    return value
