"""Tables of statements and ratings, read into values for ``create``."""

from typing import NamedTuple

from odoo import api, models
from odoo.exceptions import UserError

from ..tools.statements import AMOUNTS
from ..tools.table import Table, TableError, guess_columns, parse_date, parse_number
from .credit_evidence_matcher import Who

#: Model of each kind of table.
KINDS = {"statement": "credit.financial.statement", "rating": "credit.rating"}
#: Who the row is about; the rest are fields of the model.
WHO = ("number", "tax_id", "code", "name")
COLUMNS = {
    "statement": (
        *WHO[1:],
        "period_end",
        "months",
        "currency",
        *AMOUNTS,
        "is_audited",
        "source",
        "note",
    ),
    "rating": (
        *WHO,
        "value",
        "date_from",
        "date_to",
        "pd_pct",
        "recommended_limit",
        "currency",
        "source",
        "note",
    ),
}
NEEDED = {"statement": ("period_end",), "rating": ("value", "date_from")}
#: Further titles by which people know the columns, besides their labels in English and
#: in the user's language.
ALSO = {
    "number": ["Crefonummer", "Agency Number", "机构编号"],
    "tax_id": [
        "VAT",
        "VAT Number",
        "USt-IdNr.",
        "统一社会信用代码",
        "税号",
        "纳税人识别号",
    ],
    "code": ["Customer Number", "Kundennummer", "客户编码", "客户代码"],
    "name": ["Customer Name", "Company", "Firma", "Name", "客户名称", "公司名称"],
    "period_end": ["Balance Sheet Date", "Year End", "报告期", "截止日期"],
    "total_assets": ["Assets", "资产总额", "总资产", "资产总计"],
    "current_assets": ["流动资产", "流动资产合计"],
    "total_liabilities": ["Liabilities", "负债总额", "总负债", "负债合计"],
    "current_liabilities": ["流动负债", "流动负债合计"],
    "net_worth": ["Equity", "净资产", "所有者权益", "所有者权益合计"],
    "intangible_assets": ["无形资产"],
    "revenue": ["Sales", "Turnover", "营业收入", "销售收入"],
    "profit": ["Net Profit", "Net Income", "净利润", "利润"],
    "operating_cash_flow": ["Cash Flow", "经营现金流", "经营活动现金流量净额"],
    "receivables": ["应收账款"],
    "bank_credit_line": ["银行授信额度"],
    "value": ["Score", "Index", "Bonitätsindex", "评级", "评分"],
    "date_from": ["Date", "Rating Date", "Datum", "评级日期"],
    "recommended_limit": ["Credit Limit", "Höchstkredit", "建议信用额度"],
    "currency": ["Currency", "Währung", "币种"],
}
YES = ("1", "x", "yes", "true", "y", "ja", "是", "audited", "已审计")
NO = ("", "0", "no", "false", "n", "nein", "否", "unaudited", "未审计")


class Options(NamedTuple):
    """How texts of the table are read."""

    kind: str
    currency: models.BaseModel
    agency: models.BaseModel
    decimal: str = "."
    day_first: bool | None = None


class Row(NamedTuple):
    """One row: its number in the file, whose it is, values, and what is wrong."""

    number: int
    who: Who
    vals: dict
    errors: list[str]


