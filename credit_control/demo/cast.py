"""Who buys at the demo company, and how they pay."""

from typing import NamedTuple


class Trader(NamedTuple):
    """A customer's habits.

    :param yearly: invoices a year over the last two years
    :param amount: what an invoice is over, on average
    :param days: payment terms
    :param late: days from due to paid, on average; ``spread`` is their deviation
    :param use_pct: how much of his limit he uses; 0 where the limit is made otherwise
    :param last: days since the last invoice, 3 while he still buys
    """

    ref: str
    grade: str
    yearly: int
    amount: int
    days: int
    late: int
    spread: int
    use_pct: int
    last: int = 3


TRADERS = [
    Trader("C001", "A", 8, 19_000, 60, -6, 4, 0),
    Trader("C002", "A", 6, 14_000, 60, -3, 5, 61),
    Trader("C003", "A", 8, 26_000, 60, -4, 4, 48),
    Trader("C004", "A", 6, 16_000, 45, -2, 4, 66),
    Trader("C005", "A", 6, 12_000, 60, 0, 5, 72),
    Trader("C006", "A", 6, 17_000, 45, -5, 3, 84),
    Trader("C007", "A", 6, 9_000, 45, -3, 4, 39),
    Trader("C008", "B", 6, 7_500, 45, 2, 6, 58),
    Trader("C009", "B", 8, 11_000, 45, 3, 5, 93),
    Trader("C010", "B", 6, 6_500, 30, 2, 6, 55),
    Trader("C011", "B", 6, 8_000, 30, 1, 5, 64),
    Trader("C012", "B", 6, 9_500, 45, 4, 6, 70),
    Trader("C013", "B", 6, 5_500, 30, 0, 6, 80),
    Trader("C014", "B", 6, 8_500, 30, 3, 5, 62),
    Trader("C015", "B", 6, 6_000, 45, 5, 6, 94),
    Trader("C016", "B", 6, 15_000, 45, 2, 5, 51),
    Trader("C017", "B", 6, 7_000, 30, 1, 5, 68),
    Trader("C018", "B", 6, 7_800, 30, 4, 5, 45),
    Trader("C019", "C", 6, 4_200, 30, 9, 9, 60),
    Trader("C020", "C", 8, 6_800, 30, 14, 9, 116),
    Trader("C021", "C", 6, 5_600, 30, 18, 8, 86),
    Trader("C022", "C", 6, 6_200, 30, 12, 9, 88),
    Trader("C023", "C", 6, 4_800, 30, 10, 8, 91),
    Trader("C024", "C", 6, 2_600, 30, 8, 8, 0),
    Trader("C025", "C", 6, 5_100, 30, 11, 9, 77),
    Trader("C026", "C", 6, 3_900, 30, 13, 8, 69),
    Trader("C027", "C", 6, 5_300, 30, 15, 10, 95),
    Trader("C028", "C", 6, 1_900, 15, 6, 8, 0),
    Trader("C029", "C", 6, 3_400, 30, 10, 9, 57),
    Trader("C030", "D", 7, 5_200, 14, 30, 14, 63),
    Trader("C031", "D", 7, 4_700, 14, 26, 12, 0),
    Trader("C032", "D", 7, 4_400, 14, 66, 16, 79),
    Trader("C033", "D", 7, 3_600, 14, 35, 15, 85),
    Trader("C034", "D", 7, 2_800, 14, 42, 15, 84),
    Trader("C035", "D", 7, 3_100, 14, 38, 14, 73),
    Trader("C036", "D", 7, 4_000, 14, 33, 12, 81),
    Trader("C037", "E", 5, 6_400, 14, 150, 40, 140, last=95),
    Trader("C038", "E", 3, 2_500, 14, 90, 30, 0, last=70),
    Trader("C039", "E", 4, 2_200, 14, 60, 20, 0, last=430),
    Trader("C042", "", 6, 700, 15, 0, 3, 0),
]
#: These buy and pay in the foreign currency.
ABROAD = frozenset("C004 C007 C011 C015 C018 C022 C025 C029 C033 C036".split())
#: Customers of the second salesperson; the first one has the others.
SECOND_SELLER = frozenset(
    "C003 C006 C009 C010 C013 C016 C020 C023 C026 C028 C030 C031 C034 C037".split()
)
#: Sister companies that share a ceiling.
GROUPS = {
    "澜山河集团 (Lanshanhe Group)": ("C002", "C008", "C019"),
    "Twin Elms Holding": ("C030", "C031"),
}
PROSPECTS = ("C040", "C041")
STATES = {"C021": "watch", "C037": "stop", "C039": "closed"} | dict.fromkeys(
    PROSPECTS, "prospect"
)
#: Payment terms by their days.
TERMS = {
    14: "credit_control.demo_term_14",
    15: "account.account_payment_term_15days",
    30: "account.account_payment_term_30days",
    45: "account.account_payment_term_45days",
    60: "credit_control.demo_term_60",
}
#: Longest payment terms agreed with these customers; others have those of the grade.
GRANTED_DAYS = {"C003": 60, "C009": 45, "C014": 30, "C020": 30}

MANAGEMENT = {
    "C003": ("large", "Plant engineering, water and steam", "M. Halden (CEO)"),
    "C009": ("medium", "Process lines for breweries and dairies", "J. Copperfield"),
    "C012": ("medium", "化工泵阀成套设备", "总经理 周晴川"),
    "C020": ("small", "Plumbing wholesale, three branches", "Rick Rustford (owner)"),
    "C032": ("small", "水产养殖设备", "法定代表人 陈浅"),
    "C037": ("small", "House building", "H. Creek (owner)"),
    "C041": ("medium", "储能与热管理系统", "总经理 启帆"),
}
REMARKS = {
    "C001": "Pays from the public budget: slow in January, never lost.",
    "C010": "New balance sheet promised for the renewal of the limit.",
    "C020": "Third branch opened in spring; wants a higher limit. Pays in parts.",
    "C021": "Two payments late by three weeks since the change of the buyer.",
    "C032": "Season ends in October. Promises, then pays half.",
    "C037": "No answer since the last invoice. Deliveries stopped.",
    "C038": "Prepayment only after the court case of last year.",
    "C041": "Application under way: bank reference still missing.",
}
