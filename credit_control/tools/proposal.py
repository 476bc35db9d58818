"""How much credit a customer may be given: the smallest of several measures.

Each measure (``Term``) keeps its inputs, its formula with the figures in it, and its
result, or the reason why it does not apply, so that a proposal can be checked by hand.
Amounts are in one currency, the one of the limit; the caller converts.

>>> policy = Policy(net_worth_pct=35, turnover_pct=5)
>>> proposal = propose(policy, Inputs(net_worth=80_000, turnover=700_000))
>>> proposal.amount, proposal.decided_by
(28000.0, 'net_worth')
>>> print("\\n".join(proposal.words()))
net_worth: 80,000.00 × 35 % = 28,000.00
turnover: 700,000.00 × 5 % = 35,000.00
monthly_sales: not applicable (no_sales)
agency: not applicable (no_figure)
insurer: not applicable (no_figure)
cap: not applicable (not_set)
increase: not applicable (not_set)
worsening: not applicable (not_set)
rounding: not applicable (not_set)
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

#: The measures of which the smallest counts; then what is done to the result.
MEASURES = ("net_worth", "turnover", "monthly_sales", "agency", "insurer", "cap")
ADJUSTMENTS = ("increase", "worsening", "rounding")
DAYS_OF_MONTH = 30


@dataclass(frozen=True, slots=True)
class Policy:
    """What the company says about proposals; 0 switches a figure off."""

    net_worth_pct: float = 0.0
    turnover_pct: float = 0.0
    cap: float = 0.0
    max_increase_pct: float = 0.0
    worsening_pct: float = 0.0
    step: float = 0.0


@dataclass(frozen=True, slots=True)
class Inputs:
    """What is known about the customer; None: nothing is known.

    ``terms_days`` are the payment terms that he has or asks for, ``grade_factor`` that
    of his grade (1 without grade), ``current`` the limit that was granted before,
    ``worse`` how many ratios of his statements are worse than the year before.
    ``sources`` says where a figure comes from, by its name here.
    """

    net_worth: float | None = None
    turnover: float | None = None
    monthly_sales: float | None = None
    terms_days: int = 0
    grade_factor: float = 1.0
    agency: float | None = None
    insurer: float | None = None
    current: float | None = None
    worse: int = 0
    sources: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Term:
    """One measure: ``amount`` where it applies, else ``why`` says why not.

    ``formula`` has the figures in it and no words, so that it reads the same in every
    language; ``source`` is where the figure comes from.
    """

    code: str
    inputs: Mapping[str, float] = field(default_factory=dict)
    formula: str = ""
    amount: float | None = None
    why: str = ""
    source: str = ""

    @property
    def applies(self) -> bool:
        return self.amount is not None


@dataclass(frozen=True, slots=True)
class Proposal:
    """The proposed limit and how it came about; ``amount`` None: nothing is known
    that a limit could be measured by."""

    amount: float | None
    decided_by: str
    terms: tuple[Term, ...]

    def to_json(self) -> dict:
        """
        >>> proposal = propose(Policy(cap=500), Inputs())
        >>> Proposal.from_json(proposal.to_json()) == proposal
        True
        """
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping) -> "Proposal":
        terms = tuple(Term(**term) for term in data["terms"])
        return cls(data["amount"], data["decided_by"], terms)

    def words(self) -> list[str]:
        """One line per term, in plain text."""
        return [
            f"{term.code}: {term.formula}"
            if term.applies
            else f"{term.code}: not applicable ({term.why})"
            for term in self.terms
        ]


def propose(policy: Policy, inputs: Inputs, digits: int = 2) -> Proposal:
    """The smallest of the measures that apply, not more than the largest automatic
    increase above today's limit, rounded down to the step.

    Source: DOMAIN 2, *Limit proposal*. A limit never rises because a figure is
    missing: a term without figure is left out and says so.

    >>> sales = Inputs(monthly_sales=10_000, terms_days=45, grade_factor=1.2)
    >>> propose(Policy(), sales).amount
    18000.0

    The largest automatic increase holds back, and rounding goes down:

    >>> known = Inputs(insurer=90_000, current=30_000)
    >>> held = propose(Policy(max_increase_pct=25, step=1_000), known)
    >>> held.amount, held.decided_by
    (37000.0, 'increase')

    Ratios that have become worse cost a part of it (DOMAIN, R02):

    >>> worse = Inputs(insurer=90_000, worse=2)
    >>> propose(Policy(worsening_pct=10), worse).terms[-2].formula
    '90,000.00 − 10 % = 81,000.00'

    Without any figure nothing is proposed:

    >>> propose(Policy(net_worth_pct=35), Inputs()).amount is None
    True
    """
    terms = [
        _share("net_worth", inputs.net_worth, policy.net_worth_pct, inputs, digits),
        _share("turnover", inputs.turnover, policy.turnover_pct, inputs, digits),
        _sales(inputs, digits),
        _figure("agency", inputs.agency, inputs),
        _figure("insurer", inputs.insurer, inputs),
        _set("cap", policy.cap),
    ]
    # a cap alone measures nothing: it bounds what was measured
    measured = [term for term in terms if term.applies and term.code != "cap"]
    if not measured:
        rest = [Term(code, why="no_measure") for code in ADJUSTMENTS]
        return Proposal(None, "", (*terms, *rest))
    smallest = min(
        (term for term in terms if term.applies), key=lambda term: term.amount
    )
    amount, decided_by = smallest.amount, smallest.code
    increase = _increase(amount, inputs.current, policy.max_increase_pct, digits)
    if increase.applies:
        amount, decided_by = increase.amount, increase.code
    worsening = _worsening(amount, inputs, policy.worsening_pct, digits)
    if worsening.applies:
        amount, decided_by = worsening.amount, worsening.code
    rounding = _rounding(amount, policy.step, digits)
    if rounding.applies:
        amount = rounding.amount
    return Proposal(amount, decided_by, (*terms, increase, worsening, rounding))


def one_digit(amount: float) -> float:
    """The round number next to ``amount``: a step of 1,000 EUR stays a step that
    people would choose in another currency.

    >>> one_digit(1000.0), one_digit(664.2), one_digit(158300.0), one_digit(0.0)
    (1000.0, 700.0, 200000.0, 0.0)
    """
    return float(f"{amount:.0e}")


def round_down(amount: float, step: float, digits: int = 2) -> float:
    """The next multiple of ``step`` that is not above ``amount``.

    >>> round_down(37_500.0, 1_000), round_down(0.3, 0.1, 1), round_down(7.0, 0)
    (37000.0, 0.3, 7.0)
    """
    if step <= 0:
        return amount
    # half a cent: 0.3 ÷ 0.1 is 2.9999999999999996
    return round(((amount + 10.0**-digits / 2) // step) * step, digits)


def _money(amount: float) -> str:
    return f"{amount:,.2f}"


def _plain(figure: float) -> str:
    """
    >>> _plain(35.0), _plain(1.25)
    ('35', '1.25')
    """
    return f"{figure:.4f}".rstrip("0").rstrip(".")


def _share(code, figure, pct, inputs, digits) -> Term:
    """A percentage of a figure; a negative net worth bears no credit.

    >>> _share("net_worth", -5_000, 35, Inputs(), 2).amount
    0.0
    """
    source = inputs.sources.get(code, "")
    if not pct:
        return Term(code, why="not_set")
    if figure is None:
        return Term(code, why="no_figure", source=source)
    amount = round(max(0.0, figure * pct / 100), digits)
    formula = f"{_money(figure)} × {_plain(pct)} % = {_money(amount)}"
    return Term(code, {code: figure, "pct": pct}, formula, amount, "", source)


def _sales(inputs, digits) -> Term:
    """What he buys in a month, for as long as he takes to pay, weighted by grade."""
    sales, days, factor = (
        inputs.monthly_sales,
        inputs.terms_days,
        inputs.grade_factor,
    )
    source = inputs.sources.get("monthly_sales", "")
    if sales is None or sales <= 0:
        return Term("monthly_sales", why="no_sales", source=source)
    if days <= 0:
        return Term("monthly_sales", why="no_terms", source=source)
    amount = round(sales * days / DAYS_OF_MONTH * factor, digits)
    formula = (
        f"{_money(sales)} × {days} ÷ {DAYS_OF_MONTH} × {_plain(factor)}"
        f" = {_money(amount)}"
    )
    known = {"monthly_sales": sales, "terms_days": days, "grade_factor": factor}
    return Term("monthly_sales", known, formula, amount, "", source)


def _figure(code, figure, inputs) -> Term:
    source = inputs.sources.get(code, "")
    if figure is None:
        return Term(code, why="no_figure", source=source)
    return Term(code, {code: figure}, _money(figure), max(0.0, figure), "", source)


def _set(code, figure) -> Term:
    if not figure:
        return Term(code, why="not_set")
    return Term(code, {code: figure}, _money(figure), figure)


def _increase(amount, current, pct, digits) -> Term:
    """Today's limit plus the largest increase, where the measure goes beyond it."""
    if not pct:
        return Term("increase", why="not_set")
    if not current:
        return Term("increase", why="no_limit_now")
    most = round(current * (1 + pct / 100), digits)
    known = {"current": current, "pct": pct}
    if amount <= most:
        return Term("increase", known, why="within")
    formula = f"{_money(current)} + {_plain(pct)} % = {_money(most)}"
    return Term("increase", known, formula, most)


def _worsening(amount, inputs, pct, digits) -> Term:
    """Less, where ratios are worse than the year before."""
    source = inputs.sources.get("worsening", "")
    if not pct:
        return Term("worsening", why="not_set")
    if not inputs.worse:
        return Term("worsening", why="no_worse", source=source)
    less = round(amount * (1 - pct / 100), digits)
    formula = f"{_money(amount)} − {_plain(pct)} % = {_money(less)}"
    known = {"worse": inputs.worse, "pct": pct}
    return Term("worsening", known, formula, less, "", source)


def _rounding(amount, step, digits) -> Term:
    if not step:
        return Term("rounding", why="not_set")
    rounded = round_down(amount, step, digits)
    formula = f"{_money(amount)} ↓ {_plain(step)} = {_money(rounded)}"
    return Term("rounding", {"step": step}, formula, rounded)