class CreditEvidenceReader(models.AbstractModel):
    """Reads rows by a mapping ``{column: field}``; cells that cannot be read become
    errors that name row and column. Nothing is written here."""

    _name = "credit.evidence.reader"
    _description = "Reader of Evidence Tables"

    @api.model
    def _say_table_error(self, error: TableError) -> UserError:
        texts = {
            "too_large": self.env._("The file is too large: 20 MB are the most."),
            "old_format": self.env._(
                "This is an old Excel file (XLS). Save it as XLSX or CSV, and choose "
                "it again."
            ),
            "unreadable": self.env._(
                "The file cannot be read. Save it as XLSX or as CSV (UTF-8), and "
                "choose it again."
            ),
            "empty": self.env._(
                "There are no rows. The first row has the titles, each further row "
                "one entry."
            ),
            "too_long": self.env._(
                "There are more than %(most)s rows. Import them in several files.",
                most=error.detail,
            ),
        }
        return UserError(texts[error.code])

    @api.model
    def _get_labels(self, kind) -> dict[str, str]:
        """``{field: title}`` of the columns in the user's language, in their order."""
        own = {
            "number": self.env._("Number at the Agency"),
            "tax_id": self.env._("Tax ID"),
            "code": self.env._("Customer Code"),
            "name": self.env._("Customer"),
            "currency": self.env._("Currency"),
        }
        # the labels of fields are for everybody
        fields_ = self.env[KINDS[kind]].fields_get(None, ["string"])
        return {
            name: own.get(name) or fields_[name]["string"] for name in COLUMNS[kind]
        }

    @api.model
    def _guess(self, kind, header) -> dict[int, str]:
        """``{column: field}`` by the titles; what is not known stays out."""
        english = self.with_context(lang="en_US")._get_labels(kind)
        here = self._get_labels(kind)
        titles = {
            name: [name, english[name], here[name], *ALSO.get(name, ())]
            for name in COLUMNS[kind]
        }
        return guess_columns(header, titles)

    @api.model
    def _check_mapping(self, kind, mapping):
        """:raise UserError: when needed columns are missing or one is there twice"""
        labels = self._get_labels(kind)
        fields_ = list(mapping.values())
        if twice := {name for name in fields_ if fields_.count(name) > 1}:
            raise UserError(
                self.env._(
                    "Two columns are %(field)s. Choose one, and ignore the other.",
                    field=", ".join(labels[name] for name in sorted(twice)),
                )
            )
        if missing := [name for name in NEEDED[kind] if name not in fields_]:
            raise UserError(
                self.env._(
                    "Say which column is %(fields)s.",
                    fields=", ".join(labels[name] for name in missing),
                )
            )
        if not set(fields_) & set(WHO):
            raise UserError(
                self.env._(
                    "Say which column names the customer: tax id, customer code or "
                    "name."
                )
            )

    @api.model
    def _read_rows(self, table: Table, mapping, options: Options) -> list[Row]:
        """Every row of the table with its values and errors."""
        self._check_mapping(options.kind, mapping)
        labels = self._get_labels(options.kind)
        currencies = {
            currency.name: currency for currency in self.env["res.currency"].search([])
        }
        return [
            self._read_row(number, cells, mapping, options, labels, currencies)
            for number, cells in table.rows
        ]

    def _read_row(self, number, cells, mapping, options, labels, currencies) -> Row:
        who, vals, errors = {}, {}, []
        for column, name in mapping.items():
            cell = cells[column]
            if name in WHO:
                who[name] = _text(cell)
                continue
            try:
                value = self._read_cell(name, cell, options, currencies)
            except ValueError as error:
                errors.append(
                    self.env._(
                        "%(field)s: %(problem)s",
                        field=labels[name],
                        problem=self._say_cell_error(name, error),
                    )
                )
                continue
            if value is not None:
                vals["currency_id" if name == "currency" else name] = value
        errors += [
            self.env._("%(field)s is empty.", field=labels[name])
            for name in NEEDED[options.kind]
            if name not in vals and not errors
        ]
        vals.setdefault("currency_id", options.currency.id)
        if options.kind == "rating":
            vals["agency_id"] = options.agency.id
        return Row(number, Who(**who), vals, errors)

    def _read_cell(self, name, cell, options, currencies):
        """The value of a cell; None where it is empty.

        :raise ValueError: with what the cell says
        """
        said = _text(cell)
        if name == "currency":
            return (
                currencies[said.upper()].id
                if said.upper() in currencies
                else (_refuse(said) if said else None)
            )
        if name == "is_audited":
            if said.lower() not in YES + NO:
                _refuse(said)
            return said.lower() in YES
        if name in ("period_end", "date_from", "date_to"):
            return parse_date(cell, options.day_first)
        if name == "months":
            return int(parse_number(cell, options.decimal) or 12)
        if name == "value" and options.kind == "rating":
            if said:
                options.agency._get_scale().parse(said)
            return said or None
        if name in (*AMOUNTS, "recommended_limit", "pd_pct"):
            return parse_number(cell, options.decimal)
        return said or None

    def _say_cell_error(self, name, error):
        value = str(error)
        if name == "currency":
            return self.env._(
                "%(value)s is no active currency. Use a code such as EUR or CNY.",
                value=value,
            )
        if name in ("period_end", "date_from", "date_to"):
            return self.env._(
                "%(value)s is no date, or could be two. Write 2025-12-31.", value=value
            )
        if name == "is_audited":
            return self.env._("%(value)s: write yes or no.", value=value)
        if name == "value":
            return self.env._("%(value)s is not on the agency's scale.", value=value)
        return self.env._(
            "%(value)s is no number as chosen. Write 1234.50, or choose the other "
            "decimal sign.",
            value=value,
        )


def _text(cell) -> str:
    """A cell as text; whole numbers, such as customer codes, without decimals."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _refuse(said):
    raise ValueError(said)
