"""How much a customer owes us today: the arithmetic of exposure.

``Exposure`` is the sum of its parts, each in the limit's currency and each rounded
once by the service that measured it. ``PARTS`` is the order they are shown in. The
order functions say what a sales order still adds; ``credit.exposure`` does the same
in SQL for many orders at once, and a property test holds the two together.

>>> owed = Exposure(not_due=500.0, overdue=300.0, credits=100.0, overdue_days=12)
>>> owed.receivables, owed.total, owed.overdue_share_pct
(800.0, 700.0, 37)

An order of 1,000 of which 300 were billed in advance still adds 700:

>>> unbilled([OrderLine(10, taxed_total=1000.0)], 1000.0, down_payments=300)
700.0
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from math import floor, fsum

PARTS = ("not_due", "overdue", "orders", "drafts", "notes", "credits", "in_transit")
ALL = frozenset(PARTS)
DEDUCTIONS = frozenset({"credits", "in_transit"})

# Quantities are kept with up to six decimals; what is smaller is a conversion's dust.
QUANTITY_DUST = 0.000001


def sign(part: str) -> int:
    """+1 for what the customer owes, -1 for what he has paid or will get back.

    >>> [sign(part) for part in PARTS]
    [1, 1, 1, 1, 1, -1, -1]
    """
    return -1 if part in DEDUCTIONS else 1


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a customer owes, by part. Amounts are magnitudes in the limit's currency.

    not_due, overdue  open receivables, per instalment; overdue after the grace days
    credits           unapplied payments and credit notes (deducted)
    orders            confirmed orders, taxed, not billed yet
    drafts            draft invoices that come from no order
    notes             notes receivable until they are cash
    in_transit        payments on their way that the books do not have (deducted)
    overdue_days      days past due of the oldest overdue item, without grace
    included          the parts that count; the others are measured and only shown
    """

    # in the order of PARTS: the service that measures gives them by position
    not_due: float = 0.0
    overdue: float = 0.0
    orders: float = 0.0
    drafts: float = 0.0
    notes: float = 0.0
    credits: float = 0.0
    in_transit: float = 0.0
    overdue_days: int = 0
    overdue_count: int = 0
    included: frozenset[str] = ALL

    @property
    def receivables(self) -> float:
        return fsum((self.not_due, self.overdue))

    @property
    def total(self) -> float:
        """The parts that count, deductions taken off.

        >>> Exposure(orders=50.0, in_transit=20.0, drafts=9.0,
        ...          included=ALL - {"drafts"}).total
        30.0
        """
        return fsum(sign(p) * getattr(self, p) for p in self.included)

    @property
    def overdue_share_pct(self) -> int:
        """Overdue in whole percent of the open receivables, rounded down.

        >>> Exposure(overdue=29.0, not_due=71.0).overdue_share_pct
        29
        >>> Exposure().overdue_share_pct
        0
        """
        if self.receivables <= 0:
            return 0
        # 0.29 * 100 is 28.999… in binary: lift it before cutting off
        return floor(100 * self.overdue / self.receivables + 1e-9)


@dataclass(frozen=True, slots=True)
class OpenItem:
    """One open instalment of a customer (``id`` of the journal item).

    residual  in the limit's currency, above zero
    days      days past due without grace; 0 before the due date
    level     highest dunning level it has reached; 0 = none
    consequence  the strictest one of the levels it has reached, see tools.dunning
    """

    id: int
    name: str
    due: date
    residual: float
    overdue: bool
    days: int
    level: int = 0
    consequence: str = "none"


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A line of goods or services of an order; quantities in the line's unit.

    billed       quantity on posted invoices, see ``billed_quantity``
    taxed_total  taxed price of the ordered quantity, negative for a discount
    taxed_unit   taxed price of one unit; only needed when nothing is ordered
    """

    ordered: float
    delivered: float = 0.0
    billed: float = 0.0
    taxed_total: float = 0.0
    taxed_unit: float = 0.0

    @property
    def remaining(self) -> float:
        """Quantity that will still be billed: the larger of ordered and delivered,
        less what is billed; never past zero, for returns in the other direction.

        >>> OrderLine(10, delivered=4, billed=4).remaining
        6
        >>> OrderLine(10, delivered=12, billed=10).remaining
        2
        >>> OrderLine(-3, billed=-1).remaining, OrderLine(5, billed=8).remaining
        (-2, 0.0)
        """
        if self.ordered < 0:
            left = min(self.ordered, self.delivered) - self.billed
            return left if left < -QUANTITY_DUST else 0.0
        left = max(self.ordered, self.delivered) - self.billed
        return left if left > QUANTITY_DUST else 0.0

    @property
    def value(self) -> float:
        """Taxed price of what remains.

        >>> OrderLine(3, billed=1, taxed_total=100).value
        66.66666666666667
        >>> OrderLine(0, delivered=2, taxed_unit=11.9).value
        23.8
        """
        if self.ordered:
            return self.taxed_total * self.remaining / self.ordered
        return self.taxed_unit * self.remaining


def billed_quantity(ordered: float, moves: Iterable[float]) -> float:
    """Quantity billed, from the signed quantities of the posted invoices in order.

    Invoices count plus, credit notes minus, and the highest level ever reached is
    what counts: a credit note does not put goods back on the order (they are not
    going to be delivered again), and the invoice that replaces a credited one is not
    counted a second time.

    >>> billed_quantity(10, [10, -10]), billed_quantity(10, [4, -4, 4, 2])
    (10.0, 6.0)
    >>> billed_quantity(-3, [-1, -2])
    -3.0
    """
    level = peak = 0.0
    for quantity in moves:
        level += quantity
        peak = min(peak, level) if ordered < 0 else max(peak, level)
    return peak


def unbilled(
    lines: Iterable[OrderLine], order_total: float, down_payments: float = 0.0
) -> float:
    """What an order still adds to the exposure, taxed, in its own currency.

    ``down_payments`` are the posted ones less refunds and less what final invoices
    deducted already: they sit in the receivables or are paid. An order of which
    nothing is billed is worth its own total, so that the rounding of taxes per order
    or per line makes no difference of a cent.

    >>> unbilled([OrderLine(10, billed=10, taxed_total=1000)], 1000, 300)
    0.0
    """
    lines = list(lines)
    whole = all(line.remaining == line.ordered for line in lines)
    goods = order_total if whole else fsum(line.value for line in lines)
    return max(0.0, goods - down_payments)
