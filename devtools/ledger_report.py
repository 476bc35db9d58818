"""What the credit files say about a loaded ledger, beside what the file itself says."""

from ledger import Invoice, sum_up

from odoo import fields
from odoo.tools import SQL

#: Differences below this are rounding.
CENT = 0.005


def print_report(books, invoices: list[Invoice], partners: dict, top: int) -> None:
    """Top customers, then totals of the books and of the file side by side."""
    env, company = books.env, books.company
    today = fields.Date.today()
    everybody, _each = sum_up(invoices, today, company.credit_overdue_grace_days)
    keys = {
        (partner.id, company.id): company.currency_id for partner in partners.values()
    }
    exposures = env["credit.exposure"]._get_customer_exposures(keys)
    late = _get_days_late(env, [one.number for one in invoices], company, today)
    _print_top(books, partners, exposures, late, top)
    measured = list(exposures.values())
    amount = sum(weight for weight, _days in late.values())
    books_say = (
        sum(one.receivables for one in measured),
        sum(one.overdue for one in measured),
        sum(days for _weight, days in late.values()) / amount if amount else 0.0,
    )
    file_says = (everybody.open, everybody.overdue, everybody.days_late)
    print(f"\n{'totals on ' + str(today):<28}{'credit files':>16}{'the CSV':>16}")
    labels = ("open receivables", "overdue", "days late, weighted")
    for label, ours, theirs in zip(labels, books_say, file_says, strict=True):
        differs = abs(ours - float(theirs))
        note = "equal" if differs < CENT else f"differs by {differs:,.2f}"
        print(f"{label:<28}{ours:>16,.2f}{float(theirs):>16,.2f}  {note}")
    print(f"{everybody.invoices:,} invoices over {everybody.amount:,.2f} in all")
    print(
        "A difference comes from other documents of these customers, or from payments "
        "that were entered or taken off by hand."
    )


def _print_top(books, partners, exposures, late, top):
    """The customers with the largest exposure."""
    company = books.company
    by_exposure = sorted(
        partners.values(),
        key=lambda one: exposures[one.id, company.id].total,
        reverse=True,
    )[:top]
    keys = [(partner.id, company.id) for partner in by_exposure]
    limits = books.env["credit.file"]._get_limit_facts(keys)
    print(
        f"{'customer':<24}{'limit':>12}{'exposure':>12}{'overdue':>12}"
        f"{'oldest':>8}{'days late':>11}"
    )
    for partner, key in zip(by_exposure, keys, strict=True):
        exposure, limit = exposures[key], limits[key][0].effective_limit
        weight, days = late.get(partner.id, (0.0, 0.0))
        print(
            f"{partner.name[:23]:<24}"
            f"{'-' if limit is None else format(limit, ',.2f'):>12}"
            f"{exposure.total:>12,.2f}{exposure.overdue:>12,.2f}"
            f"{exposure.overdue_days:>8}{days / weight if weight else 0.0:>11.1f}"
        )


def _get_days_late(env, numbers, company, today):
    """``{customer: (Σ amount, Σ amount × days from due to paid)}`` from the books.

    What is open counts to today. One query over the invoices with these numbers.
    """
    env.flush_all()
    rows = env.execute_query(
        SQL(
            """
            SELECT move.commercial_partner_id,
                   sum(line.balance),
                   sum(line.amount_residual * (%(today)s - line.date_maturity)
                       + COALESCE(paid.amount_days, 0))
              FROM account_move move
              JOIN account_move_line line ON line.move_id = move.id
              JOIN account_account account ON account.id = line.account_id
              LEFT JOIN LATERAL (
                   SELECT sum(partial.amount * (partial.max_date - line.date_maturity))
                          AS amount_days
                     FROM account_partial_reconcile partial
                    WHERE partial.debit_move_id = line.id) paid ON TRUE
             WHERE move.company_id = %(company)s
               AND move.move_type = 'out_invoice'
               AND move.state = 'posted'
               AND move.name IN %(numbers)s
               AND account.account_type = 'asset_receivable'
             GROUP BY move.commercial_partner_id
            """,
            today=today,
            company=company.id,
            numbers=tuple(numbers),
        )
    )
    return {
        partner_id: (float(weight), float(days)) for partner_id, weight, days in rows
    }
