"""Tables that people bring: XLSX, CSV, or cells pasted from a spreadsheet.

Every row keeps the number it has in the file, so that a message can name it. Numbers
and dates are read, never guessed: what can be read in two ways is refused.
"""

import csv
import io
import re
import unicodedata
from datetime import date, datetime
from typing import NamedTuple

#: No list of customers is longer; a file that claims to be is no such list.
MOST_ROWS = 50_000
MOST_BYTES = 20_000_000


class Table(NamedTuple):
    """``header`` are the titles; ``rows`` are (number in the file, cells)."""

    header: list[str]
    rows: list[tuple[int, list]]


class TableError(ValueError):
    """Why a table cannot be read; ``code`` names the text."""

    def __init__(self, code: str, detail: str = ""):
        super().__init__(code, detail)
        self.code, self.detail = code, detail


def read_table(data: bytes) -> Table:
    """The table in an XLSX or CSV file, by its content.

    :raise TableError: too_large, old_format, unreadable, empty, too_long

    >>> read_table("Name;Wert\\nMüller;1\\n\\nMaier;2\\n".encode("cp1252"))
    Table(header=['Name', 'Wert'], rows=[(2, ['Müller', '1']), (4, ['Maier', '2'])])
    """
    if len(data) > MOST_BYTES:
        raise TableError("too_large")
    if data[:4] == b"PK\x03\x04":
        return _table(_read_xlsx(data))
    if data[:4] == b"\xd0\xcf\x11\xe0":
        raise TableError("old_format")
    return read_text(_decode(data))


def read_text(text: str) -> Table:
    """The table in a text: CSV, or cells copied from a spreadsheet.

    >>> read_text("Name\\tA\\nB\\t=1+1").rows
    [(2, ['B', '=1+1'])]
    """
    first = text.lstrip("\ufeff\r\n").partition("\n")[0]
    delimiter = max("\t;,|", key=first.count)
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=delimiter)
    try:
        lines = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise TableError("unreadable", str(error)) from error
    return _table(lines)


def _decode(data: bytes) -> str:
    """UTF-8, else what Excel writes in China (GB 18030), else in Europe."""
    for encoding in (
        "utf-8-sig",
        "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "gb18030",
        "cp1252",
    ):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "gb18030" and not _is_chinese(text):
            continue
        if "\x00" not in text:
            return text
    raise TableError("unreadable")


def _is_chinese(text: str) -> bool:
    """Do the letters beyond ASCII read as common Chinese? Western text in another
    encoding comes out as rare signs or mixed with Latin letters."""
    beyond = [sign for sign in text if ord(sign) > 127]
    common = [sign for sign in beyond if "\u4e00" <= sign <= "\u9fff"]
    joined = re.search(r"[a-zäöü][\u4e00-\u9fff]|[\u4e00-\u9fff][a-zäöü]", text)
    return not joined and len(common) * 2 >= len(beyond)


def _read_xlsx(data: bytes) -> list[tuple[int, list]]:
    # here: slow to load, and only wanted when somebody imports
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        lines = []
        for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            lines.append((number, [_cell(cell) for cell in cells]))
            if len(lines) > MOST_ROWS + 1:
                break
        return lines
    except Exception as error:  # whatever a broken archive makes of it
        raise TableError("unreadable", str(error)) from error


def _cell(value):
    if isinstance(value, datetime):
        return value.date()
    if value is None:
        return ""
    return value if isinstance(value, date | int | float) else str(value)


def _table(lines) -> Table:
    filled = [(n, row) for n, row in lines if any(str(cell).strip() for cell in row)]
    if len(filled) < 2:
        raise TableError("empty")
    if len(filled) > MOST_ROWS + 1:
        raise TableError("too_long", str(MOST_ROWS))
    (_number, titles), *rows = filled
    header = [str(title).strip() for title in titles]
    while header and not header[-1]:
        header.pop()
    width = len(header)
    return Table(header, [(n, (list(row) + [""] * width)[:width]) for n, row in rows])


