"""Puts a ledger into Odoo's books: customers, posted invoices, reconciled payments.

Everything goes through the ORM in batches. Two journals of its own keep the file's
invoice numbers as names and leave the company's own numbering alone.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta

from ledger import Invoice, LedgerError

from odoo import Command
from odoo.tools import SQL

BATCH = 500
#: Any number of the file is a valid name, whatever looks like a year in it.
ANY_NAME = r"^(?P<prefix1>.*?)(?P<seq>\d{0,9})(?P<suffix>\D*?)$"
#: What would double the time: chatter, tracking, analytic accounts (a ledger names
#: none), and working out lines that are given in full (no taxes, one due date).
QUIET = {
    "skip_analytic_sync": True,
    "skip_invoice_sync": True,
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
}
#: Their statistics decide the plans of the host's own queries over the new rows.
TABLES = (
    "account_move",
    "account_move_line",
    "account_payment",
    "account_partial_reconcile",
    "res_partner",
)


@dataclass(slots=True)
class Loaded:
    """What of a file the books hold already."""

    moves: dict[str, object] = field(default_factory=dict)  # number -> account.move
    shift: int | None = None  # days by which its dates were moved then
    conflicts: dict[int, str] = field(default_factory=dict)  # line -> reason


class Books:
    """The books of one company, seen by the loading."""

    def __init__(self, env):
        self.env = env(context=env.context | QUIET)
        self.company = self.env.company.root_id
        if self.env.company != self.company:
            self.env = self.env(
                context=self.env.context | {"allowed_company_ids": self.company.ids}
            )

    # -- before loading ---------------------------------------------------------
    def ensure_chart(self) -> bool:
        """Load the generic chart of accounts into a company without any."""
        if self.company.chart_template:
            return False
        self.env["account.chart.template"].try_loading("generic_coa", self.company)
        return True

    def find_loaded(self, invoices: list[Invoice]) -> Loaded:
        """Recognise invoices by number and customer, with the shift of their dates.

        A number that the books hold for another customer, amount or date is a
        conflict: the line is rejected rather than loaded twice or half.
        """
        moves = self.env["account.move"].search(
            [
                ("move_type", "=", "out_invoice"),
                ("company_id", "child_of", self.company.id),
                ("name", "in", [invoice.number for invoice in invoices]),
            ]
        )
        found = Loaded(moves={move.name: move for move in moves})
        known = [invoice for invoice in invoices if invoice.number in found.moves]
        shifts = Counter(
            (found.moves[invoice.number].invoice_date - invoice.invoiced).days
            for invoice in known
        )
        found.shift = shifts.most_common(1)[0][0] if shifts else None
        for invoice in known:
            move = found.moves[invoice.number]
            if reason := self._find_conflict(invoice, move, found.shift):
                found.conflicts[invoice.line] = f"number {invoice.number} {reason}"
        return found

    def _find_conflict(self, invoice, move, shift) -> str | None:
        """How a loaded invoice differs from the file, in words."""
        customer = move.commercial_partner_id.ref or move.commercial_partner_id.name
        moved = invoice.invoiced + timedelta(days=shift)
        if customer != invoice.customer:
            return f"is in the books for {customer}, not {invoice.customer}"
        if move.state != "posted":
            return f"is in the books as {move.state}; post or delete it there"
        if move.currency_id.compare_amounts(move.amount_total, float(invoice.amount)):
            return f"is in the books over {move.amount_total}, not {invoice.amount}"
        if move.invoice_date != moved:
            return f"is in the books of {move.invoice_date}, not {moved}"
        return None

    def check_locks(self, first: date):
        """:raise LedgerError: the books are closed up to a day in the file"""
        lock = self.company._get_user_fiscal_lock_date(self._get_journal("sale"))
        if first <= lock:
            raise LedgerError(
                f"the books of {self.company.name} are locked up to {lock}, the file "
                f"begins on {first}.",
                "lift the lock date (Invoicing ▸ Accounting ▸ Lock Dates), load into "
                "another database (--db), or use --shift-to-today.",
            )

    # -- customers ----------------------------------------------------------------
    def load_customers(self, invoices: list[Invoice]):
        """The partner of each customer id: ``({id: partner}, new ones, unknown
        countries)``. An id is kept as the partner's reference."""
        wanted = {invoice.customer: invoice for invoice in invoices}
        partners = {}
        for partner in self.env["res.partner"].search(
            [
                ("ref", "in", list(wanted)),
                ("parent_id", "=", False),
                ("company_id", "in", (False, self.company.id)),
            ]
        ):
            if partner.ref in partners:
                raise LedgerError(
                    f"two contacts have the reference {partner.ref}: "
                    f"{partners[partner.ref].name} and {partner.name}.",
                    "merge them (Contacts ▸ Action ▸ Merge), then load again.",
                )
            partners[partner.ref] = partner
        new = [wanted[ref] for ref in sorted(wanted.keys() - partners.keys())]
        countries, tags = self._find_countries({invoice.country for invoice in new})
        created = self.env["res.partner"].create(
            [self._prepare_customer_vals(one, countries, tags) for one in new]
        )
        return partners | {partner.ref: partner for partner in created}, created, tags

    def _find_countries(self, codes: set[str]):
        """``({code: country}, {code: tag})``: what is no ISO code or name of a
        country becomes a tag, so that nothing of the file is lost."""
        countries = {}
        for country in self.env["res.country"].search([]):
            countries[country.code] = countries[country.name] = country
        known = {code: countries[code] for code in codes if code in countries}
        Tag, tags = self.env["res.partner.category"], {}
        for code in sorted(codes - known.keys() - {""}):
            name = f"Country {code}"
            tags[code] = Tag.search([("name", "=", name)], limit=1) or Tag.create(
                {"name": name}
            )
        return known, tags

    def _prepare_customer_vals(self, invoice, countries, tags):
        country, tag = countries.get(invoice.country), tags.get(invoice.country)
        return {
            "ref": invoice.customer,
            "name": invoice.name or invoice.customer,
            "is_company": True,
            "country_id": country.id if country else False,
            "category_id": [Command.set(tag.ids)] if tag else False,
            "property_payment_term_id": False,
        }

    # -- invoices -----------------------------------------------------------------
    def _get_journal(self, kind):
        """The journal of loaded invoices (sale) or payments (bank); made once."""
        code, name = {
            "sale": ("LEDG", "Loaded ledger"),
            "bank": ("LEDP", "Loaded payments"),
        }[kind]
        Journal = self.env["account.journal"]
        domain = [("company_id", "=", self.company.id), ("type", "=", kind)]
        if journal := Journal.search([*domain, ("code", "=", code)], limit=1):
            return journal
        vals = {
            "code": code,
            "name": name,
            "type": kind,
            "company_id": self.company.id,
            "sequence_override_regex": ANY_NAME,
        }
        if kind == "sale":
            own = Journal.search(
                [*domain, ("default_account_id", "!=", False)], limit=1
            )
            vals["default_account_id"] = own.default_account_id.id
        return Journal.create(vals)

    def load_invoices(self, invoices: list[Invoice], partners, show) -> dict:
        """Create and post invoices, ``{number: account.move}``; 7 ms each."""
        journal = self._get_journal("sale")
        found = {}
        for batch in _batches(invoices):
            moves = self.env["account.move"].create(
                [self._prepare_invoice_vals(one, journal, partners) for one in batch]
            )
            moves._post(soft=False)
            found |= {move.name: move for move in moves}
            self._settle()
            show(f"invoices: {len(found):,} of {len(invoices):,} posted")
        return found

    def _prepare_invoice_vals(self, invoice, journal, partners):
        """An invoice with both of its journal items."""
        amount = float(invoice.amount)
        partner = partners[invoice.customer].with_company(self.company)
        return {
            "move_type": "out_invoice",
            "journal_id": journal.id,
            "name": invoice.number,
            "payment_reference": invoice.number,
            "partner_id": partner.id,
            "invoice_date": invoice.invoiced,
            "invoice_date_due": invoice.due,
            "invoice_payment_term_id": False,
            "currency_id": self.company.currency_id.id,
            "line_ids": [
                Command.create(
                    {
                        "display_type": "product",
                        "name": f"Invoice {invoice.number}",
                        "quantity": 1,
                        "price_unit": amount,
                        "account_id": journal.default_account_id.id,
                        "tax_ids": [Command.clear()],
                        "balance": -amount,
                        "amount_currency": -amount,
                    }
                ),
                Command.create(
                    {
                        "display_type": "payment_term",
                        "name": invoice.number,
                        "account_id": partner.property_account_receivable_id.id,
                        "date_maturity": invoice.due,
                        "balance": amount,
                        "amount_currency": amount,
                    }
                ),
            ],
        }

    def _settle(self):
        """Write what is pending and let PostgreSQL count its new rows: with stale
        statistics a query of the host joined 600 items in minutes."""
        self.env.flush_all()
        for table in TABLES:
            self.env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
        self.env.invalidate_all()

    # -- payments -----------------------------------------------------------------
    def load_payments(self, pairs: list, show) -> int:
        """Pay invoices, ``[(Invoice, account.move)]``, on their settled dates.

        The money goes straight to the bank account of the journal. The entries are
        made and posted first and the payments put on top: a third of the time that
        ``action_post`` on payments takes.
        """
        journal = self._get_journal("bank")
        taken = self.env["account.move"].search(
            [
                ("journal_id", "=", journal.id),
                ("name", "in", [_payment_name(invoice) for invoice, _move in pairs]),
            ]
        )
        names = set(taken.mapped("name"))
        todo = [pair for pair in pairs if _payment_name(pair[0]) not in names]
        done = 0
        for batch in _batches(todo):
            entries = self._create_entries(batch, journal)
            self._create_payments(batch, entries, journal)
            self._reconcile(batch, entries)
            self._settle()
            done += len(batch)
            show(f"payments: {done:,} of {len(todo):,} reconciled")
        return done

    def _create_entries(self, pairs, journal):
        bank = journal.default_account_id
        vals_list = []
        for invoice, move in pairs:
            receivable, amount = _receivable(move).account_id, move.amount_residual
            line = {
                "name": invoice.number,
                "partner_id": move.partner_id.id,
                "date_maturity": invoice.settled,
            }
            vals_list.append(
                {
                    "move_type": "entry",
                    "journal_id": journal.id,
                    "name": _payment_name(invoice),
                    "ref": invoice.number,
                    "date": invoice.settled,
                    "partner_id": move.partner_id.id,
                    "line_ids": [
                        Command.create(line | {"account_id": id_, "balance": balance})
                        for id_, balance in (
                            (bank.id, amount),
                            (receivable.id, -amount),
                        )
                    ],
                }
            )
        entries = self.env["account.move"].create(vals_list)
        entries._post(soft=False)
        return entries

    def _create_payments(self, pairs, entries, journal):
        method = journal._get_available_payment_method_lines("inbound")[:1]
        payments = self.env["account.payment"].create(
            [
                {
                    "name": entry.name,
                    "move_id": entry.id,
                    "state": "paid",
                    "payment_type": "inbound",
                    "partner_type": "customer",
                    "partner_id": move.partner_id.id,
                    "amount": move.amount_residual,
                    "date": invoice.settled,
                    "memo": invoice.number,
                    "journal_id": journal.id,
                    "payment_method_line_id": method.id,
                    "outstanding_account_id": journal.default_account_id.id,
                    "destination_account_id": _receivable(move).account_id.id,
                }
                for (invoice, move), entry in zip(pairs, entries, strict=True)
            ]
        )
        self.env.flush_all()
        # through the ORM the link back costs more than the payment itself
        self.env.cr.execute(
            SQL(
                """UPDATE account_move SET origin_payment_id = payment.id
                     FROM account_payment payment
                    WHERE payment.move_id = account_move.id AND payment.id IN %s""",
                tuple(payments.ids),
            )
        )
        entries.invalidate_recordset(["origin_payment_id"])

    def _reconcile(self, pairs, entries):
        self.env["account.move.line"]._reconcile_plan(
            [
                _receivable(move) + _receivable(entry)
                for (_invoice, move), entry in zip(pairs, entries, strict=True)
            ]
        )


def _batches(items: list):
    return (items[at : at + BATCH] for at in range(0, len(items), BATCH))


def _payment_name(invoice: Invoice) -> str:
    return f"P-{invoice.number}"


def _receivable(move):
    return move.line_ids.filtered(
        lambda line: line.account_id.account_type == "asset_receivable"
    )
