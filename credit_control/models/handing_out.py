"""How results reach people: a note on the screen, a language, a workbook."""

from datetime import date

import xlsxwriter


def notify(text, kind="warning", **params):
    """The client action that shows a note. ``next``: the action after it."""
    return {
        "type": "ir.actions.client",
        "tag": "display_notification",
        "params": {"message": text, "type": kind, **params},
    }


def choose_lang(env, *wanted) -> str:
    """The first language of ``wanted`` that is installed, else the user's."""
    installed = {code for code, _name in env["res.lang"].get_installed()}
    return next((lang for lang in (*wanted, env.lang) if lang in installed), "en_US")


def in_lang_of(records, user):
    """The records in the language of whoever reads what is written about them."""
    return records.with_context(lang=choose_lang(records.env, user.lang))


def make_workbook(stream) -> xlsxwriter.Workbook:
    """A workbook in which text is text: what begins with = + - @ is not computed."""
    return xlsxwriter.Workbook(
        stream,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        },
    )


class Sheet:
    """A sheet that is a plain table: header, typed cells, filter, wide columns."""

    def __init__(self, book, title):
        self.sheet = book.add_worksheet(title)
        self.book = book
        self.count = 0
        self.widths = []
        self.bold = book.add_format({"bold": True, "bottom": 1})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.money = {}

    def header(self, titles):
        for column, title in enumerate(titles):
            self.sheet.write_string(0, column, title, self.bold)
        self.widths = [len(title) + 4 for title in titles]
        self.sheet.freeze_panes(1, 0)

    def row(self, cells, currency):
        self.count += 1
        for column, cell in enumerate(cells):
            if isinstance(cell, date):
                self.sheet.write_datetime(self.count, column, cell, self.day)
            elif isinstance(cell, float):
                money = self._get_money(currency)
                self.sheet.write_number(self.count, column, cell, money)
            elif isinstance(cell, int):
                self.sheet.write_number(self.count, column, cell)
            elif cell:
                self.sheet.write_string(self.count, column, cell)
            width = min(50, len(str(cell or "")) + 2)
            self.widths[column] = max(self.widths[column], width)

    def finish(self):
        last = len(self.widths) - 1
        self.sheet.autofilter(0, 0, self.count, last)
        for column, width in enumerate(self.widths):
            self.sheet.set_column(column, column, width)

    def _get_money(self, currency):
        digits = currency.decimal_places
        if digits not in self.money:
            pattern = "#,##0" + ("." + "0" * digits if digits else "")
            self.money[digits] = self.book.add_format({"num_format": pattern})
        return self.money[digits]
