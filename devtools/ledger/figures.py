"""What the file itself says, reckoned without Odoo: to compare the books with."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal

from .reading import Invoice

#: A proposed limit leaves so much room above the highest balance …
LIMIT_FACTOR = Decimal("1.2")
#: … and is rounded up to a multiple of this.
LIMIT_STEP = 10


@dataclass(slots=True)
class Figures:
    """One customer's, or everybody's, figures on a day."""

    invoices: int = 0
    open: Decimal = Decimal(0)
    overdue: Decimal = Decimal(0)
    overdue_days: int = 0
    highest: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)
    amount_days: Decimal = Decimal(0)

    @property
    def days_late(self) -> float:
        """Weighted days late, Σ(amount × days from due to paid) ÷ Σ amount; what is
        open counts to today; early is negative (signed)."""
        return float(self.amount_days / self.amount) if self.amount else 0.0

    def add(self, invoice: Invoice, today: date, grace_days: int):
        """Count one invoice."""
        self.invoices += 1
        self.amount += invoice.amount
        days = ((invoice.settled or today) - invoice.due).days
        self.amount_days += invoice.amount * days
        if invoice.settled:
            return
        self.open += invoice.amount
        if days > grace_days:
            self.overdue += invoice.amount
            self.overdue_days = max(self.overdue_days, days)


def known_at(invoices: list[Invoice], as_of: date | None) -> list[Invoice]:
    """What was known on the evening of ``as_of``: invoices issued and money received
    up to that day. Everything when there is no such day."""
    if as_of is None:
        return list(invoices)
    return [
        replace(invoice, settled=None)
        if invoice.settled and invoice.settled > as_of
        else invoice
        for invoice in invoices
        if invoice.invoiced <= as_of
    ]


def last_day(invoices: list[Invoice]) -> date:
    """The last day on which something happened in the ledger."""
    return max(max(i.invoiced, i.settled or i.invoiced) for i in invoices)


def sum_up(
    invoices: list[Invoice], today: date, grace_days: int = 0
) -> tuple[Figures, dict[str, Figures]]:
    """``(everybody, {customer: figures})`` on the day ``today`` of the file."""
    everybody, each = Figures(), defaultdict(Figures)
    for invoice in invoices:
        everybody.add(invoice, today, grace_days)
        each[invoice.customer].add(invoice, today, grace_days)
    for customer, balance in _highest_balances(invoices).items():
        each[customer].highest = balance
    return everybody, dict(each)


def _highest_balances(invoices: list[Invoice]) -> dict[str, Decimal]:
    """The largest amount that each customer owed at the end of a day."""
    moves = defaultdict(lambda: defaultdict(Decimal))
    for invoice in invoices:
        days = moves[invoice.customer]
        days[invoice.invoiced] += invoice.amount
        if invoice.settled:
            days[invoice.settled] -= invoice.amount
    highest = {}
    for customer, days in moves.items():
        balance, top = Decimal(0), Decimal(0)
        for day in sorted(days):
            balance += days[day]
            top = max(top, balance)
        highest[customer] = top
    return highest


def limit_for(highest: Decimal) -> int:
    """The plain limit proposed to a customer who owed ``highest`` at most.

    >>> limit_for(Decimal("128.28")), limit_for(Decimal("0"))
    (160, 10)
    """
    steps = (highest * LIMIT_FACTOR / LIMIT_STEP).to_integral_value(ROUND_CEILING)
    return max(LIMIT_STEP, int(steps) * LIMIT_STEP)


def shifted(invoice: Invoice, days: int) -> Invoice:
    """The same invoice so many days later."""
    if not days:
        return invoice
    by = timedelta(days=days)
    return replace(
        invoice,
        invoiced=invoice.invoiced + by,
        due=invoice.due + by,
        settled=invoice.settled and invoice.settled + by,
    )
