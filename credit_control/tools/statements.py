"""What the figures of a financial statement say: ratios, trends, plausibility.

A figure that is missing is None and makes every ratio that needs it None: no ratio is
ever computed from a zero that nobody wrote. Percentages are 0–100.

>>> year = Statement(total_assets=1000, current_assets=600, total_liabilities=400,
...     current_liabilities=300, net_worth=600, revenue=2400, profit=120,
...     operating_cash_flow=150, receivables=200)
>>> found = ratios(year)
>>> found["debt_ratio_pct"], found["current_ratio"], found["receivables_days"]
(40.0, 2.0, 30.4)
>>> ratios(Statement(total_assets=1000))["debt_ratio_pct"] is None
True
>>> [check.code for check in checks(year)]
[]
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Statement:
    """The figures of one fiscal year, in one currency; None where none was given."""

    total_assets: float | None = None
    current_assets: float | None = None
    intangible_assets: float | None = None
    total_liabilities: float | None = None
    current_liabilities: float | None = None
    net_worth: float | None = None
    revenue: float | None = None
    profit: float | None = None
    operating_cash_flow: float | None = None
    receivables: float | None = None
    bank_credit_line: float | None = None
    months: int = 12

    def yearly(self, amount: float | None) -> float | None:
        """A flow of the period as a flow of twelve months.

        >>> Statement(months=6).yearly(50.0)
        100.0
        """
        return amount * 12 / self.months if amount is not None else None


AMOUNTS = tuple(field.name for field in fields(Statement) if field.name != "months")
#: What a loss or a debt may turn negative; all other amounts are zero or more.
SIGNED = frozenset({"net_worth", "profit", "operating_cash_flow"})


def divide(above: float | None, below: float | None, times: float = 1) -> float | None:
    """``above`` ÷ ``below`` × ``times``; None where that says nothing.

    >>> divide(1, 0) is None, divide(None, 4) is None, divide(0, 4), divide(1, -4)
    (True, True, 0.0, None)
    """
    if above is None or below is None or below <= 0:
        return None
    return above / below * times


def minus(whole: float | None, part: float | None) -> float | None:
    return None if whole is None or part is None else whole - part


class Ratio(NamedTuple):
    """How a ratio is made, and which way is good (1 more, -1 less)."""

    formula: Callable[[Statement], float | None]
    good: int
    digits: int = 2


# Sources: K. G. Palepu, P. M. Healy, "Business Analysis and Valuation", ch. 5 (ratio
# analysis); debt ratio, current ratio, receivables turnover and cash flow to current
# liabilities are also 资产负债率, 流动比率, 应收账款周转率 and 现金流动负债比率 of the
# yearly standard values of enterprise performance (SASAC, 企业绩效评价标准值).
RATIOS: dict[str, Ratio] = {
    # liabilities ÷ assets
    "debt_ratio_pct": Ratio(
        lambda s: divide(s.total_liabilities, s.total_assets, 100), -1, 1
    ),
    # current assets ÷ current liabilities
    "current_ratio": Ratio(
        lambda s: divide(s.current_assets, s.current_liabilities), 1
    ),
    # revenue of a year ÷ receivables at its end: the year before is often unknown, and
    # a mean would make years incomparable
    "receivables_turnover": Ratio(
        lambda s: divide(s.yearly(s.revenue), s.receivables), 1
    ),
    # 365 ÷ receivables turnover
    "receivables_days": Ratio(
        lambda s: divide(s.receivables, s.yearly(s.revenue), 365), -1, 1
    ),
    # profit ÷ revenue
    "net_margin_pct": Ratio(lambda s: divide(s.profit, s.revenue, 100), 1, 1),
    # operating cash flow of a year ÷ current liabilities
    "cash_cover": Ratio(
        lambda s: divide(s.yearly(s.operating_cash_flow), s.current_liabilities), 1
    ),
    # net worth − intangible assets, the base of limit proposals
    "tangible_net_worth": Ratio(lambda s: minus(s.net_worth, s.intangible_assets), 1),
}


def ratios(statement: Statement) -> dict[str, float | None]:
    """Every ratio of ``RATIOS``, rounded to its digits; None where a figure lacks."""
    found = {}
    for name, ratio in RATIOS.items():
        value = ratio.formula(statement)
        found[name] = None if value is None else round(value, ratio.digits)
    return found


def trend(
    name: str, now: float | None, before: float | None, tolerance_pct: float = 1.0
) -> str | None:
    """Is a ratio better or worse than the year before? None where one is missing.

    >>> trend("debt_ratio_pct", 45.0, 40.0), trend("current_ratio", 1.5, 1.2)
    ('worse', 'better')
    >>> trend("current_ratio", 1.201, 1.2), trend("current_ratio", 1.2, None)
    ('same', None)
    """
    if now is None or before is None:
        return None
    change = now - before
    if abs(change) <= abs(before) * tolerance_pct / 100:
        return "same"
    return "better" if change * RATIOS[name].good > 0 else "worse"


class Check(NamedTuple):
    """Something in the figures that cannot be right. ``code`` names its text,
    ``figures`` are what the text says; ``names`` are the amounts concerned."""

    code: str
    names: tuple[str, ...]
    figures: dict[str, float]


#: The second contains the first.
PARTS = (
    ("current_assets", "total_assets"),
    ("intangible_assets", "total_assets"),
    ("receivables", "current_assets"),
    ("current_liabilities", "total_liabilities"),
)
#: So many times the year before: thousands were mixed up with units.
UNIT_FACTOR = 50


def checks(
    statement: Statement, before: Statement | None = None, tolerance_pct: float = 1.0
) -> list[Check]:
    """What to look at again before anybody relies on these figures.

    >>> wrong = Statement(total_assets=100, total_liabilities=130, net_worth=30)
    >>> checks(wrong)[0].code
    'sign'
    >>> wrong = Statement(total_assets=100, total_liabilities=50, net_worth=30)
    >>> checks(wrong)[0].code, checks(wrong)[0].figures["difference"]
    ('balance', 20)
    >>> checks(Statement(total_assets=100, current_assets=-5))[0].code
    'negative'
    """
    found = _negatives(statement) or _balance(statement, tolerance_pct)
    for part, whole in PARTS:
        share, total = getattr(statement, part), getattr(statement, whole)
        if share is not None and total is not None and share > total >= 0:
            figures = {"part": share, "whole": total}
            found.append(Check("part", (part, whole), figures))
    profit, revenue = statement.profit, statement.revenue
    if profit is not None and revenue is not None and 0 <= revenue < profit:
        figures = {"part": profit, "whole": revenue}
        found.append(Check("profit", ("profit", "revenue"), figures))
    return found + (_units(statement, before) if before else [])


def _negatives(statement: Statement) -> list[Check]:
    return [
        Check("negative", (name,), {"value": value})
        for name in AMOUNTS
        if name not in SIGNED
        and (value := getattr(statement, name)) is not None
        and value < 0
    ]


def _balance(statement: Statement, tolerance_pct: float) -> list[Check]:
    """Assets = liabilities + net worth; a net worth of the wrong sign is said so."""
    assets, owed = statement.total_assets, statement.total_liabilities
    own = statement.net_worth
    if assets is None or owed is None or own is None:
        return []
    allowed = abs(assets) * tolerance_pct / 100
    names = ("total_assets", "total_liabilities", "net_worth")
    figures = {
        "assets": assets,
        "liabilities": owed,
        "net_worth": own,
        "difference": assets - owed - own,
    }
    if abs(assets - owed - own) <= allowed:
        return []
    wrong_sign = abs(assets - owed + own) <= allowed
    return [Check("sign" if wrong_sign else "balance", names, figures)]


def _units(statement: Statement, before: Statement) -> list[Check]:
    """Thousands in one year and units in the other."""
    found = []
    for name in ("total_assets", "revenue"):
        now, then = getattr(statement, name), getattr(before, name)
        if now and then and not 1 / UNIT_FACTOR < now / then < UNIT_FACTOR:
            found.append(Check("unit", (name,), {"now": now, "before": then}))
    return found
