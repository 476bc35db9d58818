"""Statements as they are handed out: addressed, in the customer's words, as a file."""

import io
from datetime import date
from typing import NamedTuple

from odoo import api, fields, models

from ..tools.statement import BUCKETS, CREDITS
from .credit_interest_due import Due
from .credit_statement import Block
from .handing_out import Sheet, choose_lang, make_workbook

REPORT = "credit_control.report_statement"


class Charges(NamedTuple):
    """Interest and fees of one currency that are not invoiced yet: not in the books.

    ``rows``: :class:`Due`, each with its days and rates in the words of the letter;
    ``balance``: that of the books and these.
    """

    currency: models.BaseModel
    rows: list[tuple[Due, str]]
    total: float
    balance: float


class Letter(NamedTuple):
    """The statement of one customer, ready to print.

    ``words`` are the texts that PDF, workbook and portal share, in ``lang``.
    """

    partner: models.BaseModel
    recipient: models.BaseModel
    company: models.BaseModel
    lang: str
    kind: str
    date_to: date
    date_from: date | None
    blocks: list[Block]
    words: dict[str, str]
    charges: tuple[Charges, ...] = ()


class CreditStatement(models.AbstractModel):
    """Letters and workbooks of statements; the caller's right to them is checked."""

    _inherit = "credit.statement"

    @api.model
    def _get_letters(
        self,
        partners,
        company,
        kind="open",
        date_to=None,
        date_from=None,
        charges=None,
        lang=None,
    ) -> list[Letter]:
        """One letter per customer; contacts among ``partners`` stand for theirs.

        :param lang: of all letters; None: each in its recipient's
        :param charges: show interest and fees that are not invoiced yet? None: as the
            company has set it. Of a past day never: they are what is owed today.

        :raise AccessError: when the user may not read the ledger of these customers
        """
        self._check_viewer(partners, company)
        # sudo: the letterhead and the customer's address, for whoever may print it
        partners, company = partners.sudo().commercial_partner_id, company.sudo()
        root, date_to = company.root_id, date_to or fields.Date.today()
        if kind == "open":
            date_from = None
        else:
            date_from = date_from or date_to.replace(day=1)
        keys = [(partner.id, root.id) for partner in partners]
        found = self._get_statements(keys, kind, date_to, date_from)
        owed = self._get_charges(root, found, date_to, charges)
        words, letters = {}, []
        for partner in partners:
            recipient = self._get_recipient(partner)
            own = self._get_recipient_lang(recipient, root, lang)
            if own not in words:
                words[own] = self.with_context(lang=own)._get_words()
            letters.append(
                Letter(
                    partner,
                    recipient,
                    root,
                    own,
                    kind,
                    date_to,
                    date_from,
                    found[partner.id, root.id],
                    words[own],
                    self.with_context(lang=own)._word_charges(owed.get(partner.id, ())),
                )
            )
        return letters

    def _get_charges(self, company, found, day, asked) -> dict[int, tuple[Charges]]:
        """``{customer id: (Charges, …)}``, see ``_get_letters``."""
        if day < fields.Date.today() or asked is False:
            return {}
        if asked is None and not company._shows_charges():
            return {}
        partner_ids = [partner_id for partner_id, _company_id in found]
        accrued = self.env["credit.interest"]._get_accrued(company, partner_ids)
        closings = {
            (key[0], block.currency.id): block.statement.closing
            for key, blocks in found.items()
            for block in blocks
        }
        owed = {}
        for (partner_id, currency_id), dues in accrued.items():
            currency = self.env["res.currency"].browse(currency_id)
            total = currency.round(sum(due.amount for due in dues))
            closing = closings.get((partner_id, currency_id), 0.0)
            balance = currency.round(closing + total)
            rows = [(due, "") for due in dues]
            charges = Charges(currency, rows, total, balance)
            owed[partner_id] = (*owed.get(partner_id, ()), charges)
        return owed

    def _word_charges(self, charges) -> tuple[Charges, ...]:
        """With the days and rates of interest in the language of the letter."""
        service = self.env["credit.interest"]
        return tuple(
            block._replace(
                rows=[
                    (
                        due._replace(name=service._name_due(due)),
                        service._tell(due.detail),
                    )
                    for due, _said in block.rows
                ]
            )
            for block in charges
        )

    def _get_recipient(self, partner):
        """The invoice contact of a customer, else the customer himself."""
        found = partner.address_get(["invoice"])["invoice"]
        return partner.browse(found) or partner

    def _get_recipient_lang(self, recipient, company, wanted=None) -> str:
        return choose_lang(
            self.env,
            wanted,
            recipient.lang,
            recipient.commercial_partner_id.lang,
            company.partner_id.lang,
        )

    def _get_words(self) -> dict[str, str]:
        """Texts by code: kinds of documents, buckets of the ageing."""
        return {
            "title": self.env._("Statement of Account"),
            "invoice": self.env._("Invoice"),
            "refund": self.env._("Credit Note"),
            "payment": self.env._("Payment"),
            "payback": self.env._("Repayment"),
            "entry": self.env._("Entry"),
            "transfer": self.env._("Offset against another account"),
            "not_due": self.env._("Not Due"),
            "days_30": self.env._("1–30 Days"),
            "days_60": self.env._("31–60 Days"),
            "days_90": self.env._("61–90 Days"),
            "older": self.env._("Over 90 Days"),
            CREDITS: self.env._("Credits"),
            "charge_interest": self.env._("Interest"),
            "charge_fixed": self.env._("Fixed sum for recovery costs"),
            "charge_fee": self.env._("Reminder fee"),
        }

    # -- files ----------------------------------------------------------------
    @api.model
    def _get_pdf(self, partners, company, **options) -> bytes:
        """The letters of ``_get_letters`` as one PDF."""
        pdf, _type = self.env["ir.actions.report"]._render_qweb_pdf(
            REPORT, data=self._prepare_data(partners, company, options)
        )
        return pdf

    @api.model
    def _get_pdfs(self, partners, company, **options) -> dict[int, bytes]:
        """``{customer id: PDF}`` of the letters of ``_get_letters``, made by one call
        of the renderer where that is safe (pdf_apart.py)."""
        partners = partners.commercial_partner_id
        return self.env["ir.actions.report"]._render_apart(
            REPORT, partners.ids, self._prepare_data(partners, company, options)
        )

    def _prepare_data(self, partners, company, options):
        """What the report is asked for, as a browser sends it."""
        return {
            "partner_ids": partners.ids,
            "company_id": company.id,
            **{name: value and str(value) for name, value in options.items()},
        }

    @api.model
    def _get_xlsx(self, partners, company, **options) -> bytes:
        """A workbook of the statements: a sheet of items, one of balances."""
        letters = self._get_letters(partners, company, **options)
        stream = io.BytesIO()
        book = make_workbook(stream)
        words = self._get_words()
        self._write_items(book, letters, words)
        self._write_balances(book, letters, words)
        if any(letter.charges for letter in letters):
            self._write_charges(book, letters, words)
        book.close()
        return stream.getvalue()

    def _write_items(self, book, letters, words):
        moved = bool(letters) and letters[0].kind == "movements"
        sheet = Sheet(book, self.env._("Items"))
        sheet.header(
            [
                self.env._("Customer"),
                self.env._("Customer Code"),
                self.env._("Currency"),
                self.env._("Kind"),
                self.env._("Document"),
                self.env._("Your Reference"),
                self.env._("Date"),
                self.env._("Due Date"),
                self.env._("Days Past Due"),
                *([] if moved else [self.env._("Original Amount")]),
                self.env._("Amount") if moved else self.env._("Open Amount"),
                self.env._("Balance"),
            ]
        )
        for letter in letters:
            for currency, statement in letter.blocks:
                if moved:
                    blank = [None] * 6
                    sheet.row(
                        [
                            *self._get_who(letter, currency),
                            self.env._("Opening Balance"),
                            *blank,
                            statement.opening,
                        ],
                        currency,
                    )
                for row in statement.rows:
                    sheet.row(
                        [
                            *self._get_who(letter, currency),
                            words[row.kind],
                            row.name,
                            row.reference,
                            row.date,
                            row.due,
                            row.days,
                            *([] if moved else [row.total]),
                            row.amount,
                            row.balance,
                        ],
                        currency,
                    )
        sheet.finish()

    def _write_balances(self, book, letters, words):
        buckets = [*(name for name, _last in BUCKETS), CREDITS]
        moved = bool(letters) and letters[0].kind == "movements"
        sheet = Sheet(book, self.env._("Balances"))
        sheet.header(
            [
                self.env._("Customer"),
                self.env._("Customer Code"),
                self.env._("Currency"),
                self.env._("From"),
                self.env._("To"),
                *([self.env._("Opening Balance")] if moved else []),
                self.env._("Balance"),
                *([] if moved else [words[name] for name in buckets]),
            ]
        )
        for letter in letters:
            for currency, statement in letter.blocks:
                sheet.row(
                    [
                        *self._get_who(letter, currency),
                        letter.date_from,
                        letter.date_to,
                        *([statement.opening] if moved else []),
                        statement.closing,
                        *(statement.ageing[name] for name in buckets if not moved),
                    ],
                    currency,
                )
        sheet.finish()

    def _write_charges(self, book, letters, words):
        """A sheet of its own: these amounts are not in the books."""
        sheet = Sheet(book, self.env._("Not Invoiced Yet"))
        sheet.header(
            [
                self.env._("Customer"),
                self.env._("Customer Code"),
                self.env._("Currency"),
                self.env._("Kind"),
                self.env._("Document"),
                self.env._("From"),
                self.env._("To"),
                self.env._("Measured"),
                self.env._("Amount"),
            ]
        )
        for letter in letters:
            for charges in letter.charges:
                for due, said in charges.rows:
                    sheet.row(
                        [
                            *self._get_who(letter, charges.currency),
                            words[f"charge_{due.kind}"],
                            due.name,
                            due.first,
                            due.last,
                            said,
                            due.amount,
                        ],
                        charges.currency,
                    )
        sheet.finish()

    def _get_who(self, letter, currency) -> list[str]:
        return [letter.partner.name or "", letter.partner.ref or "", currency.name]
