"""Copies of whole groups of records by SQL: a document with all that hangs on it.

A *graph* is what belongs together: an order, its invoice, the payment, the journal
items, their matching. Each of its rows becomes one INSERT … SELECT over the table
``bench_copy`` (one row per copy: idx, customer_id, contact_id, shift in days, factor).
References within the graph are moved along, dates are shifted, money is multiplied.
"""

from odoo.tools import SQL

#: The models of a graph: stored fields that point from one to the other are moved.
MODELS = [
    "res.partner",
    "sale.order",
    "sale.order.line",
    "account.move",
    "account.move.line",
    "account.payment",
    "account.partial.reconcile",
    "account.full.reconcile",
]
#: Floats that are money: they are multiplied like monetary fields.
PRICES = {
    "price_unit",
    "technical_price_unit",
    "price_reduce_taxexcl",
    "price_reduce_taxinc",
    "untaxed_amount_invoiced",
    "untaxed_amount_to_invoice",
}


class Copier:
    """Copies graphs of records.

    :param customer: the partner in the templates that becomes ``copy.customer_id``
    :param contact: the one that becomes ``copy.contact_id``
    """

    def __init__(self, env, customer=None, contact=None):
        self.env = env
        self.partners = {}
        if customer:
            self.partners[customer.id] = SQL("copy.customer_id")
            self.partners[contact.id] = SQL("copy.contact_id")

    def copy(self, records: list, count: int) -> dict[str, int]:
        """Copy ``{model: records}`` ``count`` times; returns the first new ids."""
        graph = {model: found for model, found in self._graph(records).items() if found}
        first = {
            model: self._take_ids(model, len(found) * count)
            for model, found in graph.items()
        }
        where = {
            (model, record_id): SQL(
                "%s + copy.idx * %s + %s", first[model], len(found), at
            )
            for model, found in graph.items()
            for at, record_id in enumerate(found.ids)
        }
        for model, found in graph.items():
            for row in self._read_rows(model, found):
                self._insert(model, row, where)
        self._copy_links(graph, where)
        return first

    # -- what belongs together ------------------------------------------------
    def _graph(self, records) -> dict:
        graph = {model: self.env[model] for model in MODELS}
        for found in records:
            graph[found._name] |= found
        graph["account.move"] |= graph["account.payment"].move_id
        graph["account.move.line"] |= graph["account.move"].line_ids
        lines = graph["account.move.line"]
        graph["account.partial.reconcile"] |= (
            lines.matched_debit_ids | lines.matched_credit_ids
        )
        graph["account.full.reconcile"] |= lines.full_reconcile_id
        graph["sale.order.line"] |= graph["sale.order"].order_line
        return graph

    def _take_ids(self, model, number) -> int:
        """Reserve ids; returns the first."""
        table = self.env[model]._table
        [(last,)] = self.env.execute_query(
            SQL("SELECT coalesce(max(id), 0) FROM %s", SQL.identifier(table))
        )
        self.env.cr.execute(
            SQL("SELECT setval(%s, %s)", f"{table}_id_seq", last + number)
        )
        return last + 1

    def _read_rows(self, model, records) -> list[dict]:
        """The rows of the records, in their order."""
        rows = self.env.execute_query_dict(
            SQL(
                "SELECT * FROM %s WHERE id IN %s",
                SQL.identifier(self.env[model]._table),
                tuple(records.ids),
            )
        )
        by_id = {row["id"]: row for row in rows}
        return [by_id[record_id] for record_id in records.ids]

    # -- one row of the template ----------------------------------------------
    def _insert(self, model, row, where):
        table = SQL.identifier(self.env[model]._table)
        values = {"id": where[model, row["id"]]}
        for name, value in row.items():
            if name != "id" and value is not None:
                values[name] = self._value(model, row, name, where)
        self.env.cr.execute(
            SQL(
                """INSERT INTO %s (%s) SELECT %s
                     FROM bench_copy copy, %s template WHERE template.id = %s""",
                table,
                SQL(", ").join(SQL.identifier(name) for name in values),
                SQL(", ").join(values.values()),
                table,
                row["id"],
            )
        )

    def _value(self, model, row, name, where) -> SQL:
        """What a column of the copy has."""
        field, value = self.env[model]._fields.get(name), row[name]
        column = SQL.identifier("template", name)
        if special := self._special(model, row, name, where):
            return special
        if field is None:
            return column
        if field.type == "many2one":
            if field.comodel_name == "res.partner" and value in self.partners:
                return self.partners[value]
            return where.get((field.comodel_name, value), column)
        if field.type == "monetary" or (field.type == "float" and name in PRICES):
            return SQL("%s * copy.factor", column)
        if field.type == "date":
            return SQL("%s + copy.shift", column)
        if field.type == "datetime":
            return SQL("%s + copy.shift * interval '1 day'", column)
        return column

    def _special(self, model, row, name, where) -> SQL | None:
        """Names, numbers and tokens, which differ from copy to copy."""
        if name == "access_token":
            return SQL("NULL")
        if model == "res.partner":
            return self._partner_special(row, name)
        if name == "matching_number":
            return self._matching_number(row, where)
        if model == "sale.order" and name == "name":
            return SQL("'S' || lpad((%s)::text, 8, '0')", where[model, row["id"]])
        if model == "account.move" and row["state"] == "posted":
            return self._move_special(row, name, where)
        if name == "move_name" and row["parent_state"] == "posted":
            move = self._row("account.move", row["move_id"])
            return self._move_special(move, "name", where)
        if model == "account.payment" and name == "name" and row["move_id"]:
            move = self._row("account.move", row["move_id"])
            return self._move_special(move, "name", where)
        return None

    def _row(self, model, record_id) -> dict:
        return self._read_rows(model, self.env[model].browse(record_id))[0]

    def _move_special(self, move, name, where) -> SQL | None:
        """Numbered by id, in the sequence of the year."""
        number = where["account.move", move["id"]]
        prefix = SQL(
            "regexp_replace(%s, '[0-9]{4}', to_char(%s::date + copy.shift, 'YYYY'))",
            move["sequence_prefix"],
            move["date"],
        )
        if name == "sequence_number":
            return number
        if name == "sequence_prefix":
            return prefix
        if name in ("name", "payment_reference"):
            return SQL("%s || lpad((%s)::text, 8, '0')", prefix, number)
        return None

    def _matching_number(self, line, where) -> SQL:
        """The id of the full reconciliation, or P and that of the partial one."""
        text = line["matching_number"]
        model = "account.partial.reconcile" if text[0] == "P" else None
        if model:
            return SQL("'P' || (%s)::text", where[model, int(text[1:])])
        return SQL("(%s)::text", where["account.full.reconcile", int(text)])

    def _partner_special(self, row, name) -> SQL | None:
        if name == "ref":
            return SQL("'BENCH' || copy.idx")
        if name in ("name", "complete_name", "commercial_company_name"):
            return SQL(
                "replace(%s, 'template', copy.idx::text)",
                SQL.identifier("template", name),
            )
        return None

    # -- many2many ------------------------------------------------------------
    def _copy_links(self, graph, where):
        """The relation tables, each from the side that comes first."""
        done = set()
        for model, found in graph.items():
            for field in self.env[model]._fields.values():
                stored = field.type == "many2many" and field.store
                if stored and field.relation not in done:
                    done.add(field.relation)
                    self._copy_relation(field, found, where)

    def _copy_relation(self, field, records, where):
        relation = SQL.identifier(field.relation)
        columns = SQL.identifier(field.column1), SQL.identifier(field.column2)
        links = self.env.execute_query(
            SQL(
                "SELECT %s, %s FROM %s WHERE %s IN %s",
                *columns,
                relation,
                columns[0],
                tuple(records.ids),
            )
        )
        for left, right in links:
            self.env.cr.execute(
                SQL(
                    "INSERT INTO %s (%s, %s) SELECT %s, %s FROM bench_copy copy",
                    relation,
                    *columns,
                    where[field.model_name, left],
                    where.get((field.comodel_name, right), SQL("%s", right)),
                )
            )
