"""Which customers and books a question about the exposure is about."""

from collections import defaultdict

from odoo import api, fields, models, tools
from odoo.tools import SQL

from .credit_exposure_scope import FEW, Scope


class CreditExposure(models.AbstractModel):
    """Makes the ``Scope`` of a query: what is constant for it, read before it."""

    _inherit = "credit.exposure"

    def _get_scopes(self, keys, seen=None):
        """Yield ``(scope, {partner_id: currency})`` for each root company in keys.

        :param seen: ``{company_id: Scope}`` that were looked at before
        """
        by_company = defaultdict(dict)
        for (partner_id, company_id), currency in keys.items():
            by_company[company_id][partner_id] = currency
        for company_id, currencies in by_company.items():
            scope = seen and seen.get(company_id)
            if scope and scope.knows(currencies):
                scope = scope.narrow(list(currencies))
            else:
                company = self.env["res.company"].browse(company_id)
                scope = self._get_scope(company, list(currencies))
            yield scope, currencies

    @api.model
    def _get_scope(self, company, partner_ids: list[int] | None = None) -> Scope:
        """The scope of one root company, flushed and ready for SQL.

        For few customers one query looks up who their contacts are and which rare
        documents they have: it saves more time than it takes.
        """
        # sudo: settings and accounts are read for whoever asks
        company = company.sudo().root_id
        self._flush_read()
        company_ids, receivable_ids, note_ids = self._read_books(company.id)
        scope = Scope(
            company=company,
            company_ids=list(company_ids),
            receivable_ids=list(receivable_ids),
            note_ids=list(note_ids),
            rates=self._get_rates(company),
            today=fields.Date.today(),
            partner_ids=partner_ids,
            is_small=partner_ids is not None
            and len(partner_ids) <= max(FEW, self._guess_contacts() // 10),
        )
        if partner_ids is not None and len(partner_ids) <= FEW:
            scope, _more = self._look_closer(scope)
        return scope

    def _look_closer(self, scope: Scope, *columns: SQL, payer_ids=()):
        """``(scope with contacts and present, values of columns)``: what else the
        caller asks for comes in the same query.

        :param payer_ids: contacts whose customers are looked at, too
        """
        presence = self._presence_sqls(scope)
        [(ids, commercial_ids, *found)] = self.env.execute_query(
            SQL(
                """
                WITH contact AS MATERIALIZED (
                    SELECT coalesce(array_agg(id), '{}') AS ids,
                           array_agg(commercial_partner_id) AS commercial_ids
                      FROM res_partner WHERE commercial_partner_id = ANY(%s))
                SELECT ids, commercial_ids, %s FROM contact
                """,
                self._looked_at_sql(scope, payer_ids),
                SQL(", ").join(
                    [*(SQL("EXISTS (%s)", sql) for sql in presence.values()), *columns]
                ),
            )
        )
        present = {name for name, yes in zip(presence, found, strict=False) if yes}
        scope = scope._replace(
            contacts=dict(zip(ids, commercial_ids or [], strict=True)),
            present=frozenset(present),
        )
        return scope, found[len(presence) :]

    def _looked_at_sql(self, scope, payer_ids):
        """The array of customers: as given, or those of some contacts."""
        if not payer_ids:
            return SQL("%s", scope.partner_ids)
        return SQL(
            """ARRAY(SELECT commercial_partner_id FROM res_partner
                      WHERE id = ANY(%s))""",
            list(payer_ids),
        )

    @api.model
    @tools.ormcache("company_id")
    def _read_books(self, company_id):
        """Ids of the companies, the trade receivable accounts and the accounts of
        notes of a root company; a change of an account or company empties the cache.

        Trade receivables are accounts of type receivable that are not marked
        non-trade; accounts of notes are never counted as receivables as well.
        """
        self._flush_models(["res.company", "account.account"])
        query = SQL(
            """
            WITH tree AS (
                SELECT id FROM res_company WHERE parent_path LIKE %(path)s),
            note AS (
                SELECT account_account_id AS id FROM credit_company_note_account_rel
                 WHERE res_company_id = %(company)s)
            SELECT ARRAY(SELECT id FROM tree ORDER BY id),
                   ARRAY(SELECT DISTINCT account.id
                      FROM account_account account
                      JOIN account_account_res_company_rel rel
                        ON rel.account_account_id = account.id
                      JOIN tree ON tree.id = rel.res_company_id
                     WHERE account.account_type = 'asset_receivable'
                       AND account.non_trade IS NOT TRUE
                       AND account.id NOT IN (SELECT id FROM note)),
                   ARRAY(SELECT id FROM note ORDER BY id)
            """,
            path=f"{company_id}/%",
            company=company_id,
        )
        [ids] = self.env.execute_query(query)
        return tuple(map(tuple, ids))

    @api.model
    @tools.ormcache()
    def _guess_contacts(self) -> int:
        """Roughly how many contacts there are, as PostgreSQL last counted them."""
        query = (
            "SELECT reltuples::int FROM pg_class WHERE oid = 'res_partner'::regclass"
        )
        [[count]] = self.env.execute_query(SQL(query))
        return count
