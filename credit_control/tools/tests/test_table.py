"""Tables as people bring them."""

import io
from datetime import date, datetime
from unittest import TestCase

from openpyxl import Workbook
from tools.table import (
    MOST_ROWS,
    TableError,
    guess_columns,
    parse_date,
    parse_number,
    read_table,
    read_text,
)


class TestTable(TestCase):
    def test_encodings_and_separators(self):
        """What Excel writes in Germany and China, and what others write."""
        for text, encoding in (
            ("Name;Wert\nMüller;1", "cp1252"),
            ("Name;Wert\nMüller;1", "utf-8-sig"),
            ("名称,数值\n北京水泵有限公司,1", "gb18030"),
            ("名称\t数值\n北京水泵有限公司\t1", "utf-16"),
            ("Name|Wert\nMüller|1", "utf-8"),
        ):
            with self.subTest(text=text, encoding=encoding):
                table = read_table(text.encode(encoding))
                self.assertEqual(table.rows[0][1][1], "1")
                self.assertIn(table.rows[0][1][0], text)

    def test_quoted_cells_keep_row_numbers(self):
        table = read_text('Name,Note\nA,"two\nlines"\n\nB,x\n')
        self.assertEqual([cells[0] for _n, cells in table.rows], ["A", "B"])
        self.assertEqual(table.rows[1][0], 5, "the line in the file")

    def test_workbooks_keep_types_and_row_numbers(self):
        book, stream = Workbook(), io.BytesIO()
        sheet = book.active
        sheet.append(["Name", "Day", "Amount", None])
        sheet.append([])
        sheet.append(["=1+1", datetime(2025, 12, 31), 1.5])
        book.save(stream)
        table = read_table(stream.getvalue())
        self.assertEqual(table.header, ["Name", "Day", "Amount"])
        number, cells = table.rows[0]
        self.assertEqual((number, cells[1:]), (3, [date(2025, 12, 31), 1.5]))

    def test_what_is_no_table_is_refused(self):
        for data, code in (
            (b"", "empty"),
            (b"Only titles\n", "empty"),
            (b"PK\x03\x04 broken", "unreadable"),
            (b"\xd0\xcf\x11\xe0 old", "old_format"),
            (b"\x00\x01\x02", "unreadable"),
            (b"a;b\n" + b"1;2\n" * (MOST_ROWS + 1), "too_long"),
        ):
            with self.subTest(data[:20]), self.assertRaises(TableError) as caught:
                read_table(data)
            self.assertEqual(caught.exception.code, code)

    def test_numbers_are_read_and_never_guessed(self):
        for text, decimal, number in (
            ("1 234 567,89", ",", 1234567.89),
            ("1'234.5", ".", 1234.5),
            ("¥1,200", ".", 1200.0),
            ("EUR 5", ".", 5.0),
            ("−5", ".", -5.0),
            ("(1,000)", ".", -1000.0),
            (7, ",", 7.0),
            ("–", ".", None),
        ):
            with self.subTest(text):
                self.assertEqual(parse_number(text, decimal), number)
        for text, decimal in (
            ("1.234,5", "."),
            ("1,23", "."),
            ("12万", "."),
            ("=1+1", "."),
            ("1e5", "."),
            ("abc", "."),
            (True, "."),
        ):
            with self.subTest(text), self.assertRaises(ValueError):
                parse_number(text, decimal)

    def test_dates_are_read_and_never_guessed(self):
        day = date(2025, 12, 31)
        for text in (
            "2025-12-31",
            "2025/12/31",
            "2025年12月31日",
            "20251231",
            "31.12.2025",
            "31/12/2025",
            "12/31/2025",
            "2025-12-31 00:00:00",
            datetime(2025, 12, 31, 5),
        ):
            with self.subTest(text):
                self.assertEqual(parse_date(text), day)
        self.assertEqual(parse_date("03/04/2025", day_first=True), date(2025, 4, 3))
        self.assertEqual(parse_date("03/04/2025", day_first=False), date(2025, 3, 4))
        self.assertEqual(parse_date("04/04/2025"), date(2025, 4, 4))
        for text in ("03/04/2025", "2025", "2025-02-30", "31.12.25", "45000", "soon"):
            with self.subTest(text), self.assertRaises(ValueError):
                parse_date(text)

    def test_titles_are_guessed_once(self):
        names = {"revenue": ["Revenue", "营业收入"], "profit": ["Profit"]}
        header = ["营业收入（万元）", "REVENUE", "Net profit", "Profit"]
        self.assertEqual(guess_columns(header, names), {0: "revenue", 3: "profit"})
