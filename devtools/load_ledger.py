"""`./dev load-ledger CSV`: a real ledger in the books, and what the files then say.

The file needs a header line; columns are found by name (devtools/ledger/columns.py).
All of it is loaded in one transaction or nothing is: a line that makes no sense stops
the loading, unless --skip-rejects says to load the good lines only. Loading again is
safe: what the books hold already is recognised by number and customer.
"""

import argparse
import time
from datetime import date
from pathlib import Path

from ledger import (
    Invoice,
    Ledger,
    LedgerError,
    Reject,
    known_at,
    last_day,
    limit_for,
    read_ledger,
    shifted,
    sum_up,
)
from ledger.columns import LABELS
from ledger.figures import LIMIT_FACTOR, LIMIT_STEP
from ledger_books import Books
from ledger_report import print_report

from odoo import fields


def _day(text: str) -> date:
    """A day of the command line."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text} is no date, write it as 2013-06-30"
        ) from None


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./dev load-ledger",
        description="Load customers, invoices and payments of a ledger into Odoo.",
    )
    parser.add_argument("path", type=Path, metavar="CSV")
    parser.add_argument(
        "--as-of",
        type=_day,
        metavar="YYYY-MM-DD",
        help="load only what was known on that day: invoices issued and payments "
        "received up to it (default: the whole file)",
    )
    parser.add_argument(
        "--shift-to-today",
        action="store_true",
        help="move all dates so that the as-of date (default: the last one) is today",
    )
    parser.add_argument(
        "--date-format", default="", help="how dates are written, for example d/m/Y"
    )
    parser.add_argument(
        "--skip-rejects",
        action="store_true",
        help="load the good lines although others are rejected",
    )
    parser.add_argument(
        "--limits",
        action="store_true",
        help="give every customer without an own limit a credit file with one of "
        f"his highest balance × {LIMIT_FACTOR}, rounded up to {LIMIT_STEP}",
    )
    parser.add_argument("--top", type=int, default=10, help="customers in the report")
    return parser.parse_args(argv)


def main(env, argv: list[str]) -> int:
    """Load the file that argv names; 1 and nothing loaded when it cannot be."""
    options = _arguments(argv)
    try:
        return _load(env, options)
    except LedgerError as error:
        print(f"load-ledger: {error}")
        return 1


def _load(env, options) -> int:
    start = time.monotonic()
    books = Books(env)
    if books.ensure_chart():
        print(f"{books.company.name} had no chart of accounts: the generic one is in")
    ledger = _read(options, books.company.currency_id)
    invoices = known_at(ledger.invoices, options.as_of)
    loaded = books.find_loaded(ledger.invoices)
    rejects = ledger.rejects + [
        Reject(line, reason) for line, reason in sorted(loaded.conflicts.items())
    ]
    invoices = [one for one in invoices if one.line not in loaded.conflicts]
    if not _show_rejects(rejects, options.skip_rejects):
        return 1
    if not invoices:
        raise LedgerError("no invoice is left to load.", "see --as-of and the rejects.")
    shift = _get_shift(options, ledger.invoices, loaded.shift)
    invoices = [shifted(one, shift) for one in invoices]
    partners = _post(books, invoices, loaded.moves)
    if options.limits:
        _set_limits(books, invoices, partners)
    env["credit.file"]._refresh_snapshot()
    print(f"done in {time.monotonic() - start:.0f} s\n")
    print_report(books, invoices, partners, options.top)
    return 0


# -- reading ----------------------------------------------------------------------
def _read(options, currency) -> Ledger:
    """Read the file and say how it was understood."""
    try:
        text = options.path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise LedgerError(
            f"{options.path.name} is not in UTF-8.", "save it as 'CSV UTF-8'."
        ) from None
    ledger = read_ledger(
        text, options.date_format, currency.name, currency.decimal_places
    )
    names = ", ".join(
        f"{LABELS[name]} = {ledger.header[at]}" for name, at in ledger.columns.items()
    )
    count = len(ledger.invoices) + len(ledger.rejects)
    print(f"{options.path.name}: {count:,} lines, separated by {ledger.delimiter!r}")
    print(f"columns: {names}")
    print(f"not used: {', '.join(ledger.unused) or 'none'}")
    print(f"dates: {ledger.date_style} ({ledger.date_evidence})")
    print(f"amounts: in {currency.name}, decimal mark {ledger.mark!r}")
    if "settled" not in ledger.columns:
        print("payments: there is no settled date, so everything is open")
    if "late" in ledger.columns:
        print(
            f"check: the file's days late disagree with its dates on "
            f"{ledger.late_disagreements:,} lines"
        )
    return ledger


def _show_rejects(rejects: list[Reject], skip: bool) -> bool:
    """List the rejects; may the good lines be loaded?"""
    if not rejects:
        print("rejected: none")
        return True
    print(f"rejected: {len(rejects):,}")
    for reject in sorted(rejects, key=lambda one: one.line):
        print(f"  line {reject.line}: {reject.reason}")
    if not skip:
        print(
            "Nothing is loaded.\n"
            "Next: correct these lines, or load the others with --skip-rejects."
        )
    return skip


def _get_shift(options, invoices: list[Invoice], before: int | None) -> int:
    """By how many days the dates move; as before when some are loaded already.

    :raise LedgerError: the books hold the file with another shift than asked for
    """
    today, as_of = fields.Date.today(), options.as_of or last_day(invoices)
    wanted = (today - as_of).days if options.shift_to_today else 0
    if before is None or before == wanted:
        if wanted:
            print(f"dates: moved by {wanted:,} days, {as_of} becomes {today}")
        return wanted
    if not (options.shift_to_today and before):
        raise LedgerError(
            f"the books hold this ledger with dates moved by {before:,} days.",
            "load it with --shift-to-today as before, or into another database (--db)."
            if before
            else "load it without --shift-to-today, or into another database (--db).",
        )
    if before > wanted:
        raise LedgerError(
            f"the books stand at {as_of.fromordinal(today.toordinal() - before)} of "
            f"the file, {as_of} would lie in the future.",
            "choose an earlier --as-of, or another database (--db).",
        )
    print(f"dates: moved by {before:,} days, as when it was loaded first")
    return before


# -- loading ----------------------------------------------------------------------
def _post(books: Books, invoices: list[Invoice], moves: dict) -> dict:
    """Load what the books do not hold yet; returns ``{customer id: partner}``."""
    new = [one for one in invoices if one.number not in moves]
    if new:
        books.check_locks(min(one.invoiced for one in new))
    partners, created, tags = books.load_customers(invoices)
    print(f"customers: {len(created):,} new, {len(partners) - len(created):,} known")
    if tags:
        names = ", ".join(tag.name for tag in tags.values())
        print(f"countries: {', '.join(tags)} are no ISO codes, kept as tags {names}")
    moves = moves | books.load_invoices(new, partners, _show)
    due = [
        (one, moves[one.number])
        for one in invoices
        if one.settled and moves[one.number].amount_residual
    ]
    paid = books.load_payments(due, _show)
    print(f"invoices: {len(new):,} new, {len(invoices) - len(new):,} loaded before")
    print(f"payments: {paid:,} new")
    if left := len(due) - paid:
        print(f"payments: {left:,} are in the books but somebody has taken them off")
    return partners


def _show(text: str) -> None:
    print(f"  {text}", flush=True)


def _set_limits(books: Books, invoices: list[Invoice], partners: dict) -> None:
    """A plain limit for every customer who has none of his own."""
    File, company = books.env["credit.file"], books.company
    files = File._for_customers((one.id, company.id) for one in partners.values())
    _everybody, figures = sum_up(invoices, fields.Date.today())
    new = []
    for customer, figure in figures.items():
        partner = partners[customer]
        vals = {
            "limit_mode": "amount",
            "credit_limit": limit_for(figure.highest),
            "limit_reason": f"Highest balance {figure.highest} × {LIMIT_FACTOR}",
        }
        file = files.get((partner.id, company.id))
        if not file:
            new.append(vals | {"partner_id": partner.id, "company_id": company.id})
        elif file.limit_mode == "inherit":
            file.write(vals)
    File.create(new)
    print(f"credit files: {len(new):,} new, with a limit of the highest balance")
