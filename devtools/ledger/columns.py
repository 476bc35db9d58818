"""Which column of a ledger holds what, told by its name."""

import re

from .errors import LedgerError

#: Field -> names it goes by, the surest first; spelled as ``_key`` makes them.
SYNONYMS = {
    "number": (
        "invoicenumber invoiceno invoicenr documentnumber documentno docno billno "
        "number reference invoice 发票号码 发票号 单据编号 单据号"
    ),
    "customer": (
        "customerid customercode customernumber customerno clientid clientcode "
        "debtor accountid customer client partner 客户编号 客户代码 客户"
    ),
    "name": "customername clientname partnername companyname name company 客户名称",
    "country": "countrycode country 国家代码 国家",
    "currency": "currencycode currency 币种",
    "invoiced": (
        "invoicedate documentdate issuedate billdate issued date "
        "发票日期 开票日期 交易日期"
    ),
    "due": "duedate maturitydate paymentdue maturity due 到期日期 到期日",
    "amount": "invoiceamount totalamount amount total 发票金额 交易金额 金额",
    "settled": (
        "settleddate settlementdate paiddate paymentdate clearingdate settled paid "
        "收款日期 结清日期 付款日期"
    ),
    "late": "dayslate dayspastdue 逾期天数",
}
REQUIRED = ("number", "customer", "invoiced", "due", "amount")
LABELS = {
    "number": "invoice number",
    "customer": "customer",
    "name": "customer's name",
    "country": "country",
    "currency": "currency",
    "invoiced": "invoice date",
    "due": "due date",
    "amount": "amount",
    "settled": "settled date",
    "late": "days late",
}


def _key(header: str) -> str:
    """A header without case, blanks and marks.

    >>> _key(" Invoice No. "), _key("due_date"), _key("发票 号")
    ('invoiceno', 'duedate', '发票号')
    """
    return re.sub(r"[\W_]+", "", header.casefold())


def map_columns(header: list[str]) -> dict[str, int]:
    """``{field: position}`` of the columns that a ledger needs or may have.

    >>> map_columns(["Customer", "Doc No", "Date", "Due", "Total", "Colour"])
    {'number': 1, 'customer': 0, 'invoiced': 2, 'due': 3, 'amount': 4}

    Of several columns for one field the surest name is taken.

    :raise LedgerError: columns are missing, or two have the same name
    """
    keys = [_key(title) for title in header]
    found = {}
    for field, synonyms in SYNONYMS.items():
        for synonym in synonyms.split():
            if keys.count(synonym) > 1:
                raise LedgerError(
                    f"two columns are called {header[keys.index(synonym)]!r}.",
                    "rename or remove one of them.",
                )
            if synonym in keys:
                found[field] = keys.index(synonym)
                break
    if missing := [field for field in REQUIRED if field not in found]:
        wanted = "\n".join(
            f"  {LABELS[field]}: {', '.join(SYNONYMS[field].split())}"
            for field in missing
        )
        raise LedgerError(
            f"the file has no column for the {_listing(missing)}; "
            f"its columns are {', '.join(header)}.",
            f"name them like this (case and blanks do not matter):\n{wanted}",
        )
    return found


def _listing(fields: list[str]) -> str:
    return ", ".join(LABELS[field] for field in fields)
