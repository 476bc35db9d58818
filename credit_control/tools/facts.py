"""What the rules of the gate are told, and what they answer: plain values.

Money is in the currency named, rounded to its digits by the caller; percentages are
0-100 and named ``_pct``; day counts are whole days.
"""

from dataclasses import dataclass, field
from datetime import date

from .exposure import Exposure
from .limits import LimitFacts

SCOPE_ALL, SCOPE_SEGMENT, SCOPE_CUSTOMER = 0, 1, 2
HOLD, WARN = "hold", "warn"
#: How strict a state of the file is. An analyst may stop a customer, not open him.
STRICTNESS = {"open": 0, "watch": 1, "prospect": 2, "stop": 3, "closed": 4}


def strictest(*states: str) -> str:
    """The strictest of these states; of equal ones the first.

    >>> strictest("watch", "stop", "open"), strictest("open")
    ('stop', 'open')
    """
    return max(states, key=STRICTNESS.__getitem__)


@dataclass(frozen=True, slots=True)
class Rule:
    """One blocking rule, or one exclusion from the blocking rules of its type.

    threshold    unit of the type: percent of the limit, money in the limit's
                 currency, days, percent of receivables, number of orders
    second_pct   overdue_amount only: percent of the limit used that must also hold
    scope        how specific the rule is; the most specific one of a type wins
    strict       limit_used only: the limit must be exceeded, not just reached
    choices      state and grade rules: the values that are hit
    missing_hits limit_expired only: a limit without an end date is hit as well
    release      exclusion only: frees the order whatever other rules say
    """

    id: int
    type: str
    threshold: float = 0.0
    second_pct: float = 0.0
    scope: int = SCOPE_ALL
    action: str = HOLD
    strict: bool = False
    choices: frozenset = frozenset()
    missing_hits: bool = False
    exclusion: bool = False
    release: bool = False


@dataclass(frozen=True, slots=True)
class Customer:
    """What is known of the customer before the order. Money in the limit's currency.

    reserved        orders of the same batch that passed before this one, less what
                    the order itself already has in the exposure (growth check)
    group_used      exposure of the whole credit group, the customer and all that is
                    reserved in the group included
    granted_days, granted_discount_pct   None = nothing was granted, nothing tested
    confirmed_orders  orders confirmed before this one
    dunning_level   highest level that an open item has reached; 0 = none
    state_before    the state without dunning, where dunning made the present one
    broken_promises  within the past year
    days_late       weighted days late, negative when early; None = nothing measured
    deposit_pct     of each order, to be received first; 0 = none was agreed
    at_delivery     goods are about to leave: a level may stop orders only
    """

    limit: LimitFacts
    exposure: Exposure
    today: date
    reserved: float = 0.0
    group_used: float = 0.0
    items: tuple = ()
    state: str = "open"
    grade_id: int | None = None
    granted_days: int | None = None
    granted_discount_pct: float | None = None
    next_review: date | None = None
    confirmed_orders: int = 0
    dunning_level: int = 0
    state_before: str | None = None
    broken_promises: int = 0
    days_late: float | None = None
    deposit_pct: float = 0.0
    at_delivery: bool = False
    insured: bool = False
    digits: int = 2

    @property
    def used(self) -> float:
        return round(self.exposure.total + self.reserved, self.digits)

    @property
    def ceilings(self) -> tuple[tuple[float, float, str], ...]:
        """``(limit, used, 'own'|'group')`` for every ceiling there is."""
        found = []
        if self.limit.own_limit is not None:
            found.append((self.limit.own_limit, self.used, "own"))
        if self.limit.group_limit is not None:
            found.append((self.limit.group_limit, self.group_used, "group"))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Release:
    """A decision in force: the order may go as long as it does not grow beyond it.

    cap in the order's currency; valid_until is the last day.
    """

    cap: float
    valid_until: date | None = None
    terms_days: int = 0
    discount_pct: float = 0.0


@dataclass(frozen=True, slots=True)
class Order:
    """The order under test, in its own currency.

    settled   the part that needs no new credit: prepaid, or billed already
    in_transit  money for this order that is on its way but not booked yet
    received  money received for this order, on invoices or before them; 0 where the
              customer owes no deposit
    rate      from the order's currency to the limit's
    forced    a person holds the order; only a person frees it
    """

    amount: float
    settled: float = 0.0
    in_transit: float = 0.0
    received: float = 0.0
    rate: float = 1.0
    digits: int = 2
    terms_days: int = 0
    discount_pct: float = 0.0
    forced: bool = False
    release: Release | None = None

    @property
    def demand(self) -> float:
        """What the order needs in credit, in its own currency."""
        return max(0.0, round(self.amount - self.settled, self.digits))


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a rule spoke: its code, how hard, and the values it measured."""

    code: str
    severity: str
    values: dict = field(default_factory=dict)
    rule_id: int | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers behind a verdict, in the limit's currency; None = no ceiling."""

    limit: float | None
    used: float
    order: float
    available: float | None
    after: float | None
    used_pct: float | None
    after_pct: float | None
    excess: float


@dataclass(frozen=True, slots=True)
class Ways:
    """What would free a held order; None or empty where there is no such way.

    payment        smallest payment on open items, oldest first (limit's currency)
    invoice_ids    open items whose settlement is enough, none of them needless
    deposit        smallest prepayment of this order (order's currency)
    largest_order  largest amount of this order that passes (order's currency)
    pay_first      nothing less than full prepayment will do
    """

    payment: float | None = None
    deposit: float | None = None
    largest_order: float | None = None
    invoice_ids: tuple[int, ...] = ()
    pay_first: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """outcome: unchecked | free | pass | warn | released | hold."""

    outcome: str
    reasons: tuple[Reason, ...] = ()
    figures: Figures | None = None
    ways: Ways = Ways()
    limit: LimitFacts | None = None  # the limit that it was decided on

    @property
    def held(self) -> bool:
        return self.outcome == HOLD


UNCHECKED = Verdict("unchecked")
