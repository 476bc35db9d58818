"""Import of statements and ratings: choose, map, check, import all or nothing."""

import base64
import io

import xlsxwriter

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..models.credit_evidence_reader import COLUMNS, KINDS, NEEDED, Options
from ..models.credit_statement_letter import Sheet
from ..tools.table import Table, TableError, read_table, read_text

#: Rows that a person can look through; more come in several files.
MOST = 5000


class CreditEvidenceImport(models.TransientModel):
    """Three steps: the table, what its columns are, what each row would do.

    A row whose customer is not beyond doubt waits for a person's choice; one with an
    error is put right in the file, or left out. Nothing is imported while a row waits.
    """

    _name = "credit.evidence.import"
    _description = "Import Statements or Ratings"

    kind = fields.Selection(
        [("statement", "Financial statements"), ("rating", "Ratings")],
        "Import",
        required=True,
        default="statement",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company.root_id,
        domain="[('parent_id', '=', False)]",
    )
    agency_id = fields.Many2one(
        "credit.agency",
        domain="['|', ('company_id', '=', False), ('company_id', '=', company_id)]",
    )
    currency_id = fields.Many2one(
        "res.currency",
        "Currency If None Is Given",
        required=True,
        default=lambda self: self.env.company.root_id.currency_id,
    )
    data = fields.Binary("File (XLSX or CSV)", attachment=False)
    filename = fields.Char()
    pasted = fields.Text("Or Paste Cells Here")
    decimal = fields.Selection(
        [(".", "1,234.50"), (",", "1.234,50")],
        "Numbers in Texts",
        required=True,
        default=lambda self: self._default_decimal(),
    )
    day_order = fields.Selection(
        [("refuse", "Ask"), ("day", "Day / month"), ("month", "Month / day")],
        "03/04/2026 Is",
        required=True,
        default="refuse",
        help="'Ask' refuses dates that could be two.",
    )
    origin = fields.Selection(
        lambda self: (
            self.env["credit.financial.statement"]
            ._fields["origin"]
            ._description_selection(self.env)
        ),
        "Received From",
        default="customer",
    )
    state = fields.Selection(
        [("file", "Table"), ("map", "Columns"), ("check", "Check")], default="file"
    )
    table = fields.Json()
    column_ids = fields.One2many("credit.evidence.import.column", "import_id")
    row_ids = fields.One2many("credit.evidence.import.row", "import_id")
    replace_reason = fields.Char(
        "Reason for Replacing", help="Needed where entries are there with other values."
    )
    summary = fields.Char(compute="_compute_summary")
    template = fields.Binary(compute="_compute_template")
    template_name = fields.Char(compute="_compute_template")

    def _default_decimal(self):
        lang = self.env["res.lang"]._get_data(code=self.env.user.lang or "en_US")
        return "," if lang.decimal_point == "," else "."

    @api.depends("row_ids.state")
    def _compute_summary(self):
        labels = dict(
            self.env["credit.evidence.import.row"]
            ._fields["state"]
            ._description_selection(self.env)
        )
        for wizard in self:
            counts = wizard.row_ids.grouped("state")
            wizard.summary = " · ".join(
                f"{label}: {len(counts[state])}"
                for state, label in labels.items()
                if state in counts
            )

    # -- template ---------------------------------------------------------------------
    @api.depends("kind")
    def _compute_template(self):
        """A workbook with the titles in the user's language, and what they mean."""
        Reader = self.env["credit.evidence.reader"]
        for wizard in self:
            labels = Reader._get_labels(wizard.kind)
            stream = io.BytesIO()
            book = xlsxwriter.Workbook(
                stream, {"in_memory": True, "strings_to_formulas": False}
            )
            sheet = Sheet(book, self.env._("Import"))
            sheet.header(list(labels.values()))
            sheet.finish()
            self._write_help(book, labels)
            book.close()
            wizard.template = base64.b64encode(stream.getvalue())
            wizard.template_name = f"{wizard.kind}_import.xlsx"

    def _write_help(self, book, labels):
        model_fields = self.env[KINDS[self.kind]].fields_get(None, ["help"])
        sheet = Sheet(book, self.env._("Help"))
        sheet.header(
            [self.env._("Column"), self.env._("Needed"), self.env._("Meaning")]
        )
        for name in COLUMNS[self.kind]:
            needed = self.env._("yes") if name in NEEDED[self.kind] else ""
            said = model_fields.get(name, {}).get("help") or ""
            sheet.row([labels[name], needed, said], self.currency_id)
        sheet.finish()

    @api.readonly
    def action_template(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/template/"
            f"{self.kind}_import.xlsx?download=true",
            "target": "download",
        }

    # -- steps ------------------------------------------------------------------------
    def action_read(self):
        """The table, and what its columns seem to be."""
        self.ensure_one()
        self.env[KINDS[self.kind]].check_access("create")
        if self.kind == "rating" and not self.agency_id:
            raise UserError(self.env._("Choose the agency whose ratings these are."))
        table = self._get_table()
        guessed = self.env["credit.evidence.reader"]._guess(self.kind, table.header)
        self.row_ids.unlink()
        self.column_ids.unlink()
        self.write(
            {
                "table": [table.header, _plain(table.rows)],
                "state": "map",
                "column_ids": [
                    Command.create(
                        {
                            "column": at,
                            "title": title or self.env._("Column %(n)s", n=at + 1),
                            "sample": _sample(table, at),
                            f"{self.kind}_field": guessed.get(at),
                        }
                    )
                    for at, title in enumerate(table.header)
                ],
            }
        )
        return self._reopen()

    def _get_table(self):
        if not self.data and not (self.pasted or "").strip():
            raise UserError(self.env._("Choose a file, or paste cells with titles."))
        try:
            if self.data:
                content = self.with_context(bin_size=False).data
                table = read_table(base64.b64decode(content))
            else:
                table = read_text(self.pasted)
            if len(table.rows) > MOST:
                raise TableError("too_long", str(MOST))
        except TableError as error:
            Reader = self.env["credit.evidence.reader"]
            raise Reader._say_table_error(error) from error
        return table

    def action_check(self):
        """What each row would do; nothing is written but these rows."""
        self.ensure_one()
        self.row_ids.unlink()
        mapping = {
            column.column: column[f"{self.kind}_field"]
            for column in self.column_ids
            if column[f"{self.kind}_field"]
        }
        header, rows = self.table
        day_first = {"day": True, "month": False}.get(self.day_order)
        options = Options(
            self.kind, self.currency_id, self.agency_id, self.decimal, day_first
        )
        read = self.env["credit.evidence.reader"]._read_rows(
            Table(header, rows), mapping, options
        )
        matches = self.env["credit.evidence.matcher"]._match(
            [row.who for row in read],
            self.company_id,
            self.agency_id,
            by_name=self.kind == "statement",
        )
        self.env["credit.evidence.import.row"].create(
            [
                self._prepare_row(row, match)
                for row, match in zip(read, matches, strict=True)
            ]
        )
        self.state = "check"
        self.row_ids._refresh()
        return self._reopen()

    def _prepare_row(self, row, match):
        return {
            "import_id": self.id,
            "number": row.number,
            "who": row.who.label,
            "agency_number": row.who.number,
            "vals": {
                name: fields.Date.to_string(value) if hasattr(value, "year") else value
                for name, value in row.vals.items()
            },
            "errors": " ".join(row.errors),
            "partner_id": match.partner_id,
            "candidate_ids": [Command.set(match.candidates)],
            "clash": match.clash,
        }

    def action_back(self):
        self.ensure_one()
        self.state = "map" if self.state == "check" else "file"
        return self._reopen()

    def action_leave_out(self):
        """Leave out every row that has an error or no customer."""
        self.ensure_one()
        waiting = self.row_ids.filtered(lambda row: row.state in ("error", "choose"))
        waiting.leave_out = True
        return self._reopen()

    def action_import(self):
        """Import all rows that are not left out, or none.

        :raise UserError: naming the rows that wait
        """
        self.ensure_one()
        self.row_ids._refresh()
        waiting = self.row_ids.filtered(lambda row: row.state in ("error", "choose"))
        if waiting:
            raise UserError(
                self.env._(
                    "Rows %(rows)s wait: choose their customer, correct the file, or "
                    "leave them out. Nothing was imported.",
                    rows=", ".join(str(row.number) for row in waiting[:20]),
                )
            )
        differing = self.row_ids.filtered(lambda row: row.state == "differs")
        if differing and not (self.replace_reason or "").strip():
            raise UserError(
                self.env._(
                    "Rows %(rows)s differ from what is there. Leave them out, or say "
                    "under Reason for Replacing why they replace it.",
                    rows=", ".join(str(row.number) for row in differing[:20]),
                )
            )
        entries = self.row_ids._import()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Imported"),
            "res_model": KINDS[self.kind],
            "domain": [("id", "in", entries.ids)],
            "views": [(False, "list"), (False, "form")],
            "target": "main",
        }

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import Evidence"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }


class CreditEvidenceImportColumn(models.TransientModel):
    """What a column of the table is; empty: it is ignored."""

    _name = "credit.evidence.import.column"
    _description = "Column to Import"
    _order = "column"

    import_id = fields.Many2one(
        "credit.evidence.import", required=True, ondelete="cascade"
    )
    column = fields.Integer()
    title = fields.Char("In the File", readonly=True)
    sample = fields.Char("First Value", readonly=True)
    statement_field = fields.Selection(
        lambda self: list(
            self.env["credit.evidence.reader"]._get_labels("statement").items()
        ),
        "Becomes",
    )
    rating_field = fields.Selection(
        lambda self: list(
            self.env["credit.evidence.reader"]._get_labels("rating").items()
        ),
        "Becomes What",
    )


def _plain(rows):
    """Cells as Json keeps them; dates as ISO texts."""
    return [
        (number, [str(cell) if hasattr(cell, "year") else cell for cell in cells])
        for number, cells in rows
    ]


def _sample(table, at):
    return next((str(cells[at]) for _n, cells in table.rows if str(cells[at])), "")