# -- headers -------------------------------------------------------------------------
def plain(text: str) -> str:
    """A title without case, accents, punctuation and what stands in brackets.

    >>> plain("Total Assets (EUR)"), plain("Prüf-Datum"), plain("资产总额（元）")
    ('totalassets', 'prufdatum', '资产总额')
    """
    text = re.sub(r"[(（\[].*?[)）\]]", "", str(text))
    text = unicodedata.normalize("NFKD", text).casefold()
    return "".join(sign for sign in text if sign.isalnum())


def guess_columns(header: list[str], names: dict[str, list[str]]) -> dict[int, str]:
    """``{column: field}`` by the titles that each field is known by; the first column
    with a title has it.

    >>> guess_columns(["Kunde", "Revenue", "revenue"], {"revenue": ["Revenue"]})
    {1: 'revenue'}
    """
    known = {}
    for field, titles in names.items():
        for title in titles:
            known.setdefault(plain(title), field)
    found = {}
    for column, title in enumerate(header):
        field = known.get(plain(title))
        if field and field not in found.values():
            found[column] = field
    return found


# -- cells ---------------------------------------------------------------------------
def parse_number(value, decimal: str = ".") -> float | None:
    """The number in a cell; None where it is empty.

    :param decimal: the decimal sign of texts; the other one may group thousands
    :raise ValueError: for what is no number, or could be another one

    >>> parse_number("1,234.50"), parse_number("1.234,5", ","), parse_number("(12)")
    (1234.5, 1234.5, -12.0)
    >>> parse_number(" "), parse_number(0), parse_number("-"), parse_number("€ 5")
    (None, 0.0, None, 5.0)
    >>> parse_number("1.5", ",")
    Traceback (most recent call last):
        ...
    ValueError: 1.5
    """
    if isinstance(value, bool):
        raise ValueError(str(value))
    if isinstance(value, int | float):
        return float(value)
    said = str(value).strip()
    text = re.sub(r"[\s\u00a0\u202f'’]", "", said)
    if text in ("", "-", "–", "—"):
        return None
    negative = text.startswith("(") and text.endswith(")")
    text = text.strip("()").replace("−", "-")
    text = re.sub(r"^(-?)(?:[A-Z]{3}|[$€£¥￥])|(?:[A-Z]{3}|[$€£¥￥元])$", r"\1", text)
    group = "," if decimal == "." else "."
    pattern = rf"-?\d+(\{decimal}\d+)?|-?\d{{1,3}}(\{group}\d{{3}})+(\{decimal}\d+)?"
    if not re.fullmatch(pattern, text):
        raise ValueError(said)
    number = float(text.replace(group, "").replace(decimal, "."))
    return -number if negative else number


def parse_date(value, day_first: bool | None = None) -> date | None:
    """The day in a cell; None where it is empty.

    :param day_first: how 03/04/2026 is meant; None refuses it
    :raise ValueError: for what is no day, or could be another one

    >>> parse_date("2025年12月31日") == parse_date("31.12.2025")
    True
    >>> parse_date("12/31/2025"), parse_date("")
    (datetime.date(2025, 12, 31), None)
    >>> parse_date("03/04/2026")
    Traceback (most recent call last):
        ...
    ValueError: 03/04/2026
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    said = str(value).strip()
    if not said:
        return None
    text = re.sub(r"[ T]\d\d:\d\d(:\d\d)?(\.\d+)?$", "", said)
    year_first = r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{4})(\d\d)(\d\d)"
    if found := re.fullmatch(year_first, text):
        return date(*(int(part) for part in found.groups() if part))
    found = re.fullmatch(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})", text)
    if not found:
        raise ValueError(said)
    first, sign, second, year = found.groups()
    first, second = int(first), int(second)
    if sign == "." or first > 12:
        return date(int(year), second, first)
    if second > 12:
        return date(int(year), first, second)
    if day_first is None and first != second:
        raise ValueError(said)
    day, month = (first, second) if day_first else (second, first)
    return date(int(year), month, day)


def compact(number: str) -> str:
    """A tax id or code as it is compared: no spaces, no punctuation, no case.

    >>> compact("de 123.456-789")
    'DE123456789'
    """
    return re.sub(r"[^0-9A-Z\u4e00-\u9fff]", "", str(number).upper())
