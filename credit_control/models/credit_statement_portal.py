"""The customer's own view of his account, on the portal."""

from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from .credit_statement_letter import Letter


class Account(NamedTuple):
    """One company's account with the customer who looks at it.

    ``notes``: what he or we said about an item, ``{item id: text}``; ``payable``:
    ids of the invoices he can pay online.
    """

    letter: Letter
    notes: dict[int, str]
    payable: frozenset[int]


class CreditStatement(models.AbstractModel):
    """What a portal user gets: the statements of his own commercial partner.

    The partner is that of the session, never one that a form or address names. Only
    the ledger is shown: no limit, score, grade, hold or reason of ours.
    """

    _inherit = "credit.statement"

    @api.model
    def _get_portal_companies(self, partner):
        """Root companies in whose books the customer has receivables; one query."""
        customer = partner.commercial_partner_id
        self.env["account.move.line"].flush_model(["partner_id", "parent_state"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT split_part(company.parent_path, '/', 1)::int
                  FROM res_company company
                 WHERE EXISTS (
                       SELECT FROM account_move_line line
                         JOIN account_account account ON account.id = line.account_id
                         JOIN res_partner partner ON partner.id = line.partner_id
                        WHERE partner.commercial_partner_id = %(customer)s
                          AND line.company_id = company.id
                          AND line.parent_state = 'posted'
                          AND account.account_type = 'asset_receivable')
                """,
                customer=customer.id,
            )
        )
        return self.env["res.company"].browse(sorted({id_ for (id_,) in rows}))

    @api.model
    def _get_portal_accounts(self, partner, kind="open", date_to=None, date_from=None):
        """``[Account]`` of the customer whose contact ``partner`` is."""
        # sudo: his own documents, whatever else he may read
        service = self.sudo()
        customer = partner.sudo().commercial_partner_id
        accounts = []
        for company in service._get_portal_companies(customer):
            [letter] = service._get_letters(
                customer,
                company,
                kind,
                date_to,
                date_from,
                charges=company.sudo().credit_portal_charges,  # sudo: a setting
            )
            # the page is read in the language of whoever is logged in
            letter = letter._replace(
                words=self._get_words(), charges=self._word_charges(letter.charges)
            )
            rows = [row for block in letter.blocks for row in block.statement.rows]
            accounts.append(
                Account(
                    letter,
                    service._get_item_notes([row.id for row in rows]),
                    service._get_payable({row.move_id for row in rows}),
                )
            )
        return accounts

    @api.model
    def _get_item_notes(self, item_ids) -> dict[int, str]:
        """What is agreed about open items, in words for the customer."""
        lines = self.env["credit.promise.line"].search_fetch(
            [("move_line_id", "in", item_ids), ("state", "=", "open")],
            ["move_line_id", "promise_id"],
        )
        lang = self.env["res.lang"]._lang_get(self.env.lang or "en_US")
        disputes = self.env["credit.dispute"].search_fetch(
            [("move_line_id", "in", item_ids), ("state", "=", "open")],
            ["move_line_id"],
        )
        in_dispute = self.env._("we are looking into it")
        return dict.fromkeys(disputes.move_line_id.ids, in_dispute) | {
            line.move_line_id.id: self.env._(
                "payment announced for %(day)s",
                day=line.promise_id.date.strftime(lang.date_format),
            )
            for line in lines
        }

    @api.model
    def _get_payable(self, move_ids) -> frozenset[int]:
        """Invoices that the host's page lets a customer pay."""
        moves = self.env["account.move"].browse(move_ids)
        return frozenset(moves.filtered(lambda move: move._has_to_be_paid()).ids)
